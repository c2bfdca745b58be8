#!/usr/bin/python3
"""An old copy of the store is put back: the devices have seen more than it has (sync-protocol 3.7).

The hub tells, goes on selling, forgets at the broker what it no longer has, and is itself again
after the operator opened a new epoch and confirmed."""

import os
import shutil
import unittest

from live import CAKE, COLA, MARGHERITA, LiveTest, order_lines
from store import wait_for

NOT_FOUND, ROLLED_BACK = 2001, "PH-1004"
KEPT = ("order/#", "stock/#", "pickup/#", "alert/#")


class Rollback(LiveTest):
    def tearDown(self):
        if self.faults():  # the next copy would remember it too
            self.store.control("store.confirm")
        super().tearDown()

    def place(self, device, order_id, **more):
        return self.ok(device.ask("order.place", order_id=order_id,
                                  lines=order_lines((MARGHERITA, 1)), **more))

    def faults(self):
        return [f for f in self.store.get("/v1/status")["faults"] if f["code"] == ROLLED_BACK]

    def copy_of_today(self):
        self.store.stop_hub()
        copy = os.path.join(self.store.folder, f"copy-{self.id()}")
        shutil.copytree(self.store.data_dir, copy)
        self.start()
        return copy

    def put_back(self, copy):
        self.store.stop_hub(9)
        shutil.rmtree(self.store.data_dir)
        shutil.copytree(copy, self.store.data_dir)
        self.start()

    def start(self):
        self.store.start_hub()
        self.store.wait_broker()

    def sell_what_will_be_lost(self, kiosk, till, prefix):
        """Returns the newest position that a device was shown."""
        self.ok(till.ask("stock.sold_out", object_type=2, object_id=CAKE))
        till.wait(f"stock/sku/{CAKE}")
        for n in range(5):
            at = self.place(kiosk, f"{prefix}-{n}")["at"]
        till.wait(f"order/{prefix}-4")
        return at

    def rolled_back(self):
        """A store put back, a kiosk and a till that saw more, and what the kiosk saw."""
        prefix = self.id().rsplit("_", 1)[-1]
        kiosk, till = self.device("kiosk-1"), self.device("till-1", *KEPT)
        self.place(kiosk, f"{prefix}-early")
        copy = self.copy_of_today()
        seen = self.sell_what_will_be_lost(kiosk, till, prefix)
        self.put_back(copy)
        return kiosk, till, prefix, seen

    def tell(self, kiosk, seen):
        """The kiosk shows what it saw; the alert that follows."""
        self.assertEqual(self.faults(), [])
        self.ok(kiosk.ask("time.get", seen=seen))
        fault = wait_for("the fault", self.faults)[0]
        self.assertIn(f"kiosk-1 has seen position {seen[0]}/{seen[1]}", fault["text"])
        return f"alert/rollback-{self.store.get('/v1/status')['boot']}"

    def test_what_the_store_lost_is_cleared_at_the_broker(self):
        kiosk, till, prefix, _ = self.rolled_back()
        for n in range(5):
            till.wait_gone(f"order/{prefix}-{n}")
        till.wait_gone(f"stock/sku/{CAKE}")
        self.assertEqual(till.wait(f"order/{prefix}-early")["state"], "PLACED")
        self.code(NOT_FOUND, kiosk.ask("order.get", order_id=f"{prefix}-0"))

    def test_a_lost_order_comes_again_when_its_device_repeats_it(self):
        kiosk, till = self.device("kiosk-1"), self.device("till-1", *KEPT)
        copy = self.copy_of_today()
        first = self.place(kiosk, "repeat-1", req_id="repeat-req")
        self.put_back(copy)
        again = self.place(kiosk, "repeat-1", req_id="repeat-req", seen=first["at"])
        self.assertFalse(again["replayed"])
        self.assertEqual(again["order"]["due"], first["order"]["due"])
        till.wait("order/repeat-1")

    def test_a_witness_is_believed_and_selling_goes_on(self):
        kiosk, till, prefix, seen = self.rolled_back()
        topic = self.tell(kiosk, seen)
        self.assertEqual(till.wait(topic)["kind"], "ROLLBACK")
        self.place(kiosk, f"{prefix}-after", seen=seen)
        opened = self.store.control("store.confirm")["result"]["epoch"]
        self.assertGreater(opened, seen[0])
        till.wait_gone(topic)
        self.assertEqual(self.faults(), [])
        self.ok(kiosk.ask("time.get", seen=seen))
        self.place(kiosk, f"{prefix}-confirmed", seen=seen)
        self.assertEqual(self.faults(), [])

    def test_a_kill_and_a_restart_forget_no_witness(self):
        kiosk, _, prefix, seen = self.rolled_back()
        self.tell(kiosk, seen)
        self.place(kiosk, f"{prefix}-kept", seen=seen)  # whatever is sold keeps it
        self.store.stop_hub(9)
        self.start()
        self.assertEqual(len(self.faults()), 1)
        opened = self.store.control("store.confirm")["result"]["epoch"]
        self.assertEqual(opened, seen[0] + 1)
        self.assertEqual(self.faults(), [])
        self.store.stop_hub(9)
        self.start()
        self.assertEqual(self.faults(), [])

    def test_a_wrong_tag_is_only_counted(self):
        kiosk = self.device("kiosk-1")
        before = self.metric("witness_bad_total")
        self.ok(kiosk.ask("time.get", seen=[10 ** 9, 1, "00000000"]))
        self.assertEqual(self.metric("witness_bad_total"), before + 1)
        self.assertEqual(self.faults(), [])

    def test_a_new_epoch_is_above_all_that_was_seen(self):
        kiosk, till, prefix, seen = self.rolled_back()
        topic = self.tell(kiosk, seen)
        opened = self.store.control("store.new_epoch", reason="an old disk")["result"]["epoch"]
        self.assertEqual(opened, seen[0] + 1)
        till.wait_gone(topic)
        kiosk.wait("hub", lambda v: v and v["epoch"] == opened)
        order = self.place(kiosk, f"{prefix}-new", seen=seen)
        self.assertEqual(order["at"][0], opened)
        self.assertGreater(till.wait(f"order/{prefix}-new")["at"][:2], seen[:2])

        self.store.restart_hub()
        self.store.wait_broker()
        self.ok(kiosk.ask("time.get", seen=seen))
        self.ok(kiosk.ask("time.get", seen=order["at"]))
        self.assertEqual(self.faults(), [])
        verdict = self.store.control("journal.verify")["result"]
        self.assertTrue(verdict["ok"] and verdict["audit_ok"], verdict)


if __name__ == "__main__":
    unittest.main()
