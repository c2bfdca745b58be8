#!/usr/bin/python3
"""Online orders of a real center reach the kitchen of a real hub, and the center hears how far they
are (sync-protocol 4.1)."""

import unittest

import center_line
from live import CAKE, MARGHERITA
from store import wait_for

ORDERS = "/api/v1/orders"
STORE = {"brandId": "1", "poiId": "417"}


class OnlineOrders(center_line.CenterLine):
    def place_and_pay(self, order_id, *object_ids):
        lines = [{"line": n, "object_id": int(object_id), "name": f"web {object_id}", "qty": 1,
                  "unit_price": "12.50"} for n, object_id in enumerate(object_ids, 1)]
        status, answer = self.center.post(ORDERS, {**STORE, "order_id": order_id, "lines": lines,
                                                   "note": "ring twice"})
        self.assertEqual((status, answer["code"]), (200, 0), answer)
        self.put(order_id, "pay", pay_id="p1")

    def put(self, order_id, action, **more):
        status, answer = self.center.ask("PUT", f"{ORDERS}/{order_id}",
                                         {**STORE, "action": action, **more})
        self.assertEqual((status, answer["code"]), (200, 0), answer)

    def at_center(self, order_id):
        _, answer = self.center.get(f"{ORDERS}/{order_id}?brandId=1&poiId=417")
        return answer["order"]

    def here(self, order_id):
        self.store.control("sync.now")
        answer = self.store.ask("order.get", order_id=order_id)
        return answer.get("order")

    def wait_here(self, what, order_id, good):
        found = {}

        def look():
            found["order"] = self.here(order_id)
            return found["order"] is not None and good(found["order"])
        wait_for(what, look, alive=self.store.hub)
        return found["order"]

    def wait_center(self, what, order_id, good):
        wait_for(what, lambda: good(self.at_center(order_id)), alive=self.store.hub)

    def test_an_online_order_is_cooked_and_served(self):
        self.place_and_pay("web-1", MARGHERITA)
        order = self.wait_here("the kitchen has it", "web-1", lambda o: o["kitchen"] == "QUEUED")
        self.assertEqual((order["origin"], order["state"], order["channel"], order["note"]),
                         ("CENTER", "PAID", "ONLINE_ORDER", "ring twice"))
        station = order["lines"][0]["station"]
        for verb, kitchen in (("ticket.start", "COOKING"), ("ticket.ready", "READY")):
            self.store.control(verb, order_id="web-1", station=station, round=1)
            self.wait_center("the center hears of " + kitchen, "web-1",
                             lambda o, k=kitchen: o.get("kitchen") == k)
        self.assertEqual(self.at_center("web-1")["number"], order["number"])
        self.store.control("order.serve", order_id="web-1")
        self.wait_center("it is served", "web-1",
                         lambda o: (o["state"], o["kitchen"]) == ("ENDED", "SERVED"))
        self.assert_books_equal()

    def test_a_cut_wire_delivers_it_once(self):
        self.front.cut()
        self.place_and_pay("web-2", CAKE)
        self.front.mend()
        self.wait_here("the kitchen has it", "web-2", lambda o: o["kitchen"] == "QUEUED")
        trace = self.store.control("order.trace", order_id="web-2")
        self.assertEqual(len(trace["tickets"]), 1)

    def test_what_is_cancelled_online_leaves_the_kitchen(self):
        self.place_and_pay("web-3", MARGHERITA)
        self.wait_here("the kitchen has it", "web-3", lambda o: o["kitchen"] == "QUEUED")
        self.put("web-3", "refund", refund_id="r1", amount="12.50")
        self.wait_here("it is gone", "web-3", lambda o: o["state"] in ("CANCELLED", "REFUNDED"))
        refused = self.store.ask("order.refund", order_id="web-3", refund_id="r1", amount="1")
        self.assertEqual(refused["code"], 2003, refused)


if __name__ == "__main__":
    center_line.need_postgresql()
    unittest.main()
