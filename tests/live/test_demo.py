#!/usr/bin/python3
"""tools/demo, the way a newcomer runs it but quicker: its day adds up and its figures say so."""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from live import ROOT
from store import SOON_S



def working_in(folder):
    """The processes whose command line names the folder."""
    done = subprocess.run(["pgrep", "-f", folder + "/"], capture_output=True, text=True, check=False)
    return done.stdout.split()


class Demo(unittest.TestCase):
    def broken_off(self, *signals):
        """Amid the day; what is left is told."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o1777)
            with subprocess.Popen([os.path.join(ROOT, "tools", "demo")], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, start_new_session=True,
                                  env={**os.environ, "TMPDIR": folder}) as demo:
                while " paid" not in demo.stdout.readline():
                    self.assertIsNone(demo.poll())
                for sig in signals:
                    os.killpg(demo.pid, sig)
                    time.sleep(0.1)  # a second Ctrl-C comes amid the closing
                demo.communicate(timeout=SOON_S)
            until = time.monotonic() + SOON_S
            while working_in(folder) and time.monotonic() < until:
                time.sleep(0.05)
            return os.listdir(folder), working_in(folder)

    def test_an_impatient_ctrl_c_leaves_nothing(self):
        self.assertEqual(self.broken_off(signal.SIGINT, signal.SIGINT), ([], []))

    def test_a_closed_terminal_leaves_nothing(self):
        self.assertEqual(self.broken_off(signal.SIGHUP), ([], []))

    def test_the_day_adds_up(self):
        run = subprocess.run([os.path.join(ROOT, "tools", "demo"), "--json", "--speed", "9000"],
                             capture_output=True, text=True, timeout=500)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        found = json.loads(run.stdout)
        self.assertGreater(found["orders"], 100)
        self.assertEqual(found["accounted"], found["orders"])
        self.assertIs(found["books_equal"], True)
        self.assertEqual([c["check"] for c in found["checks"] if not c["ok"]], [])


if __name__ == "__main__":
    unittest.main()
