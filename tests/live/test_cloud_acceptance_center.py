#!/usr/bin/python3
"""A center that dies, that goes back to an older copy of its books, and that cannot digest one event
(sync-protocol 3.5, 4.2, 7.3)."""

import signal
import sys
import time
import unittest

from cloud_line import SYNC, CloudLine, need_cloud
from live import CAKE, COLA, MARGHERITA
from strict_line import StrictLine
from test_clock import LIBRARY, Wall

KEPT = ("store", "poi_item_stock", "poi_item_channel_stock", "poi_item_stock_log", "hub_event",
        "dead_letter", "outbox", "center_order", "center_order_line", "center_order_effect",
        "hub_epoch", "down_item", "base_cut", "stock_cmd", "order_override")
POISON_S = 300  # 7.3


class GoesBack:
    """A center that can be put back to an older copy of its books."""

    def keep(self):
        self.cloud.sql("CREATE SCHEMA kept;" + "".join(
            f"CREATE TABLE kept.{t} AS SELECT * FROM {t};" for t in KEPT))

    def columns(self, table):
        """Those that are not computed."""
        return self.cloud.one("SELECT string_agg(column_name, ',') FROM information_schema.columns"
                              " WHERE table_schema = 'public' AND is_generated = 'NEVER' AND"
                              f" table_name = '{table}'")

    def restore(self, table):
        columns = self.columns(table)
        return f"DELETE FROM {table};INSERT INTO {table} ({columns}) SELECT {columns} FROM kept.{table};"

    def go_back(self):
        """The center comes up with the copy, and says so by its epoch."""
        self.cloud.stop_center(signal.SIGKILL)
        epoch = int(self.cloud.one("SELECT center_epoch FROM store"))
        self.cloud.sql("BEGIN;" + "".join(self.restore(t) for t in KEPT) +
            f"UPDATE store SET center_epoch = {epoch + 1}; DROP SCHEMA kept CASCADE; COMMIT")
        self.cloud.start_center()


class Center(GoesBack, CloudLine):
    def test_a_dead_center_whose_broker_lives(self):
        self.count(COLA, 40)
        self.cloud.stop_center(signal.SIGKILL)
        self.sell("dead", COLA, 12)
        fault = self.until("the alert", lambda: self.fault("PH-2101"))
        self.assertIn("Cloud down", fault["text"])
        line = self.line()
        self.assertEqual((line["link"], line["push"]), ("down", "up"))
        self.assertTrue(line["error"])
        code, text = self.ctl("sync", "status")
        self.assertIn(line["error"], text)
        self.assertGreaterEqual(line["waiting"], 12)
        self.cloud.start_center()
        self.store.control("sync.now")
        self.level()
        self.assertEqual(self.real(COLA), 28)
        self.until("no alert", lambda: not self.fault("PH-2101"))
        self.assert_equal(COLA)

    def test_a_center_that_fails_over_to_an_older_copy(self):
        """T71"""
        self.count(COLA, 50)
        self.count(CAKE, 50)
        self.sell("t71-a", COLA, 2)
        self.level()
        self.keep()
        kept = [int(v) for v in self.cloud.sql("SELECT acked_seq, ver FROM store")[0]]
        self.sell("t71-b", COLA, 5)
        for n in range(9):
            self.update(CAKE, real_quantity=30 + n)
        self.level()
        self.cloud.cut()
        self.sell("t71-c", COLA, 3)
        self.go_back()
        back = [int(v) for v in self.cloud.sql("SELECT acked_seq, ver FROM store")[0]]
        self.assertEqual(back, kept)
        self.assertGreater(self.line()["applied_ver"], back[1])
        self.heal()
        self.assertEqual(self.real(COLA), 40)
        self.assertEqual(self.cloud.one("SELECT count(*) FROM center_order WHERE order_id LIKE"
                                        " 't71-%'"), "10")
        self.assert_equal(COLA, CAKE)
        self.update(COLA, real_quantity=60)
        self.level()
        self.sell("t71-d", COLA)
        self.level()
        self.assertEqual(self.real(COLA), 59)
        self.assert_equal(COLA, CAKE)


