#!/usr/bin/python3
"""A fenced box tells what it had not told yet (sync-protocol 3.7; T52)."""

import itertools

import center
from hub import Hub, sha

A, B = 1001, 1002
CLAIM, HELLO, SALVAGE = (f"/api/v1/poi/hub/{verb}" for verb in ("claim", "hello", "salvage"))
POI = itertools.count(600)


class Salvage(center.CenterTest):
    def setUp(self):
        self.poi = str(next(POI))
        self.store = {"brandId": "1", "poiId": self.poi}

    def claim(self, epoch=0, box="BX-1"):
        status, answer = self.center.post(CLAIM, {**self.store, "box_id": box, "epoch": epoch})
        self.assertEqual(status, 200, answer)
        hub = Hub(self.center, self.poi, epoch=answer["epoch"])
        hub.applied_ver = answer["ver"]
        for row in answer["rows"]:
            hub.rows[row["object_id"]] = {"H": row["x"]["H"], "Lh": row["x"].get("Lh", 0)}
        return hub

    def posted(self, hub, first=1):
        status, answer = hub.post(first)
        self.assertEqual((status, answer.get("dead")), (200, []), answer)

    def stocked(self):
        """A box with 10 portions of A, told."""
        hub = self.claim()
        hub.set_plan(A, 100)
        hub.set_real(A, 100)
        self.posted(hub)
        return hub

    def body(self, hub, first=1, last=None):
        return {**self.store, "box_id": "BX-1", "epoch": hub.epoch, "first_seq": first,
                "prev": hub.hashes[first - 1], "events": hub.events[first - 1:last]}

    def salvage(self, hub, first=1, last=None):
        status, answer = self.center.post(SALVAGE, self.body(hub, first, last))
        self.assertEqual((status, answer), (200, {"code": 0, "acked_seq": last or len(hub.events)}))

    def refused(self, body, status, name):
        before = self.rows()
        got, answer = self.center.post(SALVAGE, body)
        self.assertEqual((got, answer["name"]), (status, name), answer)
        self.assertEqual(self.rows(), before)
        return answer

    def rows(self):
        return self.center.sql(f"SELECT object_id, over, h_t, c_t FROM poi_item_stock WHERE poi_id ="
                               f" '{self.poi}' ORDER BY object_id")

    def moved(self, object_id=A):
        """(H, C, what is left)"""
        return tuple(int(n) for n in self.center.sql(
            "SELECT h_t, c_t, (real_quantity * 10)::bigint FROM poi_item_stock WHERE poi_id = "
            f"'{self.poi}' AND object_id = {object_id}")[0])

    def test_sales_that_were_not_told_become_the_centers(self):
        old = self.stocked()
        old.sell(A, 20)
        self.posted(old, 3)
        old.sell(A, 30)
        old.sell(A, 10, order="P2")
        new = self.claim(old.epoch, "BX-2")
        new.sell(A, 5, order="P9")
        self.posted(new)
        self.salvage(old, 4)
        self.assertEqual(self.moved(), (-25, -40, 35))

    def given_up(self, seq, hash_hex):
        return {"seq": seq, "hash": hash_hex, "raw": "Pz8=", "gave_up": True}

    def test_an_event_that_was_lost_holds_up_no_others(self):
        """Not even its hash could be read: the chain goes on behind the next one."""
        old = self.stocked()
        for n in range(5):
            old.sell(A, 10, order=f"P{n}")
        self.claim(old.epoch, "BX-2")
        lost = self.given_up(4, "0" * 64)
        body = self.body(old, 3)
        body["events"][1:3] = [lost, self.given_up(5, old.hashes[5])]
        for _ in range(2):
            status, answer = self.center.post(SALVAGE, body)
            self.assertEqual((status, answer), (200, {"code": 0, "acked_seq": 7}))
            self.assertEqual(self.moved(), (0, -30, 70))
        self.assertEqual(self.center.sql(
            f"SELECT seq, reason FROM salvage_event WHERE poi_id = '{self.poi}' AND reason <> ''"
            " ORDER BY seq"), [["4", "GAVE_UP"], ["5", "GAVE_UP"]])
        behind = {**self.body(old, 6), "first_seq": 5, "prev": lost["hash"]}
        behind["events"] = [self.given_up(5, old.hashes[5]), *old.events[5:]]
        self.assertEqual(self.center.post(SALVAGE, behind)[0], 200)
        self.assertEqual(self.moved(), (0, -30, 70))

    def test_what_was_told_is_not_told_twice(self):
        """A lost acknowledgement: the box begins where it thinks it stands."""
        old = self.stocked()
        old.sell(A, 20)
        self.posted(old, 3)
        old.sell(A, 30)
        self.claim(old.epoch, "BX-2")
        self.salvage(old)
        self.assertEqual(self.moved(), (-20, -30, 50))
        before = self.rows()
        for _ in range(2):
            self.salvage(old)
            self.salvage(old, 4)
        self.assertEqual(self.rows(), before)

    def test_it_is_in_the_log_and_goes_down_to_the_new_box(self):
        old = self.stocked()
        old.sell(A, 30)
        new = self.claim(old.epoch, "BX-2")
        self.salvage(old, 3)
        _, log = self.center.get(f"/api/v1/poi/stock/log?brandId=1&poiId={self.poi}&limit=1")
        entry = log["log"][0]["content"]
        self.assertEqual((entry["by"], entry["epoch"], entry["seq"]), ("salvage", 1, 3))
        self.assertEqual((entry["before"]["C"], entry["after"]["C"]), (0, -30))
        ver = int(self.center.one(f"SELECT ver FROM store WHERE poi_id = '{self.poi}'"))
        self.assertEqual((entry["ver"], ver), (new.applied_ver + 1, new.applied_ver + 1))
        self.assertEqual(self.center.sql(f"SELECT ver, echo FROM outbox WHERE poi_id = '{self.poi}' "
                                         "ORDER BY ver DESC LIMIT 1"), [[str(ver), "f"]])

    def test_a_later_count_of_the_new_box_covers_a_sale(self):
        old = self.stocked()
        old.sell(A, 30)
        old.sell(B, 30, order="P2")
        new = self.claim(old.epoch, "BX-2")
        new.ms = old.ms + 1000
        new.set_real(A, 50)
        self.posted(new)
        self.salvage(old, 3)
        self.assertEqual(self.moved(), (0, 0, 50))
        self.assertEqual(self.moved(B)[1], -30)

    def test_an_earlier_count_does_not(self):
        old = self.stocked()
        new = self.claim(old.epoch, "BX-2")
        new.set_real(A, 50)
        self.posted(new)
        old.ms = new.ms + 1000
        old.sell(A, 30)
        self.salvage(old, 3)
        self.assertEqual(self.moved(), (0, -30, 20))

    def test_a_wild_clock_is_not_after_every_count(self):
        old = self.stocked()
        old.ms += 10 ** 12
        old.sell(A, 30)
        new = self.claim(old.epoch, "BX-2")
        new.ms = old.ms - 1000
        new.set_real(A, 50)
        self.posted(new)
        self.salvage(old, 3)
        self.assertEqual(self.moved()[1], 0)

    def test_counts_of_the_fenced_box_itself_do_not_count(self):
        old = self.stocked()
        old.sell(A, 30)
        old.set_real(A, 20)
        self.claim(old.epoch, "BX-2")
        self.salvage(old, 3)
        self.assertEqual(self.moved(), (0, -30, 70))

    def test_a_new_generation_covers_what_came_before(self):
        old = self.stocked()
        old.sell(A, 30)
        self.claim(old.epoch, "BX-2")
        for gen, c_t in ((f"R:{old.ms + 1}", 0), ("T:2", 0)):
            self.center.sql(f"UPDATE poi_item_stock SET gen_id = '{gen}' WHERE poi_id = '{self.poi}'")
            self.salvage(old, 3)
            self.assertEqual(self.moved()[1], c_t, gen)
            self.center.sql(f"DELETE FROM salvage_event WHERE poi_id = '{self.poi}'")
        self.center.sql(f"UPDATE poi_item_stock SET gen_id = 'R:{old.ms}' WHERE poi_id = "
                        f"'{self.poi}'")
        self.salvage(old, 3)
        self.assertEqual(self.moved()[1], -30)

    def test_a_rolled_back_box_saves_its_other_history(self):
        """T52: the same numbers, other events."""
        old = self.stocked()
        old.sell(A, 20)
        self.posted(old, 3)
        image = Hub(self.center, self.poi, epoch=1)
        image.set_plan(A, 100)
        image.set_real(A, 100)
        image.sell(A, 50, order="P7")
        status, refusal = self.center.post(HELLO, {
            **self.store, "box_id": "BX-1", "epoch": 1, "last_seq": 3, "tail": image.hashes[-1],
            "applied_ver": 0})
        self.assertEqual((status, refusal["name"]), (409, "ROLLBACK_DETECTED"))
        self.assertEqual(self.claim(1).epoch, 2)
        self.salvage(image)
        self.assertEqual(self.moved(), (-20, -50, 30))

    def test_an_epoch_opened_without_the_center_is_saved_whole(self):
        old = self.stocked()
        alone = Hub(self.center, self.poi, epoch=2)
        alone.sell(A, 30)
        self.assertEqual(self.claim(2).epoch, 3)
        self.salvage(alone)
        self.assertEqual(self.moved(), (0, -30, 70))
        self.assertEqual(old.epoch, 1)

    def test_orders_reach_the_mirror(self):
        old = self.stocked()
        old.sell(A, 30, order="S1")
        self.claim(old.epoch, "BX-2")
        self.salvage(old, 3)
        self.assertEqual(self.center.sql("SELECT order_id, salvaged FROM center_order WHERE poi_id ="
                                         f" '{self.poi}'"), [["S1", "t"]])

    def test_a_shortage_that_it_brings_to_light_is_a_case(self):
        old = self.stocked()
        old.sell(A, 80, order="S1")
        new = self.claim(old.epoch, "BX-2")
        new.sell(A, 50, order="N1")
        self.posted(new)
        self.salvage(old, 3)
        self.assertEqual(self.moved(), (-50, -80, -30))
        self.assertEqual(self.center.sql("SELECT report->>'over_t', report->>'cause' FROM "
                                         f"oversell_case WHERE poi_id = '{self.poi}'"),
                         [["30", "SALVAGE"]])

    def test_a_bad_event_delays_no_other(self):
        old = self.stocked()
        old.event("XYZ", {})
        old.sell(A, 30)
        self.claim(old.epoch, "BX-2")
        self.salvage(old, 3)
        self.assertEqual(self.moved()[1], -30)
        self.assertEqual(self.center.sql("SELECT seq, reason FROM salvage_event WHERE poi_id = "
                                         f"'{self.poi}' AND reason IS NOT NULL"),
                         [["3", "UNKNOWN_KIND"]])
        self.salvage(old, 4)

    def test_after_a_dead_letter_the_history_goes_on(self):
        old = self.stocked()
        old.event("XYZ", {})
        self.assertEqual(old.post(3)[1]["dead"], [{"seq": 3, "reason": "UNKNOWN_KIND"}])
        old.sell(A, 30)
        self.claim(old.epoch, "BX-2")
        self.salvage(old, 4)
        self.assertEqual(self.moved()[1], -30)

    def test_a_gap_is_refused_and_told_where_to_begin(self):
        old = self.stocked()
        for _ in range(3):
            old.sell(A)
        self.claim(old.epoch, "BX-2")
        self.assertEqual(self.refused(self.body(old, 5), 409, "SEQ_GAP")["expected"], 3)
        self.salvage(old, 3, 3)
        self.assertEqual(self.refused(self.body(old, 5), 409, "SEQ_GAP")["expected"], 4)
        self.salvage(old, 4)
        fork = {**self.body(old, 4), "prev": "0" * 64}
        self.refused(fork, 409, "SEQ_GAP")

    def test_what_was_tampered_with_is_refused(self):
        old = self.stocked()
        old.sell(A, 30)
        self.claim(old.epoch, "BX-2")
        good = old.events[2]
        for damage in ({"hash": sha(b"")}, {"seq": 4}, {"hash": None}, {"hlc": [1, 1]}):
            self.refused({**self.body(old, 3), "events": [{**good, **damage}]}, 422, "BAD_BATCH")

    def test_the_open_epoch_and_later_ones_are_refused(self):
        old = self.stocked()
        old.sell(A, 30)
        self.refused(self.body(old, 3), 422, "BAD_BATCH")
        self.refused({**self.body(old, 3), "epoch": 2}, 409, "UNKNOWN_EPOCH")

    def test_what_is_no_salvage_is_refused(self):
        old = self.stocked()
        old.sell(A, 30)
        self.claim(old.epoch, "BX-2")
        for damage in ({"box_id": None}, {"epoch": 0}, {"first_seq": 0}, {"prev": "x"},
                       {"events": None}, {"events": {}}, {"poiId": ""}, {"first_seq": None}):
            self.refused({**self.body(old, 3), **damage}, 400, "BAD_REQUEST")
        most = [old.events[2]] * 201
        self.refused({**self.body(old, 3), "events": most}, 400, "BAD_REQUEST")

    def test_nothing_to_tell_is_fine(self):
        old = self.stocked()
        self.claim(old.epoch, "BX-2")
        status, answer = self.center.post(SALVAGE, self.body(old, 3))
        self.assertEqual((status, answer), (200, {"code": 0, "acked_seq": 2}))

    def test_an_ended_epoch_is_remembered(self):
        old = self.stocked()
        self.claim(old.epoch, "BX-2")
        self.assertEqual(self.center.sql("SELECT epoch, box_id, acked_seq, tail FROM hub_epoch WHERE "
                                         f"poi_id = '{self.poi}'"),
                         [["1", "BX-1", "2", "\\x" + old.hashes[2]]])


if __name__ == "__main__":
    center.main()
