#!/usr/bin/python3
"""Backups under a clock that was wrong, and what people are told of them: which is the newest, what
may not be read, and what a name stands for."""

import glob
import json
import os
import pwd
import shutil
import subprocess
import time
import unittest

from live import MENU
from store import SOON_S, Store, build_dir, wait_for
from test_backup import FAILED, NOT_FOUND, NOT_PERMITTED, REFUSED, BackupTest

USAGE, DEGRADED = 2, 8
AHEAD = "20380119T031407Z"
ZONE = "Pacific/Kiritimati"  # nobody's box stands there


class WordsTest(BackupTest):
    conf = {}

    def setUp(self):
        self.store = Store(conf=self.conf)
        self.addCleanup(self.store.stop)
        self.store.start()
        self.store.import_menu(MENU)
        self.folder = os.path.join(self.store.folder, "backup")

    def run_ctl(self, *words, user=None, cwd=None, json_too=False):
        words = [w for w in self.command(*words) if json_too or w != "--json"]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=SOON_S,
                              cwd=cwd, **({} if user is None else self.as_user(user)))

    @staticmethod
    def as_user(name):
        return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}

    def offline(self, *words, **more):
        return self.run_ctl(*words, "--config", self.store.conf_path, **more)

    def rename(self, path, stamp):
        """The backup bears another time."""
        to = os.path.join(self.folder, f"poshub-1-417-{stamp}.mdb")
        for end in (".mdb", ".json"):
            os.rename(path.replace(".mdb", end), to.replace(".mdb", end))
        return to

    def doctor(self):
        done = self.offline("doctor", "--only", "backup", json_too=True)
        found = json.loads(done.stdout)
        return next(c for c in found["checks"] if c["check"] == "backup")

    def open_to_all(self):
        os.chmod(self.store.folder, 0o755)
        os.chmod(self.store.conf_path, 0o644)


class WrongClock(WordsTest):
    def test_one_of_a_time_to_come_is_older_than_what_was_made_after_it(self):
        older = self.rename(self.back_up(), AHEAD)
        self.store.control("stock.set", object_type=2, object_id="1044", qty="5")
        newer = self.back_up()
        names = [os.path.basename(p)[:-4] for p in (newer, older)]
        self.assertEqual([b["name"] for b in self.ctl("backup", "list")["result"]["backups"]], names)
        self.assertEqual(self.doctor()["state"], "ok")
        self.store.stop_hub()
        listed = self.ctl("backup", "list", "--config", self.store.conf_path)["result"]["backups"]
        self.assertEqual([b["name"] for b in listed], names)

    def test_doctor_takes_no_time_to_come_for_young(self):
        self.rename(self.back_up(), AHEAD)
        found = self.doctor()
        self.assertEqual((found["state"], found["code"]), ("WARN", "PH-1010"), found)
        self.assertIn("ahead", found["text"])
        self.assertNotIn(" -", found["text"])
        self.back_up()
        self.assertEqual(self.doctor()["state"], "ok")


class LostClock(WordsTest):
    conf = {"backup": {"keep": 2}}

    def test_the_one_just_made_stays(self):
        made = self.back_up()
        today = time.strftime("%Y%m%d", time.gmtime())
        for second in (58, 59):
            for end in (".mdb", ".json"):
                shutil.copy(made.replace(".mdb", end), os.path.join(
                    self.folder, f"poshub-1-417-{today}T2359{second}Z{end}"))
        self.assertTrue(os.path.exists(self.back_up()))

    def test_no_two_have_one_name(self):
        made = [self.back_up() for _ in range(3)]
        self.assertEqual(len(set(made)), 3)
        self.assertEqual(self.ctl("backup", "list")["result"]["backups"][0]["name"] + ".mdb",
                         os.path.basename(made[-1]))


class Unreadable(WordsTest):
    def test_a_file_in_the_place_of_the_directory(self):
        with open(self.folder, "w", encoding="utf-8") as f:
            f.write("in the way")
        for done in (self.run_ctl("backup", "list"), self.offline("backup", "list")):
            self.assertIn(done.returncode, (FAILED, REFUSED), done)
            self.assertIn(f"{self.folder}: Not a directory", done.stderr)
        found = self.doctor()
        self.assertEqual((found["state"], found["code"]), ("FAIL", "PH-1010"), found)
        self.assertIn(self.folder, found["text"])
        self.store.stop_hub()
        self.store.start_hub()
        wait_for("the alert", lambda: [f for f in self.store.get("/v1/status")["faults"] if
                                       f["code"] == "PH-1010" and self.folder in f["text"]])

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_who_may_not_read_is_told_so(self):
        self.back_up()
        self.store.stop_hub()
        self.open_to_all()
        before = self.files()
        export = "/tmp/poshub-nobodys.export"
        for words in (("backup", "list"), ("store", "export", export)):
            done = self.offline(*words, user="nobody")
            self.assertEqual(done.returncode, NOT_PERMITTED, done)
            self.assertIn("may not be read by this user", done.stderr)
        self.assertFalse(os.path.exists(export))
        self.assertEqual(self.files(), before)


