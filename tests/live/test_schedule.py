#!/usr/bin/python3
"""The plan comes back by itself while the hub runs: at its time, once, told to all."""

import os
import subprocess
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


class Zone(LiveTest):
    """People read the store's clocks, wherever the one who asks may be."""
    conf = {"store": {"timezone": "Asia/Tokyo"}}

    def ctl(self, *words):
        return subprocess.run([self.store.program("poshubctl"), "--socket",
                               self.store.control_path, *words], capture_output=True, text=True,
                              check=True, env={**os.environ, "TZ": "America/New_York"}).stdout

    def test_times_are_shown_as_the_stores_clocks_show_them(self):
        shown = self.ctl("stock", "schedule", str(COLA), "--at", "06:00", "--daily")
        self.assertRegex(shown, r"restore +daily from \S+ 06:00:00, next \S+ 06:00:00")
        now_ms = self.ok(self.device("till-1").ask("time.get"))["now_at_ms"]
        tokyo = (now_ms // 3600000 + 9) % 24
        hours = {int(line.split()[2][:2]) for line in
                 self.ctl("stock", "history", str(COLA)).splitlines()[1:2]}
        self.assertTrue(hours <= {tokyo, (tokyo - 1) % 24} and hours, hours)


if __name__ == "__main__":
    unittest.main()
