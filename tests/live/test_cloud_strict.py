#!/usr/bin/python3
"""Scarce items are sold by selling rights: what each side may sell with the line up and cut, and what
is asked for, given back, lost and switched (sync-protocol 5.5; T62, T63, T64, T74)."""

import time
import unittest

from cloud_line import SYNC, need_cloud
from strict_line import StrictLine

EXHAUSTED = 1005


class Rights(StrictLine):
    def test_neither_side_sells_the_others(self):
        """T62"""
        item = self.f2()
        self.assertEqual((self.rights(item), self.sides(item)), (9, (9, 6)))
        till = self.device("till-1")
        self.cloud.cut()
        tried = [self.try_sell(till, item) for _ in range(10)]
        self.assertEqual(tried, [0] * 9 + [EXHAUSTED])
        online = [self.try_online(item) for _ in range(7)]
        self.assertEqual(online, [0] * 6 + [EXHAUSTED])
        self.heal()
        self.assertEqual((self.real(item), self.sides(item), self.cases(item)), (0, (0, 0), []))
        self.assert_sound(item)

    def ask_for_three(self, till, item):
        """An order of all that the store has and three more."""
        self.assertEqual(self.try_sell(till, item, 12), EXHAUSTED)

    def granted(self, item, gr=12):
        self.until("the grant", lambda: self.strict(item)["granted"] == str(gr))
        self.level()

    def test_rows_twice_and_out_of_order_say_the_same(self):
        """T63"""
        ear = self.ear("poi/1/1/down")
        self.until("the push line", lambda: self.line()["push"] == "up")
        item, till = self.f2(), self.device("till-1")
        self.ask_for_three(till, item)
        self.granted(item)

        def row_of(gr):
            return lambda m: str(m["data"].get("object_id")) == item and m["data"]["x"]["Gr"] == gr
        new, = ear.wait("1", "down", row_of(120))
        old = {**new, "ver": new["ver"] - 1, "prev_ver": new["ver"] - 2,
               "data": {**new["data"], "x": {**new["data"]["x"], "Gr": 90}}}
        for row in (new, new, old):
            before = self.line()["refused"].get("stale", 0)
            ear.say("1", "down", row)
            self.until("it was heard", lambda b=before: self.line()["refused"].get("stale", 0) > b)
            self.assertEqual((self.rights(item), self.sides(item)), (12, (12, 3)))
        self.assert_sound(item)

    def test_a_grant_that_is_lost_is_safe_until_it_arrives(self):
        """T64: the center dies between its commit and its answer, and the line is cut. Its push,
        which another thread says as soon as it is committed, does not come through either."""
        item, till = self.f2(), self.device("till-1")
        self.cloud.mqtt.kill()
        self.cloud.plant(SYNC, "crash-after", holds='"want":[{')
        self.ask_for_three(till, item)
        self.until("the center ended", lambda: self.cloud.center.poll() is not None)
        self.cloud.cut()
        self.cloud.stop_center()
        self.cloud.start_center()
        self.assertEqual((self.rights(item), self.sides(item)), (9, (12, 3)))
        self.assertEqual([self.try_sell(till, item) for _ in range(10)], [0] * 9 + [EXHAUSTED])
        self.assertEqual([self.try_online(item) for _ in range(4)], [0] * 3 + [EXHAUSTED])
        self.heal()
        self.granted(item)
        self.assertEqual([self.try_sell(till, item) for _ in range(4)], [0] * 3 + [EXHAUSTED])
        self.assert_sound(item)
        self.assertEqual((self.sides(item), self.cases(item)), ((0, 0), []))

    def test_a_share_that_no_offer_gave_is_asked_for(self):
        """The store restores with the line cut, and no offer was made for that: as soon as it is heard
        it asks for its share, before it refuses a guest."""
        item, till = self.f2(), self.device("till-1")
        self.cloud.cut()
        answer = till.ask("stock.schedule", object_type=2, object_id=item, auto=True,
                          at_ms=int(time.time() * 1000) + 1500)
        self.assertEqual(answer["code"], 0)
        self.until("it restored", lambda: self.strict(item)["granted"] == "0")
        self.heal()
        self.until("its share", lambda: self.rights(item) == 7)
        self.assertEqual(self.try_sell(till, item, 5), 0)
        self.level()
        self.assert_sound(item)

    def test_without_weights_the_first_portion_is_asked_for(self):
        item, till = self.f2(20, pos=0, online=0), self.device("till-1")
        self.until("a portion", lambda: self.rights(item) == 1)
        self.assertEqual(self.try_sell(till, item), 0)

    def test_what_is_asked_for_thrice_is_granted_once(self):
        """T74: the answers are lost on their way."""
        item, till = self.f2(), self.device("till-1")
        self.cloud.plant(SYNC, "drop", 2, holds='"want":[{')
        self.ask_for_three(till, item)
        self.granted(item)
        self.cloud.plant()
        self.assertEqual(self.sides(item), (12, 3))
        self.assert_sound(item)

    def test_with_the_line_up_the_store_gets_all_but_the_last(self):
        """It asks before it is out, and gets half of what the center has, in whole portions."""
        item, till, sold = self.f2(), self.device("till-1"), 0
        while sold < 14:
            if self.try_sell(till, item) == 0:
                sold += 1
            else:
                self.until("more rights", lambda: self.rights(item) > 0)
        self.assertEqual(self.try_sell(till, item), EXHAUSTED)
        self.level()
        self.assertEqual(self.sides(item), (0, 1))
        self.assertEqual([self.try_online(item) for _ in range(2)], [0, EXHAUSTED])
        self.assert_sound(item)

    def test_what_is_returned_is_sold_online(self):
        item = self.f2()
        code, text = self.ctl("stock", "return", item, "4")
        self.assertEqual(code, 0, text)
        self.level()
        self.assertEqual((self.rights(item), self.sides(item)), (5, (5, 10)))
        code, text = self.ctl("stock", "return", item)
        self.assertEqual(code, 0, text)
        self.level()
        self.assertEqual((self.rights(item), self.sides(item)), (0, (0, 15)))
        code, text = self.ctl("stock", "return", item)
        self.assertNotEqual(code, 0)
        self.assertIn("no rights to give back", text)
        self.assertEqual(self.try_online(item, 15), 0)
        self.assert_sound(item)

    def test_a_receipt_is_the_stores(self):
        item, till = self.f2(), self.device("till-1")
        self.cloud.cut()
        self.store.control("stock.adjust", object_type=2, object_id=item, delta="5",
                           reason="RECEIPT")
        self.assertEqual(self.rights(item), 14)
        self.assertEqual(self.try_sell(till, item, 14), 0)
        self.assertEqual(self.try_sell(till, item), EXHAUSTED)
        self.heal()
        self.assert_sound(item)
        self.assertEqual(self.cases(item), [])

    def test_waste_beyond_the_rights_is_covered_as_far_as_it_goes(self):
        item, till = self.f2(), self.device("till-1")
        self.cloud.cut()
        self.store.control("stock.adjust", object_type=2, object_id=item, delta="-12",
                           reason="WASTE")
        self.assertEqual((self.rights(item), self.try_sell(till, item)), (-3, EXHAUSTED))
        self.heal()
        self.until("the deficit is covered", lambda: self.rights(item) >= 0)
        self.assert_sound(item)
        self.assertEqual((self.real(item), sum(self.sides(item)), self.cases(item)), (3, 3, []))
        self.cloud.cut()
        there = int(self.sides(item)[1])
        self.assertEqual([self.try_online(item) for _ in range(there)], [0] * there)
        self.store.control("stock.adjust", object_type=2, object_id=item, delta="-3",
                           reason="WASTE")
        self.heal()
        self.assert_sound(item)
        self.assertLess(self.real(item), 0)
        self.assertEqual([case["cause"] for case in self.cases(item)], ["SHRINK"])

    def test_there_and_back_nothing_is_lost(self):
        item, till = self.f2(), self.device("till-1")
        self.assertEqual(self.try_sell(till, item, 4), 0)
        self.assertEqual(self.try_online(item, 2), 0)
        self.update(item, mode="LOOSE")
        self.until("LOOSE here", lambda: self.strict(item) is None)
        self.level()
        self.assertEqual(self.try_online(item, 5), 0)
        self.assertEqual(self.try_sell(till, item), 0)
        self.level()
        self.assertEqual(self.real(item), 3)
        self.assert_sound(item)
        self.update(item, mode="STRICT")
        self.until("STRICT here", lambda: self.strict(item))
        self.level()
        self.until("rights of 3", lambda: sum(self.sides(item)) == 3)
        self.assert_sound(item)
        self.cloud.cut()
        here, there = self.sides(item)
        self.assertEqual([self.try_sell(till, item) for _ in range(int(here) + 1)],
                         [0] * int(here) + [EXHAUSTED])
        self.assertEqual([self.try_online(item) for _ in range(int(there) + 1)],
                         [0] * int(there) + [EXHAUSTED])
        self.heal()
        self.assert_sound(item)
        self.assertEqual((self.real(item), self.cases(item)), (0, []))


if __name__ == "__main__":
    need_cloud()
    unittest.main()
