#!/usr/bin/python3
"""Restores at the center (sync-protocol 1.7): at their time by the store's zone, each once, whoever
of two processes does it; and what they leave of orders and sales of the day before."""

import datetime
import itertools
import os
import subprocess
import time
import unittest

import center
from hub import Hub
from store import wait_for

A = 1001
UPDATE, ORDERS = "/api/v1/poi/stock/update", "/api/v1/orders"
SYNC = "/api/v1/poi/stock/sync-from-pos"
SETTINGS = "/api/v1/poi/hub/settings"
POI, NO = itertools.count(6000), itertools.count(1)
DAY, HOUR = 86400000, 3600000
LOCK = "7043100, hashtext('restore')"  # of whoever does the chore


def ms(iso):
    return int(datetime.datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp() * 1000)


def iso(at_ms):
    at = datetime.datetime.fromtimestamp(at_ms / 1000, datetime.timezone.utc)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def setUpModule():
    RestoreTest.center = center.Center("--test-faults")
    unittest.addModuleCleanup(RestoreTest.center.stop)


class RestoreTest(unittest.TestCase):
    """One center whose clock goes where a test wants it; every test uses a store of its own."""

    def setUp(self):
        self.poi = str(next(POI))
        self.store = {"brandId": "1", "poiId": self.poi}
        self.addCleanup(self.plant, 0)

    def plant(self, clock_ms):
        self.assertEqual(self.center.post("/test/faults", {"clock_ms": clock_ms})[0], 200)

    def clock(self, at_ms, busy=True):
        """The center's clock shows that, and goes on. busy: a chore may be about to act by the one
        before; it has ended then."""
        self.plant(at_ms - int(time.time() * 1000))
        if busy:
            self.center.sql(f"SELECT pg_advisory_lock({LOCK}); SELECT pg_advisory_unlock({LOCK})")

    def zone(self, name):
        self.assertEqual(self.center.post(SETTINGS, {**self.store, "timezone": name})[0], 200)

    def set(self, object_id=A, **more):
        status, answer = self.center.post(UPDATE, {**self.store, "object_id": object_id, **more})
        self.assertEqual(status, 200, answer)
        return answer["row"]

    def limited(self, plan, first_ms, *, real=None, daily=True, **more):
        return self.set(stock_type=2, plan_quantity=plan, real_quantity=plan if real is None else real,
                        auto_restore_type=1, auto_restore_at=iso(first_ms), daily=daily, **more)

    def row(self, object_id=A):
        _, page = self.center.get(f"/api/v1/poi/stock/rows?brandId=1&poiId={self.poi}")
        return next(row for row in page["rows"] if row["object_id"] == object_id)

    def gen(self, object_id=A):
        return self.row(object_id)["x"]["gen"]

    def restored(self, due_ms, object_id=A):
        wait_for("the restore", lambda: self.gen(object_id) == f"R:{due_ms}")
        return self.row(object_id)

    def column(self, name, object_id=A):
        return self.center.one(f"SELECT {name} FROM poi_item_stock WHERE poi_id = '{self.poi}' "
                               f"AND object_id = {object_id}")

    def due(self):
        """When the center will look at the row next, once it has found that by itself."""
        return int(self.column("coalesce((extract(epoch FROM due_at) * 1000)::bigint, 0)"))

    def due_becomes(self, due_ms):
        wait_for("the due time", lambda: self.due() == due_ms)

    def restores(self):
        """How often the chore changed a row of the store."""
        return int(self.center.one("SELECT count(*) FROM poi_item_stock_log WHERE "
                                   f"poi_id = '{self.poi}' AND content->>'by' = 'timer'"))


