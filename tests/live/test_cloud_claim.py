#!/usr/bin/python3
"""A real hub and a real product center with its certificates: enrolment, a new epoch, a rolled back
disk, a second box, an answer that was lost (sync-protocol 3.7; T52)."""

import itertools
import os
import shutil
import signal
import tempfile
import unittest

import center_line
from boxes import PLAN, BoxTest
from live import CAKE, COLA, order_lines
from papers import merchant
from store import wait_for

CLAIM = "/api/v1/poi/hub/claim"
UPDATE = "/api/v1/poi/stock/update"


class Claim(BoxTest):
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

    def test_who_enrolled_and_who_paused_is_in_the_journal_once(self):
        box = self.box().start()
        self.assertNotEqual(box.ctl("cloud", "enrol", "--token", "0" * 32)[0], 0)
        self.enrol(box)
        for verb in ("pause", "resume"):
            self.assertEqual(box.ctl("sync", verb)[0], 0)
        self.assertEqual(box.ctl("cloud", "claim", "--yes")[0], 0)
        events = box.store.control("journal.tail", limit=50)["events"]
        verbs = sorted(e["body"]["verb"] for e in events if e["kind"] == "OPERATOR")
        verbs = [v for v in verbs if v.startswith(("cloud.", "sync."))]
        self.assertEqual(verbs, ["cloud.claim", "cloud.enrol", "sync.pause", "sync.resume"])

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
                 self.center_reals()[COLA] == PLAN - 9)
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
        wait_for("a new epoch", lambda: box.status()["epoch"] > old)
        wait_for("all sales count", lambda: box.real(COLA) == PLAN - 11 and
                 self.center_reals()[COLA] == PLAN - 11)
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
            names = itertools.count(1)
            wait_for("fenced", lambda: till.ask("order.place", order_id=f"no-{next(names)}",
                                                lines=order_lines((CAKE, 1)))["code"] == 4004)
            self.ok(till.ask("order.pay", order_id="late-1", pay_id="p1", tender="CASH",
                             amount="3"))
        wait_for("all sales count", lambda: second.real(COLA) == PLAN - 9 and
                 self.center_reals()[COLA] == PLAN - 9)
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
        wait_for("claimed", lambda: self.epoch_at_the_center() > 0)
        box.store.restart_hub(signal.SIGKILL)
        box.store.wait_broker()
        self.settled(box)
        self.assertGreater(box.status()["epoch"], 2)
        self.assertEqual(box.real(COLA), PLAN - 2)


if __name__ == "__main__":
    center_line.need_postgresql()
    unittest.main()
