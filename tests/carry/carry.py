#!/usr/bin/python3
"""Stores between two architectures: carry.py WHAT THERE THEIR_CARRY HERE OUR_CARRY, or --list.

THERE and HERE are names of architectures; the two programs are tests/carry/carry built for each. A
store file goes between boxes of one word size; others refuse it by name, and it stays as it was. An
export goes everywhere, and is the same bytes whoever writes it.
"""

import hashlib
import os
import subprocess
import sys
import tempfile

WORD_BITS = {"amd64": 64, "arm64": 64, "armhf": 32}


class Box:
    """One architecture: its carry program, and the files it has made."""

    def __init__(self, name, program, folder):
        self.name = name
        self.bits = WORD_BITS[name]
        self.program = program
        self.folder = folder

    def run(self, verb, *paths):
        return subprocess.run([self.program, verb, *paths], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)

    def do(self, verb, *paths):
        """What it prints; ends the check where it fails."""
        done = self.run(verb, *paths)
        if done.returncode != 0:
            sys.exit(f"{self.name}: carry {verb}: exit {done.returncode}: {done.stderr.strip()}")
        print(f"{self.name} {verb}: {done.stdout.strip()}")
        return done.stdout

    def store(self):
        path = os.path.join(self.folder, f"{self.name}.mdb")
        return path, self.do("make", path)

    def refuses(self, verb, path, maker):
        before = digest(path)
        done = self.run(verb, path)
        said = done.stderr.strip()
        print(f"{self.name} {verb}: exit {done.returncode}: {said}")
        if done.returncode != 1 or f"made on a {maker.bits}-bit box" not in said:
            sys.exit(f"{self.name}: a store of {maker.name} is not refused by name")
        if digest(path) != before:
            sys.exit(f"{self.name}: the refused store was changed")


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def same(what, theirs, ours):
    if theirs != ours:
        sys.exit(f"{what} differs:\n{theirs}{ours}")


def journal(there, here):
    """The same day gives the same journal, hash by hash, and the same rows, byte by byte."""
    same("a day's store", there.store()[1], here.store()[1])


def carried(maker, other):
    """The other box reads what the maker wrote, sells on, and the maker takes it back."""
    path, made = maker.store()
    if maker.bits != other.bits:
        for verb in ("look", "go-on"):
            other.refuses(verb, path, maker)
        same("a store that was refused", maker.do("look", path), made)
        return
    same("a carried store", other.do("look", path), made)
    gone_on = other.do("go-on", path)
    same("a store that came back", maker.do("look", path), gone_on)
    again = maker.store()[0]
    same("the next day", maker.do("go-on", again), gone_on)


def exported(maker, other):
    """What the other box makes of the maker's export is the same store, and exports the same."""
    path, made = maker.store()
    stream, again = (os.path.join(maker.folder, name) for name in ("there", "back"))
    moved = os.path.join(maker.folder, "moved.mdb")
    maker.do("export", path, stream)
    same("an imported store", other.do("import", stream, moved), made)
    other.do("export", moved, again)
    same("the export of an import", digest(again), digest(stream))


CHECKS = {
    "journal": journal,
    "file_from_here": lambda there, here: carried(here, there),
    "file_to_here": carried,
    "export_from_here": lambda there, here: exported(here, there),
    "export_to_here": exported,
}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CHECKS))
        return
    if len(sys.argv) != 6 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    _, what, there, their_carry, here, our_carry = sys.argv
    with tempfile.TemporaryDirectory() as folder:
        CHECKS[what](Box(there, their_carry, folder), Box(here, our_carry, folder))


if __name__ == "__main__":
    main()
