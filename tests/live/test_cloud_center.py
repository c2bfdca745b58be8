#!/usr/bin/python3
"""A real hub and a real product center: what the store sells is in the center's numbers, also after
the wire was cut and the hub killed."""

import os
import shutil
import signal
import sys
import tempfile
import unittest

import uplink_center
from live import CAKE, COLA, MARGHERITA, ROOT, LiveTest, order_lines
from load import Load
from store import build_dir, free_port, wait_for
from tls_front import TlsFront

sys.path.insert(0, os.path.join(ROOT, "tests", "center"))
os.environ.setdefault("PRODUCT_CENTER", os.path.join(build_dir(), "product-center"))

import center  # noqa: E402

CLAIM = "/api/v1/poi/hub/claim"
ROWS = "/api/v1/poi/stock/rows?brandId=1&poiId=417"
PLAN = 500
DRAIN_S = 60


class RealCenter(LiveTest):
    @classmethod
    def setUpClass(cls):
        papers = tempfile.mkdtemp(prefix="papers-")
        cls.addClassCleanup(shutil.rmtree, papers)
        uplink_center.make_papers(papers)
        cls.center = center.Center()
        cls.addClassCleanup(cls.center.stop)
        status, answer = cls.center.post(CLAIM, {"brandId": "1", "poiId": "417", "box_id": "BX-01",
                                                 "epoch": 0})
        assert (status, answer["epoch"]) == (200, 1), answer
        cls.front = TlsFront(papers, cls.center.port, free_port())
        cls.conf = {"cloud": uplink_center.conf(papers, cls.front.port),
                    "limits": {"device": 0, "account": 0}}
        super().setUpClass()
        for object_id in (MARGHERITA, COLA, CAKE):
            cls.store.control("stock.plan", object_type=2, object_id=object_id, limited=True,
                              plan=str(PLAN))
            cls.store.control("stock.set", object_type=2, object_id=object_id, qty=str(PLAN))

    def wait_drained(self):
        def drained():
            status = self.store.get("/v1/status")
            return status["cloud"].get("acked") == [status["epoch"], status["seq"]]
        wait_for("the center has everything", drained, DRAIN_S, alive=self.store.hub)
        self.assertEqual(self.center.one("SELECT acked_seq FROM store WHERE poi_id = '417'"),
                         str(self.store.get("/v1/status")["seq"]))

    def assert_books_equal(self):
        self.wait_drained()
        self.assertEqual(self.center.one("SELECT count(*) FROM dead_letter"), "0")
        status, page = self.center.get(ROWS)
        self.assertEqual(status, 200, page)
        theirs = {str(row["object_id"]): row["real_quantity"] for row in page["rows"]}
        ours = {object_id: float(self.store.control("stock.explain", object_type=2,
                                                    object_id=object_id)["real"])
                for object_id in (MARGHERITA, COLA, CAKE)}
        self.assertEqual(theirs, ours)

    def sell(self, prefix, n):
        with self.device("till-1") as till:
            for i in range(n):
                self.ok(till.ask("order.sell", order_id=f"{prefix}-{i}",
                                 lines=order_lines((MARGHERITA, 1), (COLA, 2)),
                                 payments=[{"pay_id": f"{prefix}-{i}", "tender": "CASH",
                                            "amount": "18.7500"}]))

    def test_what_is_sold_is_in_the_centers_numbers(self):
        self.sell("s", 10)
        self.assert_books_equal()

    def test_a_cut_wire_loses_nothing(self):
        self.sell("before", 3)
        self.front.cut()
        self.sell("cut", 20)
        wait_for("the hub notices", lambda: self.store.get("/v1/status")["cloud"]["link"] == "down")
        self.front.mend()
        self.sell("after", 3)
        self.assert_books_equal()

    def test_a_hub_killed_in_a_rush_counts_once(self):
        load = Load(self.store, [CAKE], rate=60)
        self.addCleanup(load.stop)
        for _ in range(2):
            load.wait_more(40)
            self.store.restart_hub(signal.SIGKILL)
            self.store.wait_broker()
        load.stop()
        self.assert_books_equal()


if __name__ == "__main__":
    center.need_postgresql()
    unittest.main()
