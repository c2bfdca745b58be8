#!/usr/bin/python3
"""Does a time source keep the box's clock? status and doctor say the same of it. The kernel's
answer is played (tools/lib/clock_shim)."""

import json
import shutil
import subprocess
import tempfile
import unittest

from live import LiveTest
from clock_shim import FORBIDDEN, UNSYNCED, clock_shim
from store import SOON_S

NOBODY = "PH-3002"
DEGRADED = 8


class TimeSource(LiveTest):
    played = {}  # of the kernel

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="poshub-clock-")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.env = {"LD_PRELOAD": clock_shim(folder), **cls.played,
                   "ASAN_OPTIONS": "verify_asan_link_order=0"}
        super().setUpClass()

    def ctl(self, *words):
        done = subprocess.run([self.store.program("poshubctl"), "--json", *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SOON_S, check=False, env=self.store.env)
        return done.returncode, json.loads(done.stdout)

    def doctor(self):
        return self.ctl("doctor", "--config", self.store.conf_path, "--only", "clock")

    def status(self):
        return self.ctl("status", "--socket", self.store.control_path)


class Kept(TimeSource):
    def test_both_are_content(self):
        _, status = self.status()
        self.assertEqual(status["clock"], "synced")
        self.assertNotIn(NOBODY, [f["code"] for f in status["faults"]])
        code, doctor = self.doctor()
        self.assertEqual((code, doctor["checks"][0]["state"]), (0, "ok"))


class NobodyKeepsIt(TimeSource):
    played = {UNSYNCED: "1"}

    def test_both_say_so(self):
        """doctor warns; a store that sells well without a time source is not degraded by it."""
        _, status = self.status()
        self.assertEqual(status["clock"], "unsynced")
        self.assertNotIn(NOBODY, [f["code"] for f in status["faults"]])
        code, doctor = self.doctor()
        check = doctor["checks"][0]
        self.assertEqual((code, check["state"], check["code"]), (DEGRADED, "WARN", NOBODY))


class NobodyMayAsk(TimeSource):
    """As in the sandbox of the service."""
    played = {FORBIDDEN: "1"}

    def test_neither_claims_what_it_cannot_know(self):
        _, status = self.status()
        self.assertIn(status["clock"], ("unchecked", "synced"))  # timesyncd may have said so
        code, doctor = self.doctor()
        self.assertEqual((code, doctor["checks"][0]["state"]), (0, "ok"))
        self.assertIn("may not be asked", doctor["checks"][0]["text"])


if __name__ == "__main__":
    unittest.main()
