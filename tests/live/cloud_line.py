"""A hub, its product center over TLS with PostgreSQL, both brokers, and the wires between, for live
tests: whatever two wires can do to each other is done to real programs."""

import os
import ssl
import subprocess
import sys
from types import SimpleNamespace

from live import CAKE, COLA, MARGHERITA, MENU, ROOT, LiveTest, order_lines
from store import MOSQUITTO, SOON_S, wait_for

sys.path.insert(0, os.path.join(ROOT, "tests", "center"))

from broker import Ear  # noqa: E402
from center import need_postgresql  # noqa: E402
from cloud import Cloud  # noqa: E402

ORDERS, UPDATE = "/api/v1/orders", "/api/v1/poi/stock/update"
SYNC, HELLO = "/api/v1/poi/stock/sync-from-pos", "/api/v1/poi/hub/hello"
STORE = {"brandId": "1", "poiId": "1"}
WHERE = "brandId=1&poiId=1"
PRICE = {MARGHERITA: "12.75", COLA: "3", CAKE: "6.5", "1": "2"}
LEVEL_S = 2 * SOON_S


def need_cloud():
    if MOSQUITTO is None:
        print("skipped: no mosquitto")
        sys.exit(77)
    need_postgresql()


class CloudLine(LiveTest):
    """One store (1, 1) and its cloud for all tests of a class; the store is enrolled. Quantities are
    portions."""
    cloud_options = ("--test-faults", "--head-every", "1")
    broker_conf = ()
    more_conf = {}
    menu = {**MENU, "items": [*MENU["items"], {"object_id": "1", "name": "Water",
                                               "price": "2.0000", "station": "bar"}]}

    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud(options=cls.cloud_options, broker_conf=cls.broker_conf)
        cls.addClassCleanup(cls.cloud.stop)
        cls.conf = {"cloud": cls.cloud.conf("BX-01"), "limits": {"device": 0, "account": 0},
                    **cls.more_conf,
                    "store": {"poi_id": 1, **cls.more_conf.get("store", {})}}
        super().setUpClass()
        code, text = cls.ctl("cloud", "enrol", "--token", cls.cloud.token(1))
        assert code == 0, text + cls.store.log()

    def setUp(self):
        self.level()

    # ---- the hub ----
    @classmethod
    def ctl(cls, *words):
        """(exit status, what poshubctl printed)"""
        done = subprocess.run([cls.store.program("poshubctl"), "--socket", cls.store.control_path,
                               "--yes", *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def status(self):
        return self.store.get("/v1/status")

    def line(self):
        return self.status()["cloud"]

    def fault(self, code):
        return next((f for f in self.status()["faults"] if f["code"] == code), None)

    def until(self, what, good, timeout_s=SOON_S):
        try:
            return wait_for(what, good, timeout_s, alive=self.store.hub)
        except Exception as e:
            raise AssertionError(f"{e}\n{self.line()}\n{self.store.log()}") from e

    def real(self, object_id):
        return float(self.store.control("stock.explain", object_type=2,
                                        object_id=object_id)["real"])

    def count(self, object_id, qty):
        """A limited row of so many, known to both sides."""
        self.store.control("stock.plan", object_type=2, object_id=object_id, limited=True,
                           plan=str(qty))
        self.store.control("stock.set", object_type=2, object_id=object_id, qty=str(qty))
        self.level()

    def sold(self, order_id, object_id, qty=1, **more):
        """The words of an order.sell."""
        return {"order_id": order_id, "lines": order_lines((object_id, qty)), **more,
                "payments": [{"pay_id": order_id, "tender": "CASH",
                              "amount": f"{float(PRICE[object_id]) * qty:.4f}"}]}

    def sell(self, prefix, object_id, n=1):
        """So many orders of one each."""
        with self.device("till-1") as till:
            for i in range(n):
                self.ok(till.ask("order.sell", **self.sold(f"{prefix}-{i}", object_id)))

    # ---- the center ----
    def update(self, object_id, **more):
        return self.cloud.need("POST", UPDATE, {**STORE, "object_id": int(object_id),
                                                "object_type": 2, **more})["row"]

    def theirs(self, object_id):
        page = self.cloud.need("GET", f"/api/v1/poi/stock/rows?{WHERE}")
        return next(r for r in page["rows"] if str(r["object_id"]) == object_id)

    def ear(self, topic):
        """One more client of the cloud's broker, with a certificate."""
        paper = self.cloud.paper("ear")
        tls = ssl.create_default_context(cafile=self.cloud.ca)
        tls.load_cert_chain(paper + ".pem", paper + ".key")
        ear = Ear(SimpleNamespace(port=self.cloud.mqtt_port), (topic,), tls)
        self.addCleanup(ear.close)
        return ear

    def ver(self):
        return int(self.cloud.one("SELECT ver FROM store"))

    def buy_online(self, order_id, object_id, qty=1):
        """At the center, paid."""
        answer = self.cloud.need("POST", ORDERS, {
            **STORE, "order_id": order_id, "channel": "ONLINE_ORDER", "user_id": "guest",
            "lines": [{"line": 1, "object_type": 2, "object_id": object_id, "name": "web",
                       "qty": qty, "unit_price": PRICE[object_id]}]})
        self.cloud.need("PUT", f"{ORDERS}/{order_id}", {
            **STORE, "action": "pay", "pay_id": "p", "amount": answer["order"]["amount"]})

    # ---- both ----
    def is_level(self):
        status = self.status()
        line, at = status["cloud"], [status["epoch"], status["seq"]]
        if line.get("acked") != at or line["applied_ver"] != line["head_ver"]:
            return False
        told = self.cloud.sql("SELECT cur_epoch, acked_seq, ver FROM store")
        return [int(v) for v in told[0]] == [*at, line["applied_ver"]]

    def level(self, timeout_s=LEVEL_S):
        """Until each side has all that the other knows."""
        self.until("both sides level", self.is_level, timeout_s)

    def heal(self):
        self.cloud.mend()
        self.store.control("sync.now")
        self.level()

    def assert_equal(self, *objects):
        """Level, the same numbers, and every digest the same without a repair."""
        self.level()
        for object_id in objects:
            self.assertEqual(self.theirs(object_id)["real_quantity"], self.real(object_id))
        code, text = self.ctl("sync", "diff")
        self.assertEqual((code, self.line()["compared"]["differed"]), (0, 0), text)
