#!/usr/bin/python3
"""A hub that dies again and again right after its start: is its store to blame, and what then."""

import glob
import os
import signal
import unittest

from live import COLA, LiveTest, order_lines
from lmdb_file import LmdbFile
from store import StoreError

STARTS = 3  # bad ends before the store is looked at
WHOLE, REPLACED, HELPLESS = "PH-1007", "PH-1008", "PH-1009"
FENCED = 4004


class GuardTest(LiveTest):
    def place(self, order_id):
        with_till = self.device("till-1")
        reply = with_till.ask("order.place", order_id=order_id, lines=order_lines((COLA, 1)))
        with_till.close()
        return reply

    def faults(self):
        return {f["code"]: f for f in self.store.get("/v1/status")["faults"]}

    def crash(self, times):
        for _ in range(times):
            self.store.restart_hub(signal.SIGKILL)
        self.store.wait_broker()

    def break_store(self):
        """Nothing of the file can be found any more: the root of its main tree is garbage."""
        self.store.stop_hub()
        file = LmdbFile(self.store.data_dir)
        with open(file.path, "r+b") as f:
            f.seek(file.main_root * file.page_size + 10)
            f.write(b"\xa5" * (file.page_size - 10))

    def fail_to_start(self):
        with self.assertRaises(StoreError):
            self.store.start_hub()
        self.assertNotEqual(self.store.hub.wait(20), 0)

    def aside(self):
        return glob.glob(self.store.data_dir + ".broken-*")


class WholeStore(GuardTest):
    def test_a_whole_store_is_not_touched_and_people_hear_of_the_loop(self):
        self.ok(self.place("before"))
        self.crash(STARTS - 1)
        self.assertNotIn(WHOLE, self.faults())
        self.crash(1)
        self.assertIn(WHOLE, self.faults())
        self.ok(self.place("after"))
        till = self.device("till-1")
        self.assertEqual(self.ok(till.ask("order.get", order_id="before"))["order"]["state"],
                         "PLACED")
        self.assertEqual(self.aside(), [])
        self.store.stop_hub()
        self.store.start_hub()
        self.assertNotIn(WHOLE, self.faults())


class BrokenStore(GuardTest):
    def test_the_newest_backup_takes_its_place(self):
        self.ok(self.place("before"))
        self.store.control("backup.create")
        epoch = self.store.get("/v1/status")["epoch"]
        self.break_store()
        for _ in range(STARTS):
            self.fail_to_start()
        self.store.start_hub()
        self.store.wait_broker()
        self.assertIn(REPLACED, self.faults())
        self.assertEqual(len(self.aside()), 1)
        self.assertGreater(self.store.get("/v1/status")["epoch"], epoch)
        opened = [e["body"]["device"] for e in
                  self.store.control("journal.tail", limit=50)["events"]
                  if e["kind"] == "EPOCH_OPEN"]
        self.assertEqual(opened, ["poshubd:guard"])
        self.code(FENCED, self.place("fenced"))
        self.store.control("store.confirm")
        self.ok(self.place("after"))
        till = self.device("till-1")
        self.assertEqual(self.ok(till.ask("order.get", order_id="before"))["order"]["state"],
                         "PLACED")
        self.assertTrue(self.store.control("journal.verify")["result"]["ok"])
        self.assertNotIn("there is no backup", self.store.log(lines=40))


class NoBackup(GuardTest):
    def test_without_a_backup_it_stays_where_it_is(self):
        self.break_store()
        with open(os.path.join(self.store.data_dir, "data.mdb"), "rb") as f:
            before = f.read()
        for _ in range(STARTS + 1):
            self.fail_to_start()
        self.assertIn(HELPLESS, self.store.log(lines=40))
        self.assertEqual(self.aside(), [])
        with open(os.path.join(self.store.data_dir, "data.mdb"), "rb") as f:
            self.assertEqual(f.read(), before)


class BadBackup(GuardTest):
    def test_the_log_tells_of_nothing_that_was_not_done(self):
        made = self.store.control("backup.create")["result"]
        with open(os.path.join(made["dir"], made["backups"][0]["name"] + ".mdb"), "r+b") as f:
            f.truncate(8192)
        self.break_store()
        for _ in range(STARTS + 1):
            self.fail_to_start()
        told = [line for line in self.store.log(lines=200).splitlines() if "guard starts=" in line]
        self.assertIn(HELPLESS, told[-1])
        self.assertIn(" aside=- backup=- ", told[-1])
        self.assertIn("half written", told[-1])
        self.assertEqual(self.aside(), [])


if __name__ == "__main__":
    unittest.main()
