#!/usr/bin/python3
"""Whatever a device says, it gets a coded answer, and what is refused leaves nothing behind: the
journal's head, the orders, the stock and the process stay as they were (lan-protocol.md 3)."""

import copy
import gzip
import json
import threading
import unittest

from device import PREFIX
from ear import Ear, observer
from live import CAKE, COLA, MARGHERITA, MENU, LiveTest, order_lines
from store import SOON_S

REQUEST_BYTES, DEPTH, TOKENS, PACKET_BYTES = 16384, 8, 4096, 65536  # proto/limits.h
INTEGER = 2**53 - 1
NO_LIMITS = {"limits": {"device": 0, "verb.order.list": 0}}
OPTIONS = {"groups": [{"id": "9", "name": "Extras", "options": [
    {"option_id": str(n), "name": f"Extra {n}", "price": "1"} for n in range(70, 90)]}]}
BAD_MENU = {**MENU, **OPTIONS, "items": [{**MENU["items"][0], "groups": ["9"]}, *MENU["items"][1:]]}


def body(text=b"", req_id="r"):
    """A request for the time, with more in it."""
    return b'{"req_id":"' + req_id.encode() + b'"' + text + b"}"


def padded(size):
    return body(b',"trace":"' + b"x" * (size - len(body(b',"trace":""'))) + b'"')


def nested(depth):
    return body(b',"trace":' + b"[" * (depth - 1) + b"]" * (depth - 1))


def values(n):
    """Three of them are the object, the req_id and the list."""
    return body(b',"trace":[' + b",".join([b"1"] * (n - 3)) + b"]")


def trace(text):
    return body(b',"trace":' + text)


# At the limit, and what the grammar leaves open.
GOOD = {
    "as long as may be": padded(REQUEST_BYTES),
    "as deep as may be": nested(DEPTH),
    "as many values as may be": values(TOKENS),
    "largest integer": trace(str(INTEGER).encode()),
    "smallest integer": trace(str(-INTEGER).encode()),
    "15 digits after the point": trace(b"0." + b"1" * 15),
    "blanks all over": b' \r\n\t{ "req_id" : "r" , "trace" : [ ] } \n',
    "a pair of surrogates": trace(rb'"\ud83c\udf55"'),
    "four bytes of UTF-8": trace("\"\U0001f355\"".encode()),
    "unknown fields at the top": body(b',"a_field_of_tomorrow":{"deep":[1,2]}'),
}

