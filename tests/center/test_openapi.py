#!/usr/bin/python3
"""proto/openapi.yaml: it names every endpoint of the program and no other, every status that it
names happens, and what does not fit it is found. All other tests of the center check their traffic
against it too (openapi.py)."""

import copy
import os
import re
import shutil
import sys
import unittest

import center
import openapi
from hub import SYNC, Hub
from papers import Box, merchant

A = 1001
POI, HUB, ORDERS = "/api/v1/poi", "/api/v1/poi/hub", "/api/v1/orders"
STORE = {"brandId": "1", "poiId": "9100"}
QUERY = "?brandId=1&poiId=9100"
ENDPOINTS = os.path.join(center.ROOT, "tools", "product-center", "endpoint.h")
LINE = {"line": 1, "object_id": A, "name": "Pizza", "qty": 5, "unit_price": "12.50"}


def program_has():
    with open(ENDPOINTS, encoding="utf-8") as f:
        return set(re.findall(r'X\("([A-Z]+)", "([^"]+)", \w+\)', f.read()))


class Paths(unittest.TestCase):
    def test_it_names_what_the_program_has_and_nothing_else(self):
        named = {(method, path) for method, path, _ in openapi.CONTRACT.operations()}
        self.assertEqual(named, program_has())

    def test_every_reference_leads_somewhere(self):
        def walk(node):
            if isinstance(node, dict):
                if "$ref" in node:
                    openapi.CONTRACT.resolve(node)
                for value in node.values():
                    walk(value)
            elif isinstance(node, list):
                for value in node:
                    walk(value)

        walk(openapi.CONTRACT.doc)


class Judge(unittest.TestCase):
    """The judge is red when it should be."""

    ANSWER = {"code": 0, "log": [], "more": False}

    def check(self, answer, status=200, target=f"{POI}/stock/log{QUERY}", doc=None):
        judge = openapi.Contract(doc or openapi.CONTRACT.doc)
        judge.check("GET", target, None, status, answer)

    def test_what_fits_passes(self):
        self.check(self.ANSWER)

    def test_a_wrong_or_missing_or_unknown_member_is_found(self):
        for answer in ({**self.ANSWER, "more": 0}, {**self.ANSWER, "extra": 1},
                       {"code": 0, "log": []}, {**self.ANSWER, "log": [{"id": 1}]}):
            with self.assertRaisesRegex(AssertionError, "breaks openapi.yaml"):
                self.check(answer)

    def test_a_status_path_or_parameter_that_is_not_there_is_found(self):
        error = {"code": 418, "name": "TEAPOT", "detail": ""}
        for more in ({"status": 418, "answer": error},
                     {"status": 418, "answer": error, "target": "/api/v2/none"},
                     {"answer": self.ANSWER, "target": f"{POI}/stock/log{QUERY}&extra=1"}):
            with self.assertRaises(AssertionError):
                self.check(**more)

    def test_an_error_without_its_detail_is_found(self):
        with self.assertRaisesRegex(AssertionError, "detail"):
            self.check({"code": 400, "name": "BAD_REQUEST"}, 400)

    def test_a_request_that_was_taken_must_fit(self):
        judge = openapi.Contract(openapi.CONTRACT.doc)
        token = {"code": 0, "token": "ab" * 16}
        judge.check("POST", f"{HUB}/token", '{"brandId":"1","poiId":"1"}', 200, token)
        with self.assertRaisesRegex(AssertionError, "request"):
            judge.check("POST", f"{HUB}/token", '{"brandId":"1"}', 200, token)

    def test_another_contract_finds_a_member_that_was_right(self):
        doc = copy.deepcopy(openapi.CONTRACT.doc)
        doc["components"]["schemas"]["Log"]["properties"]["more"]["type"] = "integer"
        with self.assertRaises(AssertionError):
            self.check(self.ANSWER, doc=doc)