class Times(RestoreTest):
    D = ms("2027-06-01T04:00:00Z")

    def test_at_its_time_everything_is_as_planned(self):
        self.clock(self.D - HOUR)
        self.limited(10, self.D, real=3, stock_status=2)
        self.set(adjust=-1)
        self.assertEqual(self.due(), self.D)
        self.clock(self.D - 500)
        row = self.restored(self.D)
        base = row["x"]["base"]
        self.assertEqual((row["real_quantity"], row["stock_status"]), (10, 1))
        self.assertEqual((base["id"], base["v_t"], base["c"], base["cf"], base["hf"]),
                         (f"R:{self.D}", 100, -10, 1, 0))
        self.assertEqual((base["stamp"], row["x"]["st"]["status"]), ([self.D, 0, 2],) * 2)
        self.assertEqual((self.due(), self.restores()), (self.D + DAY, 1))

    def test_it_is_never_early(self):
        self.clock(self.D - HOUR)
        self.limited(10, self.D, real=3)
        self.clock(self.D - 60000)
        time.sleep(1.2)  # two looks of the chore
        self.assertEqual((self.gen(), self.restores()), ("", 0))

    def test_each_day_once_and_a_single_one_once(self):
        for daily, due in ((True, self.D + DAY), (False, 0)):
            self.poi = str(next(POI))
            self.store = {"brandId": "1", "poiId": self.poi}
            self.clock(self.D - HOUR)
            self.limited(10, self.D, daily=daily)
            self.clock(self.D)
            self.restored(self.D)
            self.assertEqual(self.due(), due)
            self.clock(self.D + DAY)
            if daily:
                self.restored(self.D + DAY)
            else:
                time.sleep(1.2)
            self.assertEqual(self.restores(), 1 + daily)

    def test_of_days_that_were_missed_only_the_latest(self):
        self.clock(self.D - HOUR)
        self.limited(10, self.D, real=2)
        self.clock(self.D + 5 * DAY + HOUR)
        self.restored(self.D + 5 * DAY)
        self.assertEqual((self.restores(), self.due()), (1, self.D + 6 * DAY))
        self.assertEqual(self.column("gen"), "1")

    def test_a_clock_that_goes_back_restores_nothing_twice(self):
        self.clock(self.D - HOUR)
        self.limited(10, self.D, real=2)
        self.clock(self.D)
        self.restored(self.D)
        for at in (self.D - HOUR, self.D, self.D - DAY, self.D + HOUR):
            self.clock(at)
            time.sleep(1.1)
        self.assertEqual((self.restores(), self.column("gen")), (1, "1"))
        self.clock(self.D + DAY)
        self.restored(self.D + DAY)

    def test_a_plan_that_changes_moves_it(self):
        self.clock(self.D - HOUR)
        self.limited(10, self.D)
        self.set(auto_restore_at=iso(self.D + 2 * HOUR))
        self.assertEqual(self.due(), self.D + 2 * HOUR)
        self.set(auto_restore_type=2)
        self.assertEqual(self.due(), 0)
        self.set(auto_restore_type=1, daily=False)
        self.assertEqual(self.due(), self.D + 2 * HOUR)
        self.set(deleted=True)
        self.assertEqual(self.due(), 0)

    def sync(self, at_ms, **more):
        """The base API's absolute write."""
        status, answer = self.center.post(SYNC, {
            **self.store, "object_id": A, "stock_status": 1, "stock_type": 2, "plan_quantity": 10,
            "real_quantity": 3, "auto_restore_type": 1, "auto_restore_at": iso(at_ms), **more})
        self.assertEqual(status, 200, answer)
        return answer["row"]

    def test_a_time_that_has_passed_when_a_store_writes_it_brings_nothing_back(self):
        self.clock(self.D)
        self.assertEqual(self.sync(self.D - HOUR)["auto_restore_type"], 2)
        self.assertEqual((self.due(), self.gen()), (0, ""))
        row = self.sync(self.D + HOUR, updated_at=self.row()["updated_at"])
        self.assertEqual((row["auto_restore_type"], self.due()), (1, self.D + HOUR))
        self.clock(self.D + HOUR)
        self.assertEqual(self.restored(self.D + HOUR)["real_quantity"], 10)
        row = self.sync(self.D + HOUR, updated_at=self.row()["updated_at"])  # what it has read
        self.assertEqual((row["auto_restore_type"], row["real_quantity"], self.due()), (1, 3, 0))

    def test_a_daily_time_that_has_passed_when_a_store_writes_it_is_the_next(self):
        self.clock(self.D - 3 * DAY)
        self.limited(10, self.D - 2 * DAY)
        self.clock(self.D)
        self.restored(self.D)
        self.clock(self.D + 2 * HOUR)
        row = self.sync(self.D + HOUR - DAY, updated_at=self.row()["updated_at"])
        self.assertEqual((ms(row["auto_restore_at"]), self.due()), (self.D + HOUR + DAY,) * 2)
        self.assertEqual((self.restores(), self.row()["real_quantity"]), (1, 3))

    def test_a_count_after_the_due_time_stands(self):
        """The chore comes late: what was counted meanwhile is the base of the new day."""
        with self.held():
            self.clock(self.D - HOUR, busy=False)
            self.limited(10, self.D, real=2)
            self.clock(self.D + HOUR, busy=False)
            self.set(real_quantity=7)
        row = self.restored(self.D)
        self.assertEqual((row["real_quantity"], row["x"]["base"]["id"][:2]), (7, "C:"))

    def held(self):
        """The chore waits."""
        return Held(self, self.center)


