"""A network of this process's own: only its loopback, and name servers of its own choice.

    apart.enter()            # first thing in a program: runs it again, apart; returns there
    apart.name_server("127.0.0.1")

Needs root, or user namespaces. `enter` returns False where neither is to be had.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import tempfile

MARK = "POSHUB_APART"
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def _unshare():
    """The words that run a program apart, or None."""
    tries = (["unshare", "-n", "-m", "--propagation", "private"],
             ["unshare", "-U", "-r", "-n", "-m", "--propagation", "private"])
    for words in tries:
        if subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return words
    return None


def _loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        name = b"lo".ljust(16, b"\0")
        flags, = struct.unpack("H", fcntl.ioctl(s, SIOCGIFFLAGS, name + bytes(16))[16:18])
        fcntl.ioctl(s, SIOCSIFFLAGS, name + struct.pack("H", flags | IFF_UP) + bytes(14))


def enter():
    if os.environ.get(MARK):
        _loopback_up()
        return True
    words = _unshare()
    if words is None:
        return False
    os.environ[MARK] = "1"
    os.execvp(words[0], [*words, sys.executable, *sys.argv])


def name_server(address):
    """All lookups of this process and its children go there. Only after enter()."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
        f.write(f"nameserver {address}\n")
        f.flush()
        os.chmod(f.name, 0o644)
        subprocess.run(["mount", "--bind", f.name, os.path.realpath("/etc/resolv.conf")], check=True)