class Tour(unittest.TestCase):
    """Every operation with every status that the file names for it."""

    def ask(self, method, path, body, status, **more):
        got, answer = self.center.ask(method, path, body, **more)
        self.assertEqual(got, status, (method, path, answer))
        return answer

    def post(self, path, body, status=200, **more):
        return self.ask("POST", path, {**STORE, **body}, status, **more)

    def get(self, path, status=200, **more):
        return self.ask("GET", path + ("&" if "?" in path else QUERY), None, status, **more)

    def rows(self):
        self.post(f"{POI}/stock/update", {"object_id": A, "stock_type": 2, "plan_quantity": 10,
                                          "real_quantity": 10})
        self.post(f"{POI}/stock/update", {}, 400)
        for leaf in ("rows", "log"):
            self.get(f"{POI}/stock/{leaf}")
            self.ask("GET", f"{POI}/stock/{leaf}", None, 400)
        self.get(f"{POI}/day{QUERY}&day=20260128")
        self.get(f"{POI}/day", 400)
        legacy = {"object_id": 7, "stock_status": 1, "stock_type": 2, "plan_quantity": 10,
                  "real_quantity": 8, "auto_restore_type": 2,
                  "updated_at": "2026-01-28T10:00:00+08:00"}
        self.post(SYNC, legacy)
        self.post(SYNC, {**legacy, "real_quantity": 7}, 409)
        self.post(SYNC, {}, 400)
        self.ask("POST", SYNC, '{"a":"' + "x" * (2 << 20) + '"}', 413)

    def pulls(self):
        find = f"{POI}/stock/find-to-pos"
        self.post(find, {})
        self.post(find, {"proto": 2, "epoch": 7, "since_ver": 0})
        self.post(find, {"proto": 3}, 400)
        self.center.sql("UPDATE store SET tombstone_floor = 1")
        self.post(find, {"proto": 2, "epoch": 7, "since_ver": 0}, 410)
        self.center.sql("UPDATE store SET tombstone_floor = 0")
        ask = {"epoch": 7, "applied_ver": 0, "want": "root"}
        for want in ("root", "list", "rows"):
            self.post(f"{POI}/stock/digest", {**ask, "want": want})
        self.post(f"{POI}/stock/digest", {**ask, "epoch": 6}, 409)
        self.post(f"{POI}/stock/digest", {**ask, "want": "all"}, 400)

    def hubs(self, hub):
        hello = {"box_id": "BX-1", "epoch": 7, "last_seq": 0, "tail": hub.hashes[0],
                 "applied_ver": 0}
        self.post(f"{HUB}/hello", hello)
        self.post(f"{HUB}/hello", {**hello, "epoch": 9}, 409)
        self.post(f"{HUB}/hello", {}, 400)
        self.post(f"{HUB}/token", {})
        self.ask("POST", f"{HUB}/token", {}, 400)
        self.post(f"{HUB}/enrol", {}, 400)
        self.post(f"{HUB}/enrol", {"box_id": "BX-1", "token": "x", "csr": "y"}, 501)
        self.get(f"{HUB}/stores")
        self.ask("GET", f"{HUB}/stores", None, 400)
        self.post(f"{HUB}/settings", {"channels": {"POS": {"open": True}}})
        self.ask("POST", f"{HUB}/settings", {}, 400)
        self.get(f"{HUB}/settings")
        self.ask("GET", f"{HUB}/settings", None, 400)

    def dead_letters(self, hub):
        hub.event("XYZ", {"any": 1})
        self.ask("POST", SYNC, {**hub.batch(1, 1), "last_seq": 5}, 422)
        self.assertEqual(hub.post()[0], 200)
        letter = self.get(f"{POI}/dead-letters")["dead"][0]["id"]
        self.ask("GET", f"{POI}/dead-letters", None, 400)
        self.post(f"{POI}/dead-letters/{letter}/replay", {})
        self.ask("POST", f"{POI}/dead-letters/{letter}/replay", {}, 400)
        self.post(f"{POI}/dead-letters/999999/replay", {}, 404)

    def order(self, order_id, lines=(LINE,), status=200):
        return self.post(ORDERS, {"order_id": order_id, "lines": list(lines)}, status)

    def put(self, order_id, status=200, **more):
        return self.ask("PUT", f"{ORDERS}/{order_id}", {**STORE, **more}, status)

    def orders(self):
        self.order("O1")
        self.order("O2", [{**LINE, "qty": 6}], 409)
        self.order("O2", [{**LINE, "qty": "0.5"}], 400)
        self.put("O1", action="pay", pay_id="p1")
        self.put("O1", 409, action="cancel")
        self.put("O1", 400, action="eat")
        self.put("none", 404, action="cancel")
        self.get(ORDERS)
        self.ask("GET", ORDERS, None, 400)
        path = f"{ORDERS}/O1"
        self.get(path)
        self.ask("GET", path, None, 400)
        self.get(f"{ORDERS}/none", 404)
        self.ask("DELETE", path + QUERY, None, 409)
        self.ask("DELETE", path, None, 400)
        self.ask("DELETE", f"{ORDERS}/none{QUERY}", None, 404)
        self.order("O3", [{**LINE, "qty": 1}])
        self.put("O3", action="cancel")
        self.ask("DELETE", f"{ORDERS}/O3{QUERY}", None, 200)

    def oversell(self, hub):
        """Ten portions: five sold online, eight in the store."""
        hub.sell(A, 80, order="P1")
        self.assertEqual(hub.post()[0], 200)
        path = f"{POI}/oversell"
        case = self.get(path)["cases"][0]["case"]
        self.get(f"{path}{QUERY}&case={case}")
        self.ask("GET", path, None, 400)
        self.get(f"{path}{QUERY}&case=none", 404)
        resolve = {"order_id": "O1", "line": 1, "action": "WAIVE", "operator": "eve",
                   "note": "baked three more"}
        self.post(f"{path}/{case}/resolve", {**resolve, "order_id": "P1"}, 409)
        self.post(f"{path}/{case}/resolve", resolve)
        self.post(f"{path}/{case}/resolve", {}, 400)
        self.post(f"{path}/none/resolve", resolve, 404)

    def strict(self, hub):
        """A row whose supply only the store changes."""
        self.post(f"{POI}/stock/update", {"object_id": 5, "stock_type": 2, "plan_quantity": 10,
                                          "real_quantity": 10, "mode": "STRICT"})
        hub.event("MODE_ACK", {"object_type": 2, "object_id": 5, "device": "hub",
                               "mode": "STRICT", "eff": [hub.eff(5)]})
        self.assertEqual(hub.post()[0], 200)
        for _ in range(8):
            self.post(f"{POI}/stock/update", {"object_id": 5, "adjust": 1}, 202)
        self.post(f"{POI}/stock/update", {"object_id": 5, "adjust": 1}, 429)

    def take_over(self, hub):
        self.post(f"{HUB}/claim", {"box_id": "BX-2", "epoch": 0})
        self.post(f"{HUB}/claim", {}, 400)
        late = {"box_id": "BX-1", "epoch": 7, "first_seq": 1, "prev": hub.hashes[0], "events": []}
        self.post(f"{HUB}/salvage", late)
        self.post(f"{HUB}/salvage", {**late, "first_seq": 9}, 409)
        self.post(f"{HUB}/salvage", {**late, "epoch": 8}, 422)
        self.post(f"{HUB}/salvage", {}, 400)

    def without_database(self):
        """The last thing that this center does."""
        self.ask("GET", "/health", None, 200)
        bodies = {f"{HUB}/enrol": {"box_id": "B", "token": "x", "csr": "y"}}
        gone = os.path.join(self.center.dir, "gone")
        self.center.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")
        shutil.move(os.path.join(self.center.dir, "socket"), gone)
        self.addCleanup(shutil.move, gone, os.path.join(self.center.dir, "socket"))
        for method, path, status in sorted(openapi.CONTRACT.operations()):
            if status == 503:
                body = bodies.get(path, {}) if method in ("POST", "PUT") else None
                self.center.ask(method, path.replace("{id}", "1") + QUERY, body)

    def with_papers(self):
        """A center that asks for certificates and tokens."""
        self.center = center.Center("--tls", "--admit", "1")
        self.addCleanup(self.center.stop)
        for method, path, status in sorted(openapi.CONTRACT.operations()):
            target = path.replace("{id}", "1")
            if status == 401:
                body = None if method in ("GET", "DELETE") else STORE
                self.ask(method, target + ("" if body else QUERY), body, 401)
            elif status == 403 and not path.endswith("/enrol"):
                batch = {"proto": 2} if "stock" in path else {}
                self.ask(method, target, {**STORE, **batch}, 403)
        box = Box(self.center, "9100")
        self.assertEqual(box.ask_enrol("x")[0], 403)
        self.assertEqual(box.ask_enrol("x", csr="none")[0], 422)
        token = box.enrol()
        claim = {"box_id": "BX-1", "epoch": 0, "token": token}
        epoch = self.post(f"{HUB}/claim", claim, paper=box.paper)["epoch"]
        hello = {**STORE, "box_id": "BX-1", "epoch": epoch, "last_seq": 0, "applied_ver": 0,
                 "tail": Hub(self.center, "9100", epoch=epoch).hashes[0]}
        statuses = {self.center.post(f"{HUB}/hello", hello, paper=box.paper)[0]
                    for _ in range(20)}
        self.assertIn(429, statuses)
        self.get(f"{POI}/stock/rows", headers=merchant(self.center))

    def test_everything_happens(self):
        openapi.CONTRACT.seen.clear()
        self.center = center.Center()
        self.addCleanup(self.center.stop)
        hub = Hub(self.center, STORE["poiId"])
        hub.open_epoch()
        self.rows()
        self.pulls()
        self.hubs(hub)
        self.dead_letters(hub)
        self.orders()
        self.oversell(hub)
        self.strict(hub)
        self.take_over(hub)
        self.without_database()
        self.with_papers()
        self.assertEqual(openapi.CONTRACT.operations() - openapi.CONTRACT.seen, set())


if __name__ == "__main__":
    if openapi.CONTRACT is None:
        print("skipped: no python3-yaml or no python3-jsonschema")
        sys.exit(77)
    center.main()
