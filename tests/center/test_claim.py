#!/usr/bin/python3
"""A box takes a store over: a new epoch, whose rows it gets, and which shuts out the old box
(sync-protocol 3.7; T52)."""

import itertools
import threading

import center
from hub import Hub

A = 1001
CLAIM, HELLO, TOKEN = (f"/api/v1/poi/hub/{verb}" for verb in ("claim", "hello", "token"))
POI = itertools.count(700)


class ClaimTest(center.CenterTest):
    def setUp(self):
        self.poi = str(next(POI))
        self.store = {"brandId": "1", "poiId": self.poi}

    def ask_claim(self, epoch=0, box="BX-1", **more):
        return self.center.post(CLAIM, {**self.store, "box_id": box, "epoch": epoch, **more})

    def claim(self, *args, **more):
        status, answer = self.ask_claim(*args, **more)
        self.assertEqual((status, answer["code"]), (200, 0), answer)
        return answer

    def hub(self, answer):
        hub = Hub(self.center, self.poi, epoch=answer["epoch"])
        hub.applied_ver = answer["ver"]
        for row in answer["rows"]:
            hub.rows[row["object_id"]] = {"H": row["x"]["H"], "Lh": row["x"].get("Lh", 0)}
        return hub

    def hello(self, hub, **more):
        return self.center.post(HELLO, {
            **self.store, "box_id": "BX-1", "epoch": hub.epoch, "last_seq": len(hub.events),
            "tail": hub.hashes[-1], "applied_ver": hub.applied_ver, **more})


