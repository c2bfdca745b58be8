"""Boxes of one store and a real product center with its certificates, for tests of claims."""

import os
import subprocess

import center_line  # noqa: F401
from center_line import center
from live import CAKE, COLA, CREW, MARGHERITA, MENU, LiveTest, order_lines
from papers import merchant
from store import Store, build_dir, free_port, wait_for
from wire import Wire

TOKEN = "/api/v1/poi/hub/token"
ROWS = "/api/v1/poi/stock/rows?brandId=1&poiId=417"
PLAN = 500


class Box:
    """One hub of store 417 behind a wire of its own to the center."""

    def __init__(self, real, box_id, folder=None):
        self.center, self.box_id = real, box_id
        self.wire = Wire(real.port, free_port())
        self.store = Store(folder=folder, conf={
            "cloud": {"url": f"https://127.0.0.1:{self.wire.port}", "box_id": box_id,
                      "ca": os.path.join(real.dir, "ca.pem")},
            "limits": {"device": 0, "account": 0}})
        self.crew = {}

    def start(self):
        self.store.start()
        self.store.import_menu(MENU)
        self.crew = {name: self.store.add_device(name, role, stations)
                     for name, role, stations in CREW}
        return self

    def stop(self):
        self.store.stop()
        self.wire.cut()

    def status(self):
        return self.store.get("/v1/status")

    def limit(self, qty=PLAN):
        for object_id in (MARGHERITA, COLA, CAKE):
            self.store.control("stock.plan", object_type=2, object_id=object_id, limited=True,
                               plan=str(qty))
            self.store.control("stock.set", object_type=2, object_id=object_id, qty=str(qty))

    def real(self, object_id):
        return float(self.store.control("stock.explain", object_type=2, object_id=object_id)["real"])

    def reals(self):
        return {object_id: self.real(object_id) for object_id in (MARGHERITA, COLA, CAKE)}

    def ctl(self, *words):
        done = subprocess.run([os.path.join(build_dir(), "poshubctl"), "--socket",
                               self.store.control_path, "--yes", *words],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def drained(self):
        status = self.status()
        return status["cloud"].get("acked") == [status["epoch"], status["seq"]]


class BoxTest(LiveTest):
    """A center and a store of its own for each test."""

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        self.center = center.Center("--tls", "--test-faults")
        self.addCleanup(self.center.stop)

    def token(self):
        status, answer = self.center.post(TOKEN, {"brandId": "1", "poiId": "417"},
                                          headers=merchant(self.center))
        self.assertEqual(status, 200, answer)
        return answer["token"]

    def box(self, box_id="BX-01", folder=None):
        box = Box(self.center, box_id, folder)
        self.addCleanup(box.stop)
        return box

    def enrol(self, box):
        token = self.token()
        code, text = box.ctl("cloud", "enrol", "--token", token)
        self.assertEqual(code, 0, text + box.store.log("hub.log"))
        self.settled(box)
        return token

    def center_reals(self):
        status, page = self.center.get(ROWS, headers=merchant(self.center))
        self.assertEqual(status, 200, page)
        return {str(row["object_id"]): row["real_quantity"] for row in page["rows"]}

    def settled(self, box):
        """Both have the same, and nothing is on its way."""
        def level():
            theirs = self.center_reals()
            return box.drained() and all(theirs.get(object_id, 0) == real
                                         for object_id, real in box.reals().items())
        try:
            wait_for("both sides level", level, alive=box.store.hub)
        except Exception as e:
            raise AssertionError(f"{e}\n{self.center_reals()} {box.reals()} {box.status()['cloud']}"
                                 f"\n{box.store.log('hub.log')[-4000:]}") from e
        self.assertEqual(self.center.one("SELECT count(*) FROM dead_letter"), "0")

    def epoch_at_the_center(self):
        rows = self.center.sql("SELECT cur_epoch FROM store WHERE poi_id = '417'")
        return int(rows[0][0]) if rows else 0

    def use(self, box):
        self.store, self.crew = box.store, box.crew

    def sell(self, box, prefix, n, object_id=COLA):
        self.use(box)
        with self.device("till-1") as till:
            for i in range(n):
                self.ok(till.ask("order.sell", order_id=f"{prefix}-{i}",
                                 lines=order_lines((object_id, 1)),
                                 payments=[{"pay_id": f"{prefix}-{i}", "tender": "CASH",
                                            "amount": "20"}]))
