#!/usr/bin/python3
"""One bit on the disk is wrong: the record is refused by name, and the rest of the store sells on."""

import struct
import subprocess
import unittest

from live import CAKE, COLA, MARGHERITA, LiveTest, order_lines
from lmdb_file import LmdbFile
from store import SOON_S, wait_for

INTERNAL, STORAGE_FAULT, DAMAGED = 5000, 4, "PH-1006"


def sku_key(object_id):
    return struct.pack(">BQ", 2, int(object_id))


class DamageTest(LiveTest):
    conf = {"channel.EMENU": {"expiry_s": 600}, "channel.KIOSK": {"expiry_s": 8}}

    def damage(self, *records):
        """Stops the hub, flips a bit in each record, starts it again. (table, accept) -> names."""
        self.store.stop_hub()
        named = []
        for table, accept in records:
            key = LmdbFile(self.store.data_dir).damage(table, accept)
            text = key.decode() if key.isascii() and key.decode().isprintable() else key.hex()
            named.append(f"table {table}, key {text}: checksum does not match")
        return named

    def restart(self):
        self.store.start_hub()
        self.store.wait_broker()

    def place(self, device, order_id, object_id=COLA, **more):
        return device.ask("order.place", order_id=order_id, lines=order_lines((object_id, 1)), **more)

    def named_everywhere(self, named):
        """Status, alert and log tell which record it is."""
        def fault():
            return [f for f in self.store.get("/v1/status")["faults"] if f["code"] == DAMAGED]
        text = wait_for("a fault about damage", fault)[0]["text"]
        self.assertTrue(any(name in text for name in named), text)
        till = self.device("till-1", "alert/#")
        self.assertEqual(till.wait("alert/bad-record")["kind"], "DATA")
        for name in named:
            self.assertIn(name, self.store.log(lines=400))
        return till


class BadRows(DamageTest):
    """An order, an item's stock, a device and an item of the menu are damaged at once."""

    def setUp(self):
        kiosk, till = self.device("kiosk-1"), self.device("till-1")
        for object_id in (CAKE, COLA):
            self.ok(till.ask("stock.plan", object_type=2, object_id=object_id, limited=True,
                             plan="100"))
            self.ok(till.ask("stock.set", object_type=2, object_id=object_id, qty="100"))
        order = self.ok(self.place(till, "paid-1", MARGHERITA))["order"]
        self.ok(till.ask("order.pay", order_id="paid-1", pay_id="p", tender="CASH",
                         amount=order["due"]))
        self.due = self.ok(self.place(till, "good-1", MARGHERITA))["order"]["due"]
        self.ok(self.place(kiosk, "bad-1"))
        self.ok(self.place(kiosk, "expires-1"))
        for device in (kiosk, till):
            device.close()
        self.named = self.damage(("order_open", lambda _, value: b"bad-1" in value),
                                 ("stock", lambda key, _: key == sku_key(CAKE)),
                                 ("device", lambda key, _: key == b"kds-bar"))
        self.restart()

    def refuses_what_is_damaged(self, till):
        for verb, more in (("order.get", {}), ("order.cancel", {}),
                           ("order.pay", {"pay_id": "p", "tender": "CASH", "amount": self.due})):
            self.code(INTERNAL, till.ask(verb, order_id="bad-1", **more))
        self.code(INTERNAL, self.place(till, "cake-1", CAKE))

    def lists_show_the_rest(self, till):
        listed = {o["order_id"] for o in self.ok(till.ask("order.list"))["orders"]}
        self.assertLessEqual({"paid-1", "good-1"}, listed)
        self.assertNotIn("bad-1", listed)
        snapshot = self.ok(till.ask("sync.snapshot"))
        self.assertIn("good-1", [o["order_id"] for o in snapshot["orders"]])
        stocks = self.store.pages("stock.list", "stocks")
        self.assertIn(COLA, [s["object_id"] for s in stocks])
        devices = self.store.control("device.list")["devices"]
        self.assertEqual({d["device"] for d in devices},
                         {name for name in self.crew if name != "kds-bar"})

    def the_rest_goes_on(self, till):
        self.ok(till.ask("order.pay", order_id="good-1", pay_id="q", tender="CASH", amount=self.due))
        self.ok(till.ask("stock.adjust", object_type=2, object_id=COLA, delta="5", reason="FOUND"))
        self.ok(till.ask("stock.set", object_type=2, object_id=COLA, qty="50", basis="physical"))
        self.ok(self.place(till, "new-1"))
        oven = self.device("kds-oven", "ticket/oven/#")
        oven.wait("ticket/oven/good-1/1")
        wait_for("the timer behind the bad order's",
                 lambda: self.store.control("order.get", order_id="expires-1")["order"]["state"] ==
                 "EXPIRED")
        day = self.store.control("day.close")["result"]
        self.assertGreaterEqual(day["orders"], 3)
        verdict = self.store.control("journal.verify")["result"]
        self.assertTrue(verdict["ok"], verdict)
        self.assertFalse(verdict["audit_ok"], verdict)
        self.assertIn("checksum does not match", verdict["audit_why"])

    def mends_what_can_be(self, till):
        """A device that is added again has a whole record again."""
        self.crew["kds-bar"] = self.store.add_device("kds-bar", "kds", ["bar"])
        self.device("kds-bar", "ticket/bar/#")

    def test_they_are_refused_by_name_and_the_rest_goes_on(self):
        till = self.named_everywhere(self.named)
        self.refuses_what_is_damaged(till)
        self.lists_show_the_rest(till)
        self.the_rest_goes_on(till)
        self.mends_what_can_be(till)


class BadMenu(DamageTest):
    def test_a_damaged_item_is_not_sold_until_the_menu_comes_again(self):
        named = self.damage(("menu", lambda _, value: b"Lava cake" in value))
        self.restart()
        till = self.named_everywhere(named)
        self.code(INTERNAL, self.place(till, "cake-1", CAKE))
        self.ok(self.place(till, "cola-1", COLA))
        items = self.ok(till.ask("menu.get"))["items"]
        self.assertEqual({item["object_id"] for item in items}, {COLA, MARGHERITA})
        self.store.import_menu(self.menu)
        self.ok(self.place(till, "cake-2", CAKE))
        self.store.restart_hub()
        self.store.wait_broker()
        till.wait_gone("alert/bad-record")


class BadJournal(DamageTest):
    def test_the_event_is_named_and_selling_goes_on(self):
        till = self.device("till-1")
        at = self.ok(self.place(till, "event-1"))["at"]
        self.ok(self.place(till, "event-2"))
        key = struct.pack(">IQ", at[0], at[1])
        named = self.damage(("body", lambda k, _: k == key))
        self.restart()
        till = self.named_everywhere(named)
        verdict = self.store.control("journal.verify")["result"]
        self.assertEqual((verdict["ok"], verdict["bad_at"]), (False, at[:2]))
        self.assertIn(named[0], verdict["why"])
        self.ok(self.place(till, "event-3"))


class BadHead(DamageTest):
    def test_without_its_head_the_store_does_not_open(self):
        named = self.damage(("meta", lambda key, _: key == b"head"))
        tried = subprocess.run([self.store.program("poshubd"), "-c", self.store.conf_path],
                               capture_output=True, text=True, timeout=SOON_S)
        self.assertEqual(tried.returncode, STORAGE_FAULT, tried.stderr)
        self.assertIn(named[0], tried.stderr)


if __name__ == "__main__":
    unittest.main()