NO_REQUEST = {
    "nothing": b"",
    "a blank": b" ",
    "NUL": b"\0",
    "all bytes": bytes(range(256)),
    "a zip": gzip.compress(body()),
    "UTF-16": body().decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + body(),
    "a word": b"time",
    "null": b"null",
    "a number": b"1",
    "a string": b'"r"',
    "an array": b"[" + body() + b"]",
    "not closed": body()[:-1],
    "half a string": b'{"req_id":"r',
    "no colon": b'{"req_id"}',
    "a comma too many": body(b","),
    "two commas": body(b',,"trace":1'),
    "single quotes": b"{'req_id':'r'}",
    "a name without quotes": b'{req_id:"r"}',
    "a comment": body(b"/* */"),
    "two objects": body() + body(),
    "something after it": body() + b"x",
    "NUL after it": body() + b"\0",
    "one byte too long": padded(REQUEST_BYTES + 1),
    "four times too long": padded(4 * REQUEST_BYTES - 200),
    "long and blank": b" " * REQUEST_BYTES + body(),
    "one level too deep": nested(DEPTH + 1),
    "thousands of levels": trace(b"[" * 8000),
    "thousands of objects": b'{"a":' * 3000,
    "one value too many": values(TOKENS + 1),
    "integer one too large": trace(str(INTEGER + 1).encode()),
    "integer one too small": trace(str(-INTEGER - 1).encode()),
    "integer of 400 digits": trace(b"9" * 400),
    "16 digits after the point": trace(b"0." + b"1" * 16),
    "exponent": trace(b"1e2"),
    "exponent of nothing": trace(b"0E0"),
    "leading zero": trace(b"01"),
    "leading plus": trace(b"+1"),
    "leading point": trace(b".5"),
    "trailing point": trace(b"1."),
    "hexadecimal": trace(b"0x1"),
    "not a number": trace(b"NaN"),
    "infinity": trace(b"Infinity"),
    "capital true": trace(b"True"),
    "a name twice": body(b',"trace":1,"trace":1'),
    "req_id twice": body(b',"req_id":"r"'),
    "a name twice, spelt differently": body(rb',"req\u005fid":"r"'),
    "a name twice, deep inside": trace(b'[{"a":{"b":1,"c":2,"b":1}}]'),
    "NUL in a string": trace(rb'"\u0000"'),
    "first half of a pair": trace(rb'"\ud83c"'),
    "second half of a pair": trace(rb'"\udf55"'),
    "bad escape": trace(rb'"\x41"'),
    "short escape": trace(rb'"\u12"'),
    "newline in a string": trace(b'"\n"'),
    "bytes that are no UTF-8": trace(b'"\xff\xfe"'),
    "UTF-8 cut short": trace(b'"\xe6\x97"'),
    "UTF-8 longer than needed": trace(b'"\xc0\x80"'),
    "UTF-8 of half a pair": trace(b'"\xed\xa0\x80"'),
    "UTF-8 above the last": trace(b'"\xf4\x90\x80\x80"'),
    "a name that is no UTF-8": body(b',"\xff":1'),
    "no req_id": b"{}",
    "req_id null": b'{"req_id":null}',
    "req_id a number": b'{"req_id":1}',
    "req_id empty": body(req_id=""),
    "req_id too long": body(req_id="x" * 65),
    "req_id with a slash": body(req_id="a/b"),
    "operator too long": body(b',"operator":"' + b"x" * 33 + b'"'),
}

PLACE = {"order_id": "new-1", "channel": "POS", "table": "7", "note": "n", "user_id": "u",
         "operator": "anna",
         "lines": [{"line": 1, "object_id": MARGHERITA, "qty": "1", "parent": 0, "note": "n",
                    "seat": 1, "course": 1, "price": "12.75",
                    "options": [{"option_id": "77", "qty": "1"}]}]}
PAYMENT = {"pay_id": "p", "tender": "CASH", "amount": "1", "ref": "r"}
BACK = [{"line": 1, "qty": "1", "restock": True}]
OBJECT = {"object_type": 2, "object_id": COLA}
TICKET = {"order_id": "stay-1", "station": "bar", "round": 1}
# One good body for each verb with fields. `stay-1` is an open order.
BODIES = {
    "order.place": PLACE,
    "order.sell": {**PLACE, "payments": [PAYMENT]},
    "order.add": {"order_id": "stay-1", "lines": [{**PLACE["lines"][0], "line": 9}]},
    "order.void": {"order_id": "stay-1", "void_id": "v", "lines": BACK},
    "order.update": {"order_id": "stay-1", "table": "8", "note": "n", "user_id": "u"},
    "order.adjust": {"order_id": "stay-1", "adjust": [
        {"adj": 1, "kind": "DISCOUNT", "line": 1, "name": "n", "amount": "-1"}]},
    "order.pay_begin": {"order_id": "stay-1", "pay_id": "p", "amount": "1", "tender": "CARD"},
    "order.pay_failed": {"order_id": "stay-1", "pay_id": "p", "amount": "1", "tender": "CARD"},
    "order.pay": {"order_id": "stay-1", **PAYMENT, "lines": [{"line": 1, "actual_qty": "1"}]},
    "order.cancel": {"order_id": "stay-1", "no_charge": True, "restock": [1]},
    "order.serve": {"order_id": "stay-1", "round": 1},
    "order.refund": {"order_id": "stay-1", "refund_id": "r", "lines": BACK, "amount": "1"},
    "order.get": {"order_id": "stay-1"},
    "order.list": {"state": "PLACED", "since": 1, "cursor": "c", "limit": 1},
    "order.trace": {"order_id": "stay-1"},
    "ticket.start": TICKET, "ticket.ready": TICKET, "ticket.bump": TICKET, "ticket.recall": TICKET,
    "stock.set": {**OBJECT, "qty": "5", "basis": "sellable"},
    "stock.adjust": {**OBJECT, "delta": "1", "reason": "FOUND"},
    "stock.sold_out": OBJECT, "stock.on_sale": OBJECT, "stock.get": OBJECT,
    "stock.plan": {**OBJECT, "limited": True, "plan": "5"},
    "stock.channel": {**OBJECT, "channel": "KIOSK", "on_sale": False, "limited": True,
                      "limit": "1"},
    "stock.schedule": {**OBJECT, "auto": True, "at": "06:00", "daily": True},
    "stock.return": {**OBJECT, "qty": "1"},
    "stock.history": {**OBJECT, "cursor": "c", "limit": 1},
    "stock.explain": {**OBJECT, "cursor": "c", "limit": 1},
    "menu.get": {"cursor": "c", "limit": 1}, "sync.snapshot": {"cursor": "c", "limit": 1},
    "pong": {"nonce": "n"},
}

