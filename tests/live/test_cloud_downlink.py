#!/usr/bin/python3
"""What changes at the center reaches the store: pushed, or pulled when a push was lost, late, no
good, or when there was no broker at all (sync-protocol 4.4, 4.5; T34, T36, T39, T40, T41, T55)."""

import json
import os
import signal
import sys
import unittest

import center_line
from live import CAKE, COLA, MARGHERITA, ROOT, order_lines
from store import SOON_S, wait_for

sys.path.insert(0, os.path.join(ROOT, "tests", "center"))

import broker  # noqa: E402

UPDATE = "/api/v1/poi/stock/update"
ORDERS = "/api/v1/orders"
PRICE = {COLA: 3, CAKE: 6.5}


class Line(center_line.CenterLine):
    """`ear` hears and says whatever the cloud's broker has."""

    @classmethod
    def make_broker(cls, *lines):
        cls.broker = broker.Broker()
        cls.addClassCleanup(cls.broker.close)
        if lines:
            cls.broker.stop()
            with open(os.path.join(cls.broker.dir, "conf"), "a", encoding="utf-8") as f:
                f.write("\n".join(lines) + "\n")
            cls.broker.start()
        cls.cloud_conf = {"mqtt": f"mqtt://{cls.broker.address}"}

    def setUp(self):
        self.wait_level()

    def cloud(self):
        return self.store.get("/v1/status")["cloud"]

    def ver(self):
        return int(self.center.one("SELECT ver FROM store WHERE poi_id = '417'"))

    def wait_level(self, timeout_s=SOON_S):
        """Until each side has all that the other knows: what is taken grows the journal, and what
        answers an event may bring rows."""
        def level():
            status = self.store.get("/v1/status")
            cloud = status["cloud"]
            return cloud.get("acked") == [status["epoch"], status["seq"]] and \
                cloud["applied_ver"] == self.ver()
        wait_for("level with the center", level, timeout_s, alive=self.store.hub)

    def wait_up(self):
        wait_for("the push line", lambda: self.cloud()["push"] == "up", alive=self.store.hub)

    def rows_taken(self):
        """How many rows of the center the journal has."""
        events, page = [], self.store.control("journal.tail", cursor="1.0")
        while page["events"]:
            events += page["events"]
            page = self.store.control("journal.tail", cursor=page["cursor"])
        return sum(e["kind"] == "CENTER_ROW" for e in events)

    def update(self, object_id, **more):
        status, answer = self.center.post(UPDATE, {
            "brandId": "1", "poiId": "417", "object_id": int(object_id), "object_type": 2, **more})
        self.assertEqual(status, 200, answer)
        return answer["row"]

    def row(self, object_id):
        return self.store.control("stock.explain", object_type=2, object_id=object_id)

    def real(self, object_id):
        return float(self.row(object_id)["real"])

    def theirs(self, object_id):
        _, page = self.center.get(center_line.ROWS)
        return next(r for r in page["rows"] if str(r["object_id"]) == object_id)

    def sell(self, prefix, object_id, n):
        with self.device("till-1") as till:
            self.ok(till.ask("order.sell", order_id=prefix, lines=order_lines((object_id, n)),
                             payments=[{"pay_id": prefix, "tender": "CASH",
                                        "amount": f"{PRICE[object_id] * n:.4f}"}]))

    def assert_equal_rows(self, *objects):
        self.wait_level()
        for object_id in objects:
            self.assertEqual(self.theirs(object_id)["real_quantity"], self.real(object_id))


