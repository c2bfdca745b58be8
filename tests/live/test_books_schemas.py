#!/usr/bin/python3
"""What the rules really say follows the schemas: replies, retained payloads, journal bodies."""

import collections
import json
import os
import pathlib
import subprocess
import sys
import unittest

import paths  # noqa: F401
from schemas import ROOT, Schemas
from store import SOON_S

SAMPLES = pathlib.Path(os.environ.get("PH_BUILD", ROOT / "build/dev")) / "tests/live/schema_samples"


class Samples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schemas = Schemas()
        out = subprocess.run([SAMPLES], capture_output=True, text=True, check=True, timeout=SOON_S)
        cls.lines = [line.partition("\t")[::2] for line in out.stdout.splitlines()]

    def test_every_message_follows_its_schema(self):
        for ref, text in self.lines:
            wrong = self.schemas.errors(ref, json.loads(text))
            with self.subTest(f"{ref} {text[:200]}"):
                self.assertEqual(wrong, [])

    def test_every_verb_was_told_and_answered(self):
        told = collections.Counter(ref for ref, _ in self.lines)
        for file in ("request.json", "reply.json"):
            for name in self.schemas.documents[file]["$defs"]:
                if "." in name:
                    with self.subTest(f"{file} {name}"):
                        self.assertGreater(told[f"{file}#/$defs/{name}"], 0)

    def test_every_kind_of_event_was_written_but_those_nobody_writes_yet(self):
        told = {ref.rpartition("/")[2] for ref, _ in self.lines if ref.startswith("event.json")}
        kinds = set(self.schemas.documents["types.json"]["$defs"]["event_kind"]["enum"])
        self.assertEqual(kinds - told, {"CLOCK_NOTE", "CONFIG", "DEVICE"})


if __name__ == "__main__":
    if not SAMPLES.exists():
        print(f"{SAMPLES}: not built")
        sys.exit(77)
    unittest.main()
