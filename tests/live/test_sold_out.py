#!/usr/bin/python3
"""A rush on an item that runs out: refused without the writer, in the writer's words, and sold again
with the very next order."""

import json
import unittest

from live import COLA, MENU, LiveTest, order_lines

RUSH = 40    # requests
CAKES = 1100  # each test has a cake of its own, from here on


def words(reply):
    """What it says, without what differs from request to request."""
    return {key: value for key, value in reply.items() if key not in ("req_id", "at")}


class SoldOut(LiveTest):
    conf = {"limits": {"device": 0, "account": 0}}
    menu = {**MENU, "items": MENU["items"] + [
        {"object_id": str(CAKES + n), "name": f"Cake {n}", "price": "6.5000", "station": "oven"}
        for n in range(9)]}
    tests = 0

    def setUp(self):
        self.till, self.kiosk = self.device("till-1"), self.device("kiosk-1")
        SoldOut.tests += 1
        self.cake = str(CAKES + self.tests)
        self.n = 0

    def place(self, device, *lines, **more):
        self.n += 1
        more.setdefault("order_id", f"o-{self.cake}-{self.n}")
        return device.ask("order.place", lines=order_lines(*lines), **more)

    def fast(self):
        return self.metric("refused_fast_total")

    def stock(self, qty):
        self.ok(self.till.ask("stock.plan", object_type=2, object_id=self.cake, limited=True, plan="9"))
        self.ok(self.till.ask("stock.set", object_type=2, object_id=self.cake, qty=str(qty)))

    def test_a_rush_is_refused_in_the_writers_words(self):
        self.stock(2)
        for _ in range(2):
            self.ok(self.place(self.kiosk, (self.cake, 1)))
        before = self.fast()
        by_the_writer = self.code(1001, self.place(self.kiosk, (COLA, 1), (self.cake, 1)))
        self.assertEqual(self.fast(), before)
        for _ in range(RUSH):
            self.assertEqual(words(self.place(self.kiosk, (COLA, 1), (self.cake, 1))),
                             words(by_the_writer))
        self.assertEqual(self.fast(), before + RUSH)
        self.assertEqual(by_the_writer["lines"], [{"line": 2, "object_id": self.cake, "code": 1001,
                                                   "need": "1", "avail": "0", "limit_by": "SKU"}])

    def test_the_next_order_after_it_is_back_is_sold(self):
        for n in range(RUSH):
            self.ok(self.till.ask("stock.sold_out", object_type=2, object_id=self.cake))
            before = self.fast()
            for _ in range(3):
                self.code(1003, self.place(self.kiosk, (self.cake, 1)))
            self.assertEqual(self.fast() - before, 2, n)
            self.ok(self.till.ask("stock.on_sale", object_type=2, object_id=self.cake))
            self.stock(RUSH)  # what was sold before stays locked
            self.ok(self.place(self.kiosk, (self.cake, 1)))

    def test_what_is_given_back_is_sold_at_once(self):
        self.stock(1)
        for _ in range(RUSH):
            last = self.ok(self.place(self.kiosk, (self.cake, 1)))["order"]["order_id"]
            self.code(1001, self.place(self.kiosk, (self.cake, 1)))
            self.code(1001, self.place(self.kiosk, (self.cake, 1)))
            self.ok(self.kiosk.ask("order.cancel", order_id=last))

    def test_known_orders_are_answered_as_known(self):
        self.stock(1)
        first = self.ok(self.place(self.kiosk, (self.cake, 1), order_id="known", req_id="known-1"))
        for _ in range(2):
            self.code(1001, self.place(self.kiosk, (self.cake, 1)))
        self.assertTrue(self.ok(self.place(self.kiosk, (self.cake, 1), order_id="known",
                                           req_id="known-1"))["replayed"])
        again = self.ok(self.place(self.kiosk, (self.cake, 1), order_id="known"))
        self.assertEqual((again["duplicate"], again["order"]["number"]),
                         (True, first["order"]["number"]))
        self.code(2002, self.place(self.kiosk, (self.cake, 2), order_id="known"))
        refused = self.code(1001, self.place(self.kiosk, (self.cake, 1), req_id="again-1",
                                             order_id="again"))
        repeat = self.place(self.kiosk, (self.cake, 1), req_id="again-1", order_id="again")
        self.assertEqual((repeat["code"], repeat["replayed"], repeat["at"]),
                         (1001, True, refused["at"]))
        self.code(3001, self.place(self.kiosk, (self.cake, 3), req_id="again-1", order_id="again"))

    def test_rounds_are_refused_and_known_rounds_are_not(self):
        self.stock(1)
        self.ok(self.place(self.till, (self.cake, 1), order_id="rounds"))

        def add(line):
            return self.till.ask("order.add", order_id="rounds",
                                 lines=[{"line": line, "object_id": self.cake, "qty": "1"}])
        by_the_writer, before = self.code(1001, add(2)), self.fast()
        self.assertEqual(words(self.code(1001, add(2))), words(by_the_writer))
        self.assertEqual(self.fast(), before + 1)
        self.code(2002, add(1))
        self.assertEqual(self.fast(), before + 1)

    def test_a_bad_line_beside_it_is_told_first(self):
        self.stock(0)
        for _ in range(2):
            self.code(1001, self.place(self.kiosk, (self.cake, 1)))
        self.code(1012, self.place(self.kiosk, (self.cake, 1), ("999999", 1)))

    def test_a_device_keeps_its_own_order(self):
        """A cancellation and the order that it makes room for, without waiting in between."""
        self.stock(1)
        for n in range(RUSH):
            last = self.ok(self.place(self.kiosk, (self.cake, 1)))["order"]["order_id"]
            for _ in range(2):
                self.code(1001, self.place(self.kiosk, (self.cake, 1)))
            for verb, body in (("cancel", {"order_id": last}),
                               ("place", {"order_id": f"pipe-{n}",
                                          "lines": order_lines((self.cake, 1))}),
                               ("cancel", {"order_id": f"pipe-{n}"})):
                body["req_id"] = f"{verb}-{body['order_id']}"
                self.kiosk.client.publish(f"poshub/v1/dev/kiosk-1/req/order.{verb}",
                                          json.dumps(body), qos=1)
            for req_id in (f"cancel-{last}", f"place-pipe-{n}", f"cancel-pipe-{n}"):
                self.ok(self.kiosk.reply(req_id))


if __name__ == "__main__":
    unittest.main()
