#!/usr/bin/python3
"""The house rules as a test: arrows between floors only run down.

  house_check.py [ROOT]     default: the tree this file stands in

Red (exit 1): an include that runs up or sideways, a circle between files, a foreign header outside
its doorman (doormen.txt beside this file, or ROOT/tests/house/doormen.txt), an include that cannot
be resolved, a C file that stands on no floor, a function out of its one hand.
Warnings (exit 0): files past 500 lines, functions past 70.
"""

import fnmatch
import os
import re
import sys
from collections import namedtuple

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Floor of a file = the longest folder here that it stands under; the value lists the floors it may
# include besides its own. ANY: everything of ours.
ANY = None
FLOORS = {
    "proto": [],
    "storage": ["proto"],
    "sync": ["storage", "proto"],
    "edge/books": ["storage", "proto"],
    "edge": ["edge/books", "sync", "storage", "proto"],
    "cross": [],
    "tests": ANY,
    "tools/benches": ANY,
    # The hub's own hands on its files, for when there is no hub.
    "tools/poshubctl": ["edge", "edge/books", "sync", "storage", "proto"],
}
TOOL_MAY_INCLUDE = ["proto"]  # every other tools/<program> is a floor of its own

HUB = ("proto", "storage", "sync", "edge")

# Functions that go through one hand: (name, where the rule is for, the files that may name it, why).
ONE_HAND = [
    ("stock_save", HUB, ("edge/books/stock_row", "edge/books/row_save"),
     "rows are saved through turn_keep_row, or their flags would outlive the commit"),
]

