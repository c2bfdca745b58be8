#!/usr/bin/python3
"""Batches of events: each counts once, in order, and one that is no good delays no other
(sync-protocol 3.5, 4.3; T29, T30, T32, T33)."""

import base64
import http.client
import itertools
import json
import threading

import center
from hub import SYNC, Hub

A, B = 1001, 1002
POI = itertools.count(500)


class Batches(center.CenterTest):
    def setUp(self):
        self.hub = Hub(self.center, str(next(POI)))
        self.hub.open_epoch()

    def ok(self, reply):
        self.assertEqual((reply[0], reply[1].get("code")), (200, 0), reply)
        return reply[1]

    def refused(self, status, name, reply):
        self.assertEqual((reply[0], reply[1].get("name")), (status, name), reply)
        return reply[1]

    def count(self, table, more=""):
        return int(self.center.one(
            f"SELECT count(*) FROM {table} WHERE poi_id = '{self.hub.poi}' {more}"))

    def open_shelf(self, real_t=100):
        self.hub.set_plan(A, real_t)
        self.hub.set_real(A, real_t)

    def test_a_sale_is_seen_and_acknowledged(self):
        self.open_shelf()
        self.hub.sell(A, 20)
        answer = self.ok(self.hub.post())
        self.assertEqual((answer["epoch"], answer["acked_seq"], answer["tail"]),
                         (7, 3, self.hub.hashes[3]))
        self.assertEqual(answer.get("dead", []), [])
        row = self.hub.row(A)
        self.assertEqual((row["plan_quantity"], row["real_quantity"]), (10, 8))
        self.assertEqual((row["x"]["H"], row["x"]["H_at"]), (-20, [7, 3]))
        self.assertEqual(answer["ver"], answer["ver_before"] + 1)
        self.assertEqual(self.center.one(
            f"SELECT echo FROM outbox WHERE poi_id = '{self.hub.poi}' ORDER BY ver DESC LIMIT 1"),
            "t")

    def test_a_batch_twice_counts_once(self):
        """T29, T32: the first answer may as well have been lost."""
        self.open_shelf()
        self.hub.sell(A, 20)
        first = self.ok(self.hub.post())
        second = self.ok(self.hub.post())
        self.assertEqual((second["acked_seq"], second["ver"]), (3, first["ver"]))
        self.assertEqual(second["ver_before"], first["ver"])
        self.assertEqual(self.hub.row(A)["real_quantity"], 8)
        self.assertEqual(self.count("hub_event"), 3)

    def test_a_batch_that_overlaps_adds_its_rest(self):
        self.open_shelf()
        self.hub.sell(A)
        self.ok(self.hub.post(1, 2))
        self.assertEqual(self.ok(self.hub.post(1, 3))["acked_seq"], 3)
        self.assertEqual(self.hub.row(A)["real_quantity"], 9)

    def test_a_gap_stores_nothing(self):
        """T30"""
        self.open_shelf()
        for _ in range(4):
            self.hub.sell(A)
        self.ok(self.hub.post(1, 3))
        answer = self.refused(409, "SEQ_GAP", self.hub.post(5, 6))
        self.assertEqual(answer["expected"], 4)
        self.assertEqual(self.count("hub_event"), 3)
        self.assertEqual(self.ok(self.hub.post(4, 6))["acked_seq"], 6)

    def test_an_unknown_kind_heals_with_the_next_sale(self):
        """T33"""
        self.open_shelf()
        self.hub.event("XYZ", {"eff": [self.hub.eff(A, dh=-10, q_t=10)]})
        self.hub.sell(A)
        answer = self.ok(self.hub.post())
        self.assertEqual(answer["acked_seq"], 4)
        self.assertEqual(answer["dead"], [{"seq": 3, "reason": "UNKNOWN_KIND"}])
        row = self.hub.row(A)
        self.assertEqual((row["real_quantity"], row["x"]["H"]), (8, -20))
        self.assertEqual(self.count("dead_letter"), 1)
        self.assertEqual(self.ok(self.hub.post())["dead"], answer["dead"])

    def test_bad_bodies_are_dead_letters_with_their_raw_text(self):
        self.hub.sell(A)
        self.hub.events[-1]["body"]["note"] = "tampered"
        self.hub.event("ORDER_SELL", {"order_id": 7})
        self.hub.event("ORDER_SELL", {}, whole=False)
        self.hub.sell(A)
        answer = self.ok(self.hub.post())
        self.assertEqual([d["reason"] for d in answer["dead"]],
                         ["BAD_HASH_BODY", "BAD_BODY", "BAD_BODY"])
        self.assertEqual(self.hub.row(A)["x"]["H"], -20)
        raw = self.center.one(f"SELECT raw FROM dead_letter WHERE poi_id = '{self.hub.poi}'"
                              " ORDER BY seq LIMIT 1")
        self.assertEqual(json.loads(raw), self.hub.events[0])

    def test_what_the_tables_refuse_is_one_dead_letter_among_many(self):
        table = f"hub_event_{int(self.shard()) // 64:02d}"
        self.center.sql(f"ALTER TABLE {table} ADD CONSTRAINT poison CHECK (poi_id <> "
                        f"'{self.hub.poi}' OR seq <> 37)")
        self.addCleanup(self.center.sql, f"ALTER TABLE {table} DROP CONSTRAINT poison")
        for n in range(100):
            self.hub.sell(A if n % 2 else B)
        answer = self.ok(self.hub.post())
        self.assertEqual((answer["acked_seq"], answer["dead"]),
                         (100, [{"seq": 37, "reason": "CONSTRAINT"}]))
        self.assertEqual(self.count("hub_event"), 99)
        self.assertEqual((self.hub.row(A)["x"]["H"], self.hub.row(B)["x"]["H"]), (-500, -500))

    def shard(self):
        return self.center.one(f"SELECT shard FROM store WHERE poi_id = '{self.hub.poi}'")

    def test_an_event_given_up_is_stored_blindly(self):
        self.hub.sell(A)
        sent = self.hub.events[0]
        self.hub.events[0] = {"seq": 1, "hash": sent["hash"], "gave_up": True,
                              "raw": base64.b64encode(json.dumps(sent).encode()).decode()}
        self.hub.sell(A)
        answer = self.ok(self.hub.post())
        self.assertEqual((answer["acked_seq"], answer["dead"]),
                         (2, [{"seq": 1, "reason": "GAVE_UP"}]))
        self.assertEqual(self.hub.row(A)["x"]["H"], -20)

    def test_another_chain_is_a_fork(self):
        self.open_shelf()
        self.ok(self.hub.post())
        other = Hub(self.center, self.hub.poi, first_ms=1769500000000)
        other.set_plan(A, 50)
        other.set_real(A, 50)
        other.sell(A)
        self.refused(409, "CHAIN_FORK", other.post(3, 3))
        self.refused(409, "CHAIN_FORK", other.post(1, 3))
        self.assertEqual(self.count("hub_event"), 2)

    def test_a_damaged_header_is_a_bad_batch(self):
        for damage in ({"hash": "0" * 64}, {"kind": "ORDER_LOCK"}, {"seq": 9}, {"cv": -1},
                       {"hlc": 7}, {"bh": "zz"}):
            hub = Hub(self.center, str(next(POI)))
            hub.open_epoch()
            hub.sell(A)
            hub.sell(A)
            hub.events[1].update(damage)
            self.refused(422, "BAD_BATCH", hub.post())
        self.refused(422, "BAD_BATCH",
                     self.center.post(SYNC,
                                      {**self.hub.batch(1, 0), "events": 7}))

    def test_the_epoch_decides_who_may_write(self):
        self.hub.sell(A)
        for epoch, name in ((6, "FENCED"), (8, "UNKNOWN_EPOCH")):
            body = {**self.hub.batch(1, 1), "epoch": epoch}
            self.refused(409, name, self.center.post(SYNC, body))
        self.assertEqual(self.count("hub_event"), 0)

    def test_a_heartbeat_is_legal(self):
        self.hub.sell(A)
        self.ok(self.hub.post())
        answer = self.ok(self.hub.post(2, 1))
        self.assertEqual(answer["acked_seq"], 1)
        self.assertEqual(answer["ver"], answer["ver_before"])

    def test_local_events_leave_their_header(self):
        self.hub.event("MENU", {"items": 3}, whole=False)
        answer = self.ok(self.hub.post())
        self.assertEqual((answer["acked_seq"], answer["ver"]), (1, answer["ver_before"]))
        self.assertEqual(self.center.one(
            f"SELECT body IS NULL FROM hub_event WHERE poi_id = '{self.hub.poi}'"), "t")

    def test_a_count_and_an_online_sale_both_stand(self):
        self.open_shelf()
        self.ok(self.hub.post())
        self.update(adjust=-2)
        self.hub.sell(A, 30)
        self.hub.set_real(A, 120)
        self.ok(self.hub.post(3))
        self.assertEqual(self.hub.row(A)["real_quantity"], 10)

    def update(self, **more):
        self.ok(self.center.post("/api/v1/poi/stock/update", {
            "brandId": "1", "poiId": self.hub.poi, "object_id": A, **more}))

    def test_a_sale_that_the_centers_count_had_not_seen_still_counts(self):
        """T41"""
        self.open_shelf()
        self.ok(self.hub.post())
        self.hub.sell(A, 30)
        self.update(real_quantity=12)
        self.ok(self.hub.post(3))
        self.assertEqual(self.hub.row(A)["real_quantity"], 9)

    def test_a_sale_stands_beside_a_sold_out_that_the_hub_had_not_seen(self):
        """T40"""
        self.open_shelf()
        self.ok(self.hub.post())
        self.update(stock_status=2)
        self.hub.sell(A, 20)
        self.ok(self.hub.post(3))
        row = self.hub.row(A)
        self.assertEqual((row["stock_status"], row["real_quantity"]), (2, 8))

    def both_count(self, hub_first):
        """The worked example of sync-protocol 4.6; whose count is the later one is decided by the
        hub's clock."""
        self.open_shelf()
        self.ok(self.hub.post())
        self.hub.sell(A, 30)
        self.hub.ms = 1769565600500 if hub_first else 4000000000000
        self.hub.set_real(A, 120)
        self.hub.sell(A, 10)
        self.update(adjust=-2)
        self.update(real_quantity=20)
        self.update(adjust=-1)
        self.ok(self.hub.post(3))
        return self.hub.row(A)["real_quantity"]

    def test_the_centers_later_count_wins_and_unseen_sales_still_count(self):
        self.assertEqual(self.both_count(hub_first=True), 15)

    def test_the_hubs_later_count_wins_and_unseen_sales_still_count(self):
        self.assertEqual(self.both_count(hub_first=False), 8)

    def test_a_later_center_write_beats_the_hubs_and_is_told(self):
        self.open_shelf()
        self.hub.set_status(A, True)
        self.update(stock_status=2)
        answer = self.ok(self.hub.post())
        self.assertEqual([(r["object_id"], r["stock_status"]) for r in answer["rows"]], [(A, 2)])
        self.assertEqual(self.center.one(
            "SELECT content->>'superseded' FROM poi_item_stock_log WHERE poi_id = "
            f"'{self.hub.poi}' ORDER BY id DESC LIMIT 1"), "true")

    def test_a_clock_in_2038_is_made_sane_and_told(self):
        self.hub.ms = 2150000000000
        self.hub.set_status(A, False)
        answer = self.ok(self.hub.post())
        stamp = answer["rows"][0]["x"]["st"]["status"]
        now = answer["server_hlc"][0]
        self.assertTrue(abs(stamp[0] - now - 300000) < 5000, (stamp, now))

    def test_a_center_that_dies_at_any_moment_counts_once(self):
        """T32"""
        body = None
        for wait_ms in (2, 8, 16, 32):
            port = self.center.second()
            first = len(self.hub.events) + 1
            for _ in range(100):
                self.hub.sell(A, 1)
            body = self.hub.batch(first, first + 99)
            killer = threading.Timer(wait_ms / 1000, self.center.more[-1].kill)
            killer.start()
            try:
                self.center.post(SYNC, body, port=port)
            except (OSError, http.client.HTTPException):
                pass
            killer.join()
            self.assertEqual(self.ok(self.center.post(SYNC, body))["acked_seq"], first + 99)
        self.assertEqual(self.hub.row(A)["x"]["H"], -400)
        self.assertEqual(self.count("hub_event"), 400)
        self.assertEqual(self.ok(self.center.post(SYNC, body))["acked_seq"], 400)

    def test_the_same_batch_from_many_sides_counts_once(self):
        port = self.center.second()
        self.open_shelf()
        for _ in range(50):
            self.hub.sell(A, 1)
        replies, body = [], self.hub.batch(1, 52)

        def post(n):
            replies.append(self.center.post(SYNC, body,
                                            port=port if n % 2 else None))

        posts = [threading.Thread(target=post, args=(n,)) for n in range(6)]
        for one in posts:
            one.start()
        for one in posts:
            one.join()
        for reply in replies:
            self.assertEqual(self.ok(reply)["acked_seq"], 52)
        self.assertEqual(self.hub.row(A)["real_quantity"], 5)
        self.assertEqual(self.count("poi_item_stock_log", "AND content->>'by' = 'hub'"), 1)


if __name__ == "__main__":
    center.main()
