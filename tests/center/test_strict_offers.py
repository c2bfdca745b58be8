#!/usr/bin/python3
"""Splits of the generations to come, agreed in advance (sync-protocol 5.5, T67): a store that is
offline for a week still gets its daily share, and never more than the center has counted for it."""

import time

import center
from strict import A, StrictTest

DAY_MS = 24 * 3600 * 1000


class Offers(StrictTest):
    def setUp(self):
        super().setUp()
        self.shift(0)

    def shift(self, ms):
        """The center's clock is ahead by so much."""
        self.assertEqual(self.center.post("/test/faults", {"clock_ms": ms}), (200, {"code": 0}))
        self.ahead = ms

    def now(self):
        return int(time.time() * 1000) + self.ahead

    def daily(self, in_ms=3600_000, plan=10, **more):
        """STRICT with a daily restore: first in an hour."""
        self.first = (self.now() + in_ms) // 1000 * 1000
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.first // 1000))
        return self.f2(supply=plan, auto_restore_type=1, auto_restore_at=at, daily=True, **more)

    def numbered(self):
        """[(n, hub_t, plan_t)] that the center still counts with."""
        v = [int(n) for n in self.center.one(
            f"SELECT array_to_string(offers, ',') FROM poi_item_stock WHERE poi_id = '{self.poi}' "
            f"AND object_id = {A}").split(",") if n]
        return [tuple(v[i:i + 3]) for i in range(0, len(v), 4)]

    def offers(self):
        """[(hub_t, plan_t)]"""
        return [offer[1:] for offer in self.numbered()]

    def until_restored(self, due_ms):
        """The center's clock has passed the due time, and it has restored."""
        self.shift(due_ms - int(time.time() * 1000) + 1000)
        center.wait_for("restored", lambda: self.gen() == f"R:{due_ms}")

    def gen(self):
        return self.center.one(f"SELECT gen_id FROM poi_item_stock WHERE poi_id = '{self.poi}' AND "
                               f"object_id = {A}")

    def restore(self, hub, due_ms):
        """The hub's own: with the newest offer that it has."""
        offer = hub.offer if hub.offer and int(hub.offer["from"][2:]) <= due_ms else None
        plan_t = offer["plan_t"] if offer else round(hub.seen[A]["plan_quantity"] * 10)
        hub.ms = max(hub.ms, due_ms)
        row = hub.rows[A]
        hub.own_xr[A] = 0
        base = {"id": f"R:{due_ms}", "v_t": plan_t, "h": row["H"] - row["Lh"], "c": hub.x()["C"]}
        hub.object_event("RESTORE", due_at_ms=due_ms, plan_t=plan_t, base=base,
                         offer=offer["n"] if offer else 0, hub_t=offer["hub_t"] if offer else 0,
                         stamp=hub.x()["st"]["plan"], eff=[{**hub.counters()[0], "used": {
                             "POS": 0, "KIOSK": 0, "EMENU": 0}}])
        hub.seen[A]["x"].update(gen=f"R:{due_ms}", Gr=offer["hub_t"] if offer else 0, base=base)

    def take_offer(self, hub):
        hub.pull()
        hub.offer = hub.x().get("offer")
        hub.ack_offer()
        hub.send()

    def test_made_with_the_mode_and_acknowledged(self):
        hub = self.daily()
        self.assertEqual(self.offers(), [(60, 100)])
        offer = hub.x()["offer"]
        self.assertEqual([(offer["n"], offer["hub_t"], offer["plan_t"])], self.numbered())
        self.assertEqual(offer["from"], f"R:{self.first}")
        self.take_offer(hub)
        self.assertEqual(self.number("offer_acked"), offer["n"])

    def test_made_anew_when_the_split_changes(self):
        self.daily()
        self.update(plan_quantity=20)
        self.assertEqual(self.offers(), [(60, 100), (120, 200)])
        self.update(channel_stocks=self.weighted(1, 1))
        self.assertEqual(self.offers()[2:], [(100, 200)])
        self.update(stock_status=2)
        self.update(channel_stocks=self.weighted(2, 2))
        self.assertEqual(len(self.offers()), 3)

    def test_one_that_a_failover_lost_is_not_taken_for_another(self):
        """The center goes back to before it made the second one, which the store has."""
        hub = self.daily()
        self.take_offer(hub)
        where = f"poi_id = '{self.poi}' AND object_id = {A}"
        kept = self.center.one(f"SELECT offers FROM poi_item_stock WHERE {where}")
        self.update(plan_quantity=20)
        hub.pull()
        lost = hub.x()["offer"]["n"]
        self.center.sql(f"UPDATE poi_item_stock SET offers = '{kept}' WHERE {where}")
        self.update(plan_quantity=4)
        self.assertEqual(self.offers()[1:], [(20, 40)])
        self.assertGreater(self.numbered()[1][0], lost)

    def test_a_time_that_has_passed_brings_nothing_back(self):
        """A plan in the middle of the day would sell again what is gone."""
        hub = self.f2()
        hub.try_sell("P1", 90)
        hub.send()
        passed = (self.now() - 7200_000) // 1000 * 1000
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(passed // 1000))
        status, refusal = self.ask_update(auto_restore_type=1, auto_restore_at=at)
        self.assertEqual((status, refusal["detail"]), (400, "auto_restore_at: that time has passed"))
        self.update(auto_restore_type=1, auto_restore_at=at, daily=True)
        self.assertEqual(self.number("(extract(epoch FROM due_at) * 1000)::bigint"),
                         passed + DAY_MS)
        self.assertEqual((self.gen(), self.sides()), ("", (0, 60)))
        self.update(plan_quantity=14)
        self.until_restored(passed + DAY_MS)
        self.assertEqual(sum(self.sides()), 140)
        self.update(auto_restore_type=2)
        self.shift(4 * DAY_MS)
        self.update(auto_restore_type=1)
        self.assertGreater(self.number("(extract(epoch FROM due_at) * 1000)::bigint"), self.now())

    def test_none_for_a_row_that_nobody_restores(self):
        self.f2()
        self.assertEqual(self.offers(), [])
        self.update(2002, stock_type=2, plan_quantity=10, real_quantity=10, auto_restore_type=1,
                    auto_restore_at="23:59", daily=True)
        self.assertNotIn("offer", self.update(2002)["row"]["x"])

    def test_no_more_wait_than_a_row_holds(self):
        hub = self.daily()
        for plan in range(11, 20):
            self.update(plan_quantity=plan)
        self.assertEqual([plan_t for _, plan_t in self.offers()], [100, 110, 120, 130])
        self.take_offer(hub)
        self.assertEqual([plan_t for _, plan_t in self.offers()], [130, 190])
        self.assertEqual(self.number("offer_acked"), self.numbered()[0][0])

    def test_the_center_counts_the_most_that_the_store_may_take(self):
        """T67"""
        hub = self.daily(pos=7, online=3)
        self.take_offer(hub)
        self.assertEqual(self.offers(), [(70, 100)])
        self.update(channel_stocks=self.weighted(3, 7))
        self.assertEqual(self.offers(), [(70, 100), (30, 100)])
        self.until_restored(self.first)
        self.assertEqual(self.sides()[1], 30)
        hub.wants = [{"object_type": 2, "object_id": A, "q_t": 10, "req": "w-1.1"}]
        hub.send()
        self.assertEqual(self.sides()[1], 30, "no top-ups before its cut is known")
        hub.wants = []
        self.restore(hub, self.first)
        self.assertEqual(hub.try_sell("P1"), 0)
        hub.send()
        self.assertEqual((self.number("gr_t"), self.sides(), sum(self.sides())),
                         (70, (60, 30), 90))

    def test_what_the_store_did_not_take_is_the_centers(self):
        hub = self.daily(pos=7, online=3)
        hub.offer = None
        self.until_restored(self.first)
        self.assertEqual(self.sides(), (70, 30))
        self.restore(hub, self.first)
        hub.send()
        self.assertEqual((self.sides(), self.buy(10)), ((0, 100), 0))

    def test_a_plan_that_shrank_is_not_exceeded(self):
        """The store might have used the larger split, and did not: no more is there than planned."""
        hub = self.daily(pos=7, online=3)
        self.take_offer(hub)
        self.update(plan_quantity=3)
        hub.pull()
        hub.offer = hub.x()["offer"]
        self.until_restored(self.first)
        self.assertEqual(self.sides(), (70, 0))
        self.restore(hub, self.first)
        hub.send()
        self.assertEqual((self.sides(), hub.rights()), ((20, 10), 20))
        self.assertEqual(hub.row(A)["real_quantity"], 3)

    def test_a_week_offline(self):
        """Plans and weights change meanwhile; each day both sell what they may, and no more."""
        hub = self.daily()
        self.take_offer(hub)
        for day, online in enumerate([4, 4, 6, 6, 6, 6, 1]):
            due_ms = self.first + day * DAY_MS
            self.until_restored(due_ms)
            self.restore(hub, due_ms)
            sold = sum(hub.try_sell(f"P{day}-{n}") == 0 for n in range(12))
            self.assertEqual((sold, sum(self.buy() == 0 for _ in range(12))), (6, online), day)
            if day == 1:
                self.update(plan_quantity=14)
            if day == 3:
                self.update(channel_stocks=self.weighted(1, 3))
            if day == 5:
                self.update(plan_quantity=9)
        hub.send()
        self.assertEqual(self.cases(), [])
        self.assertEqual(self.sides()[0], 0)
        self.assertGreaterEqual(self.sides()[1], 0)

    def test_the_store_restores_first(self):
        """Its clock is ahead."""
        hub = self.daily(in_ms=120_000, pos=7, online=3)
        self.take_offer(hub)
        self.restore(hub, self.first)
        self.assertEqual(hub.try_sell("P1", 70), 0)
        hub.send()
        self.assertEqual((self.gen(), self.sides()), (f"R:{self.first}", (0, 30)))
        self.assertEqual(hub.rights(), 0)
        self.until_restored(self.first)
        self.assertEqual(self.sides(), (0, 30))

    def test_after_it_top_ups_go_on(self):
        hub = self.daily()
        self.take_offer(hub)
        self.until_restored(self.first)
        self.restore(hub, self.first)
        hub.send()
        self.assertEqual(self.sides(), (60, 40))
        hub.want(20, "w-1.9")
        self.assertEqual((self.sides(), hub.rights()), ((80, 20), 80))

    def test_what_has_come_due_is_restored_before_a_claim(self):
        """The box that is lost may have restored too, and sold what it was offered."""
        old = self.daily()
        self.take_offer(old)
        self.center.sql(f"UPDATE poi_item_stock SET due_at = NULL WHERE poi_id = '{self.poi}'")
        self.shift(self.first - int(time.time() * 1000) + 1000)
        self.assertEqual(self.gen(), "")
        new = self.claim(old.epoch, "BX-2")
        self.assertEqual((new.x()["gen"], new.x()["presumed"], new.rights()),
                         (f"R:{self.first}", 60, 0))
        self.assertEqual((self.sides(), self.buy(5)), ((0, 40), 1005))
        self.assertEqual(self.number("(extract(epoch FROM due_at) * 1000)::bigint"),
                         self.first + DAY_MS)


if __name__ == "__main__":
    center.main()
