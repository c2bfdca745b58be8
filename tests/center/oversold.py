"""Stores that sold more than there was, for tests of oversell cases."""

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
