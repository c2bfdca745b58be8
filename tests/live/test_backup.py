#!/usr/bin/python3
"""Backups of a store that works, and stores that come back from them: nothing is sold twice, no
number is given twice, and whoever cannot know says so. Kills and full disks at every step."""

import glob
import json
import os
import pwd
import shutil
import signal
import subprocess
import threading
import unittest

from live import COLA, CREW, MARGHERITA, MENU, LiveTest, order_lines
from store import SOON_S, Store, build_dir, wait_for
from test_disk_errors import why_no_strace
from test_lan_tls import tls_conf

PLAN = 500
FAILED, NOT_PERMITTED, NOT_FOUND, REFUSED = 1, 4, 5, 6  # of poshubctl
FENCED = 4004


class BackupTest(LiveTest):
    """A store of its own for each test."""

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        self.store = Store(conf={"limits": {"device": 0, "account": 0}})
        self.addCleanup(self.store.stop)
        self.store.start()
        self.store.import_menu(MENU)
        self.crew = {name: self.store.add_device(name, role, stations)
                     for name, role, stations in CREW}
        for object_id in (MARGHERITA, COLA):
            self.store.control("stock.plan", object_type=2, object_id=object_id, limited=True,
                               plan=str(PLAN))
            self.store.control("stock.set", object_type=2, object_id=object_id, qty=str(PLAN))

    # ---- words ----
    def command(self, *words):
        return [os.path.join(build_dir(), "poshubctl"), "--socket", self.store.control_path,
                "--yes", "--json", *words]

    def ctl(self, *words, code=0):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False,
                              timeout=SOON_S)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def back_up(self):
        made = self.ctl("backup", "create")["result"]
        return os.path.join(made["dir"], made["backups"][0]["name"] + ".mdb")

    def restore(self, path, *words, code=0):
        return self.ctl("restore", path, "--config", self.store.conf_path, *words, code=code)

    def place(self, till, order_id, object_id=COLA, qty=1):
        return self.ok(till.ask("order.place", order_id=order_id,
                                lines=order_lines((object_id, qty))))["order"]

    def avail(self, object_id=COLA):
        stock = self.store.control("stock.get", object_type=2, object_id=object_id)["stock"]
        return float(stock["avail"]["POS"])

    def start(self):
        self.store.start_hub()
        self.store.wait_broker()

    def openings(self):
        """Who opened an epoch, and why, as the technician's own journal shows it."""
        events = self.ctl("journal", "tail", "--limit", "50")["events"]
        return [(e["body"]["device"], e["body"]["reason"]) for e in events
                if e["kind"] == "EPOCH_OPEN"]

    def sound(self):
        verdict = self.store.control("journal.verify")["result"]
        self.assertTrue(verdict["ok"] and verdict["audit_ok"], verdict)

    def break_store(self):
        with open(os.path.join(self.store.data_dir, "data.mdb"), "r+b") as f:
            f.write(b"\xff" * 8192)

    def files(self):
        """What stands in the store's directory and beside it, and what is in it."""
        found = {}
        for path in sorted(glob.glob(self.store.data_dir + "*/**", recursive=True)):
            if os.path.isfile(path) and not path.endswith(("pid", "lock.mdb")):
                with open(path, "rb") as f:
                    found[path] = f.read()
        return found


