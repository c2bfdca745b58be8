#!/usr/bin/python3
"""Online orders: what they lock, deduct and give back, what is refused, and that it happens once
(sync-protocol 2.2-2.6, 4.1; T06, T08-T10, T13, T16, T17, T19, T20, INC-1, INC-5)."""

import itertools
import threading
import unittest

import center
from hub import Hub
from store import wait_for

A, B, SPU = 1001, 1002, 500
UPDATE, ORDERS = "/api/v1/poi/stock/update", "/api/v1/orders"
FIND = "/api/v1/poi/stock/find-to-pos"
POI, NO = itertools.count(3000), itertools.count(1)


def setUpModule():
    OrdersTest.center = center.Center()
    unittest.addModuleCleanup(OrdersTest.center.stop)
    OrdersTest.port = OrdersTest.center.second()


class OrdersTest(unittest.TestCase):
    """Two processes of one center for all; every test uses a store of its own."""

    def setUp(self):
        self.poi = str(next(POI))
        self.store = {"brandId": "1", "poiId": self.poi}

    def limited(self, object_id=A, real=10, **more):
        status, answer = self.center.post(UPDATE, {
            **self.store, "object_id": object_id, "stock_type": 2, "plan_quantity": real,
            "real_quantity": real, **more})
        self.assertEqual(status, 200, answer)
        return answer["row"]

    def line(self, qty=1, object_id=A, line=1, **more):
        return {"line": line, "object_id": object_id, "name": "Pizza", "qty": qty,
                "unit_price": "12.50", **more}

    def body(self, *lines, order_id=None, **more):
        return {**self.store, "order_id": order_id or f"O{next(NO)}",
                "lines": list(lines) or [self.line()], **more}

    def ok(self, reply):
        self.assertEqual((reply[0], reply[1].get("code")), (200, 0), reply)
        return reply[1]

    def refused(self, code, name, reply, status=409):
        self.assertEqual((reply[0], reply[1].get("code"), reply[1].get("name")),
                         (status, code, name), reply)
        return reply[1]

    def place(self, *lines, **more):
        return self.ok(self.center.post(ORDERS, self.body(*lines, **more)))["order"]

    def try_place(self, *lines, **more):
        return self.center.post(ORDERS, self.body(*lines, **more))

    def put(self, order, action, port=None, **more):
        return self.center.ask("PUT", f"{ORDERS}/{order['order_id']}",
                               {**self.store, "action": action, **more}, port=port)

    def pay(self, order, pay_id="p1", **more):
        return self.put(order, "pay", pay_id=pay_id, **more)

    def query(self):
        return f"?brandId=1&poiId={self.poi}"

    def get(self, order):
        return self.ok(self.center.get(f"{ORDERS}/{order['order_id']}{self.query()}"))["order"]

    def row(self, object_id=A):
        page = self.ok(self.center.get(f"/api/v1/poi/stock/rows{self.query()}"))
        return next(row for row in page["rows"] if row["object_id"] == object_id)

    def counters(self, object_id=A):
        """(C, Lc, used of ONLINE_ORDER), in tenths"""
        row = self.row(object_id)
        used = [ch.get("used_t", 0) for ch in row["channel_stocks"]
                if ch["channel_code"] == "ONLINE_ORDER"]
        return row["x"]["C"], row["x"]["Lc"], used[0] if used else 0

    def became(self, order, state):
        wait_for(state, lambda: self.get(order)["state"] == state)

    def expired(self):
        order = self.place(self.line(2), expires_in_s=1)
        self.became(order, "EXPIRED")
        return order


