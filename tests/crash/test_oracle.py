#!/usr/bin/python3
"""Tests the tester: with a planted fault in the hub's answers the oracle must go red."""

import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "lib"))

from oracle import Acknowledged, Order, holds_t, judge, order_of, tenths  # noqa: E402

LOG = """\
order.place k1-1 a-1 0
order.place k1-2 a-2 0
order.pay k1-3 a-2 0
order.place k2-1 a-3 0
order.cancel k2-2 a-3 0
order.sell t-1 a-4 0
stock.set t-2 - 0
order.pay k1-9 a-1 2006
"""


class Oracle(unittest.TestCase):
    def setUp(self):
        self.acknowledged = Acknowledged()
        for line in LOG.splitlines():
            self.acknowledged.add(line)
        orders = [Order("a-1", "PLACED", {(1, "1001"): 20, (2, "1002"): 10}, 0),
                  Order("a-2", "PAID", {(1, "1001"): 10}, 1),
                  Order("a-3", "CANCELLED", {(1, "1002"): 30}, 0),
                  Order("a-4", "ENDED", {(1, "1002"): 10}, 1)]
        self.orders = {o.order_id: o for o in orders}
        self.taken = dict(holds_t(orders))
        self.journal = {"ok": True, "audit_ok": True}

    def change(self, order_id, **fields):
        self.orders[order_id] = self.orders[order_id]._replace(**fields)

    def judge(self):
        return judge(self.acknowledged, self.orders.get, self.taken, self.journal)

    def red(self, lost, duplicated, word):
        verdict = self.judge()
        self.assertEqual((verdict.lost, verdict.duplicated), (lost, duplicated), verdict.faults)
        self.assertTrue(any(word in f for f in verdict.faults), verdict.faults)

    def test_good_hub_is_green(self):
        self.assertEqual(self.judge(), (4, 0, 0, []))
        self.assertEqual(self.taken, {"1001": 30, "1002": 20})

    def test_order_that_went_on_is_green(self):
        self.change("a-2", state="ENDED")
        self.assertEqual(self.judge().faults, [])

    def test_request_answered_twice_counts_once(self):
        self.acknowledged.add("order.pay k1-3 a-2 0")
        self.assertEqual(self.judge().faults, [])

    def test_order_removed_from_the_hub(self):
        del self.orders["a-2"]
        self.red(1, 1, "a-2 is not in the hub")

    def test_order_and_its_stock_forgotten(self):
        del self.orders["a-2"]
        self.taken["1001"] -= 10
        self.red(1, 0, "a-2 is not in the hub")

    def test_payment_forgotten(self):
        self.change("a-2", state="PLACED", payments=0)
        self.red(1, 0, "1 payments acknowledged, 0 there")

    def test_payment_taken_twice(self):
        self.change("a-2", payments=2)
        self.red(0, 1, "2 payments, 1 acknowledged")

    def test_sale_forgotten(self):
        self.change("a-4", state="PLACED")
        self.red(1, 0, "order.sell was acknowledged, it is PLACED")

    def test_cancel_forgotten(self):
        self.change("a-3", state="PLACED")
        self.red(2, 0, "order.cancel was acknowledged")

    def test_stock_taken_twice(self):
        self.taken["1001"] += 20
        self.red(0, 1, "item 1001: 50 tenths taken, acknowledged orders hold 30")

    def test_stock_not_taken(self):
        self.taken["1001"] -= 20
        self.red(1, 0, "item 1001")

    def test_journal_edited(self):
        self.journal.update(ok=False, why="hash", bad_at=[1, 11])
        self.red(0, 0, "journal: hash at [1, 11]")

    def test_audit_red(self):
        self.journal.update(audit_ok=False, audit_why="I1 1001")
        self.red(0, 0, "audit: I1 1001")

    def test_reading_the_wire(self):
        snapshot = {"order_id": "a-1", "state": "PLACED", "payments": [],
                    "lines": [{"line": 1, "object_id": "1001", "qty": "2.5"}]}
        self.assertEqual(order_of(snapshot), Order("a-1", "PLACED", {(1, "1001"): 25}, 0))
        self.assertEqual([tenths(t) for t in ("0", "8.5", "-1.5", "-0.5")], [0, 85, -15, -5])


if __name__ == "__main__":
    unittest.main()
