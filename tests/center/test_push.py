#!/usr/bin/python3
"""Changes reach the broker: rows with the versions they follow, heads, and again for hubs that lag
(sync-protocol 4.4; T37)."""

import itertools
import time

import broker
import center
from hub import Hub

A, B = 1001, 1002
UPDATE = "/api/v1/poi/stock/update"
POI = itertools.count(900)
LEADS = "locktype = 'advisory' AND granted AND objid = 7043002"  # tools/product-center/outbox.c


class PushTest(center.CenterTest):
    HEAD_EVERY_S = "3600"
    UNIX = False
    MORE_OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.broker = broker.Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.OPTIONS = ("--mqtt", cls.broker.socket if cls.UNIX else cls.broker.address,
                       "--head-every", cls.HEAD_EVERY_S, *cls.MORE_OPTIONS)
        super().setUpClass()

    def setUp(self):
        self.poi = str(next(POI))
        self.ear = broker.Ear(self.broker)
        self.addCleanup(self.ear.close)

    def update(self, poi=None, object_id=A, **more):
        status, answer = self.center.post(UPDATE, {
            "brandId": "1", "poiId": poi or self.poi, "object_id": object_id, **more})
        self.assertEqual(status, 200, answer)
        return answer["row"]

    def store(self, column):
        return self.center.one(f"SELECT {column} FROM store WHERE poi_id = '{self.poi}'")

    def no_repeats(self):
        """To a hub that acknowledges nothing, until it acknowledges something."""
        self.center.sql(f"UPDATE store SET push_due = 'infinity' WHERE poi_id = '{self.poi}'")

    def fastest(self):
        """Of some pushes the time from the change until it is heard. Who only looks once a second
        takes a second for each."""
        took = []
        for _ in range(5):
            begun = time.monotonic()
            ver = self.update()["over"]
            self.ear.wait(self.poi, "down", lambda m, at=ver: m["ver"] == at)
            took.append(time.monotonic() - begun)
        return min(took[1:])

    def all_is_sent(self):
        return self.center.one(
            f"SELECT count(*) FROM outbox WHERE poi_id = '{self.poi}'") == "0"


