#!/usr/bin/python3
"""The disk refuses under load: errors are injected into the hub's own system calls by strace.

An I/O error ends the hub with its own code, since only the next start can tell what is on the disk;
a full disk refuses what does not fit and the hub stays. In both cases nothing that was acknowledged
is lost."""

import shutil
import subprocess
import sys
import unittest

from live import COLA, CREW, MARGHERITA, MENU, LiveTest
from load import Load
from store import SOON_S, Store, wait_for

SKIPPED = 77
STORAGE_FAULT = 4
GOES_ON = 40  # orders that show that it sells


def why_no_strace():
    """None when strace may do what this test needs."""
    if shutil.which("strace") is None:
        return "strace is not installed (tools/deps)"
    tried = subprocess.run(["strace", "-D", "-qq", "-f", "-e", "trace=none", "true"],
                           capture_output=True, text=True, timeout=SOON_S)
    return None if tried.returncode == 0 and not tried.stderr else tried.stderr.strip()


def under_strace(*faults):
    """The hub's command with these injections; -D leaves the hub itself as the process we started.
    The search for leaks of a sanitized hub does not work under ptrace."""
    calls = ",".join(fault.split(":")[0] for fault in faults)
    injections = [word for fault in faults for word in ("-e", f"inject={fault}")]
    return ("strace", "-D", "-f", "-qq", "-o", "{conf}.strace", "-e", f"trace={calls}", *injections,
            "-E", "LSAN_OPTIONS=detect_leaks=0", "--", "{hub}", "-c", "{conf}")


class DiskErrors(unittest.TestCase):
    def open_store(self):
        # A leak check at the end needs the ptrace that strace has.
        self.store = Store(env={"LSAN_OPTIONS": "detect_leaks=0"})
        self.addCleanup(self.store.stop)
        self.store.start()
        self.store.import_menu(MENU)
        for name, role, stations in CREW:
            self.store.add_device(name, role, stations)

    def restart_under(self, *faults):
        self.healthy = self.store.hub_command
        self.store.stop_hub()
        self.store.hub_command = under_strace(*faults)
        self.store.start_hub()
        self.store.wait_broker()

    def sell(self):
        load = Load(self.store, [MARGHERITA, COLA], rate=100)
        self.addCleanup(load.stop)
        return load

    def injected(self):
        with open(self.store.conf_path + ".strace", encoding="utf-8", errors="replace") as f:
            return f.read().count("(INJECTED)")

    def log(self):
        return self.store.log(lines=200)

    def dies_and_comes_back(self, fault):
        self.open_store()
        self.restart_under(fault)
        load = self.sell()
        status = self.store.hub.wait(SOON_S)
        self.assertEqual(status, STORAGE_FAULT, self.log())
        self.assertIn("storage_fatal err=PH_ERR_IO", self.log())
        self.assertIn(f"stopped code={STORAGE_FAULT}", self.log())
        self.assertGreaterEqual(self.injected(), 1)
        self.store.hub_command = self.healthy
        self.store.start_hub()
        load.wait_more(GOES_ON)
        self.assertEqual(load.settle(), [])

    def test_data_that_cannot_be_synced(self):
        self.dies_and_comes_back("fdatasync:error=EIO:when=60")

    def test_a_meta_page_or_a_data_page_that_cannot_be_written(self):
        for when in (150, 151):
            with self.subTest(when=when):
                self.dies_and_comes_back(f"pwrite64:error=EIO:when={when}")

    def test_a_disk_full_for_a_moment(self):
        self.open_store()
        self.restart_under("writev:error=ENOSPC:when=30..50")
        load = self.sell()
        wait_for("the disk was full", lambda: self.injected() >= 20, alive=self.store.hub)
        load.read()
        load.wait_more(GOES_ON)
        self.assertEqual(load.settle(), [])
        self.assertIsNone(self.store.hub.poll())
        self.assertIn("err=PH_ERR_FULL", self.log())

    def test_a_start_that_cannot_be_synced(self):
        self.open_store()
        self.store.stop_hub()
        command = [word.format(hub=self.store.program("poshubd"), conf=self.store.conf_path)
                   for word in under_strace("fdatasync:error=EIO:when=1")]
        tried = subprocess.run(command, capture_output=True, text=True, timeout=SOON_S)
        self.assertEqual(tried.returncode, STORAGE_FAULT, tried.stderr)
        self.assertIn("store_fault", tried.stderr)
        self.store.start_hub()


if __name__ == "__main__":
    reason = why_no_strace()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main()
