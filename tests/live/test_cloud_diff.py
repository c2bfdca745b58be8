#!/usr/bin/python3
"""Rows that hub and center hold differently are found, repaired or named (sync-protocol 4.8; T54)."""

import signal
import unittest

import center_line
from live import CAKE, COLA, MARGHERITA, order_lines
from store import wait_for


class Differ(center_line.CenterLine):
    def setUp(self):
        self.wait_drained()

    def compared(self):
        return self.store.get("/v1/status")["cloud"].get("compared", {"rounds": 0})

    def fault(self):
        return next((f for f in self.store.get("/v1/status")["faults"] if f["code"] == "PH-2106"),
                    None)

    def compare(self):
        """The hub reconnects, and compares; what came of it."""
        self.store.restart_hub(signal.SIGTERM)
        self.store.wait_broker()
        wait_for("a comparison", lambda: self.compared()["rounds"] > 0, alive=self.store.hub)
        return self.compared()

    def flip(self, what, object_id):
        self.center.sql(f"UPDATE poi_item_stock SET {what} WHERE poi_id = '417'"
                        f" AND object_id = {object_id}")

    def test_equal_books_are_equal(self):
        self.store.control("stock.sold_out", object_type=2, object_id=COLA)
        self.wait_drained()
        result = self.compare()
        self.assertEqual((result["rows"], result["differed"]), (3, 0), result)
        self.assertNotIn("object", result)
        self.store.control("stock.on_sale", object_type=2, object_id=COLA)

    def test_a_counter_that_was_changed_at_the_center_is_put_right(self):
        """T54"""
        with self.device("till-1") as till:
            self.ok(till.ask("order.place", order_id="d-1", lines=order_lines((CAKE, 2))))
        self.wait_drained()
        for what in ("h_t = h_t - 30", "lh_t = lh_t + 10", "c_t = c_t - 50",
                     "base_t = base_t + 40", "plan_t = plan_t + 10", "stock_status = 2",
                     "auto_restore_type = 3 - auto_restore_type"):
            with self.subTest(what=what):
                self.flip(what, CAKE)
                result = self.compare()
                self.assertEqual((result["differed"], result["repaired"], result["stuck"]),
                                 (1, 1, 0), result)
                self.assertEqual(result["object"], f"2:{CAKE}")
                self.assertIsNone(self.fault())
                self.assert_books_equal()
        self.flip("stock_status = 1", CAKE)
        self.compare()

    def test_what_cannot_be_put_right_is_named(self):
        """Rights that the store never returned: nothing that it says takes them back."""
        self.wait_drained()
        self.flip("xr_t = 30", MARGHERITA)
        result = self.compare()
        self.assertEqual((result["differed"], result["repaired"], result["stuck"]), (1, 0, 1),
                         result)
        self.assertIn("|0,0|", result["here"])
        self.assertIn("|0,30|", result["there"])
        self.assertTrue(result["there"].startswith(f"v1|2|{MARGHERITA}|"), result)
        wait_for("the alert", self.fault)
        self.flip("xr_t = 0", MARGHERITA)
        self.assertEqual(self.compare()["differed"], 0)
        wait_for("the alert ends", lambda: not self.fault())

    def test_what_the_center_has_lost_is_lost_here_too(self):
        self.store.control("stock.channel", object_type=2, object_id=MARGHERITA, channel="POS",
                           on_sale=False)
        self.wait_drained()
        self.center.sql("DELETE FROM poi_item_channel_stock WHERE poi_id = '417' AND stock_id ="
                        " (SELECT id FROM poi_item_stock WHERE poi_id = '417'"
                        f" AND object_id = {MARGHERITA})")
        result = self.compare()
        self.assertEqual((result["differed"], result["repaired"], result["stuck"]), (1, 1, 0),
                         result)


if __name__ == "__main__":
    center_line.need_postgresql()
    unittest.main()
