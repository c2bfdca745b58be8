"""Stores with selling rights, for tests of the center: a hub that sells only what it may."""

import itertools
import time
import unittest

import center
from orders import Shop

UPDATE, FIND = "/api/v1/poi/stock/update", "/api/v1/poi/stock/find-to-pos"
CLAIM, SYNC = "/api/v1/poi/hub/claim", "/api/v1/poi/stock/sync-from-pos"
A = 1001


class Strict(Shop):
    """What it knows of the center's rows is in `seen`; it goes by them as a hub does."""

    def __init__(self, test, poi, **more):
        super().__init__(test.center, poi, first_ms=int(time.time() * 1000), **more)
        self.test, self.seen, self.wants = test, {}, []
        self.own_xr, self.acked_offers, self.done = {}, {}, {}

    # ---- rows ----

    def take(self, rows):
        for row in rows:
            object_id = row.get("object_id")
            if "x" in row and row["over"] > self.seen.get(object_id, {}).get("over", 0):
                gen = self.seen.get(object_id, row)["x"]["gen"]
                if row["x"]["gen"] != gen:
                    self.own_xr[object_id] = 0
                self.seen[object_id] = row

    def x(self, object_id=A):
        return self.seen[object_id]["x"]

    def rights(self, object_id=A):
        """Rh by what the hub knows."""
        x, row = self.x(object_id), self.rows.setdefault(object_id, {"H": 0, "Lh": 0})
        return (x["Gr"] - self.own_xr.get(object_id, 0) + row["H"] - x["base"]["h"] - row["Lh"]
                - x.get("presumed", 0))

    # ---- the line ----

    def send(self, head=None, take=True):
        """All that the center does not have yet, and the wants. take=False: the answer is lost."""
        body = self.batch(self.acked() + 1, len(self.events))
        body.update(want=self.wants, **({"head_seq": head} if head else {}))
        status, answer = self.center.post(SYNC, body)
        self.test.assertEqual((status, answer.get("dead")), (200, []), answer)
        if take:
            self.take(answer["rows"])
        return answer

    def pull(self):
        status, page = self.center.post(FIND, {"proto": 2, "brandId": "1", "poiId": self.poi,
                                               "epoch": self.epoch, "since_ver": 0})
        self.test.assertEqual(status, 200, page)
        self.take(page["rows"])
        return page["rows"]

    def acked(self):
        """How far the center has merged it."""
        _, answer = self.center.get(f"/api/v1/poi/hub/stores?brandId=1&poiId={self.poi}")
        return answer["stores"][0]["acked_seq"]

    def want(self, q_t, req, object_id=A):
        self.wants = [{"object_type": 2, "object_id": object_id, "q_t": q_t, "req": req}]
        return self.send()

    # ---- events ----

    def object_event(self, kind, object_id=A, **more):
        return self.event(kind, {"object_type": 2, "object_id": object_id, "device": "hub", **more})

    def counters(self, object_id=A, dh=0, q_t=0):
        return [{**self.eff(object_id, dh=dh, q_t=q_t), "Xr": self.own_xr.get(object_id, 0)}]

    def ack_mode(self, mode="STRICT", object_id=A):
        return self.object_event("MODE_ACK", object_id, mode=mode, eff=self.counters(object_id))

    def ack_offer(self, object_id=A):
        return self.object_event("OFFER_ACK", object_id, n=self.x(object_id)["offer"]["n"])

    def give_back(self, q_t, object_id=A, **more):
        back_t = max(0, min(q_t, self.rights(object_id)))
        self.own_xr[object_id] = self.own_xr.get(object_id, 0) + back_t
        return self.object_event("LEASE_RETURN", object_id, q_t=back_t,
                                 eff=self.counters(object_id), **more)

    def adjust(self, d_t, reason="WASTE", object_id=A, **more):
        return self.object_event("STOCK_ADJUST", object_id, q_t=d_t, reason=reason,
                                 eff=self.counters(object_id, dh=d_t, q_t=d_t), **more)

    def try_sell(self, order, q_t=10, object_id=A):
        if self.rights(object_id) < q_t:
            return 1005
        self.sold(order, {1: (object_id, q_t)})
        return 0

    def obey(self, object_id=A):
        """What the row asks for, once each."""
        for cmd in self.x(object_id).get("cmds", []):
            n = int(cmd["id"].split("-")[1])
            if n <= self.done.get(object_id, 0):
                continue
            self.done[object_id] = n
            if cmd["op"] == "RECALL":
                self.give_back(cmd["v_t"], object_id, cmd=cmd["id"])
            else:
                real_t = round(self.seen[object_id]["real_quantity"] * 10)
                d_t = cmd["v_t"] - (real_t if cmd["op"] == "SET" else 0)
                self.adjust(d_t, "COUNT", object_id, cmd=cmd["id"])


