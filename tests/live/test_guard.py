#!/usr/bin/python3
"""A hub that dies again and again right after its start: is its store to blame, and what then."""

import glob
import os
import shutil
import signal
import subprocess
import unittest

from live import COLA, LiveTest, order_lines
from lmdb_file import LmdbFile
from store import SOON_S, StoreError, wait_for
from test_service import Systemd

STARTS = 3  # bad ends before the store is looked at
WHOLE, REPLACED, HELPLESS = "PH-1007", "PH-1008", "PH-1009"
LOST = "PH-1019"
STORAGE_FAULT = 4
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


class DamagedHead(GuardTest):
    """A file that is no store any more needs no three tries."""

    def damage_head(self):
        self.store.stop_hub()
        with open(os.path.join(self.store.data_dir, "data.mdb"), "r+b") as f:
            f.write(bytes(8192))

    def test_1_without_a_backup_it_is_a_fault_of_the_storage(self):
        path = os.path.join(self.store.data_dir, "data.mdb")
        self.store.stop_hub()
        shutil.copy(path, self.store.folder + "/whole.mdb")
        self.damage_head()
        with self.assertRaises(StoreError):
            self.store.start_hub()
        self.assertEqual(self.store.hub.wait(20), STORAGE_FAULT)
        self.assertIn(HELPLESS, self.store.log(lines=40))
        self.assertEqual(self.aside(), [])
        shutil.copy(self.store.folder + "/whole.mdb", path)
        self.store.start_hub()
        self.store.wait_broker()
        self.assertNotIn(HELPLESS, self.faults())

    def test_2_the_newest_backup_takes_its_place_at_once(self):
        self.ok(self.place("before"))
        self.store.control("backup.create")
        epoch = self.store.get("/v1/status")["epoch"]
        self.damage_head()
        self.store.start_hub()
        self.store.wait_broker()
        self.assertIn(REPLACED, self.faults())
        self.assertEqual(len(self.aside()), 1)
        self.assertGreater(self.store.get("/v1/status")["epoch"], epoch)
        self.store.control("store.confirm")
        till = self.device("till-1")
        self.assertEqual(self.ok(till.ask("order.get", order_id="before"))["order"]["state"],
                         "PLACED")