class Backups(BackupTest):
    def test_orders_run_while_a_backup_is_made(self):
        stop, placed = threading.Event(), []

        def rush():
            with self.device("till-1") as till:
                while not stop.is_set():
                    n = len(placed)
                    self.place(till, f"rush-{n}", MARGHERITA)
                    placed.append(n)
        worker = threading.Thread(target=rush)
        worker.start()
        try:
            wait_for("orders", lambda: len(placed) > 5)
            paths = []
            for _ in range(3):
                before = len(placed)
                paths.append(self.back_up())
                wait_for("orders go on", lambda b=before: len(placed) > b + 3)
        finally:
            stop.set()
            worker.join()
        for path in paths:
            report = self.ctl("backup", "verify", path, "--config", self.store.conf_path)
            self.assertTrue(report["ok"], report)
            self.assertEqual(report["sums"], "OK")
        self.sound()
        self.assertEqual(glob.glob(os.path.join(os.path.dirname(paths[0]), ".part")), [])

    def test_the_list_is_the_same_with_and_without_a_hub(self):
        path = self.back_up()
        listed = self.ctl("backup", "list")["result"]
        self.assertEqual([b["name"] + ".mdb" for b in listed["backups"]], [os.path.basename(path)])
        self.assertEqual(listed["backups"][0]["bytes"], os.path.getsize(path))
        self.store.stop_hub()
        self.assertEqual(self.ctl("backup", "list", "--config", self.store.conf_path)["result"],
                         listed)
        with open(path.replace(".mdb", ".json"), encoding="utf-8") as f:
            note = json.load(f)
        self.assertEqual((note["poi_id"], note["format"]), ("417", 1))

    def test_old_backups_go_and_strangers_stay(self):
        folder = os.path.dirname(self.back_up())
        for n in range(60):
            name = f"poshub-1-417-201501{n // 24 + 1:02}T{n % 24:02}0000Z"
            for end in (".mdb", ".json"):
                with open(os.path.join(folder, name + end), "w", encoding="utf-8") as f:
                    f.write("old")
        strangers = ["poshub-1-418-20150101T000000Z.mdb", "poshub-1-417-yesterday.mdb", "notes.txt"]
        for name in strangers:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write("mine")
        wait_for("another second", lambda: self.back_up() and len(
            [n for n in os.listdir(folder) if n.endswith(".mdb") and "-2015" not in n]) > 1)
        left = set(os.listdir(folder))
        # the newest 24, and the last of the first day: it is one of the last seven that have any
        self.assertEqual(len([n for n in left if n.startswith("poshub-1-417-2")
                              and n.endswith(".mdb")]), 25)
        self.assertIn("poshub-1-417-20150101T230000Z.mdb", left)
        self.assertLessEqual(set(strangers), left)

    def test_a_hub_killed_in_the_middle_leaves_no_backup_by_name(self):
        if why_no_strace():
            self.skipTest(why_no_strace())
        self.store.stop_hub()
        for call in ("rename", "fsync"):
            self.store.hub_command = ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-P",
                                      self.store.folder + "/backup/.part", "-e", f"trace={call}",
                                      "-e", f"inject={call}:signal=KILL", "-E",
                                      "LSAN_OPTIONS=detect_leaks=0", "--", "{hub}", "-c", "{conf}")
            self.start()
            subprocess.run(self.command("backup", "create"), capture_output=True, check=False,
                           timeout=SOON_S)
            wait_for("the hub is dead", lambda: self.store.hub.poll() is not None)
            self.store.stop_hub()
            whole = [p for p in glob.glob(self.store.folder + "/backup/*.mdb")]
            for path in whole:  # killed behind the rename: then it is a whole one
                self.assertTrue(self.ctl("backup", "verify", path)["ok"])
        self.store.hub_command = ("{hub}", "-c", "{conf}")
        self.start()
        self.sound()
        self.assertTrue(self.ctl("backup", "verify", self.back_up())["ok"])
        self.assertFalse(os.path.exists(self.store.folder + "/backup/.part"))

    def test_a_full_disk_ends_the_backup_and_not_the_hub(self):
        if why_no_strace():
            self.skipTest(why_no_strace())
        self.back_up()
        before = set(os.listdir(self.store.folder + "/backup"))
        self.store.stop_hub()
        self.store.hub_command = ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-P",
                                  self.store.folder + "/backup/.part", "-e", "trace=write",
                                  "-e", "inject=write:error=ENOSPC", "-E",
                                  "LSAN_OPTIONS=detect_leaks=0", "--", "{hub}", "-c", "{conf}")
        self.start()
        text = self.ctl("backup", "create", code=REFUSED)
        self.assertIn("the disk is full", text)
        self.assertEqual(set(os.listdir(self.store.folder + "/backup")), before)
        with self.device("till-1") as till:
            self.place(till, "still-selling")
        self.sound()

    def test_a_backup_that_fails_is_an_alert_until_one_is_good(self):
        folder = os.path.join(self.store.folder, "backup")
        with open(folder, "w", encoding="utf-8") as f:
            f.write("in the way")
        for _ in range(2):
            done = subprocess.run(self.command("backup", "create"), capture_output=True,
                                  text=True, check=False, timeout=SOON_S)
            self.assertNotEqual(done.returncode, 0)
        faults = {f["code"]: f["text"] for f in self.store.get("/v1/status")["faults"]}
        self.assertIn(folder, faults["PH-1018"])
        self.assertEqual(self.store.log(lines=400).count("code=PH-1018"), 1)
        metrics = self.store.get("/metrics")
        self.assertIn("poshub_backups_failed_total 2\n", metrics)
        self.assertIn("poshub_backup_newest_timestamp_seconds 0\n", metrics)
        os.unlink(folder)
        self.back_up()
        self.assertNotIn("PH-1018", [f["code"] for f in self.store.get("/v1/status")["faults"]])
        self.assertNotIn("newest_timestamp_seconds 0\n", self.store.get("/metrics"))

    def test_one_at_a_time_and_a_hub_that_ends_finishes_it(self):
        if why_no_strace():
            self.skipTest(why_no_strace())
        self.store.stop_hub()
        part = self.store.folder + "/backup/.part"
        self.store.hub_command = ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-P", part,
                                  "-e", "trace=fsync", "-e", "inject=fsync:delay_enter=3000000",
                                  "-E", "LSAN_OPTIONS=detect_leaks=0", "--", "{hub}", "-c",
                                  "{conf}")
        self.start()
        first = subprocess.Popen(self.command("backup", "create"), stdout=subprocess.PIPE,
                                 text=True)
        wait_for("a copy", lambda: os.path.exists(part) and os.path.getsize(part) > 0)
        self.assertIn("already", self.ctl("backup", "create", code=REFUSED))
        self.assertEqual(self.store.stop_hub(), 0)
        told = json.loads(first.communicate(timeout=SOON_S)[0])
        self.assertEqual((first.returncode, told["code"]), (0, 0), told)
        name = told["result"]["backups"][0]["name"]
        self.assertTrue(self.ctl("backup", "verify", f"{self.store.folder}/backup/{name}.mdb")["ok"])


