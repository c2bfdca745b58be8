#!/usr/bin/python3
"""Acceptance of the cloud line with all its real programs and both wires cut: positions, lost answers,
a center that dies, events that it cannot take (sync-protocol 7.2, 7.3)."""

import json
import os
import signal
import unittest

from cloud_line import SYNC, WHERE, CloudLine, need_cloud
from live import CAKE, COLA, MARGHERITA, ROOT, order_lines

CRASHED = 3  # exit status of a planted crash
BODY = os.path.join(ROOT, "tests", "fixtures", "base-api", "sync-from-pos.json")


class Positions(CloudLine):
    def test_the_verbatim_body_of_the_base_api_reaches_the_store_once(self):
        """T27"""
        self.count("1", 30)
        with open(BODY, encoding="utf-8") as f:
            body = {**json.load(f), "updated_at": self.theirs("1")["updated_at"]}
        self.assertEqual((body["brandId"], body["poiId"], body["object_id"]), ("1", "1", 1))
        logged = self.logged()
        for _ in range(2):  # the second: its answer had been lost
            row = self.cloud.need("POST", SYNC, body)["row"]
            self.assertEqual((row["stock_status"], row["stock_type"], row["plan_quantity"],
                              row["real_quantity"]), (1, 2, 10, 8))
            self.assertEqual([(c["channel_code"], c["stock_status"])
                              for c in row["channel_stocks"]], [("POS", 2)])
        self.assertEqual(self.logged(), logged + 1)
        self.level()
        self.assertEqual(self.real("1"), 8)
        with self.device("till-1") as till, self.device("kiosk-1") as kiosk:
            self.code(1004, till.ask("order.place", order_id="t27-a", lines=order_lines(("1", 1))))
            self.ok(kiosk.ask("order.place", order_id="t27-b", lines=order_lines(("1", 1))))
        self.assert_equal("1")

    def logged(self):
        return len(self.cloud.need("GET", f"/api/v1/poi/stock/log?{WHERE}")["log"])

    def test_a_center_that_misses_events_asks_for_them(self):
        """T30: its position is behind what the hub believes, and no hello tells it."""
        self.count(COLA, 100)
        self.sell("t30-a", COLA, 3)
        self.level()
        acked = int(self.cloud.one("SELECT acked_seq FROM store"))
        rows = self.theirs(COLA)
        self.cloud.sql(f"UPDATE store SET acked_seq = {acked - 2}, tail = (SELECT hash FROM hub_event"
                       f" WHERE seq = {acked - 2} AND epoch = cur_epoch);"
                       f"DELETE FROM hub_event WHERE seq > {acked - 2} AND epoch ="
                       " (SELECT max(cur_epoch) FROM store)")
        self.sell("t30-b", COLA, 2)
        self.level()
        self.assertEqual(rows["real_quantity"] - self.theirs(COLA)["real_quantity"], 2)
        self.assert_all_events_once()
        self.assert_equal(COLA)

    def assert_all_events_once(self):
        """The center's journal of this epoch has no hole."""
        self.assertEqual(self.cloud.one(
            "SELECT count(*) = max(seq) AND max(seq) = max(acked_seq) FROM hub_event, store"
            " WHERE epoch = cur_epoch"), "t")

    def test_a_center_that_dies_between_commit_and_answer_counts_once(self):
        """T32"""
        self.count(CAKE, 50)
        for fault, n in (("crash-after", 3), ("crash-before", 2), ("drop", 1)):
            with self.subTest(fault=fault):
                before = self.real(CAKE)
                self.cloud.plant(SYNC, fault)
                self.sell(f"t32-{fault}", CAKE, n)
                if fault.startswith("crash"):
                    self.until("the center's death", lambda: self.cloud.center.poll() is not None)
                    self.assertEqual(self.cloud.center.returncode, CRASHED)
                    self.cloud.start_center()
                self.level()
                self.assertEqual((self.real(CAKE), self.theirs(CAKE)["real_quantity"]),
                                 (before - n, before - n))
        self.assert_all_events_once()
        self.assert_equal(CAKE)

    def test_an_event_that_the_center_cannot_take_heals_with_the_next(self):
        """T33; that its tables refuse it stands for a kind that it does not know."""
        self.count(MARGHERITA, 10)
        self.cloud.sql(
            "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.order_id = 't33-x' THEN RAISE check_violation; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER poison BEFORE INSERT ON center_order FOR EACH ROW"
            " EXECUTE FUNCTION poison()")
        self.addCleanup(self.cloud.sql, "DROP FUNCTION poison() CASCADE")
        self.cloud.cut()
        with self.device("till-1") as till:
            for order_id in ("t33-a", "t33-x", "t33-b"):
                self.ok(till.ask("order.sell", **self.sold(order_id, MARGHERITA)))
        self.heal()
        dead = self.cloud.sql("SELECT reason FROM dead_letter")
        self.assertEqual(dead, [["CONSTRAINT"]])
        aside = self.store.control("queue.list")["aside"]
        self.assertEqual([(a["kind"], a["reason"], a["gave_up"]) for a in aside],
                         [("ORDER_SELL", "CONSTRAINT", False)])
        self.assertIn("SET ASIDE", self.ctl("queue", "list")[1])
        self.assertEqual((self.real(MARGHERITA), self.theirs(MARGHERITA)["real_quantity"]), (7, 7))
        self.assertIn("ROW_STATE", [e["kind"] for e in self.events()])
        self.assert_equal(MARGHERITA)

    def test_a_count_of_each_side_across_a_cut(self):
        """T41"""
        self.count(COLA, 10)
        self.cloud.cut()
        self.sell("t41", COLA, 3)
        self.update(COLA, real_quantity=12)
        self.heal()
        self.assertEqual(self.real(COLA), 9)
        self.assert_equal(COLA)


