#!/usr/bin/python3
"""Runs a program behind the system call filter of a service, and kills it for what the filter keeps
from it: there the call would fail, and a test would not see that it is needed. What ProtectClock=
refuses fails here too.

    sandbox.py SERVICE-FILE PROGRAM ARGS
"""

import configparser
import ctypes
import errno
import os
import subprocess
import sys

ALLOW, KILL, FAIL = 0x7fff0000, 0x80000000, 0x00050000  # seccomp(2); FAIL: with an errno
ALWAYS = {"execve", "exit", "exit_group", "rt_sigreturn", "sigreturn", "getrlimit"}  # systemd.exec(5)


class Lines(dict):
    """Of one key as often as it stands there: each line adds to the ones before."""
    def __setitem__(self, key, value):
        if key in self and isinstance(value, list):
            value = self[key] + value
        super().__setitem__(key, value)


def settings(path):
    parser = configparser.RawConfigParser(dict_type=Lines, strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(path)
    return {key: value.split("\n") for key, value in parser["Service"].items()}


def calls(name):
    """Of a group of systemd's, with the groups in it."""
    if not name.startswith("@"):
        return {name}
    told = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True,
                          check=True).stdout.splitlines()[1:]
    words = [line.strip() for line in told if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls(word) for word in words))


def allowed(lines):
    out = ALWAYS | calls("@default")
    for line in lines:
        names = set().union(*(calls(name) for name in line.lstrip("~").split()))
        out = out - names if line.startswith("~") else out | names
    return out


def load(allow, fail):
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(KILL)))
    for action, names in ((FAIL | errno.EPERM, fail), (ALLOW, allow - fail)):
        for name in names:
            number = lib.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:  # below: of another architecture
                lib.seccomp_rule_add(context, ctypes.c_uint32(action), ctypes.c_int(number), 0)
    if lib.seccomp_load(context) != 0:
        raise OSError("the filter cannot be loaded")


def main():
    unit = settings(sys.argv[1])
    fail = calls("@clock") if unit.get("ProtectClock") == ["yes"] else set()
    fail -= calls("@default")
    load(allowed(unit["SystemCallFilter"]), fail)
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
