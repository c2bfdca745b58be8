#!/usr/bin/python3
"""Channel policies at the center (sync-protocol 1.5, 1.6): what a merchant may set, what is refused
and changes nothing, and what each policy lets an online order have."""

import itertools
import threading

import center
from hub import Hub

A = 1001
UPDATE, ORDERS = "/api/v1/poi/stock/update", "/api/v1/orders"
SETTINGS = "/api/v1/poi/hub/settings"
POI, NO = itertools.count(5000), itertools.count(1)
OPEN = {"stock_status": 1, "stock_type": 1}


def channel(code, **more):
    return {"channel_code": code, **OPEN, **more}


class PolicyTest(center.CenterTest):
    OPTIONS = ("--test-faults",)

    def setUp(self):
        self.poi = str(next(POI))
        self.store = {"brandId": "1", "poiId": self.poi}
        self.center.post("/test/faults", {"clock_ms": 0})

    def update(self, object_id=A, **more):
        return self.center.post(UPDATE, {**self.store, "object_id": object_id, **more})

    def set(self, **more):
        status, answer = self.update(**more)
        self.assertEqual(status, 200, answer)
        return answer["row"]

    def limited(self, real, *channels, **more):
        return self.set(stock_type=2, plan_quantity=real, real_quantity=real,
                        channel_stocks=list(channels), **more)

    def row(self):
        _, page = self.center.get(f"/api/v1/poi/stock/rows?brandId=1&poiId={self.poi}")
        return next(row for row in page["rows"] if row["object_id"] == A)

    def order(self, qty):
        status, answer = self.center.post(ORDERS, {
            **self.store, "order_id": f"O{next(NO)}", "lines": [
                {"line": 1, "object_id": A, "name": "Pizza", "qty": qty, "unit_price": "1"}]})
        return 0 if status == 200 else answer["code"]

    def avail(self):
        """What an online order may have, found by asking for too much."""
        status, answer = self.center.post(ORDERS, {
            **self.store, "order_id": f"O{next(NO)}", "lines": [
                {"line": 1, "object_id": A, "name": "Pizza", "qty": 900, "unit_price": "1"}]})
        self.assertEqual(status, 409, answer)
        return answer["lines"][0]["avail"]

    def later(self, seconds):
        self.center.post("/test/faults", {"clock_ms": seconds * 1000})

    def held(self):
        """{channel: m} as the center keeps it"""
        return {code: int(m) for code, m in self.center.sql(
            "SELECT channel_code, m_t FROM poi_item_channel_stock "
            f"WHERE poi_id = '{self.poi}' ORDER BY 1")}


