#!/usr/bin/python3
"""A hub without a disk, just honest enough to let storesim play, and able to lie on demand.

  fake_hub.py PORT [BUG]

It keeps orders and tickets in memory and answers the verbs that storesim sends. BUG plants one
mistake that storesim must notice (BUGS below); "limited" is no mistake: the first item has 5.
"""

import copy
import json
import signal
import sys
import threading

import paho.mqtt.client as mqtt

BUGS = {
    "wrong_due": "the bill is off by a cent",
    "ticket_before_pay": "the kitchen hears of a kiosk order before it is paid",
    "lost_ticket": "now and then a station is not told",
    "ticket_twice": "a bumped ticket comes back",
    "wrong_station": "a line is on another station's ticket",
    "forgets_req_id": "a repeated request is done again under another position",
    "refuses_blindly": "a stock refusal that names no line",
    "loses_orders": "an acknowledged order is unknown later",
    "pays_by_itself": "an unpaid order becomes PAID",
    "early_expiry": "an order expires at once",
}
PREFIX = "poshub/v1/"
EXPIRY_MS = 1500
MENU = {
    "rev": 1, "currency": "EUR", "decimals": 2, "categories": ["Food"], "stations": ["hot", "bar"],
    "spus": [{"id": "1", "name": "Soup"}, {"id": "2", "name": "Tea"}, {"id": "3", "name": "Mint"}],
    "items": [
        {"object_id": "11", "spu_id": "1", "name": "Soup", "price": "4.5000", "station": "hot",
         "step": "1", "groups": ["7"]},
        {"object_id": "12", "spu_id": "2", "name": "Tea", "price": "1.9500", "station": "bar",
         "step": "1", "channel_prices": {"KIOSK": "1.8500"}},
        {"object_id": "13", "spu_id": "3", "name": "Mint", "price": "0.3333", "step": "0.5"},
    ],
    "groups": [{"id": "7", "name": "Bread", "min": 1, "max": 2, "options": [
        {"option_id": "71", "name": "White", "price": "0.0000"},
        {"option_id": "72", "name": "Garlic", "price": "0.7500", "object_id": "13"}]}],
    "combos": [],
}
ITEMS = {i["object_id"]: i for i in MENU["items"]}
OPTIONS = {o["option_id"]: o for g in MENU["groups"] for o in g["options"]}


def e4(text):
    whole, _, part = str(text).partition(".")
    return int(whole) * 10000 + int((part + "0000")[:4])


def money(v):
    sign = "-" if v < 0 else ""
    return f"{sign}{abs(v) // 10000}.{abs(v) % 10000:04d}"


def tenths(text):
    return e4(text) // 1000