class Pushed(Line):
    """The center has no broker: what is pushed, and in which order, the test says."""

    @classmethod
    def setUpClass(cls):
        cls.make_broker()
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.ear = broker.Ear(self.broker, ("poi/+/+/ack", "poi/+/+/state"))
        self.addCleanup(self.ear.close)
        self.wait_up()

    def message(self, object_id, **more):
        """The push for a row as it stands at the center."""
        row = self.theirs(object_id)
        ver = row.pop("over")
        return {"brandId": "1", "poiId": "417", "objectType": "item_stock",
                "eventType": "poi.item.stock", "ver": ver, "prev_ver": ver - 1,
                "hlc": [1769565601000, 0], "data": row, **more}

    def push(self, message):
        self.ear.say("417", "down", message)

    def wait_cloud(self, what, good):
        return wait_for(what, lambda: good(self.cloud()), alive=self.store.hub)

    def test_two_pushes_the_wrong_way_round_need_no_pull(self):
        """T34"""
        self.update(COLA, real_quantity=40)
        self.update(CAKE, real_quantity=41)
        before = self.cloud()
        late, early = self.message(COLA), self.message(CAKE)
        self.assertEqual((late["ver"], early["ver"]),
                         (before["applied_ver"] + 1, before["applied_ver"] + 2))
        self.store.hub.send_signal(signal.SIGSTOP)  # so that it hears both at once
        try:
            self.push(early)
            self.push(late)
        finally:
            self.store.hub.send_signal(signal.SIGCONT)
        self.wait_level()
        self.assertEqual((self.real(COLA), self.real(CAKE)), (40, 41))
        after = self.cloud()
        self.assertEqual((after["pulls"], after["pushes"]), (before["pulls"],
                                                             before["pushes"] + 2))
        self.ear.wait("417", "ack", lambda ack: ack["applied_ver"] == early["ver"])

    def test_a_gap_that_stays_is_pulled(self):
        self.update(COLA, real_quantity=30)
        self.update(CAKE, real_quantity=31)
        before = self.cloud()["pulls"]
        self.push(self.message(CAKE))
        self.wait_level()
        self.assertEqual((self.real(COLA), self.real(CAKE)), (30, 31))
        self.assertGreater(self.cloud()["pulls"], before)

    def test_a_last_push_that_was_lost_is_found_by_the_head(self):
        """T36"""
        self.update(COLA, real_quantity=27)
        before = self.cloud()
        self.ear.say("417", "head", {"ver": self.ver(), "hlc": [1769565601000, 0]})
        self.wait_level()
        self.assertEqual(self.real(COLA), 27)
        self.assertGreater(self.cloud()["pulls"], before["pulls"])

    def test_what_is_no_good_changes_nothing_and_is_counted(self):
        self.update(COLA, real_quantity=22)
        good = self.message(COLA)
        bad = [
            ("foreign_store", {**good, "poiId": "418"}),
            ("foreign_store", {**good, "brandId": "2"}),
            ("oversized", {**good, "pad": "x" * 66000}),
            ("malformed", "{\"brandId\":\"1\",\"poiId\""),
            ("malformed", {**good, "prev_ver": good["ver"]}),
            ("malformed", {**good, "data": {**good["data"], "plan_quantity": 0.05}}),
            ("malformed", {**good, "data": {k: v for k, v in good["data"].items() if k != "x"}}),
            ("malformed", {**good, "hlc": ["a", 0]}),
            ("unversioned", {k: v for k, v in good.items() if k not in ("ver", "prev_ver", "hlc")}),
            ("stale", {**good, "ver": good["ver"] - 1, "prev_ver": good["ver"] - 2}),
        ]
        before, taken = self.cloud(), self.rows_taken()
        count = dict(before["refused"])
        for name, message in bad:
            count[name] = count.get(name, 0) + 1
            self.push(message)
            self.wait_cloud(name, lambda cloud, n=name: cloud["refused"].get(n) == count[n])
        self.assertEqual(self.cloud()["refused"], count)
        self.assertEqual(self.cloud()["applied_ver"], before["applied_ver"])
        self.assertEqual(self.rows_taken(), taken)
        self.assertNotEqual(self.real(COLA), 22)
        self.push(good)
        self.wait_level()
        self.assertEqual(self.real(COLA), 22)

    def test_a_replayed_push_is_stale(self):
        self.update(COLA, real_quantity=19)
        message = self.message(COLA)
        self.push(message)
        self.wait_level()
        taken, stale = self.rows_taken(), self.cloud()["refused"].get("stale", 0)
        self.push(message)
        self.wait_cloud("stale", lambda cloud: cloud["refused"].get("stale") == stale + 1)
        self.assertEqual(self.rows_taken(), taken)

    def test_a_kind_that_nobody_knows_only_counts_as_a_version(self):
        self.update(COLA, real_quantity=18)
        self.push(self.message(COLA, objectType="weather", eventType="poi.weather"))
        self.wait_level()
        self.assertNotEqual(self.real(COLA), 18)

    def test_a_deletion_that_was_forgotten_is_found_by_pulling_everything(self):
        """T39"""
        self.update(4711, real_quantity=5, stock_type=2)
        self.ear.say("417", "head", {"ver": self.ver(), "hlc": [1769565601000, 0]})
        self.wait_level()
        self.assertEqual(self.real("4711"), 5)
        self.update(4711, deleted=True)
        where = "WHERE poi_id = '417'"
        self.center.sql(f"DELETE FROM poi_item_stock {where} AND del;"
                        f"UPDATE store SET tombstone_floor = ver, ver = ver + 5 {where}")
        self.ear.say("417", "head", {"ver": self.ver(), "hlc": [1769565601000, 0]})
        self.wait_level()
        self.assertIsNone(next((r for r in self.store.pages("stock.list", "stocks")
                                if str(r["object_id"]) == "4711" and r.get("limited")), None))
        self.assertEqual(self.theirs(MARGHERITA)["real_quantity"], self.real(MARGHERITA))

    def test_a_version_far_too_high_is_found_out(self):
        """Whoever believes it hears no push any more: pulls of a head below ours say so."""
        self.update(COLA, real_quantity=17)
        message = self.message(COLA)
        self.push({**message, "ver": message["ver"] + 100000})
        wait_for("believed", lambda: self.cloud()["applied_ver"] > self.ver())
        self.update(CAKE, real_quantity=16)
        self.wait_level(2 * SOON_S)
        self.assert_equal_rows(COLA, CAKE)
        self.assertEqual((self.real(COLA), self.real(CAKE)), (17, 16))

    def test_a_row_with_events_to_come_moves_no_counter(self):
        self.update(COLA, real_quantity=15)
        message, bad = self.message(COLA), self.cloud()["bad_rows"]
        x, at = message["data"]["x"], self.store.get("/v1/status")
        self.push({**message, "data": {**message["data"], "x": {
            **x, "H": x["H"] - 900, "H_at": [at["epoch"], at["seq"] + 1000]}}})
        self.wait_cloud("counted", lambda cloud: cloud["bad_rows"] == bad + 1)
        self.assertEqual(self.real(COLA), 15)

    def refused(self, name):
        return self.cloud()["refused"].get(name, 0)

    def test_a_push_kept_over_a_failover_of_the_center_is_void(self):
        self.update(COLA, real_quantity=14)
        kept = self.message(COLA, center_epoch=1)
        self.push(kept)
        self.wait_level()
        former, early = self.refused("former_center"), self.refused("early")
        self.center.sql("UPDATE store SET center_epoch = 2 WHERE poi_id = '417'")
        self.update(CAKE, real_quantity=11)
        self.push(self.message(CAKE, center_epoch=2))
        self.wait_cloud("hello first", lambda cloud: cloud["refused"].get("early", 0) > early)
        self.wait_level()
        self.assertEqual(self.real(CAKE), 11)
        ver = self.cloud()["applied_ver"]
        self.push({**kept, "ver": ver + 1000, "prev_ver": ver})
        self.wait_cloud("void", lambda cloud: cloud["refused"].get("former_center") == former + 1)
        self.assertEqual(self.cloud()["applied_ver"], ver)
        self.assert_equal_rows(COLA, CAKE)

    def test_a_push_before_the_first_hello_is_dropped_and_pulled(self):
        self.update(COLA, real_quantity=12)
        message = self.message(COLA)
        self.front.cut()
        try:
            self.store.restart_hub()
            self.wait_up()
            self.push(message)
            self.wait_cloud("early", lambda cloud: cloud["refused"].get("early") == 1)
            self.assertNotEqual(self.real(COLA), 12)
        finally:
            self.front.mend()
        self.wait_level()
        self.assertEqual(self.real(COLA), 12)

    def test_a_state_summary_is_said(self):
        state = self.ear.wait("417", "state")[0]
        self.assertLessEqual({"applied_ver", "epoch", "seq", "acked_seq", "waiting"}, set(state))


