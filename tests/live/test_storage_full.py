#!/usr/bin/python3
"""The store fills up: first an alert, then no new orders, while what is open goes on to its end."""

import signal
import unittest

from live import COLA, MARGHERITA, LiveTest, order_lines
from load import UNLIMITED
from store import wait_for

STORAGE_FULL, INTERNAL = 4003, 5000
ALARM, REFUSAL = "PH-1002", "PH-1003"
STEP = 30      # thick orders: some 8 % of the smallest map


def thick_lines():
    """About the most that one order may take: some 40 KiB in its three records."""
    return [{**line, "note": f"without onions {line['line']} " * 5}
            for line in order_lines(*[(COLA, 1)] * 80)]


class StorageTest(LiveTest):
    def used(self):
        return self.store.get("/v1/status")["store_data"]["used_permille"]

    def faults(self):
        """About the fill level; what the file system promises is another matter."""
        return [f["code"] for f in self.store.get("/v1/status")["faults"]
                if f["code"] in (ALARM, REFUSAL)]

    def sees(self, *codes):
        wait_for(f"faults {codes}", lambda: self.faults() == list(codes))

    def place_thick(self):
        """The code of one more of them."""
        order_id = f"thick-{len(self.placed)}"
        reply = self.store.ask("order.place", channel="KIOSK", order_id=order_id, req_id=order_id,
                               lines=thick_lines())
        if reply["code"] == 0:
            self.placed.append(order_id)
        return reply["code"]

    def setUp(self):
        self.placed = []

    def reopen(self, map_mib):
        self.store.stop_hub()
        self.store.conf["storage"]["map_mib"] = map_mib
        self.store._write_conf()
        self.store.start_hub()
        self.store.wait_broker()

    def verified(self):
        verdict = self.store.control("journal.verify")["result"]
        self.assertTrue(verdict["ok"] and verdict["audit_ok"], verdict)


class Levels(StorageTest):
    conf = {"storage": {"map_mib": 16, "alarm_percent": 15, "refuse_percent": 30,
                        "check_every_s": 1}, "limits": UNLIMITED}

    def place(self, device, order_id):
        return device.ask("order.place", order_id=order_id, lines=order_lines((MARGHERITA, 1)))

    def fill(self, fault):
        """In steps smaller than the distance of the levels, a look of the hub after each."""
        while fault not in self.faults():
            before = self.used()
            for _ in range(STEP):
                code = self.place_thick()
                if code == STORAGE_FULL and fault == REFUSAL:
                    break  # it looked in the middle of the step
                self.assertEqual(code, 0)
            wait_for("a look at the disk", lambda: self.used() > before)

    def fill_to_refusal(self, kiosk, till):
        self.fill(ALARM)
        self.assertEqual(self.faults(), [ALARM])
        self.assertEqual(till.wait("alert/disk")["kind"], "DISK")
        self.assertGreaterEqual(self.used(), 150)
        self.ok(self.place(kiosk, "at-alarm"))
        self.fill(REFUSAL)
        self.assertGreaterEqual(self.used(), 300)
        self.assertEqual(self.faults(), [REFUSAL])
        self.assertEqual(self.store.get("/v1/status")["faults"][0]["code"], REFUSAL)
        till.wait("alert/disk", lambda v: v["text"].endswith("No new orders."))

    def what_is_open_goes_on(self, kiosk, till, due):
        paid = {"payments": [{"pay_id": "s", "tender": "CASH", "amount": due}]}
        self.code(STORAGE_FULL, self.place(kiosk, "new-1"))
        self.code(STORAGE_FULL, till.ask("order.sell", order_id="new-2", **paid,
                                         lines=order_lines((MARGHERITA, 1))))
        self.code(STORAGE_FULL, till.ask("order.add", order_id="early-2",
                                         lines=[{"line": 2, "object_id": COLA, "qty": "1"}]))
        self.ok(kiosk.ask("order.pay", order_id="early-1", pay_id="p", tender="CARD", amount=due))
        self.ok(kiosk.ask("order.cancel", order_id="early-2"))
        oven = self.device("kds-oven")
        for verb in ("ticket.start", "ticket.ready", "ticket.bump"):
            self.ok(oven.ask(verb, order_id="early-1", station="oven", round=1))
        self.ok(oven.ask("order.serve", order_id="early-1"))
        self.ok(till.ask("stock.sold_out", object_type=2, object_id=COLA))
        self.ok(till.ask("stock.on_sale", object_type=2, object_id=COLA))
        self.assertEqual(self.store.control("order.get", order_id="early-1")["order"]["state"],
                         "ENDED")

    def sells_again(self, kiosk, order_id):
        wait_for("selling", lambda: self.place(kiosk, order_id)["code"] == 0)
        self.assertNotIn(REFUSAL, self.faults())

    def test_alarm_then_refusal_then_room(self):
        kiosk, till = self.device("kiosk-1"), self.device("till-1", "alert/#")
        due = self.ok(self.place(kiosk, "early-1"))["order"]["due"]
        self.ok(self.place(kiosk, "early-2"))
        self.fill_to_refusal(kiosk, till)
        self.what_is_open_goes_on(kiosk, till, due)

        self.store.conf["storage"].update(alarm_percent=80, refuse_percent=90)
        self.store._write_conf()
        self.store.hub.send_signal(signal.SIGHUP)
        self.sells_again(kiosk, "more-1")
        till.wait_gone("alert/disk")

        self.store.conf["storage"].update(alarm_percent=15, refuse_percent=30)
        self.reopen(16)
        self.sees(REFUSAL)
        till.wait("alert/disk")
        self.code(STORAGE_FULL, self.place(kiosk, "more-2"))
        self.reopen(64)
        self.sells_again(kiosk, "more-2")
        till.wait_gone("alert/disk")
        self.verified()


class Full(StorageTest):
    """No level stops the orders: the map itself is full."""

    conf = {"storage": {"map_mib": 16, "alarm_percent": 98, "refuse_percent": 99,
                        "check_every_s": 3600}, "limits": UNLIMITED}

    def test_a_full_map_refuses_and_keeps_what_it_has(self):
        kiosk = self.device("kiosk-1")
        codes = []
        while not codes or codes[-1] == 0:
            codes.append(self.place_thick())
        self.assertEqual(codes[-1], INTERNAL)
        self.sees(REFUSAL)
        self.code(STORAGE_FULL, kiosk.ask("order.place", order_id="one-more",
                                          lines=order_lines((COLA, 1))))
        self.assertIsNone(self.store.hub.poll())
        self.reopen(64)
        for order_id in self.placed:
            self.assertEqual(self.store.control("order.get", order_id=order_id)["order"]["state"],
                             "PLACED")
        self.ok(kiosk.ask("order.place", order_id="one-more", lines=order_lines((COLA, 1))))
        self.verified()


if __name__ == "__main__":
    unittest.main()
