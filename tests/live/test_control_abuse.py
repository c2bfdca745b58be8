#!/usr/bin/python3
"""Whatever is posted to the control socket, it is answered with a code, it changes nothing, and the
hub goes on. Left out are the verbs whose empty body is a good request that changes the store:
store.new_epoch, store.confirm and day.close."""

import copy
import json
import unittest

from live import MENU, LiveTest
from test_bad_input import BODIES, at, changed, fields, named

BODY_BYTES = 16384  # proto/limits.h
NOWHERE = {"object_type": 2, "object_id": "999999"}
DEVICE = {"device": "new-1", "role": "pos", "name": "n", "account": "a", "channels": ["KIOSK"],
          "password": "longenough"}
KDS = {"device": "new-2", "role": "kds", "stations": ["oven"]}


def of_nobody(body):
    """The same about an order or an object that there is not, so that nothing can come of it."""
    body = copy.deepcopy(body)
    if "order_id" in body:
        body["order_id"] = "nobody-1"
    for part in (body, *body.get("lines", ())):
        if "object_id" in part:
            part["object_id"] = NOWHERE["object_id"]
    return body


# Refused even as they are: about nothing that there is.
REFUSED = {verb: of_nobody(body) for verb, body in BODIES.items()
           if {"order_id", "object_id"} & body.keys()}
HISTORY = {"stock.history": REFUSED.pop("stock.history")}  # that of nothing is empty
REFUSED.update({"device.revoke": {"device": "nobody"}, "device.test": {"device": "nobody"},
                "device.identify": {"device": "nobody"}})
# These only look, and all they take may be left out.
LOOKS = {verb: {"cursor": "c", "limit": 1}
         for verb in ("menu.get", "stock.list", "sync.snapshot", "journal.tail")}
LOOKS.update({"order.list": BODIES["order.list"], "day.show": {"day": "20260101"},
              "device.list": {}, "journal.verify": {}, "time.get": {}})
DOCUMENTS = {"device.add": DEVICE, "menu.import": MENU}
NEEDY = {**REFUSED, **HISTORY, **DOCUMENTS}
ALL = {**NEEDY, **LOOKS}

NAMES = sorted({key for body in ALL.values() for key in body})


def everything(value):
    """A body with every name there is."""
    return json.dumps(dict.fromkeys(NAMES, value)).encode()


NO_OBJECT = {
    "a blank": b" ", "NUL": b"\0", "null": b"null", "a number": b"7", "a text": b'"x"',
    "an array": b"[]", "an array of objects": b"[{}]", "not closed": b"{", "two": b"{}{}",
    "no UTF-8": b'{"device":"\xff\xfe"}', "all bytes": bytes(range(256)),
    "a name twice": b'{"device":"a","device":"b"}', "thousands of levels": b"[" * 8000,
    "thousands of objects": b'{"a":' * 2500, "a huge number": b'{"limit":' + b"9" * 400 + b"}",
    "a req_id that is none": b'{"req_id":7}',
}
# On its own or in another's place: whatever the verb is.
NO_REQUEST = {
    "numbers": everything(7), "fractions": everything(0.5), "below 0": everything(-1),
    "empty texts": everything(""), "texts with NUL": everything("\0"),
    "long texts": everything("x" * 300), "lists": everything([]), "objects": everything({}),
    "deep lists": everything([[[[[[1]]]]]]), "lists of everything": everything([{}, 7, "x", None]),
    "truth": everything(True), "nulls": everything(None),
}


def without(body, path):
    body = copy.deepcopy(body)
    del at(body, path[:-1])[path[-1]]
    return body


def variants(body):
    """A good body with each of its fields missing, of a wrong type, huge."""
    for path in fields(body):
        wrong = 7 if isinstance(at(body, path), (dict, list, bool)) else {}
        yield f"{named(path)} missing", without(body, path)
        yield f"{named(path)} wrong", changed(body, path, wrong)
        yield f"{named(path)} huge", changed(body, path, "x" * 4000)


DEVICES = {
    "nothing": {},
    "no name": without(DEVICE, ("device",)), "no role": without(DEVICE, ("role",)),
    "kds without stations": without(KDS, ("stations",)), "kds of none": {**KDS, "stations": []},
    "kds of itself": {**KDS, "stations": "oven"}, "kds of numbers": {**KDS, "stations": [1]},
    "kds of too many": {**KDS, "stations": [f"s{n}" for n in range(1000)]},
    "kds of a long one": {**KDS, "stations": ["s" * 500]},
    "till with a station": {**DEVICE, "stations": ["oven"]},
    "board with a station": {"device": "new-3", "role": "board", "stations": ["oven"]},
    "unknown role": {**DEVICE, "role": "boss"}, "admin": {**DEVICE, "role": "admin"},
    "role of another kind": {**DEVICE, "role": ["pos"]},
    "unknown channel": {**DEVICE, "channels": ["PHONE"]},
    "channel not of the hub": {**DEVICE, "channels": ["ONLINE_ORDER"]},
    "channel, no list": {**DEVICE, "channels": "KIOSK"},
    "channels of numbers": {**DEVICE, "channels": [1]},
    "password too short": {**DEVICE, "password": "seven77"},
    "password too long": {**DEVICE, "password": "x" * 65},
    "password far too long": {**DEVICE, "password": "x" * 8000},
    "password with a blank": {**DEVICE, "password": "long enough"},
    "password with a line": {**DEVICE, "password": "longenough\nroot:x"},
    "password a number": {**DEVICE, "password": 12345678},
    "name too long": {**DEVICE, "name": "x" * 97}, "name a list": {**DEVICE, "name": ["n"]},
    "account too long": {**DEVICE, "account": "x" * 97},
    **{f"device {str(v)[:20]!r}": {**DEVICE, "device": v}
       for v in ("", " ", "x" * 33, "a/b", "a+", "#", "a:b", "a\nb", "\u00e9", None, 7, [], {})},
}