def qty(t):
    return str(t // 10) if t % 10 == 0 else f"{t // 10}.{t % 10}"


def half_up(n, d):
    return (2 * n + d) // (2 * d)


class Refusal(Exception):
    def __init__(self, code, **more):
        super().__init__(code)
        self.code, self.more = code, more


class Hub:
    def __init__(self, port, bug):
        self.bug = bug
        self.seq = 0
        self.orders, self.tickets, self.replies = {}, {}, {}
        self.count = {"P": 0, "A": 0, "E": 0}
        self.left_t = 50 if bug in ("limited", "refuses_blindly") else None
        self.client = mqtt.Client("hub")
        self.client.on_connect = lambda *_: self.up()
        self.client.on_message = lambda _c, _u, m: self.hear(m)
        self.client.connect("127.0.0.1", port)

    def up(self):
        self.client.subscribe(PREFIX + "dev/+/req/+", 1)
        self.publish("hub", {"state": "online", "boot": 1, "epoch": 1}, True)

    def publish(self, topic, body, retain=False):
        self.client.publish(PREFIX + topic, json.dumps(body) if body is not None else "", 1, retain)

    def at(self):
        return [1, self.seq, "00000000"]

    # ---- requests ----
    def hear(self, message):
        _, _, _, device, _, verb = message.topic.split("/")
        body = json.loads(message.payload)
        key = (device, body["req_id"])
        if key in self.replies and self.bug != "forgets_req_id":
            self.publish(f"dev/{device}/res", {**self.replies[key], "replayed": True})
            return
        reply = {"req_id": body["req_id"], "code": 0, "name": "OK", "replayed": False}
        changed = []
        try:
            reply.update(self.do(verb, device, body, changed) or {})
        except Refusal as r:
            reply.update(code=r.code, name="REFUSED", **r.more)
        reply.setdefault("at", self.at())
        if verb not in ("order.get", "menu.get", "sync.snapshot"):
            self.replies[key] = copy.deepcopy(reply)  # as it was told: the order goes on
        self.publish(f"dev/{device}/res", reply)
        for o in changed:
            self.tell(o)

    def do(self, verb, device, body, changed):
        if verb == "menu.get":
            return MENU
        if verb == "sync.snapshot":
            return {"stock": [], "pickup": [],
                    "orders": [self.view(o) for o in self.orders.values() if self.is_open(o)],
                    "tickets": [t for t in self.tickets.values() if t["state"] != "BUMPED"
                                and device == "kds-" + t["station"]]}
        if verb.startswith("ticket."):
            return self.ticket(verb, body)
        return self.order(verb, device, body, changed)

    # ---- orders ----
    def order(self, verb, device, body, changed):
        o = self.orders.get(body["order_id"])
        if verb in ("order.place", "order.sell"):
            return self.place(verb, device, body, o, changed)
        if o is None:
            raise Refusal(2001)
        if verb == "order.get":
            if self.bug == "loses_orders" and o["n"] % 5 == 0:
                raise Refusal(2001)
            return {"order": self.view(o), "at": o["at"]}
        before = json.dumps(o)
        self.change(verb, body, o)
        if json.dumps(o) != before:
            self.seq += 1
            o["at"] = self.at()
        changed.append(o)
        return {"order": self.view(o), "at": o["at"]}

    def place(self, verb, device, body, o, changed):
        if o:
            return {"order": self.view(o), "at": o["at"], "duplicate": True}
        letter = {"kio": "A", "emn": "E", "til": "P"}[device[:3]]
        o = {"order_id": body["order_id"], "device": device, "letter": letter, "lines": [],
             "rounds": 0, "state": "PLACED", "kitchen": "NONE", "payments": [], "sent": 0, "n": 0}
        self.lines(o, body["lines"])
        self.count[letter] = self.count[letter] % 999 + 1
        o["number"] = f"{letter}{self.count[letter]:03d}"
        self.orders[o["order_id"]] = o
        o["n"] = len(self.orders)
        if verb == "order.sell":
            o["payments"] = body["payments"]
            o["state"] = "PAID"
        self.seq += 1
        o["at"] = self.at()
        if verb == "order.sell" or letter == "E" or self.bug == "ticket_before_pay":
            self.send_tickets(o)
        self.arm(o)
        changed.append(o)
        return {"order": self.view(o), "at": o["at"]}

    def lines(self, o, lines):
        need_t = sum(tenths(l["qty"]) for l in lines if l["object_id"] == "11")
        if self.left_t is not None:
            if need_t > self.left_t:
                named = [{"line": l["line"], "object_id": "11", "code": 1001, "need": qty(need_t),
                          "avail": qty(self.left_t)} for l in lines if l["object_id"] == "11"]
                raise Refusal(1001, lines=[] if self.bug == "refuses_blindly" else named)
            self.left_t -= need_t
        o["rounds"] += 1
        for l in lines:
            item = ITEMS[l["object_id"]]
            price = e4(item["price"])
            if o["letter"] == "A":
                price = e4(item.get("channel_prices", {}).get("KIOSK", item["price"]))
            options = [{**OPTIONS[x["option_id"]], "qty": x["qty"]} for x in l.get("options", [])]
            unit = price + sum(half_up(tenths(x["qty"]) * e4(x["price"]), 10) for x in options)
            o["lines"].append({"line": l["line"], "object_id": l["object_id"], "name": item["name"],
                               "qty": l["qty"], "options": options, "price": money(price),
                               "unit": money(unit), "round": o["rounds"],
                               "amount": money(half_up(tenths(l["qty"]) * unit, 10)),
                               "station": item.get("station", "")})

    def change(self, verb, body, o):
        if verb == "order.add":
            self.lines(o, body["lines"])
            self.send_tickets(o)
        elif verb == "order.cancel":
            if o["state"] != "PLACED":
                raise Refusal(2003)
            o["state"] = "CANCELLED"
        elif verb == "order.pay_begin":
            if o["state"] != "PLACED":
                raise Refusal(2003)
            o["state"] = "PAYING"
        elif verb == "order.pay_failed":
            o["state"] = "PLACED"
        elif verb == "order.pay":
            if o["state"] not in ("PLACED", "PAYING", "EXPIRED"):
                raise Refusal(2003)
            o["payments"].append({"pay_id": body["pay_id"], "amount": body["amount"]})
            o["state"] = "PAID"
            self.send_tickets(o)
        elif verb == "order.serve":
            o["kitchen"] = "SERVED"
        elif verb == "order.refund":
            o["state"] = "REFUNDED"
        if o["state"] == "PAID" and o["kitchen"] == "SERVED":
            o["state"] = "ENDED"

    def due(self, o):
        lines = sum(e4(l["amount"]) for l in o["lines"])
        return lines, half_up(lines, 100) * 100

    def view(self, o):
        lines, due = self.due(o)
        if self.bug == "wrong_due":
            due += 100
        state = o["state"]
        if self.bug == "pays_by_itself" and state == "CANCELLED":
            state = "PAID"
        view = {"order_id": o["order_id"], "number": o["number"], "state": state,
                "channel": {"A": "KIOSK", "E": "EMENU", "P": "POS"}[o["letter"]],
                "kitchen": o["kitchen"], "lines": o["lines"], "lines_amount": money(lines),
                "adjust": [{"kind": "ROUNDING", "amount": money(due - lines)}]
                if due != lines else [],
                "due": money(due), "payments": o["payments"], "at": o["at"]}
        if o["letter"] == "A" and o["state"] == "PLACED":
            view["expires_in_ms"] = EXPIRY_MS
        return view

    @staticmethod
    def is_open(o):
        return o["state"] in ("PLACED", "PAYING", "PAID")

    def tell(self, o):
        view = self.view(o) if self.is_open(o) else None
        self.publish(f"order/{o['order_id']}", view, True)
        self.publish(f"dev/{o['device']}/order/{o['order_id']}", view, True)

    def arm(self, o):
        def expire():
            if o["state"] == "PLACED":
                o["state"] = "EXPIRED"
                self.seq += 1
                o["at"] = self.at()
                self.tell(o)
        if o["letter"] == "A" and o["state"] == "PLACED":
            delay = 0.001 if self.bug == "early_expiry" else EXPIRY_MS / 1000
            t = threading.Timer(delay, expire)
            t.daemon = True
            t.start()

    # ---- tickets ----
    def send_tickets(self, o):
        for station in MENU["stations"]:
            for n in range(o["sent"] + 1, o["rounds"] + 1):
                lines = [l for l in o["lines"] if l["station"] == station and l["round"] == n]
                if self.bug == "wrong_station" and station == "hot":
                    lines += [l for l in o["lines"] if l["station"] == "bar" and l["round"] == n]
                if not lines or (self.bug == "lost_ticket" and o["n"] % 7 == 0):
                    continue
                o["kitchen"] = "QUEUED"
                self.put_ticket({"order_id": o["order_id"], "number": o["number"], "round": n,
                                 "station": station, "state": "NEW",
                                 "lines": [{"line": l["line"]} for l in lines]})
        o["sent"] = o["rounds"]

    def put_ticket(self, t):
        self.seq += 1
        t["at"] = self.at()
        key = f"ticket/{t['station']}/{t['order_id']}/{t['round']}"
        self.tickets[key] = t
        self.publish(key, None if t["state"] == "BUMPED" else t, True)
        if self.bug == "ticket_twice" and t["state"] == "BUMPED":
            self.seq += 1
            self.publish(key, {**t, "state": "NEW", "at": self.at()}, True)

    def ticket(self, verb, body):
        t = self.tickets.get(f"ticket/{body['station']}/{body['order_id']}/{body['round']}")
        if t is None:
            raise Refusal(2010)
        state = {"ticket.start": "STARTED", "ticket.ready": "READY", "ticket.bump": "BUMPED"}[verb]
        duplicate = t["state"] == state
        t["state"] = state
        self.put_ticket(t)
        at = t["at"]
        o = self.orders[t["order_id"]]
        mine = [x for x in self.tickets.values() if x["order_id"] == t["order_id"]]
        if o["kitchen"] != "SERVED" and all(x["state"] in ("READY", "BUMPED") for x in mine):
            o["kitchen"] = "READY"
        self.seq += 1
        o["at"] = self.at()
        self.tell(o)
        return {"at": at, **({"duplicate": True} if duplicate else {})}


def main():
    bug = sys.argv[2] if len(sys.argv) > 2 else ""
    if bug and bug not in BUGS and bug != "limited":
        sys.exit(f"unknown bug {bug}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Hub(int(sys.argv[1]), bug).client.loop_forever()


if __name__ == "__main__":
    main()
