#!/usr/bin/python3
"""A box with selling rights is lost: what it may have sold nobody sells, until the staff have counted
and as far as its journal comes to light (sync-protocol 3.7, 5.5)."""

import center
from strict import A, StrictTest

SALVAGE = "/api/v1/poi/hub/salvage"


class Takeover(StrictTest):
    def lost(self, told=3, untold=0):
        """F2; the box told of `told` portions and sold `untold` more, then it is gone."""
        old = self.f2()
        for n in range(told):
            old.try_sell(f"P{n}")
        old.send()
        for n in range(untold):
            old.try_sell(f"U{n}")
        return old

    def salvage(self, old, want=200):
        first = int(self.center.one(f"SELECT acked_seq FROM hub_epoch WHERE poi_id = '{self.poi}' "
                                    f"AND epoch = {old.epoch}")) + 1
        status, answer = self.center.post(SALVAGE, {
            **self.store, "box_id": "BX-1", "epoch": old.epoch, "first_seq": first,
            "prev": old.hashes[first - 1], "events": old.events[first - 1:]})
        self.assertEqual(status, want, answer)

    def count(self, hub, q_t, seen_c=None):
        x = hub.x()
        hub.ms += 1000
        hub.set_real(A, q_t, x["C"] if seen_c is None else seen_c)
        hub.send()

    def test_the_rest_of_its_rights_is_taken_for_sold(self):
        """T66"""
        old = self.lost()
        self.assertEqual(self.sides(), (60, 60))
        new = self.claim(old.epoch, "BX-2")
        self.assertEqual((new.epoch, new.x()["presumed"], new.rights()), (2, 60, 0))
        self.assertEqual((self.sides(), new.seen[A]["real_quantity"]), ((0, 60), 6))
        self.assertEqual([self.buy() for _ in range(7)], [0] * 6 + [1005])
        self.assertEqual(new.try_sell("N1"), 1005)
        new.want(30, "w-2.1")
        self.assertEqual(self.sides(), (0, 0))
        new.wants = []
        new.pull()
        self.count(new, 110)
        self.assertEqual((new.x()["gen"], new.x()["base"]["v_t"], sum(self.sides())),
                         ("T:2", 110, 110))
        self.assertEqual((self.sides(), new.rights()), ((70, 40), 70))
        self.assertEqual(self.number("presumed_t"), 0)

    def test_what_is_locked_online_is_not_the_stores(self):
        old = self.lost()
        self.order(4)
        new = self.claim(old.epoch, "BX-2")
        self.count(new, 110)
        self.assertEqual((sum(self.sides()), self.sides()), (70, (40, 30)))

    def test_what_was_sold_online_since_they_looked_is_not_in_their_count(self):
        old = self.lost()
        new = self.claim(old.epoch, "BX-2")
        self.assertEqual(self.buy(5), 0)
        self.count(new, 110, seen_c=new.x()["C"])
        self.assertEqual((sum(self.sides()), new.row(A)["real_quantity"]), (60, 6))
        self.assertEqual(self.cases(), [])

    def test_presumed_once_however_often_it_is_claimed(self):
        old = self.lost()
        new = self.claim(old.epoch, "BX-2")
        again = self.claim(new.epoch, "BX-2")
        self.assertEqual((again.epoch, again.x()["presumed"], self.sides()), (3, 60, (0, 60)))
        self.count(again, 50)
        self.assertEqual((again.x()["gen"], sum(self.sides())), ("T:3", 50))
        third = self.claim(again.epoch, "BX-3")
        self.assertEqual((third.x()["presumed"], sum(self.sides())), (30, 20))

    def test_a_store_that_begins_presumes_nothing(self):
        self.update(stock_type=2, plan_quantity=15, real_quantity=15, mode="STRICT",
                    channel_stocks=self.weighted())
        hub = self.claim()
        self.assertNotIn("presumed", hub.x())
        self.assertEqual(self.claim(hub.epoch).x().get("presumed", 0), 0)

    def test_a_loose_row_is_left_alone(self):
        self.update(2002, stock_type=2, plan_quantity=15, real_quantity=15)
        old = self.lost()
        new = self.claim(old.epoch, "BX-2")
        self.assertEqual(self.number("presumed_t, c_ver", 2002)[0], 0)
        self.assertEqual(new.seen[2002]["real_quantity"], 15)

    def test_sales_that_come_to_light_were_presumed(self):
        old = self.lost(untold=4)
        new = self.claim(old.epoch, "BX-2")
        for _ in range(2):
            self.salvage(old)
            self.assertEqual((self.number("presumed_t, c_t"), self.sides()), ((20, -40), (0, 60)))
        new.pull()
        self.assertEqual((new.rights(), new.seen[A]["real_quantity"]), (0, 6))
        self.assertEqual(self.cases(), [])

    def test_what_was_commanded_the_next_box_does_and_nobody_adds_it_once_more(self):
        old = self.lost()
        self.update(adjust=2, want=202)
        old.pull()
        old.obey()
        new = self.claim(old.epoch, "BX-2")
        new.obey()
        new.send()
        self.assertEqual((self.number("h_t, c_t"), sum(self.sides())), ((-10, 0), 80))
        self.salvage(old)
        self.assertEqual((self.number("h_t, c_t"), sum(self.sides())), ((-10, 0), 80))

    def test_more_than_was_presumed_is_the_centers_loss(self):
        """The manager let it through, or the box was set back."""
        old = self.lost()
        old.sold("U1", {1: (A, 80)})
        self.claim(old.epoch, "BX-2")
        self.assertEqual(self.buy(6), 0)
        self.salvage(old)
        self.assertEqual((self.number("presumed_t"), self.sides()), (0, (0, -20)))
        self.assertEqual([(k["over_t"], k["cause"]) for k in self.cases()], [(20, "SALVAGE")])

    def test_a_count_covers_what_comes_to_light_after_it(self):
        old = self.lost(untold=4)
        new = self.claim(old.epoch, "BX-2")
        self.count(new, 80)
        before = self.sides()
        self.salvage(old)
        self.assertEqual((sum(before), self.sides()), (80, before))

    def test_what_it_had_locked_may_be_sold_unless_the_new_box_holds_it(self):
        old = self.f2()
        old.place("L1", {1: (A, 20)})
        old.send()
        self.assertEqual(self.sides(), (70, 60))
        new = self.claim(old.epoch, "BX-2")
        self.assertEqual((new.rows[A]["Lh"], new.x()["presumed"], new.rights()), (0, 90, 0))
        new.event("ROW_STATE", {"eff": [new.eff(A, dl=20)]})
        new.send()
        self.assertEqual((new.rows[A]["Lh"], new.x()["presumed"], new.rights()), (20, 70, 0))
        new.orders["L1"] = {"state": "PLACED", "lines": {1: (A, 20)}}
        new.pay("L1")
        new.send()
        self.assertEqual((self.sides(), self.cases()), ((0, 60), []))

    def test_an_older_count_that_lost_ends_nothing(self):
        """The center's base is younger than the hub's count."""
        old = self.lost()
        new = self.claim(old.epoch, "BX-2")
        self.center.sql(f"UPDATE poi_item_stock SET base_stamp = '{{{new.ms + 10**6},0,0}}' WHERE "
                        f"poi_id = '{self.poi}'")
        self.count(new, 110)
        self.assertEqual((self.number("presumed_t"), self.sides()), (60, (0, 60)))

    def test_a_count_is_answered_although_all_that_was_presumed_has_come_to_light(self):
        """The box that counts has not heard of that yet, and waits for the answer."""
        old = self.lost(untold=6)
        new = self.claim(old.epoch, "BX-2")
        self.salvage(old)
        self.assertEqual((self.number("presumed_t"), new.x()["presumed"]), (0, 60))
        self.count(new, 110, seen_c=self.number("c_t"))
        self.assertEqual((new.x()["gen"], new.x().get("presumed", 0)), ("T:2", 0))
        self.assertEqual((sum(self.sides()), new.rights()), (110, self.sides()[0]))

    def test_a_count_that_lost_is_answered(self):
        old = self.lost()
        new = self.claim(old.epoch, "BX-2")
        self.center.sql(f"UPDATE poi_item_stock SET base_stamp = '{{{new.ms + 10**6},0,0}}' WHERE "
                        f"poi_id = '{self.poi}'")
        over = new.seen[A]["over"]
        self.count(new, 110)
        self.assertGreater(new.seen[A]["over"], over)
        self.assertEqual((new.x()["gen"], new.x()["presumed"], new.rights()), ("", 60, 0))


if __name__ == "__main__":
    center.main()
