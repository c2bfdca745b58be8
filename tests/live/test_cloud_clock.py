#!/usr/bin/python3
"""The center's clock puts the hub's right (sync-protocol 3.3; T43, with minutes for years: a
certificate holds no longer)."""

import signal
import sys
import time
import unittest

import center_line
from live import CAKE
from store import wait_for
from test_clock import LIBRARY, Wall

AHEAD_S = 1200  # more than STAMP_AHEAD_S, which the center lets a stamp be ahead
STAMP_AHEAD_S = 300
UPDATE = "/api/v1/poi/stock/update"


class Clock(center_line.CenterLine):
    @classmethod
    def setUpClass(cls):
        cls.wall = Wall(cls)
        cls.env = cls.wall.env
        super().setUpClass()

    def now_off_s(self):
        """How far the hub's own time is ahead of ours."""
        with self.device("till-1") as till:
            told = self.ok(till.ask("time.get"))["now_at_ms"]
        return told / 1000 - (self.wall.now_ms() / 1000 - self.wall.offset_s)

    def events(self):
        page = self.store.control("journal.tail", cursor="1.0")
        events = page["events"]
        while page["events"]:
            last = page["events"][-1]
            page = self.store.control("journal.tail", cursor=f"{last['epoch']}.{last['seq']}")
            events += page["events"]
        return events

    def test_a_count_of_the_future_yields_to_the_centers(self):
        """T43"""
        self.wait_drained()
        self.front.cut()
        self.wall.set(AHEAD_S)
        self.store.restart_hub(signal.SIGTERM)
        self.store.wait_broker()
        self.assertGreater(self.now_off_s(), AHEAD_S - 60)
        self.store.control("stock.set", object_type=2, object_id=CAKE, qty="12")
        self.front.mend()
        self.wait_drained()
        self.assertLess(abs(self.now_off_s()), 60)
        wait_for("the note", lambda: any(e["kind"] == "CLOCK_NOTE" for e in self.events()))
        status, answer = self.center.post(UPDATE, {"brandId": "1", "poiId": "417",
                                                   "object_id": int(CAKE), "real_quantity": 20})
        self.assertEqual(status, 200, answer)
        self.store.control("sync.now")
        wait_for("the center's count", lambda: float(self.store.control(
            "stock.explain", object_type=2, object_id=CAKE)["real"]) == 20,
            alive=self.store.hub)
        self.store.control("stock.set", object_type=2, object_id=CAKE, qty="15")
        self.wait_drained()
        last_ms = int(self.center.one("SELECT hlc_l_ms FROM hub_event WHERE poi_id = '417'"
                                      " ORDER BY epoch DESC, seq DESC LIMIT 1"))
        self.assertLess(last_ms / 1000 - time.time(), STAMP_AHEAD_S + 60)  # the center's clock took it in
        self.assertEqual(self.center.one("SELECT count(*) FROM dead_letter"), "0")
        self.assert_books_equal()


if __name__ == "__main__":
    if not LIBRARY:
        print("skipped: no libfaketime")
        sys.exit(77)
    center_line.need_postgresql()
    unittest.main()
