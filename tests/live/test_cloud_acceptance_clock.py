#!/usr/bin/python3
"""A wrong clock on a cloud line with real certificates: the store sells, the reason is named, and
nothing is lost once the clock is right (sync-protocol 3.3, 7.2)."""

import sys
import time
import unittest

from cloud_line import CloudLine, need_cloud
from live import CAKE, COLA, order_lines
from test_clock import DAY_S, LIBRARY, SKIPPED, YEAR_S, Wall

PAPERS = "PH-2107"
STAMP_AHEAD_S = 300
TTL_S = 900


class Clock(CloudLine):
    more_conf = {"channel.POS": {"expiry_s": TTL_S}}

    @classmethod
    def setUpClass(cls):
        cls.wall = Wall(cls)
        cls.env = cls.wall.env
        super().setUpClass()

    def reboot(self, offset_s):
        """The box goes down, and comes up with that clock."""
        self.store.stop_hub()
        self.wall.set(offset_s)
        self.store.start_hub()
        self.store.wait_broker()

    def state(self, order_id):
        return self.store.control("order.get", order_id=order_id)["order"]["state"]

    def place(self, *order_ids):
        with self.device("till-1") as till:
            for order_id in order_ids:
                self.ok(till.ask("order.place", order_id=order_id, lines=order_lines((COLA, 1))))

    def off_s(self):
        """How far the hub's own time is ahead of ours."""
        with self.device("till-1") as till:
            return self.ok(till.ask("time.get"))["now_at_ms"] / 1000 - time.time()

    def last_stamp_s(self):
        return int(self.cloud.one("SELECT hlc_l_ms FROM hub_event ORDER BY epoch DESC, seq DESC"
                                  " LIMIT 1")) / 1000

    def is_named(self):
        fault = self.until("the alert", lambda: self.fault(PAPERS))
        self.assertIn("clock", fault["text"] + fault["action"] + self.line()["error"])

    def is_well(self):
        self.until("no alert", lambda: not self.fault(PAPERS))
        self.assertEqual(self.cloud.one("SELECT count(*) FROM dead_letter"), "0")

    def test_a_count_made_in_2038(self):
        """T43"""
        self.count(CAKE, 30)
        self.reboot(12 * YEAR_S)
        self.store.control("stock.set", object_type=2, object_id=CAKE, qty="12")
        self.sell("t43", COLA, 3)
        self.is_named()
        self.assertEqual(self.line()["link"], "down")
        self.reboot(0)
        self.store.control("sync.now")
        self.level()
        self.assertEqual(self.theirs(CAKE)["real_quantity"], 12)
        self.assertLess(self.theirs(CAKE)["x"]["base"]["stamp"][0] / 1000, time.time() + STAMP_AHEAD_S + 1)
        self.until("the note", lambda: "CLOCK_NOTE" in [e["kind"] for e in self.events()])
        self.assertLess(abs(self.off_s()), 60)
        self.update(CAKE, real_quantity=20)
        self.level()
        self.assertEqual(self.real(CAKE), 20)
        self.sell("t43-after", COLA)
        self.level()
        # The center's count was stamped behind the bounded one, and its clock stays there.
        self.assertLess(abs(self.last_stamp_s() - time.time()), STAMP_AHEAD_S + 60)
        self.is_well()
        self.assert_equal(CAKE)

    def test_a_reboot_in_1970(self):
        """T44"""
        self.count(COLA, 30)
        self.place("t44")
        self.level()
        kept_s = self.last_stamp_s()
        self.reboot(100 - time.time())
        self.assertEqual(self.state("t44"), "PLACED")
        status = self.status()
        at = status["epoch"], status["seq"]
        self.sell("t44-sold", COLA, 2)
        self.is_named()
        self.assertEqual(self.state("t44"), "PLACED")
        later = [e["at_ms"] for e in self.events() if (e["epoch"], e["seq"]) > at]
        self.assertGreaterEqual(min(later) / 1000, kept_s)
        self.wall.set(0)
        self.store.control("sync.now")
        self.level()
        self.assertEqual(self.cloud.one("SELECT bool_and(clock_suspect) FROM center_order WHERE"
                                        " order_id LIKE 't44-sold%'"), "t")
        self.assertEqual(self.state("t44"), "PLACED")
        self.is_well()
        self.assert_equal(COLA)

    def test_a_step_of_a_day_expires_nothing(self):
        """T45; with its RESTORE in test_cloud_restore.py"""
        orders = [f"t45-{n}" for n in range(3)]
        self.count(COLA, 30)
        self.place(*orders)
        self.level()
        self.wall.set(DAY_S)
        self.place("t45-later")
        self.store.control("sync.now")
        self.level()
        self.wall.set(0)
        self.place("t45-last")
        self.store.control("sync.now")
        self.level()
        self.assertEqual({self.state(o) for o in orders}, {"PLACED"})
        self.assertEqual(self.cloud.sql("SELECT DISTINCT order_status FROM center_order WHERE"
                                        " order_id LIKE 't45-%'"), [["1"]])
        self.is_well()
        self.assert_equal(COLA)


if __name__ == "__main__":
    if LIBRARY is None:
        print("skipped: libfaketime is not installed (tools/deps)")
        sys.exit(SKIPPED)
    need_cloud()
    unittest.main()