class Lifecycle(OrdersTest):
    def test_placing_locks_and_paying_deducts(self):
        self.limited()
        order = self.place(self.line(2), user_id="u-7", note="ring twice")
        self.assertEqual((order["state"], order["amount"]), ("PLACED", "25.0000"))
        self.assertEqual(self.counters(), (0, 20, 20))
        self.assertEqual(self.row()["real_quantity"], 10)
        paid = self.ok(self.pay(order))["order"]
        self.assertEqual((paid["order_status"], paid["paid"]), (2, "25.0000"))
        self.assertEqual(self.counters(), (-20, 0, 20))
        self.assertEqual(self.row()["real_quantity"], 8)
        self.assertEqual([line["state"] for line in self.get(order)["lines"]], ["DEDUCTED"])

    def test_cancelling_gives_back_and_again_changes_nothing(self):
        """T10, INC-1"""
        self.limited()
        order = self.place(self.line(2))
        self.ok(self.put(order, "cancel"))
        self.assertEqual(self.counters(), (0, 0, 0))
        self.assertTrue(self.ok(self.put(order, "cancel"))["duplicate"])
        self.assertEqual(self.counters(), (0, 0, 0))
        self.assertEqual(self.get(order)["state"], "CANCELLED")

    def test_each_change_is_a_version_a_log_line_and_an_outbox_entry(self):
        over = self.limited()["over"]
        self.ok(self.pay(self.place()))
        log = self.ok(self.center.get(f"/api/v1/poi/stock/log{self.query()}"))["log"]
        self.assertEqual([(e["content"]["by"], e["content"]["ver"]) for e in log[:2]],
                         [("online", over + 2), ("online", over + 1)])
        vers = self.center.sql(f"SELECT ver, kind FROM outbox WHERE poi_id = '{self.poi}'"
                               " ORDER BY ver")
        self.assertEqual(vers, [["1", "0"], ["2", "0"], ["3", "0"], ["4", "2"]])

    def test_an_unlimited_object_is_counted_too(self):
        self.ok(self.pay(self.place(self.line(3))))
        self.assertEqual(self.counters(), (-30, 0, 30))

    def test_orders_are_listed_by_their_last_change(self):
        first, second = self.place(), self.place()
        self.ok(self.pay(first))
        page = self.ok(self.center.get(f"{ORDERS}{self.query()}&limit=1"))
        self.assertEqual(([o["order_id"] for o in page["orders"]], page["more"]),
                         ([second["order_id"]], True))
        page = self.ok(self.center.get(f"{ORDERS}{self.query()}&since={page['since']}"
                                       f"&after={page['after']}"))
        self.assertEqual(([o["order_id"] for o in page["orders"]], page["more"]),
                         ([first["order_id"]], False))
        paid = self.ok(self.center.get(f"{ORDERS}{self.query()}&status=2&side=online"))
        self.assertEqual([o["order_id"] for o in paid["orders"]], [first["order_id"]])
        self.assertEqual(self.ok(self.center.get(f"{ORDERS}{self.query()}&side=store"))["orders"],
                         [])
        self.assertEqual(self.center.get(f"{ORDERS}{self.query()}&side=both")[0], 400)

    def test_only_ended_orders_are_deleted(self):
        order = self.place()
        path = f"{ORDERS}/{order['order_id']}{self.query()}"
        self.refused(2003, "BAD_TRANSITION", self.center.ask("DELETE", path))
        self.ok(self.put(order, "cancel"))
        self.ok(self.center.ask("DELETE", path))
        self.assertTrue(self.ok(self.center.ask("DELETE", path))["duplicate"])
        self.refused(2001, "ORDER_NOT_FOUND", self.center.get(path), status=404)
        self.assertEqual(self.ok(self.center.get(f"{ORDERS}{self.query()}"))["orders"], [])
        self.refused(2002, "ORDER_EXISTS_DIFFERENT",
                     self.try_place(order_id=order["order_id"]))

    def test_what_is_not_there_is_not_found(self):
        nobody = {"order_id": "nobody"}
        path = f"{ORDERS}/nobody{self.query()}"
        for reply in (self.pay(nobody), self.center.get(path), self.center.ask("DELETE", path)):
            self.refused(2001, "ORDER_NOT_FOUND", reply, status=404)


