#!/usr/bin/python3
"""A scarce item of a scarce family: what is sold takes selling rights of the SKU and of its SPU, or
of neither (sync-protocol 1.4, 5.5)."""

import itertools
import unittest

from cloud_line import ORDERS, PRICE, STORE, need_cloud
from live import MENU
from strict_line import ITEM_PRICE, StrictLine

EXHAUSTED = 1005
FAMILIES = [str(object_id) for object_id in range(501, 507)]
SMALL, LARGE = ({f: str(n + int(f)) for f in FAMILIES} for n in (4000, 5000))
SPU_OF = {sku: f for skus in (SMALL, LARGE) for f, sku in skus.items()}
PRICE.update(dict.fromkeys(SPU_OF, ITEM_PRICE))


class Family(StrictLine):
    """Each test takes a family of its own: 15 portions, of which the store may sell 9; of the small
    one there are 10 (6 of them the store's), of the large one 15 (9)."""
    menu = {**MENU, "categories": ["Food"],
            "spus": [{"id": f, "name": f"Family {f}", "category": "Food"} for f in FAMILIES],
            "items": MENU["items"] + [
                {"object_id": sku, "spu_id": f, "name": f"Item {sku}", "price": "2.0000",
                 "station": "bar"} for sku, f in SPU_OF.items()]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.families = iter(FAMILIES)

    def setUp(self):
        super().setUp()
        self.spu = next(self.families)
        self.small, self.large = SMALL[self.spu], LARGE[self.spu]
        for object_id, supply in self.all_three().items():
            self.update(object_id, object_type=self.type_of(object_id), stock_type=2,
                        plan_quantity=supply, real_quantity=supply, mode="STRICT",
                        channel_stocks=self.weighted())
        self.until("STRICT on both sides", lambda: all(map(self.strict, self.all_three())))
        self.level()
        self.till = self.device("till-1")

    def all_three(self):
        return {self.spu: 15, self.small: 10, self.large: 15}

    def type_of(self, object_id):
        return 1 if object_id in FAMILIES else 2

    # ---- what is SKU alone elsewhere ----
    def stock(self, object_id):
        return self.store.control("stock.get", object_type=self.type_of(object_id),
                                  object_id=object_id)["stock"]

    def real(self, object_id):
        return float(self.store.control("stock.explain", object_type=self.type_of(object_id),
                                        object_id=object_id)["real"])

    def try_online(self, object_id, qty=1):
        order_id = f"w-{next(self.orders)}"
        status, answer = self.cloud.ask("POST", ORDERS, {
            **STORE, "order_id": order_id, "channel": "ONLINE_ORDER", "user_id": "guest",
            "lines": [{"line": 1, "object_type": 2, "object_id": object_id, "name": "web",
                       "spu_id": SPU_OF[object_id], "qty": qty, "unit_price": ITEM_PRICE}]})
        if status != 200:
            return answer["code"]
        self.cloud.need("PUT", f"{ORDERS}/{order_id}", {
            **STORE, "action": "pay", "pay_id": "p", "amount": answer["order"]["amount"]})
        return 0

    # ---- the tests ----
    def has(self, *rights):
        """Rights of the store: of the family, the small one and the large one."""
        self.assertEqual(tuple(map(self.rights, self.all_three())), rights)

    def lines(self, *wanted):
        return [{"line": n, "object_id": object_id, "qty": str(qty)}
                for n, (object_id, qty) in enumerate(wanted, 1)]

    def test_either_refuses_and_neither_side_sells_the_others(self):
        self.has(9, 6, 9)
        self.cloud.cut()
        self.assertEqual([self.try_sell(self.till, self.small) for _ in range(7)],
                         [0] * 6 + [EXHAUSTED])
        self.has(3, 0, 9)
        self.assertEqual([self.try_sell(self.till, self.large) for _ in range(4)],
                         [0] * 3 + [EXHAUSTED])
        self.has(0, 0, 6)
        self.assertEqual([self.try_online(self.small) for _ in range(5)], [0] * 4 + [EXHAUSTED])
        self.assertEqual([self.try_online(self.large) for _ in range(3)], [0] * 2 + [EXHAUSTED])
        self.heal()
        self.assert_sound(*self.all_three())
        self.assertEqual([self.real(o) for o in self.all_three()], [0, 0, 10])
        self.assertEqual(sum(self.sides(self.large)), 10)
        self.assertEqual([c for o in self.all_three() for c in self.cases(o)], [])

    def test_an_order_locks_and_frees_rights_of_all(self):
        """A line that is refused leaves none of the order's rights taken."""
        self.cloud.cut()
        lines = self.lines((self.small, 2), (self.large, 3))
        self.ok(self.till.ask("order.place", order_id=f"f-{self.spu}", lines=lines))
        self.has(4, 4, 6)
        reply = self.till.ask("order.place", order_id=f"g-{self.spu}",
                              lines=self.lines((self.large, 1), (self.small, 5)))
        self.code(EXHAUSTED, reply)
        self.has(4, 4, 6)
        self.code(EXHAUSTED, self.till.ask("order.place", order_id=f"h-{self.spu}",
                                           lines=self.lines((self.small, 2), (self.large, 3))))
        self.has(4, 4, 6)
        self.ok(self.till.ask("order.cancel", order_id=f"f-{self.spu}"))
        self.has(9, 6, 9)
        self.heal()
        self.assert_sound(*self.all_three())

    def test_a_sale_asks_for_what_each_of_them_lacks(self):
        """Of the small one 1, of the family 1, of the large one nothing."""
        wanted = self.lines((self.small, 7), (self.large, 3))
        payment = [{"pay_id": "p", "tender": "CASH", "amount": "20.0000"}]
        number = itertools.count(1)

        def ask():
            return self.till.ask("order.sell", order_id=f"a-{self.spu}-{next(number)}",
                                 lines=wanted, payments=payment)["code"]
        self.assertEqual(ask(), EXHAUSTED)
        self.until("more of both", lambda: (self.rights(self.spu), self.rights(self.small)) == (10, 7))
        self.assertEqual(ask(), 0)
        self.level()
        self.assert_sound(*self.all_three())
        self.assertEqual([self.real(o) for o in self.all_three()], [5, 3, 12])


if __name__ == "__main__":
    need_cloud()
    unittest.main()
