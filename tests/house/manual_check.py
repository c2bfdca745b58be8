#!/usr/bin/python3
"""What the manual says of the protocol and of faults is what the sources have.

  manual_check.py [ROOT]                         default: the tree this file stands in
  manual_check.py --catalog > systemd/poshub.catalog   the journal's catalog, made of the page

Red (exit 1): a fault (PH-nnnn) that the sources name and poshub-faults(7) or docs/control-api.md does
not explain, or the other way round, or that is explained twice; an entry of the page without what is
lost and what comes next; a catalog that was not made of this page; a verb or a code of the LAN that poshub-protocol(7) does not have, or has
under another number.
"""

import glob
import os
import re
import sys
from collections import Counter

SOURCES = ("edge", "sync", "storage", "proto", "tools/poshubctl")
CODE = re.compile(r"PH-\d{4}")
ENTRY = re.compile(r"^\*(PH-\d{4})\* (.*)$", re.M)
ROW = re.compile(r"^\| (PH-\d{4}) \|", re.M)
PARTS = ("\n\tLost: ", "\n\tNext: ")
VERB = re.compile(r"components/messages/([a-z_.]+)\.request'")
ANSWER = re.compile(r"^    X\((\w+), (\d+),", re.M)
TOLD_VERB = re.compile(r"\*((?:order|ticket|stock|menu|sync|time)\.\w+|pong)\*")
TOLD_ANSWER = re.compile(r"\*(\d+)\* ([A-Z_]+)")


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return f.read()


def of_sources(root):
    codes = {}
    for folder in SOURCES:
        for kind in ("c", "h"):
            for path in glob.glob(os.path.join(root, folder, "**", "*." + kind), recursive=True):
                for code in CODE.findall(read(root, path)):
                    codes.setdefault(code, os.path.relpath(path, root))
    return codes


def of_page(page):
    """code -> its entry's text"""
    found = list(ENTRY.finditer(page))
    ends = [m.start() for m in found[1:]] + [len(page)]
    return {m.group(1): page[m.start():end] for m, end in zip(found, ends)}


def plain(text):
    """scdoc's text without its marks, in lines that are as they were."""
    return re.sub(r"\*([^*\n]+)\*", r"\1", re.sub(r"\b_(\w+)_(?!\w)", r"\1", text))


def catalog(root):
    """What `journalctl -x` shows (https://systemd.io/CATALOG): an entry for each fault."""
    prefix = re.search(r'ID_OF_ALL\s+"([0-9a-f]{28})"', read(root, "edge/log.c")).group(1)
    out = ["# Made of docs/man/poshub-faults.7.scd by tests/house/manual_check.py --catalog"]
    for code, text in of_page(read(root, "docs/man/poshub-faults.7.scd")).items():
        title, _, body = text.partition("\n")
        body = re.split(r"^#", body, flags=re.M)[0]
        lines = [line.strip() for line in plain(body).strip().splitlines()]
        out += ["", f"-- {prefix}{code[3:]}", f"Subject: {code}: {title.split('* ')[1]}",
                "Defined-By: poshub", "Documentation: man:poshub-faults(7)", "", *lines]
    return "\n".join(out) + "\n"


def check_catalog(root):
    if read(root, "systemd/poshub.catalog") != catalog(root):
        yield "systemd/poshub.catalog is older than the page: manual_check.py --catalog makes it"


def check_protocol(root):
    page = read(root, "docs/man/poshub-protocol.7.scd")
    verbs = set(VERB.findall(read(root, "proto/asyncapi.yaml")))
    answers = {(number, name) for name, number in ANSWER.findall(read(root, "proto/code.h"))}
    for what, here, there in (("verb", verbs, set(TOLD_VERB.findall(page))),
                              ("code", answers, set(TOLD_ANSWER.findall(page)))):
        for one in sorted(here - there):
            yield f"poshub-protocol(7): the {what} {one} is missing"
        for one in sorted(there - here):
            yield f"poshub-protocol(7): no {what} {one} is known"


def check_faults(root):
    page, table = read(root, "docs/man/poshub-faults.7.scd"), read(root, "docs/control-api.md")
    named, entries, rows = of_sources(root), of_page(page), set(ROW.findall(table))
    for where, known in (("poshub-faults(7)", set(entries)), ("docs/control-api.md", rows)):
        for code in sorted(set(named) - known):
            yield f"{named[code]}: {code} is not in {where}"
        for code in sorted(known - set(named)):
            yield f"{where}: {code} is named nowhere in the sources"
    for code, text in entries.items():
        for part in PARTS:
            if part not in text:
                yield f"poshub-faults(7): {code} does not say \"{part.strip()}\""
    for where, codes in (("poshub-faults(7)", [m.group(1) for m in ENTRY.finditer(page)]),
                         ("docs/control-api.md", ROW.findall(table))):
        for code, times in Counter(codes).items():
            if times > 1:
                yield f"{where}: {code} stands there {times} times"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    if sys.argv[1:] == ["--catalog"]:
        print(catalog(root), end="")
        return 0
    root = sys.argv[1] if len(sys.argv) > 1 else root
    errors = [*check_faults(root), *check_protocol(root), *check_catalog(root)]
    for line in errors:
        print("RED:", line)
    print(f"manual: {len(of_sources(root))} faults, {len(errors)} red")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
