#!/usr/bin/python3
"""The cloud line of a real hub: everything that the journal says reaches the center, in order, once,
whatever the line and the center do meanwhile; and the LAN does not notice."""

import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

import uplink_center
from live import CAKE, COLA, MARGHERITA, LiveTest, order_lines
from lmdb_file import LmdbFile
from load import Load
from store import SOON_S, free_port, wait_for
from uplink_center import Center

BEAT_S = 15  # an idle hub says so often that it is there


class Uplink(LiveTest):
    """A store with a [cloud] section, and for each test a center on the same port."""
    center_at_start = True

    @classmethod
    def setUpClass(cls):
        cls.papers = tempfile.mkdtemp(prefix="papers-")
        cls.addClassCleanup(shutil.rmtree, cls.papers)
        uplink_center.make_papers(cls.papers)
        cls.center_port = free_port()
        cls.conf = {"cloud": uplink_center.conf(cls.papers, cls.center_port),
                    "limits": {"device": 0, "account": 0}}
        cls.center = Center(cls.papers, cls.center_port) if cls.center_at_start else None
        super().setUpClass()
        cls.orders = 0

    @classmethod
    def tearDownClass(cls):
        if cls.center:
            cls.center.stop()

    @classmethod
    def center_goes(cls):
        cls.center.stop()
        kept, cls.center = cls.center, None
        return kept

    @classmethod
    def center_comes(cls, kept=None):
        """With what another one already had."""
        cls.center = Center(cls.papers, cls.center_port)
        if kept:
            cls.center.journal, cls.center.faults = kept.journal, kept.faults

    def cloud(self):
        return self.store.get("/v1/status")["cloud"]

    def fault(self):
        """The cloud's fault in the status, or None."""
        faults = self.store.get("/v1/status")["faults"]
        return next((f for f in faults if f["code"].startswith("PH-21")), None)

    def sell(self, n=1):
        with self.device("till-1") as till:
            for _ in range(n):
                type(self).orders += 1
                order_id = f"u-{self.orders}"
                self.ok(till.ask("order.place", order_id=order_id,
                                 lines=order_lines((MARGHERITA, 1), (COLA, 1))))

    def wait_drained(self, timeout_s=SOON_S):
        """Until the center has every event and the hub knows it."""
        def drained():
            status = self.store.get("/v1/status")
            at = [status["epoch"], status["seq"]]
            return status["cloud"].get("acked") == at and self.center.journal.acked == at[1]
        wait_for("the center has everything", drained, timeout_s, alive=self.store.hub)
        self.assertEqual(self.center.faults, [])

    def in_mood(self, mood, until, timeout_s=SOON_S):
        self.center.mood = mood
        self.addCleanup(setattr, self.center, "mood", "well")
        wait_for(f"the hub has met {mood}", until, timeout_s, alive=self.store.hub)
        self.center.mood = "well"