class Rights(GoesBack, StrictLine):
    """What it had promised the store is not promised again as something else."""

    def acknowledged(self, item):
        """Whether the store has the newest split of days to come."""
        return self.cloud.one("SELECT offers[cardinality(offers) - 3] = offer_acked FROM "
                              f"poi_item_stock WHERE object_id = {item}") == "t"

    def offered(self, item):
        return int(self.cloud.one("SELECT offers[cardinality(offers) - 3] FROM poi_item_stock "
                                  f"WHERE object_id = {item}"))

    def test_splits_and_commands_after_a_failover_are_new_ones(self):
        item = self.f2(10, 7, 3, auto_restore_type=1, auto_restore_at="23:59", daily=True)
        self.until("the first split", lambda: self.acknowledged(item))
        self.level()
        self.keep()
        self.update(item, plan_quantity=20)
        self.assertEqual(self.ask_update(item, adjust=2)[0], 202)
        self.level()
        lost = self.offered(item)
        self.cloud.cut()
        self.go_back()
        self.update(item, plan_quantity=4)
        self.assertEqual(self.ask_update(item, adjust=5)[0], 202)
        self.assertGreater(self.offered(item), lost)
        self.heal()
        self.until("the split of now", lambda: self.acknowledged(item))
        acks = [e["body"]["n"] for e in self.events()
                if e["kind"] == "OFFER_ACK" and str(e["body"]["object_id"]) == item]
        self.assertEqual(acks[-1], self.offered(item))
        self.assertEqual(self.real(item), 17)
        self.assert_sound(item)


class Poison(CloudLine):
    """The hub's clocks, that of its uptime too, can be put forward: two minutes need not pass."""

    @classmethod
    def setUpClass(cls):
        cls.wall = Wall(cls)
        cls.env = {k: v for k, v in cls.wall.env.items() if k != "FAKETIME_DONT_FAKE_MONOTONIC"}
        super().setUpClass()

    def pass_waits(self):
        """What the hub would wait for until its next try has passed."""
        wait_ms = self.line()["next_try_ms"]
        if wait_ms > 0:
            self.wall.set(self.wall.offset_s + wait_ms / 1000)

    def test_an_event_that_makes_the_center_fail(self):
        """T76"""
        self.count(MARGHERITA, 200)
        self.cloud.cut()
        self.sell("t76", MARGHERITA, 120)
        self.cloud.plant(SYNC, "status", 1 << 30, status=500, holds='"t76-49"')
        self.cloud.mend()
        self.store.control("sync.now")
        began_s = time.monotonic() + self.wall.offset_s

        def given_up():
            self.pass_waits()
            self.assertLess(time.monotonic() + self.wall.offset_s - began_s, POISON_S)
            return self.store.control("queue.list")["aside"]
        aside, = self.until("it is given up", given_up, POISON_S)
        self.level()
        self.assertEqual((aside["kind"], aside["reason"], aside["gave_up"]),
                         ("ORDER_SELL", "GAVE_UP", True))
        event = next(e for e in self.events() if e["epoch"] == aside["epoch"] and
                     e["seq"] == aside["seq"])
        self.assertEqual(event["body"]["order_id"], "t76-49")
        self.assertIn("GAVE_UP", self.ctl("queue", "list")[1])
        self.assertEqual(self.cloud.sql("SELECT seq, reason FROM dead_letter"),
                         [[str(aside["seq"]), "GAVE_UP"]])
        self.assertEqual(self.cloud.one("SELECT count(*) FROM center_order WHERE order_id LIKE"
                                        " 't76-%'"), "119")
        self.assertIn("ROW_STATE", [e["kind"] for e in self.events()])
        self.assertEqual((self.real(MARGHERITA), self.theirs(MARGHERITA)["real_quantity"]),
                         (80, 80))
        self.assert_equal(MARGHERITA)
        self.assertEqual(self.ctl("queue", "retry", "{epoch}-{seq}".format(**aside))[0], 0)
        notes = [e["body"] for e in self.events() if e["kind"] == "OPERATOR"]
        self.assertIn("queue.retry", [note["verb"] for note in notes])


if LIBRARY is None:
    print("libfaketime is not installed (tools/deps): no poison", file=sys.stderr)
    del Poison

if __name__ == "__main__":
    need_cloud()
    unittest.main()
