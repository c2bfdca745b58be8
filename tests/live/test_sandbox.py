#!/usr/bin/python3
"""The hub behind the system call filter of its service: nothing that it needs is kept from it."""

import os
import sys
import unittest

from live import COLA, LiveTest, order_lines
from paths import ROOT
from store import wait_for

SERVICE = os.path.join(ROOT, "systemd", "poshub.service")
SANDBOX = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sandbox.py")


class Filtered(LiveTest):
    hub_command = (sys.executable, SANDBOX, SERVICE, "{hub}", "-c", "{conf}")

    def test_a_store_works_in_it(self):
        with self.device("till-1") as till:
            self.ok(till.ask("order.place", order_id="s-1", lines=order_lines((COLA, 1))))
        told = self.store.control("backup.create")
        self.assertEqual(told["code"], 0, told)
        ticks = self.store.get("/v1/status")["uptime_ms"]
        wait_for("ticks of the loop", lambda: self.store.get("/v1/status")["uptime_ms"] > ticks + 2000,
                 alive=self.store.hub)
        self.assertIn(self.store.get("/v1/status")["clock"], ("unchecked", "synced"))

    def test_what_it_must_not_do_would_be_seen(self):
        """A filter that lets everything pass would prove nothing."""
        bad = os.spawnv(os.P_WAIT, sys.executable,
                        [sys.executable, SANDBOX, SERVICE, sys.executable, "-c",
                         "import ctypes; ctypes.CDLL(None).sethostname(b'x', 1)"])
        self.assertLess(bad, 0)


if __name__ == "__main__":
    unittest.main()