class Line(Uplink):
    def setUp(self):
        self.wait_drained()

    def test_a_sale_is_at_the_center_in_a_moment(self):
        """Its news do not wait for the next beat."""
        def took_s():
            self.sell()
            began = time.monotonic()
            self.wait_drained()
            return time.monotonic() - began
        self.assertLess(min(took_s() for _ in range(3)), BEAT_S / 3)
        kinds = {e["kind"] for e in self.center.journal.events.values()}
        self.assertIn("ORDER_LOCK", kinds)
        line = self.cloud()
        self.assertEqual((line["link"], line["waiting"], line["oldest_ms"], line["error"]),
                         ("up", 0, 0, ""))
        self.assertGreater(line["room_days"], 0)
        self.assertEqual(self.metric("cloud_up"), 1)

    def test_the_hub_tells_its_view_of_the_rows_that_moved(self):
        self.store.control("stock.plan", object_type=2, object_id=CAKE, limited=True, plan="50")
        self.store.control("stock.set", object_type=2, object_id=CAKE, qty="50")
        self.wait_drained()
        with self.device("till-1") as till:
            self.ok(till.ask("order.sell", order_id="view-1", lines=order_lines((CAKE, 2)),
                             payments=[{"pay_id": "v", "tender": "CASH", "amount": "13.0000"}]))
        self.wait_drained()
        view = self.center.views[-1]
        self.assertEqual((view["object_id"], view["object_type"], view["stock_status"],
                          view["stock_type"], view["plan_quantity"], view["real_quantity"]),
                         (int(CAKE), 2, 1, 2, 50, 48), view)
        self.assertNotIn("x", view)

    def test_an_idle_hub_says_that_it_is_there_and_writes_nothing(self):
        before, commits = self.center.batches, self.commits()
        wait_for("two empty batches", lambda: self.center.batches >= before + 3,
                 alive=self.store.hub)
        self.assertEqual(self.center.views, [])
        self.assertLessEqual(self.commits() - commits, 1)

    def commits(self):
        return self.store.get("/v1/status")["store_data"]["commits"]

    def kinds(self):
        return [e["kind"] for _, e in sorted(self.center.journal.events.items())]

    def test_counters_of_events_that_were_set_aside_are_said_again(self):
        self.store.control("stock.plan", object_type=2, object_id=CAKE, limited=True, plan="50")
        self.wait_drained()
        before, aside = len(self.kinds()), self.metric("cloud_set_aside_total")
        self.center.dead_kinds = {"ORDER_LOCK", "ROW_STATE"}
        self.addCleanup(setattr, self.center, "dead_kinds", set())
        with self.device("till-1") as till:
            self.ok(till.ask("order.place", order_id="dead-1", lines=order_lines((CAKE, 3))))
        wait_for("said again", lambda: self.kinds()[before:].count("ROW_STATE") == 1)
        state = self.center.journal.events[self.center.journal.acked]["body"]
        cake = next(row for row in state["eff"] if str(row["object_id"]) == CAKE)
        ours = self.store.control("stock.explain", object_type=2, object_id=CAKE)
        self.assertEqual((cake["real_a"], cake["Lh"]),
                         (round(float(ours["real"]) * 10), round(float(ours["locked"]) * 10)))
        time.sleep(0.5)
        self.wait_drained()
        self.assertEqual(self.kinds()[before:].count("ROW_STATE"), 1)
        self.assertEqual(self.metric("cloud_set_aside_total"), aside + 2)

    def test_a_row_in_an_answer_is_on_the_lan(self):
        now = int(time.time() * 1000)
        self.center.rows = [{
            "object_id": int(COLA), "object_type": 2, "stock_status": 2, "stock_type": 1,
            "auto_restore_type": 1, "updated_at": "2026-01-28T10:00:01.000+08:00", "over": 1,
            "channel_stocks": [], "x": {
                "base": {"id": "I", "v_t": 0, "h": 0, "c": 0, "hf": 0, "cf": 0, "stamp": [0, 0, 0]},
                "H": 0, "H_at": [1, self.center.journal.acked], "C": 0, "Lc": 0, "gen": "",
                "st": {"status": [now, 0, 0], "plan": [0, 0, 0]}, "del": 0}}]
        with self.device("kiosk-1", "stock/#") as kiosk:
            self.ok(self.device("till-1").ask("order.place", order_id="row-1",
                                              lines=order_lines((CAKE, 1))))
            kiosk.wait(f"stock/sku/{COLA}", lambda v: v and not v["on_sale"])
        self.wait_drained()
        self.assertIn("CENTER_ROW", self.kinds())
        self.store.control("stock.on_sale", object_type=2, object_id=COLA)

    def test_the_lan_is_told_of_the_link(self):
        with self.device("kiosk-1") as kiosk:
            kiosk.wait("hub", lambda v: v and v["cloud"]["link"] == "up")

    def test_the_events_of_one_moment_go_together(self):
        before = self.center.batches
        with self.center.lock:  # the first of them waits for its answer
            self.sell(5)
        self.wait_drained()
        self.assertLessEqual(self.center.batches - before, 3)

    def test_a_center_that_fails_gets_everything_later(self):
        for mood in (500, "batch 500", "nonsense", "close"):
            with self.subTest(mood=mood):
                failed = self.metric("cloud_failures_total")
                self.center.mood = mood
                self.sell(2)
                self.in_mood(mood, lambda f=failed: self.metric("cloud_failures_total") > f)
                self.wait_drained()

    def test_an_answer_that_was_lost_does_no_harm(self):
        """It is learned by a hello. The one request on a connection that was used before may come
        twice: the library asks again by itself."""
        again = self.center.journal.again
        asked = self.center.batches
        self.center.mood = "late"
        self.sell(2)
        self.in_mood("late", lambda: self.center.batches > asked)
        self.wait_drained()
        self.assertLessEqual(self.center.journal.again - again, 2)

    def test_a_center_that_asks_to_wait_is_waited_for(self):
        self.center.mood, self.center.retry_after_ms = 503, 3000
        self.addCleanup(setattr, self.center, "mood", "well")
        asked, began = self.center.batches, time.monotonic()
        self.sell()
        wait_for("asked once", lambda: self.center.batches > asked)
        self.center.mood = "well"
        self.wait_drained()
        self.assertGreater(time.monotonic() - began, 2.9)

    def test_a_hub_that_is_killed_while_it_drains_sends_everything_once(self):
        load = Load(self.store, [CAKE], rate=150)
        self.addCleanup(load.stop)
        for _ in range(3):
            load.wait_more(100)
            self.store.restart_hub(signal.SIGKILL)
            self.store.wait_broker()
        load.wait_more(50)
        self.assertEqual(load.settle(), [])
        self.wait_drained()

    def test_an_idle_line_is_no_reason_to_end_late(self):
        began = time.monotonic()
        self.assertEqual(self.store.stop_hub(), 0, self.store.log())
        self.assertLess(time.monotonic() - began, BEAT_S)
        self.store.start_hub()
        self.store.wait_broker()


