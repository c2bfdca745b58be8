#!/usr/bin/python3
"""The box's clock is stepped under the running hub (libfaketime): orders keep their sequence and
their deadlines, and the business day moves only forwards, one close each."""

import glob
import os
import shutil
import signal
import sys
import tempfile
import time
import unittest

from live import COLA, LiveTest, order_lines
from clock_shim import UNSYNCED, clock_shim
from store import SOON_S, wait_for

SKIPPED = 77
LIBRARY = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]
SUSPECT = "PH-3001"
HOUR_S, DAY_S, YEAR_S = 3600, 86400, 31557600
TTL_S = 2
DAY_START = (4, 0)


class Wall:
    """The hub's wall clock, so many seconds off ours; its monotonic clocks are left alone. Kept: a
    time source keeps it, wherever it stands; what the kernel says of that is played."""

    def __init__(self, test, kept=True):
        self.path = tempfile.NamedTemporaryFile(prefix="poshub-clock-", delete=False).name
        test.addClassCleanup(os.unlink, self.path)
        self.set(0)
        folder = tempfile.mkdtemp(prefix="poshub-clock-")
        test.addClassCleanup(shutil.rmtree, folder)
        self.env = {"LD_PRELOAD": f"{LIBRARY} {clock_shim(folder)}", "FAKETIME_TIMESTAMP_FILE": self.path,
                    "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                    "ASAN_OPTIONS": "verify_asan_link_order=0"}
        if not kept:
            self.env[UNSYNCED] = "1"

    def set(self, offset_s):
        """From now on, at once; the file is never half written."""
        with open(self.path + ".new", "w", encoding="ascii") as f:
            f.write(f"{offset_s:+.3f}\n")
        os.rename(self.path + ".new", self.path)
        self.offset_s = offset_s

    def stand_at(self, hour, minute):
        """The next such time of day (UTC)."""
        now = time.time()
        today = now - now % DAY_S + hour * HOUR_S + minute * 60
        self.set(today - now + (0 if today > now else DAY_S))

    def now_ms(self):
        return (time.time() + self.offset_s) * 1000


class ClockTest(LiveTest):
    @classmethod
    def setUpClass(cls):
        cls.wall = Wall(cls)
        cls.env = cls.wall.env
        super().setUpClass()

    def place(self, device, order_id):
        return self.ok(device.ask("order.place", order_id=order_id,
                                  lines=order_lines((COLA, 1))))["order"]

    def state(self, order_id):
        return self.store.control("order.get", order_id=order_id)["order"]["state"]

    def shows(self, device, offset_s):
        """The hub has seen the step: its own time is what the wall shows."""
        self.wall.set(offset_s)
        told = self.ok(device.ask("time.get"))["now_at_ms"]
        self.assertLess(abs(told - self.wall.now_ms()), 60000)

    def heard(self, device):
        """[(topic, state)] so far; None: it was cleared."""
        return [(topic, value and value.get("state")) for topic, value, _ in device.messages]

    def hears(self, device, good):
        with device.changed:
            self.assertTrue(device.changed.wait_for(lambda: good(self.heard(device)), SOON_S))

    def ticks(self):
        """A round of the hub's own housekeeping, which comes every second."""
        time.sleep(1.3)

    def stays_in_sequence(self):
        """seq and HLC rise together, whatever the wall did, and the chain holds."""
        events = self.events()
        at_ms = [event["at_ms"] for event in events]
        self.assertEqual(at_ms, sorted(at_ms))
        self.assertEqual([e["seq"] for e in events], sorted(e["seq"] for e in events))
        verdict = self.store.control("journal.verify")["result"]
        self.assertTrue(verdict["ok"] and verdict["audit_ok"], verdict)


class Steps(ClockTest):
    conf = {"channel.KIOSK": {"expiry_s": 600}, "channel.POS": {"expiry_s": TTL_S}}

    def test_a_step_expires_nothing_and_orders_stay_in_sequence(self):
        kiosk = self.device("kiosk-1")
        numbers = [self.place(kiosk, "before")["number"]]
        for n, offset_s in enumerate((3 * HOUR_S, -6 * HOUR_S, 5 * DAY_S, 0)):
            self.shows(kiosk, offset_s)
            numbers.append(self.place(kiosk, f"step-{n}")["number"])
            self.ticks()
            self.assertEqual(self.state("before"), "PLACED")
        self.assertEqual(numbers, sorted(numbers))
        self.assertEqual(len(set(numbers)), len(numbers))
        self.stays_in_sequence()

    def test_a_deadline_goes_by_uptime(self):
        till = self.device("till-1", "order/#")
        for order_id, offset_s in (("back", -2 * HOUR_S), ("ahead", 2 * HOUR_S)):
            self.wall.set(0)
            began = time.monotonic()
            self.place(till, order_id)
            self.shows(till, offset_s)
            topic = f"order/{order_id}"
            self.hears(till, lambda told, t=topic: (t, None) in told)
            self.assertIn((topic, "PLACED"), self.heard(till))
            took_s = time.monotonic() - began
            self.assertEqual(self.state(order_id), "EXPIRED")
            self.assertGreater(took_s, TTL_S - 0.5)
        self.wall.set(0)


class BusinessDay(ClockTest):
    conf = {"store": {"auto_day_close": "yes", "timezone": "UTC", "day_start": "%02d:%02d" % DAY_START}}

    def day(self):
        return self.store.get("/v1/status")["orders"]["day"]

    def closes(self):
        return [e for e in self.events() if e["kind"] == "DAY_CLOSE"]

    def test_it_closes_once_and_never_goes_back(self):
        kiosk = self.device("kiosk-1")
        self.wall.stand_at(DAY_START[0] - 1, 30)
        before_s = self.wall.offset_s
        self.place(kiosk, "evening")
        first = self.day()
        self.shows(kiosk, before_s + HOUR_S)
        second = wait_for("the next day", lambda: self.day() if self.day() != first else None)
        self.assertGreater(second, first)
        for offset_s in (before_s, before_s + HOUR_S, before_s - 2 * DAY_S, before_s + HOUR_S):
            self.shows(kiosk, offset_s)
            self.place(kiosk, f"day-{offset_s:.0f}-{len(self.events())}")
            self.ticks()
            self.assertEqual(self.day(), second)
        self.assertEqual(len(self.closes()), 1)
        self.stays_in_sequence()


class Implausible(ClockTest):
    conf = {"channel.KIOSK": {"expiry_s": 600}}

    def faults(self):
        return [f["code"] for f in self.store.get("/v1/status")["faults"] if f["code"] == SUSPECT]

    def suspect(self):
        return self.store.get("/v1/status")["clock"] == "suspect"

    def is_told(self, board):
        wait_for("the alert", self.faults)
        self.assertTrue(self.suspect())
        self.assertEqual(board.wait("alert/clock")["kind"], "CLOCK")

    def heals(self, board):
        self.wall.set(0)
        wait_for("the clock is believed again", lambda: not self.suspect())
        wait_for("the fault's end", lambda: not self.faults())
        board.wait_gone("alert/clock")
        board.wait("hub", lambda v: v and v["clock"] == "synced")

    def test_a_start_in_1970_goes_on_from_what_was_kept(self):
        kiosk, board = self.device("kiosk-1"), self.device("till-1", "alert/#")
        self.place(kiosk, "before-1970")
        self.store.stop_hub()
        self.wall.set(100 - time.time())
        self.store.start_hub()
        self.store.wait_broker()
        self.is_told(board)
        self.assertEqual(self.state("before-1970"), "PLACED")
        self.place(kiosk, "in-1970")
        self.stays_in_sequence()
        self.heals(board)
        self.place(kiosk, "after-1970")
        self.stays_in_sequence()

    def test_a_clock_decades_ahead_is_not_believed_while_it_runs(self):
        kiosk, board = self.device("kiosk-1"), self.device("till-1", "alert/#")
        self.place(kiosk, "before-2060")
        self.wall.set(40 * YEAR_S)
        self.place(kiosk, "in-2060")
        self.is_told(board)
        self.assertEqual(self.state("before-2060"), "PLACED")
        self.assertLess(self.events()[-1]["at_ms"], (time.time() + DAY_S) * 1000)
        self.heals(board)
        self.place(kiosk, "after-2060")
        self.store.restart_hub(signal.SIGTERM)  # a killed one would leave libfaketime's memory
        self.store.wait_broker()
        self.assertFalse(self.suspect())
        self.stays_in_sequence()


if __name__ == "__main__":
    if LIBRARY is None:
        print("skipped: libfaketime is not installed (tools/deps)")
        sys.exit(SKIPPED)
    unittest.main()
