#!/usr/bin/python3
"""Channel policies from the center's word to the till's refusal: who may sell how much, what is held
for whom, and what no policy may be (sync-protocol 1.5; T20, T22, T24)."""

import threading
import unittest

from channel_line import ChannelLine
from cloud_line import need_cloud

NO_STOCK, LIMITED, CLOSED, RESERVED, BAD = 1001, 1002, 1004, 1009, 1010
USAGE, NOT_FOUND, REFUSED = 2, 5, 6
POLICIES = ("SHARED", "CAPPED", "WEIGHTED_HARD", "WEIGHTED_SOFT", "RESERVED")
RACE = 12


class Channels(ChannelLine):
    # ---- the formula ----
    def capped(self, till):
        """F1: 15 portions, at most 10 by each; one limit is the center's, one the till's."""
        item = self.item(15, "CAPPED", channel_stocks=[
            {"channel_code": "KIOSK", "stock_status": 1, "stock_type": 2, "limit_quantity": 10}])
        self.ok(self.channel(till, item, "POS", limited=True, limit="10"))
        return item

    def test_limits_of_both_sides_share_one_pool(self):
        """T20"""
        till, kiosk = self.both()
        item = self.capped(till)
        self.assertEqual(self.try_sell(till, item, 9), 0)
        told = self.hears(kiosk, item, KIOSK="6", POS="1")
        self.assertEqual(told["policy"], "CAPPED")
        self.code(NO_STOCK, self.place(kiosk, item, 7))
        self.ok(self.place(kiosk, item, 6))
        self.code(NO_STOCK, self.place(till, item, 1))
        self.hears(kiosk, item, KIOSK="0", POS="0")
        self.assert_sound(item)

    def test_the_limit_of_a_channel_speaks(self):
        """T22"""
        till, kiosk = self.both()
        item = self.capped(till)
        reply = self.code(LIMITED, self.place(till, item, 11))
        self.assertEqual(reply["lines"][0]["avail"], "10")
        self.hears(kiosk, item, KIOSK="10", POS="10")
        self.assertEqual(self.try_online(item, 6), 0)
        self.level()
        self.hears(kiosk, item, KIOSK="9", POS="9")
        self.code(NO_STOCK, self.place(till, item, 10))
        self.assert_sound(item)

    def test_fixed_shares_are_whole_portions(self):
        """T24: weights from the till, the policy from the center."""
        for supply, weights, shares in (
                (15, {"POS": 5, "KIOSK": 3, "ONLINE_ORDER": 2},
                 {"POS": "8", "KIOSK": "4", "ONLINE_ORDER": "3"}),
                (10, {"POS": 1, "KIOSK": 1, "ONLINE_ORDER": 1},
                 {"KIOSK": "4", "ONLINE_ORDER": "3", "POS": "3"}),
                (7.5, {"KIOSK": 1, "POS": 1}, {"KIOSK": "4", "POS": "3"})):
            with self.subTest(supply=supply):
                till, kiosk = self.both()
                item = self.item(supply, "SHARED")
                for code, weight in weights.items():
                    self.ok(self.channel(till, item, code, weight=weight))
                self.level()
                self.update(item, policy="WEIGHTED_HARD")
                self.level()
                self.assertEqual(self.held(item), shares)
                mine = {code: shares[code] for code in ("POS", "KIOSK")}
                self.hears(kiosk, item, EMENU="0", **mine)
                pos = int(shares["POS"])
                self.assertEqual([self.try_sell(till, item, pos), self.try_sell(till, item)],
                                 [0, LIMITED])
                self.hears(kiosk, item, KIOSK=shares["KIOSK"], POS="0")
                online = int(shares.get("ONLINE_ORDER", "0"))
                self.assertNotEqual(self.try_online(item, online + 1), 0)
                if online:
                    self.assertEqual(self.try_online(item, online), 0)
                self.assert_sound(item)

    def test_what_is_reserved_is_left_by_others(self):
        till, kiosk = self.both()
        item = self.item(15, "RESERVED")
        for code in ("POS", "KIOSK"):
            self.ok(self.channel(till, item, code, reserve="4"))
        self.hears(kiosk, item, POS="11", KIOSK="11", EMENU="7")
        self.level()
        self.assertEqual(self.try_online(item, 8), RESERVED)
        self.code(RESERVED, self.place(till, item, 12))
        self.ok(self.place(till, item, 11))
        self.hears(kiosk, item, POS="0", KIOSK="4", EMENU="0")
        self.assert_sound(item)

    def test_soft_shares_are_lent_when_supply_falls(self):
        till, kiosk = self.both()
        item = self.item(15, "WEIGHTED_SOFT", channel_stocks=self.weighted(5, 2))
        self.ok(self.channel(till, item, "KIOSK", weight=3))
        self.assertEqual(self.held(item), {"POS": "8", "KIOSK": "4", "ONLINE_ORDER": "3"})
        self.ok(till.ask("stock.adjust", object_type=2, object_id=item, delta="-5", reason="WASTE"))
        self.assertEqual(self.held(item), {"POS": "5", "KIOSK": "3", "ONLINE_ORDER": "2"})
        self.hears(kiosk, item, POS="5", KIOSK="3", EMENU="0")
        self.assert_sound(item)

    def test_one_channel_is_closed_and_opened(self):
        till, kiosk = self.both()
        item = self.item(15, "CAPPED")
        code, text = self.ctl("channel", "set", item, "KIOSK", "--sold-out")
        self.assertEqual(code, 0, text)
        self.hears(kiosk, item, KIOSK="0", POS="15")
        self.code(CLOSED, self.place(kiosk, item, 1))
        self.level()
        self.update(item, channel_stocks=[{"channel_code": "KIOSK", "stock_status": 1,
                                           "stock_type": 1}])
        self.hears(kiosk, item, KIOSK="15")
        self.ok(self.place(kiosk, item, 1))
        self.assert_sound(item)

    # ---- what no policy may be ----
    def test_weights_of_zero(self):
        till, kiosk = self.both()
        item = self.item(15, "SHARED")
        status, answer = self.ask_update(item, policy="WEIGHTED_HARD")
        self.assertEqual((status, answer["detail"]), (400, "policy"))
        self.update(item, policy="WEIGHTED_HARD", channel_stocks=self.weighted(6, 4))
        self.level()
        self.hears(kiosk, item, POS="9", KIOSK="0")
        for code in ("POS", "ONLINE_ORDER"):
            self.ok(self.channel(till, item, code, weight=0))
        self.hears(kiosk, item, POS="15", KIOSK="15")
        self.ok(self.place(kiosk, item, 2))
        self.assert_sound(item)
        self.assertEqual(self.try_online(item, 13), 0)
        self.assertEqual(self.try_online(item), NO_STOCK)
        self.assert_sound(item)

    def test_a_cap_below_what_is_used(self):
        till, kiosk = self.both()
        item = self.item(15, "CAPPED")
        self.assertEqual(self.try_sell(till, item, 5), 0)
        self.ok(self.channel(till, item, "POS", limited=True, limit="2"))
        self.hears(kiosk, item, POS="0", KIOSK="10")
        self.assertEqual(self.try_sell(till, item), LIMITED)
        self.ok(self.channel(till, item, "POS", limited=True, limit="0"))
        self.assertEqual(self.try_sell(till, item), LIMITED)
        self.assert_sound(item)
        self.ok(self.channel(till, item, "POS", limited=False))
        self.hears(kiosk, item, POS="10")
        self.assert_sound(item)

    def test_reserves_above_the_stock(self):
        till, kiosk = self.both()
        item = self.item(15, "RESERVED")
        for code in ("POS", "KIOSK"):
            self.ok(self.channel(till, item, code, reserve="10"))
        self.assertEqual(self.held(item), {"KIOSK": "8", "POS": "7"})
        self.hears(kiosk, item, KIOSK="8", POS="7", EMENU="0")
        self.level()
        self.assertEqual(self.try_online(item), RESERVED)
        self.assert_sound(item)

    def test_channels_and_policies_nobody_knows(self):
        till, _ = self.both()
        item = self.item(15, "CAPPED")
        before = self.stock(item)
        for more in ({"channel": "FAX", "weight": 1}, {"channel": "", "weight": 1},
                     {"channel": "POS", "weight": 10001}, {"channel": "POS", "weight": -1},
                     {"channel": "POS", "reserve": "-1"}, {"channel": "POS", "limit": "x"},
                     {"channel": "POS"}):
            with self.subTest(more):
                reply = till.ask("stock.channel", object_type=2, object_id=item, **more)
                self.assertIn(reply["code"], (BAD, 1007), reply)
        for more in ({"policy": "FAIR"}, {"policy": 3}, {"mode": "HALF"}, {"rebalance_s": 1},
                     {"release_at": "25:00"},
                     {"channel_stocks": [{"channel_code": "FAX", "weight": 1}]},
                     {"channel_stocks": [{"channel_code": "POS", "weight": 10001}]}):
            with self.subTest(more):
                status, answer = self.ask_update(item, **more)
                self.assertEqual((status, answer["name"]), (400, "BAD_REQUEST"), answer)
        self.assertEqual(self.stock(item), before)
        self.assert_sound(item)

    def test_what_poshubctl_says_of_them(self):
        item = self.item(15, "RESERVED")
        code, text = self.ctl("channel", "set", item, "POS", "--limit", "12", "--reserve", "4")
        self.assertEqual(code, 0, text)
        code, text = self.ctl("channel", "show", item)
        self.assertEqual(code, 0, text)
        self.assertIn("RESERVED", text)
        self.assertRegex(text, r"POS +on sale +12 +0 +4 +0 +4 +12")
        for words, status, said in (
                (("policy", item, "CAPPED"), REFUSED, "refused: the policy is set by the center"),
                (("policy", item, "FAIR"), USAGE, "no policy"),
                (("set", item, "FAX", "--weight", "1"), USAGE, "no channel"),
                (("set", item, "POS"), USAGE, "say what to set"),
                (("set", item, "POS", "--weight", "10001"), USAGE, "0 to 10000"),
                (("set", item, "POS", "--limit", "3", "--no-limit"), USAGE, "contradict"),
                (("set", item, "POS", "--on-sale", "--sold-out"), USAGE, "contradict"),
                (("show", "99999"), NOT_FOUND, "not on the menu")):
            with self.subTest(words):
                code, text = self.ctl("channel", *words)
                self.assertEqual(code, status, text)
                self.assertIn(said, text)
        self.assert_sound(item)

    def test_two_merchants_and_a_till_at_once(self):
        till, _ = self.both()
        item, failed = self.item(500, "SHARED", channel_stocks=self.weighted()), []

        def merchant(first):
            for n in range(RACE):
                status, answer = self.ask_update(
                    item, policy=POLICIES[(first + n) % len(POLICIES)],
                    channel_stocks=self.weighted(n + 1, first + 1, reserve_quantity=n))
                if status != 200:
                    failed.append(answer)
        merchants = [threading.Thread(target=merchant, args=(n,)) for n in (0, 2)]
        for thread in merchants:
            thread.start()
        for n in range(RACE):
            self.ok(self.channel(till, item, "POS", weight=n, reserve=str(n)))
            self.ok(self.channel(till, item, "KIOSK", weight=RACE - n, limited=True,
                                 limit=str(40 + n)))
            self.assertIn(self.try_sell(till, item), (0, LIMITED, RESERVED))
        for thread in merchants:
            thread.join()
        self.assertEqual(failed, [])
        self.assert_sound(item)
        theirs = {c["channel_code"]: (c["weight"], c["reserve_quantity"])
                  for c in self.theirs(item)["channel_stocks"]}
        ours = {c["channel"]: (c["weight"], float(c["reserve"]))
                for c in self.stock(item)["channels"]}
        self.assertEqual({code: ours[code] for code in theirs}, theirs)


if __name__ == "__main__":
    need_cloud()
    unittest.main()
