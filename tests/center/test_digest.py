#!/usr/bin/python3
"""Hub and center find out whether they hold the same rows (sync-protocol 4.8; T54)."""

import functools
import hashlib
import itertools

import center
from hub import Hub

A, B, C = 1001, 1002, 1003
DIGEST, UPDATE = "/api/v1/poi/stock/digest", "/api/v1/poi/stock/update"
POI = itertools.count(1100)
NONE = "0" * 16


def digest_of(row):
    """Of a row that a pull brought, written anew from the protocol's text; one that has no
    channels."""
    x = row["x"]
    base, stamps = x["base"], x["st"]
    dots = lambda stamp: ".".join(map(str, stamp))
    plan = f"{row['stock_type']},{round(row['plan_quantity'] * 10)},{row['auto_restore_type']},0"
    text = (f"v1|{row['object_type']}|{row['object_id']}"
            f"|{base['id']}={base['v_t']},{base['h']},{base['c']}|{x['H']},{x.get('C', 0)}"
            f"|{x.get('Lh', 0)},{x.get('Lc', 0)}|{x.get('Gr', 0)},{x.get('Xr', 0)}"
            f"|{dots(stamps['status'])}={row['stock_status']}|{dots(stamps['plan'])}={plan}"
            "|0.0.0=L,S|")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def root_of(digests):
    return f"{functools.reduce(lambda a, b: a ^ int(b, 16), digests, 0):016x}"


class Digest(center.CenterTest):
    def setUp(self):
        self.hub = Hub(self.center, str(next(POI)))
        self.hub.open_epoch()
        self.store = {"brandId": "1", "poiId": self.hub.poi}
        self.update(999, deleted=True)
        for n in (A, B, C):
            self.hub.set_plan(n, 100)
            self.hub.set_real(n, 100)
            self.hub.sell(n, 10)
        self.ver = self.hub.post()[1]["ver"]

    def update(self, object_id, **more):
        status, answer = self.center.post(UPDATE, {**self.store, "object_id": object_id, **more})
        self.assertEqual(status, 200, answer)

    def ask(self, want, **more):
        status, answer = self.center.post(DIGEST, {
            **self.store, "epoch": 7, "applied_ver": self.ver, "acked_seq": 9, "hot": [],
            "want": want, **more})
        self.assertEqual((status, answer["code"]), (200, 0), answer)
        return answer

    def mine(self, *objects):
        return {f"2:{n}": digest_of(self.hub.row(n)) for n in objects}

    def test_the_root_is_that_of_the_rows(self):
        answer = self.ask("root")
        self.assertEqual((answer["hot"], answer["root"]),
                         ([], root_of(self.mine(A, B, C).values())))

    def test_rows_on_their_way_are_left_out_on_both_sides(self):
        self.update(B, stock_status=2)
        answer = self.ask("root", hot=[f"2:{A}", "2:77", f"2:{A}"])
        self.assertEqual((answer["hot"], answer["root"]),
                         ([f"2:{B}"], root_of(self.mine(C).values())))
        self.assertEqual(self.ask("root", hot=[f"2:{A}", f"2:{C}"])["root"], NONE)

    def test_one_changed_value_is_found_and_its_row_told(self):
        """T54"""
        before = self.ask("root")["root"]
        mine = self.mine(A, B, C)
        self.center.sql(f"UPDATE poi_item_stock SET h_t = h_t - 10 WHERE object_id = {B}"
                        f" AND poi_id = '{self.hub.poi}'")
        self.assertNotEqual(self.ask("root")["root"], before)
        answer = self.ask("list")
        self.assertFalse(answer["more"])
        differ = [name for name, digest in answer["pairs"] if mine[name] != digest]
        self.assertEqual(differ, [f"2:{B}"])
        rows = self.ask("rows", objects=[*differ, "2:55"])["rows"]
        self.assertEqual([(r["object_id"], r["x"]["H"]) for r in rows], [(B, -20)])

    def test_a_long_list_comes_in_pages(self):
        for n in range(1, 602):
            self.hub.set_plan(n, 10)
        for first in range(10, 611, 200):
            self.ver = self.hub.post(first, min(first + 199, 610))[1]["ver"]
        pairs, after = [], {}
        while True:
            answer = self.ask("list", **after)
            pairs += answer["pairs"]
            if not answer["more"]:
                break
            after = {"after": pairs[-1][0]}
        self.assertEqual([name for name, _ in pairs],
                         [f"2:{n}" for n in (*range(1, 602), A, B, C)])
        self.assertEqual(self.ask("root")["root"], root_of(digest for _, digest in pairs))

    def test_what_is_no_question_is_refused(self):
        for damage in ({"want": "all"}, {"hot": ["3:1"]}, {"hot": [5]}, {"hot": "2:1"},
                       {"after": "2:x"}, {"objects": ["2:01"]}, {"epoch": 0},
                       {"objects": [f"2:{n}" for n in range(1, 502)]}):
            status, answer = self.center.post(DIGEST, {
                **self.store, "epoch": 7, "applied_ver": 1, "want": "rows", **damage})
            self.assertEqual((status, answer["name"]), (400, "BAD_REQUEST"), damage)
        status, answer = self.center.post(DIGEST, {
            **self.store, "epoch": 6, "applied_ver": 1, "want": "root"})
        self.assertEqual((status, answer["name"], answer["epoch"]), (409, "FENCED", 7))


if __name__ == "__main__":
    center.main()
