#!/usr/bin/python3
"""What a device may hear and say is the broker's business, by rules the hub wrote."""

import os
import re
import time
import unittest

from device import PREFIX, Device
from live import COLA, LiveTest, order_lines

GRACE_S = 0.5  # what must not come has not come by then


def listening(pid):
    """(ip, port) of every TCP socket the process listens on."""
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            continue
        if found:
            inodes.add(found.group(1))
    ports = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as f:
            for line in f.readlines()[1:]:
                words = line.split()
                if words[3] == "0A" and words[9] in inodes:
                    ip, port = words[1].split(":")
                    ports.add((ip, int(port, 16)))
    return ports


class Rights(LiveTest):
    def test_broker_listens_where_it_was_told_and_nowhere_else(self):
        self.assertEqual(listening(self.store.broker.pid), {("0100007F", self.store.port)})

    def test_wrong_password_is_refused(self):
        device = Device(self.store, {**self.crew["kiosk-1"], "password": "wrong"})
        self.addCleanup(device.close)
        self.assertFalse(device.subscribed.wait(GRACE_S))
        self.assertNotEqual(device.refused, 0)

    def test_a_kiosk_does_not_hear_other_peoples_orders(self):
        two = self.device("kiosk-2", "order/#", "dev/kiosk-1/order/+", "dev/kiosk-1/res", "ticket/#")
        one = self.device("kiosk-1")
        self.ok(one.ask("order.place", order_id="priv-1", lines=order_lines((COLA, 1))))
        time.sleep(GRACE_S)
        self.assertEqual([t for t, _, _ in two.messages if "priv-1" in t or "kiosk-1" in t], [])

    def test_a_screen_hears_its_own_station_only(self):
        bar = self.device("kds-bar", "ticket/#")
        till = self.device("till-1", "ticket/#")
        sold = self.ok(till.ask(
            "order.sell", order_id="both-1", lines=order_lines(("1001", 1), (COLA, 1)),
            payments=[{"pay_id": "p1", "tender": "CASH", "amount": "15.7500"}]))
        self.assertEqual(sold["order"]["state"], "PAID")
        till.wait("ticket/oven/both-1/1")
        till.wait("ticket/bar/both-1/1")
        time.sleep(GRACE_S)
        self.assertEqual([t for t, _, _ in bar.messages if t.startswith("ticket/oven/")], [])

    def test_nobody_speaks_for_another_device(self):
        one, two = self.device("kiosk-1"), self.device("kiosk-2")
        two.client.publish(f"{PREFIX}dev/kiosk-1/req/order.place",
                           '{"req_id":"forged","order_id":"forged-1","lines":[]}', qos=1)
        time.sleep(GRACE_S)
        self.assertTrue(one.replies.empty() and two.replies.empty())

    def test_nobody_speaks_for_the_hub(self):
        kiosk, till = self.device("kiosk-1"), self.device("till-1", "stock/#")
        kiosk.client.publish(f"{PREFIX}stock/sku/{COLA}", '{"forged":true}', qos=1, retain=True)
        time.sleep(GRACE_S)
        self.assertNotIn(f"stock/sku/{COLA}", till.seen)

    def test_a_verb_of_another_role_is_refused(self):
        self.code(4005, self.device("kiosk-1").ask("stock.set", object_type=2, object_id=COLA,
                                                   qty="5"))

    def test_a_revoked_device_is_cut_off(self):
        entry = self.store.add_device("kiosk-9", "kiosk")
        device = Device(self.store, entry).__enter__()
        self.addCleanup(device.close)
        self.ok(device.ask("time.get"))
        self.store.control("device.revoke", device="kiosk-9")
        until = time.monotonic() + 5
        while device.subscribed.is_set() and time.monotonic() < until:
            time.sleep(0.02)
        self.assertFalse(device.subscribed.is_set(), "still connected")

    def test_a_request_that_is_no_json_is_answered(self):
        kiosk = self.device("kiosk-1")
        kiosk.client.publish(f"{PREFIX}dev/kiosk-1/req/order.place", "{not json", qos=1)
        until = time.monotonic() + 5
        while kiosk.replies.empty() and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual(kiosk.replies.get_nowait()["code"], 1010)


if __name__ == "__main__":
    unittest.main()