class StrictTest(unittest.TestCase):
    """One center for all tests of a file; every test uses a store of its own."""

    POI = itertools.count(1)
    center = None

    @classmethod
    def setUpClass(cls):
        if StrictTest.center is None:
            StrictTest.center = center.Center("--test-faults")
            unittest.addModuleCleanup(StrictTest.center.stop)

    def setUp(self):
        self.poi = f"{type(self).__name__[:8].lower()}-{next(StrictTest.POI)}"
        self.store = {"brandId": "1", "poiId": self.poi}
        self.orders = itertools.count(1)

    def ask_update(self, object_id=A, **more):
        return self.center.post(UPDATE, {**self.store, "object_id": object_id, **more})

    def update(self, object_id=A, want=200, **more):
        status, answer = self.ask_update(object_id, **more)
        self.assertEqual(status, want, answer)
        return answer

    def claim(self, epoch=0, box="BX-1"):
        status, answer = self.center.post(CLAIM, {**self.store, "box_id": box, "epoch": epoch})
        self.assertEqual(status, 200, answer)
        hub = Strict(self, self.poi, epoch=answer["epoch"])
        hub.applied_ver = answer["ver"]
        for row in answer["rows"]:
            hub.rows[row["object_id"]] = {"H": row["x"]["H"], "Lh": row["x"].get("Lh", 0)}
        hub.take(answer["rows"])
        return hub

    def weighted(self, pos=6, online=4, **more):
        return [{"channel_code": code, "stock_status": 1, "stock_type": 1, "weight": weight, **more}
                for code, weight in (("POS", pos), ("ONLINE_ORDER", online))]

    def f2(self, supply=15, pos=6, online=4, **more):
        """STRICT, 15 portions, weights 6:4: the store may sell 9, the center 6."""
        self.update(stock_type=2, plan_quantity=supply, real_quantity=supply, mode="STRICT",
                    channel_stocks=self.weighted(pos, online), **more)
        hub = self.claim()
        hub.ack_mode()
        hub.send()
        return hub

    def order(self, q=1, object_id=A, **more):
        order_id = f"O{next(self.orders)}"
        status, answer = self.center.post("/api/v1/orders", {
            **self.store, "order_id": order_id, "lines": [
                {"line": 1, "object_id": object_id, "name": "x", "qty": q, "unit_price": "1"}],
            **more})
        return order_id, status, answer

    def buy(self, q=1, object_id=A):
        """0, or why not."""
        order_id, status, answer = self.order(q, object_id)
        if status != 200:
            return answer["code"]
        status, answer = self.center.ask("PUT", f"/api/v1/orders/{order_id}", {
            **self.store, "action": "pay", "pay_id": "p1"})
        self.assertEqual(status, 200, answer)
        return 0

    def number(self, columns, object_id=A):
        row = self.center.sql(f"SELECT {columns} FROM poi_item_stock WHERE poi_id = '{self.poi}' "
                              f"AND object_id = {object_id}")[0]
        return tuple(int(v) for v in row) if len(row) > 1 else int(row[0])

    def sides(self, object_id=A):
        """(Rh, Rc) as the center has them."""
        _, page = self.center.get(f"/api/v1/poi/stock/rows?brandId=1&poiId={self.poi}")
        x = next(row for row in page["rows"] if row["object_id"] == object_id)["x"]
        granted = x["Gr"] - x.get("Xr", 0)
        return (granted + x["H"] - x["base"]["h"] - x.get("Lh", 0) - x.get("presumed", 0),
                x["base"]["v_t"] - granted + x["C"] - x["base"]["c"] - x["Lc"])

    def cases(self):
        status, answer = self.center.get(f"/api/v1/poi/oversell?brandId=1&poiId={self.poi}")
        self.assertEqual(status, 200, answer)
        return answer["cases"]
