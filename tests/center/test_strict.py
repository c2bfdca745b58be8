#!/usr/bin/python3
"""Selling rights, from the center's side (sync-protocol 5.5): who may sell how much, what is granted,
and what a missing answer or a partition does to it."""

import random
import threading

import center
from strict import A, StrictTest


class Modes(StrictTest):
    def test_a_wish_is_no_mode_until_the_hub_has_acknowledged(self):
        self.update(stock_type=2, plan_quantity=15, real_quantity=15, mode="STRICT",
                    channel_stocks=self.weighted())
        hub = self.claim()
        self.assertEqual((hub.x()["mode"], self.number("mode, mode_in_force")), ("STRICT", (1, 0)))
        self.assertEqual(self.buy(10), 0)
        hub.ack_mode()
        answer = hub.send()
        self.assertEqual([row["object_id"] for row in answer["rows"]], [A])
        self.assertEqual((self.number("mode_in_force"), self.sides()), (1, (30, 20)))
        self.assertEqual(hub.rights(), 30)

    def test_there_and_back_nothing_is_lost(self):
        hub = self.f2()
        self.assertEqual(self.sides(), (90, 60))
        hub.try_sell("P1", 40)
        self.assertEqual(self.buy(2), 0)
        self.update(mode="LOOSE")
        self.assertEqual(self.number("mode_in_force"), 1)
        self.assertEqual(self.buy(5), 1005)
        hub.send()
        hub.ack_mode("LOOSE")
        hub.send()
        self.assertEqual(self.number("mode_in_force"), 0)
        self.assertEqual(self.buy(5), 0)
        hub.sold("P2", {1: (A, 30)})
        self.update(mode="STRICT")
        hub.ack_mode()
        hub.send()
        self.assertEqual((sum(self.sides()), hub.rights()), (10, 10))
        self.assertEqual(self.sides(), (10, 0))

    def test_no_weights_leave_everything_to_the_center(self):
        hub = self.f2(pos=0, online=0)
        self.assertEqual((self.sides(), hub.rights()), ((0, 150), 0))
        hub.want(30, "w-1.1")
        self.assertEqual(self.sides(), (30, 120))


class Selling(StrictTest):
    def test_neither_side_sells_the_others(self):
        """T62"""
        hub = self.f2()
        self.assertEqual(self.sides(), (90, 60))
        tried = [hub.try_sell(f"P{n}") for n in range(10)]
        self.assertEqual(tried, [0] * 9 + [1005])
        self.assertEqual([self.buy() for _ in range(7)], [0] * 6 + [1005])
        hub.send()
        self.assertEqual((self.sides(), hub.row(A)["real_quantity"], self.cases()), ((0, 0), 0, []))

    def test_what_is_given_back_online_is_the_centers(self):
        self.f2()
        order_id, status, _ = self.order(6)
        self.assertEqual((status, self.sides()), (200, (90, 0)))
        self.center.ask("PUT", f"/api/v1/orders/{order_id}", {**self.store, "action": "cancel"})
        self.assertEqual(self.sides(), (90, 60))
        order_id, _, _ = self.order(6)
        change = f"/api/v1/orders/{order_id}"
        self.center.ask("PUT", change, {**self.store, "action": "pay", "pay_id": "p1"})
        self.assertEqual(self.sides(), (90, 0))
        status, answer = self.center.ask("PUT", change, {
            **self.store, "action": "refund", "refund_id": "r1",
            "lines": [{"line": 1, "qty": 4, "restock": True}]})
        self.assertEqual((status, self.sides()), (200, (90, 40)), answer)

    def test_an_offline_store_hides_nothing_of_the_centers_rights(self):
        self.f2()
        self.center.sql("UPDATE store SET seen_at = now() - interval '1 hour' WHERE poi_id = "
                        f"'{self.poi}'")
        self.assertEqual(self.buy(6), 0)

    def test_limits_and_reserves_hold_among_the_centers_channels(self):
        self.f2()
        self.update(channel_stocks=[{"channel_code": "ONLINE_ORDER", "stock_status": 1,
                                     "stock_type": 2, "limit_quantity": 4}])
        self.assertEqual((self.buy(5), self.buy(7), self.buy(4), self.buy()), (1002, 1005, 0, 1002))


