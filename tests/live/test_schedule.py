#!/usr/bin/python3
"""The plan comes back by itself while the hub runs: at its time, once, told to all."""

import unittest

from live import COLA, LiveTest
from store import wait_for

SOON_MS = 1300  # more than a tick of the hub, so that it has to wake up between two


class Schedule(LiveTest):
    conf = {"limits": {"device": 0, "account": 0}}

    def setUp(self):
        self.till = self.device("till-1")

    def cola(self, verb, **more):
        return self.ok(self.till.ask(verb, object_type=2, object_id=COLA, **more))

    def restores(self):
        return [e for e in self.cola("stock.history")["events"] if e["kind"] == "RESTORE"]

    def test_a_plan_is_back_at_its_time(self):
        self.cola("stock.plan", limited=True, plan="7")
        self.cola("stock.set", qty="0")
        now_ms = self.ok(self.till.ask("time.get"))["now_at_ms"]
        shown = self.cola("stock.schedule", auto=True, at_ms=now_ms + SOON_MS)["stock"]
        self.assertEqual(shown["schedule"], {"at_ms": now_ms + SOON_MS, "daily": False,
                                             "next_at_ms": now_ms + SOON_MS})
        wait_for("the plan is back",
                 lambda: self.cola("stock.get")["stock"]["avail"]["POS"] == "7")
        done = self.restores()
        self.assertEqual(len(done), 1)
        self.assertGreaterEqual(done[0]["at_ms"], now_ms + SOON_MS)
        schedule = self.cola("stock.get")["stock"]["schedule"]
        self.assertEqual(schedule, {"at_ms": now_ms + SOON_MS, "daily": False,
                                    "last_at_ms": now_ms + SOON_MS})


if __name__ == "__main__":
    unittest.main()
