#!/usr/bin/python3
"""Lines that are connected and on which nothing moves: the hub notices, says so, and makes a new
connection, without a restart."""

import os
import sys
import unittest

import paths  # noqa: F401
from live import COLA, LiveTest, order_lines
from stalls import LAN, LATE_S, CloudStore, cloud_names, cloud_stall, enter, lan_stall, lan_store

CODE_LAN, CODE_CLOUD = "PH-2203", "PH-2114"


class Lan(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.store, cls.proxy = lan_store()
        cls.addClassCleanup(cls.store.stop)
        cls.addClassCleanup(cls.proxy.end)

    def faults(self):
        return {f["code"]: f["text"] for f in self.store.get("/v1/status")["faults"]}

    def test_each_stall_heals_by_itself(self):
        for name in LAN:
            with self.subTest(name):
                result = lan_stall(self.store, self.proxy, name)
                self.assertTrue(result["healed"], f"{result}\n{self.store.log()}")
                self.assertLess(result["heal_s"], LATE_S)

    def test_people_are_told(self):
        result = lan_stall(self.store, self.proxy, "lan to the broker")
        self.assertTrue(result["healed"], result)
        self.assertIn("works again", self.faults()[CODE_LAN])
        log = self.store.log(lines=200)
        self.assertIn("link_stuck link=lan", log)
        self.assertIn("link_healed link=lan", log)
        stuck = self.store.get("/v1/status")["broker"]["stuck"]
        self.assertEqual((stuck["now"], stuck["stalls"]), (False, stuck["healed"]))
        self.assertIn(f'poshub_link_healed_total{{link="lan"}} {stuck["healed"]}',
                      self.store.get("/metrics"))


class Lines(unittest.TestCase):
    """Both lines to the cloud."""

    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, os.path.join(paths.ROOT, "tests", "center"))
        from center import need_postgresql
        need_postgresql()
        cls.c = CloudStore()
        cls.addClassCleanup(cls.c.end)

    def test_each_stall_heals_by_itself(self):
        for name in cloud_names():
            with self.subTest(name):
                result = cloud_stall(self.c, name)
                self.assertTrue(result["healed"], f"{result}\n{self.c.store.log()}")
                self.assertLess(result["heal_s"], LATE_S)
                self.assertTrue(result["why"], "people are told why")
                self.assertGreater(result["orders"], 0, "answered on the LAN meanwhile")

    def test_people_are_told(self):
        result = cloud_stall(self.c, "https answer hangs")
        self.assertTrue(result["healed"], result)
        faults = {f["code"]: f["text"] for f in self.c.store.get("/v1/status")["faults"]}
        self.assertIn("works again", faults[CODE_CLOUD])
        self.assertIn("link_healed link=cloud", self.c.store.log(lines=200))
        self.assertIn('poshub_link_healed_total{link="cloud"}', self.c.store.get("/metrics"))


class Trade(LiveTest):
    """A store at work is not taken for a stuck one."""

    def test_a_rush_is_no_stall(self):
        with self.device("kiosk-1") as kiosk:
            for i in range(300):
                kiosk.ask("order.place", order_id=f"rush-{i}", lines=order_lines((COLA, 1)))
        self.assertEqual(self.store.get("/v1/status")["broker"]["stuck"]["stalls"], 0)


if __name__ == "__main__":
    enter()
    unittest.main()
