#!/usr/bin/python3
"""Oversell cases: when there is one, whose orders are short, and what becomes of it
(sync-protocol 5)."""

import time

import center
from orders import Shop

UPDATE = "/api/v1/poi/stock/update"
FIND = "/api/v1/poi/stock/find-to-pos"
RANKING = {"STORE_FIRST": 0, "FIRST_COME": 1, "ONLINE_FIRST": 2}
BURGER = 1001


class Counter:
    """What is sold online, as the center's own orders leave it in the mirror."""

    def __init__(self, test, poi):
        self.test, self.center, self.poi = test, test.center, poi
        self.shard = self.center.one(f"SELECT shard FROM store WHERE poi_id = '{poi}'")

    def sell(self, order, object_id, q_t, *, hlc=None, deducted=True):
        """The order alone; its goods go with the next `take`."""
        key = f"{self.shard}, '1', '{self.poi}', '{order}'"
        gen = f"(SELECT gen_id FROM poi_item_stock WHERE poi_id = '{self.poi}' AND " \
              f"object_id = {object_id})"
        ver = f"(SELECT ver + 1 FROM store WHERE poi_id = '{self.poi}')" if deducted else "0"
        status, paid = (2, 1000 * q_t) if deducted else (1, 0)
        self.center.sql(
            "INSERT INTO center_order (shard, brand_id, poi_id, order_id, side, origin, channel, "
            "number, day, order_status, kitchen, served, user_id, note, amount_e4, paid_e4, "
            "refunded_e4, refund_due_e4, hlc_l, hlc_c, clock_suspect, salvaged, epoch, seq, "
            f"expires_ms, paid_ms) VALUES ({key}, 0, 'CENTER', 'ONLINE_ORDER', 'O1', '20260128', "
            f"{status}, 'NONE', false, 'u', '', {1000 * q_t}, {paid}, 0, 0, {hlc or 1}, 0, false, "
            "false, 0, 0, 0, 1);"
            "INSERT INTO center_order_line (shard, brand_id, poi_id, order_id, line, round, "
            "object_type, object_id, name, q_t, amount_e4, state, attempt, restocked_t, voided_t, "
            f"served) VALUES ({key}, 1, 1, 2, {object_id}, 'x', {q_t}, {1000 * q_t}, "
            f"{1 if deducted else 0}, 1, 0, 0, false);"
            "INSERT INTO center_order_effect (shard, brand_id, poi_id, order_id, line, "
            "object_type, object_id, q_t, deducted, gen_id, epoch, seq) VALUES "
            f"({key}, 1, 2, {object_id}, {q_t}, {deducted}, {gen}, 0, {ver});"
            + (f"UPDATE poi_item_stock SET lc_t = lc_t + {q_t} WHERE poi_id = '{self.poi}' AND "
               f"object_id = {object_id}" if not deducted else ""))

    def take(self, object_id, q_t):
        """The deltas of orders that were sold."""
        self.test.update(self.poi, object_id, adjust=-q_t / 10)

    def sold(self, order, object_id, q_t, **more):
        self.sell(order, object_id, q_t, **more)
        self.take(object_id, q_t)


class OversellTest(center.CenterTest):
    OPTIONS = ("--test-faults",)

    def shop(self, poi, supply_t=100):
        shop = Shop(self.center, poi, first_ms=100)
        shop.open_epoch()
        shop.limited(BURGER, supply_t)
        self.send(shop)
        return shop, Counter(self, poi)

    def send(self, shop, first=None, last=None, **more):
        body = shop.batch(first or int(self.center.one(
            f"SELECT acked_seq FROM store WHERE poi_id = '{shop.poi}'")) + 1,
            last or len(shop.events))
        body.update(more)
        status, answer = self.center.post("/api/v1/poi/stock/sync-from-pos", body)
        self.assertEqual((status, answer.get("dead")), (200, []), answer)
        return answer

    def update(self, poi, object_id, **more):
        status, answer = self.center.post(UPDATE, {"brandId": "1", "poiId": poi,
                                                   "object_id": object_id, **more})
        self.assertEqual(status, 200, answer)
        return answer["row"]

    def cases(self, poi, **query):
        more = "".join(f"&{k}={v}" for k, v in query.items())
        status, answer = self.center.get(f"/api/v1/poi/oversell?brandId=1&poiId={poi}{more}")
        self.assertEqual(status, 200, answer)
        return answer["cases"]

    def case(self, poi):
        cases = self.cases(poi)
        self.assertEqual(len(cases), 1, cases)
        return cases[0]

    def shorts(self, case):
        return {c["order_id"]: c["short_t"] for c in case["claims"] if c["short_t"]}

    def pull(self, poi, since=0):
        status, page = self.center.post(FIND, {"proto": 2, "brandId": "1", "poiId": poi,
                                               "epoch": 7, "since_ver": since})
        self.assertEqual(status, 200, page)
        return page


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

    def test_bad_questions(self):
        self.assertEqual(self.center.get("/api/v1/poi/oversell?brandId=1")[0], 400)
        self.assertEqual(self.center.get("/api/v1/poi/oversell?brandId=1&poiId=1&state=X")[0], 400)
        self.assertEqual(self.center.get("/api/v1/poi/oversell?brandId=1&poiId=1&case=ov:1")[0],
                         404)