SYSTEM_HEADERS = set("""
assert ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings threads time uchar wchar
dirent fcntl fnmatch ftw getopt glob grp ifaddrs libgen malloc mntent netdb poll pthread pwd regex
sched semaphore spawn sysexits syslog termios ucontext unistd utime wordexp
""".split())
SYSTEM_FOLDERS = ("sys", "net", "netinet", "arpa", "linux", "asm")
COMPILER_HEADERS = ("nmmintrin.h", "immintrin.h", "arm_acle.h", "arm_neon.h", "cpuid.h")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:([<"])([^>"\n]*)[>"]|(\w+))', re.M)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)

Rule = namedtuple("Rule", "where header doormen")


def c_files(root):
    found = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(n for n in names if not n.startswith(".")
                          and not (folder == root and n == "build"))
        found += [os.path.relpath(os.path.join(folder, f), root)
                  for f in sorted(files) if f.endswith((".c", ".h"))]
    return found


def under(path, folder):
    return path.startswith(folder + "/")


def floor_of(path):
    """The floor's folder, or None for a file that stands nowhere."""
    best = max((f for f in FLOORS if under(path, f)), key=len, default=None)
    if best is None and re.match(r"tools/[^/]+/", path):
        best = "/".join(path.split("/")[:2])
    return best


def allowed(floor):
    return FLOORS.get(floor, TOOL_MAY_INCLUDE)


def node_of(path):
    """foo.c and foo.h are one thing."""
    return path[:-2]


def match(pattern, path):
    want, have = pattern.split("/"), path.split("/")
    return len(want) == len(have) and all(map(fnmatch.fnmatchcase, have, want))


def read_rules(root):
    path = os.path.join(root, "tests/house/doormen.txt")
    rules = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            if len(words) < 3:
                sys.exit(f"{path}:{number}: want <where> <header> <doorman>...")
            rules.append(Rule(words[0], words[1], words[2:]))
    return rules


def rule_covers(rule, path):
    folders = HUB if rule.where == "hub" else (rule.where,)
    return any(under(path, f) for f in folders)


def is_system(header):
    folder, _, name = header.rpartition("/")
    if folder:
        return folder.split("/")[0] in SYSTEM_FOLDERS
    return header in COMPILER_HEADERS or name.endswith(".h") and name[:-2] in SYSTEM_HEADERS


def without_comments(text):
    return COMMENT.sub(lambda m: "\n" * m.group().count("\n"), text)


class House:
    def __init__(self, root):
        self.root = root
        self.rules = read_rules(root)
        self.files = c_files(root)
        self.known = set(self.files)
        self.errors, self.warnings = [], []
        self.arrows = {}  # node -> {node: "file:line" of the include}

    def resolve(self, path, name):
        """The file of ours that an include means, or None."""
        beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
        for candidate in (name, beside):
            if candidate in self.known:
                return candidate
        return None

    def check_ours(self, at, path, target):
        floor, below = floor_of(path), floor_of(target)
        may = allowed(floor)
        if may is not ANY and below != floor and below not in may:
            self.errors.append(f"{at}: {floor or path} may not include {target}")
        here, there = node_of(path), node_of(target)
        self.arrows.setdefault(here, {})
        if here != there:
            self.arrows[here].setdefault(there, at)

    def check_foreign(self, at, path, header):
        if is_system(header):
            return
        rule = next((r for r in self.rules if rule_covers(r, path) and match(r.header, header)), None)
        if rule is None:
            self.errors.append(f"{at}: <{header}> has no doorman in this program (doormen.txt)")
        elif not any(match(doorman, node_of(path)) for doorman in rule.doormen):
            names = ", ".join(rule.doormen)
            self.errors.append(f"{at}: <{header}> outside its doorman {names}")

    def check_includes(self, path, text):
        for m in INCLUDE.finditer(without_comments(text)):
            at = f"{path}:{line_of(m)}"
            bracket, name, macro = m.groups()
            if macro:
                self.errors.append(f"{at}: include through the macro {macro}")
                continue
            target = self.resolve(path, name)
            if target:
                self.check_ours(at, path, target)
            elif bracket == '"':
                self.errors.append(f"{at}: \"{name}\" is no file of the tree")
            else:
                self.check_foreign(at, path, name)

    def check_hands(self, path, text):
        for name, where, files, why in ONE_HAND:
            if node_of(path) in files or path.endswith(".h") or not any(under(path, f) for f in where):
                continue
            for m in re.finditer(rf"\b({name})\(", without_comments(text)):
                line = m.string.count("\n", 0, m.start()) + 1
                self.errors.append(f"{path}:{line}: {name}: {why}")

    def check_lengths(self, path, text):
        lines = text.splitlines()
        if len(lines) > FILE_LINES_MAX:
            self.warnings.append(f"{path}: {len(lines)} lines")
        start = None
        for number, line in enumerate(lines):
            if line == "{":
                start = number
            elif line == "}" and start is not None:
                if number - start + 2 > FUNCTION_LINES_MAX:
                    self.warnings.append(f"{path}:{start}: function of {number - start + 2} lines")
                start = None

    def check_circles(self):
        """Depth first; an arrow back onto the path walked closes a circle."""
        done = set()
        for origin in sorted(self.arrows):
            walk = [(origin, iter(sorted(self.arrows.get(origin, ()))))]
            trail = [origin] if origin not in done else []
            while trail:
                for there in walk[-1][1]:
                    if there in trail:
                        self.report_circle(trail[trail.index(there):])
                    elif there not in done:
                        trail.append(there)
                        walk.append((there, iter(sorted(self.arrows.get(there, ())))))
                        break
                else:
                    done.add(trail.pop())
                    walk.pop()

    def report_circle(self, trail):
        at = self.arrows[trail[-1]][trail[0]]
        self.errors.append(f"{at}: circle " + " -> ".join(trail + trail[:1]))

    def check(self):
        for path in self.files:
            with open(os.path.join(self.root, path), encoding="utf-8") as f:
                text = f.read()
            if floor_of(path) is None:
                self.errors.append(f"{path}: stands on no floor")
            self.check_includes(path, text)
            self.check_hands(path, text)
            self.check_lengths(path, text)
        self.check_circles()
        if not self.files:
            self.errors.append("no C files found")


def line_of(m):
    return m.string.count("\n", 0, m.start(2) if m.group(2) else m.start(3)) + 1


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(here))
    house = House(root)
    house.check()
    for line in house.warnings:
        print("warning:", line)
    for line in house.errors:
        print("RED:", line)
    print(f"house: {len(house.files)} files, {len(house.errors)} red, "
          f"{len(house.warnings)} warnings")
    return 1 if house.errors else 0


if __name__ == "__main__":
    sys.exit(main())