class Claims(ClaimTest):
    def test_a_store_begins_with_its_first_claim(self):
        answer = self.claim()
        self.assertEqual((answer["epoch"], answer["ver"], answer["rows"], answer["open_orders"],
                          answer["more"]), (1, 0, [], [], False))
        hub = self.hub(answer)
        status, hello = self.hello(hub)
        self.assertEqual((status, hello["epoch"], hello["acked_seq"]), (200, 1, 0))
        hub.sell(A)
        status, reply = hub.post()
        self.assertEqual((status, reply["acked_seq"]), (200, 1))

    def test_the_epoch_is_above_both(self):
        self.assertEqual(self.claim(epoch=7)["epoch"], 8)
        self.assertEqual(self.claim(epoch=3)["epoch"], 9)
        self.assertEqual(self.claim(epoch=9)["epoch"], 10)

    def test_h_goes_on_and_the_old_box_is_fenced(self):
        old = self.hub(self.claim())
        old.set_plan(A, 100)
        old.set_real(A, 100)
        old.sell(A, 20)
        old.post()
        answer = self.claim(epoch=old.epoch, box="BX-2")
        row = answer["rows"][0]
        self.assertEqual((row["x"]["H"], row["x"]["H_at"], row["real_quantity"]), (-20, [2, 0], 8))
        new = self.hub(answer)
        old.sell(A)
        for status, refusal in (old.post(), self.hello(old)):
            self.assertEqual((status, refusal["name"], refusal["epoch"]), (409, "FENCED", 2))
        new.sell(A)
        self.assertEqual(new.post()[0], 200)
        row = new.row(A)
        self.assertEqual((row["x"]["H"], row["x"]["H_at"], row["real_quantity"]), (-30, [2, 1], 7))

    def test_a_box_behind_its_own_events_is_told_to_claim(self):
        """T52"""
        hub = self.hub(self.claim())
        for _ in range(3):
            hub.sell(A)
        hub.post()
        image = Hub(self.center, self.poi, epoch=hub.epoch)
        image.sell(A)
        status, refusal = self.hello(image)
        self.assertEqual((status, refusal["name"]), (409, "ROLLBACK_DETECTED"))
        again = self.hub(self.claim(epoch=image.epoch))
        self.assertEqual((self.hello(again)[0], again.rows[A]["H"]), (200, -30))

    def test_two_boxes_at_once_get_two_epochs(self):
        epochs = []
        boxes = [threading.Thread(target=lambda n=n: epochs.append(
            self.claim(box=f"BX-{n}")["epoch"])) for n in range(8)]
        for box in boxes:
            box.start()
        for box in boxes:
            box.join()
        self.assertEqual(sorted(epochs), list(range(1, 9)))

    def test_more_rows_than_a_page_are_pulled(self):
        hub = self.hub(self.claim())
        for n in range(1, 602):
            hub.set_plan(n, 100)
        for first in range(1, 602, 200):
            hub.post(first, min(first + 199, 601))
        answer = self.claim(epoch=hub.epoch)
        self.assertEqual((len(answer["rows"]), answer["more"]), (500, True))
        _, rest = self.center.post("/api/v1/poi/stock/find-to-pos", {
            **self.store, "proto": 2, "epoch": answer["epoch"], "since_ver": answer["next_ver"]})
        self.assertEqual((len(rest["rows"]), rest["more"]), (101, False))

    def open_orders(self, hub):
        answer = self.claim(epoch=hub.epoch)
        return answer["open_orders"], answer["orders_left_out"]

    def order(self, kind, order_id, state="PLACED", **more):
        return kind, {"order_id": order_id, "channel": "POS", "state": state, "kitchen": "NONE",
                      "due_e4": 60000, "device": "till-1", **more}

    def whole(self, order_id, state="PLACED", **more):
        kind = "ORDER_SELL" if state == "PAID" else "ORDER_LOCK"
        return self.order(kind, order_id, state, **{
            "origin": "HUB", "number": "P001", "day": "20260128", "adjust": [], "lines": [
                {"line": 1, "object_type": 2, "object_id": A, "q_t": 30, "price_e4": 20000,
                 "unit_e4": 20000, "amount_e4": 60000, "round": 1, "station": "bar", "eff": []}],
            **more})

    def test_open_orders_are_told_as_they_stand(self):
        hub = self.hub(self.claim())
        money = [{"pay_id": "p-1", "amount_e4": 60000, "tender": "CARD", "ref": "r"}]
        for kind, body in (
                self.whole("O1", note="thin", table="3"), self.whole("O2"), self.whole("O3"),
                self.order("ORDER_STATE", "O1", table="4"),
                self.order("ORDER_UNLOCK", "O1", cause="VOID", due_e4=40000,
                           lines=[{"line": 1, "q_t": 10, "eff": []}]),
                self.order("ORDER_SERVED", "O1", kitchen="SERVED", due_e4=40000, round=1),
                self.order("ORDER_UNLOCK", "O2", "CANCELLED", cause="CANCEL"),
                self.order("ORDER_DEDUCT", "O3", "ENDED", payments=money),
                self.whole("O4", "PAID", payments=money),
                self.order("ORDER_REFUND", "O4", "PAID", refund_id="r", amount_e4=20000,
                           lines=[{"line": 1, "q_t": 10, "eff": []}])):
            hub.event(kind, body)
        self.assertEqual(hub.post()[0], 200)
        orders, left_out = self.open_orders(hub)
        self.assertEqual((left_out, [o["order_id"] for o in orders]), (0, ["O1", "O4"]))
        table, paid = orders
        self.assertLess(0, table["placed_ms"])
        self.assertLessEqual(table["placed_ms"], paid["placed_ms"])
        self.assertEqual((table["state"], table["kitchen"], table["due_e4"], table["table"],
                          table["note"], table["round"], table["payments"]),
                         ("PLACED", "SERVED", 40000, "4", "thin", 1, []))
        self.assertEqual([(line["q_t"], line["amount_e4"]) for line in table["lines"]],
                         [(20, 40000)])
        self.assertEqual((paid["state"], paid["due_e4"], paid["lines"][0]["q_t"]),
                         ("PAID", 40000, 20))
        self.assertEqual(paid["payments"], [{**money[0], "amount_e4": 40000}])

    def test_as_many_open_orders_as_one_answer_holds(self):
        """OPEN_ORDERS_MAX"""
        hub = self.hub(self.claim())
        for n in range(500):
            hub.event(*self.whole(f"O{n:03}"))
        for first in (1, 201, 401):
            hub.post(first, min(first + 199, 500))
        orders, left_out = self.open_orders(hub)
        self.assertEqual((len(orders), left_out), (500, 0))
        hub = self.hub(self.claim(epoch=hub.epoch))
        hub.event(*self.whole("one-more"))
        hub.ms += 1000
        self.assertEqual(hub.post()[0], 200)
        orders, left_out = self.open_orders(hub)
        self.assertEqual((len(orders), left_out), (500, 1))

    def test_open_orders_leave_room_for_the_rows(self):
        """OPEN_ORDERS_BYTES: the oldest that fit."""
        hub = self.hub(self.claim())
        for n in range(32):
            lines = [{"line": k, "object_type": 2, "object_id": A, "q_t": 10, "round": 1,
                      "amount_e4": 0, "name": "x" * 64, "note": "y" * 140, "eff": []}
                     for k in range(1, 101)]
            hub.event(*self.whole(f"O{n:02}", lines=lines))
        for first in range(1, 33, 4):
            self.assertEqual(hub.post(first, first + 3)[0], 200)
        orders, left_out = self.open_orders(hub)
        self.assertEqual([o["order_id"] for o in orders], [f"O{n:02}" for n in range(len(orders))])
        self.assertEqual(len(orders) + left_out, 32)
        self.assertGreater(left_out, 0)

    def test_what_is_no_claim_is_refused(self):
        for damage in ({"box_id": None}, {"epoch": -1}, {"epoch": None}, {"poiId": ""}):
            status, refusal = self.ask_claim(**{"epoch": 0, **damage})
            self.assertEqual((status, refusal["name"]), (400, "BAD_REQUEST"), damage)


class Tokens(ClaimTest):
    OPTIONS = ("--need-token",)

    def token(self):
        return self.center.post(TOKEN, self.store)[1]["token"]

    def refused(self, *args, **more):
        status, refusal = self.ask_claim(*args, **more)
        self.assertEqual((status, refusal["name"]), (403, "BAD_TOKEN"))
        self.assertEqual(self.center.sql(
            f"SELECT cur_epoch FROM store WHERE poi_id = '{self.poi}' AND cur_epoch > {self.now}"),
            [])

    now = 0

    def test_a_claim_needs_a_token_of_its_store(self):
        token = self.token()
        self.refused()
        self.refused(token="0" * 32)
        self.store = {"brandId": "1", "poiId": str(next(POI))}
        self.refused(token=token)

    def test_a_token_is_spent_by_one_box(self):
        token = self.token()
        self.assertEqual(self.claim(token=token)["epoch"], 1)
        self.now = 1
        self.refused(token=token, box="BX-2")
        self.assertEqual(self.claim(epoch=1, box="BX-2", token=self.token())["epoch"], 2)
        self.now = 2
        self.refused(token=token)

    def test_a_lost_answer_may_be_asked_for_again(self):
        token = self.token()
        self.claim(token=token)
        self.assertEqual(self.claim(token=token)["epoch"], 2)


if __name__ == "__main__":
    center.main()
