#!/usr/bin/python3
"""Where stderr is the journal's, a line that names a fault goes there with its MESSAGE_ID; all else,
and everything elsewhere, goes to stderr. Stands in for the journal in a mount namespace of its own."""

import os
import select
import socket
import subprocess
import sys
import tempfile
import unittest

import paths  # noqa: F401
from store import SOON_S, build_dir, end, wait_for

SOCKET = "/run/systemd/journal/socket"
INSIDE = "POSHUB_TEST_INSIDE"
FULL = "code=PH-1002"  # a disk of 60 MiB has less than 64 free


class Journal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, data_dir = folder.name, os.path.join(folder.name, "db")
        os.mkdir(data_dir)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "none", data_dir], check=True)
        self.addCleanup(subprocess.run, ["umount", data_dir], check=True)
        self.conf = os.path.join(folder.name, "poshub.conf")
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(f"[store]\nbrand_id = 1\npoi_id = 417\n[storage]\nmap_mib = 16\n"
                    f"[paths]\ndata_dir = {data_dir}\nrun_dir = {folder.name}/run\n")
        self.journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.journal.close)
        self.journal.bind(SOCKET)
        self.addCleanup(os.unlink, SOCKET)

    def run_hub(self, is_journal, done):
        """What the hub wrote to stderr until `done` says that it was enough."""
        path = os.path.join(self.folder, "stderr")
        with open(path, "wb") as err:
            st = os.fstat(err.fileno())
            stream = f"{st.st_dev}:{st.st_ino if is_journal else st.st_ino + 1}"
            hub = subprocess.Popen([os.path.join(build_dir(), "poshubd"), "-c", self.conf],
                                   stderr=err, env={**os.environ, "JOURNAL_STREAM": stream})

            def said():
                with open(path, encoding="utf-8") as f:
                    return f.read()
            try:
                wait_for("the fault", lambda: done(said()), alive=hub)
            finally:
                end(hub)
            return said()

    def told(self):
        return select.select([self.journal], [], [], 0)[0]

    def test_a_fault_is_an_entry_with_its_id(self):
        said = self.run_hub(True, lambda _: self.told())
        entry = dict(line.split("=", 1) for line in
                     self.journal.recv(65536).decode().splitlines() if line)
        self.assertIn(FULL, entry["MESSAGE"])
        self.assertEqual((entry["PRIORITY"], entry["POSHUB_FAULT"]), ("4", "PH-1002"))
        self.assertTrue(entry["MESSAGE_ID"].endswith("1002"))
        self.assertIn("<6>ready ", said)
        self.assertNotIn(FULL, said)

    def test_a_variable_that_was_inherited_means_nothing(self):
        said = self.run_hub(False, lambda text: FULL in text)
        self.assertIn("<4>alert ", said)
        self.assertFalse(self.told())


def main():
    if INSIDE in os.environ:
        os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", os.path.dirname(SOCKET)], check=True)
        unittest.main()
    probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"],
                           capture_output=True, check=False)
    if probe.returncode != 0:
        print("skipped: no mount namespace here:", probe.stderr.decode().strip())
        return 77
    return subprocess.run(["unshare", "-m", sys.executable, *sys.argv], check=False,
                          timeout=4 * SOON_S, env={**os.environ, INSIDE: "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