class Settings(PolicyTest):
    def test_a_policy_is_kept_and_shown(self):
        row = self.limited(15, channel("POS", weight=5, reserve_quantity=2),
                           channel("ONLINE_ORDER", weight=2), policy="WEIGHTED_SOFT", mode="STRICT",
                           rebalance_s=60, release_at="2026-01-28T17:30:00Z",
                           ranking="ONLINE_FIRST")
        shown = self.row()
        shown["channel_stocks"].reverse()  # by code
        self.assertEqual(row, shown)
        x = row["x"]
        self.assertEqual((x["policy"], x["mode"], x["rebalance_s"], x["ranking"]),
                         ("WEIGHTED_SOFT", "STRICT", 60, 2))
        self.assertEqual(x["release_at_ms"], 1769621400000)
        self.assertGreater(x["st"]["policy"][0], 0)
        pos = next(c for c in row["channel_stocks"] if c["channel_code"] == "POS")
        self.assertEqual((pos["weight"], pos["reserve_quantity"]), (5, 2))

    def test_what_is_missing_stays(self):
        self.limited(15, channel("POS", weight=5, stock_type=2, limit_quantity=7),
                     policy="WEIGHTED_SOFT", rebalance_s=60, release_at="2026-01-28T17:30:00Z")
        row = self.set(channel_stocks=[{"channel_code": "POS", "reserve_quantity": 1.5}])
        pos = row["channel_stocks"][0]
        self.assertEqual((pos["weight"], pos["reserve_quantity"], pos["limit_quantity"],
                          pos["stock_type"]), (5, 1.5, 7, 2))
        x = self.set(policy="RESERVED")["x"]
        self.assertEqual((x["policy"], x["rebalance_s"]), ("RESERVED", 60))
        x = self.set(release_at="never", rebalance_s=0, policy="SHARED")["x"]
        self.assertFalse({"release_at_ms", "rebalance_s", "policy"} & set(x))

    def test_every_change_of_a_policy_has_a_later_stamp(self):
        stamps = [self.set(policy=name)["x"]["st"]["policy"]
                  for name in ("CAPPED", "RESERVED", "CAPPED")]
        self.assertEqual(stamps, sorted(stamps))
        self.assertEqual(len({tuple(s) for s in stamps}), 3)

    def test_what_is_no_policy_is_refused_and_changes_nothing(self):
        before = self.limited(15, channel("POS", weight=5))
        for at, more in (
                ("mode", {"mode": "HARSH"}), ("policy", {"policy": "weighted_hard"}),
                ("policy", {"policy": 7}), ("ranking", {"ranking": "LAST_COME"}),
                ("rebalance_s", {"rebalance_s": 59}), ("rebalance_s", {"rebalance_s": 86401}),
                ("rebalance_s", {"rebalance_s": -1}), ("release_at", {"release_at": "24:00"}),
                ("release_at", {"release_at": "17:60"}), ("release_at", {"release_at": "soon"}),
                ("auto_restore_at", {"auto_restore_at": "6:00"}),
                ("auto_restore_at", {"auto_restore_at": "never"}), ("daily", {"daily": "yes"})):
            status, answer = self.update(stock_status=2, **more)
            self.assertEqual((status, answer["detail"]), (400, at), more)
        for at, more in (("weight", {"weight": 10001}), ("weight", {"weight": -1}),
                         ("weight", {"weight": 1.5}), ("reserve_quantity", {"reserve_quantity": -1}),
                         ("reserve_quantity", {"reserve_quantity": 0.55})):
            status, answer = self.update(channel_stocks=[channel("KIOSK", **more)])
            self.assertEqual((status, answer["detail"]), (400, f"channel_stocks[0].{at}"), more)
        self.assertEqual(self.row(), before)

    def test_the_edges_are_good(self):
        row = self.limited(15, channel("POS", weight=10000), channel("KIOSK", weight=0),
                           rebalance_s=86400, policy="WEIGHTED_HARD")
        self.assertEqual(row["x"]["rebalance_s"], 86400)
        self.assertEqual(self.set(rebalance_s=60)["x"]["rebalance_s"], 60)

    def test_an_unknown_channel_has_no_weight_and_no_reserve(self):
        for more in ({"weight": 1}, {"reserve_quantity": 1}):
            status, answer = self.update(channel_stocks=[channel("UBER", **more)])
            self.assertEqual((status, answer["detail"]), (400, "channel_stocks[0].channel_code"))
        self.assertEqual(self.set(channel_stocks=[channel("UBER")])
                         ["channel_stocks"][0]["channel_code"], "UBER")

    def test_fixed_shares_of_nobody_are_refused(self):
        before = self.limited(15, channel("POS"))
        status, answer = self.update(policy="WEIGHTED_HARD")
        self.assertEqual((status, answer["detail"]), (400, "policy"))
        self.assertEqual(self.row(), before)
        self.set(policy="WEIGHTED_HARD", channel_stocks=[channel("POS", weight=1)])
        status, answer = self.update(channel_stocks=[channel("POS", weight=0)])
        self.assertEqual((status, answer["detail"]), (400, "policy"))
        self.assertEqual(self.row()["channel_stocks"][0]["weight"], 1)

    def test_two_changes_at_once_leave_one_of_them_whole(self):
        wishes = [{"policy": "WEIGHTED_HARD", "rebalance_s": 60,
                   "channel_stocks": [channel("POS", weight=3)]},
                  {"policy": "RESERVED", "rebalance_s": 120,
                   "channel_stocks": [channel("POS", weight=0, reserve_quantity=4)]}]
        for _ in range(5):
            both = [threading.Thread(target=self.update, kwargs=w) for w in wishes]
            for t in both:
                t.start()
            for t in both:
                t.join()
            row = self.row()
            pos = row["channel_stocks"][0]
            self.assertIn((row["x"]["policy"], row["x"]["rebalance_s"], pos["weight"]),
                          [("WEIGHTED_HARD", 60, 3), ("RESERVED", 120, 0)])

    def test_a_time_of_day_is_the_stores(self):
        self.center.post(SETTINGS, {**self.store, "timezone": "America/St_Johns"})
        row = self.set(auto_restore_type=1, auto_restore_at="06:00", daily=True, release_at="14:15")
        here = "timezone('America/St_Johns', to_timestamp({}::bigint / 1000))::time"
        self.assertEqual(self.center.one(
            f"SELECT {here.format(row['x']['release_at_ms'])}"), "14:15:00")
        self.assertEqual(self.center.one(
            f"SELECT timezone('America/St_Johns', '{row['auto_restore_at']}'::timestamptz)::time"),
            "06:00:00")
        self.assertEqual(row["x"]["repeat"], 1)


