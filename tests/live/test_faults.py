#!/usr/bin/python3
"""Doctor names every planted fault first (tools/faults)."""

import json
import os
import subprocess
import sys
import unittest

from live import ROOT
from store import build_dir

LEAST = 25


class Faults(unittest.TestCase):
    def test_every_planted_fault_is_named_first(self):
        done = subprocess.run([os.path.join(ROOT, "tools", "faults"), "--doctor", "--json", "--build",
                               build_dir()], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=570, check=False)
        self.assertTrue(done.stdout, done.stderr)
        told = json.loads(done.stdout)
        missed = [f for f in told["faults"] if f["wanted"] != f["named"]]
        self.assertEqual(missed, [], done.stderr)
        self.assertGreaterEqual(told["planted"], LEAST)
        self.assertEqual(done.returncode, 0, done.stderr)


def may_mount():
    how = ["-m"] if os.geteuid() == 0 else ["-rm"]
    return subprocess.run(["unshare", *how, "mount", "-t", "tmpfs", "none", "/mnt"], check=False,
                          capture_output=True).returncode == 0


if __name__ == "__main__":
    if not may_mount():
        print("skipped: no mount namespace of our own, no disks to fill")
        sys.exit(77)
    unittest.main()
