#!/usr/bin/python3
"""Oversell cases: when there is one, whose orders are short, and who is told
(sync-protocol 5.1-5.3)."""

import os
import random
import unittest

import center
from broker import Broker, Ear, MOSQUITTO, mqtt
from oversold import BURGER, OversellTest, RANKING


class Detection(OversellTest):
    def partition(self, poi):
        """T56: 10 there, the store sells 8, online 5."""
        shop, online = self.shop(poi)
        for n in range(5):
            online.sold(f"O{n}", BURGER, 10, hlc=100 + 10 * n)
        return shop, online

    def test_both_sides_sold_the_same(self):
        shop, _ = self.partition("d1")
        for n in range(8):
            shop.sold(f"P{n}", {1: (BURGER, 10)})
        answer = self.send(shop)
        case = self.case("d1")
        self.assertEqual(
            {k: case[k] for k in ("case", "state", "over_t", "at_risk_t", "cause", "supply_t",
                                  "ranking", "order_confidence")},
            {"case": "ov:d1:2:1001:", "state": "OPEN", "over_t": 30, "at_risk_t": 0,
             "cause": "PARTITION", "supply_t": 100, "ranking": "STORE_FIRST",
             "order_confidence": "high"})
        self.assertEqual(self.shorts(case), {"O2": 10, "O3": 10, "O4": 10})
        page = self.pull("d1", answer["ver"])
        self.assertEqual([(r.get("eventType"), r["over"]) for r in page["rows"]],
                         [("poi.item.oversell", answer["ver"] + 1)])
        self.assertEqual(page["rows"][0]["data"], case)
        self.assertEqual(page["next_ver"], answer["ver"] + 1)

    def test_ids_that_no_number_holds_are_texts_everywhere(self):
        big = str(2**53 + 1)
        self.update("big", big, stock_type=2, plan_quantity=1, real_quantity=1)
        order = {"brandId": "1", "poiId": "big", "order_id": "O1", "lines": [
            {"line": 1, "object_id": big, "name": "x", "qty": 1, "unit_price": "1"}]}
        self.assertEqual(self.center.post("/api/v1/orders", order)[0], 200)
        self.assertEqual(self.center.ask("PUT", "/api/v1/orders/O1", {
            "brandId": "1", "poiId": "big", "action": "pay", "pay_id": "p1"})[0], 200)
        self.update("big", big, adjust=-1)
        self.assertEqual(self.case("big")["object_id"], big)
        told = [row["data"] for row in self.pull("big")["rows"]
                if row.get("eventType") == "poi.item.oversell"]
        self.assertEqual([case["object_id"] for case in told], [big])
        _, page = self.center.get("/api/v1/poi/stock/log?brandId=1&poiId=big")
        self.assertEqual({e["content"]["object_id"] for e in page["log"]}, {big})

    def test_receipt_that_was_on_its_way_makes_no_case(self):
        """T57"""
        shop, _ = self.partition("d2")
        shop.event("STOCK_ADJUST", {
            "object_type": 2, "object_id": BURGER, "q_t": 50, "reason": "RECEIPT",
            "device": "till-1", "eff": [shop.eff(BURGER, dh=50, q_t=50)]})
        for n in range(8):
            shop.sold(f"P{n}", {1: (BURGER, 10)})
        self.send(shop)
        self.assertEqual(self.cases("d2"), [])

    def test_a_case_waits_for_what_the_hub_still_holds(self):
        shop, _ = self.partition("d3")
        for n in range(8):
            shop.sold(f"P{n}", {1: (BURGER, 10)})
        shop.event("STOCK_ADJUST", {
            "object_type": 2, "object_id": BURGER, "q_t": 50, "reason": "RECEIPT",
            "device": "till-1", "eff": [shop.eff(BURGER, dh=50, q_t=50)]})
        self.send(shop, last=len(shop.events) - 1)
        self.assertEqual(self.cases("d3"), [])
        self.send(shop)
        self.assertEqual(self.cases("d3"), [])
        self.assertEqual(self.center.sql("SELECT * FROM oversell_case WHERE poi_id = 'd3'"), [])

    def test_a_case_opens_with_a_heartbeat_at_the_cut(self):
        shop, _ = self.partition("d4")
        for n in range(8):
            shop.sold(f"P{n}", {1: (BURGER, 10)})
        self.send(shop, head_seq=len(shop.events) + 1)
        self.assertEqual(self.cases("d4"), [])
        self.send(shop)
        self.assertEqual(self.case("d4")["state"], "OPEN")

    def ranked(self, poi, ranking):
        """The claims of sync-protocol 5.3."""
        shop, online = self.shop(poi)
        self.center.sql(f"UPDATE poi_item_stock SET ranking = {RANKING[ranking]} WHERE poi_id = "
                        f"'{poi}'")
        shop.ms = 90
        shop.sold("P1", {1: (BURGER, 40)})
        shop.serve("P1")
        shop.ms = 110
        shop.sold("P2", {1: (BURGER, 30)})
        online.sell("O1", BURGER, 40, hlc=110)
        online.sell("O2", BURGER, 30, hlc=130)
        online.take(BURGER, 70)
        self.send(shop)
        case = self.case(poi)
        self.assertEqual([c["order_id"] for c in case["claims"]], ["P1", "O1", "P2", "O2"])
        self.assertEqual((case["over_t"], case["supply_t"], case["ranking"]), (40, 100, ranking))
        return self.shorts(case)

    def test_the_three_rankings(self):
        """T59"""
        self.assertEqual(self.ranked("d5", "FIRST_COME"), {"P2": 10, "O2": 30})
        self.assertEqual(self.ranked("d6", "STORE_FIRST"), {"O1": 10, "O2": 30})
        self.assertEqual(self.ranked("d7", "ONLINE_FIRST"), {"O2": 10, "P2": 30})

    def test_what_is_only_locked_is_at_risk_and_no_case(self):
        shop, online = self.shop("d8")
        online.sell("O1", BURGER, 30, deducted=False)
        shop.place("P1", {1: (BURGER, 80)})
        self.send(shop)
        self.assertEqual(self.cases("d8"), [])
        shop.pay("P1")
        self.send(shop)
        self.assertEqual(self.cases("d8"), [])
        online.sold("O2", BURGER, 30)
        case = self.case("d8")
        self.assertEqual((case["over_t"], case["at_risk_t"]), (10, 30))
        self.assertEqual(self.shorts(case), {"O1": 30, "O2": 10})

    def test_a_count_below_what_was_promised_is_shrink(self):
        shop, _ = self.shop("d9")
        shop.place("P1", {1: (BURGER, 80)})
        shop.set_real(BURGER, 50)
        shop.pay("P1")
        self.send(shop)
        case = self.case("d9")
        self.assertEqual((case["over_t"], case["cause"], case["supply_t"]), (30, "SHRINK", 50))
        self.assertEqual(self.shorts(case), {"P1": 30})

    def test_what_a_count_had_seen_go_claims_nothing(self):
        shop, online = self.shop("d10")
        shop.sold("P1", {1: (BURGER, 80)})
        shop.set_real(BURGER, 50)
        shop.sold("P2", {1: (BURGER, 60)})
        self.send(shop)
        case = self.case("d10")
        self.assertEqual([c["order_id"] for c in case["claims"]], ["P2"])
        self.assertEqual((case["over_t"], case["supply_t"]), (10, 50))
        self.update("d10", BURGER, real_quantity=2)
        online.sold("O1", BURGER, 30)
        case = self.case("d10")
        self.assertEqual([c["order_id"] for c in case["claims"]], ["O1"])
        self.assertEqual((case["over_t"], case["supply_t"], case["state"]), (10, 20, "OPEN"))

    def test_enough_before_anybody_acted_covers_and_a_later_shortage_opens_it_again(self):
        shop, online = self.shop("d11")
        online.sold("O1", BURGER, 50)
        shop.sold("P1", {1: (BURGER, 80)})
        self.send(shop)
        first = self.case("d11")
        self.assertEqual((first["state"], first["over_t"]), ("OPEN", 30))
        self.update("d11", BURGER, adjust=3)
        covered = self.case("d11")
        self.assertEqual((covered["state"], covered["over_t"]), ("COVERED", 0))
        online.sold("O2", BURGER, 20)
        again = self.case("d11")
        self.assertEqual((again["case"], again["state"], again["over_t"]),
                         (first["case"], "OPEN", 20))
        self.assertEqual(self.center.one("SELECT opening FROM oversell_case WHERE poi_id = 'd11'"),
                         "2")

    def test_numbers_are_worked_out_anew_and_told_only_when_they_change(self):
        shop, online = self.shop("d12")
        online.sold("O1", BURGER, 50)
        shop.sold("P1", {1: (BURGER, 80)})
        self.send(shop)
        ver = self.center.one("SELECT ver FROM oversell_case WHERE poi_id = 'd12'")
        shop.sell(77, order="P9")
        self.send(shop)
        self.assertEqual(ver, self.center.one("SELECT ver FROM oversell_case WHERE poi_id = "
                                              "'d12'"))
        shop.refund("P1", {1: 10})
        self.send(shop)
        case = self.case("d12")
        self.assertEqual(case["over_t"], 20)
        self.assertEqual(case["claims"][-1]["q_t"], 70)
        self.assertEqual(len([r for r in self.pull("d12")["rows"] if "eventType" in r]), 1)

    def test_an_unlimited_row_is_never_oversold(self):
        shop, _ = self.shop("d13")
        shop.sold("P1", {1: (55, 500)})
        self.send(shop)
        self.assertEqual(self.cases("d13"), [])

    def test_a_case_says_what_is_missing_whatever_happened(self):
        """P7, and its claims: what is sold and short adds up to what is over."""
        rng = random.Random(5)
        for poi in (f"p{n}" for n in range(4)):
            shop, online = self.shop(poi)
            for n in range(12):
                what = rng.randrange(6)
                if what == 0:
                    online.sold(f"O{n}", BURGER, 10 * rng.randint(1, 4), hlc=shop.ms)
                elif what == 1:
                    shop.set_real(BURGER, 10 * rng.randint(0, 8), seen_c=shop.c_t)
                elif what == 2:
                    self.update(poi, BURGER, adjust=rng.randint(-2, 6))
                elif what == 3:
                    shop.place(f"P{n}", {1: (BURGER, 10 * rng.randint(1, 3))})
                else:
                    shop.sold(f"P{n}", {1: (BURGER, 10 * rng.randint(1, 4))})
                if rng.random() < 0.3:
                    self.exact(shop)
            self.exact(shop)

    def exact(self, shop):
        if len(shop.events) > int(self.center.one(
                f"SELECT acked_seq FROM store WHERE poi_id = '{shop.poi}'")):
            self.send(shop)
        real_t, shop.c_t, shop.cv = (int(v) for v in self.center.sql(
            "SELECT base_t + h_t - base_h_t + c_t - base_c_t, c_t, over FROM poi_item_stock "
            f"WHERE poi_id = '{shop.poi}' AND object_id = {BURGER}")[0])
        cases = self.cases(shop.poi)
        over_t = cases[0]["over_t"] if cases else 0
        self.assertEqual(over_t, max(0, -real_t))
        if over_t > 0 and cases[0]["supply_t"] >= 0:
            self.assertEqual(sum(c["short_t"] for c in cases[0]["claims"] if c["deducted"]),
                             over_t, cases[0])

    def test_bad_questions(self):
        self.assertEqual(self.center.get("/api/v1/poi/oversell?brandId=1")[0], 400)
        self.assertEqual(self.center.get("/api/v1/poi/oversell?brandId=1&poiId=1&state=X")[0], 400)
        self.assertEqual(self.center.get("/api/v1/poi/oversell?brandId=1&poiId=1&case=ov:1")[0],
                         404)


@unittest.skipIf(mqtt is None or not os.access(MOSQUITTO, os.X_OK), "no broker")
class Pushed(OversellTest):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.OPTIONS = ("--mqtt", cls.broker.address)
        super().setUpClass()

    def test_a_case_is_pushed_and_pushed_again_when_it_changes(self):
        ear = Ear(self.broker)
        self.addCleanup(ear.close)
        shop, online = self.shop("b1")
        online.sold("O1", BURGER, 50)
        shop.sold("P1", {1: (BURGER, 80)})
        answer = self.send(shop)
        is_case = lambda m: m["eventType"] == "poi.item.oversell"
        message = ear.wait("b1", "down", is_case)[0]
        self.assertEqual((message["objectType"], message["data"]), ("oversell", self.case("b1")))
        self.assertEqual(message["ver"], answer["ver"] + 1)
        self.update("b1", BURGER, adjust=3)
        states = [m["data"]["state"] for m in ear.wait("b1", "down", is_case, 2)]
        self.assertEqual(states, ["OPEN", "COVERED"])


if __name__ == "__main__":
    center.main()
