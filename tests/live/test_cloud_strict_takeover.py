#!/usr/bin/python3
"""The box with the selling rights is lost: nobody sells them until somebody has counted, and the
count opens a new generation (sync-protocol 5.5; T66)."""

import os
import shutil
import unittest

import center_line
from boxes import BoxTest
from live import CAKE, order_lines
from papers import merchant
from store import wait_for

UPDATE, ORDERS = "/api/v1/poi/stock/update", "/api/v1/orders"
STORE = {"brandId": "1", "poiId": "417"}
EXHAUSTED = 1005


class Lost(BoxTest):
    """Cakes: 15, STRICT, 9 of them the store's. Quantities are portions."""

    def setUp(self):
        super().setUp()
        self.sales = 0

    def ask_center(self, path, body):
        return self.center.post(path, {**STORE, **body}, headers=merchant(self.center))

    def f2(self, box):
        channels = [{"channel_code": code, "stock_status": 1, "stock_type": 1, "weight": weight}
                    for code, weight in (("POS", 6), ("ONLINE_ORDER", 4))]
        status, answer = self.ask_center(UPDATE, {
            "object_id": int(CAKE), "object_type": 2, "stock_type": 2, "plan_quantity": 15,
            "real_quantity": 15, "mode": "STRICT", "channel_stocks": channels})
        self.assertEqual(status, 200, answer)
        box.store.control("sync.now")
        wait_for("its rights", lambda: self.rights(box) == 9, alive=box.store.hub)
        self.settled(box)

    def strict(self, box):
        stock = box.store.control("stock.get", object_type=2, object_id=CAKE)["stock"]
        return stock.get("strict", {})

    def rights(self, box):
        return float(self.strict(box).get("rights", "0"))

    def x(self):
        _, page = self.center.get(center_line.ROWS, headers=merchant(self.center))
        return next(r for r in page["rows"] if str(r["object_id"]) == CAKE)["x"]

    def try_sell(self, box, qty=1):
        self.use(box)
        self.sales += 1
        with self.device("till-1") as till:
            return till.ask("order.sell", order_id=f"s-{self.sales}",
                            lines=order_lines((CAKE, qty)), payments=[
                                {"pay_id": "p", "tender": "CASH", "amount": f"{6.5 * qty}"}])["code"]

    def try_online(self, qty=1):
        self.sales += 1
        status, answer = self.ask_center(ORDERS, {"order_id": f"w-{self.sales}", "lines": [
            {"line": 1, "object_id": int(CAKE), "name": "Cake", "qty": qty, "unit_price": "6.5"}]})
        return 0 if status == 200 else answer["code"]

    def assert_sound(self, box):
        self.settled(box)
        code, text = box.ctl("sync", "diff")
        self.assertEqual(code, 0, text)
        self.assertIn("all equal", text)
        verdict = box.store.control("journal.verify")["result"]
        self.assertTrue(verdict["ok"] and verdict["audit_ok"], verdict)

    def counted(self, box, qty):
        """Staff count at the new box, and the center answers with a generation."""
        box.store.control("stock.set", object_type=2, object_id=CAKE, qty=str(qty))
        self.assertEqual((self.rights(box), self.try_sell(box)), (0, EXHAUSTED))
        box.store.control("sync.now")
        wait_for("a new generation", lambda: self.x()["gen"].startswith("T:"))
        wait_for("its rights", lambda: self.rights(box) > 0, alive=box.store.hub)
        self.assert_sound(box)

    def test_its_rights_are_nobodys_until_the_count(self):
        """T66"""
        first = self.box("BX-01").start()
        self.enrol(first)
        self.f2(first)
        self.assertEqual(self.try_sell(first, 3), 0)
        self.settled(first)
        first.stop()
        second = self.box("BX-02").start()
        self.enrol(second)
        self.assertEqual((self.rights(second), self.try_sell(second)), (0, EXHAUSTED))
        self.assertEqual(self.x().get("presumed"), 60)
        self.assertEqual([self.try_online() for _ in range(2)], [0, 0])
        self.assertEqual(self.try_online(5), EXHAUSTED)
        code, text = second.ctl("stock", "show", CAKE)
        self.assertEqual(code, 0)
        self.assertIn("presumed", text)
        self.counted(second, 11)
        x = self.x()
        self.assertEqual((x["base"]["v_t"], x.get("presumed", 0)), (110, 0))
        here = int(self.rights(second))
        there = (x["base"]["v_t"] - x["Gr"] + x["C"] - x["base"]["c"] - x["Lc"]) // 10
        self.assertEqual(here + there, 9)  # 2 are ordered online and not paid
        second.wire.cut()
        self.assertEqual([self.try_sell(second, here), self.try_sell(second)], [0, EXHAUSTED])
        self.assertEqual([self.try_online(there), self.try_online()], [0, EXHAUSTED])
        second.wire.mend()
        second.store.control("sync.now")
        self.assert_sound(second)

    def test_what_it_had_sold_and_not_said_is_in_the_count(self):
        """The lost box comes back to the line: its late sales count as sold, not as rights."""
        first = self.box("BX-01").start()
        self.enrol(first)
        self.f2(first)
        first.wire.cut()
        self.assertEqual(self.try_sell(first, 4), 0)
        second = self.box("BX-02").start()
        self.enrol(second)
        self.assertEqual(self.try_sell(second), EXHAUSTED)
        self.counted(second, 11)
        first.wire.mend()
        first.store.control("sync.now")
        wait_for("salvaged", lambda: self.center.one(
            "SELECT count(*) FROM center_order WHERE order_id = 's-1'") == "1")
        self.assert_sound(second)
        self.assertEqual(second.real(CAKE), 11)

    def test_an_old_disk_sells_none_of_it(self):
        """Neither before the center has said so nor after, until somebody has counted."""
        box = self.box().start()
        self.enrol(box)
        self.f2(box)
        box.store.stop_hub()
        image = os.path.join(box.store.folder, "image")
        shutil.copytree(box.store.data_dir, image)
        box.store.start_hub()
        box.store.wait_broker()
        self.assertEqual(self.try_sell(box, 5), 0)
        self.settled(box)
        self.use(box)
        with self.device("till-1") as till:
            seen = till.ask("time.get")["at"]
        box.wire.cut()
        box.store.stop_hub()
        shutil.rmtree(box.store.data_dir)
        shutil.copytree(image, box.store.data_dir)
        box.store.start_hub()
        box.store.wait_broker()
        with self.device("till-1") as till:
            self.ok(till.ask("time.get", seen=seen))
        wait_for("it knows", lambda: [f for f in box.status()["faults"] if f["code"] == "PH-1004"])
        self.assertEqual(self.try_sell(box), EXHAUSTED)
        box.store.stop_hub(9)  # after that commit: what was witnessed is in it
        box.store.start_hub()
        box.store.wait_broker()
        self.assertEqual(self.try_sell(box), EXHAUSTED)
        epoch = box.status()["epoch"]
        box.wire.mend()
        box.store.control("sync.now")
        wait_for("a new epoch", lambda: box.status()["epoch"] > epoch)
        self.assertEqual((self.rights(box), self.try_sell(box)), (0, EXHAUSTED))
        self.counted(box, 10)


if __name__ == "__main__":
    center_line.need_postgresql()
    unittest.main()
