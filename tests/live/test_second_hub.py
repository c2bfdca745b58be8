#!/usr/bin/python3
"""A second hub on the same store: it says who holds it, ends with its own code, changes nothing."""

import os
import subprocess
import unittest

from live import COLA, LiveTest, order_lines
from store import SOON_S

HELD = 3


class SecondHub(LiveTest):
    def second(self, conf_path):
        """A poshubd that is expected to end by itself."""
        return subprocess.run([self.store.program("poshubd"), "-c", conf_path], capture_output=True,
                              text=True, timeout=SOON_S)

    def conf_with_other(self, folder):
        """(configuration that has a folder of its own in place of this one, that folder)"""
        name = os.path.basename(folder)
        path, other = (os.path.join(self.store.folder, n) for n in (f"{name}.conf", f"other-{name}"))
        with open(self.store.conf_path, encoding="utf-8") as f:
            text = f.read().replace(folder, other)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.makedirs(other, exist_ok=True)
        return path, other

    def files(self):
        """What stands in the folder that the second hub could have touched."""
        found = {}
        for folder, _, names in os.walk(self.store.run_dir):
            for name in names:
                stat = os.stat(os.path.join(folder, name))
                found[name] = (stat.st_ino, stat.st_mtime_ns)
        with open(os.path.join(self.store.data_dir, "pid"), encoding="ascii") as f:
            return found, f.read()

    def position(self):
        status = self.store.get("/v1/status")
        return status["epoch"], status["seq"], status["boot"]

    def refused(self, conf_path):
        before, position = self.files(), self.position()
        second = self.second(conf_path)
        self.assertEqual(second.returncode, HELD, second.stderr)
        self.assertIn(f"is held by poshubd, pid {self.store.hub.pid}", second.stderr)
        self.assertEqual(self.files(), before)
        self.assertEqual(self.position(), position)

    def test_it_names_the_holder_and_leaves_everything_as_it_was(self):
        kiosk = self.device("kiosk-1")
        self.ok(kiosk.ask("order.place", order_id="held-1", lines=order_lines((COLA, 1))))
        self.refused(self.store.conf_path)
        self.ok(kiosk.ask("order.cancel", order_id="held-1"))

    def test_another_run_dir_makes_no_difference(self):
        path, run_dir = self.conf_with_other(self.store.run_dir)
        self.refused(path)
        self.assertEqual(os.listdir(run_dir), [])

    def test_another_store_does_not_take_our_sockets(self):
        kiosk = self.device("kiosk-1")
        path, _ = self.conf_with_other(self.store.data_dir)
        self.refused(path)
        self.ok(kiosk.ask("time.get"))

    def test_a_killed_holder_holds_nothing(self):
        epoch, seq, boot = self.position()
        self.store.restart_hub(9)
        self.store.wait_broker()
        self.assertEqual(self.position(), (epoch, seq, boot + 1))


if __name__ == "__main__":
    unittest.main()
