#!/usr/bin/python3
"""The tables: made in steps, each once; cut into 16 parts that cover the 1024 shards, one part read
for one store."""

import glob
import os
import re
import subprocess

import center
from hub import Hub

STEPS = os.path.join(center.ROOT, "tools", "product-center", "schema", "*.sql")
READ = ["store", "poi_item_stock", "poi_item_channel_stock", "poi_item_stock_log", "dead_letter"]
FIND, UPDATE = "/api/v1/poi/stock/find-to-pos", "/api/v1/poi/stock/update"
CHORES = os.path.join(center.ROOT, "tools", "product-center", "chores.c")
HOLDER = "holder"  # as a connection calls itself
POS = [{"channel_code": "POS", "stock_status": 1, "stock_type": 1}]


class Schema(center.CenterTest):
    def tables(self):
        return [name for name, in self.center.sql(
            "SELECT relname FROM pg_class WHERE relkind = 'p' ORDER BY relname")]

    def test_no_table_is_whole(self):
        self.assertEqual(self.center.sql(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relispartition AND "
            "relnamespace = 'public'::regnamespace"), [["schema_version"]])

    def test_every_table_is_cut_into_16_parts(self):
        for table in self.tables():
            parts = self.center.sql(
                "SELECT pg_get_expr(relpartbound, oid) FROM pg_class JOIN pg_inherits "
                f"ON oid = inhrelid WHERE inhparent = '{table}'::regclass ORDER BY relname")
            self.assertEqual([p[0] for p in parts],
                             [f"FOR VALUES FROM ({n}) TO ({n + 64})" for n in range(0, 1024, 64)],
                             table)

    def test_shard_leads_every_key(self):
        keys = self.center.sql(
            "SELECT i.indrelid::regclass, a.attname FROM pg_index i JOIN pg_attribute a ON "
            "a.attrelid = i.indrelid AND a.attnum = i.indkey[0] JOIN pg_class c ON c.oid = "
            "i.indrelid WHERE c.relkind = 'p' AND i.indisunique")
        self.assertGreaterEqual(len(keys), len(self.tables()))
        for table, column in keys:
            self.assertEqual(column, "shard", table)

    def parts_read(self, statement):
        """The parts a plan touches, both planned for the values and planned for any."""
        for mode in ("force_custom_plan", "force_generic_plan"):
            plan = self.center.sql(
                f"SET plan_cache_mode = {mode}; PREPARE s(int, text, text) AS {statement};"
                "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) EXECUTE s(700, '1', '1')")
            text = "\n".join(line[0] for line in plan)
            yield {int(n) for n in re.findall(r"Scan.* on \w+_(\d\d)\b.*\(actual", text)}

    def test_one_store_reads_one_part(self):
        where = "WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
        for table in self.tables():
            for parts in self.parts_read(f"SELECT * FROM {table} {where}"):
                self.assertEqual(parts, {700 // 64}, table)

    def test_one_store_changes_one_part(self):
        where = "WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
        for parts in self.parts_read(f"UPDATE poi_item_stock SET del = false {where}"):
            self.assertEqual(parts, {700 // 64})
        for parts in self.parts_read(f"DELETE FROM outbox {where}"):
            self.assertEqual(parts, {700 // 64})

    def test_no_shard_reads_every_part(self):
        """The look at the plan would see it."""
        plan = self.center.sql("EXPLAIN (COSTS OFF) SELECT * FROM store WHERE poi_id = '1'")
        text = "\n".join(line[0] for line in plan)
        self.assertTrue(all(f"store_{n:02d}" in text for n in range(16)), text)


class Pruning(center.CenterTest):
    def test_requests_of_one_store_touch_one_part_of_each_table(self):
        """The server's own counts of scans; often enough that plans for any value are used too."""
        hub = Hub(self.center, "77")
        hub.open_epoch()
        self.hold_chores()
        before = self.scans()
        store = {"brandId": "1", "poiId": "77"}
        for n in range(1, 13):
            hub.set_real(1001, 100 + n)
            hub.event("XYZ", {})
            hub.sell(1001)
            for status, _ in (hub.post(3 * n - 2), self.center.post(FIND, store),
                              self.center.post(FIND, {**store, "proto": 2, "epoch": 7,
                                                      "since_ver": n, "limit": 5}),
                              self.center.post(UPDATE, {**store, "object_id": n,
                                                        "channel_stocks": POS}),
                              self.center.get("/api/v1/poi/stock/log?brandId=1&poiId=77")):
                self.assertEqual(status, 200)
        touched = {name for name, n in self.scans().items() if n > before[name]}
        part = int(self.center.one("SELECT shard FROM store WHERE poi_id = '77'")) // 64
        self.assertEqual({int(name[-2:]) for name in touched}, {part}, touched)
        self.assertLessEqual({f"{table}_{part:02d}" for table in READ}, touched)

    def hold_chores(self):
        """What the center looks through by itself, all parts at once, waits meanwhile."""
        psql = subprocess.Popen(
            [os.path.join(center.PG_BIN, "psql"), "-X", "-q", "-A", "-t", "-d",
             self.center.conninfo], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PGAPPNAME": HOLDER})
        self.addCleanup(psql.wait, center.SOON_S)
        self.addCleanup(psql.stdout.close)
        self.addCleanup(psql.stdin.close)
        with open(CHORES, encoding="utf-8") as f:
            names = re.findall(r'\{"([a-z]+)", \w+_EVERY_MS', f.read())
        self.assertIn("sweep", names)
        psql.stdin.write("SELECT pg_advisory_lock(7043100, hashtext(name)) FROM "
                         f"unnest('{{{','.join(names)}}}'::text[]) AS name;\n\\echo held\n")
        psql.stdin.flush()
        while (line := psql.stdout.readline().strip()) != "held":
            self.assertEqual(line, "")

    def scans(self):
        """Scans of each part so far. A connection that ends has told all it counted."""
        self.center.sql("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE "
                        "usename = 'center' AND pid <> pg_backend_pid() AND "
                        f"application_name <> '{HOLDER}'")
        return {name: int(n) for name, n in self.center.sql(
            "SELECT relname, seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables "
            "WHERE relname ~ '_[0-9][0-9]$'")}


class Steps(center.CenterTest):
    def applied(self):
        return self.center.sql("SELECT step, applied_at FROM schema_version ORDER BY step")

    def test_each_step_is_applied_once(self):
        names = sorted(os.path.basename(path)[:-len(".sql")] for path in glob.glob(STEPS))
        before = self.applied()
        self.assertEqual([name for name, _ in before], names)
        self.center.second()
        self.assertEqual(self.applied(), before)

    def test_what_is_missing_is_applied_and_nothing_else(self):
        missing = "SELECT to_regclass('outbox_15') IS NULL"
        self.center.sql("DROP TABLE outbox_15")
        self.center.second()
        self.assertEqual(self.center.one(missing), "t")
        self.center.sql("DELETE FROM schema_version WHERE step = '001-center'")
        self.center.second()
        self.assertEqual(self.center.one(missing), "f")


class Front(center.CenterTest):
    def test_processes_share_a_database(self):
        port = self.center.second()
        for at in (self.center.port, port):
            self.assertEqual(self.center.get("/health", port=at), (200, {"code": 0}))

    def test_a_lost_connection_is_opened_again(self):
        for _ in range(3):
            self.center.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                            "usename = 'center' AND pid <> pg_backend_pid()")
            for _ in range(10):
                self.assertEqual(self.center.get("/health"), (200, {"code": 0}))

    def test_unknown_paths_and_methods_are_named(self):
        status, answer = self.center.get("/api/v1/nothing")
        self.assertEqual((status, answer["name"]), (404, "NOT_FOUND"))
        status, answer = self.center.post("/health", {})
        self.assertEqual((status, answer["name"]), (405, "METHOD_NOT_ALLOWED"))


if __name__ == "__main__":
    center.main()