class Push(PushTest):
    def test_a_change_is_pushed_at_once_with_the_version_it_follows(self):
        self.update(plan_quantity=10, stock_type=2, real_quantity=10)
        self.ear.wait(self.poi, "down")
        row = self.update(stock_status=2)
        push = self.ear.wait(self.poi, "down", n=2)[1]
        self.assertEqual((push["brandId"], push["poiId"], push["objectType"], push["eventType"]),
                         ("1", self.poi, "item_stock", "poi.item.stock"))
        self.assertEqual((push["ver"], push["prev_ver"]), (2, 1))
        self.assertEqual((push["center_epoch"], len(push["hlc"])), (1, 2))
        over = row.pop("over")
        self.assertEqual((over, push["data"]), (2, row))
        head = self.ear.wait(self.poi, "head", n=2)[1]
        self.assertEqual((head["ver"], head["center_epoch"]), (2, 1))
        self.assertLess(self.fastest(), 0.8)

    def test_the_head_is_retained(self):
        self.update()
        self.ear.wait(self.poi, "head")
        late = broker.Ear(self.broker)
        self.addCleanup(late.close)
        self.assertEqual(late.wait(self.poi, "head")[0]["ver"], 1)
        self.assertEqual(late.of(self.poi, "down"), [])

    def test_an_echo_is_no_message_but_moves_the_head(self):
        hub = Hub(self.center, self.poi)
        hub.open_epoch()
        self.no_repeats()
        self.ear.wait(self.poi, "down")
        hub.set_plan(A, 100)
        hub.sell(B)
        hub.post()
        self.no_repeats()
        self.assertEqual(self.ear.wait(self.poi, "head", n=2)[1]["ver"], 3)
        self.update(object_id=B, stock_status=2)
        push = self.ear.wait(self.poi, "down", n=2)[1]
        self.assertEqual(push["ver"], 4)
        self.assertEqual(len(self.ear.of(self.poi, "down")), 2)

    def test_what_happened_without_a_broker_is_pushed_later_once_a_row(self):
        """News stays news when the hub moves the row after it."""
        hub = Hub(self.center, self.poi)
        hub.open_epoch()
        self.no_repeats()
        self.ear.wait(self.poi, "down")
        self.broker.stop()
        self.update(stock_status=2)
        self.update(object_id=B, stock_status=2)
        hub.sell(A)
        hub.post()
        self.broker.start()
        pushes = self.ear.wait(self.poi, "down", lambda m: m["ver"] > 1, n=2)
        self.assertEqual([(m["prev_ver"], m["ver"], m["data"]["object_id"]) for m in pushes],
                         [(1, 3, B), (3, 4, A)])
        self.assertEqual((pushes[1]["data"]["stock_status"], pushes[1]["data"]["x"]["H"]),
                         (2, -10))

    def test_an_acknowledgement_moves_forward_and_not_past_the_version(self):
        for _ in range(5):
            self.update()
        self.ear.wait(self.poi, "down", lambda m: m["ver"] == 5)
        self.ear.say(self.poi, "ack", {"applied_ver": 3})
        self.until("the third", lambda: self.store("applied_ver") == "3")
        for nonsense in ({"applied_ver": 9}, {"applied_ver": 2}, {"applied_ver": "x"}, "{", "[]"):
            self.ear.say(self.poi, "ack", nonsense)
        self.ear.say("no.such", "ack", {"applied_ver": 1})
        self.ear.say(self.poi, "state", {"applied_ver": 4, "queue_age_s": 7})
        self.until("the fourth", lambda: self.store("applied_ver") == "4")
        self.assertIn("queue_age_s", self.store("state"))

    def test_of_acknowledgements_heard_at_once_the_highest_possible_counts(self):
        for _ in range(5):
            self.update()
        self.ear.wait(self.poi, "down", lambda m: m["ver"] == 5)
        self.until("all is sent", self.all_is_sent)
        with self.center.frozen():
            for applied in (2, 9, 4, 3):
                self.ear.say(self.poi, "ack", {"applied_ver": applied})
        self.until("the fourth", lambda: self.store("applied_ver") == "4")

    def test_a_lost_session_of_the_database_is_taken_up_again(self):
        self.update()
        self.ear.wait(self.poi, "down")
        self.center.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                        "usename = 'center' AND pid <> pg_backend_pid()")
        self.update()
        self.ear.wait(self.poi, "down", lambda m: m["ver"] == 2)
        self.assertLess(self.fastest(), 0.8)

    def test_many_changes_come_in_order_and_none_is_missing(self):
        for n in range(1, 301):
            self.update(object_id=n)
        pushes = self.ear.wait(self.poi, "down", n=300)
        self.assertEqual([m["ver"] for m in pushes], list(range(1, 301)))
        self.assertEqual([m["prev_ver"] for m in pushes], list(range(0, 300)))
        self.until("all is sent", self.all_is_sent)


class Lag(PushTest):
    def test_exactly_the_stores_that_lag_are_pushed_again(self):
        """T37: 20,000 stores, 7 of them behind, anywhere among the shards."""
        lagging = [str(next(POI)) for _ in range(7)]
        for poi in lagging:
            self.update(poi)
            self.ear.wait(poi, "down")
        self.center.sql(
            "INSERT INTO store (shard, brand_id, poi_id, cur_epoch, ver, applied_ver)"
            " SELECT n % 1024, '1', 'S' || n, 7, 5, 5 FROM generate_series(1, 19993) AS n")
        self.center.sql("ANALYZE store")
        self.assertGreater(len(self.center.sql(
            "SELECT DISTINCT shard / 64 FROM store WHERE applied_ver < ver")), 2)
        begun = time.monotonic()
        self.center.sql("UPDATE store SET cur_epoch = 7, push_due = now() + interval '5 s'"
                        " WHERE applied_ver < ver")
        for poi in lagging:
            self.ear.wait(poi, "down", n=2)
        self.assertGreater(time.monotonic() - begun, 4.0)
        self.assertEqual({m[1] for m in self.ear.heard if m[2] == "down"}, set(lagging))
        for poi in lagging:
            self.assertEqual(self.ear.of(poi, "down")[0]["data"],
                             self.ear.of(poi, "down")[1]["data"])
            self.ear.say(poi, "ack", {"applied_ver": 1})
        self.until("nobody lags", lambda: self.center.one(
            "SELECT count(*) FROM store WHERE applied_ver < ver") == "0")
        plan = "\n".join(line[0] for line in self.center.sql(
            "EXPLAIN SELECT shard, brand_id, poi_id FROM store WHERE applied_ver < ver AND"
            " cur_epoch > 0 AND push_due <= now() ORDER BY push_due LIMIT 50"))
        self.assertNotIn("Seq Scan", plan)


