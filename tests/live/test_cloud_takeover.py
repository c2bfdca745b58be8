#!/usr/bin/python3
"""A spare box takes a store over that was in the middle of its day: open orders go on there, with
their stock and their food (sync-protocol 3.7)."""

import os
import shutil
import unittest

import center_line
from boxes import PLAN, BoxTest
from live import CAKE, COLA, MARGHERITA, order_lines
from papers import merchant
from store import wait_for

SALVAGE = "/api/v1/poi/hub/salvage"
ORDERS = "/api/v1/orders?brandId=1&poiId=417&side=store"


class Takeover(BoxTest):
    def opened(self, box):
        """Placed; paid and not served; a table whose first round is served; two that end."""
        self.use(box)
        with self.device("till-1") as till:
            self.ok(till.ask("order.place", order_id="placed", lines=order_lines((COLA, 2))))
            self.ok(till.ask("order.sell", order_id="paid", lines=order_lines((MARGHERITA, 2)),
                             payments=[{"pay_id": "p1", "tender": "CARD", "amount": "25.5"}]))
            self.ok(till.ask("order.place", order_id="table", table="7",
                             lines=order_lines((MARGHERITA, 1), (COLA, 3)), note="no onions"))
            self.ok(till.ask("order.serve", order_id="table", round=1))
            self.ok(till.ask("order.void", order_id="table", void_id="v1", operator="anna",
                             lines=[{"line": 2, "qty": "1"}]))
            self.ok(till.ask("order.add", order_id="table",
                             lines=[{"line": 3, "object_id": CAKE, "qty": "2"}]))
            self.ok(till.ask("order.place", order_id="gone", lines=order_lines((COLA, 9))))
            self.ok(till.ask("order.cancel", order_id="gone"))
        self.sell(box, "over", 1)
        box.store.control("order.serve", order_id="over-0")
        self.settled(box)

    def orders(self, box):
        return {o["order_id"]: o for o in box.store.ask("order.list")["orders"]
                if o["state"] in ("PLACED", "PAYING", "PAID")}

    def tickets(self, box, order_id):
        trace = box.store.control("order.trace", order_id=order_id)
        return sorted((t["station"], t["round"]) for t in trace["tickets"])

    def assert_level(self, box, reals):
        """Both sides have these, lock for lock."""
        self.settled(box)
        self.assertEqual(box.reals(), reals)
        code, text = box.ctl("sync", "diff")
        self.assertEqual(code, 0, text)
        self.assertIn("all equal", text)
        locks = self.center.sql("SELECT object_id, lh_t FROM poi_item_stock ORDER BY object_id")
        ours = [box.store.control("stock.explain", object_type=2, object_id=object_id)
                for object_id, _ in locks]
        self.assertEqual([float(row["locked"]) * 10 for row in ours],
                         [float(lh_t) for _, lh_t in locks])

    def take_over(self):
        """The second box, and what was real at the first one."""
        first = self.box("BX-01").start()
        first.limit()
        self.enrol(first)
        self.opened(first)
        before = first.reals()
        first.stop()
        second = self.box("BX-02").start()
        self.enrol(second)
        return second, before

    def test_open_orders_go_on_at_the_second_box(self):
        box, before = self.take_over()
        orders = self.orders(box)
        self.assertEqual({k: (o["state"], o["kitchen"], o["due"]) for k, o in orders.items()}, {
            "placed": ("PLACED", "NONE", "6.0000"), "paid": ("PAID", "QUEUED", "25.5000"),
            "table": ("PLACED", "SERVED", "31.7500")})
        self.assertEqual([(line["line"], line["qty"], line["round"])
                          for line in orders["table"]["lines"]],
                         [(1, "1", 1), (2, "2", 1), (3, "2", 2)])
        self.assertEqual((orders["table"]["table"], orders["table"]["note"]), ("7", "no onions"))
        self.assertEqual(self.tickets(box, "paid"), [("oven", 1)])
        self.assert_level(box, before)
        self.use(box)
        with self.device("till-1") as till:
            self.ok(till.ask("order.cancel", order_id="placed"))
            self.code(2003, till.ask("order.pay", order_id="paid", pay_id="p1", tender="CARD",
                                     amount="25.5"))
            self.ok(till.ask("order.pay", order_id="table", pay_id="t1", tender="CASH",
                             amount="31.75"))
        self.assertEqual(self.tickets(box, "table"), [("oven", 2)])
        for order_id in ("paid", "table"):
            box.store.control("order.serve", order_id=order_id)
        self.assertEqual(self.orders(box), {})
        self.assert_level(box, {COLA: before[COLA] - 2, CAKE: before[CAKE] - 2,
                                MARGHERITA: before[MARGHERITA] - 1})
        at_center = {o["order_id"]: o["state"]
                     for o in self.center.get(ORDERS, headers=merchant(self.center))[1]["orders"]}
        self.assertEqual(at_center, {"placed": "CANCELLED", "paid": "ENDED", "table": "ENDED",
                                     "gone": "CANCELLED", "over-0": "ENDED"})

    def test_a_claim_is_above_what_a_device_has_seen(self):
        box = self.box().start()
        box.limit()
        self.enrol(box)
        box.store.stop_hub()
        image = os.path.join(box.store.folder, "image")
        shutil.copytree(box.store.data_dir, image)
        box.wire.cut()
        box.store.start_hub()
        box.store.wait_broker()
        for _ in range(3):
            box.store.control("store.new_epoch", reason="test")
        self.use(box)
        kiosk = self.device("kiosk-1")
        seen = self.ok(kiosk.ask("order.place", order_id="lost",
                                 lines=order_lines((COLA, 1))))["at"]
        box.store.stop_hub()
        shutil.rmtree(box.store.data_dir)
        shutil.copytree(image, box.store.data_dir)
        box.store.start_hub()
        box.store.wait_broker()
        self.ok(kiosk.ask("time.get", seen=seen))
        box.wire.mend()
        code, text = box.ctl("cloud", "claim", "--token", self.token())
        self.assertEqual(code, 0, text)
        wait_for("claimed", lambda: box.status()["epoch"] > seen[0])
        self.settled(box)
        self.assertNotIn("PH-1004", [f["code"] for f in box.status()["faults"]])

    def test_old_events_that_the_center_refuses_are_named(self):
        box = self.box().start()
        box.limit()
        self.enrol(box)
        box.wire.cut()
        self.sell(box, "old", 3)
        old = box.status()["epoch"]
        box.store.control("store.new_epoch", reason="test")
        fault = {"path": SALVAGE, "count": 1000, "fault": "status", "status": 500}
        self.assertEqual(self.center.post("/test/faults", fault), (200, {"code": 0}))
        box.wire.mend()
        box.store.control("sync.now")

        def alert():
            return next((f for f in box.status()["faults"] if f["code"] == "PH-2110"), None)
        wait_for("it is told", alert)
        self.assertEqual(box.status()["cloud"]["link"], "up")
        left = box.status()["cloud"]["salvage"]["left"]
        self.assertGreaterEqual(left, 3)
        _, text = box.ctl("cloud", "status")
        self.assertIn(f"{left} events of an earlier epoch have yet to be told", text)
        _, text = box.ctl("queue", "list")
        self.assertIn("events of an earlier epoch, told as salvage", text)
        self.assertIn(f"{old}-", text)
        self.assertEqual(self.center.post("/test/faults", {**fault, "fault": "none"}),
                         (200, {"code": 0}))
        box.store.control("sync.now")
        wait_for("it is over", lambda: "salvage" not in box.status()["cloud"] and not alert())
        self.settled(box)
        self.assertEqual(box.real(COLA), PLAN - 3)

    def test_a_claim_that_is_refused_says_what_to_do(self):
        first = self.box("BX-01").start()
        first.limit()
        spent = self.enrol(first)
        second = self.box("BX-02").start()
        self.enrol(second)
        first.store.control("sync.now")
        self.wait_told(first, "PH-2104", "another box speaks for this store now",
                       "ask the center for a token, then poshubctl cloud claim --token")
        first.ctl("cloud", "claim", "--token", spent)
        self.wait_told(first, "PH-2111", "does not accept the token",
                       "ask the center for a new token")
        first.wire.cut()
        first.store.control("sync.now")
        self.wait_told(first, "PH-2101", "the center does NOT hear us",
                       "Look at the store's internet line.")
        first.wire.mend()
        first.ctl("cloud", "claim", "--token", self.token())
        wait_for("it has the store", lambda: first.status()["cloud"]["link"] == "up")
        self.settled(first)
        _, text = first.ctl("cloud", "status")
        self.assertNotIn("token", text)

    def test_a_count_covers_what_a_lost_box_had_not_told(self):
        """T66, LOOSE: the box is gone with sales that nobody heard of; later its disk is found."""
        first = self.box("BX-01").start()
        first.limit()
        self.enrol(first)
        self.sell(first, "told", 3)
        self.settled(first)
        first.wire.cut()
        self.sell(first, "untold", 2)
        self.sell(first, "cakes", 4, CAKE)
        first.store.stop_hub()
        second = self.box("BX-02").start()
        self.enrol(second)
        self.assertEqual(second.real(COLA), PLAN - 3)
        second.store.control("stock.set", object_type=2, object_id=COLA, qty=str(PLAN - 5))
        self.sell(second, "new", 1)
        self.settled(second)
        first.wire.mend()
        first.store.start_hub()
        first.store.wait_broker()
        wait_for("the old journal is told", lambda: second.real(CAKE) == PLAN - 4)
        wait_for("all of it", lambda: "salvage" not in first.status()["cloud"])
        self.assert_level(second, {COLA: PLAN - 6, CAKE: PLAN - 4, MARGHERITA: PLAN})

    def wait_told(self, box, fault, *texts):
        def told():
            _, text = box.ctl("cloud", "status")
            codes = [f["code"] for f in box.status()["faults"]]
            return fault in codes and all(part in text for part in texts)
        try:
            wait_for(fault, told, alive=box.store.hub)
        except Exception as e:
            raise AssertionError(f"{box.ctl('cloud', 'status')} {box.status()['faults']}") from e


if __name__ == "__main__":
    center_line.need_postgresql()
    unittest.main()