class Held:
    def __init__(self, test, one):
        self.test, self.psql = test, subprocess.Popen(
            [os.path.join(center.PG_BIN, "psql"), "-X", "-q", "-A", "-t", "-d", one.conninfo],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.psql.stdin.write(f"SELECT pg_advisory_lock({LOCK});\n\\echo held\n")
        self.psql.stdin.flush()
        while self.psql.stdout.readline().strip() != "held":
            self.test.assertIsNone(self.psql.poll())

    def __exit__(self, *_):
        self.psql.stdin.close()
        self.psql.wait(center.SOON_S)
        self.psql.stdout.close()


class Zones(RestoreTest):
    """(zone, first time, due time of a day whose clocks change)"""

    CASES = (
        ("Europe/Berlin", "2026-03-27T01:30:00Z", "2026-03-29T01:00:00Z"),  # 02:30 is not there
        ("Europe/Berlin", "2026-10-23T00:30:00Z", "2026-10-25T00:30:00Z"),  # 02:30 comes twice
        ("Europe/Berlin", "2026-03-27T05:00:00Z", "2026-03-29T04:00:00Z"),  # 06:00, summer now
        ("America/St_Johns", "2026-03-06T06:00:00Z", "2026-03-08T05:30:00Z"),  # 02:30 is not there
        ("America/St_Johns", "2026-10-30T04:00:00Z", "2026-11-01T04:00:00Z"),  # 01:30 comes twice
        ("America/St_Johns", "2026-10-30T08:30:00Z", "2026-11-01T09:30:00Z"),  # 06:00, winter now
        ("UTC", "2026-03-27T01:30:00Z", "2026-03-29T01:30:00Z"),
    )

    def test_the_day_on_which_clocks_change(self):
        for zone, first, due in self.CASES:
            with self.subTest(zone=zone, due=due):
                self.poi = str(next(POI))
                self.store = {"brandId": "1", "poiId": self.poi}
                self.zone(zone)
                self.clock(ms(first) - HOUR)
                self.limited(10, ms(first))
                self.clock(ms(first) + DAY)
                self.restored(ms(first) + DAY)
                self.assertEqual(iso(self.due()), iso(ms(due)))
                self.clock(ms(due))
                self.restored(ms(due))
                self.assertEqual(self.restores(), 2)

    def test_a_time_of_day_that_is_skipped_begins_the_day_after_or_never(self):
        self.zone("Europe/Berlin")
        self.clock(ms("2027-03-27T12:00:00Z"))  # 02:30 of the 28th is not there
        status, refusal = self.center.post(UPDATE, {
            **self.store, "object_id": A, "auto_restore_type": 1, "auto_restore_at": "02:30"})
        self.assertEqual((status, refusal["detail"]), (
            400, "auto_restore_at: clocks are put forward and skip that time the next time"))
        self.set(stock_type=2, plan_quantity=10, real_quantity=3, auto_restore_type=1,
                 auto_restore_at="02:30", daily=True, release_at="02:30")
        begins = ms("2027-03-29T00:30:00Z")
        self.assertEqual((self.due(), ms(self.row()["auto_restore_at"])), (begins, begins))
        self.clock(begins)
        self.restored(begins)
        self.assertEqual(self.due(), begins + DAY)

    def test_a_store_that_moves_is_due_by_its_new_clocks(self):
        first = ms("2026-01-10T05:00:00Z")  # 06:00 in Berlin
        self.zone("Europe/Berlin")
        self.clock(first - HOUR)
        self.limited(10, first)
        self.clock(ms("2026-06-10T12:00:00Z"))
        self.restored(ms("2026-06-10T04:00:00Z"))
        self.assertEqual(self.due(), ms("2026-06-11T04:00:00Z"))
        self.zone("UTC")
        self.due_becomes(ms("2026-06-11T05:00:00Z"))
        self.restored(ms("2026-06-10T05:00:00Z"))  # which had passed by those, too


class Processes(RestoreTest):
    def end_second(self):
        process = self.center.more.pop()
        process.terminate()
        process.wait(center.SOON_S)

    def test_two_of_them_restore_each_row_once(self):
        port = self.center.second()
        self.addCleanup(self.end_second)  # it has a clock of its own
        due = ms("2027-07-01T04:00:00Z")
        self.clock(due - HOUR)
        for poi in range(4):
            self.poi = str(next(POI))
            self.store = {"brandId": "1", "poiId": self.poi}
            for object_id in range(A, A + 10):
                self.limited(10, due, object_id=object_id, real=3)
        self.center.post("/test/faults", {"clock_ms": due - int(time.time() * 1000)}, port=port)
        self.clock(due)
        left = f"SELECT count(*) FROM poi_item_stock WHERE gen_id <> 'R:{due}' AND poi_id = " \
               f"ANY ('{{{','.join(str(int(self.poi) - n) for n in range(4))}}}')"
        wait_for("all restores", lambda: self.center.one(left) == "0")
        time.sleep(0.6)
        self.assertEqual(self.center.one("SELECT count(*) || ' ' || count(DISTINCT stock_id) FROM "
                                         "poi_item_stock_log WHERE content->>'by' = 'timer' AND "
                                         f"poi_id::int > {int(self.poi) - 4}"), "40 40")


class Orders(RestoreTest):
    """Online orders across a restore."""

    D = ms("2027-08-01T04:00:00Z")

    def setUp(self):
        super().setUp()
        self.clock(self.D - 60000)
        self.limited(10, self.D)

    def place(self, qty):
        order_id = f"R{next(NO)}"
        status, answer = self.center.post(ORDERS, {
            **self.store, "order_id": order_id, "lines": [
                {"line": 1, "object_id": A, "name": "Pizza", "qty": qty, "unit_price": "1"}]})
        self.assertEqual(status, 200, answer)
        return order_id

    def put(self, order_id, action, **more):
        status, answer = self.center.ask("PUT", f"{ORDERS}/{order_id}",
                                         {**self.store, "action": action, **more})
        self.assertEqual(status, 200, answer)

    def next_day(self):
        self.clock(self.D)
        self.restored(self.D)

    def settled(self, real):
        row = self.row()
        used = next(c for c in row["channel_stocks"] if c["channel_code"] == "ONLINE_ORDER")
        self.assertEqual((row["real_quantity"], row["x"]["Lc"], used.get("used_t", 0)),
                         (real, 0, 0))

    def test_yesterdays_order_takes_nothing_of_today(self):
        order = self.place(4)
        self.next_day()
        self.assertEqual(self.row()["real_quantity"], 14)  # 4 of them are locked
        self.put(order, "pay", pay_id="p1")
        self.settled(10)

    def test_yesterdays_order_gives_nothing_back_to_today(self):
        order = self.place(4)
        self.next_day()
        self.put(order, "cancel")
        self.settled(10)

    def test_a_refund_of_yesterday_does_not_restock(self):
        order = self.place(4)
        self.put(order, "pay", pay_id="p1")
        self.next_day()
        self.put(order, "refund", refund_id="r1", lines=[{"line": 1, "qty": 4}], restock=True)
        self.settled(10)

    def test_today_sells_what_is_planned(self):
        self.place(10)
        self.next_day()
        self.place(10)
        status, _ = self.center.post(ORDERS, {
            **self.store, "order_id": "over", "lines": [
                {"line": 1, "object_id": A, "name": "Pizza", "qty": 1, "unit_price": "1"}]})
        self.assertEqual(status, 409)


class Hubs(RestoreTest):
    """What the store's hub tells of a restore, before the center's own or after it."""

    D = ms("2027-09-01T04:00:00Z")

    def setUp(self):
        super().setUp()
        self.clock(self.D - 60000)
        self.limited(10, self.D)
        self.hub = Hub(self.center, self.poi, first_ms=self.D - HOUR)
        self.hub.open_epoch()
        self.sent = 0

    def send(self):
        status, answer = self.hub.post(self.sent + 1)
        self.assertEqual(status, 200, answer)
        self.sent = len(self.hub.events)
        return answer

    def sell(self, at_ms, q_t, order="P1"):
        """With what its channel used by then."""
        self.hub.ms = at_ms
        self.used = getattr(self, "used", 0) + q_t
        eff = {**self.hub.eff(A, dh=-q_t, q_t=q_t), "used": self.used}
        self.hub.event("ORDER_SELL", {
            "order_id": order, "channel": "POS", "state": "PAID", "number": "P001",
            "day": "20270901", "device": "till-1", "origin": "HUB",
            "lines": [{"line": 1, "object_type": 2, "object_id": A, "q_t": q_t, "eff": [eff]}]})

    def restore(self, due_ms, at_ms=None, plan_t=100, stamp=(0, 0, 0), **more):
        self.hub.ms = at_ms or due_ms
        self.used = 0
        eff = {**self.hub.eff(A), "Xr": 0, "gen": f"R:{due_ms}", "used": {"POS": 0}}
        self.hub.event("RESTORE", {
            "object_type": 2, "object_id": A, "device": "hub", "due_at_ms": due_ms,
            "plan_t": plan_t, "stamp": list(stamp), "eff": [eff], "base": {
                "id": f"R:{due_ms}", "v_t": plan_t, "h": eff["H"] - eff["Lh"], "c": 0}, **more})

    def used_t(self, row, code="POS"):
        return next((c.get("used_t", 0) for c in row["channel_stocks"]
                     if c["channel_code"] == code), 0)

    def cut(self, row):
        base = row["x"]["base"]
        return base["id"], base["h"], base["hf"], base["cf"]

    def next_day(self):
        self.clock(self.D + 2000)
        return self.restored(self.D)

    def test_late_sales_of_yesterday_do_not_eat_todays_plan(self):
        self.next_day()
        self.sell(self.D - 5000, 30)
        self.send()
        row = self.row()
        self.assertEqual((row["real_quantity"], self.used_t(row)), (10, 0))
        self.assertEqual(self.cut(row), (f"R:{self.D}", -30, 0, 1))
        self.restore(self.D)
        told = self.send()["rows"]
        self.assertEqual([self.cut(row) for row in told], [(f"R:{self.D}", -30, 1, 1)])
        self.sell(self.D + 1000, 20, "P2")
        self.send()
        row = self.row()
        self.assertEqual((row["real_quantity"], self.used_t(row)), (8, 20))
        self.assertEqual(self.center.sql(
            f"SELECT order_id, gen_id FROM center_order_effect WHERE poi_id = '{self.poi}' "
            "ORDER BY 1"), [["P1", ""], ["P2", f"R:{self.D}"]])

    def test_one_batch_has_both_days(self):
        self.sell(self.D - 5000, 30)
        self.restore(self.D)
        self.sell(self.D + 1000, 20, "P2")
        self.clock(self.D + 2000)
        self.send()
        row = self.row()
        self.assertEqual((row["real_quantity"], self.used_t(row), row["x"]["gen"]),
                         (8, 20, f"R:{self.D}"))
        self.assertEqual(self.center.sql(
            f"SELECT order_id, gen_id FROM center_order_effect WHERE poi_id = '{self.poi}' "
            "ORDER BY 1"), [["P1", ""], ["P2", f"R:{self.D}"]])

    def test_the_hub_is_first_and_the_center_restores_with_it_once(self):
        self.sell(self.D - 61000, 30)
        self.restore(self.D, at_ms=self.D - 50000)
        self.send()
        row = self.row()
        self.assertEqual((row["real_quantity"], self.cut(row)),
                         (10, (f"R:{self.D}", -30, 1, 1)))
        self.clock(self.D + 2000)
        self.due_becomes(self.D + DAY)
        self.assertEqual((self.restores(), self.column("gen")), (0, "1"))

    def test_a_clock_too_far_ahead_is_not_believed(self):
        before = self.row()
        due = self.D + 3 * DAY
        self.restore(due)
        answer = self.send()
        self.assertEqual(answer["dead"], [{"seq": 1, "reason": "CLOCK_AHEAD"}])
        self.assertEqual(self.row(), before)

    def test_a_clock_a_day_ahead_is_followed(self):
        self.sell(self.D - 61000, 30)
        self.restore(self.D + DAY, at_ms=self.D - 50000)
        self.assertEqual(self.send()["dead"], [])
        row = self.row()
        self.assertEqual((row["real_quantity"], self.cut(row)),
                         (10, (f"R:{self.D + DAY}", -30, 1, 1)))
        self.assertLess(row["x"]["base"]["stamp"][0], self.D)
        self.clock(self.D + 2000)
        self.due_becomes(self.D + DAY)
        self.assertEqual((self.restores(), self.column("gen")), (0, "1"))

    def test_a_restore_that_contradicts_itself_is_dead(self):
        self.restore(self.D, base={"id": "R:1", "v_t": 100, "h": 0, "c": 0})
        self.restore(self.D, base=None)
        self.assertEqual([d["reason"] for d in self.send()["dead"]], ["BAD_BODY"] * 2)
        self.assertEqual(self.gen(), "")

    def test_a_log_that_passes_by_makes_the_cut_final(self):
        self.next_day()
        self.sell(self.D - 5000, 30)
        self.sell(self.D + 1000, 20, "P2")
        self.send()
        row = self.row()
        self.assertEqual((row["real_quantity"], self.cut(row)),
                         (8, (f"R:{self.D}", -30, 1, 1)))

    def test_of_one_base_the_later_plan_gives_the_value(self):
        self.next_day()
        self.restore(self.D, plan_t=200, stamp=(self.D - 1000, 0, 1))
        self.send()
        self.assertEqual(self.row()["real_quantity"], 20)

    def test_days_without_the_hub(self):
        self.next_day()
        self.clock(self.D + DAY + 2000)
        self.restored(self.D + DAY)
        self.sell(self.D - 5000, 30)
        self.restore(self.D)
        self.sell(self.D + HOUR, 40, "P2")
        self.restore(self.D + DAY)
        self.sell(self.D + DAY + 1000, 10, "P3")
        self.send()
        row = self.row()
        self.assertEqual((row["real_quantity"], self.used_t(row), self.cut(row)),
                         (9, 10, (f"R:{self.D + DAY}", -70, 1, 1)))

    def test_a_case_is_of_its_day(self):
        self.next_day()
        self.sell(self.D - 5000, 80)
        self.restore(self.D)
        self.sell(self.D + 1000, 130, "P2")
        self.send()
        _, answer = self.center.get(f"/api/v1/poi/oversell?brandId=1&poiId={self.poi}")
        case, = answer["cases"]
        self.assertEqual((case["case"], case["over_t"], case["supply_t"]),
                         (f"ov:{self.poi}:2:{A}:R:{self.D}", 30, 100))
        self.assertEqual([(k["order_id"], k["short_t"]) for k in case["claims"]], [("P2", 30)])

    def test_what_the_till_schedules_is_due_here(self):
        at = self.D + 3 * HOUR
        self.hub.event("PLAN_SET", {
            "object_type": 2, "object_id": A, "limited": True, "plan_t": 100, "device": "till-1",
            "stamp": [self.D, 0, 1], "auto": True, "daily": False, "restore_at_ms": at})
        self.assertEqual(self.send()["dead"], [])
        row = self.row()
        self.assertEqual((row["auto_restore_type"], ms(row["auto_restore_at"]), self.due()),
                         (1, at, at))

    def test_weights_and_rebalances_of_the_hub_are_taken(self):
        self.hub.event("CHANNEL_SET", {
            "object_type": 2, "object_id": A, "channel": "KIOSK", "on_sale": True, "weight": 3,
            "reserve_t": 20, "device": "till-1", "stamp": [self.D, 0, 1]})
        self.hub.event("REBALANCE", {
            "object_type": 2, "object_id": A, "device": "hub", "cause": "PERIODIC",
            "m": {"POS": 60, "KIOSK": 40}})
        self.assertEqual(self.send()["dead"], [])
        kiosk = next(c for c in self.row()["channel_stocks"] if c["channel_code"] == "KIOSK")
        self.assertEqual((kiosk["weight"], kiosk["reserve_quantity"]), (3, 2))


if __name__ == "__main__":
    center.main()
