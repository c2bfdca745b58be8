#!/usr/bin/python3
"""The plan comes back on both sides at the store's own time, the line cut or not, each time once
(sync-protocol 1.7, 5.5; T45, T67). Both clocks only go forward from test to test."""

import datetime
import sys
import time
import unittest
import zoneinfo

from cloud_line import need_cloud
from live import order_lines
from strict_line import StrictLine
from test_clock import LIBRARY, SKIPPED, Wall

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
MINUTE_MS, HOUR_MS, DAY_MS = 60000, 3600000, 86400000
WILD_MS = 4 * DAY_MS  # no clock is believed that is so far ahead of the center's
USAGE, REFUSED = 2, 6  # of poshubctl
PASSED_MS = 1500  # so long after its time everything is due


def local_ms(day, hour, minute=0):
    """The first instant at which clocks in the zone show that."""
    at = datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
    return int(at.timestamp() * 1000)


def day_of(at_ms):
    return datetime.datetime.fromtimestamp(at_ms / 1000, ZONE).date()


def offset_h(at_ms):
    return datetime.datetime.fromtimestamp(at_ms / 1000, ZONE).utcoffset().seconds // 3600


class Restores(StrictLine):
    more_conf = {"store": {"timezone": "Europe/Berlin"}, "channel.POS": {"expiry_s": 900}}

    @classmethod
    def setUpClass(cls):
        cls.wall = Wall(cls)
        cls.env = cls.wall.env
        super().setUpClass()

    # ---- clocks ----
    def now_ms(self):
        return int(self.wall.now_ms())

    def center_shows(self, at_ms):
        self.cloud.need("POST", "/test/faults", {"clock_ms": int(at_ms - time.time() * 1000)})

    def hub_shows(self, at_ms):
        self.wall.set(at_ms / 1000 - time.time())

    def step(self, at_ms):
        """Cuts the line and puts both clocks there."""
        self.cloud.cut()
        self.until("the line is cut", lambda: self.line()["link"] == "down")
        self.center_shows(at_ms)
        self.hub_shows(at_ms)

    def tomorrow(self, hour):
        return local_ms(day_of(self.now_ms()) + datetime.timedelta(1), hour)

    # ---- what is restored ----
    def schedule(self, item, at_ms, daily=True):
        return self.store.control("stock.schedule", object_type=2, object_id=item, auto=True,
                                  at_ms=at_ms, daily=daily)["stock"]["schedule"]

    def limited(self, plan, at_ms, **more):
        item = next(self.items)
        self.count(item, plan)
        self.schedule(item, at_ms, **more)
        self.level()
        return item

    def last_ms(self, item):
        return self.stock(item)["schedule"].get("last_at_ms")

    def restored(self, item, due_ms):
        """On both sides, whether or not they hear each other."""
        self.until("the hub's restore", lambda: self.last_ms(item) == due_ms)
        self.until("the center's", lambda: self.theirs(item)["x"]["gen"] == f"R:{due_ms}")

    def due_times(self, item):
        """Of all the hub's restores of the item so far."""
        return [e["body"]["due_at_ms"] for e in self.events()
                if e["kind"] == "RESTORE" and str(e["body"]["object_id"]) == item]

    def by_the_center(self, item):
        """How often its own clock restored the item."""
        return int(self.cloud.one(
            "SELECT count(*) FROM poi_item_stock_log l JOIN poi_item_stock s ON s.id = l.stock_id "
            f"WHERE s.object_id = {item} AND l.content->>'by' = 'timer'"))

    # ---- the tests ----
    def test_a_cut_night_leaves_one_restore_and_yesterday_behind(self):
        due_ms = self.tomorrow(6)
        item, till = self.limited(10, due_ms), self.device("till-1")
        self.cloud.cut()
        self.assertEqual([self.try_sell(till, item, 3), self.try_online(item, 2)], [0, 0])
        self.ok(till.ask("order.place", order_id=f"open-{item}", lines=order_lines((item, 1))))
        self.store.control("stock.sold_out", object_type=2, object_id=item)
        self.step(due_ms + PASSED_MS)
        self.restored(item, due_ms)
        self.assertEqual((self.stock(item)["avail"]["POS"], self.theirs(item)["real_quantity"]),
                         ("10", 10))
        self.ok(till.ask("order.cancel", order_id=f"open-{item}"))
        self.assertEqual((self.stock(item)["avail"]["POS"], self.real(item)), ("10", 10))
        self.assertEqual([self.try_sell(till, item), self.try_online(item)], [0, 0])
        self.heal()
        self.assertEqual((self.real(item), self.stock(item)["on_sale"]), (8, True))
        self.assert_sound(item)
        self.assertEqual((self.due_times(item), self.by_the_center(item)), ([due_ms], 1))
        self.assertEqual(self.cases(item), [])

    def test_after_downtime_the_latest_time_counts_and_no_other(self):
        first_ms = self.tomorrow(6)
        item = self.limited(10, first_ms)
        self.sell(f"down-{item}", item, 4)
        self.level()
        self.store.stop_hub()
        last_ms = local_ms(day_of(first_ms) + datetime.timedelta(3), 6)
        self.step_while_down(last_ms + HOUR_MS)
        self.store.start_hub()
        self.store.wait_broker()
        self.restored(item, last_ms)
        self.heal()
        self.assertEqual(self.real(item), 10)
        self.assert_sound(item)
        self.assertEqual(self.due_times(item), [last_ms])

    def step_while_down(self, at_ms):
        self.cloud.cut()
        self.center_shows(at_ms)
        self.hub_shows(at_ms)

    def test_a_step_of_a_day_expires_nothing_and_restores_once(self):
        """T45"""
        due_ms = self.tomorrow(6)
        item, orders = self.limited(10, due_ms), [f"t45-{n}" for n in range(3)]
        till = self.device("till-1")
        for order_id in orders:
            self.ok(till.ask("order.place", order_id=order_id, lines=order_lines((item, 1))))
        self.level()
        before_ms = self.now_ms()
        self.step(due_ms + HOUR_MS)
        self.restored(item, due_ms)
        for at_ms in (before_ms, due_ms - 1000, due_ms + 2 * HOUR_MS):
            self.hub_shows(at_ms)
            self.assertLess(abs(self.ok(till.ask("time.get"))["now_at_ms"] - at_ms), MINUTE_MS)
            self.assertEqual(self.try_sell(till, item), 0)
        self.center_shows(due_ms + 2 * HOUR_MS)
        self.heal()
        self.assertEqual({self.store.control("order.get", order_id=o)["order"]["state"]
                          for o in orders}, {"PLACED"})
        self.assertEqual(self.stock(item)["avail"]["POS"], "7")
        for order_id in orders:
            self.ok(till.ask("order.cancel", order_id=order_id))
        self.assertEqual((self.stock(item)["avail"]["POS"], self.real(item)), ("7", 7))
        self.assert_sound(item)
        self.assertEqual((self.due_times(item), self.by_the_center(item)), ([due_ms], 1))

    def test_days_that_clocks_are_changed(self):
        """02:30 does not exist on the one, and comes twice on the other."""
        for _ in range(2):
            change_ms, gap = self.next_change()
            the_day = day_of(change_ms)
            self.step(local_ms(the_day - datetime.timedelta(2), 12))
            self.heal()
            item = next(self.items)
            self.count(item, 10)
            code, text = self.ctl("stock", "schedule", item, "--at", "02:30", "--daily")
            self.assertEqual(code, 0, text)
            self.level()
            first_ms = local_ms(the_day - datetime.timedelta(1), 2, 30)
            self.assertEqual(self.stock(item)["schedule"]["next_at_ms"], first_ms)
            due_ms = change_ms if gap else local_ms(the_day, 2, 30)
            for at_ms in (first_ms, due_ms, local_ms(the_day + datetime.timedelta(1), 2, 30)):
                self.sell(f"dst-{item}-{at_ms}", item, 2)
                self.step(at_ms - MINUTE_MS)
                self.assertNotEqual(self.last_ms(item), at_ms)
                self.step(at_ms + PASSED_MS)
                self.restored(item, at_ms)
                self.heal()
                self.assertEqual((self.real(item), self.due_times(item)[-1]), (10, at_ms))
            self.assertEqual(len(self.due_times(item)), 3)
            self.assert_sound(item)

    def next_change(self):
        """When clocks are changed next."""
        at_ms = self.now_ms() + 4 * DAY_MS
        at_ms -= at_ms % HOUR_MS
        while offset_h(at_ms) == offset_h(at_ms - 1):
            at_ms += HOUR_MS
        return at_ms, offset_h(at_ms) > offset_h(at_ms - 1)

    def test_days_before_clocks_are_put_forward(self):
        """A single time that is skipped is refused on both sides; a daily one begins the day after.
        """
        gap = False
        while not gap:
            change_ms, gap = self.next_change()
            self.step(change_ms - 12 * HOUR_MS if gap else change_ms)
        self.heal()
        items = [next(self.items), next(self.items)]
        begins_ms = change_ms + 23 * HOUR_MS + HOUR_MS // 2
        for item in items:
            self.count(item, 10)
        code, text = self.ctl("stock", "schedule", items[0], "--at", "02:30")
        self.assertEqual(code, REFUSED, text)
        self.assertIn("02:30 is skipped the next time", text)
        self.assertNotIn("schedule", self.stock(items[0]))
        code, text = self.ctl("stock", "schedule", items[0], "--at", "25:00")
        self.assertEqual(code, USAGE, text)
        wish = {"auto_restore_type": 1, "auto_restore_at": "02:30"}
        status, answer = self.ask_update(items[1], daily=False, **wish)
        self.assertEqual(status, 400, answer)
        code, text = self.ctl("stock", "schedule", items[0], "--at", "02:30", "--daily")
        self.assertEqual(code, 0, text)
        self.update(items[1], daily=True, **wish)
        self.level()
        for item in items:
            self.assertEqual(self.stock(item)["schedule"]["next_at_ms"], begins_ms)
            self.sell(f"gap-{item}", item, 2)
        self.step(begins_ms + PASSED_MS)
        for item in items:
            self.restored(item, begins_ms)
        self.heal()
        for item in items:
            self.assertEqual((self.real(item), self.due_times(item)), (10, [begins_ms]))
            self.assert_sound(item)

    def test_a_merchants_time_of_day_is_the_stores(self):
        item = next(self.items)
        due_ms = self.tomorrow(5)
        self.step(due_ms - HOUR_MS)
        self.heal()
        self.update(item, stock_type=2, plan_quantity=10, real_quantity=4, auto_restore_type=1,
                    auto_restore_at="05:00", daily=True)
        self.level()
        schedule = self.stock(item)["schedule"]
        self.assertEqual((schedule["daily"], schedule["next_at_ms"]), (True, due_ms))
        self.step(due_ms + PASSED_MS)
        self.restored(item, due_ms)
        self.heal()
        self.assertEqual(self.real(item), 10)
        self.assert_sound(item)

    def test_the_split_of_a_cut_morning_was_agreed_before(self):
        """T67: offer 1 was acknowledged, offer 2 not heard of."""
        due_ms = self.tomorrow(6)
        item = self.f2(10, 7, 3, auto_restore_type=1, daily=True,
                       auto_restore_at=datetime.datetime.fromtimestamp(
                           due_ms / 1000, datetime.timezone.utc).isoformat())
        till = self.device("till-1")
        self.until("the offer", lambda: any(e["kind"] == "OFFER_ACK" and
                                            str(e["body"]["object_id"]) == item
                                            for e in self.events()))
        self.level()
        self.cloud.cut()
        self.update(item, channel_stocks=self.weighted(3, 7))
        self.assertEqual(self.try_sell(till, item), 0)
        self.step(due_ms + PASSED_MS)
        self.restored(item, due_ms)
        self.assertEqual((self.rights(item), self.sides(item)[1]), (7, 3))
        self.assertEqual(self.try_sell(till, item), 0)
        self.assertEqual([self.try_sell(till, item) for _ in range(7)], [0] * 6 + [1005])
        self.assertEqual([self.try_online(item) for _ in range(4)], [0] * 3 + [1005])
        self.heal()
        self.assertEqual((self.real(item), self.sides(item), self.cases(item)), (0, (0, 0), []))
        self.assert_sound(item)
        self.assertEqual(self.due_times(item), [due_ms])

    def test_the_store_was_days_ahead(self):
        """Its restore was none for the center, and comes at its time."""
        due_ms = self.tomorrow(6) + WILD_MS
        item, now_ms = self.limited(10, due_ms), self.now_ms()
        self.sell(f"ahead-{item}", item, 3)
        self.level()
        self.cloud.cut()
        self.hub_shows(due_ms + HOUR_MS)
        self.until("a restore too early", lambda: self.last_ms(item) == due_ms)
        self.sell(f"ahead-2-{item}", item, 1)
        self.hub_shows(now_ms + MINUTE_MS)
        self.center_shows(now_ms + MINUTE_MS)
        self.heal()
        self.assertEqual(self.cloud.sql("SELECT DISTINCT reason FROM dead_letter"),
                         [["CLOCK_AHEAD"]])
        self.until("the center's word stands", lambda: self.real(item) == 6)
        self.assert_equal(item)
        self.step(due_ms + PASSED_MS)
        self.until("the center's", lambda: self.theirs(item)["x"]["gen"] == f"R:{due_ms}")
        self.heal()
        self.until("restored on both sides", lambda: self.real(item) == 10)
        self.assert_equal(item)
        self.cloud.sql("DELETE FROM dead_letter")


if __name__ == "__main__":
    if LIBRARY is None:
        print("skipped: libfaketime is not installed (tools/deps)")
        sys.exit(SKIPPED)
    need_cloud()
    unittest.main()
