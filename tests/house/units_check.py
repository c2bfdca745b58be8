"""The units of systemd/: systemd finds nothing to complain about, and the sandbox is tight.

`systemd-analyze verify` and `systemd-analyze security --offline` on a scratch root that holds the
units, stand-ins for the programs they start, and the targets they name. No systemd need run.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

UNITS = os.path.join(os.path.dirname(__file__), "..", "..", "systemd")
HOST = "/lib/systemd/system"
PROGRAMS = ["usr/sbin/poshubd", "usr/bin/poshubctl", "usr/sbin/mosquitto", "bin/sh", "bin/kill"]
EXPOSURE = 1.5  # what both services must stay below (0: no exposure, 10: all of it)


def scratch_root(folder):
    here = os.path.join(folder, "usr/lib/systemd/system")
    os.makedirs(here)
    for name in os.listdir(HOST):
        if name.endswith(".target") and os.path.isfile(os.path.join(HOST, name)):
            shutil.copy(os.path.join(HOST, name), here)
    for name in os.listdir(UNITS):
        shutil.copy(os.path.join(UNITS, name), here)
    for program in PROGRAMS:
        path = os.path.join(folder, program)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write("#!/bin/sh\n")
        os.chmod(path, 0o755)
    return here


def analyze(*words):
    return subprocess.run(["systemd-analyze", "--no-pager", *words], capture_output=True, text=True,
                          timeout=50)


class Units(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="poshub-units-")
        self.addCleanup(shutil.rmtree, self.root)
        self.folder = scratch_root(self.root)
        self.units = sorted(n for n in os.listdir(UNITS) if re.search(r"\.(service|timer)$", n))

    def verify(self):
        return analyze("verify", "--man=no", "--root=" + self.root, *self.units)

    def exposure(self, name):
        out = analyze("security", "--offline=true", os.path.join(self.folder, name)).stdout
        return float(re.search(r"exposure level for \S+ ([0-9.]+)", out).group(1))

    def change(self, name, old, new):
        path = os.path.join(self.folder, name)
        with open(path) as f:
            text = f.read()
        self.assertIn(old, text)
        with open(path, "w") as f:
            f.write(text.replace(old, new))

    def test_systemd_has_no_complaint(self):
        self.assertIn("poshub.service", self.units)
        said = self.verify()
        self.assertEqual((said.returncode, said.stdout + said.stderr), (0, ""))

    def test_a_word_that_systemd_does_not_know_is_found(self):
        self.change("poshub.service", "WatchdogSec=", "WatchdockSec=")
        self.assertIn("WatchdockSec", self.verify().stderr)

    def test_the_sandbox_is_tight(self):
        for name in ("poshub.service", "poshub-broker.service", "poshub-backup.service"):
            with self.subTest(unit=name):
                self.assertLessEqual(self.exposure(name), EXPOSURE)

    def test_a_hole_in_the_sandbox_is_seen(self):
        self.change("poshub.service", "ProtectSystem=strict\n", "")
        self.change("poshub.service", "SystemCallFilter=@system-service\n", "")
        self.assertGreater(self.exposure("poshub.service"), EXPOSURE)


if __name__ == "__main__":
    if not os.path.isdir(HOST):
        sys.exit("no systemd on this machine: tools/deps installs it")
    unittest.main()