class Requests(CloudLine):
    """kill -9 around the commit, with the cloud line on."""

    def test_a_hub_killed_after_the_commit_gives_the_stored_answer(self):
        """T49"""
        self.count(COLA, 20)
        before_t = self.locked_t()
        ask = {"req_id": "t49-req", "order_id": "t49", "lines": order_lines((COLA, 2))}
        with self.device("till-1") as till:
            till.send("order.place", ask)
            self.until("the commit", lambda: self.store.ask("order.get", order_id="t49")["code"] == 0)
            self.store.restart_hub(signal.SIGKILL)
            self.store.wait_broker()
            self.drop_replies(till)
            again = self.ok(till.ask("order.place", **ask))
            self.assertTrue(again["replayed"], again)
        self.assert_locked_once("t49", before_t)

    def test_a_hub_killed_before_the_commit_does_it_once(self):
        """T50: the hub stands still when the request comes."""
        self.count(COLA, 20)
        before_t = self.locked_t()
        ask = {"req_id": "t50-req", "order_id": "t50", "lines": order_lines((COLA, 2))}
        with self.device("till-1") as till:
            self.store.hub.send_signal(signal.SIGSTOP)
            till.send("order.place", ask)
            self.store.stop_hub(signal.SIGKILL)
            self.store.start_hub()
            self.store.wait_broker()
            self.ok(till.ask("order.place", **ask))
        self.assert_locked_once("t50", before_t)

    @staticmethod
    def drop_replies(device):
        while not device.replies.empty():
            device.replies.get()

    def assert_locked_once(self, order_id, before_t):
        self.level()
        locks = [e for e in self.events() if e["kind"] == "ORDER_LOCK" and
                 e["body"]["order_id"] == order_id]
        self.assertEqual(len(locks), 1)
        self.assertEqual(self.locked_t() - before_t, 20)
        self.assert_equal(COLA)

    def locked_t(self):
        """At the center."""
        return int(self.cloud.one(f"SELECT lh_t FROM poi_item_stock WHERE object_id = {COLA}"))


if __name__ == "__main__":
    need_cloud()
    unittest.main()
