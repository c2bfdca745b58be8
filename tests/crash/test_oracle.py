#!/usr/bin/python3
"""Tests the tester: with a planted fault in the hub's answers the oracle must go red."""

import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "lib"))

from oracle import Acknowledged, Order, judge, order_of, tenths  # noqa: E402

JOURNAL_OK = {"ok": True, "audit_ok": True}


class Hub:
    """Answers as a good hub would; the tests then break it."""

    def __init__(self, orders):
        self.orders = {o.order_id: o for o in orders}
        self.taken = {"1001": 0, "1002": 0}
        self.journal = dict(JOURNAL_OK)
        for o in orders:
            if o.state != "CANCELLED":
                for (_, object_id), qty_t in o.lines.items():
                    self.taken[object_id] += qty_t

    def judge(self, acknowledged):
        return judge(acknowledged, self.orders.get, self.taken, self.journal)


class Oracle(unittest.TestCase):
    def setUp(self):
        told = [Order("a-1", "PLACED", (1, 10), {(1, "1001"): 20, (2, "1002"): 10}),
                Order("a-2", "PAID", (1, 12), {(1, "1001"): 10}),
                Order("a-3", "CANCELLED", (1, 14), {(1, "1002"): 30})]
        self.acknowledged = Acknowledged()
        for order in told:
            self.acknowledged.add(order)
        self.hub = Hub(told)

    def green(self):
        verdict = self.hub.judge(self.acknowledged)
        self.assertEqual((verdict.lost, verdict.duplicated, verdict.faults), (0, 0, []))

    def red(self, lost, duplicated, word):
        verdict = self.hub.judge(self.acknowledged)
        self.assertEqual((verdict.lost, verdict.duplicated), (lost, duplicated), verdict.faults)
        self.assertTrue(any(word in f for f in verdict.faults), verdict.faults)

    def test_good_hub_is_green(self):
        self.green()

    def test_older_acknowledgement_does_not_win(self):
        self.acknowledged.add(Order("a-2", "PLACED", (1, 11), {(1, "1001"): 10}))
        self.green()

    def test_order_that_went_on_is_green(self):
        self.hub.orders["a-1"] = self.hub.orders["a-1"]._replace(state="PAID")
        self.green()

    def test_order_removed_from_the_hub(self):
        del self.hub.orders["a-2"]
        self.red(1, 0, "a-2 is not in the hub")

    def test_order_and_its_stock_forgotten(self):
        del self.hub.orders["a-2"]
        self.hub.taken["1001"] -= 10
        self.red(2, 0, "item 1001")

    def test_payment_forgotten(self):
        self.hub.orders["a-2"] = self.hub.orders["a-2"]._replace(state="PLACED")
        self.red(1, 0, "was PAID, is PLACED")

    def test_cancel_forgotten(self):
        self.hub.orders["a-3"] = self.hub.orders["a-3"]._replace(state="PLACED")
        self.red(1, 0, "was CANCELLED")

    def test_line_changed(self):
        self.hub.orders["a-2"] = self.hub.orders["a-2"]._replace(lines={(1, "1001"): 20})
        self.red(1, 0, "has lines")

    def test_stock_taken_twice(self):
        self.hub.taken["1001"] += 20
        self.red(0, 1, "item 1001: 50 tenths taken, 30 acknowledged")

    def test_journal_edited(self):
        self.hub.journal.update(ok=False, why="hash", bad_at=[1, 11])
        self.red(0, 0, "journal: hash at [1, 11]")

    def test_audit_red(self):
        self.hub.journal.update(audit_ok=False, audit_why="I1 1001")
        self.red(0, 0, "audit: I1 1001")

    def test_reading_the_wire(self):
        reply = {"order_id": "a-1", "state": "PLACED",
                 "lines": [{"line": 1, "object_id": "1001", "qty": "2.5"}]}
        self.assertEqual(order_of(reply, [7, 3, "9f3c01ab"]),
                         Order("a-1", "PLACED", (7, 3), {(1, "1001"): 25}))
        self.assertEqual([tenths(t) for t in ("0", "8.5", "-1.5", "-0.5")], [0, 85, -15, -5])


if __name__ == "__main__":
    unittest.main()