class Restores(BackupTest):
    def test_what_was_sold_since_is_not_sold_again(self):
        with self.device("till-1") as till:
            self.place(till, "before", COLA, 3)
            path = self.back_up()
            since = self.place(till, "since", COLA, 4)
            self.ok(till.ask("order.pay", order_id="before", pay_id="p", tender="CASH",
                             amount="9"))
        left, epoch = self.avail(), self.store.get("/v1/status")["epoch"]
        self.store.stop_hub(signal.SIGKILL)
        told = self.restore(path)
        self.assertFalse(told["fenced"], told)
        self.assertGreaterEqual(told["events_taken"], 2)
        self.start()
        self.sound()
        self.assertEqual(self.avail(), left)
        self.assertEqual(self.store.get("/v1/status")["epoch"], epoch + 1)
        with self.device("till-1") as till:
            self.assertEqual(self.ok(till.ask("order.get", order_id="before"))["order"]["state"],
                             "PAID")
            again = till.ask("order.place", order_id="since", lines=order_lines((COLA, 4)))
            self.assertTrue(again["code"] != 0 or again["order"]["number"] == since["number"], again)
            after = self.place(till, "after")
            self.assertNotEqual(after["number"], since["number"])
        self.assertEqual(self.avail(), left - 1)

    def test_a_store_that_cannot_be_read_is_fenced_until_somebody_says_so(self):
        with self.device("till-1") as till:
            self.place(till, "before", COLA, 3)
            path = self.back_up()
            numbers = {self.place(till, f"lost-{n}")["number"] for n in range(5)}
        self.store.stop_hub(signal.SIGKILL)
        self.break_store()
        told = self.restore(path)
        self.assertTrue(told["fenced"], told)
        self.assertTrue(os.path.exists(os.path.join(told["set_aside"], "data.mdb")))
        self.start()
        self.sound()
        self.assertIn("PH-1005", [f["code"] for f in self.store.get("/v1/status")["faults"]])
        with self.device("till-1") as till:
            self.code(FENCED, till.ask("order.place", order_id="x", lines=order_lines((COLA, 1))))
            self.ctl("store", "confirm")
            fresh = {self.place(till, f"new-{n}")["number"] for n in range(20)}
        self.assertEqual(numbers & fresh, set())

    def test_the_same_backup_twice(self):
        with self.device("till-1") as till:
            self.place(till, "one", COLA, 3)
            path = self.back_up()
            self.place(till, "two", COLA, 2)
        left = self.avail()
        self.store.stop_hub()
        epochs = [self.restore(path)["epoch"] for _ in range(2)]
        self.assertEqual(epochs[1], epochs[0] + 1)
        self.start()
        self.sound()
        self.assertEqual(self.avail(), left)

    def test_discard_goes_back_and_says_so(self):
        with self.device("till-1") as till:
            path = self.back_up()
            self.place(till, "undone", COLA, 2)
        self.store.stop_hub()
        told = self.restore(path, "--discard")
        self.assertTrue(told["fenced"])
        self.assertGreater(told["epoch"], 1)
        self.start()
        self.sound()
        self.assertEqual(self.avail(), PLAN)

    def aside(self):
        start = self.store.data_dir + ".before-restore-"
        return sorted(p[len(start):] for p in glob.glob(start + "*"))

    def test_the_newest_three_replaced_stores_stay(self):
        path = self.back_up()
        self.store.stop_hub()
        for name in ("20250101T000000Z", "20250101T000000Z-2", "20250101T000000Z-10",
                     "20240101T000000Z", "tonight"):
            os.mkdir(f"{self.store.data_dir}.before-restore-{name}")
            with open(f"{self.store.data_dir}.before-restore-{name}/data.mdb", "wb") as f:
                f.write(b"old")
        with open(f"{self.store.data_dir}.before-restore-20240101T000000Z/notes.txt", "wb") as f:
            f.write(b"mine")
        before = self.aside()
        self.restore(path, "--dry-run")
        self.restore("/nowhere/x.mdb", code=NOT_FOUND)
        self.assertEqual(self.aside(), before)
        told = self.restore(path)
        mine = told["set_aside"].rsplit("-", 1)[1]
        self.assertEqual(told["dropped"], 1)
        self.assertEqual(self.aside(), ["20240101T000000Z", "20250101T000000Z-10",
                                        "20250101T000000Z-2", mine, "tonight"])
        self.assertEqual(sorted(os.listdir(f"{self.store.data_dir}.before-restore-"
                                           "20240101T000000Z")), ["data.mdb", "notes.txt"])
        # of a time when the clock was wrong: newer by name than what stands aside now
        os.rename(f"{self.store.data_dir}.before-restore-20250101T000000Z-10",
                  f"{self.store.data_dir}.before-restore-20990101T000000Z")
        os.rename(f"{self.store.data_dir}.before-restore-20250101T000000Z-2",
                  f"{self.store.data_dir}.before-restore-20990101T000000Z-2")
        told = self.restore(path)
        self.assertTrue(os.path.exists(told["set_aside"] + "/data.mdb"))
        self.assertEqual(told["dropped"], 1)
        self.assertEqual(len(self.aside()), 5)
        self.start()
        self.sound()

    # ---- refusals ----
    def test_what_is_refused_changes_nothing(self):
        path = self.back_up()
        text = self.restore(path, code=FAILED)
        self.assertIn("is held by poshubd", text)
        self.assertIn("systemctl stop poshub", text)
        self.store.stop_hub()
        with open(path, "rb") as f:
            whole = f.read()
        bad = {"half.mdb": (whole[:len(whole) // 2], REFUSED, "half written"),
               "foreign.mdb": (b"SQLite format 3\0" * 512, REFUSED, "no store of poshub"),
               "empty.mdb": (b"", REFUSED, "no store of poshub"),
               "32bit.mdb": (b"\0" * 12 + b"\xde\xc0\xef\xbe" + b"\x01\0\0\0" + b"\0" * 8
                             + b"\0\x10\0\0" + b"\0" * 8192, REFUSED, "32-bit box")}
        before = self.files()
        for name, (data, code, word) in bad.items():
            victim = os.path.join(self.store.folder, name)
            with open(victim, "wb") as f:
                f.write(data)
            text = self.restore(victim, code=code)
            self.assertIn(word, text, name)
            self.assertIn("store export FILE on the box that it was made on" if name == "32bit.mdb"
                          else f"backup list --config {self.store.conf_path}, and take another",
                          text)
            text = self.ctl("store", "import", victim, "--config", self.store.conf_path, code=code)
            self.assertRegex(text, "next: poshubctl store export FILE on the")
        self.restore("/nowhere/x.mdb", code=NOT_FOUND)
        note = path.replace(".mdb", ".json")
        with open(note, encoding="utf-8") as f:
            honest = f.read()
        with open(note, "w", encoding="utf-8") as f:
            f.write(honest.replace('"sha256":"', '"sha256":"0'))
        self.assertIn("not the file that its note", self.restore(path, code=REFUSED))
        with open(note, "w", encoding="utf-8") as f:
            f.write(honest)
        self.restore(path, "--dry-run")
        self.assertEqual(self.files(), before)
        self.start()
        self.sound()

    def test_what_is_of_a_newer_program_asks_for_that_program(self):
        export = self.store.folder + "/x.export"
        self.ctl("store", "export", export, "--config", self.store.conf_path)
        self.store.stop_hub()
        with open(export, "rb") as f:
            data = f.read()
        with open(export, "wb") as f:
            f.write(data.replace(b'"store_format":1', b'"store_format":2', 1))
        for verb in (("restore",), ("store", "import"), ("backup", "verify")):
            text = self.ctl(*verb, export, "--config", self.store.conf_path, code=REFUSED)
            self.assertIn("next: install a poshub that is no older", text)

    def test_another_stores_backup_and_export_are_refused(self):
        path = self.back_up()
        self.ctl("store", "export", self.store.folder + "/x.export", "--config",
                 self.store.conf_path)
        self.store.stop_hub()
        before = self.files()
        with open(self.store.conf_path, encoding="utf-8") as f:
            conf = f.read()
        other = self.store.folder + "/other.conf"
        with open(other, "w", encoding="utf-8") as f:
            f.write(conf.replace("417", "418"))
        for file in (path, self.store.folder + "/x.export"):
            text = self.ctl("restore", file, "--config", other, code=REFUSED)
            self.assertIn("another store", text)
            self.assertIn(f"take one of this store; or correct [store] in {other}", text)
            text = self.ctl("store", "import", file, "--config", other, code=REFUSED)
            self.assertIn("next: take the export of this store", text)
            self.assertEqual(self.files(), before)

    # ---- interrupted ----
    def test_a_restore_killed_at_any_step_leaves_the_old_or_the_new_store(self):
        if why_no_strace():
            self.skipTest(why_no_strace())
        with self.device("till-1") as till:
            self.place(till, "before", COLA, 3)
            path = self.back_up()
            self.place(till, "since", COLA, 4)
        left = self.avail()
        self.store.stop_hub(signal.SIGKILL)
        kept = self.store.folder + "/kept"
        shutil.copytree(self.store.data_dir, kept)
        outcomes = set()
        for call, when in [("mkdir", 1), ("mkdir", 2), ("link", 1), ("rename", 1), ("rename", 2),
                           ("rename", 3), ("fsync", 1), ("fsync", 2), ("fsync", 4), ("fdatasync", 1), ("pwrite64", 1),
                           ("pwrite64", 3), ("write", 2), ("unlink", 2), ("rmdir", 1)]:
            shutil.rmtree(self.store.data_dir)
            shutil.copytree(kept, self.store.data_dir)
            subprocess.run(["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                            f"inject={call}:signal=KILL:when={when}", "-E",
                            "LSAN_OPTIONS=detect_leaks=0", "--",
                            *self.command("restore", path, "--config", self.store.conf_path)],
                           capture_output=True, check=False, timeout=SOON_S)
            with self.subTest(call=call, when=when):
                self.start()
                self.sound()
                outcomes.add(self.store.get("/v1/status")["epoch"])
                self.assertEqual(self.avail(), left)
                self.assertFalse(os.path.exists(self.store.data_dir + "/restoring"))
            self.store.stop_hub()
        self.assertEqual(outcomes, {1, 2})  # before the one rename, and behind it
        self.restore(path)
        self.start()
        self.sound()
        self.assertEqual(self.avail(), left)

    def test_a_full_disk_while_restoring_leaves_the_old_store(self):
        if why_no_strace():
            self.skipTest(why_no_strace())
        path = self.back_up()
        self.store.stop_hub()
        before = self.files()
        done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "-P",
                               self.store.data_dir + "/restoring/data.mdb", "-e", "trace=write",
                               "-e", "inject=write:error=ENOSPC", "-E",
                               "LSAN_OPTIONS=detect_leaks=0", "--",
                               *self.command("restore", path, "--config", self.store.conf_path)],
                              capture_output=True, text=True, check=False, timeout=SOON_S)
        self.assertEqual(done.returncode, FAILED, done.stdout + done.stderr)
        self.assertIn("No space left", done.stderr)
        self.assertEqual(self.files(), before)

    # ---- who it was ----
    def test_the_journal_names_who_restored(self):
        path = self.back_up()
        self.store.stop_hub()
        self.restore(path)
        self.start()
        me = "poshubctl:" + pwd.getpwuid(os.geteuid()).pw_name
        self.assertEqual(self.openings(), [(me, "restored from " + os.path.basename(path))])

    # ---- whose files ----
    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_root_restores_as_the_owner_of_the_store(self):
        path = self.back_up()
        self.store.stop_hub()
        nobody = pwd.getpwnam("nobody")
        os.chmod(self.store.folder, 0o777)
        for folder, _, files in os.walk(self.store.folder):
            for name in (folder, *(os.path.join(folder, f) for f in files)):
                os.chown(name, nobody.pw_uid, nobody.pw_gid)
        os.chown(path, 0, 0)
        self.assertIn("may not be read", self.restore(path, code=NOT_PERMITTED))
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
        self.restore(path)
        for name in ("data.mdb", "pid"):
            self.assertEqual(os.stat(os.path.join(self.store.data_dir, name)).st_uid, nobody.pw_uid)
        self.start()
        self.assertEqual([who for who, _ in self.openings()], ["poshubctl:root"])

    # ---- another box ----
    def test_a_box_with_another_authority_says_that_devices_pair_anew(self):
        self.store.stop()
        self.store = Store(conf=tls_conf()[0])
        self.addCleanup(self.store.stop)
        self.store.start()
        path = self.back_up()
        with open(path.replace(".mdb", ".json"), encoding="utf-8") as f:
            note = json.load(f)
        self.assertEqual(note["ca_sha256"], self.store.get("/v1/status")["tls"]["ca_sha256"])
        self.store.stop_hub()
        self.assertEqual(self.restore(path, "--dry-run")["devices_pair_anew"], "no")
        shutil.rmtree(os.path.join(self.store.folder, "secret"))
        self.assertEqual(self.restore(path, "--dry-run")["devices_pair_anew"], "yes")
        self.start()  # makes an authority of its own
        self.store.stop_hub()
        self.assertEqual(self.restore(path)["devices_pair_anew"], "yes")
        done = subprocess.run([w for w in self.command("restore", path, "--dry-run", "--config",
                                                       self.store.conf_path) if w != "--json"],
                              capture_output=True, text=True, check=True, timeout=SOON_S)
        self.assertIn("must be paired anew", done.stdout)

    # ---- another box that ran before ----
    def box(self):
        box = Store(conf=tls_conf()[0])
        self.addCleanup(box.stop)
        box.start()
        return box

    def moved(self, carry_keys=False, with_note=True):
        """A store with a device, restored on a box whose hub has run; that hub runs again."""
        self.store.stop()
        self.store = old = self.box()
        self.store.add_device("till-1", "pos")
        path = self.back_up()
        old.stop_hub()
        if not with_note:
            os.unlink(path.replace(".mdb", ".json"))
        self.store = new = self.box()
        new.stop_hub()
        self.restore(path)
        if carry_keys:
            for name in ("ca.key", "ca.pem"):
                shutil.copy(os.path.join(old.folder, "secret", name),
                            os.path.join(new.folder, "secret", name))
            for name in ("server.key", "server.pem"):
                os.unlink(os.path.join(new.folder, "secret", name))
        self.start()
        return [f["code"] for f in new.get("/v1/status")["faults"]]

    def test_a_box_that_ran_before_says_that_restored_devices_pair_anew(self):
        self.assertIn("PH-2204", self.moved())
        self.assertFalse(os.path.exists(os.path.join(self.store.data_dir, "restoring")))

    def test_a_box_that_ran_before_and_got_the_old_keys_asks_for_nothing(self):
        self.assertNotIn("PH-2204", self.moved(carry_keys=True))

    def test_where_nobody_knows_what_devices_know_nothing_is_claimed(self):
        self.assertNotIn("PH-2204", self.moved(carry_keys=True, with_note=False))

    # ---- moving ----
    def test_an_export_becomes_the_store_of_a_new_box(self):
        with self.device("till-1") as till:
            self.place(till, "open", COLA, 3)
        left = self.avail()
        export = self.store.folder + "/store.export"
        self.ctl("store", "export", export, "--config", self.store.conf_path)
        self.store.stop_hub()
        self.assertIn("there is a store",
                      self.ctl("store", "import", export, "--config", self.store.conf_path,
                               code=REFUSED))
        shutil.move(self.store.data_dir, self.store.folder + "/old-box")
        told = self.ctl("store", "import", export, "--config", self.store.conf_path)
        self.assertEqual(told["devices_pair_anew"], "unknown")
        self.start()
        self.sound()
        self.assertEqual(self.avail(), left)
        me = "poshubctl:" + pwd.getpwuid(os.geteuid()).pw_name
        self.assertEqual(self.openings(), [(me, "restored from store.export")])
        self.ctl("store", "confirm")
        with self.device("till-1") as till:
            self.assertEqual(self.ok(till.ask("order.get", order_id="open"))["order"]["state"],
                             "PLACED")
            self.place(till, "on-the-new-box")


if __name__ == "__main__":
    unittest.main()