class Names(WordsTest):
    conf = {"store": {"timezone": ZONE}}

    def test_times_are_the_stores_with_and_without_a_hub(self):
        self.back_up()
        self.assertEqual(self.offline("backup", "list").stdout, self.run_ctl("backup", "list").stdout)

    def test_a_name_of_the_list_is_a_file_of_the_directory(self):
        path = self.back_up()
        self.store.stop_hub()
        name = os.path.basename(path)
        for word in (name, name[:-4]):
            for verb in (("backup", "verify"), ("restore",)):
                done = self.offline(*verb, word, *(["--dry-run"] if verb == ("restore",) else []))
                self.assertEqual(done.returncode, 0, done)
            done = self.offline("store", "export", f"{self.store.folder}/{word}.export", "--backup",
                                word)
            self.assertEqual(done.returncode, 0, done)
        with open(os.path.join(self.store.folder, name), "w", encoding="utf-8") as f:
            f.write("what lies here goes first")
        done = self.offline("backup", "verify", name, cwd=self.store.folder)
        self.assertEqual(done.returncode, REFUSED, done)
        self.assertEqual(self.offline("restore", "no-such-name").returncode, NOT_FOUND)

    def test_of_a_file_that_is_not_there_no_sums_are_told(self):
        done = self.run_ctl("backup", "verify", "/nowhere/x.mdb", json_too=True)
        self.assertEqual(done.returncode, NOT_FOUND)
        told = json.loads(done.stdout)
        self.assertEqual((told["ok"], told["sums"]), (False, "not read"))


class Exports(WordsTest):
    def test_where_an_export_cannot_go(self):
        done = self.offline("store", "export", "-", cwd=self.store.folder)
        self.assertEqual(done.returncode, USAGE, done)
        self.assertIn("an export is a file", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.store.folder, "-")))
        done = self.offline("store", "export", "/nonexist/x")
        self.assertEqual(done.returncode, NOT_FOUND, done)
        self.assertIn("the export cannot be written: /nonexist: No such file", done.stderr)
        self.assertNotIn("backup list", done.stderr)
        done = self.offline("store", "export", self.store.conf_path)
        self.assertEqual(done.returncode, FAILED, done)
        self.assertIn("File exists", done.stderr)
        self.assertEqual(glob.glob(self.folder + "/*"), [])  # no backup was made for it

    def test_a_new_box_is_told_what_its_devices_need(self):
        export = self.store.folder + "/x.export"
        self.assertEqual(self.offline("store", "export", export).returncode, 0)
        self.store.stop_hub()
        shutil.rmtree(self.store.data_dir)
        done = self.offline("store", "import", export)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("must be paired anew", done.stdout)
        self.assertIn(f"ca.key and ca.pem of the old box's secret directory come into "
                      f"{self.store.folder}/secret", done.stdout)


class Refusals(WordsTest):
    def state(self):
        """All that stands in the store's directory, its lock too."""
        found = {}
        for name in os.listdir(self.store.data_dir):
            with open(os.path.join(self.store.data_dir, name), "rb") as f:
                found[name] = f.read()
        return found

    def test_whoever_is_refused_changes_nothing_at_all(self):
        path = self.back_up()
        self.store.stop_hub()
        bad = os.path.join(self.store.folder, "bad.mdb")
        with open(bad, "wb") as f:
            f.write(b"no store")
        before = self.state()
        self.assertIn("pid", before)
        self.assertEqual(self.offline("restore", bad).returncode, REFUSED)
        self.assertEqual(self.offline("restore", path, "--dry-run").returncode, 0)
        self.assertEqual(self.offline("store", "import", path).returncode, REFUSED)
        self.assertEqual({n: v for n, v in self.state().items() if n != "lock.mdb"},
                         {n: v for n, v in before.items() if n != "lock.mdb"})
        self.assertEqual(self.offline("restore", path).returncode, 0)
        self.assertNotEqual(self.state()["pid"], before["pid"])

    def test_a_refusal_makes_no_directory(self):
        path = self.back_up()
        self.store.stop_hub()
        shutil.rmtree(self.store.data_dir)
        self.assertEqual(self.offline("restore", "/nowhere/x.mdb").returncode, NOT_FOUND)
        self.assertEqual(self.offline("restore", path, "--dry-run").returncode, 0)
        self.assertFalse(os.path.exists(self.store.data_dir))
        self.assertEqual(self.offline("restore", path).returncode, 0)
        self.start()
        self.sound()


if __name__ == "__main__":
    unittest.main()
