"""Black holes for a cloud line: what is sent there is neither answered nor refused.

    SilentNames()      a name server at 127.0.0.1:53 that never answers (tools/lib/apart.py)
    Names()            the same, one that answers 127.0.0.1 until it is `mute`
    FullPort(port)     connections never come about: TCP
    MutePort(port)     connections come about and nothing more: the TLS handshake never goes on
"""

import socket
import threading


class Hole:
    def __init__(self, kind, port, address="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.socket.close()


class SilentNames(Hole):
    def __init__(self):
        super().__init__(socket.SOCK_DGRAM, 53)

    def was_asked(self, timeout_s):
        """Waits until somebody asks for a name."""
        self.socket.settimeout(timeout_s)
        try:
            return len(self.socket.recvfrom(512)[0]) > 0
        except OSError:
            return False


class Names(Hole):
    A = 1
    ADDRESS = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1"   # of the name asked for, good for 0 s

    def __init__(self):
        super().__init__(socket.SOCK_DGRAM, 53)
        self.mute = False
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                asked, who = self.socket.recvfrom(512)
            except OSError:
                return
            if not self.mute:
                self.socket.sendto(self._answer(asked), who)

    def _answer(self, asked):
        """To the one question, which ends with its type and class."""
        end = asked.index(b"\0", 12) + 5
        found = int.from_bytes(asked[end - 4:end - 2], "big") == self.A
        return (asked[:2] + b"\x81\x80\0\1" + (b"\0\1" if found else b"\0\0") + bytes(4) +
                asked[12:end] + (self.ADDRESS if found else b""))


class MutePort(Hole):
    def __init__(self, port=0):
        super().__init__(socket.SOCK_STREAM, port)
        self.socket.listen(64)
        self.kept = []

    def was_asked(self, timeout_s):
        """Waits for one more connection, and keeps it."""
        self.socket.settimeout(timeout_s)
        try:
            self.kept.append(self.socket.accept()[0])
            return True
        except OSError:
            return False


    def end(self):
        for s in self.kept:
            s.close()
        super().end()


class FullPort(Hole):
    """The queue of waiting connections is full, so the kernel answers no more."""

    def __init__(self, port=0):
        super().__init__(socket.SOCK_STREAM, port)
        self.socket.listen(0)
        self.fillers = []
        for _ in range(16):
            s = socket.socket()
            s.settimeout(0.2)
            self.fillers.append(s)
            try:
                s.connect(("127.0.0.1", self.port))
            except OSError:
                return
        raise RuntimeError("the queue does not fill")

    def end(self):
        for s in self.fillers:
            s.close()
        super().end()
