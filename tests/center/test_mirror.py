#!/usr/bin/python3
"""The order mirror: what the hub's events say of orders, their lines, and what these hold."""

import center
from orders import Shop


class Mirror(center.CenterTest):
    def shop(self, poi):
        shop = Shop(self.center, poi)
        shop.open_epoch()
        return shop

    def send(self, shop):
        status, answer = shop.post()
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer["acked_seq"], len(shop.events))
        return answer

    def order(self, shop, columns="order_status", order="P1"):
        return self.center.sql(f"SELECT {columns} FROM center_order WHERE poi_id = '{shop.poi}' "
                               f"AND order_id = '{order}'")[0]

    def lines(self, shop, columns="line, state"):
        return self.center.sql(f"SELECT {columns} FROM center_order_line WHERE poi_id = "
                               f"'{shop.poi}' ORDER BY order_id, line")

    def effects(self, shop, columns="line, object_id, q_t, deducted"):
        return self.center.sql(f"SELECT {columns} FROM center_order_effect WHERE poi_id = "
                               f"'{shop.poi}' ORDER BY order_id, line, object_id")

    def test_placed_order_is_locked(self):
        shop = self.shop("m1")
        shop.place("P1", {1: (5, 20), 2: (6, 10)}, user_id="u-1", note="no salt")
        self.send(shop)
        self.assertEqual(self.order(shop, "side, order_status, number, day, user_id, note, "
                                          "amount_e4, paid_e4, hlc_l, seq, body->>'cause'"),
                         ["1", "1", "P001", "20260128", "u-1", "no salt", "100000", "0",
                          str(shop.ms), "1", "PLACE"])
        self.assertEqual(self.lines(shop, "line, state, attempt, name"),
                         [["1", "0", "1", "item 5"], ["2", "0", "1", "item 6"]])
        self.assertEqual(self.effects(shop), [["1", "5", "20", "f"], ["2", "6", "10", "f"]])

    def test_life_of_an_order_in_one_batch_and_in_many_is_the_same(self):
        seen = []
        for poi, alone in (("m2a", False), ("m2b", True)):
            shop = self.shop(poi)
            shop.place("P1", {1: (5, 20)})
            shop.add("P1", {2: (6, 30)})
            shop.void("P1", 2, 10)
            shop.orders["P1"]["lines"][2] = (6, 20)
            shop.pay("P1")
            shop.serve("P1")
            shop.refund("P1", {2: 10})
            if alone:
                for seq in range(1, 7):
                    self.assertEqual(shop.post(seq, seq)[0], 200)
            else:
                self.send(shop)
            seen.append((self.order(shop, "order_status, paid_e4, refunded_e4, served, kitchen"),
                         self.lines(shop, "line, state, restocked_t, voided_t, served"),
                         self.effects(shop, "line, object_id, q_t, deducted, epoch, seq")))
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0], (
            ["2", "100000", "50000", "f", "NONE"],
            [["1", "1", "0", "0", "t"], ["2", "1", "10", "10", "t"]],
            [["1", "5", "20", "t", "7", "4"], ["2", "6", "10", "t", "7", "4"]]))

    def test_cancelled_order_holds_nothing(self):
        shop = self.shop("m3")
        shop.place("P1", {1: (5, 20)})
        self.send(shop)
        shop.cancel("P1")
        self.assertEqual(shop.post(2)[0], 200)
        self.assertEqual(self.order(shop), ["5"])
        self.assertEqual(self.lines(shop), [["1", "2"]])
        self.assertEqual(self.effects(shop), [["1", "5", "0", "f"]])

    def test_late_payment_holds_again(self):
        shop = self.shop("m4")
        shop.place("P1", {1: (5, 20)})
        shop.cancel("P1", "EXPIRED")
        shop.sold("P1", {1: (5, 20)}, cause="LATE_PAY")
        self.send(shop)
        self.assertEqual(self.order(shop, "order_status, paid_e4"), ["2", "100000"])
        self.assertEqual(self.lines(shop, "state, attempt"), [["1", "2"]])
        self.assertEqual(self.effects(shop), [["1", "5", "20", "t"]])

    def test_a_round_that_is_served_serves_its_lines(self):
        shop = self.shop("m5")
        shop.place("P1", {1: (5, 20)})
        shop.add("P1", {2: (6, 10)})
        shop.events[-1]["body"]["lines"][0]["round"] = 2
        body = shop.events.pop()["body"]
        shop.hashes.pop()
        shop.event("ORDER_LOCK", body)
        shop.serve("P1", 1, "COOKING")
        self.send(shop)
        self.assertEqual(self.lines(shop, "line, served"), [["1", "t"], ["2", "f"]])
        self.assertEqual(self.order(shop, "served, kitchen"), ["f", "COOKING"])

    def test_only_what_changes_is_written_again(self):
        shop = self.shop("m10")
        shop.place("P1", {1: (5, 20), 2: (6, 30)})
        self.send(shop)
        body = self.order(shop, "body::text")
        lines, effects = self.lines(shop, "xmin"), self.effects(shop, "xmin")
        shop.void("P1", 2, 10)
        self.assertEqual(shop.post(2)[0], 200)
        self.assertEqual([old == new for old, new in zip(lines, self.lines(shop, "xmin"))],
                         [True, False])
        self.assertEqual([old == new for old, new in zip(effects, self.effects(shop, "xmin"))],
                         [True, False])
        self.assertEqual(self.effects(shop, "q_t"), [["20"], ["20"]])
        effects = self.effects(shop, "xmin")
        shop.serve("P1")
        self.assertEqual(shop.post(3)[0], 200)
        self.assertEqual(self.lines(shop, "served"), [["t"], ["t"]])
        self.assertEqual(self.effects(shop, "xmin"), effects)
        self.assertEqual(self.order(shop, "body::text"), body)

    def test_resent_events_count_once(self):
        shop = self.shop("m6")
        shop.sold("P1", {1: (5, 20)})
        self.send(shop)
        shop.refund("P1", {1: 10})
        self.assertEqual(shop.post(2)[0], 200)
        self.send(shop)
        self.assertEqual(self.order(shop, "paid_e4, refunded_e4"), ["100000", "50000"])
        self.assertEqual(self.effects(shop), [["1", "5", "10", "t"]])

    def test_order_that_the_tables_refuse_is_a_dead_letter_alone(self):
        shop = self.shop("m7")
        shop.sold("P1", {1: (5, 20)})
        shop.sold("P2", {4000000000: (5, 20)})
        shop.sold("P3", {1: (5, 20)})
        self.assertEqual([d["seq"] for d in self.send(shop)["dead"]], [2])
        self.assertEqual(self.center.sql("SELECT order_id FROM center_order WHERE poi_id = 'm7' "
                                         "ORDER BY 1"), [["P1"], ["P3"]])

    def test_replayed_dead_letter_fills_in_what_is_missing(self):
        shop = self.shop("m8")
        shop.place("P1", {1: (5, 20)})
        shop.events[0].pop("body")  # lost on the way
        shop.pay("P1")
        shop.serve("P1")
        self.assertEqual([d["seq"] for d in self.send(shop)["dead"]], [1])
        self.assertEqual(self.order(shop, "order_status, number"), ["2", ""])
        h = self.center.one("SELECT h_t FROM poi_item_stock WHERE poi_id = 'm8' "
                            "AND object_id = 5")
        whole = Shop(self.center, "m8")
        whole.place("P1", {1: (5, 20)})
        text = center.json.dumps(whole.events[0]).replace("'", "''")
        self.center.sql(f"UPDATE dead_letter SET raw = '{text}' WHERE poi_id = 'm8'")
        letter = self.center.one("SELECT id FROM dead_letter WHERE poi_id = 'm8'")
        status, answer = self.center.post(f"/api/v1/poi/dead-letters/{letter}/replay",
                                          {"brandId": "1", "poiId": "m8"})
        self.assertEqual((status, answer), (200, {"code": 0, "closed": True}))
        self.assertEqual(self.order(shop, "order_status, number, served, seq"),
                         ["2", "P001", "t", "3"])
        self.assertEqual(self.lines(shop, "state, name"), [["1", "item 5"]])
        self.assertEqual(self.effects(shop), [["1", "5", "20", "t"]])
        self.assertEqual(h, self.center.one("SELECT h_t FROM poi_item_stock WHERE poi_id = 'm8' "
                                            "AND object_id = 5"))

    def test_sums_of_a_day(self):
        shop = self.shop("m9")
        shop.place("P1", {1: (5, 20)})
        shop.sold("P2", {1: (5, 30), 2: (6, 10)})
        shop.sold("P3", {1: (6, 10)})
        shop.refund("P3", {1: 10}, amount_e4=100000, state="REFUNDED")
        self.send(shop)
        day = "/api/v1/poi/day?brandId=1&poiId=m9&day="
        status, answer = self.center.get(day + "20260128")
        self.assertEqual((status, [(o["channel"], o["state"], o["n"], o["paid_e4"],
                                    o["refunded_e4"]) for o in answer["orders"]]),
                         (200, [("POS", "PLACED", 1, 0, 0), ("POS", "PAID", 1, 100000, 0),
                                ("POS", "REFUNDED", 1, 100000, 100000)]))
        self.assertEqual([(o["object_id"], o["sold_t"], o["locked_t"])
                          for o in answer["objects"]], [(5, 30, 20), (6, 10, 0)])
        self.assertEqual(self.center.get(day + "20260129")[1]["orders"], [])
        self.assertEqual(self.center.get(day + "2026-1-9")[0], 400)


if __name__ == "__main__":
    center.main()