class Resolutions(OversellTest):
    """Online sold 5 and 2 of 10 and more of them was sold in the store, which has told all."""

    OPTIONS = ("--test-faults", "--auto-refund-s", "0")

    def sell_online(self, poi, order, q_t, pay=True, object_id=BURGER):
        status, answer = self.center.post("/api/v1/orders", {
            "brandId": "1", "poiId": poi, "order_id": order, "lines": [
                {"line": 1, "object_id": object_id, "name": "burger", "qty": q_t / 10,
                 "unit_price": "10"}]})
        self.assertEqual((status, answer["code"]), (200, 0), answer)
        if pay:
            self.change(poi, order, action="pay", pay_id="pay-1")

    def change(self, poi, order, **more):
        status, answer = self.center.ask("PUT", f"/api/v1/orders/{order}",
                                         {"brandId": "1", "poiId": poi, **more})
        self.assertEqual((status, answer["code"]), (200, 0), answer)

    def oversold(self, poi, store_t=60):
        shop, _ = self.shop(poi)
        self.sell_online(poi, "O1", 50)
        self.sell_online(poi, "O2", 20)
        shop.sold("P1", {1: (BURGER, store_t)})
        self.send(shop)
        self.assertEqual(self.case(poi)["over_t"], store_t - 30)
        return shop

    def resolve(self, poi, order, action, line=1, case=None, port=None, **more):
        return self.center.post(
            f"/api/v1/poi/oversell/{case or f'ov:{poi}:2:1001:'}/resolve",
            {"brandId": "1", "poiId": poi, "order_id": order, "line": line, "action": action,
             "operator": "anna", **more}, port=port)

    def good(self, answer, replayed=False):
        self.assertEqual(answer[0], 200, answer)
        self.assertEqual(answer[1]["replayed"], replayed)
        return answer[1]["case"]

    def order(self, poi, order="O2"):
        return self.center.sql(
            "SELECT order_status, refunded_e4, q_t, over FROM center_order JOIN "
            "center_order_effect USING (poi_id, order_id) WHERE poi_id = "
            f"'{poi}' AND order_id = '{order}' AND object_id = {BURGER}")[0]

    def row(self, poi, object_id=BURGER):
        return [int(v) for v in self.center.sql(
            "SELECT base_t + h_t - base_h_t + c_t - base_c_t, lc_t FROM poi_item_stock WHERE "
            f"poi_id = '{poi}' AND object_id = {object_id}")[0]]