class NoBroker(Line):
    """Nobody tells an idle hub anything."""

    def test_a_change_is_pulled(self):
        self.update(COLA, real_quantity=13)
        self.wait_level(2 * SOON_S)
        self.assertEqual((self.real(COLA), self.cloud()["push"]), (13, "none"))


class WholeLine(Line):
    """The center pushes by its own relay, to a broker that keeps little for a slow hub."""

    @classmethod
    def setUpClass(cls):
        cls.make_broker("max_queued_messages 100", "max_inflight_messages 20")
        cls.center_options = ("--mqtt", cls.broker.address, "--head-every", "1")
        super().setUpClass()

    def test_a_change_at_the_center_is_told_on_the_lan(self):
        """And needs no pull: a change may be overtaken by the head that tells of it; one of several
        is not."""
        self.wait_up()
        kiosk = self.device("kiosk-1", "stock/#")

        def pulls_of(qty):
            pulls = self.cloud()["pulls"]
            self.update(CAKE, real_quantity=qty, stock_type=2, stock_status=1)
            kiosk.wait(f"stock/sku/{CAKE}", lambda v: v and v["avail"]["KIOSK"] == str(qty))
            return self.cloud()["pulls"] - pulls
        self.assertEqual(min(pulls_of(qty) for qty in (7, 6, 5)), 0)
        self.assert_equal_rows(CAKE)
        wait_for("the center knows", lambda: int(self.center.one(
            "SELECT applied_ver FROM store WHERE poi_id = '417'")) == self.ver())

    def test_a_sold_out_that_was_not_seen_meets_sales(self):
        """T40"""
        self.update(CAKE, real_quantity=10, stock_type=2, stock_status=1)
        self.wait_level()
        self.partition()
        self.update(CAKE, stock_status=2)
        self.sell("t40", CAKE, 2)
        self.heal()
        self.assert_equal_rows(CAKE)
        self.assertEqual((self.real(CAKE), self.theirs(CAKE)["stock_status"]), (8, 2))
        with self.device("till-1") as till:
            self.assertNotEqual(till.ask("order.place", order_id="t40-no",
                                         lines=order_lines((CAKE, 1)))["code"], 0)
        self.update(CAKE, stock_status=1)
        self.wait_level()

    def test_a_count_at_the_center_keeps_the_sales_it_had_not_seen(self):
        """T41"""
        self.update(COLA, real_quantity=10, stock_type=2, stock_status=1)
        self.wait_level()
        self.partition()
        self.sell("t41", COLA, 3)
        self.update(COLA, real_quantity=12)
        self.heal()
        self.assert_equal_rows(COLA)
        self.assertEqual(self.real(COLA), 9)

    def test_a_queue_that_overflowed_is_pulled(self):
        """T55"""
        self.wait_up()
        self.store.hub.send_signal(signal.SIGSTOP)
        try:
            for i in range(300):
                self.update(MARGHERITA if i % 2 else COLA, real_quantity=100 + i)
        finally:
            self.store.hub.send_signal(signal.SIGCONT)
        self.assert_equal_rows(MARGHERITA, COLA)

    def buy_online(self, order_id, object_id, qty):
        store = {"brandId": "1", "poiId": "417"}
        line = {"line": 1, "object_id": int(object_id), "name": "web", "qty": qty,
                "unit_price": "6.50"}
        for method, path, body in (
                ("POST", ORDERS, {"order_id": order_id, "lines": [line]}),
                ("PUT", f"{ORDERS}/{order_id}", {"action": "pay", "pay_id": order_id})):
            status, answer = self.center.ask(method, path, {**store, **body})
            self.assertEqual((status, answer["code"]), (200, 0), answer)

    def level_with_only_the_broker(self):
        """From here on nothing can be asked for: what comes, came by push."""
        self.wait_up()
        self.wait_level()
        self.addCleanup(self.front.mend)
        self.front.cut()

    def test_an_order_is_pushed(self):
        self.update(CAKE, real_quantity=20, stock_type=2, stock_status=1)
        self.level_with_only_the_broker()
        self.buy_online("pushed-1", CAKE, 2)
        wait_for("the kitchen has it", lambda: self.store.ask("order.get", order_id="pushed-1").get(
            "order", {}).get("kitchen") == "QUEUED", alive=self.store.hub)

    def test_a_case_of_oversell_is_pushed_and_so_is_its_end(self):
        self.update(CAKE, real_quantity=10, stock_type=2, stock_status=1)
        self.wait_level()
        self.sell("short", CAKE, 6)
        self.wait_drained()
        self.buy_online("short-web", CAKE, 3)
        self.level_with_only_the_broker()
        self.update(CAKE, adjust=-4)  # some fell on the floor

        def case(state):
            return next((c for c in self.store.pages("oversell.list", "cases")
                         if str(c["object_id"]) == CAKE and c["state"] == state), None)
        wait_for("a case", lambda: case("OPEN"), alive=self.store.hub)
        self.update(CAKE, adjust=5)
        wait_for("its end", lambda: case("COVERED"), alive=self.store.hub)

    def test_what_is_said_to_the_broker_spares_the_heartbeat(self):
        ear = broker.Ear(self.broker, ("poi/+/+/state", "poi/+/+/head"))
        self.addCleanup(ear.close)
        self.wait_up()
        self.wait_level()
        ear.wait("417", "head", n=2)
        ear.wait("417", "state", n=1)
        before = self.cloud()["requests"]
        ear.wait("417", "state", n=4)  # 30 s later
        self.assertLessEqual(self.cloud()["requests"] - before, 1)
        _, page = self.center.get("/api/v1/poi/hub/stores?brandId=1&poiId=417")
        self.assertTrue(page["stores"][0]["online"])
        self.broker.stop()
        self.addCleanup(self.broker.start)
        wait_for("the heartbeat", lambda: self.cloud()["requests"] > before + 2,
                 alive=self.store.hub)

    def test_without_the_broker_a_pull_heals(self):
        self.wait_up()
        self.broker.stop()
        wait_for("no push", lambda: self.cloud()["push"] == "down")
        self.update(COLA, real_quantity=77)
        self.broker.start()
        self.wait_level(2 * SOON_S)
        self.assertEqual(self.real(COLA), 77)

    def partition(self):
        self.broker.stop()
        self.front.cut()

    def heal(self):
        self.broker.start()
        self.front.mend()
        self.wait_level(2 * SOON_S)


if __name__ == "__main__":
    center_line.need_postgresql()
    broker.need_broker()
    unittest.main()
