#!/usr/bin/python3
"""What has had its time is thrown away: events after 400 days, tombstones after 30, pushes that
nobody took after one (sync-protocol 3.6, 4.5)."""

import itertools

import center
from hub import Hub

A = 1001
CLAIM, SALVAGE = "/api/v1/poi/hub/claim", "/api/v1/poi/hub/salvage"
FIND, UPDATE = "/api/v1/poi/stock/find-to-pos", "/api/v1/poi/stock/update"
POI = itertools.count(300)
DAY_MS = 24 * 3600 * 1000


class Sweep(center.CenterTest):
    OPTIONS = ("--test-faults",)

    def setUp(self):
        self.poi = str(next(POI))
        self.store = {"brandId": "1", "poiId": self.poi}
        self.addCleanup(self.clock, 0)
        self.clock(0)

    def clock(self, ms):
        self.assertEqual(self.center.post("/test/faults", {"clock_ms": ms})[0], 200)

    def claim(self, epoch=0):
        _, answer = self.center.post(CLAIM, {**self.store, "box_id": "BX-1", "epoch": epoch})
        return Hub(self.center, self.poi, epoch=answer["epoch"])

    def count(self, table, where="true"):
        return int(self.center.one(f"SELECT count(*) FROM {table} WHERE poi_id = '{self.poi}' AND "
                                   f"{where}"))

    def swept(self, days):
        """A whole sweep at that time from now: the pushes go last, and one is put there that no
        earlier one takes."""
        part = self.center.one(f"SELECT shard FROM store WHERE poi_id = '{self.poi}'")
        self.center.sql("INSERT INTO outbox (shard, brand_id, poi_id, ver, object_type, object_id, "
                        f"echo, created_at) VALUES ({part}, '1', '{self.poi}', 999999, 2, 1, true, "
                        f"now() + interval '{days - 1.01} days')")
        self.clock(int(days * DAY_MS))
        self.until("swept", lambda: self.count("outbox", "ver = 999999") == 0)

    def test_events_stay_for_400_days(self):
        hub = self.claim()
        hub.sell(A)
        hub.event("XYZ", {})
        hub.post()
        old = hub.sell(A)
        new = self.claim(1)
        self.center.post(SALVAGE, {**self.store, "box_id": "BX-1", "epoch": 1, "first_seq": old,
                                   "prev": hub.hashes[old - 1], "events": hub.events[old - 1:]})
        self.center.sql(f"UPDATE dead_letter SET closed = true WHERE poi_id = '{self.poi}'")
        tables = ("hub_event", "salvage_event", "dead_letter")
        self.swept(399.9)
        self.assertEqual([self.count(table) for table in tables], [1, 1, 1])
        self.swept(400.1)
        self.assertEqual([self.count(table) for table in tables], [0, 0, 0])
        self.clock(0)
        new.rows[A] = {"H": -10, "Lh": 0}
        new.sell(A)
        self.assertEqual(new.post()[1]["acked_seq"], 1)

    def test_open_dead_letters_stay(self):
        hub = self.claim()
        hub.event("XYZ", {})
        hub.post()
        self.swept(1000)
        self.assertEqual(self.count("dead_letter"), 1)

    def test_more_than_one_piece_goes(self):
        hub = self.claim()
        hub.sell(A)
        hub.post()
        self.center.sql("INSERT INTO hub_event SELECT shard, brand_id, poi_id, epoch, n, hlc_l_ms, "
                        "hlc_c, cv, kind, bh, hash, body, created_at FROM hub_event, "
                        f"generate_series(2, 2500) n WHERE poi_id = '{self.poi}' AND seq = 1")
        self.swept(401)
        self.assertEqual(self.count("hub_event"), 0)

    def delete(self, object_id, **more):
        status, _ = self.center.post(UPDATE, {**self.store, "object_id": object_id, **more,
                                              "deleted": True})
        self.assertEqual(status, 200)

    def find(self, since, **more):
        return self.center.post(FIND, {**self.store, "proto": 2, "epoch": 1, "since_ver": since,
                                       **more})

    def command(self, object_id):
        """One that a store which is gone never did."""
        self.center.sql("INSERT INTO stock_cmd (shard, brand_id, poi_id, object_type, object_id, n,"
                        f" op, q_t) SELECT shard, brand_id, poi_id, 2, {object_id}, 1, 'SET', 10 "
                        f"FROM store WHERE poi_id = '{self.poi}'")

    def test_tombstones_stay_for_30_days_and_raise_the_floor(self):
        self.claim()
        self.delete(A, channel_stocks=[{"channel_code": "POS", "stock_status": 1, "stock_type": 1}])
        gone = int(self.center.one(f"SELECT over FROM poi_item_stock WHERE poi_id = '{self.poi}'"))
        self.center.post(UPDATE, {**self.store, "object_id": A + 1})
        self.command(A)
        self.command(A + 1)
        self.swept(29.9)
        self.assertEqual((self.count("poi_item_stock", "del"), self.count("stock_cmd")), (1, 2))
        self.assertEqual(self.find(0)[0], 200)
        self.swept(30.1)
        self.assertEqual((self.count("poi_item_stock", "del"), self.count("poi_item_stock")), (0, 1))
        self.assertEqual(self.count("poi_item_channel_stock"), 0)
        self.assertEqual((self.count("stock_cmd"), self.count("stock_cmd", f"object_id = {A}")),
                         (1, 0))
        self.assertEqual([self.find(gone - 1)[1]["code"], self.find(gone)[0]], [410, 200])
        status, page = self.find(0, full=True)
        self.assertEqual((status, [row["object_id"] for row in page["rows"]]), (200, [A + 1]))

    def test_a_tombstone_with_locked_goods_stays(self):
        self.claim()
        self.delete(A)
        self.center.sql(f"UPDATE poi_item_stock SET lh_t = 10 WHERE poi_id = '{self.poi}'")
        self.swept(31)
        self.assertEqual(self.count("poi_item_stock", "del"), 1)

    def test_pushes_that_nobody_took_go_after_a_day(self):
        self.claim()
        self.center.post(UPDATE, {**self.store, "object_id": A})
        self.swept(0.9)
        self.assertEqual(self.count("outbox"), 1)
        self.swept(1.1)
        self.assertEqual(self.count("outbox"), 0)


class Together(Sweep):
    """Two processes; either may do it, and each chore is done by one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = cls.center.second()

    def clock(self, ms):
        super().clock(ms)
        self.center.post("/test/faults", {"clock_ms": ms}, port=self.port)


if __name__ == "__main__":
    center.main()