class Resolution(Resolutions):
    def test_refund_of_an_online_order_gives_back_what_is_short(self):
        self.oversold("r1")
        self.assertEqual(self.shorts(self.case("r1")), {"O1": 10, "O2": 20})
        over = int(self.order("r1")[3])
        case = self.good(self.resolve("r1", "O2", "REFUND"))
        self.assertEqual((case["state"], case["over_t"]), ("OPEN", 10))
        status, refunded, held, later = self.order("r1")
        self.assertEqual((status, refunded, held), ("8", "200000", "0"))
        self.assertGreater(int(later), over)
        case = self.good(self.resolve("r1", "O1", "REFUND"))
        self.assertEqual((case["state"], case["over_t"]), ("CLOSED", 0))
        self.assertEqual(self.order("r1", "O1")[:3], ["2", "100000", "40"])
        self.assertEqual(self.row("r1"), [0, 0])

    def test_the_same_again_does_nothing(self):
        self.oversold("r2")
        case = self.good(self.resolve("r2", "O2", "REFUND"))
        self.assertEqual(self.good(self.resolve("r2", "O2", "REFUND"), True), case)
        self.assertEqual(self.row("r2"), [-10, 0])
        self.assertEqual(self.order("r2")[1], "200000")

    def test_cover_is_a_receipt(self):
        self.oversold("r3")
        case = self.good(self.resolve("r3", "O2", "COVER", note="behind the fridge"))
        self.assertEqual((case["state"], case["over_t"], case["supply_t"]), ("OPEN", 10, 120))
        self.good(self.resolve("r3", "O2", "COVER"), True)
        self.assertEqual(self.good(self.resolve("r3", "O2", "WAIVE", note="they wait"))["state"],
                         "CLOSED")
        self.assertEqual(self.row("r3"), [-10, 0])

    def test_waived_claims_close_the_case_until_there_is_a_new_one(self):
        shop = self.oversold("r4")
        self.good(self.resolve("r4", "O1", "WAIVE", note="cooks another"))
        case = self.good(self.resolve("r4", "O2", "WAIVE", note="cooks another"))
        self.assertEqual((case["state"], case["over_t"]), ("CLOSED", 30))
        self.assertEqual([c["order_id"] for c in case["claims"] if c.get("waived")], ["O1", "O2"])
        shop.sold("P2", {1: (BURGER, 60)})
        self.send(shop)
        case = self.case("r4")
        self.assertEqual((case["state"], case["over_t"]), ("OPEN", 90))

    def test_substitute_takes_from_the_other_row(self):
        self.oversold("r5")
        self.update("r5", 7, stock_type=2, plan_quantity=2, real_quantity=2)
        case = self.good(self.resolve("r5", "O2", "SUBSTITUTE", object_id=7))
        self.assertEqual(case["over_t"], 10)
        self.assertEqual((self.row("r5"), self.row("r5", 7)), ([-10, 0], [0, 0]))
        self.assertEqual(self.center.sql(
            "SELECT object_id, q_t, deducted FROM center_order_effect WHERE poi_id = 'r5' AND "
            "order_id = 'O2' ORDER BY object_id"), [["7", "20", "t"], ["1001", "0", "t"]])
        status, answer = self.resolve("r5", "O1", "SUBSTITUTE", object_id=7)
        self.assertEqual((status, answer["name"]), (409, "INSUFFICIENT_STOCK"))
        self.assertEqual(self.center.one("SELECT count(*) FROM oversell_resolution WHERE poi_id = "
                                         "'r5'"), "1")

    def test_what_the_store_sold_only_the_store_takes_back(self):
        shop, _ = self.shop("r6")
        shop.sold("P1", {1: (BURGER, 80)})
        shop.sold("P2", {1: (BURGER, 40)})
        self.send(shop)
        case = self.good(self.resolve("r6", "P2", "REFUND"))
        self.assertEqual((case["state"], case["over_t"]), ("OPEN", 20))
        _, answer = self.center.get("/api/v1/poi/oversell?brandId=1&poiId=r6&case=ov:r6:2:1001:")
        self.assertEqual([(r["order_id"], r["action"], r["q_t"], r["wish"], r["operator"])
                          for r in answer["resolutions"]], [("P2", "REFUND", 20, True, "anna")])
        shop.refund("P2", {1: 20})
        self.send(shop)
        self.assertEqual(self.case("r6")["state"], "CLOSED")

    def test_unpaid_order_that_is_short_is_cancelled(self):
        shop, _ = self.shop("r7")
        self.sell_online("r7", "O1", 50)
        self.sell_online("r7", "O2", 20, pay=False)
        shop.sold("P1", {1: (BURGER, 60)})
        self.send(shop)
        self.assertEqual(self.shorts(self.case("r7")), {"O1": 10, "O2": 20})
        self.good(self.resolve("r7", "O2", "REFUND"))
        self.assertEqual(self.order("r7")[:3], ["5", "0", "0"])
        self.assertEqual(self.row("r7"), [-10, 0])

    def test_bad_resolutions_change_nothing(self):
        self.oversold("r8")
        for status, name, order, action, more in [
                (400, "BAD_REQUEST", "O2", "EAT", {}),
                (400, "BAD_REQUEST", "O2", "WAIVE", {}),
                (400, "BAD_REQUEST", "O2", "SUBSTITUTE", {}),
                (400, "BAD_REQUEST", "O2", "REFUND", {"operator": None}),
                (400, "BAD_QUANTITY", "O2", "REFUND", {"q_t": 0}),
                (404, "NOT_FOUND", "O9", "REFUND", {}),
                (404, "NOT_FOUND", "O2", "REFUND", {"line": 2}),
                (404, "NOT_FOUND", "O2", "REFUND", {"case": "ov:r8:2:1002:"}),
                (409, "NOT_SHORT", "P1", "REFUND", {}),
                (409, "NOT_SHORT", "O2", "REFUND", {"q_t": 21})]:
            got = self.resolve("r8", order, action, **more)
            self.assertEqual((got[0], got[1].get("name")), (status, name), (action, more, got))
        self.assertEqual(self.center.one("SELECT count(*) FROM oversell_resolution WHERE poi_id = "
                                         "'r8'"), "0")
        self.assertEqual(self.case("r8")["over_t"], 30)


