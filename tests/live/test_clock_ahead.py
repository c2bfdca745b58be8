#!/usr/bin/python3
"""A box boots years ahead, or lay unused for over a year, and no time source keeps its clock: the
store goes on from the last time that it has seen, throws nothing away, and its papers stay good for
devices whose clocks are right (libfaketime)."""

import json
import os
import subprocess
import sys
import time
import unittest

from device import Device
from live import COLA, LiveTest, order_lines
from store import SOON_S, wait_for
from test_clock import DAY_S, LIBRARY, SKIPPED, SUSPECT, YEAR_S, Wall
from test_lan_tls import handshake, tls_conf

FAR_S = 12 * YEAR_S
LIMIT_DAYS = 400


class AheadTest(LiveTest):
    offset_s = 0  # of the first start

    def setUp(self):
        wall = Wall(type(self), kept=False)
        wall.set(self.offset_s)
        self.wall, cls = wall, type(self)
        cls.conf, self.ports = tls_conf(websocket=False)
        cls.env = wall.env
        super().setUpClass()
        self.addCleanup(self.store.stop)
        self.kiosk = self.crew["kiosk-1"]
        self.place("first")

    @classmethod
    def setUpClass(cls):
        """Each test has a store of its own."""

    @property
    def secret(self):
        return os.path.join(self.store.folder, "secret")

    def place(self, order_id):
        """Over TLS, by a device whose clock is right."""
        ca = os.path.join(self.secret, "ca.pem")
        with Device(self.store, self.kiosk, ca=ca, port=self.ports[0]) as kiosk:
            self.ok(kiosk.ask("order.place", order_id=order_id, lines=order_lines((COLA, 1))))

    def boot(self, offset_s):
        self.store.stop_hub()
        self.wall.set(offset_s)
        self.store.start_hub()
        self.store.wait_broker()

    def renew_broker(self):
        """Without its supervisor it has to be told of a new certificate by a start."""
        self.store.stop_broker()
        wait_for("the end", lambda: not self.store.get("/v1/status")["broker"]["connected"])
        self.store.start_broker()
        self.store.wait_broker()

    def fault(self):
        found = [f for f in self.store.get("/v1/status")["faults"] if f["code"] == SUSPECT]
        return found[0] if found else None

    def doubted(self):
        fault = wait_for("the fault", self.fault)
        self.assertEqual(self.store.get("/v1/status")["clock"], "suspect")
        return fault["text"]

    def believed(self):
        wait_for("the clock is believed", lambda: self.fault() is None)
        self.assertEqual(self.store.get("/v1/status")["clock"], "unsynced")

    def ctl(self, *words):
        done = subprocess.run([self.store.program("poshubctl"), "--json", *words], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SOON_S, env=self.store.env)
        return done.returncode, done.stdout + done.stderr

    def accept(self):
        return self.ctl("clock", "accept", "--yes", "--socket", self.store.control_path)

    def last_at_s(self):
        return self.events()[-1]["at_ms"] / 1000

    def is_now(self, offset_s=0):
        self.assertLess(abs(self.last_at_s() - time.time() - offset_s), DAY_S)


class Ahead(AheadTest):
    def test_a_boot_in_another_decade_spoils_nothing(self):
        before = self.events()
        self.boot(FAR_S)
        self.assertIn("years after the last time this store has seen", self.doubted())
        self.place("far")
        self.store.add_device("late-1", "kiosk")
        self.is_now()
        self.boot(0)
        self.believed()
        self.place("back")
        self.is_now()
        self.assertEqual([e["seq"] for e in self.events()][:len(before)],
                         [e["seq"] for e in before])

    def test_papers_made_in_another_decade_are_good_today(self):
        self.store.stop_hub()
        for name in ("server.pem", "server.key"):
            os.unlink(os.path.join(self.secret, name))
        self.boot(FAR_S)
        self.renew_broker()
        self.place("far")
        self.assertIn(": OK", self.verify(time.time()))

    def verify(self, at_s):
        """openssl's word of the broker's certificate at that time."""
        ca, server = (os.path.join(self.secret, name) for name in ("ca.pem", "server.pem"))
        return subprocess.run(["openssl", "verify", "-attime", str(int(at_s)), "-CAfile", ca, server],
                              capture_output=True, text=True, check=False).stdout

    def test_a_running_hub_that_jumps_goes_on_by_itself(self):
        self.wall.set(FAR_S)
        self.doubted()
        self.place("far")
        self.is_now()
        self.wall.set(0)
        self.believed()

    def test_doctor_names_the_clock_first(self):
        self.boot(FAR_S)
        self.doubted()
        _, said = self.ctl("doctor", "--config", self.store.conf_path)
        first = [c for c in json.loads(said)["checks"] if c["state"] == "FAIL"][0]
        self.assertEqual((first["check"], first["code"]), ("clock", SUSPECT))

    def test_somebody_says_that_it_is_right(self):
        self.assertNotEqual(self.accept()[0], 0)
        offset_s = (LIMIT_DAYS + 100) * DAY_S
        self.boot(offset_s)
        self.assertIn("over a year after", self.doubted())
        self.assertEqual(self.accept()[0], 0)
        self.believed()
        wait_for("the note", lambda: self.events()[-1]["kind"] == "OPERATOR")
        self.is_now(offset_s)
        self.boot(offset_s + DAY_S)
        self.believed()

    def test_no_word_helps_a_clock_that_cannot_be(self):
        self.boot(100 - time.time())
        self.assertIn("before the last time", self.doubted())
        self.assertNotEqual(self.accept()[0], 0)
        self.doubted()


class BegunAhead(AheadTest):
    """An empty store has nothing to doubt its clock by."""
    offset_s = FAR_S

    def place(self, order_id):
        if self.wall.offset_s == 0:
            super().place(order_id)

    def test_a_store_begun_in_another_decade_heals(self):
        self.boot(0)
        self.assertIn("before the last time", self.doubted())
        self.renew_broker()
        self.place("back")  # restarting hub and broker has made the certificate anew
        self.assertEqual(self.accept()[0], 0)
        self.believed()
        self.boot(0)
        self.believed()


if __name__ == "__main__":
    if LIBRARY is None:
        print("skipped: libfaketime is not installed (tools/deps)")
        sys.exit(SKIPPED)
    unittest.main()