class ControlAbuse(LiveTest):
    def setUp(self):
        self.pid, self.before = self.store.hub.pid, self.books()

    def tearDown(self):
        """The same process, and nothing left behind."""
        self.assertEqual((self.store.hub.pid, self.store.hub.poll()), (self.pid, None))
        self.assertEqual(self.books(), self.before)
        self.assertEqual(self.metric("faults_total"), 0)
        self.assertTrue(self.store.control("journal.verify")["result"]["audit_ok"])

    def books(self):
        status = self.store.get("/v1/status")
        devices = self.store.control("device.list")["devices"]
        return {"boot": status["boot"], "head": (status["epoch"], status["seq"]),
                "counts": (status["orders"], status["menu"], status["devices"]["known"]),
                "devices": [(d["device"], d["role"]) for d in devices]}

    def post(self, verb, body):
        """(HTTP status, reply)"""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, text = self.store.request("POST", f"/v1/{verb}", raw)
        return status, json.loads(text)

    def refuse(self, verb, body, why):
        status, reply = self.post(verb, body)
        self.assertIn(status, (200, 400), f"{verb}, {why}: {reply}")
        self.assertNotIn(reply["code"], (0, 5000), f"{verb}, {why}: {reply}")

    def answer(self, verb, body, why):
        status, reply = self.post(verb, body)
        self.assertIn(status, (200, 400), f"{verb}, {why}: {reply}")
        self.assertIn(reply["code"], (0, 1010), f"{verb}, {why}: {reply}")

    def test_what_is_no_object(self):
        for verb in ALL:
            for why, body in NO_OBJECT.items():
                with self.subTest(f"{verb}, {why}"):
                    status, reply = self.post(verb, body)
                    self.assertEqual(reply["code"], 1010, reply)

    def test_verbs_that_need_something_are_refused_whatever_the_fields_hold(self):
        for verb in NEEDY:
            for why, body in {"nothing": b"{}", "no bytes": b"", **NO_REQUEST}.items():
                with self.subTest(f"{verb}, {why}"):
                    self.refuse(verb, body, why)

    def test_each_field_of_what_is_about_nothing(self):
        for verb, good in REFUSED.items():
            self.refuse(verb, good, "as it is")
            for why, body in variants(good):
                with self.subTest(f"{verb}, {why}"):
                    self.refuse(verb, body, why)

    def test_verbs_that_only_look(self):
        for verb in LOOKS:
            self.assertEqual(self.post(verb, b"{}")[1]["code"], 0)
            self.assertEqual(self.post(verb, b"")[1]["code"], 0)
        for verb, good in {**LOOKS, **HISTORY}.items():
            for why, body in (*NO_REQUEST.items(), *variants(good)):
                with self.subTest(f"{verb}, {why}"):
                    self.answer(verb, body, why)

    def test_devices_that_cannot_be(self):
        for why, body in DEVICES.items():
            with self.subTest(why):
                status, reply = self.post("device.add", body)
                self.assertEqual((status, reply["code"]), (200, 1010), reply)
                self.assertTrue(reply["detail"])
                self.assertNotIn("password", reply)

    def test_bodies_that_are_too_long(self):
        for verb in ALL.keys() - {"menu.import"}:
            with self.subTest(verb):
                status, _ = self.store.request("POST", f"/v1/{verb}", b" " * (BODY_BYTES + 1))
                self.assertEqual(status, 413)

    def test_paths_that_are_none(self):
        for path in ("/", "/v1", "/v1/", "/v1/no.verb", "/v1/pong", "/v1/timers", "/v2/time.get",
                     "/v1/time.get/", "/v1/" + "x" * 4000, "/%2e%2e/"):
            with self.subTest(path[:40]):
                self.assertEqual(self.store.request("POST", path, b"{}")[0], 404)
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            with self.subTest(method):
                status = self.store.request(method, "/v1/time.get", b"{}")[0]
                self.assertIn(status, (404, 405))


if __name__ == "__main__":
    unittest.main()
