#!/usr/bin/python3
"""What systemd hears of the hub: ready, its state in one line, and a watchdog that starves when the
writer hangs. systemd itself is played by a socket."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from live import COLA, LiveTest, order_lines
from store import wait_for

HANG_S = 5  # of each sync of the disk; the loop ticks once a second


class Systemd:
    """The other end of $NOTIFY_SOCKET: keeps what is said, in order."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="poshub-notify-")
        self.path = os.path.join(self.folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.said = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                self.said.append(self.socket.recv(4096).decode())
            except OSError:
                return

    def count(self, word):
        return sum(1 for s in list(self.said) if s.startswith(word))

    def last(self, word):
        return next((s for s in reversed(list(self.said)) if s.startswith(word)), "")

    def close(self):
        self.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Service(LiveTest):
    @classmethod
    def setUpClass(cls):
        cls.systemd = Systemd()
        cls.addClassCleanup(cls.systemd.close)
        cls.env = {"NOTIFY_SOCKET": cls.systemd.path, "WATCHDOG_USEC": "30000000"}
        super().setUpClass()

    def fed(self):
        return self.systemd.count("WATCHDOG=1")

    def hang(self):
        """From now on each sync of the hub's store takes its time. Back: what ends that."""
        tracer = subprocess.Popen(
            ["strace", "-qq", "-f", "-e", "trace=fdatasync",
             "-e", f"inject=fdatasync:delay_enter={HANG_S * 1000000}", "-p",
             str(self.store.hub.pid)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.let_go, tracer)
        status = f"/proc/{self.store.hub.pid}/status"
        def traced():
            with open(status, encoding="ascii") as f:
                return re.search(r"TracerPid:\s*[1-9]", f.read())
        wait_for("the tracer", traced)

    def let_go(self, tracer):
        tracer.send_signal(signal.SIGTERM)
        tracer.wait(30)

    def test_1_ready_comes_with_the_broker_and_once(self):
        wait_for("READY=1", lambda: self.systemd.count("READY=1") == 1)
        wait_for("a line", lambda: "Selling." in self.systemd.last("STATUS=")
                 or "file system" in self.systemd.last("STATUS="))

    def test_2_the_line_follows_the_store(self):
        self.store.stop_broker()
        wait_for("the line", lambda: "not connected to its broker" in self.systemd.last("STATUS="))
        self.store.start_broker()
        self.store.wait_broker()
        wait_for("the line", lambda: "not connected" not in self.systemd.last("STATUS="))
        self.assertEqual(self.systemd.count("READY=1"), 1)

    @unittest.skipIf(shutil.which("strace") is None, "strace is not installed (tools/deps)")
    def test_3_a_writer_that_hangs_starves_the_watchdog(self):
        fed = self.fed()
        wait_for("two meals of an idle hub", lambda: self.fed() >= fed + 2)
        kiosk = self.device("kiosk-1")
        self.hang()
        before, ticks = self.fed(), len(self.systemd.said)
        self.ok(kiosk.ask("order.place", order_id="slow", lines=order_lines((COLA, 1))))
        # It was fed when the writer began, and perhaps once more before that.
        self.assertLessEqual(self.fed() - before, 2, self.systemd.said[ticks:])

    def test_4_it_says_that_it_ends(self):
        self.store.stop_hub()
        wait_for("STOPPING=1", lambda: self.systemd.count("STOPPING=1") == 1)


if __name__ == "__main__":
    unittest.main()
