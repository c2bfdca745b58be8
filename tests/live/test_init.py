#!/usr/bin/python3
"""poshubctl init: what is wrong is said before anything is made, and a store is never made over."""

import os
import pwd
import shutil
import subprocess
import tempfile
import unittest

import paths  # noqa: F401
from store import build_dir

HUB_UID, HUB_GID = 64017, 64018  # of the user poshub, in a namespace of its own
# Argument 1 is the user list that holds only there; the rest is the command.
AS_ON_A_BOX = 'mount --bind "$1" /etc/passwd && shift && exec "$@"'
GOOD = {"brand": "1", "poi": "417", "listen": "127.0.0.1:8883", "websocket": "127.0.0.1:8884"}


class Init(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="poshub-init-")
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def init(self, **options):
        """(exit, stderr)"""
        places = {"etc": self.at("etc"), "state": self.at("state"), "run": self.at("run")}
        words = [f"--{key.replace('_', '-')}={value}"
                 for key, value in {**places, **GOOD, **options}.items()]
        done = subprocess.run([os.path.join(build_dir(), "poshubctl"), "init", *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def on_a_box(self, *command, **more):
        """Where the package has made its user."""
        users = self.at("passwd")
        os.chmod(self.folder, 0o755)
        with open("/etc/passwd", encoding="utf-8") as f:
            self.put(f"{f.read()}poshub:x:{HUB_UID}:{HUB_GID}::/:/usr/sbin/nologin\n", "passwd")
        return subprocess.run(["unshare", "--mount", "sh", "-c", AS_ON_A_BOX, "sh", users, *command],
                              capture_output=True, text=True, check=False, **more)

    def owners(self, *names):
        st = [os.stat(self.at(*name.split("/"))) for name in names]
        return [(s.st_uid, s.st_gid) for s in st]

    def at(self, *names):
        return os.path.join(self.folder, *names)

    def put(self, text, *names):
        os.makedirs(os.path.dirname(self.at(*names)), exist_ok=True)
        with open(self.at(*names), "w", encoding="utf-8") as f:
            f.write(text)

    def everything(self):
        return sorted(os.path.join(folder, name) for folder, folders, files in os.walk(self.folder)
                      for name in folders + files)

    def refused(self, code, words, **options):
        before = self.everything()
        got, err = self.init(**options)
        self.assertEqual(got, code, err)
        self.assertIn(words, err)
        self.assertIn("Nothing was done", err)
        self.assertEqual(self.everything(), before)

    def test_wrong_answers(self):
        for words, options in (("expected an id", {"poi": "a b"}),
                               ("expected a zone", {"timezone": "Mars/City"}),
                               ("expected ADDRESS:PORT", {"listen": "127.0.0.1"}),
                               ("POS: named twice", {"channels": "POS,POS"}),
                               ("EMENU: named twice", {"channels": "EMENU,KIOSK,EMENU"}),
                               ("DRONE: expected POS, KIOSK or EMENU", {"channels": "POS,DRONE"}),
                               ("ONLINE_ORDER: expected POS", {"channels": "ONLINE_ORDER"}),
                               ("behind the last comma", {"channels": "POS,"}),
                               ("--channels: needed", {"channels": ""}),
                               ("--brand: needed", {"brand": ""}),
                               ("IPv4 address in numbers", {"listen": "999.1.1.1:28883"}),
                               ("IPv4 address in numbers", {"websocket": "[::1]:28883"}),
                               ("--timezone: it cannot hold", {
                                   "timezone": "UTC\n[cloud]\nenabled=no"}),
                               ("--name: it cannot hold", {"name": "Riverside ; closed"}),
                               ("--name: it cannot hold", {"name": "River\tside"}),
                               ("--box-id without --cloud-url", {"box_id": "BX-01"}),
                               ("--cloud-mqtt without --cloud-url", {"cloud_mqtt": "mqtts://c"}),
                               ("--cloud-ca without --cloud-url", {"cloud_ca": "/etc/passwd"}),
                               ("is no certificate", {
                                   "cloud_url": "https://center.example", "box_id": "BX-01",
                                   "cloud_ca": "/etc/passwd"}),
                               ("same address and port", {"websocket": GOOD["listen"]}),
                               ("--cloud-ca /nonexistent", {
                                   "cloud_url": "https://center.example", "box_id": "BX-01",
                                   "cloud_ca": "/nonexistent"})):
            with self.subTest(words):
                self.refused(2, words, **options)

    def test_a_second_time(self):
        self.assertEqual(self.init()[0], 0)
        self.refused(6, "a store already")

    def test_a_store_that_a_configuration_names(self):
        self.put("[store]\nbrand_id = 9\npoi_id = 8\n", "etc", "poshub.conf")
        self.refused(6, "brand 9, poi 8")
        os.rename(self.at("etc", "poshub.conf"), self.at("fleet"))
        self.put("", "etc", "poshub.conf")
        os.makedirs(self.at("etc", "conf.d"))
        os.rename(self.at("fleet"), self.at("etc", "conf.d", "50-fleet.conf"))
        self.refused(6, "brand 9, poi 8")

    def test_books_where_the_configuration_puts_them(self):
        self.put(f"[paths]\nsecret_dir = {self.at('keys')}\n", "etc", "poshub.conf")
        self.put("books", "state", "db", "data.mdb")
        self.refused(6, "data.mdb is there")
        os.unlink(self.at("state", "db", "data.mdb"))
        self.assertEqual(self.init()[0], 0)
        self.assertTrue(os.path.exists(self.at("keys", "ca.pem")))

    def test_a_word_that_the_configuration_does_not_know(self):
        self.put("\n[store]\nbrnd_id = 9\n", "etc", "poshub.conf")
        self.refused(2, "poshub.conf:3: unknown key brnd_id")

    def test_a_part_that_the_hub_would_not_read(self):
        self.put("[storage]\nmap_mb = 64\n", "etc", "conf.d", "90-x.conf")
        self.refused(2, "90-x.conf:2: unknown key map_mb")

    def test_a_part_that_is_read_later_and_says_otherwise(self):
        self.put("[store]\npoi_id = 2\n", "etc", "conf.d", "50-fleet.conf")
        self.refused(6, "poi_id = 2, and not 417")
        self.put("[lan]\ntls_listen = 127.0.0.1:1\n", "etc", "conf.d", "50-fleet.conf")
        self.refused(6, "tls_listen = 127.0.0.1:1, and not 127.0.0.1:8883")
        self.put("[store]\nbrand_id = 9\npoi_id = 2\n", "etc", "conf.d", "50-fleet.conf")
        self.refused(6, "brand 9, poi 2")
        self.put("[store]\nname = Fleet\n[storage]\nmap_mib = 32\n", "etc", "conf.d",
                 "50-fleet.conf")
        self.assertEqual(self.init()[0], 0)

    def test_what_is_there_and_is_no_directory(self):
        for name in ("db", "backup", "secret"):
            self.put("", "state", name)
            self.refused(6, f"{name} is there, and is no directory")
            os.unlink(self.at("state", name))
        self.refused(6, "below is not there", state=self.at("below", "state"))
        self.put("", "file")
        self.refused(2, "Not a directory", etc=self.at("file", "etc"))

    def test_papers_that_are_not_this_stores(self):
        self.put("garbage", "state", "secret", "ca.pem")
        self.refused(6, "ca.pem is no certificate")
        shutil.rmtree(self.at("state"))
        self.assertEqual(self.init(poi="9")[0], 0)
        shutil.rmtree(self.at("etc"))
        self.refused(6, "ca.pem is the authority of another store")
        os.unlink(self.at("state", "secret", "ca.pem"))
        self.put("garbage", "state", "secret", "ca.key")
        self.refused(6, "ca.key is no key")
        os.unlink(self.at("state", "secret", "ca.key"))
        self.put("", "state", "secret", "server.pem")
        self.refused(6, "ca.pem is missing")

    def test_root_sees_that_the_hub_could_not_come_in(self):
        self.need_a_box()
        os.mkdir(self.at("shut"), 0o700)
        before = self.everything()
        for words in ([f"--state={self.at('shut', 'state')}"], [f"--etc={self.at('shut', 'etc')}"]):
            done = self.on_a_box(*self.words(), *words)
            self.assertEqual(done.returncode, 6, done.stderr)
            self.assertIn(f"uid {HUB_UID}) may not pass {self.at('shut')}", done.stderr)
            self.assertEqual(self.everything(), before)

    def test_who_may_not_write_there_changes_nothing(self):
        self.need_a_box()
        os.mkdir(self.at("state"))
        os.chown(self.at("state"), HUB_UID, HUB_GID)
        before = self.everything()
        done = self.on_a_box("setpriv", f"--reuid={HUB_UID}", f"--regid={HUB_GID}",
                             "--clear-groups", *self.words())
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("Permission denied", done.stderr)
        self.assertEqual(self.everything(), before)

    def words(self):
        return [os.path.join(build_dir(), "poshubctl"), "init", "--brand=1", "--poi=417",
                f"--etc={self.at('etc')}", f"--state={self.at('state')}", f"--run={self.at('run')}"]

    def need_a_box(self):
        if os.geteuid() != 0 or self.on_a_box("true").returncode != 0:
            self.skipTest("needs root and a mount namespace")

    def test_root_gives_a_new_state_to_the_hub(self):
        self.need_a_box()
        done = self.on_a_box(*self.words())
        self.assertEqual(done.returncode, 0, done.stderr)
        mine = ["state", "state/db", "state/backup", "state/secret", "state/secret/ca.key"]
        self.assertEqual(self.owners(*mine), [(HUB_UID, HUB_GID)] * len(mine))
        self.assertEqual(self.owners("etc", "etc/conf.d", "etc/conf.d/10-init.conf"), [(0, 0)] * 3)
        self.assertNotIn("root's", done.stderr)

    def test_root_keeps_a_state_that_somebody_was_given(self):
        self.need_a_box()
        os.mkdir(self.at("state"))
        os.chown(self.at("state"), 12345, 12346)
        self.assertEqual(self.on_a_box(*self.words()).returncode, 0)
        self.assertEqual(self.owners("state", "state/db", "state/secret"), [(12345, 12346)] * 3)

    def test_root_says_where_all_is_roots(self):
        if os.geteuid() != 0 or "poshub" in [u.pw_name for u in pwd.getpwall()]:
            self.skipTest("needs root, and no user poshub")
        code, err = self.init()
        self.assertEqual(code, 0, err)
        self.assertIn("no user poshub", err)

    def test_a_managers_pin_is_for_the_hub_alone(self):
        self.need_a_box()
        self.assertEqual(self.on_a_box(*self.words()).returncode, 0)
        ctl = os.path.join(build_dir(), "poshubctl")
        done = self.on_a_box(ctl, "override-pin", f"--etc={self.at('etc')}", input="480911\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        part = "etc/conf.d/20-override-pin.conf"
        self.assertEqual(self.owners(part), [(0, HUB_GID)])
        self.assertEqual(os.stat(self.at(part)).st_mode & 0o777, 0o640)
        hub = self.on_a_box("setpriv", f"--reuid={HUB_UID}", f"--regid={HUB_GID}",
                            "--clear-groups", os.path.join(build_dir(), "poshubd"), "-c",
                            self.at("etc", "poshub.conf"), "--check-config")
        self.assertEqual(hub.returncode, 0, hub.stderr)

    def test_a_shell_that_hides_its_files(self):
        was = os.umask(0o077)
        self.addCleanup(os.umask, was)
        self.assertEqual(self.init()[0], 0)
        mode = {name: os.stat(self.at(name)).st_mode & 0o777
                for name in ("etc", "etc/conf.d", "etc/poshub.conf", "etc/conf.d/10-init.conf",
                             "state", "state/secret/ca.key")}
        self.assertEqual(mode, {"etc": 0o755, "etc/conf.d": 0o755, "etc/poshub.conf": 0o644,
                                "etc/conf.d/10-init.conf": 0o644, "state": 0o750,
                                "state/secret/ca.key": 0o600})


if __name__ == "__main__":
    unittest.main(verbosity=2)