class LostStore(GuardTest):
    """No file, or an empty one, where there are backups: no new store takes its place in silence."""

    def setUp(self):
        self.path = os.path.join(self.store.data_dir, "data.mdb")
        self.backup = self.store.control("backup.create")["result"]["backups"][0]["name"]
        self.backups = os.path.join(self.store.folder, "backup")

    def refused(self):
        with self.assertRaises(StoreError):
            self.store.start_hub()
        self.assertEqual(self.store.hub.wait(20), STORAGE_FAULT)
        told = self.store.log(lines=20)
        for word in (LOST, self.backup, "poshubctl restore", "begin anew"):
            self.assertIn(word, told)

    def ctl(self, *words):
        return subprocess.run([self.store.program("poshubctl"), *words, "--config",
                               self.store.conf_path], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SOON_S, check=False)

    def test_1_it_waits_for_a_restore_however_often_it_is_started(self):
        self.ok(self.place("before"))
        self.backup = self.store.control("backup.create")["result"]["backups"][0]["name"]
        self.store.stop_hub()
        os.unlink(self.path)
        for _ in range(STARTS + 1):
            self.refused()
            self.assertFalse(os.path.exists(self.path))
        self.assertEqual(self.aside(), [])
        told = self.ctl("doctor").stdout
        self.assertIn(LOST, told)
        self.assertNotIn("PH-", told[:told.index(LOST)])
        done = self.ctl("restore", f"{self.backups}/{self.backup}.mdb", "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.store.start_hub()
        self.store.wait_broker()
        self.store.control("store.confirm")
        till = self.device("till-1")
        self.assertEqual(self.ok(till.ask("order.get", order_id="before"))["order"]["state"],
                         "PLACED")

    def test_2_an_empty_file_is_none_and_a_new_store_is_begun_where_no_backup_is(self):
        self.store.stop_hub()
        with open(self.path, "wb"):
            pass
        self.refused()
        self.assertEqual(os.path.getsize(self.path), 0)
        self.assertIn(LOST, self.ctl("doctor").stdout)
        for name in os.listdir(self.backups):  # they are of another store now
            os.rename(f"{self.backups}/{name}", f"{self.backups}/{name.replace('-1-417-', '-1-418-')}")
        self.store.start_hub()
        self.store.wait_broker()
        self.assertEqual(self.store.get("/v1/status")["epoch"], 1)


class WrongClock(GuardTest):
    def test_a_backup_of_a_time_to_come_is_not_the_newest(self):
        made = self.store.control("backup.create")["result"]
        name = made["backups"][0]["name"]
        for end in (".mdb", ".json"):
            os.rename(f"{made['dir']}/{name}{end}", f"{made['dir']}/poshub-1-417-20380119T031407Z{end}")
        self.ok(self.place("later"))
        self.store.control("backup.create")
        self.break_store()
        for _ in range(STARTS):
            self.fail_to_start()
        self.store.start_hub()
        self.store.wait_broker()
        self.assertIn(REPLACED, self.faults())
        till = self.device("till-1")
        self.assertEqual(self.ok(till.ask("order.get", order_id="later"))["order"]["state"],
                         "PLACED")


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


class NothingHelps(GuardTest):
    """A store that was found broken, with no backup that helps, is not read again and again."""

    @classmethod
    def setUpClass(cls):
        cls.systemd = Systemd()
        cls.addClassCleanup(cls.systemd.close)
        cls.env = {"NOTIFY_SOCKET": cls.systemd.path}
        super().setUpClass()

    def setUp(self):
        """There is a good backup, but not where the guard looks."""
        self.backups = os.path.join(self.store.folder, "backup")
        self.away = os.path.join(self.store.folder, "away")
        self.store.control("backup.create")
        os.rename(self.backups, self.away)
        self.break_store()
        for _ in range(STARTS + 1):
            self.fail_to_start()
        self.assertEqual(self.walks(), self.walks_of_before + 1)
        self.starter = self.store._spawn([self.store.program("poshubd"), "-c", self.store.conf_path],
                                         "hub.log", self.store.env)
        self.store.hub = self.starter
        wait_for("a hub that waits", lambda: self.waits() > self.waits_of_before, alive=self.starter)

    @classmethod
    def log_lines(cls, word):
        return sum(word in line for line in cls.store.log(lines=100000).splitlines())

    def walks(self):
        return self.log_lines("guard starts=")

    def waits(self):
        return self.log_lines("guard_waits")

    def run(self, result=None):
        self.walks_of_before, self.waits_of_before = self.walks(), self.waits()
        super().run(result)

    def goes_on(self):
        """The one that waited, and no other, sells."""
        wait_for("the hub", self.store.alive, alive=self.starter)
        self.store.wait_broker()
        self.store.control("store.confirm")
        till = self.device("till-1")
        self.ok(till.ask("order.place", order_id=f"after-{self.waits()}", lines=order_lines((COLA, 1))))

    def tearDown(self):
        shutil.rmtree(self.away, ignore_errors=True)
        for path in self.aside():
            shutil.rmtree(path)

    def test_1_it_says_why_and_ends_when_it_is_told_to(self):
        wait_for("the reason", lambda: "poshubctl restore" in self.systemd.last("STATUS="))
        self.assertGreater(int(self.systemd.last("EXTEND_TIMEOUT_USEC=").split("=")[1]), 60_000_000)
        self.assertEqual(self.walks(), self.walks_of_before + 1)
        self.assertEqual(self.store.stop_hub(), 0)
        os.rename(self.away, self.backups)
        self.store.start_hub()  # something that helps is there now

    def test_2_it_goes_on_by_itself_when_the_store_was_restored(self):
        backup = glob.glob(os.path.join(self.away, "*.mdb"))[0]
        done = subprocess.run([self.store.program("poshubctl"), "restore", backup, "--yes", "--config",
                               self.store.conf_path], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=SOON_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.goes_on()
        self.assertEqual(self.walks(), self.walks_of_before + 1)
        self.assertNotIn(HELPLESS, self.faults())

    def test_3_a_backup_that_comes_later_takes_its_place(self):
        os.rename(self.away, self.backups)
        self.goes_on()
        self.assertIn(REPLACED, self.faults())


if __name__ == "__main__":
    unittest.main()