BAD_QUANTITY = 1007
LINE = ("lines", 0)
# Out of range, or of the wrong form: of order.sell by a till. Path of the field, value, code.
OUT_OF_RANGE = [
    *[(("order_id",), v, 1010) for v in ("", "x" * 33, "a b", "a/b", "a+", "\u00e9")],
    *[(("channel",), v, 1010) for v in ("", "pos", "PHONE")],
    (("channel",), "KIOSK", 4005), (("channel",), "ONLINE_ORDER", 4005),
    (("table",), "x" * 17, 1010), (("note",), "x" * 257, 1010), (("note",), "\u65e5" * 86, 1010),
    (("user_id",), "x" * 65, 1010),
    (("lines",), [], 1010), (("lines",), order_lines(*[(COLA, 1)] * 101), 1010),
    *[((*LINE, "line"), v, 1010) for v in (0, -1, 1.5, 2**32, "1")],
    *[((*LINE, "object_id"), v, 1010)
      for v in ("0", "-1", "01", "1.0", "abc", "9" * 19, "9" * 20, "")],
    *[((*LINE, "qty"), v, BAD_QUANTITY)
      for v in ("0", "-1", "0.25", "1.05", "1000000000", "9" * 30, 0, -1, 0.25)],
    *[((*LINE, "qty"), v, (1010, BAD_QUANTITY))
      for v in ("", " 1", "1e1", "1,5", ".5", "1.", "+1")],
    *[((*LINE, "parent"), v, 1010) for v in (1, 2, -1, 2**32)],
    *[((*LINE, "seat"), v, 1010) for v in (-1, 2**32, 0.5)],
    *[((*LINE, "price"), v, 1010) for v in ("-1", "1.00001", "", "1e2", "9" * 20, "1,5")],
    ((*LINE, "note"), "x" * 257, 1010),
    ((*LINE, "options"), [{"option_id": str(n), "qty": 1} for n in range(70, 87)], 1010),
    ((*LINE, "options"), [{"option_id": "77", "qty": 1}] * 2, 1010),
    ((*LINE, "options", 0, "option_id"), "0", 1010),
    ((*LINE, "options", 0, "qty"), "0.5", BAD_QUANTITY),
    ((*LINE, "options", 0, "qty"), "0", BAD_QUANTITY),
    (("payments",), [], 1010),
    (("payments",), [{**PAYMENT, "pay_id": f"p{n}"} for n in range(17)], 1010),
    (("payments",), [PAYMENT] * 2, 1010),
    (("payments", 0, "pay_id"), "x" * 33, 1010), (("payments", 0, "pay_id"), "", 1010),
    (("payments", 0, "tender"), "x" * 17, 1010), (("payments", 0, "tender"), "a b", 1010),
    *[(("payments", 0, "amount"), v, 1010) for v in ("-1", "1.00001", "9" * 20, "")],
    (("payments", 0, "ref"), "x" * 65, 1010),
    *[(("payments", 0, "ref"), v, 1010)  # card numbers
      for v in ("4111111111111111", "4111 1111 1111 1111", "5500-0000-0000-0004")],
]
# Where a field that nobody reads must not look accepted.
UNKNOWN_FIELDS = [
    ("order.place", LINE), ("order.place", (*LINE, "options", 0)), ("order.sell", ("payments", 0)),
    ("order.add", LINE), ("order.void", LINE), ("order.adjust", ("adjust", 0)),
    ("order.pay", LINE), ("order.refund", LINE),
]


