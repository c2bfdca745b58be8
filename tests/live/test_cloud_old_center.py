#!/usr/bin/python3
"""A hub at a center that knows only the base API (sync-protocol 4.2; T27, T28)."""

import shutil
import tempfile
import unittest

import uplink_center
from live import CAKE, COLA, LiveTest, order_lines
from old_center import OldCenter
from store import wait_for



class OldLine(LiveTest):
    @classmethod
    def setUpClass(cls):
        papers = tempfile.mkdtemp(prefix="papers-")
        cls.addClassCleanup(shutil.rmtree, papers)
        uplink_center.make_papers(papers)
        cls.center = OldCenter(papers)
        cls.addClassCleanup(cls.center.stop)
        cls.conf = {"cloud": uplink_center.conf(papers, cls.center.port),
                    "limits": {"device": 0, "account": 0}}
        super().setUpClass()
        for object_id in (COLA, CAKE):
            cls.store.control("stock.plan", object_type=2, object_id=object_id, limited=True,
                              plan="100")
            cls.store.control("stock.set", object_type=2, object_id=object_id, qty="100")

    def setUp(self):
        self.center.mood = "well"
        self.wait_drained()

    def wait_drained(self):
        def drained():
            status = self.store.get("/v1/status")
            return status["cloud"].get("acked") == [status["epoch"], status["seq"]]
        wait_for("the center has everything", drained, alive=self.store.hub)
        self.assertEqual(self.center.faults, [])

    def sell(self, order_id, object_id, n, price):
        with self.device("till-1") as till:
            self.ok(till.ask("order.sell", order_id=order_id, lines=order_lines((object_id, n)),
                             payments=[{"pay_id": "p", "tender": "CASH",
                                        "amount": f"{price * n:.4f}"}]))

    def real(self, object_id):
        return float(self.store.control("stock.explain", object_type=2,
                                        object_id=object_id)["real"])

    def theirs(self, object_id):
        return self.center.rows[int(object_id)]["real_quantity"]

    def test_what_is_sold_is_in_the_centers_rows(self):
        before = self.real(CAKE)
        self.sell("old-1", CAKE, 3, 6.5)
        self.wait_drained()
        self.assertEqual((self.real(CAKE), self.theirs(CAKE)), (before - 3, before - 3))
        cloud = self.store.get("/v1/status")["cloud"]
        self.assertEqual((cloud["link"], cloud["waiting"], cloud["error"]), ("up", 0, ""), cloud)

    def test_a_number_of_the_merchants_keeps_what_was_sold_meanwhile(self):
        """T28"""
        refused = self.center.refused
        self.center.merchant(int(COLA), real_quantity=50)
        self.sell("old-2", COLA, 2, 3)
        wait_for("the center has the sale", lambda: self.theirs(COLA) == 48)
        self.wait_drained()
        self.assertEqual(self.real(COLA), 48)
        self.assertGreaterEqual(self.center.refused, refused)

    def test_an_answer_that_was_lost_counts_once(self):
        """Also when the next post is another one; hello, which would have the rows read, comes later
        than that."""
        def cloud(name):
            return self.store.get("/v1/status")["cloud"][name]
        wait_for("a long wait for the next hello", lambda: cloud("next_try_ms") > 12000)
        before, posts, failed = self.real(CAKE), self.center.posts, cloud("failures")
        self.center.mood = "late"
        self.sell("old-3", CAKE, 1, 6.5)
        wait_for("a post without an answer", lambda: cloud("failures") > failed)
        self.assertGreater(self.center.posts, posts)
        self.sell("old-4", CAKE, 1, 6.5)
        self.center.mood = "well"
        self.wait_drained()
        self.assertEqual((self.real(CAKE), self.theirs(CAKE)), (before - 2, before - 2))

    def test_an_item_that_is_sold_out_at_the_center_is_sold_out_here(self):
        self.center.merchant(int(COLA), stock_status=2)
        self.store.control("sync.now")
        with self.device("kiosk-1", "stock/#") as kiosk:
            kiosk.wait(f"stock/sku/{COLA}", lambda v: v and not v["on_sale"])
        posts = self.center.posts
        self.center.merchant(int(COLA), stock_status=1)
        with self.device("kiosk-1", "stock/#") as kiosk:
            kiosk.wait(f"stock/sku/{COLA}", lambda v: v and v["on_sale"])
        self.wait_drained()
        self.assertEqual(self.center.posts, posts)


class Upgrade(LiveTest):
    """The center learns the protocol while the hub runs."""

    @classmethod
    def setUpClass(cls):
        cls.papers = tempfile.mkdtemp(prefix="papers-")
        cls.addClassCleanup(shutil.rmtree, cls.papers)
        uplink_center.make_papers(cls.papers)
        cls.old = OldCenter(cls.papers)
        cls.conf = {"cloud": uplink_center.conf(cls.papers, cls.old.port)}
        super().setUpClass()

    def test_the_new_center_gets_the_journal_from_where_it_stands(self):
        self.store.control("stock.plan", object_type=2, object_id=CAKE, limited=True, plan="9")
        wait_for("the old center has the row", lambda: int(CAKE) in self.old.rows)
        self.old.stop()
        new = uplink_center.Center(self.papers, self.old.port)
        self.addCleanup(new.stop)
        wait_for("the new one has the journal",
                 lambda: new.journal.acked == self.store.get("/v1/status")["seq"],
                 alive=self.store.hub)
        self.assertEqual((new.faults, new.journal.again), ([], 0))


if __name__ == "__main__":
    unittest.main()
