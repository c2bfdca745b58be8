"""A store and its cloud with scarce items that are sold by selling rights (STRICT), for live tests."""

import itertools

from cloud_line import ORDERS, PRICE, STORE, UPDATE, WHERE, CloudLine
from live import MENU

ITEMS = [str(object_id) for object_id in range(3001, 3041)]
ITEM_PRICE = "2"
PRICE.update(dict.fromkeys(ITEMS, ITEM_PRICE))
SCARCE_MENU = {**MENU, "items": MENU["items"] + [
    {"object_id": object_id, "name": f"Item {object_id}", "price": "2.0000", "station": "bar"}
    for object_id in ITEMS]}


class StrictLine(CloudLine):
    """Every test takes items of its own. Quantities are portions."""
    cloud_options = (*CloudLine.cloud_options, "--offline-buffer", "0", "--auto-refund-s", "0")
    menu = SCARCE_MENU

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.items = iter(ITEMS)
        cls.orders = itertools.count(1)

    def setUp(self):
        self.heal()

    # ---- the center's word ----
    def weighted(self, pos=6, online=4, **more):
        return [{"channel_code": code, "stock_status": 1, "stock_type": 1, "weight": weight, **more}
                for code, weight in (("POS", pos), ("ONLINE_ORDER", online))]

    def f2(self, supply=15, pos=6, online=4, **more):
        """A new item in STRICT: of 15 portions the store may sell 9, the center 6."""
        item = next(self.items)
        self.update(item, stock_type=2, plan_quantity=supply, real_quantity=supply, mode="STRICT",
                    channel_stocks=self.weighted(pos, online), **more)
        self.until("STRICT on both sides", lambda: self.strict(item) and
                   self.theirs(item)["x"]["gen"] is not None)
        self.level()
        return item

    def ask_update(self, object_id, **more):
        """(status, answer)"""
        return self.cloud.ask("POST", UPDATE, {**STORE, "object_id": int(object_id),
                                               "object_type": 2, **more})

    # ---- what each side has ----
    def stock(self, object_id):
        return self.store.control("stock.get", object_type=2, object_id=object_id)["stock"]

    def strict(self, object_id):
        return self.stock(object_id).get("strict")

    def rights(self, object_id):
        """What the hub may sell alone."""
        return float(self.strict(object_id)["rights"])

    def sides(self, object_id):
        """(Rh, Rc) as the center has them."""
        x = self.theirs(object_id)["x"]
        granted = x["Gr"] - x.get("Xr", 0)
        return ((granted + x["H"] - x["base"]["h"] - x.get("Lh", 0) - x.get("presumed", 0)) / 10,
                (x["base"]["v_t"] - granted + x["C"] - x["base"]["c"] - x["Lc"]) / 10)

    def cases(self, object_id):
        """Those that the center has of it."""
        cases = self.cloud.need("GET", f"/api/v1/poi/oversell?{WHERE}")["cases"]
        return [c for c in cases if c["case"].split(":")[3] == object_id]

    # ---- selling ----
    def try_sell(self, till, object_id, qty=1, **more):
        """The code."""
        return till.ask("order.sell", **self.sold(f"s-{next(self.orders)}", object_id, qty),
                        **more)["code"]

    def try_online(self, object_id, qty=1):
        """The code; what is ordered is paid."""
        order_id = f"w-{next(self.orders)}"
        status, answer = self.cloud.ask("POST", ORDERS, {
            **STORE, "order_id": order_id, "channel": "ONLINE_ORDER", "user_id": "guest",
            "lines": [{"line": 1, "object_type": 2, "object_id": object_id, "name": "web",
                       "qty": qty, "unit_price": PRICE[object_id]}]})
        if status != 200:
            return answer["code"]
        self.cloud.need("PUT", f"{ORDERS}/{order_id}", {
            **STORE, "action": "pay", "pay_id": "p", "amount": answer["order"]["amount"]})
        return 0

    def assert_sound(self, *objects):
        """Level, equal digests, rights that add up, and a journal that tells the same."""
        self.assert_equal(*objects)
        for object_id in objects:
            strict = self.strict(object_id)
            if strict:
                self.assertEqual(self.rights(object_id), self.sides(object_id)[0])
        verdict = self.store.control("journal.verify")["result"]
        self.assertTrue(verdict["ok"] and verdict["audit_ok"], verdict)
        self.assertEqual(self.cloud.one("SELECT count(*) FROM dead_letter"), "0")