def at(value, path):
    for key in path:
        value = value[key]
    return value


def changed(value, path, new):
    value = copy.deepcopy(value)
    at(value, path[:-1])[path[-1]] = new
    return value


def fields(value, path=()):
    """Paths of everything inside, depth first."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, (dict, list)):
            yield from fields(inner, (*path, key))


def named(path):
    """("lines", 0, "qty") -> "lines[0].qty", as in the detail of a refusal"""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


class BadInput(LiveTest):
    conf = NO_LIMITS
    menu = BAD_MENU

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.control("stock.plan", object_type=2, object_id=COLA, limited=True, plan="100")
        cls.store.control("stock.set", object_type=2, object_id=COLA, qty="100")
        cls.store.control("order.place", order_id="stay-1",
                          lines=order_lines((COLA, 2), (MARGHERITA, 1), (CAKE, 1)))

    def setUp(self):
        self.answers = f"{PREFIX}dev/till-1/res"
        self.till = Ear(self.store, "till-1", self.crew["till-1"]["password"], [self.answers])
        self.addCleanup(self.till.close)
        self.till.__enter__()
        self.before, self.pid = self.books(), self.store.hub.pid
        self.refused, self.requests = self.metric("refused_total"), self.metric("requests_total")
        self.sent = 0

    def tearDown(self):
        """Nothing left behind, nothing dropped on the way, nothing taken for a fault."""
        self.assertEqual(self.metric("requests_total") - self.requests, self.sent)
        self.assertEqual(self.metric("faults_total"), 0)
        self.assertEqual((self.store.hub.pid, self.store.hub.poll()), (self.pid, None))
        self.assertEqual(self.books(), self.before)
        self.assertTrue(self.store.control("journal.verify")["result"]["audit_ok"])

    def books(self):
        """Head of the journal and all rows, without the time that passes."""
        orders = self.store.pages("order.list", "orders")
        for order in orders:
            order.pop("expires_in_ms", None)
        status = self.store.get("/v1/status")
        return {"head": (status["epoch"], status["seq"]), "orders": orders,
                "counts": (status["orders"], status["stock"], status["menu"]),
                "stock": self.store.pages("stock.list", "stocks"),
                "days": self.store.control("day.show")["days"]}

    def ask(self, payload, verb="time.get"):
        """The answer to one payload, whatever it is."""
        self.sent += 1
        self.till.say(f"{PREFIX}dev/till-1/req/{verb}",
                      payload if isinstance(payload, bytes) else json.dumps(payload))
        heard = self.till.wait(lambda all_: len(all_) >= self.sent)
        self.assertEqual(len(heard), self.sent)
        return json.loads(heard[-1].payload)

    def refuse(self, code, reply, detail=None):
        codes = code if isinstance(code, tuple) else (code,)
        self.assertIn(reply["code"], codes, reply)
        self.assertTrue(reply["detail"], reply)
        if detail is not None:
            self.assertEqual(reply["detail"], detail)

    def test_what_is_within_the_limits(self):
        for name, payload in GOOD.items():
            with self.subTest(name):
                self.assertEqual(self.ok(self.ask(payload))["req_id"], "r")

    def test_what_is_no_request(self):
        for name, payload in NO_REQUEST.items():
            with self.subTest(name):
                self.refuse(1010, self.ask(payload, "order.place"))
        self.assertEqual(self.metric("refused_total") - self.refused, len(NO_REQUEST))

    def test_every_field_of_every_verb_with_a_wrong_type(self):
        for verb, good in BODIES.items():
            for path in fields(good):
                wrong = 7 if isinstance(at(good, path), (dict, list, bool)) else {}
                with self.subTest(f"{verb} {named(path)}"):
                    reply = self.ask({"req_id": "r", **changed(good, path, wrong)}, verb)
                    self.refuse((1010, BAD_QUANTITY), reply)
                    self.assertIn(str(path[0]), reply["detail"])
                    self.assertEqual(reply["req_id"], "r")

    def test_what_is_out_of_range(self):
        for path, value, code in OUT_OF_RANGE:
            with self.subTest(f"{named(path)} = {str(value)[:60]}"):
                bad = changed(BODIES["order.sell"], path, value)
                self.refuse(code, self.ask({"req_id": "r", **bad}, "order.sell"))

    def test_unknown_fields_inside(self):
        for verb, path in UNKNOWN_FIELDS:
            with self.subTest(f"{verb} {named(path)}"):
                bad = changed(BODIES[verb], (*path, "no_nuts"), True)
                self.refuse(1010, self.ask({"req_id": "r", **bad}, verb), f"{named(path)}.no_nuts")

    def test_what_the_broker_does_not_take(self):
        """Above its packet limit it ends the connection: the hub never sees it."""
        longest = padded(PACKET_BYTES - 200)
        self.refuse(1010, self.ask(longest))
        gone = threading.Event()
        self.till.client.on_disconnect = lambda client, *_: (client.disconnect(), gone.set())
        self.till.client.publish(f"{PREFIX}dev/till-1/req/time.get", padded(PACKET_BYTES + 1))
        self.assertTrue(gone.wait(SOON_S))
        with Ear(self.store, "till-1", self.crew["till-1"]["password"], [self.answers]) as again:
            self.requests += self.sent
            self.till, self.sent = again, 0
            self.ok(self.ask(body()))

    def test_presence_that_is_none(self):
        state = f"{PREFIX}dev/till-1/state"
        for payload in (b"\xff", b"{", b"[]", b'{"state":1}', b'{"state":"here"}', b"{}", b"",
                        padded(4 * REQUEST_BYTES - 200)):
            with self.subTest(payload[:20]):
                self.till.say(state, b'{"state":"online"}')
                self.ok(self.ask(body()))
                self.assertNotIn("till-1", self.store.get("/v1/status")["devices"]["offline"])
                self.till.say(state, payload)
                self.ok(self.ask(body()))
                self.assertIn("till-1", self.store.get("/v1/status")["devices"]["offline"])


class Nobody(LiveTest):
    def test_a_device_that_is_not_known_is_counted(self):
        """The broker lets no such user in; here somebody else uses the topic."""
        before = self.metric("requests_total")
        with observer(self.store) as ear:
            ear.say(f"{PREFIX}dev/nobody/req/order.place", body())
            ear.say(f"{PREFIX}dev/kiosk-1/req/time.get", body())
            heard = ear.wait(lambda all_: any(h.topic == f"{PREFIX}dev/kiosk-1/res" for h in all_))
        self.assertEqual([h.topic for h in heard if "/nobody/res" in h.topic], [])
        self.assertEqual(self.metric("requests_total") - before, 1)
        self.assertEqual(self.metric("dropped_total"), 1)


class Accepted(LiveTest):
    def test_a_field_of_tomorrow_is_ignored_at_the_top(self):
        till = self.device("till-1")
        order = self.ok(till.ask("order.place", order_id="new-1", lines=order_lines((COLA, 1)),
                                 a_field_of_tomorrow={"no_nuts": True}))["order"]
        self.assertNotIn("tomorrow", json.dumps(order))


if __name__ == "__main__":
    unittest.main()
