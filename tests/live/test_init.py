#!/usr/bin/python3
"""poshubctl init: what is wrong is said before anything is made, and a store is never made over."""

import os
import subprocess
import tempfile
import unittest

import paths  # noqa: F401
from store import build_dir

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
