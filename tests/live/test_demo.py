#!/usr/bin/python3
"""tools/demo, the way a newcomer runs it but quicker: its day adds up and its figures say so."""

import json
import os
import subprocess
import unittest

from live import ROOT


class Demo(unittest.TestCase):
    def test_the_day_adds_up(self):
        run = subprocess.run([os.path.join(ROOT, "tools", "demo"), "--json", "--speed", "9000"],
                             capture_output=True, text=True, timeout=240)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        found = json.loads(run.stdout)
        self.assertGreater(found["orders"], 100)
        self.assertEqual(found["accounted"], found["orders"])
        self.assertIs(found["books_equal"], True)
        self.assertEqual([c["check"] for c in found["checks"] if not c["ok"]], [])


if __name__ == "__main__":
    unittest.main()