class Refusals(OrdersTest):
    def test_one_failing_line_locks_nothing(self):
        """T06"""
        self.limited(A, 10)
        self.limited(B, 1)
        answer = self.refused(1001, "INSUFFICIENT_STOCK", self.try_place(
            self.line(2), self.line(2, B, 2)))
        self.assertEqual(answer["lines"], [{
            "line": 2, "object_type": 2, "object_id": B, "code": 1001,
            "name": "INSUFFICIENT_STOCK", "need": 2, "avail": 1}])
        self.assertEqual((self.counters(A), self.counters(B)), ((0, 0, 0), (0, 0, 0)))
        self.assertEqual(self.ok(self.center.get(f"{ORDERS}{self.query()}"))["orders"], [])

    def test_the_worst_line_names_the_refusal_and_all_are_listed(self):
        self.limited(A, 1)
        self.limited(B, 5, stock_status=2)
        self.limited(1003, 5, channel_stocks=[
            {"channel_code": "ONLINE_ORDER", "stock_status": 2, "stock_type": 1}])
        self.limited(1004, 5, channel_stocks=[
            {"channel_code": "ONLINE_ORDER", "stock_status": 1, "stock_type": 2,
             "limit_quantity": 2}])
        answer = self.refused(1003, "SOLD_OUT", self.try_place(
            self.line(2), self.line(1, B, 2), self.line(1, 1003, 3), self.line(3, 1004, 4),
            self.line(1, 1005, 5)))
        self.assertEqual([(line["line"], line["code"], line["need"], line["avail"])
                          for line in answer["lines"]],
                         [(1, 1001, 2, 1), (2, 1003, 1, 0), (3, 1004, 1, 0), (4, 1002, 3, 2)])

    def test_both_limits_in_one_transaction(self):
        """T20, INC-5: 15 portions, each side may sell 10."""
        hub = Hub(self.center, self.poi)
        hub.open_epoch()
        self.limited(A, 15, channel_stocks=[
            {"channel_code": code, "stock_status": 1, "stock_type": 2, "limit_quantity": 10}
            for code in ("POS", "ONLINE_ORDER")])
        hub.sell(A, 90)
        self.assertEqual(hub.post()[0], 200)
        answer = self.refused(1001, "INSUFFICIENT_STOCK", self.try_place(self.line(7)))
        self.assertEqual((answer["lines"][0]["need"], answer["lines"][0]["avail"]), (7, 6))
        self.ok(self.pay(self.place(self.line(6))))
        self.refused(1001, "INSUFFICIENT_STOCK", self.try_place())
        self.assertEqual(self.row()["real_quantity"], 0)

    def test_the_channel_limit_counts_what_is_locked_and_sold(self):
        """T22, online"""
        self.limited(A, 15, channel_stocks=[
            {"channel_code": "ONLINE_ORDER", "stock_status": 1, "stock_type": 2,
             "limit_quantity": 10}])
        self.ok(self.pay(self.place(self.line(6))))
        self.place(self.line(3))
        answer = self.refused(1002, "CHANNEL_LIMIT", self.try_place(self.line(2)))
        self.assertEqual(answer["lines"][0]["avail"], 1)
        self.place(self.line(1))

    def test_a_sku_takes_from_its_spu_too(self):
        """T19"""
        self.limited(SPU, 3, object_type=1)
        answer = self.refused(1001, "INSUFFICIENT_STOCK", self.try_place(
            self.line(2, A, 1, spu_id=SPU), self.line(2, B, 2, spu_id=SPU)))
        self.assertEqual([(line["object_type"], line["object_id"], line["need"], line["avail"])
                          for line in answer["lines"]], [(1, SPU, 4, 3)] * 2)
        self.place(self.line(1, A, 1, spu_id=SPU), self.line(2, B, 2, spu_id=SPU))
        self.assertEqual(self.counters(SPU), (0, 30, 30))

    def test_options_take_what_they_name(self):
        self.limited(B, 5)
        order = self.place(self.line(2, options=[
            {"option_id": 7, "object_id": B, "name": "Cheese", "qty": 2, "price": "1"},
            {"option_id": 8, "name": "Well done"}]))
        self.assertEqual(self.counters(B), (0, 40, 40))
        self.refused(1001, "INSUFFICIENT_STOCK", self.try_place(
            self.line(1, options=[{"option_id": 7, "object_id": B, "qty": 2}])))
        self.ok(self.put(order, "cancel"))
        self.assertEqual(self.counters(B), (0, 0, 0))

    def test_bad_bodies_are_named_and_change_nothing(self):
        for qty in ("0.25", "0", "-1", 1000000):
            self.refused(400, "BAD_QUANTITY", self.try_place(self.line(qty)), status=400)
        self.refused(1008, "STEP_VIOLATION", self.try_place(self.line("0.5")), status=400)
        for more in ({"order_id": "../x"}, {"channel": "POS"}, {"lines": []},
                     {"lines": [self.line(), self.line()]}, {"lines": [self.line(line=0)]},
                     {"expires_in_s": 0}, {"expires_in_s": 86401}, {"poiId": None},
                     {"lines": [self.line(unit_price="-1")]},
                     {"lines": [self.line(unit_price="1000000")]},
                     {"lines": [self.line(spu_id=SPU, object_type=1)]},
                     {"lines": [self.line(options=[{"name": "x"}])]},
                     {"lines": [self.line(line=n) for n in range(1, 102)]}):
            self.refused(400, "BAD_REQUEST", self.center.post(ORDERS, {**self.body(), **more}),
                         status=400)
        order = self.place()
        for more in ({"action": "eat"}, {"action": "pay"}, {"action": "refund", "refund_id": "r"},
                     {"action": "pay", "pay_id": "p", "amount": "x"}):
            reply = self.center.ask("PUT", f"{ORDERS}/{order['order_id']}", {**self.store, **more})
            self.refused(400, "BAD_REQUEST", reply, status=400)
        self.assertEqual(self.counters(), (0, 10, 10))

    def test_a_hundred_lines_fit(self):
        order = self.place(*[self.line(line=n) for n in range(1, 101)])
        self.assertEqual(self.counters(), (0, 1000, 1000))
        self.ok(self.pay(order))

    def test_an_offline_store_keeps_a_part_back(self):
        """30 % of what is left (sync-protocol 6.1)"""
        Hub(self.center, self.poi).open_epoch()
        self.limited(A, 10)
        self.center.sql("UPDATE store SET seen_at = now() - interval '1 minute'"
                        f" WHERE poi_id = '{self.poi}'")
        answer = self.refused(1001, "INSUFFICIENT_STOCK", self.try_place(self.line(8)))
        self.assertEqual(answer["lines"][0]["avail"], 7)
        self.center.sql(f"UPDATE store SET seen_at = now() WHERE poi_id = '{self.poi}'")
        self.place(self.line(8))