class Deaf(Uplink):
    """The center takes what the store says, and what it says itself makes no sense."""

    def told(self):
        self.store.control("sync.now")
        return (self.fault() or {}).get("text")

    def test_pulls_that_make_no_sense_are_told_of_although_the_line_is_up(self):
        self.wait_drained()
        self.center.mood = "pull nonsense"
        text = wait_for("the alert", self.told, alive=self.store.hub)
        self.assertIn("do not come here: the request is malformed: rows", text)
        self.assertEqual(self.fault()["code"], "PH-2112")
        self.sell(2)
        self.wait_drained()
        self.assertEqual(self.cloud()["link"], "up")
        self.center.mood = "well"
        wait_for("the alert ends", lambda: not self.told(), alive=self.store.hub)

    def test_a_redirect_is_no_word_about_this_box(self):
        self.wait_drained()
        self.center.mood = 302
        self.sell()
        wait_for("the trouble", lambda: self.cloud()["error"])
        line = self.cloud()
        self.center.mood = "well"
        self.assertIn("makes no sense", line["error"])
        self.assertNotIn("BAD_REQUEST", line["detail"])
        self.assertIn("302", line["detail"])


class Damaged(Uplink):
    """One bit of an event that the center has not got is wrong."""

    def ctl(self, *words):
        done = subprocess.run([self.store.program("poshubctl"), "--socket",
                               self.store.control_path, *words], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout

    def test_what_holds_up_the_journal_is_told_although_the_center_answers(self):
        self.wait_drained()
        self.center.mood = "close"
        self.sell(4)
        first, last = self.cloud()["acked"][1] + 1, self.store.get("/v1/status")["seq"]
        self.store.stop_hub()
        LmdbFile(self.store.data_dir).damage(
            "body", lambda key, _: key == struct.pack(">IQ", 1, first + 1))
        self.center.mood = "well"
        self.store.start_hub()
        self.store.wait_broker()
        fault = wait_for("the alert", self.fault, alive=self.store.hub)
        self.assertEqual(fault["code"], "PH-2105")
        self.assertIn("table body, key", fault["text"])
        wait_for("those before it", lambda: self.cloud()["acked"][1] == first)
        code, text = self.ctl("queue", "list")
        self.assertEqual(code, 1)
        told = re.search(rf"(\d+) events wait behind 1-{first}, and cannot be shown", text)
        self.assertGreaterEqual(int(told[1]), last - first, text)
        self.sell()
        self.the_way_out_is_named(fault["action"], last)

    def the_way_out_is_named(self, action, last):
        """And it is one: what was written behind the damage is told all the same."""
        self.assertIn("poshubctl store new-epoch --reason ", action)
        code, text = self.ctl("--yes", "store", "new-epoch", "--reason", "damage")
        self.assertEqual(code, 0, text)
        wait_for("salvaged", lambda: 1 in self.center.old and self.center.old[1].acked >= last,
                 alive=self.store.hub)
        self.wait_drained()
        wait_for("the alert ends", lambda: not self.fault())
        self.sell()
        self.wait_drained()


class Outage(Uplink):
    center_at_start = False

    def test_what_was_sold_without_a_center_is_drained_when_it_comes(self):
        self.sell(200)
        wait_for("a first attempt", lambda: self.cloud()["error"])
        line = self.cloud()
        self.assertEqual(line["link"], "down")
        self.assertGreater(line["waiting"], 200)
        self.assertIn("could not be reached", line["error"])
        fault = wait_for("the alert", self.fault)
        self.assertEqual(fault["code"], "PH-2101")
        self.assertRegex(fault["text"], r"^Cloud down for 00:0\d:\d\d: ")
        self.assertGreater(self.cloud()["oldest_ms"], 5000)
        self.center_comes()
        self.addCleanup(self.center_goes)
        self.wait_drained()
        wait_for("the alert ends", lambda: not self.fault())


class NewEpoch(Uplink):
    def test_an_epoch_of_the_stores_own_is_claimed_and_nothing_is_lost(self):
        self.sell(2)
        self.wait_drained()
        self.center.mood = 500
        self.sell(3)
        last = self.store.get("/v1/status")["seq"]
        self.store.control("store.new_epoch", reason="test")
        self.sell(1)
        own = self.store.get("/v1/status")["seq"]
        self.center.mood = "well"
        self.store.control("sync.now")
        wait_for("claimed", lambda: self.center.journal.epoch == 3)
        self.wait_drained()
        wait_for("salvaged", lambda: self.center.old[1].acked >= last and 2 in self.center.old and
                 self.center.old[2].acked >= own)
        self.assertEqual(self.center.journal.events[1]["body"]["reason"], "NEW_EPOCH")
        self.assertEqual([c["epoch"] for c in self.center.claims], [2])
        self.assertEqual(self.center.faults, [])


class Fenced(Uplink):
    """Another box speaks for the store."""
    center_at_start = False

    def test_new_orders_are_refused_and_the_reason_is_named(self):
        self.center_comes()
        self.addCleanup(self.center_goes)
        self.center.journal.epoch = 5
        wait_for("fenced", lambda: (self.fault() or {}).get("code") == "PH-2104")
        with self.device("till-1") as till:
            self.code(4004, till.ask("order.place", order_id="f-1", lines=order_lines((COLA, 1))))
        self.assertEqual(self.cloud()["state"], "halted")
        self.assertNotIn("selling", self.fault()["text"])
        self.center.mood = "close"
        self.store.restart_hub()
        self.store.wait_broker()
        wait_for("the line is away", lambda: (self.fault() or {}).get("code") == "PH-2101")
        self.assertNotIn("selling", self.fault()["text"])


if __name__ == "__main__":
    unittest.main()
