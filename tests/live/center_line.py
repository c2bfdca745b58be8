"""A hub and a real product center with a wire between them that can be cut, for live tests."""

import os
import shutil
import sys
import tempfile

import uplink_center
from live import CAKE, COLA, MARGHERITA, ROOT, LiveTest
from store import StoreError, build_dir, free_port, wait_for
from tls_front import TlsFront

sys.path.insert(0, os.path.join(ROOT, "tests", "center"))
os.environ.setdefault("PRODUCT_CENTER", os.path.join(build_dir(), "product-center"))

import center  # noqa: E402

need_postgresql = center.need_postgresql

CLAIM = "/api/v1/poi/hub/claim"
ROWS = "/api/v1/poi/stock/rows?brandId=1&poiId=417"
PLAN = 500


class CenterLine(LiveTest):
    center_options = ()  # of the center's command line
    cloud_conf = {}  # of the hub's, besides where the center is

    @classmethod
    def setUpClass(cls):
        papers = tempfile.mkdtemp(prefix="papers-")
        cls.addClassCleanup(shutil.rmtree, papers)
        uplink_center.make_papers(papers)
        cls.center = center.Center(*cls.center_options)
        cls.addClassCleanup(cls.center.stop)
        status, answer = cls.center.post(CLAIM, {"brandId": "1", "poiId": "417", "box_id": "BX-01",
                                                 "epoch": 0})
        assert (status, answer["epoch"]) == (200, 1), answer
        cls.front = TlsFront(papers, cls.center.port, free_port())
        cls.conf = {"cloud": {**uplink_center.conf(papers, cls.front.port), **cls.cloud_conf},
                    "limits": {"device": 0, "account": 0}}
        super().setUpClass()
        for object_id in (MARGHERITA, COLA, CAKE):
            cls.store.control("stock.plan", object_type=2, object_id=object_id, limited=True,
                              plan=str(PLAN))
            cls.store.control("stock.set", object_type=2, object_id=object_id, qty=str(PLAN))

    def wait_drained(self):
        """Until the center has acknowledged all that the hub has journaled; both at one moment, since
        a hub may write an event of its own at any time."""
        def drained():
            status = self.store.get("/v1/status")
            head = [status["epoch"], status["seq"]]
            return head if status["cloud"].get("acked") == head else None
        epoch, seq = wait_for("the center has everything", drained, alive=self.store.hub)
        held = self.center.sql("SELECT cur_epoch, acked_seq FROM store WHERE poi_id = '417'")[0]
        self.assertGreaterEqual([int(part) for part in held], [epoch, seq])

    def books(self):
        """The center's numbers and the hub's."""
        status, page = self.center.get(ROWS)
        self.assertEqual(status, 200, page)
        theirs = {str(row["object_id"]): row["real_quantity"] for row in page["rows"]}
        ours = {object_id: float(self.store.control("stock.explain", object_type=2,
                                                    object_id=object_id)["real"])
                for object_id in (MARGHERITA, COLA, CAKE)}
        return theirs, ours

    def assert_books_equal(self):
        """Soon: what the hub has taken may still be on its way through it."""
        def equal():
            self.wait_drained()
            theirs, ours = self.books()
            return theirs == ours
        try:
            wait_for("equal books", equal, alive=self.store.hub)
        except StoreError as e:
            raise AssertionError(f"{e}: {self.books()}") from e
        self.assertEqual(self.center.one("SELECT count(*) FROM dead_letter"), "0")
