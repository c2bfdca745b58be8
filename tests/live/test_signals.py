#!/usr/bin/python3
"""Signals: SIGTERM finishes what was taken, SIGHUP reads the configuration again."""

import itertools
import signal
import unittest

from live import COLA, MARGHERITA, LiveTest, order_lines
from load import UNLIMITED, Load
from store import SOON_S, kept_pin, wait_for

ENDS = 3
RATE_LIMITED, NOT_AUTHORIZED = 4002, 4005


class Terminate(LiveTest):
    conf = {"limits": UNLIMITED}

    def end_hub(self, sig):
        hub = self.store.hub
        hub.send_signal(sig)
        self.assertEqual(hub.wait(SOON_S), 0, self.store.log())
        self.assertIn(f"stopping signal={int(sig)}", self.store.log())

    def test_no_acknowledged_order_is_lost(self):
        load = Load(self.store, [MARGHERITA, COLA], rate=60)
        self.addCleanup(load.stop)
        for _ in range(ENDS):
            load.wait_more(40)
            self.end_hub(signal.SIGTERM)
            self.store.start_hub()
        load.wait_more(40)
        self.assertEqual(load.settle(), [])

    def test_an_idle_hub_ends_at_once_and_says_goodbye(self):
        with self.device("kiosk-1") as kiosk:
            kiosk.wait("hub", lambda v: v and v["state"] == "online")
            self.end_hub(signal.SIGINT)
            try:
                kiosk.wait("hub", lambda v: v and v["state"] == "offline")
            finally:
                self.store.start_hub()
                self.store.wait_broker()


class Reload(LiveTest):
    lists_asked = itertools.count(1)

    def write_conf(self, **changes):
        """changes: {section: {key: value}} over what the hub started with; raw: text behind it."""
        raw = changes.pop("raw", "")
        kept = self.store.conf
        self.store.conf = {section: {**kept.get(section, {}), **changes.get(section, {})}
                           for section in {**kept, **changes}}
        self.store._write_conf()
        self.store.conf = kept
        with open(self.store.conf_path, "a", encoding="utf-8") as f:
            f.write(raw)
        with open(self.store.conf_path, encoding="utf-8") as f:
            return len(f.readlines())

    def hang_up(self, event):
        """SIGHUP; the line that the hub logged about it."""
        def said():
            return [line for line in self.store.log(lines=200).splitlines() if event in line]
        before = len(said())
        self.store.hub.send_signal(signal.SIGHUP)
        wait_for(event, lambda: len(said()) > before, alive=self.store.hub)
        return said()[-1]

    def lists(self, kiosk):
        """The codes of two lists, one right behind the other."""
        asked = [f"list-{next(self.lists_asked)}" for _ in range(2)]
        for req_id in asked:
            kiosk.send("order.list", {"req_id": req_id})
        return [kiosk.reply(req_id)["code"] for req_id in asked]

    def test_a_limit_changes_and_a_broken_file_changes_nothing(self):
        kiosk = self.device("kiosk-1")
        self.assertEqual(self.lists(kiosk), [0, 0])
        self.write_conf(limits={"verb.order.list": "1/1"})
        self.assertIn("restart_needed=no", self.hang_up("config_reloaded"))
        self.assertEqual(self.lists(kiosk)[1], RATE_LIMITED)

        line = self.write_conf(limits={"verb.order.list": "20/40"},
                               raw="[storage]\nalarm_percent = lots\n")
        said = self.hang_up("config_kept")
        self.assertIn(f"poshub.conf:{line}: alarm_percent = lots: expected", said)
        self.assertEqual(self.lists(kiosk)[1], RATE_LIMITED)

        self.write_conf(limits={"verb.order.list": "1000/1000"})
        self.hang_up("config_reloaded")
        wait_for("lists are answered again", lambda: self.lists(kiosk) == [0, 0])

    def test_what_needs_a_restart_is_said(self):
        self.write_conf(store={"name": "Elsewhere"})
        self.assertIn("restart_needed=yes", self.hang_up("config_reloaded"))
        self.assertEqual(self.store.get("/v1/status")["store"]["name"], "Scratch")

    def test_a_new_pin_ends_the_old_one(self):
        till = self.device("till-1")

        def say(order_id, pin):
            return till.ask("order.place", order_id=order_id, operator="anna", override_pin=pin,
                            lines=order_lines((COLA, 1)))["code"]
        self.write_conf(stock={"override_pin": kept_pin("4711")})
        self.hang_up("config_reloaded")
        self.assertEqual([say("pin-1", "4711"), say("pin-2", "4711")], [0, 0])
        self.write_conf(stock={"override_pin": kept_pin("0815")})
        self.hang_up("config_reloaded")
        self.assertEqual([say("pin-3", "4711"), say("pin-4", "0815")], [NOT_AUTHORIZED, 0])

    def test_orders_go_on_over_a_reload(self):
        kiosk = self.device("kiosk-2")
        self.write_conf(**{"channel.KIOSK": {"expiry_s": 7}})
        placed = self.ok(kiosk.ask("order.place", order_id="hup-1", lines=order_lines((COLA, 1))))
        self.assertGreater(placed["order"]["expires_in_ms"], 7000)
        self.hang_up("config_reloaded")
        placed = self.ok(kiosk.ask("order.place", order_id="hup-2", lines=order_lines((COLA, 1))))
        self.assertLessEqual(placed["order"]["expires_in_ms"], 7000)
        self.ok(kiosk.ask("order.cancel", order_id="hup-1"))


if __name__ == "__main__":
    unittest.main()