class Grants(StrictTest):
    def test_half_of_what_is_left(self):
        """4 -> 2 -> 1 -> nothing (5.5)."""
        hub = self.f2(supply=4, pos=0, online=1)
        for n, sides in enumerate([(20, 20), (30, 10), (30, 10), (30, 10)]):
            hub.want(30, f"w-1.{n}")
            self.assertEqual((self.sides(), hub.rights()), (sides, sides[0]))

    def test_asked_for_thrice_granted_once(self):
        """T74"""
        hub = self.f2()
        hub.wants = [{"object_type": 2, "object_id": A, "q_t": 30, "req": "w-1.5"}]
        for _ in range(2):
            hub.send(take=False)
        answer = hub.send()
        self.assertEqual((hub.x()["Gr"], self.sides(), hub.rights()), (120, (120, 30), 120))
        self.assertEqual([row["object_id"] for row in answer["rows"]], [A])
        self.assertEqual(self.number("gr_t"), 120)
        hub.want(10, "w-1.6")
        self.assertEqual(self.sides(), (130, 20))

    def test_rows_in_any_order_say_the_same(self):
        """T63: the row twice, then an older one."""
        hub = self.f2()
        old = dict(hub.seen[A])
        hub.want(30, "w-1.1")
        new = dict(hub.seen[A])
        for row in (new, old, new):
            hub.take([row])
            self.assertEqual((hub.rights(), self.sides()), (120, (120, 30)))

    def test_a_grant_that_is_lost_is_safe_until_it_arrives(self):
        """T64"""
        hub = self.f2()
        hub.wants = [{"object_type": 2, "object_id": A, "q_t": 30, "req": "w-1.1"}]
        hub.send(take=False)
        self.assertEqual((hub.rights(), self.sides()[1]), (90, 30))
        self.assertEqual([hub.try_sell(f"P{n}") for n in range(10)], [0] * 9 + [1005])
        self.assertEqual([self.buy() for _ in range(4)], [0] * 3 + [1005])
        hub.pull()
        self.assertEqual(hub.rights(), 30)
        self.assertEqual([hub.try_sell(f"Q{n}") for n in range(4)], [0] * 3 + [1005])
        hub.send()
        self.assertEqual((self.sides(), self.cases()), ((0, 0), []))

    def test_what_cannot_be_granted_stays_asked_for(self):
        hub = self.f2()
        self.assertEqual(self.buy(6), 0)
        hub.want(30, "w-1.1")
        self.assertEqual((self.sides(), hub.rights()), ((90, 0), 90))
        self.assertEqual(self.center.one("SELECT last_req FROM poi_item_stock WHERE poi_id = "
                                         f"'{self.poi}'"), "")
        self.center.ask("PUT", "/api/v1/orders/O1", {
            **self.store, "action": "refund", "refund_id": "r1",
            "lines": [{"line": 1, "qty": 6, "restock": True}]})
        hub.send()
        self.assertEqual((self.sides(), hub.rights()), ((120, 30), 120))

    def test_a_loose_row_grants_nothing(self):
        self.update(stock_type=2, plan_quantity=15, real_quantity=15)
        hub = self.claim()
        answer = hub.want(30, "w-1.1")
        self.assertEqual((answer["rows"], self.number("gr_t")), ([], 0))
        answer = hub.want(30, "w-1.2", object_id=77)
        self.assertEqual(answer["rows"], [])

    def limits(self, hub, limited):
        hub.event("PLAN_SET", {"object_type": 2, "object_id": A, "limited": limited, "plan_t": 100,
                               "device": "till-1", "stamp": hub.stamp()})

    def test_a_limit_that_is_set_again_is_the_centers_to_divide(self):
        """Both sold without one; of the 10 that the store counts the center has sold 4 unheard."""
        hub = self.f2()
        self.limits(hub, False)
        hub.ack_mode("LOOSE")
        hub.send()
        self.assertEqual((hub.x()["mode"], hub.x()["in_force"]), ("STRICT", "LOOSE"))
        self.assertEqual([self.buy(2) for _ in range(2)], [0, 0])
        self.limits(hub, True)
        hub.set_real(A, 100, seen_c=hub.x()["C"])
        hub.ack_mode()
        hub.send()
        self.assertEqual((self.sides(), hub.rights()), ((40, 20), 40))
        self.assertEqual([self.buy() for _ in range(3)], [0, 0, 1005])
        self.assertEqual(hub.try_sell("P1", 40), 0)
        hub.send()
        self.assertEqual((self.sides(), self.cases()), ((0, 0), []))

    def test_as_many_wants_as_a_batch_may_carry(self):
        hub = self.f2()
        rows = range(2001, 2065)
        for n in rows:
            self.update(n, stock_type=2, plan_quantity=10, real_quantity=10, mode="STRICT",
                        channel_stocks=self.weighted(0, 1))
            hub.ack_mode(object_id=n)
        hub.send()
        hub.wants = [{"object_type": 2, "object_id": n, "q_t": 10, "req": f"w-1.{n}"} for n in rows]
        answer = hub.send()
        self.assertEqual(sorted(row["object_id"] for row in answer["rows"]), list(rows))
        self.assertEqual({self.sides(n) for n in rows}, {(10, 90)})
        hub.wants.append({"object_type": 2, "object_id": A, "q_t": 10, "req": "w-1.1"})
        body = {**hub.batch(len(hub.events) + 1, len(hub.events)), "want": hub.wants}
        status, refusal = self.center.post("/api/v1/poi/stock/sync-from-pos", body)
        self.assertEqual((status, refusal["name"]), (422, "BAD_BATCH"))

    def test_two_processes_grant_once(self):
        hub = self.f2()
        ports = [self.center.port, self.center.second()]
        body = {**hub.batch(len(hub.events) + 1, len(hub.events)), "want": [
            {"object_type": 2, "object_id": A, "q_t": 20, "req": "w-1.9"}]}
        threads = [threading.Thread(target=self.center.post, args=(
            "/api/v1/poi/stock/sync-from-pos", body), kwargs={"port": ports[n % 2]})
            for n in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(self.sides(), (110, 40))


class Supply(StrictTest):
    def test_a_receipt_is_the_hubs(self):
        hub = self.f2()
        hub.adjust(50, "RECEIPT")
        hub.send()
        self.assertEqual((self.sides(), hub.rights()), ((140, 60), 140))

    def test_rights_that_are_given_back_are_sold_online(self):
        hub = self.f2()
        hub.give_back(50)
        hub.send()
        self.assertEqual((self.sides(), hub.rights()), ((40, 110), 40))
        self.assertEqual((self.buy(12), self.buy(11)), (1005, 0))

    def test_waste_beyond_the_hubs_rights_is_covered_in_the_same_answer(self):
        hub = self.f2()
        hub.try_sell("P1", 80)
        hub.adjust(-30)
        self.assertEqual(hub.rights(), -20)
        hub.send()
        self.assertEqual((self.sides(), hub.rights(), self.cases()), ((0, 40), 0, []))

    def test_waste_beyond_everything_is_shrink(self):
        hub = self.f2()
        self.assertEqual(self.buy(6), 0)
        hub.try_sell("P1", 90)
        hub.adjust(-30)
        hub.send()
        self.assertEqual(self.sides(), (-30, 0))
        self.assertEqual([(k["over_t"], k["cause"]) for k in self.cases()], [(30, "SHRINK")])
        hub.adjust(30, "RECEIPT")
        hub.send()
        self.assertEqual(self.sides(), (0, 0))
        self.assertEqual([k["state"] for k in self.cases()], ["COVERED"])

    def test_what_a_manager_let_through_is_named(self):
        hub = self.f2()
        self.assertEqual(self.buy(6), 0)
        hub.try_sell("P1", 90)
        hub.event("OVERRIDE_NOTE", {"device": "till-1", "operator": "eva", "order_id": "P2",
                                    "rows": [{"object_type": 2, "object_id": A, "over_t": 20}]})
        hub.sold("P2", {1: (A, 20)})
        hub.send()
        self.assertEqual([(k["over_t"], k["cause"]) for k in self.cases()], [(20, "OVERRIDE")])


class AnyOrder(StrictTest):
    """Both sides sell, give back, ask and correct in any order, and answers are lost."""

    def lost(self, hub):
        hub.send(take=False)

    def locked(self, hub):
        order_id, status, _ = self.order(self.random.randint(1, 3))
        if status == 200:
            self.open.append(order_id)

    def ended(self, hub):
        if self.open:
            path = f"/api/v1/orders/{self.open.pop(0)}"
            more = self.random.choice([{"action": "cancel"}, {"action": "pay", "pay_id": "p1"}])
            self.assertEqual(self.center.ask("PUT", path, {**self.store, **more})[0], 200)

    def sold(self, hub):
        self.n += 1
        hub.try_sell(f"P{self.n}", 10 * self.random.randint(1, 3))

    def asked(self, hub):
        hub.wants = [{"object_type": 2, "object_id": A, "q_t": 10 * self.random.randint(1, 4),
                      "req": f"w-1.{self.random.randint(1, 9)}"}]

    def recalled(self, hub):
        self.assertIn(self.ask_update(recall=self.random.randint(1, 4))[0], (202, 429))

    STEPS = (lost, locked, ended, sold, sold, sold, asked, recalled,
             lambda _, hub: hub.send(), lambda _, hub: hub.send(), lambda _, hub: hub.pull(),
             lambda _, hub: hub.obey(), lambda _, hub: hub.give_back(10),
             lambda _, hub: hub.adjust(10, "RECEIPT"))

    def test_no_side_is_ever_below_nothing(self):
        for seed in range(2):
            self.random, self.open, self.n = random.Random(seed), [], 0
            self.setUp()
            hub = self.f2()
            for n in range(50):
                self.random.choice(self.STEPS)(self, hub)
                rh, rc = self.sides()
                self.assertGreaterEqual((min(hub.rights(), 0), min(rc, 0)), (0, 0), (seed, n))
                if hub.acked() == len(hub.events):
                    self.assertLessEqual(hub.rights(), rh, (seed, n))
            hub.send()
            hub.pull()
            self.assertEqual((hub.rights(), self.cases()), (self.sides()[0], []), seed)


class Silence(StrictTest):
    """Rights of a store that nobody hears of lie idle."""

    HOUR_MS = 3600 * 1000

    def clock(self, hours):
        self.assertEqual(self.center.post("/test/faults", {"clock_ms": hours * self.HOUR_MS})[0],
                         200)

    def silent(self):
        _, answer = self.center.get(f"/api/v1/poi/hub/stores?brandId=1&poiId={self.poi}")
        return answer["stores"][0].get("silent")

    def told(self):
        return self.center.one("SELECT silence_told = seen_at FROM store WHERE poi_id = "
                               f"'{self.poi}'") == "t"

    def test_after_72_hours_somebody_is_told_once(self):
        self.addCleanup(self.clock, 0)
        hub = self.f2()
        self.clock(71)
        self.assertEqual(self.silent(), None)
        self.clock(73)
        self.assertEqual(self.silent(), {"hours": 73, "strict_rows": 1})
        center.wait_for("told", self.told)
        hub.send()
        self.assertEqual((self.silent(), self.told()), (None, False))
        self.clock(2 * 73)
        center.wait_for("told again", self.told)

    def test_a_store_without_rights_is_no_matter(self):
        self.addCleanup(self.clock, 0)
        self.update(stock_type=2, plan_quantity=15, real_quantity=15)
        self.claim()
        self.clock(73)
        self.assertEqual(self.silent(), None)


if __name__ == "__main__":
    center.main()
