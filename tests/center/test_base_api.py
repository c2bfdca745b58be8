#!/usr/bin/python3
"""The base API's shapes: absolute writes with their token, the plain list, and what is left in the
tables (sync-protocol 4.2, T27, T28)."""

import copy
import itertools
import json
import threading

import center

SYNC, FIND = "/api/v1/poi/stock/sync-from-pos", "/api/v1/poi/stock/find-to-pos"
UPDATE, HELLO = "/api/v1/poi/stock/update", "/api/v1/poi/hub/hello"
POI = itertools.count(100)
# base-api.md, verbatim
BODY = """{
  "brandId": "1", "poiId": "1", "object_id": 1,
  "stock_status": 1, "stock_type": 2, "plan_quantity": 10, "real_quantity": 8,
  "auto_restore_type": 2, "auto_restore_at": "2026-01-28T06:00:00+08:00",
  "updated_at": "2026-01-28T10:00:00+08:00",
  "channel_stocks": [ { "stock_status": 2, "stock_type": 2, "channel_code": "POS" } ]
}"""


class StoreTest(center.CenterTest):
    def setUp(self):
        self.poi = str(next(POI))

    def body(self, **more):
        return {**json.loads(BODY), "poiId": self.poi, **more}

    def ok(self, reply):
        self.assertEqual((reply[0], reply[1].get("code")), (200, 0), reply)
        return reply[1]

    def refused(self, status, name, reply):
        self.assertEqual((reply[0], reply[1]["code"], reply[1].get("name")),
                         (status, status, name), reply)
        return reply[1]

    def log(self, poi=None):
        return self.ok(self.center.get(f"/api/v1/poi/stock/log?brandId=1&poiId={poi or self.poi}")
                       )["log"]


