#!/usr/bin/python3
"""A real hub and a real product center with its certificates: enrolment, a new epoch, a rolled back
disk, a second box, an answer that was lost (sync-protocol 3.7; T52)."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest

import center_line
from center_line import center
from live import CAKE, COLA, CREW, MARGHERITA, MENU, LiveTest, order_lines
from papers import merchant
from store import Store, build_dir, free_port, wait_for
from wire import Wire

CLAIM, TOKEN = "/api/v1/poi/hub/claim", "/api/v1/poi/hub/token"
UPDATE = "/api/v1/poi/stock/update"
ROWS = "/api/v1/poi/stock/rows?brandId=1&poiId=417"
PLAN = 500
WAIT_S = 60


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


class Claim(LiveTest):
    """A center and a store of its own for each test."""

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        self.center = center.Center("--tls", "--need-token", "--test-faults")
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
            wait_for("both sides level", level, WAIT_S, alive=box.store.hub)
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

    def test_a_store_with_a_history_enrols_and_says_what_it_has(self):
        box = self.box().start()
        box.limit()
        self.sell(box, "before", 7)
        with self.device("till-1") as till:
            self.ok(till.ask("order.place", order_id="open-1", lines=order_lines((CAKE, 2))))
        before = box.reals()
        self.enrol(box)
        self.assertEqual(box.reals(), before)
        self.assertEqual(box.status()["cloud"]["link"], "up")
        key = os.path.join(box.store.data_dir, "cloud.key")
        self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)
        with self.device("till-1") as till:
            self.ok(till.ask("order.pay", order_id="open-1", pay_id="p1", tender="CASH",
                             amount="13"))
        box.store.restart_hub(signal.SIGKILL)
        box.store.wait_broker()
        self.sell(box, "after", 2)
        self.settled(box)
        self.assertEqual(box.real(COLA), PLAN - 9)
        self.assertEqual(box.real(CAKE), PLAN - 2)

    def test_a_new_box_gets_all_rows_of_a_large_store(self):
        """More than one page."""
        count = 510
        body = {"brandId": "1", "poiId": "417", "object_type": 2, "stock_status": 1,
                "stock_type": 2, "plan_quantity": 9, "auto_restore_type": 2}
        for n in range(count):
            status, answer = self.center.post(UPDATE, {**body, "object_id": 5000 + n,
                                                       "real_quantity": n % 7},
                                              headers=merchant(self.center))
            self.assertEqual(status, 200, answer)
        box = self.box().start()
        self.enrol(box)
        self.assertEqual([box.real(str(5000 + n)) for n in (0, 1, 499, 500, 509)],
                         [n % 7 for n in (0, 1, 499, 500, 509)])

    def test_a_token_that_is_none_is_named_and_changes_nothing(self):
        box = self.box().start()
        box.limit()
        code, text = box.ctl("cloud", "enrol", "--token", "0" * 32)
        self.assertNotEqual(code, 0)
        self.assertIn("BAD_TOKEN", text)
        self.assertFalse(os.path.exists(os.path.join(box.store.data_dir, "cloud.pem")))
        self.enrol(box)

    def test_an_epoch_of_the_stores_own_heals_by_itself(self):
        box = self.box().start()
        box.limit()
        self.enrol(box)
        self.sell(box, "a", 3)
        self.settled(box)
        box.wire.cut()
        self.sell(box, "b", 4)
        box.store.control("store.new_epoch", reason="test")
        self.sell(box, "c", 2)
        box.wire.mend()
        box.store.control("sync.now")
        wait_for("salvaged", lambda: box.real(COLA) == PLAN - 9 and
                 self.center_reals()[COLA] == PLAN - 9, WAIT_S)
        self.settled(box)
        self.sell(box, "d", 1)
        self.settled(box)
        self.assertEqual(box.real(COLA), PLAN - 10)

    def test_yesterdays_disk_claims_and_what_it_sold_is_salvaged(self):
        """T52"""
        box = self.box().start()
        box.limit()
        self.enrol(box)
        self.sell(box, "a", 3)
        self.settled(box)
        box.store.stop_hub()
        image = tempfile.mkdtemp(prefix="image-")
        self.addCleanup(shutil.rmtree, image)
        shutil.copytree(box.store.data_dir, image, dirs_exist_ok=True)
        box.store.start_hub()
        box.store.wait_broker()
        self.sell(box, "b", 6)
        self.settled(box)
        box.store.stop_hub()
        for name in os.listdir(image):
            shutil.copy(os.path.join(image, name), os.path.join(box.store.data_dir, name))
        box.wire.cut()
        box.store.start_hub()
        box.store.wait_broker()
        self.sell(box, "c", 2)
        old = box.status()["epoch"]
        box.wire.mend()
        box.store.control("sync.now")
        wait_for("a new epoch", lambda: box.status()["epoch"] > old, WAIT_S)
        wait_for("all sales count", lambda: box.real(COLA) == PLAN - 11 and
                 self.center_reals()[COLA] == PLAN - 11, WAIT_S)
        self.settled(box)
        self.sell(box, "d", 1)
        self.settled(box)
        self.assertIn("ROLLBACK", self.center.one(
            "SELECT string_agg(body::text, ' ') FROM hub_event WHERE kind = 'EPOCH_OPEN'"))

    def test_a_second_box_takes_over_and_the_first_is_fenced_and_salvaged(self):
        first = self.box("BX-01").start()
        first.limit()
        self.enrol(first)
        self.sell(first, "a", 5)
        self.settled(first)
        first.wire.cut()
        self.sell(first, "b", 3)
        with self.device("till-1") as till:
            self.ok(till.ask("order.place", order_id="late-1", lines=order_lines((COLA, 1))))
        second = self.box("BX-02").start()
        self.enrol(second)
        self.assertEqual(second.real(COLA), PLAN - 5)
        first.wire.mend()
        first.store.control("sync.now")
        self.use(first)
        with self.device("till-1") as till:
            wait_for("fenced", lambda: till.ask("order.place", order_id="no-1",
                                                lines=order_lines((CAKE, 1)))["code"] == 4004,
                     WAIT_S)
            self.ok(till.ask("order.pay", order_id="late-1", pay_id="p1", tender="CASH",
                             amount="3"))
        wait_for("all sales count", lambda: second.real(COLA) == PLAN - 9 and
                 self.center_reals()[COLA] == PLAN - 9, WAIT_S)
        self.sell(second, "c", 1)
        self.settled(second)

    def test_a_claim_whose_answer_was_lost_is_made_again(self):
        box = self.box().start()
        box.limit()
        self.sell(box, "a", 2)
        fault = {"path": CLAIM, "count": 1, "fault": "drop"}
        self.assertEqual(self.center.post("/test/faults", fault), (200, {"code": 0}))
        code, text = box.ctl("cloud", "enrol", "--token", self.token())
        self.assertEqual(code, 0, text)
        wait_for("claimed", lambda: self.epoch_at_the_center() > 0, WAIT_S)
        box.store.restart_hub(signal.SIGKILL)
        box.store.wait_broker()
        self.settled(box)
        self.assertGreater(box.status()["epoch"], 2)
        self.assertEqual(box.real(COLA), PLAN - 2)


if __name__ == "__main__":
    center_line.need_postgresql()
    unittest.main()