class Zones(PolicyTest):
    def zone(self):
        _, answer = self.center.get(f"/api/v1/poi/hub/stores?brandId=1&poiId={self.poi}")
        return answer["stores"][0]["timezone"]

    def hello(self, hub, **more):
        status, answer = self.center.post("/api/v1/poi/hub/hello", {
            **self.store, "box_id": "B", "epoch": hub.epoch, "last_seq": 0, "tail": hub.hashes[0],
            "applied_ver": 0, **more})
        self.assertEqual(status, 200, answer)

    def test_a_merchant_sets_it_and_the_list_shows_it(self):
        self.set()
        self.assertEqual(self.zone(), "UTC")
        status, answer = self.center.post(SETTINGS, {**self.store, "timezone": "Europe/Berlin"})
        self.assertEqual((status, answer["timezone"], self.zone()),
                         (200, "Europe/Berlin", "Europe/Berlin"))

    def test_alone_it_leaves_the_settings(self):
        channels = {"KIOSK": {"open": False}}
        self.center.post(SETTINGS, {**self.store, "channels": channels})
        _, answer = self.center.post(SETTINGS, {**self.store, "timezone": "Asia/Tokyo"})
        self.assertEqual((answer["settings"]["rev"], answer["settings"]["channels"]),
                         (1, channels))

    def test_what_is_no_zone_is_refused(self):
        self.center.post(SETTINGS, {**self.store, "timezone": "Europe/Berlin"})
        for name in ("Europe/Atlantis", "+02:00", "", "europe'; DROP", "posix/Europe/Rome",
                     "UTC+3", "localtime", "x" * 65):
            status, answer = self.center.post(SETTINGS, {**self.store, "timezone": name})
            self.assertEqual((status, answer.get("detail")), (400, "timezone"), name)
        self.assertEqual(self.zone(), "Europe/Berlin")

    def test_the_hub_has_the_last_word(self):
        hub = Hub(self.center, self.poi)
        hub.open_epoch()
        self.hello(hub, tz="Europe/Berlin")
        self.assertEqual(self.zone(), "Europe/Berlin")
        self.hello(hub)
        self.hello(hub, tz="Nowhere/Else")
        self.assertEqual(self.zone(), "Europe/Berlin")


