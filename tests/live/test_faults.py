#!/usr/bin/python3
"""Doctor names every planted fault first (tools/faults)."""

import json
import os
import subprocess
import unittest

from live import ROOT
from store import build_dir

LEAST = 25


class Faults(unittest.TestCase):
    def test_every_planted_fault_is_named_first(self):
        done = subprocess.run([os.path.join(ROOT, "tools", "faults"), "--json", "--build",
                               build_dir()], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=570, check=False)
        self.assertTrue(done.stdout, done.stderr)
        told = json.loads(done.stdout)
        missed = [f for f in told["faults"] if f["wanted"] != f["named"]]
        self.assertEqual(missed, [], done.stderr)
        self.assertGreaterEqual(told["planted"], LEAST)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
