"""What the kernel knows of a process's sockets, for the live tests."""

import os
import re


def inodes(pid):
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            link = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            continue
        if link:
            found.add(link[1])
    return found


def table(pid, name):
    """Rows of tcp, tcp6, udp, unix ..., in words."""
    with open(f"/proc/{pid}/net/{name}", encoding="utf-8") as f:
        return [line.split() for line in f.readlines()[1:]]


def address(text):
    """"0100007F:1F90" -> "127.0.0.1:8080"; of IPv6 the digits as they are"""
    ip, port = text.split(":")
    if len(ip) == 8:
        ip = ".".join(str(byte) for byte in reversed(bytes.fromhex(ip)))
    return f"{ip}:{int(port, 16)}"


def unsent(pid, other_end):
    """Bytes that the process has written to a TCP connection and the other end has not taken."""
    own = inodes(pid)
    return sum(int(words[4].split(":")[0], 16) for words in table(pid, "tcp")
               if words[9] in own and address(words[2]) == other_end)
