#!/usr/bin/python3
"""Every test that tests/live/README.md names for a case of the acceptance list exists, and no case is
left out. A planted wrong name and a missing case are found, each time."""

import os
import re
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLE = os.path.join(TESTS, "live", "README.md")
CASES = [f"T{n:02}" for n in (1, 2, 3, 4, 6, 8, 9, 10, 13, 14, 15, 16, 17, 19, 20, 22, 24, 26, 27, 28,
                              29, 30, 32, 33, 34, 36, 37, 39, 40, 41, 43, 44, 45, 49, 50, 52, 54, 55,
                              56, 57, 59, 71, 76)]
ROW = re.compile(r"^\| (T\d\d(?:, T\d\d)*) \| (.+) \|$", re.M)


def defines(path, name):
    """Whether that file has that test, and calls it one."""
    if not os.path.exists(path):
        return False
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if path.endswith(".py"):
        return name.startswith("test_") and f"    def {name}(self)" in text
    return f"static void {name}(void **state)" in text and f"cmocka_unit_test({name})" in text


def faults(text):
    rows = ROW.findall(text)
    named = [case for cases, _ in rows for case in cases.split(", ")]
    found = [f"{case}: {named.count(case)} rows" for case in CASES if named.count(case) != 1]
    for cases, tests in rows:
        for test in tests.split(", "):
            path, _, name = test.partition("::")
            if not defines(os.path.join(TESTS, path), name):
                found.append(f"{cases}: there is no {test}")
    return found


def main():
    with open(TABLE, encoding="utf-8") as f:
        text = f.read()
    found = faults(text)
    for planted in (text.replace("::t01_", "::t00_", 1), text.replace("| T76 |", "| T99 |", 1)):
        if len(faults(planted)) <= len(found):
            found.append("a planted fault was not found")
    print("\n".join(found) or f"acceptance: {len(CASES)} cases have their tests")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