class Sharing(PolicyTest):
    """15 portions, weights 5:3:2."""

    WEIGHTS = (channel("POS", weight=5), channel("KIOSK", weight=3),
               channel("ONLINE_ORDER", weight=2))

    def test_shared_and_capped(self):
        self.limited(15, channel("POS", weight=5), channel("ONLINE_ORDER", weight=2))
        self.assertEqual(self.avail(), 15)
        self.set(policy="CAPPED", channel_stocks=[
            {"channel_code": "ONLINE_ORDER", "stock_status": 1, "stock_type": 2,
             "limit_quantity": 4}])
        self.assertEqual((self.order(5), self.avail()), (1002, 4))

    def test_hard_shares_are_fixed(self):
        self.limited(15, *self.WEIGHTS, policy="WEIGHTED_HARD")
        self.assertEqual(self.held(), {"KIOSK": 40, "ONLINE_ORDER": 30, "POS": 80})
        self.assertEqual((self.order(4), self.order(3), self.avail()), (1002, 0, 0))

    def test_soft_shares_are_lent_out_when_their_time_has_come(self):
        self.limited(15, *self.WEIGHTS, policy="WEIGHTED_SOFT", rebalance_s=60)
        self.assertEqual((self.avail(), self.order(3), self.avail(), self.order(1)), (3, 0, 0, 1009))
        self.later(61)  # 12 are left: LR(12; 5,3,2) = 6, 4, 2
        self.assertEqual((self.avail(), self.order(2), self.order(1)), (2, 0, 1009))
        self.assertEqual(self.held(), {"KIOSK": 40, "ONLINE_ORDER": 50, "POS": 60})

    def test_a_reserve_is_kept_for_its_channel(self):
        self.limited(15, channel("POS", reserve_quantity=6), policy="RESERVED")
        self.assertEqual((self.avail(), self.order(10), self.order(9), self.avail()),
                         (9, 1009, 0, 0))

    def test_reserves_above_the_stock_give_way_by_what_is_unmet(self):
        self.limited(15, channel("POS", reserve_quantity=10),
                     channel("ONLINE_ORDER", reserve_quantity=10), policy="RESERVED")
        self.assertEqual(self.held(), {"ONLINE_ORDER": 80, "POS": 70})
        self.assertEqual(self.avail(), 8)

    def test_waste_forces_and_a_receipt_is_shared_out(self):
        self.limited(15, *self.WEIGHTS, policy="WEIGHTED_SOFT")
        self.set(adjust=-5)  # LR(10; 8,4,3) = 5, 3, 2
        self.assertEqual(self.held(), {"KIOSK": 30, "ONLINE_ORDER": 20, "POS": 50})
        self.set(adjust=10)  # LR(10; 5,3,2)
        self.assertEqual(self.held(), {"KIOSK": 60, "ONLINE_ORDER": 40, "POS": 100})
        self.assertEqual(self.avail(), 4)

    def test_what_the_store_sold_comes_out_of_its_own_share(self):
        self.limited(15, *self.WEIGHTS, policy="WEIGHTED_HARD")
        hub = Hub(self.center, self.poi)
        hub.open_epoch()
        sold = {**hub.eff(A, dh=-80, q_t=80), "used": 80}
        hub.event("ORDER_SELL", {
            "order_id": "P9", "channel": "POS", "state": "PAID", "number": "P009",
            "day": "2026-01-28", "device": "till-1", "origin": "LOCAL",
            "lines": [{"line": 1, "object_type": 2, "object_id": A, "q_t": 80, "eff": [sold]}]})
        self.assertEqual(hub.post()[0], 200)
        self.assertEqual((self.held()["POS"], self.avail()), (80, 3))

    def test_a_new_weight_begins_anew(self):
        self.limited(15, *self.WEIGHTS, policy="WEIGHTED_HARD")
        self.set(channel_stocks=[{"channel_code": "ONLINE_ORDER", "weight": 7}])
        self.assertEqual(self.held(), {"KIOSK": 30, "ONLINE_ORDER": 70, "POS": 50})
        self.set(policy="SHARED")
        self.assertEqual(self.held(), {"KIOSK": 0, "ONLINE_ORDER": 0, "POS": 0})

    def test_a_cap_below_what_is_used_sells_nothing(self):
        self.limited(15, channel("ONLINE_ORDER"), policy="CAPPED")
        self.assertEqual(self.order(6), 0)
        self.set(channel_stocks=[{"channel_code": "ONLINE_ORDER", "stock_status": 1,
                                  "stock_type": 2, "limit_quantity": 4}])
        self.assertEqual((self.avail(), self.order(1)), (0, 1002))

    def test_a_release_frees_what_was_held_until_the_next_generation(self):
        self.center.post(SETTINGS, {**self.store, "timezone": "Europe/Berlin"})
        self.limited(15, channel("POS", reserve_quantity=10), policy="RESERVED")
        self.assertEqual(self.avail(), 5)
        soon = self.center.one("SELECT to_char(timezone('Europe/Berlin', now() + '90 min'),"
                               " 'HH24:MI')")
        self.set(release_at=soon)
        self.assertEqual(self.avail(), 5)
        self.later(91 * 60)
        self.assertEqual(self.avail(), 15)
        self.assertEqual(self.order(12), 0)
        self.assertEqual(self.held(), {"ONLINE_ORDER": 0, "POS": 0})


class Log(PolicyTest):
    def test_the_log_says_how_a_row_was_shared_before_and_after(self):
        self.set(policy="WEIGHTED_SOFT", rebalance_s=600, channel_stocks=[
            {"channel_code": "POS", "weight": 5, "reserve_quantity": 2}])
        self.set(mode="STRICT")
        self.set(plan_quantity=9)
        _, answer = self.center.get(f"/api/v1/poi/stock/log?brandId=1&poiId={self.poi}&limit=3")
        plan, mode, policy = [entry["content"] for entry in answer["log"]]
        self.assertNotIn("policy", plan["after"])
        self.assertEqual([mode[s]["mode"] for s in ("before", "after")], ["LOOSE", "STRICT"])
        self.assertEqual([(policy[s]["policy"], policy[s]["rebalance_s"], policy[s]["channels"])
                          for s in ("before", "after")],
                         [("SHARED", 0, []),
                          ("WEIGHTED_SOFT", 600,
                           [{"channel_code": "POS", "reserve_t": 20, "weight": 5}])])


if __name__ == "__main__":
    center.main()
