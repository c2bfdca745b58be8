#!/usr/bin/python3
"""What is held for a channel is lent out by the clock, and who is told when the clock has run for
three days without the center (sync-protocol 1.5, 5.5). Days pass by hand: on all the hub's clocks,
that of its uptime too, and on the center's."""

import datetime
import sys
import unittest

from channel_line import ChannelLine
from cloud_line import WHERE, need_cloud
from test_clock import HOUR_S, LIBRARY, SKIPPED, Wall

NO_STOCK, LIMITED, RESERVED = 1001, 1002, 1009
REBALANCE_S = 60  # the shortest
SILENCE_S = 72 * HOUR_S
RIGHTS, STORES = "PH-2113", f"/api/v1/poi/hub/stores?{WHERE}"
WEIGHTS = {"POS": 5, "KIOSK": 3, "ONLINE_ORDER": 2}
HELD = {"POS": "8", "KIOSK": "4", "ONLINE_ORDER": "3"}  # of 15


class Shares(ChannelLine):
    @classmethod
    def setUpClass(cls):
        cls.wall = Wall(cls)
        cls.env = {k: v for k, v in cls.wall.env.items() if k != "FAKETIME_DONT_FAKE_MONOTONIC"}
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.till, self.kiosk = self.both()

    def pass_s(self, span_s):
        """So much later, on both sides."""
        self.cloud.need("POST", "/test/faults",
                        {"clock_ms": int((self.wall.offset_s + span_s) * 1000)})
        self.wall.set(self.wall.offset_s + span_s)

    def shared_out(self, policy, **more):
        """15 portions, by weight."""
        item = self.item(15, policy, channel_stocks=[
            {"channel_code": code, "stock_status": 1, "stock_type": 1, "weight": weight}
            for code, weight in WEIGHTS.items()], **more)
        self.assertEqual(self.held(item), HELD)
        return item

    def rebalances(self, item, cause):
        """What was held by each of them."""
        return [e["body"]["m"] for e in self.events() if e["kind"] == "REBALANCE" and
                str(e["body"]["object_id"]) == item and e["body"]["cause"] == cause]

    def sold_out_at_the_till(self, item, why):
        self.assertEqual([self.try_sell(self.till, item, 8), self.try_sell(self.till, item)],
                         [0, why])
        self.hears(self.kiosk, item, POS="0", KIOSK="4")

    def test_a_fast_channel_gets_what_slow_ones_leave(self):
        """The example of the protocol: POS sold 8 of 8, and of the 7 it gets 4."""
        item = self.shared_out("WEIGHTED_SOFT", rebalance_s=REBALANCE_S)
        self.sold_out_at_the_till(item, RESERVED)
        self.pass_s(REBALANCE_S)
        told = self.hears(self.kiosk, item, POS="4", KIOSK="2")
        self.assertEqual(told["policy"], "WEIGHTED_SOFT")
        self.assertEqual(self.rebalances(item, "PERIODIC"),
                         [{"POS": 120, "KIOSK": 20, "ONLINE_ORDER": 10}])
        self.assertEqual([self.try_sell(self.till, item, 4), self.try_sell(self.till, item)],
                         [0, RESERVED])
        self.assert_sound(item)

    def test_shares_are_dealt_anew_without_a_line_and_after_a_restart(self):
        item = self.shared_out("WEIGHTED_SOFT", rebalance_s=REBALANCE_S)
        self.cloud.cut()
        self.sold_out_at_the_till(item, RESERVED)
        self.pass_s(REBALANCE_S)
        self.hears(self.kiosk, item, POS="4", KIOSK="2")
        self.assertEqual(self.try_sell(self.till, item, 4), 0)
        self.store.restart_hub()
        self.store.wait_broker()
        self.assertEqual(self.rebalances(item, "PERIODIC"),
                         [{"POS": 120, "KIOSK": 20, "ONLINE_ORDER": 10}])
        self.pass_s(REBALANCE_S)
        self.until("the next one", lambda: len(self.rebalances(item, "PERIODIC")) == 2)
        self.hears(self.kiosk, item, POS="1", KIOSK="1")  # of 3, one each
        self.heal()
        self.assert_sound(item)

    def test_after_the_release_there_is_one_pool(self):
        """At the hour, once; and the next day's plan is shared out again."""
        now = datetime.datetime.fromtimestamp(self.wall.now_ms() / 1000, datetime.timezone.utc)
        at = now.replace(second=0, microsecond=0) + datetime.timedelta(hours=2)
        back = at + datetime.timedelta(hours=2)
        item = self.shared_out("WEIGHTED_HARD", release_at=at.strftime("%H:%M"),
                               auto_restore_type=1, auto_restore_at=back.isoformat())
        self.sold_out_at_the_till(item, LIMITED)
        self.cloud.cut()
        self.pass_to(at)
        self.hears(self.kiosk, item, POS="7", KIOSK="7")
        self.assertEqual(self.rebalances(item, "RELEASE"),
                         [{"POS": 0, "KIOSK": 0, "ONLINE_ORDER": 0}])
        self.assertEqual(self.try_online(item, 5), 0)  # beyond its 3: the center's clock shows it too
        self.assertEqual(self.try_sell(self.till, item), 0)
        self.heal()
        self.hears(self.kiosk, item, POS="1", KIOSK="1")
        self.assert_sound(item)
        self.store.restart_hub()
        self.store.wait_broker()
        self.ok(self.place(self.kiosk, item, 1))
        self.assertEqual(self.try_sell(self.till, item), NO_STOCK)
        self.assertEqual(len(self.rebalances(item, "RELEASE")), 1)
        self.pass_to(back)
        self.hears(self.kiosk, item, POS="8", KIOSK="4")
        self.heal()
        self.assert_sound(item)

    def pass_to(self, at):
        self.pass_s(at.timestamp() - self.wall.now_ms() / 1000)

    def test_three_days_without_the_center_are_told(self):
        item = self.f2()
        self.cloud.cut()
        self.until("the line is cut", lambda: self.line()["link"] == "down")
        self.assertEqual((self.fault(RIGHTS), self.silent()), (None, None))
        self.pass_s(SILENCE_S)
        told = self.until("the alert", lambda: self.fault(RIGHTS))
        self.assertIn(self.stock(item)["name"], told["text"])
        self.assertEqual(self.till_hears_of_it()["kind"], "CLOUD")
        self.assertGreaterEqual(self.silent()["hours"], 72)
        self.assertGreaterEqual(self.silent()["strict_rows"], 1)
        self.assertEqual(self.try_sell(self.till, item, 9), 0)
        self.heal()
        self.pass_s(REBALANCE_S)  # the hub looks once a minute
        self.until("no alert", lambda: not self.fault(RIGHTS))
        # What comes by push is stamped by the database's own clock, which nobody has put forward.
        self.until("it is heard of", lambda: self.silent() is None)
        self.assert_sound(item)

    def silent(self):
        store, = self.cloud.need("GET", STORES)["stores"]
        return store.get("silent")

    def till_hears_of_it(self):
        return self.device("till-1", "alert/#").wait("alert/rights")


if __name__ == "__main__":
    if LIBRARY is None:
        print("skipped: libfaketime is not installed (tools/deps)")
        sys.exit(SKIPPED)
    need_cloud()
    unittest.main()