class Once(OrdersTest):
    def test_the_same_body_again_is_a_duplicate_and_another_one_is_refused(self):
        self.limited()
        body = self.body(self.line(2))
        self.assertNotIn("duplicate", self.ok(self.center.post(ORDERS, body)))
        self.assertTrue(self.ok(self.center.post(ORDERS, body))["duplicate"])
        self.refused(2002, "ORDER_EXISTS_DIFFERENT",
                     self.center.post(ORDERS, {**body, "note": "more"}))
        self.assertEqual(self.counters(), (0, 20, 20))

    def test_paying_twice_deducts_once(self):
        """T08, T09"""
        self.limited()
        order = self.place(self.line(2))
        self.ok(self.pay(order))
        self.assertTrue(self.ok(self.pay(order))["duplicate"])
        self.refused(2005, "ALREADY_DEDUCTED", self.pay(order, "p2"))
        self.refused(2002, "ORDER_EXISTS_DIFFERENT", self.pay(order, tender="CARD"))
        self.refused(2005, "ALREADY_DEDUCTED", self.put(order, "cancel"))
        self.assertEqual(self.counters(), (-20, 0, 20))

    def test_what_is_due_is_what_is_paid(self):
        order = self.place(self.line(2))
        self.refused(2003, "BAD_TRANSITION", self.pay(order, amount="24"))
        self.ok(self.pay(order, amount=25))

    def test_one_of_many_payments_counts(self):
        self.limited()
        order = self.place(self.line(2))
        replies = []

        def pay(n):
            replies.append(self.pay(order, f"p{n}", port=self.port if n % 2 else None)[0])

        self.at_once(pay, 8)
        self.assertEqual(sorted(replies), [200] + [409] * 7)
        self.assertEqual(self.counters(), (-20, 0, 20))

    def at_once(self, work, n):
        threads = [threading.Thread(target=work, args=(i,)) for i in range(n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_who_follows_the_list_misses_no_order(self):
        page = self.ok(self.center.get(f"{ORDERS}{self.query()}"))
        bodies, seen, placed = [self.body() for _ in range(200)], set(), threading.Event()

        def follow():
            nonlocal page
            is_last = False
            while not is_last:
                is_last = placed.is_set() and not page["more"]
                page = self.ok(self.center.get(f"{ORDERS}{self.query()}&since={page['since']}"
                                               f"&after={page['after']}"))
                seen.update(o["order_id"] for o in page["orders"])

        follower = threading.Thread(target=follow)
        follower.start()
        self.at_once(lambda n: self.ok(self.center.post(
            ORDERS, bodies[n], port=[None, self.port][n % 2])), len(bodies))
        placed.set()
        follower.join()
        self.assertEqual(seen, {body["order_id"] for body in bodies})

    def test_fifty_buyers_of_ten_portions(self):
        self.limited()
        ports = [None, self.port]
        placed, others = [], []

        def buy(n):
            body = self.body(self.line())
            status, answer = self.center.post(ORDERS, body, port=ports[n % 2])
            (placed if status == 200 else others).append(answer)

        self.at_once(buy, 50)
        self.assertEqual((len(placed), {a["code"] for a in others}), (10, {1001}))
        self.assertEqual(self.counters(), (0, 100, 100))

        self.at_once(lambda n: self.pay(placed[n]["order"], port=ports[n % 2]), 10)
        self.assertEqual(self.counters(), (-100, 0, 100))
        self.assertEqual(self.row()["real_quantity"], 0)


class Late(OrdersTest):
    def test_an_unpaid_order_expires_and_gives_back(self):
        self.limited()
        order = self.expired()
        self.assertEqual(self.counters(), (0, 0, 0))
        self.refused(2004, "ALREADY_UNLOCKED", self.put(order, "cancel"))

    def test_one_order_expires_once_with_two_processes(self):
        self.limited()
        orders = [self.place(expires_in_s=1) for _ in range(8)]
        for order in orders:
            self.became(order, "EXPIRED")
        self.assertEqual(self.counters(), (0, 0, 0))
        lines = self.center.one("SELECT count(*) FROM poi_item_stock_log WHERE"
                                f" poi_id = '{self.poi}'")
        self.assertEqual(lines, "17")

    def test_a_late_payment_takes_what_is_still_there(self):
        self.limited()
        order = self.expired()
        answer = self.ok(self.pay(order))
        self.assertTrue(answer["late"])
        self.assertEqual(answer["order"]["state"], "PAID")
        self.assertEqual(self.counters(), (-20, 0, 20))
        self.assertTrue(self.ok(self.pay(order))["duplicate"])
        self.ok(self.put(order, "refund", refund_id="r1",
                         lines=[{"line": 1, "qty": 2, "restock": True}]))
        self.assertEqual(self.counters(), (0, 0, 0))

    def test_a_payment_too_late_is_to_be_refunded(self):
        """T13"""
        self.limited()
        order = self.expired()
        self.place(self.line(9))
        for _ in range(2):
            answer = self.refused(2006, "LATE_PAY_NO_STOCK", self.pay(order))
            self.assertTrue(answer["refund_due"])
        self.assertEqual(self.get(order)["refund_due"], "25.0000")
        self.assertEqual(self.get(order)["state"], "EXPIRED")
        self.assertEqual(self.counters(), (0, 90, 90))
        self.ok(self.put(self.get({"order_id": self.center.one(
            f"SELECT order_id FROM center_order WHERE poi_id = '{self.poi}'"
            " AND order_status = 1")}), "cancel"))
        self.ok(self.pay(order, "p2"))

    def test_a_payment_of_a_cancelled_order_is_to_be_refunded(self):
        """T10"""
        order = self.place()
        self.ok(self.put(order, "cancel"))
        for _ in range(2):
            answer = self.refused(2009, "ORDER_CANCELLED", self.pay(order))
            self.assertTrue(answer["refund_due"])
        self.assertEqual(self.get(order)["refund_due"], "12.5000")


class Refunds(OrdersTest):
    def refund(self, order, refund_id="r1", **more):
        return self.put(order, "refund", refund_id=refund_id, **more)

    def back(self, qty, line=1, **more):
        return {"line": line, "qty": qty, **more}

    def test_stock_comes_back_when_it_is_asked_for(self):
        """T17"""
        self.limited()
        order = self.place(self.line(2))
        self.refused(2003, "BAD_TRANSITION", self.refund(order, amount="1"))
        self.ok(self.pay(order))
        answer = self.ok(self.refund(order, lines=[self.back(1, restock=True)]))["order"]
        self.assertEqual((answer["state"], answer["refunded"]), ("PAID", "12.5000"))
        self.assertEqual(self.counters(), (-10, 0, 10))
        self.assertTrue(self.ok(self.refund(
            order, lines=[self.back(1, restock=True)]))["duplicate"])
        self.refused(2008, "REFUND_EXCEEDS", self.refund(order, "r2", lines=[self.back(2)]))
        self.refused(2008, "REFUND_EXCEEDS", self.refund(order, "r2", lines=[self.back(1, 2)]))
        answer = self.ok(self.refund(order, "r2", lines=[self.back(1)]))["order"]
        self.assertEqual((answer["state"], answer["refunded"]), ("REFUNDED", "25.0000"))
        self.assertEqual(self.counters(), (-10, 0, 10))
        self.refused(2008, "REFUND_EXCEEDS", self.refund(order, "r3", amount="0.01"))

    def test_the_parts_of_a_price_add_up(self):
        order = self.place(self.line(3, unit_price="0.3333"))
        self.ok(self.pay(order))
        for n in range(3):
            last = self.ok(self.refund(order, f"r{n}", lines=[self.back(1)]))["order"]
        self.assertEqual((last["refunded"], last["state"]), ("0.9999", "REFUNDED"))

    def test_an_amount_alone_moves_no_stock(self):
        self.limited()
        order = self.place(self.line(2))
        self.ok(self.pay(order))
        answer = self.ok(self.refund(order, amount="25"))["order"]
        self.assertEqual(answer["state"], "REFUNDED")
        self.assertEqual(self.counters(), (-20, 0, 20))


class Down(OrdersTest):
    def items(self, since=0):
        page = self.ok(self.center.post(FIND, {"proto": 2, **self.store, "epoch": 7,
                                               "since_ver": since}))
        return page, [row for row in page["rows"] if row.get("objectType") == "order"]

    def test_only_a_paid_order_goes_down_and_each_change_of_it_again(self):
        self.limited()
        order = self.place(self.line(2, note="no salt", options=[
            {"option_id": 7, "name": "Cheese", "qty": 1, "price": "1.50"}]), self.line(1, B, 2))
        self.assertEqual(self.items()[1], [])
        paid = self.ok(self.pay(order))["order"]
        page, (item,) = self.items()
        self.assertEqual((item["over"], page["next_ver"]), (paid["over"], paid["over"]))
        self.assertEqual(item["eventType"], "poi.order")
        data = item["data"]
        self.assertEqual((data["order_id"], data["order_status"], data["amount_e4"]),
                         (order["order_id"], 2, 375000))
        self.assertEqual([(line["q_t"], line["unit_e4"], line["price_e4"])
                          for line in data["lines"]],
                         [(20, 125000, 110000), (10, 125000, 125000)])
        self.put(order, "refund", refund_id="r1", lines=[{"line": 2, "qty": 1}])
        _, (item,) = self.items(page["next_ver"])
        self.assertEqual([line["line"] for line in item["data"]["lines"]], [1])
        self.put(order, "refund", refund_id="r2", amount="25")
        _, (item,) = self.items(item["over"])
        self.assertEqual(item["data"]["order_status"], 8)

    def test_pages_mix_rows_and_orders_by_version(self):
        for n in range(3):
            self.limited(1100 + n)
            self.ok(self.pay(self.place(self.line(1, 1100 + n))))
        seen, since, more = [], 0, True
        while more:
            page = self.ok(self.center.post(FIND, {"proto": 2, **self.store, "epoch": 7,
                                                   "since_ver": since, "limit": 2}))
            seen += [row["over"] for row in page["rows"]]
            since, more = page["next_ver"], page["more"]
        self.assertEqual(seen, [3, 4, 7, 8, 11, 12])
        self.assertEqual(since, 12)


class Mirror(OrdersTest):
    def test_an_order_of_the_store_is_read_only(self):
        hub = Hub(self.center, self.poi)
        hub.open_epoch()
        hub.sell(A, order="P1")
        self.assertEqual(hub.post()[0], 200)
        order = self.get({"order_id": "P1"})
        self.assertEqual((order["side"], order["state"]), ("store", "PAID"))
        for reply in (self.pay(order), self.put(order, "cancel"),
                      self.center.ask("DELETE", f"{ORDERS}/P1{self.query()}")):
            self.refused(409, "NOT_OURS", reply)
        self.refused(2002, "ORDER_EXISTS_DIFFERENT", self.try_place(order_id="P1"))
        listed = self.ok(self.center.get(f"{ORDERS}{self.query()}&side=store"))["orders"]
        self.assertEqual([o["order_id"] for o in listed], ["P1"])

    def kitchen(self, hub, order, kitchen, kind="ORDER_STATE"):
        hub.event(kind, {"order_id": order["order_id"], "channel": "ONLINE_ORDER",
                         "state": "PAID", "number": "O001", "day": "2026-01-28",
                         "device": "kds-1", "origin": "CENTER", "kitchen": kitchen})
        status, answer = hub.post()
        self.assertEqual((status, answer.get("dead")), (200, []), answer)

    def test_the_kitchen_of_an_online_order_is_told_and_moves_no_stock(self):
        hub = Hub(self.center, self.poi)
        hub.open_epoch()
        self.limited()
        order = self.place(self.line(2))
        self.ok(self.pay(order))
        self.kitchen(hub, order, "COOKING")
        self.assertEqual(self.get(order)["kitchen"], "COOKING")
        self.kitchen(hub, order, "SERVED", "ORDER_SERVED")
        served = self.get(order)
        self.assertEqual((served["side"], served["kitchen"], served["served"]),
                         ("online", "SERVED", True))
        self.assertEqual((served["paid"], self.counters()), ("25.0000", (-20, 0, 20)))
        self.assertEqual(len(self.ok(self.center.get(f"{ORDERS}{self.query()}"))["orders"]), 1)


if __name__ == "__main__":
    center.main()
