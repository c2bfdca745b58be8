#!/usr/bin/python3
"""The broker drops silently; the hub hears its counter, every ten seconds, and tells people."""

import secrets
import socket
import time
import unittest

from live import LiveTest
from store import SOON_S, wait_for

ITEMS = 600
MENU = {"currency": "EUR", "stations": [],
        "items": [{"object_id": str(1001 + n), "name": f"Item {n} " + "x" * 60, "price": "1.0000"}
                  for n in range(ITEMS)]}


def string(text):
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def packet(kind, body):
    n, length = len(body), b""
    while True:
        n, digit = divmod(n, 128)
        length += bytes([digit | 128 if n else digit])
        if not n:
            return bytes([kind]) + length + body


class Dropped(LiveTest):
    conf = {"broker": {"max_queued": 10}}
    menu = MENU

    def deaf(self, entry):
        """A till that subscribes and then never reads again, with a small buffer."""
        s = socket.socket()
        self.addCleanup(s.close)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.connect(("127.0.0.1", self.store.port))
        s.sendall(packet(0x10, string("MQTT") + b"\x04\xc2\x00\x00" + string(entry["device"])
                         + string(entry["device"]) + string(entry["password"])))
        self.assertEqual(s.recv(4), b"\x20\x02\x00\x00")
        s.sendall(packet(0x82, b"\x00\x01" + string("poshub/v1/stock/#") + b"\x00"))
        self.assertEqual(s.recv(5), b"\x90\x03\x00\x01\x00")

    def test_dropped_messages_are_counted_and_told(self):
        till = self.store.add_device("till-" + secrets.token_hex(2), "pos")
        kiosk = self.device("kiosk-1")
        self.deaf(till)
        rounds, until = 0, time.monotonic() + SOON_S
        while self.metric("broker_dropped_total") == 0:
            self.assertLess(time.monotonic(), until)
            rounds += 1
            for n in range(ITEMS):
                self.store.control("stock.set", object_type=2, object_id=str(1001 + n),
                                   qty=str(rounds))
        self.ok(kiosk.ask("time.get"))
        wait_for("the alert", lambda: any(f["code"] == "PH-2002"
                                          for f in self.store.get("/v1/status")["faults"]))


if __name__ == "__main__":
    unittest.main()
