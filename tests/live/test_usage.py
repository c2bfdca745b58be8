#!/usr/bin/python3
"""A wrong word on a command line: exit 2, and the word is named."""

import os
import subprocess
import unittest

from live import ROOT
from store import SOON_S, build_dir

BUILD = build_dir()
TOOLS = os.path.join(ROOT, "tools")


class Usage(unittest.TestCase):
    def wrong(self, folder, *words):
        program = os.path.join(folder, words[0])
        run = subprocess.run([program, *words[1:]], capture_output=True, text=True, timeout=SOON_S)
        self.assertEqual((run.returncode, run.stdout), (2, ""), run.stderr)
        self.assertNotIn("Traceback", run.stderr)
        return run.stderr.splitlines()

    def test_programs_name_it_before_their_usage(self):
        for words in (("poshubd", "--nope"), ("poshubd", "extra"), ("poshubd", "-c"),
                      ("sim", "--bogus"), ("sim", "--plant", "nope"), ("sim", "--plant"),
                      ("sim", "--seeds", "0"), ("sim", "--first-seed", "-1")):
            with self.subTest(words):
                first, second, *_ = self.wrong(BUILD, *words)
                self.assertTrue(first.startswith(f"{words[0]}: {words[1]} "), first)
                self.assertIn(words[-1], first)
                self.assertIn(f"{words[0]} [", second)

    def test_tools_end_with_a_line_about_it(self):
        for words in (("demo", "--speed", "0"), ("demo", "--speed", "nan"),
                      ("demo", "--orders", "/nope"),
                      ("crash", "--cycles", "0"), ("crash", "--cycles", "-3")):
            with self.subTest(words):
                self.assertIn(words[1], self.wrong(TOOLS, *words)[-1])


if __name__ == "__main__":
    unittest.main()