class Relays(PushTest):
    def test_of_two_relays_one_works_and_the_other_takes_over(self):
        port = self.center.second()
        for n in range(1, 41):
            self.update(object_id=n)
        self.assertEqual([m["ver"] for m in self.ear.wait(self.poi, "down", n=40)],
                         list(range(1, 41)))
        self.until("all is sent", self.all_is_sent)
        leader = int(self.center.one(
            f"SELECT count(*) FROM pg_locks WHERE {LEADS}"))
        self.assertEqual(leader, 1)
        with self.center.frozen():
            self.assertIsNone(self.center.more[-1].poll())
            self.center.sql(f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE {LEADS}")
            status, _ = self.center.post(UPDATE, {"brandId": "1", "poiId": self.poi,
                                                  "object_id": 41}, port=port)
            self.assertEqual(status, 200)
            self.ear.wait(self.poi, "down", lambda m: m["ver"] == 41)
            self.assertEqual(len(self.ear.of(self.poi, "down")), 41)


class Heard(PushTest):
    MORE_OPTIONS = ("--test-faults",)

    def clock(self, ms):
        self.assertEqual(self.center.post("/test/faults", {"clock_ms": ms})[0], 200)

    def test_what_a_hub_says_to_the_broker_counts_as_heard(self):
        status, _ = self.center.post("/api/v1/poi/hub/claim", {
            "brandId": "1", "poiId": self.poi, "box_id": "BX-1", "epoch": 0})
        self.assertEqual(status, 200)
        for leaf, message in (("ack", {"applied_ver": 0}), ("state", {"waiting": 0})):
            self.center.sql(f"UPDATE store SET seen_at = NULL WHERE poi_id = '{self.poi}'")
            self.ear.say(self.poi, leaf, message)
            self.until("heard", lambda: self.store("seen_at IS NOT NULL") == "t")
        _, page = self.center.get(f"/api/v1/poi/hub/stores?brandId=1&poiId={self.poi}")
        self.assertTrue(page["stores"][0]["online"])

    def test_it_is_heard_by_the_clock_that_says_who_is_online(self):
        """The database's may be another one."""
        self.addCleanup(self.clock, 0)
        self.update()
        for ms in (-3600000, 3600000):
            self.clock(ms)
            self.center.sql(f"UPDATE store SET seen_at = NULL WHERE poi_id = '{self.poi}'")
            self.ear.say(self.poi, "state", {"waiting": 0})
            self.until("heard", lambda: self.store("seen_at IS NOT NULL") == "t")
            ahead_s = float(self.store("extract(epoch FROM seen_at - now())"))
            self.assertLess(abs(ahead_s - ms / 1000), 600)


class Heads(PushTest):
    HEAD_EVERY_S = "2"
    UNIX = True

    def test_heads_are_repeated(self):
        pois = [str(next(POI)) for _ in range(5)]
        begun = time.monotonic()
        for poi in pois:
            self.update(poi)
        for poi in pois:
            self.ear.wait(poi, "head", n=3)
        self.assertGreater(time.monotonic() - begun, 1.5)
        self.assertTrue(all(m["ver"] == 1 for poi in pois for m in self.ear.of(poi, "head")))


if __name__ == "__main__":
    broker.need_broker()
    center.main()