class Time(Resolutions):
    """Cases that only time moves; the clock of the center is planted."""

    OPTIONS = ("--test-faults", "--auto-refund-s", "600")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ports = [cls.center.port, cls.center.second()]

    def setUp(self):
        self.clock(0)

    def clock(self, minutes):
        for port in self.ports:
            status, _ = self.center.post("/test/faults", {"clock_ms": minutes * 60000}, port=port)
            self.assertEqual(status, 200)

    def until(self, good, what):
        end = time.monotonic() + 20
        while not good():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def test_a_hub_that_never_tells_all_delays_a_case_five_minutes(self):
        shop, _ = self.shop("t1")
        self.sell_online("t1", "O1", 50)
        shop.sold("P1", {1: (BURGER, 60)})
        self.send(shop, head_seq=len(shop.events) + 1)
        self.clock(4)
        time.sleep(2.5)  # two looks of each
        self.assertEqual(self.cases("t1"), [])
        self.clock(6)
        self.until(lambda: self.cases("t1"), "no case after six minutes")
        self.assertEqual(self.case("t1")["state"], "PROVISIONAL")
        self.clock(60)
        time.sleep(2.5)
        self.assertEqual(self.case("t1")["over_t"], 10)  # what is provisional is not refunded
        self.clock(0)
        self.send(shop)
        self.assertEqual(self.case("t1")["state"], "OPEN")

    def test_online_orders_are_refunded_once_and_store_orders_never(self):
        shop = self.oversold("t2", store_t=120)
        self.assertEqual(self.shorts(self.case("t2")), {"P1": 20, "O1": 50, "O2": 20})
        self.clock(11)
        self.until(lambda: self.case("t2")["over_t"] == 20, "nobody refunds")
        time.sleep(2.5)
        self.assertEqual(self.row("t2"), [-20, 0])
        self.assertEqual(self.shorts(self.case("t2")), {"P1": 20})
        self.assertEqual([self.order("t2", o)[:3] for o in ("O1", "O2")],
                         [["8", "500000", "0"], ["8", "200000", "0"]])
        self.assertEqual(self.center.sql(
            "SELECT order_id, operator FROM oversell_resolution WHERE poi_id = 't2' ORDER BY 1"),
            [["O1", "policy"], ["O2", "policy"]])
        shop.refund("P1", {1: 20})
        self.clock(0)
        self.send(shop)
        self.assertEqual(self.case("t2")["state"], "CLOSED")

    def test_staff_that_acts_has_the_time_anew(self):
        self.oversold("t3")
        self.clock(9)
        self.good(self.resolve("t3", "O2", "REFUND"))
        self.clock(12)
        time.sleep(2.5)
        self.assertEqual(self.case("t3")["over_t"], 10)
        self.clock(20)
        self.until(lambda: self.case("t3")["state"] == "CLOSED", "nobody refunds")


if __name__ == "__main__":
    center.main()
