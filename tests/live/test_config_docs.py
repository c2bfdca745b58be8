#!/usr/bin/python3
"""The configuration as the documents show it is one that the hub takes."""

import os
import re
import subprocess
import tempfile
import unittest

from live import ROOT
from store import SOON_S, build_dir

STORE = "[store]\nbrand_id = 1\npoi_id = 417\n"


def text_of(*names):
    with open(os.path.join(ROOT, *names), encoding="utf-8") as f:
        return f.read()


class Documents(unittest.TestCase):
    def taken(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as f:
            f.write(text)
            f.flush()
            done = subprocess.run([os.path.join(build_dir(), "poshubd"), "-c", f.name,
                                   "--check-config"], capture_output=True, text=True,
                                  timeout=SOON_S, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_contract_as_it_can_be_pasted(self):
        blocks = re.findall(r"^```ini\n(.*?)^```$", text_of("docs", "control-api.md"),
                            re.M | re.S)
        self.assertTrue(blocks)
        for block in blocks:
            self.taken(block)

    def test_the_packages_file_with_every_key_uncommented(self):
        text = text_of("docs", "poshub.conf")
        keys = re.sub(r"^;(?=\[|\w+ = )", "", text, flags=re.M)
        self.assertIn("\n[store]\n", keys)
        self.assertNotEqual(keys, text)
        self.taken(keys + STORE)

    def test_the_manual_pages_example(self):
        block, = re.findall(r"^```\n(.*?)^```$", text_of("docs", "man", "poshub.conf.5.scd"),
                            re.M | re.S)
        self.taken(block)


if __name__ == "__main__":
    unittest.main()
