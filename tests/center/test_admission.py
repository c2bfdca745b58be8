#!/usr/bin/python3
"""Hubs that come all at once are told when to come back (sync-protocol 6.2)."""

import itertools
import time

import center
from hub import Hub

CLAIM, HELLO = "/api/v1/poi/hub/claim", "/api/v1/poi/hub/hello"
POI = itertools.count(500)
RATE = 2


class AdmissionTest(center.CenterTest):
    def hub(self):
        poi = str(next(POI))
        status, answer = self.center.post(CLAIM, {"brandId": "1", "poiId": poi, "box_id": "BX-1",
                                                  "epoch": 0})
        self.assertEqual(status, 200)
        return Hub(self.center, poi, epoch=answer["epoch"])

    def flood(self, hub):
        """Hellos, as fast as can be, until one is refused; its answer."""
        status = 200
        while status == 200:
            status, answer = self.hello(hub)
        return answer

    def hello(self, hub):
        return self.center.post(HELLO, {"brandId": "1", "poiId": hub.poi, "box_id": "BX-1",
                                        "epoch": hub.epoch, "last_seq": 0, "tail": hub.hashes[0],
                                        "applied_ver": 0})


class Admission(AdmissionTest):
    OPTIONS = ("--admit", str(RATE))

    def test_a_storm_is_spread_over_time(self):
        hubs = [self.hub() for _ in range(24)]
        begin = time.monotonic()
        answers = [self.hello(hub) for hub in hubs]
        spent = time.monotonic() - begin
        waits = [answer["retry_after_ms"] for status, answer in answers if status == 429]
        self.assertEqual({status for status, _ in answers}, {200, 429})
        admitted = len(hubs) - len(waits)
        self.assertGreaterEqual(admitted, RATE)  # a second's worth is in reserve
        self.assertLessEqual(admitted, RATE * (1 + spent) + 1)
        step = 1000 / RATE
        for n, wait in enumerate(waits, 1):
            self.assertLessEqual(wait, n * step + 1)
            self.assertGreaterEqual(wait, n * step - spent * 1000 - 1)
        self.assertTrue(all(answer["name"] == "SLOW_DOWN" for status, answer in answers
                            if status == 429))

        # Whoever comes back then comes in at last.
        status, wait, turns = 429, waits[0], 0
        while status == 429:
            time.sleep(wait / 1000)
            status, answer = self.hello(hubs[-1])
            wait = answer.get("retry_after_ms", 0)
            turns += 1
            self.assertLess(turns, 20)
        self.assertEqual(status, 200)

    def test_it_is_asked_of_hellos_only(self):
        hub = self.hub()
        self.assertEqual(self.flood(hub)["name"], "SLOW_DOWN")
        self.assertEqual(hub.post(1, 0)[0], 200)

    def test_the_header_says_it_in_seconds(self):
        def refusal():
            line = self.center.line(self.center.port, None)
            line.request("POST", HELLO, '{"brandId":"1","poiId":"1"}')
            answer = line.getresponse()
            body = center.json.loads(answer.read())
            line.close()
            return (answer.headers["Retry-After"], body) if answer.status == 429 else None
        while (told := refusal()) is None:
            pass
        header, body = told
        self.assertEqual(int(header), -(-body["retry_after_ms"] // 1000))


class Clock(AdmissionTest):
    OPTIONS = ("--admit", "1", "--test-faults")

    def test_a_clock_that_is_set_back_locks_nobody_out(self):
        hub = self.hub()
        for ms in (0, 10 ** 9, 0, -10 ** 9):
            self.center.post("/test/faults", {"clock_ms": ms})
            self.assertEqual(self.hello(hub)[0], 200, ms)


class Everybody(AdmissionTest):
    def test_without_the_option_nobody_waits(self):
        hub = self.hub()
        self.assertEqual({self.hello(hub)[0] for _ in range(50)}, {200})


if __name__ == "__main__":
    center.main()
