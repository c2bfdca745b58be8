#!/usr/bin/python3
"""The programs of tools/ say what they are for when asked, and look at their words before they work.
They run in a copy of their folder, where nothing can be built."""

import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = ("bench", "crash", "cross-test", "demo", "deps", "faults", "package", "package-test", "sim",
         "test")
WRONG = ((["package", "amd64", "-o"], "-o needs a directory"),
         (["package", "amd64", "--suite"], "--suite needs a name"),
         (["package", "amd64", "--bogus"], '"--bogus" is not known; --help shows what is'),
         (["package-test", "--bogus"], '"--bogus" is not known; --help shows what is'),
         (["package-test", "--suite"], "--suite needs a value"),
         (["faults", "--only", "zzz"], "no fault is called so"))


class Tools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        os.mkdir(os.path.join(self.root, "tools"))
        os.symlink(os.path.join(ROOT, "tests"), os.path.join(self.root, "tests"))
        for name in (*TOOLS, "lib"):
            source, to = os.path.join(ROOT, "tools", name), os.path.join(self.root, "tools", name)
            (shutil.copytree if os.path.isdir(source) else shutil.copy)(source, to)

    def run_tool(self, name, *words):
        return subprocess.run([os.path.join("tools", name), *words], cwd=self.root, timeout=30,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def nothing_was_made(self):
        self.assertEqual(sorted(os.listdir(self.root)), ["tests", "tools"])

    def test_help_is_help_and_nothing_else(self):
        for name in TOOLS:
            for word in ("--help", "-h"):
                with self.subTest(name=name, word=word):
                    said = self.run_tool(name, word)
                    self.assertEqual((said.returncode, said.stderr), (0, ""))
                    self.assertIn(f"tools/{name}", said.stdout)
            self.nothing_was_made()

    def test_wrong_words_are_2_before_any_work(self):
        for (name, *words), why in WRONG:
            with self.subTest(name=name, words=words):
                said = self.run_tool(name, *words)
                self.assertEqual((said.returncode, said.stdout), (2, ""), said.stderr)
                self.assertIn(why, said.stderr)
                self.nothing_was_made()


if __name__ == "__main__":
    unittest.main()