class BaseApi(StoreTest):
    def test_the_example_body_verbatim_and_its_repetition(self):
        """T27"""
        for _ in range(2):
            row = self.ok(self.center.post(SYNC, BODY))["row"]
            self.assertEqual((row["stock_status"], row["stock_type"]), (1, 2))
            self.assertEqual((row["plan_quantity"], row["real_quantity"]), (10, 8))
            self.assertEqual(row["channel_stocks"],
                             [{"stock_status": 2, "stock_type": 2, "channel_code": "POS"}])
        self.assertEqual(len(self.log("1")), 1)

    def test_the_current_token_writes_again(self):
        row = self.ok(self.center.post(SYNC, self.body()))["row"]
        body = self.body(updated_at=row["updated_at"], real_quantity=7.5)
        again = self.ok(self.center.post(SYNC, body))["row"]
        self.assertEqual(again["real_quantity"], 7.5)
        self.assertGreater(again["updated_at"], row["updated_at"])
        self.assertEqual(self.ok(self.center.post(SYNC, body))["row"], again)
        self.assertEqual(len(self.log()), 2)

    def test_an_old_token_is_refused_with_the_row(self):
        """T28"""
        row = self.ok(self.center.post(SYNC, self.body()))["row"]
        answer = self.refused(409, "ROW_CHANGED",
                              self.center.post(SYNC, self.body(real_quantity=3)))
        self.assertEqual(answer["row"], row)
        self.assertEqual(len(self.log()), 1)

    def test_the_first_of_two_bodies_is_no_repetition_after_the_second(self):
        first = self.body()
        row = self.ok(self.center.post(SYNC, first))["row"]
        self.ok(self.center.post(SYNC, self.body(updated_at=row["updated_at"], real_quantity=1)))
        self.refused(409, "ROW_CHANGED", self.center.post(SYNC, first))

    def test_the_plain_list_has_the_rows_and_no_extension(self):
        self.ok(self.center.post(SYNC, self.body()))
        self.ok(self.center.post(SYNC, self.body(object_id=2)))
        found = self.ok(self.center.post(FIND, {"brandId": "1", "poiId": self.poi}))["data"]
        self.assertEqual(sorted(row["object_id"] for row in found), [1, 2])
        for row in found:
            self.assertNotIn("x", row)
            self.assertIn("updated_at", row)

    def test_the_columns_of_the_base_api_hold_what_was_written(self):
        self.ok(self.center.post(SYNC, self.body(real_quantity=8.5)))
        self.assertEqual(self.center.sql(
            "SELECT stock_status, stock_type, plan_quantity, real_quantity, auto_restore_type,"
            " extract(epoch FROM auto_restore_at)::bigint FROM poi_item_stock"
            f" WHERE poi_id = '{self.poi}'"), [["1", "2", "10.0", "8.5", "2", "1769551200"]])
        self.assertEqual(self.center.sql(
            "SELECT channel_code, ch.stock_status FROM poi_item_channel_stock ch JOIN"
            " poi_item_stock s ON stock_id = s.id AND ch.shard = s.shard"
            f" WHERE s.poi_id = '{self.poi}'"), [["POS", "2"]])

    def test_bad_bodies_change_nothing_and_are_named(self):
        for more in ({"object_id": None}, {"stock_status": 3}, {"object_id": 10.5},
                     {"channel_stocks": 7}, {"poiId": "../x"}, {"poiId": None}):
            self.refused(400, "BAD_REQUEST", self.center.post(SYNC, self.body(**more)))
        for bad in ("8.55", 8.55, -1, "x"):
            self.refused(400, "BAD_QUANTITY",
                         self.center.post(SYNC, self.body(real_quantity=bad)))
        for text in ("", "[]", "{", "{\"a\":1,\"a\":2}", b"\xff\xfe"):
            self.refused(400, "BAD_REQUEST", self.center.post(SYNC, text))
        self.assertEqual(self.center.one(
            f"SELECT count(*) FROM poi_item_stock WHERE poi_id = '{self.poi}'"), "0")

    def test_one_token_lets_one_of_many_writers_through(self):
        port = self.center.second()
        row = self.ok(self.center.post(SYNC, self.body()))["row"]
        replies = []

        def write(n):
            body = self.body(updated_at=row["updated_at"], real_quantity=n)
            replies.append(self.center.post(SYNC, body, port=port if n % 2 else None)[0])

        writers = [threading.Thread(target=write, args=(n,)) for n in range(1, 9)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        self.assertEqual(sorted(replies), [200] + [409] * 7)
        self.assertEqual(len(self.log()), 2)


class Merchant(StoreTest):
    def update(self, **more):
        return self.ok(self.center.post(UPDATE, {"brandId": "1", "poiId": self.poi,
                                                 "object_id": 1001, **more}))["row"]

    def rows(self, query=""):
        return self.ok(self.center.get(
            f"/api/v1/poi/stock/rows?brandId=1&poiId={self.poi}{query}"))

    def pull(self, since, **more):
        return self.center.post(FIND, {"proto": 2, "brandId": "1", "poiId": self.poi, "epoch": 7,
                                       "since_ver": since, **more})

    def test_members_that_are_missing_stay(self):
        self.update(stock_type=2, plan_quantity=10, real_quantity=10)
        row = self.update(stock_status=2)
        self.assertEqual((row["stock_status"], row["plan_quantity"], row["real_quantity"]),
                         (2, 10, 10))
        self.assertEqual(row["x"]["st"]["status"][2], 0)

    def test_a_count_is_a_base_and_a_delta_is_none(self):
        self.update(stock_type=2, plan_quantity=10, real_quantity=10)
        row = self.update(adjust=-2)
        self.assertEqual((row["real_quantity"], row["x"]["C"], row["x"]["base"]["c"]), (8, -20, 0))
        row = self.update(real_quantity=20)
        self.assertEqual((row["real_quantity"], row["x"]["C"], row["x"]["base"]["c"]),
                         (20, -20, -20))

    def test_no_delta_takes_a_row_beyond_what_readers_take(self):
        most = 999999999.9
        row = {"brandId": "1", "poiId": self.poi, "object_id": 1}
        self.ok(self.center.post(UPDATE, {**row, "stock_type": 2, "real_quantity": most}))
        status, answer = self.center.post(UPDATE, {**row, "adjust": 0.1})
        self.assertEqual((status, answer["name"], answer["detail"]), (400, "BAD_QUANTITY", "adjust"))
        self.ok(self.center.post(UPDATE, {**row, "adjust": -most}))
        self.ok(self.center.post(UPDATE, {**row, "adjust": -most}))
        self.assertEqual(self.center.post(UPDATE, {**row, "adjust": -0.1})[0], 400)

    def test_each_change_has_a_version_a_log_line_and_an_outbox_entry(self):
        for n in range(1, 4):
            self.assertEqual(self.update(real_quantity=n)["over"], n)
        log = self.log()
        self.assertEqual([line["content"]["ver"] for line in log], [3, 2, 1])
        self.assertEqual(log[0]["content"]["before"]["real_t"], 20)
        self.assertEqual(log[0]["content"]["after"]["real_t"], 30)
        self.assertEqual(self.center.sql(
            f"SELECT ver FROM outbox WHERE poi_id = '{self.poi}' ORDER BY ver"),
            [["1"], ["2"], ["3"]])

    def test_pages_follow_the_versions(self):
        for n in range(1, 8):
            self.update(object_id=n, real_quantity=n)
        self.update(object_id=2, real_quantity=9)
        seen, since, more = [], 0, True
        while more:
            page = self.ok(self.pull(since, limit=3))
            seen += [row["object_id"] for row in page["rows"]]
            since, more = page["next_ver"], page["more"]
            self.assertEqual(page["head_ver"], 8)
        self.assertEqual(seen, [1, 3, 4, 5, 6, 7, 2])
        self.assertEqual(since, 8)
        self.assertEqual([row["object_id"] for row in self.rows("&since_ver=6")["rows"]], [7, 2])

    def test_a_deleted_row_is_a_tombstone_until_the_floor_passes_it(self):
        """T39"""
        self.update(object_id=1, real_quantity=1)
        self.update(object_id=2, real_quantity=1)
        self.update(object_id=2, deleted=True)
        page = self.ok(self.pull(2))
        self.assertEqual([(row["object_id"], row["x"]["del"]) for row in page["rows"]], [(2, 1)])
        data = self.ok(self.center.post(FIND, {"brandId": "1", "poiId": self.poi}))["data"]
        self.assertEqual([row["object_id"] for row in data], [1])

        where = f"WHERE poi_id = '{self.poi}'"
        self.center.sql(f"DELETE FROM poi_item_stock {where} AND del;"
                        f"UPDATE store SET tombstone_floor = 50, ver = 60 {where}")
        self.refused(410, "GONE", self.pull(10))
        page = self.ok(self.pull(0, full=True))
        self.assertEqual([row["object_id"] for row in page["rows"]], [1])
        self.assertEqual(page["next_ver"], 60)
        self.ok(self.pull(50))

    def test_hello_tells_the_positions(self):
        tail = "ab" * 32
        self.update(real_quantity=3)
        hello = {"brandId": "1", "poiId": self.poi, "box_id": "BX-01", "epoch": 7,
                 "last_seq": 1043, "tail": tail, "applied_ver": 0, "features": ["lease"]}
        self.refused(409, "UNKNOWN_EPOCH", self.center.post(HELLO, hello))
        self.center.sql(f"UPDATE store SET cur_epoch = 7, acked_seq = 1040, tail = '\\x{tail}'"
                        f" WHERE poi_id = '{self.poi}'")
        answer = self.ok(self.center.post(HELLO, hello))
        self.assertEqual((answer["epoch"], answer["acked_seq"], answer["head_ver"]), (7, 1040, 1))
        fenced = self.refused(409, "FENCED", self.center.post(HELLO, {**hello, "epoch": 6}))
        self.assertEqual(fenced["epoch"], 7)
        back = copy.deepcopy(hello)
        back["last_seq"] = 900
        self.refused(409, "ROLLBACK_DETECTED", self.center.post(HELLO, back))
        back.update(last_seq=1040, tail="cd" * 32)
        self.refused(409, "ROLLBACK_DETECTED", self.center.post(HELLO, back))


if __name__ == "__main__":
    center.main()
