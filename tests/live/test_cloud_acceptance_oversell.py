#!/usr/bin/python3
"""Both sides sell the last portions of a cut store: one case, the same on the LAN, on the box and at
the center (sync-protocol 5, 7.3)."""

import unittest

from cloud_line import WHERE, CloudLine, need_cloud
from live import CAKE, COLA, MARGHERITA

RANKING = {"STORE_FIRST": 0, "FIRST_COME": 1, "ONLINE_FIRST": 2}  # as the center's tables say it
PLAN = 10


class Oversell(CloudLine):
    cloud_options = (*CloudLine.cloud_options, "--offline-buffer", "0", "--auto-refund-s", "0")

    def cases(self, object_id):
        """Those of an object that the center has open."""
        cases = self.cloud.need("GET", f"/api/v1/poi/oversell?{WHERE}")["cases"]
        return [c for c in cases if c["case"].split(":")[3] == object_id and c["state"] == "OPEN"]

    def case(self, object_id):
        self.until("a case", lambda: self.cases(object_id))
        found, = self.cases(object_id)
        return found

    def here(self, object_id):
        return [c for c in self.store.pages("oversell.list", "cases")
                if c["object_id"] == object_id and c["state"] == "OPEN"]

    def shorts_t(self, case):
        return {c["order_id"]: c["short_t"] for c in case["claims"] if c["short_t"]}

    def test_both_sides_sold_the_last_ones(self):
        """T56"""
        self.count(CAKE, PLAN)
        board = self.device("till-1", "alert/#")
        self.cloud.cut()
        self.sell("t56-store", CAKE, 8)
        for n in range(5):
            self.buy_online(f"t56-web-{n}", CAKE)
        self.heal()
        case = self.case(CAKE)
        self.assertEqual((self.real(CAKE), case["over_t"], case["cause"], case["ranking"]),
                         (-3, 30, "PARTITION", "STORE_FIRST"))
        self.assertEqual(self.shorts_t(case), {f"t56-web-{n}": 10 for n in (2, 3, 4)})
        alert = self.until("the alert", lambda: next(
            (a for topic, a in list(board.seen.items()) if topic.startswith("alert/") and
             a.get("case") == case["case"]), None))
        self.assertEqual(alert["kind"], "OVERSELL")
        self.until("the case here", lambda: self.here(CAKE))
        mine, = self.here(CAKE)
        self.assertEqual((mine["case"], float(mine["over"])), (case["case"], 3))
        self.assertEqual({c["order_id"] for c in mine["claims"] if float(c["short"])},
                         set(self.shorts_t(case)))
        code, text = self.ctl("oversell", "list")
        self.assertEqual(code, 0)
        self.assertEqual(text.count(case["case"]), 1, text)
        self.assert_equal(CAKE)
        code, text = self.ctl("oversell", "resolve", case["case"], "t56-web-2", "cover", "--yes")
        self.assertEqual(code, 0, text)
        notes = [e["body"] for e in self.events() if e["kind"] == "OPERATOR"]
        self.assertIn(("oversell.resolve", case["case"]),
                      [(note["verb"], note.get("subject")) for note in notes])

    def test_a_receipt_that_was_on_its_way_makes_no_case(self):
        """T57"""
        self.count(COLA, PLAN)
        self.cloud.cut()
        self.store.control("stock.adjust", object_type=2, object_id=COLA, delta="5",
                           reason="RECEIPT")
        self.sell("t57-store", COLA, 8)
        for n in range(5):
            self.buy_online(f"t57-web-{n}", COLA)
        self.heal()
        self.assertEqual(self.real(COLA), 2)
        self.assert_equal(COLA)
        self.assertEqual(self.cloud.sql(f"SELECT * FROM oversell_case WHERE object_id = {COLA}"), [])
        self.assertEqual(self.here(COLA), [])

    def ranked(self, ranking):
        """The claims of sync-protocol 5.3: who is short, by the center and by the hub."""
        self.count(MARGHERITA, PLAN)
        self.cloud.sql(f"UPDATE poi_item_stock SET ranking = {RANKING[ranking]} WHERE object_id ="
                       f" {MARGHERITA}")
        name = ranking.lower().replace("_", "-")
        self.cloud.cut()
        with self.device("till-1") as till:
            self.ok(till.ask("order.sell", **self.sold(f"{name}-p1", MARGHERITA, 4)))
            self.store.control("order.serve", order_id=f"{name}-p1")
            self.buy_online(f"{name}-o1", MARGHERITA, 4)
            self.ok(till.ask("order.sell", **self.sold(f"{name}-p2", MARGHERITA, 3)))
            self.buy_online(f"{name}-o2", MARGHERITA, 3)
        self.heal()
        case = self.case(MARGHERITA)
        self.assertEqual((case["ranking"], case["over_t"]), (ranking, 40))
        self.assertEqual([c["order_id"] for c in case["claims"]],
                         [f"{name}-{who}" for who in ("p1", "o1", "p2", "o2")])
        self.until("the case here", lambda: [c["case"] for c in self.here(MARGHERITA)] ==
                   [case["case"]])
        told = {c["order_id"]: 10 * float(c["short"]) for c in self.here(MARGHERITA)[0]["claims"]
                if float(c["short"])}
        self.assertEqual(told, self.shorts_t(case))
        self.store.control("stock.set", object_type=2, object_id=MARGHERITA, qty=str(PLAN))
        self.until("it is closed", lambda: not self.cases(MARGHERITA))
        return {order_id[len(name) + 1:]: short_t for order_id, short_t in told.items()}

    def test_the_three_rankings(self):
        """T59"""
        self.assertEqual(self.ranked("FIRST_COME"), {"p2": 10, "o2": 30})
        self.assertEqual(self.ranked("STORE_FIRST"), {"o1": 10, "o2": 30})
        self.assertEqual(self.ranked("ONLINE_FIRST"), {"o2": 10, "p2": 30})


if __name__ == "__main__":
    need_cloud()
    unittest.main()
