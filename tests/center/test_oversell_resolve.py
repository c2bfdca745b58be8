#!/usr/bin/python3
"""What is done about an oversell case, by staff and by the time that passes
(sync-protocol 5.1, 5.4)."""

import time

import center
from oversold import BURGER, OversellTest


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

    def test_the_same_of_another_quantity_or_object_is_refused_not_swallowed(self):
        self.oversold("r2b")
        case = self.good(self.resolve("r2b", "O2", "COVER", q_t=10))
        self.assertEqual(self.good(self.resolve("r2b", "O2", "COVER", q_t=10), True), case)
        self.assertEqual(self.good(self.resolve("r2b", "O2", "COVER"), True), case)
        for more in ({"q_t": 5}, {"object_id": 1002}):
            status, answer = self.resolve("r2b", "O2", "COVER", **more)
            self.assertEqual((status, answer["name"]), (409, "RESOLVED_OTHERWISE"))
        self.assertEqual(self.row("r2b"), [-20, 0])

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
        self.assertEqual([(c["order_id"], c["wish"]) for c in case["claims"] if "wish" in c],
                         [("P2", "REFUND")])
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

    def test_a_hub_that_never_tells_all_delays_a_case_five_minutes(self):
        shop, _ = self.shop("t1")
        self.sell_online("t1", "O1", 50)
        shop.sold("P1", {1: (BURGER, 60)})
        self.send(shop, head_seq=len(shop.events) + 1)
        self.clock(4)
        time.sleep(2.5)  # two looks of each
        self.assertEqual(self.cases("t1"), [])
        self.clock(6)
        self.until("a case after six minutes", lambda: self.cases("t1"))
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
        self.until("a refund", lambda: self.case("t2")["over_t"] == 20)
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
        self.until("a refund", lambda: self.case("t3")["state"] == "CLOSED")


DAY_MS = 86400000


class Generations(Resolutions):
    """The plan comes back while a case is open: yesterday's promises stay what they are."""

    OPTIONS = ("--test-faults", "--auto-refund-s", "600")

    def setUp(self):
        self.ahead_ms = 0
        self.clock()

    def clock(self, more_ms=0):
        self.ahead_ms += more_ms
        status, _ = self.center.post("/test/faults", {"clock_ms": self.ahead_ms})
        self.assertEqual(status, 200)

    def restored(self, poi, store_t=60):
        """30 of what O1 and O2 were promised is not there, and then it is tomorrow."""
        shop = self.oversold(poi, store_t)
        due_ms = (int(time.time() * 1000) + self.ahead_ms + 60000) // 1000 * 1000
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due_ms // 1000))
        self.update(poi, BURGER, plan_quantity=10, auto_restore_type=1, auto_restore_at=at)
        self.clock(61000)
        self.until("the restore", lambda: self.gen(poi) == f"R:{due_ms}")
        self.assertEqual(self.row(poi), [100, 0])
        return shop

    def gen(self, poi):
        return self.center.one(f"SELECT gen_id FROM poi_item_stock WHERE poi_id = '{poi}' AND "
                               f"object_id = {BURGER}")

    def test_what_was_sold_twice_yesterday_is_refunded_today(self):
        self.restored("g1")
        case = self.case("g1")
        self.assertEqual((case["state"], case["over_t"], case["supply_t"]), ("OPEN", 30, 100))
        self.assertEqual(self.shorts(case), {"O1": 10, "O2": 20})
        self.clock(11 * 60000)
        self.until("the refunds", lambda: self.case("g1")["state"] == "CLOSED")
        self.assertEqual([self.order("g1", o)[1:3] for o in ("O1", "O2")],
                         [["100000", "40"], ["200000", "0"]])
        self.assertEqual(self.row("g1"), [100, 0])  # nothing of it comes back today

    def test_staff_resolves_yesterdays_case(self):
        shop = self.restored("g2", store_t=80)
        self.assertEqual(self.shorts(self.case("g2")), {"O1": 30, "O2": 20})
        self.good(self.resolve("g2", "O1", "COVER", q_t=20))
        self.assertEqual((self.case("g2")["over_t"], self.row("g2")), (30, [100, 0]))
        self.update("g2", 1002, real_quantity=5, stock_type=2)
        self.good(self.resolve("g2", "O2", "SUBSTITUTE", object_id=1002))
        self.assertEqual((self.case("g2")["over_t"], self.row("g2"), self.row("g2", 1002)),
                         (10, [100, 0], [30, 0]))
        shop.sold("P9", {1: (1003, 10)})  # of something else
        self.send(shop)
        self.assertEqual((self.case("g2")["state"], self.case("g2")["over_t"]), ("OPEN", 10))
        self.good(self.resolve("g2", "O1", "WAIVE", note="came back"))
        self.assertEqual(self.case("g2")["state"], "CLOSED")

    def test_todays_count_and_sales_say_nothing_of_yesterday(self):
        self.restored("g3")
        self.update("g3", BURGER, real_quantity=50)
        self.sell_online("g3", "O9", 30)
        case = self.case("g3")
        self.assertEqual((case["over_t"], self.shorts(case)), (30, {"O1": 10, "O2": 20}))
        self.assertNotIn("O9", [k["order_id"] for k in case["claims"]])

    def test_a_case_that_waits_for_the_hub_is_not_forgotten(self):
        shop, _ = self.shop("g4")
        self.sell_online("g4", "O1", 50)
        shop.sold("P1", {1: (BURGER, 60)})
        self.send(shop, head_seq=len(shop.events) + 1)
        due_ms = (int(time.time() * 1000) + self.ahead_ms + 60000) // 1000 * 1000
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due_ms // 1000))
        self.update("g4", BURGER, plan_quantity=10, auto_restore_type=1, auto_restore_at=at)
        self.clock(61000)
        self.until("the restore", lambda: self.gen("g4") == f"R:{due_ms}")
        self.assertEqual(self.cases("g4"), [])
        self.clock(5 * 60000)
        self.until("the case", lambda: self.cases("g4"))
        self.assertEqual((self.case("g4")["state"], self.shorts(self.case("g4"))),
                         ("PROVISIONAL", {"O1": 10}))

    def test_what_nobody_acts_on_is_left_after_a_week(self):
        self.restored("g5", store_t=120)
        self.clock(11 * 60000)
        self.until("the refunds", lambda: self.case("g5")["over_t"] == 20)
        self.clock(7 * DAY_MS - 60000)
        self.update("g5", 1002, adjust=1)
        self.assertEqual(self.case("g5")["state"], "OPEN")
        self.clock(2 * 60000)
        self.update("g5", 1002, adjust=1)
        self.assertEqual(self.case("g5")["state"], "CLOSED")


if __name__ == "__main__":
    center.main()
