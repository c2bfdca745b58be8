#!/usr/bin/python3
"""Every message of a long day follows proto/asyncapi.yaml: an observer hears all there is while the
crew uses every verb, and each message is held to its channel, schema, QoS and retain flag."""

import json
import unittest

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device import PREFIX, Device
from ear import Ear, observer
from live import LiveTest
from schemas import Schemas, Wire
from store import wait_for

PIZZA, PIZZA_L, EGG, SALAD, LUNCH, WATER = "1001", "1002", "1003", "1004", "1005", "1006"
SPU = "500"
DAY = {
    "currency": "EUR", "stations": ["oven", "bar"], "categories": ["Food"],
    "spus": [{"id": SPU, "name": "Pizza", "category": "Food"}],
    "groups": [{"id": "9", "name": "Extras", "max": 3, "options": [
        {"option_id": "77", "name": "Cheese", "price": "1"},
        {"option_id": "78", "name": "Egg", "price": "0.5", "object_id": EGG}]}],
    "items": [
        {"object_id": PIZZA, "spu_id": SPU, "name": "Pizza M \u00e0 la \u65e5\u672c \"x\"",
         "price": "10", "station": "oven", "tax": "A", "groups": ["9"],
         "channel_prices": {"KIOSK": "9.5"}},
        {"object_id": PIZZA_L, "spu_id": SPU, "name": "Pizza L", "price": "10", "station": "oven"},
        {"object_id": EGG, "name": "Egg", "price": "10", "station": "bar"},
        {"object_id": SALAD, "name": "Salad", "price": "10", "station": "bar", "step": "0.1"},
        {"object_id": LUNCH, "name": "Lunch", "price": "12"},
        {"object_id": WATER, "name": "Water", "price": "2"}],
    "combos": [{"object_id": LUNCH, "parts": [{"object_id": PIZZA_L, "price": "1"}]}],
}


def line(n, object_id, qty="1", **more):
    return {"line": n, "object_id": object_id, "qty": qty, **more}


def sku(object_id, **more):
    return {"object_type": 2, "object_id": object_id, **more}


class OnTheWire(LiveTest):
    conf = {"channel.KIOSK": {"expiry_s": 1}, "limits": {"device": 0, "verb.order.list": 0}}
    menu = DAY

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crew["emenu-1"] = cls.store.add_device("emenu-1", "emenu")
        cls.crew["kiosk-9"] = cls.store.add_device("kiosk-9", "kiosk")
        cls.wire = Wire(Schemas())

    # ---- the day ----
    def stock(self, till):
        self.ok(till.ask("stock.plan", **sku(PIZZA, limited=True, plan="9")))
        self.ok(till.ask("stock.plan", object_type=1, object_id=SPU, limited=True, plan=40))
        self.ok(till.ask("stock.set", object_type="1", object_id=SPU, qty="40"))
        self.ok(till.ask("stock.set", **sku(PIZZA, qty="12", basis="physical")))
        self.ok(till.ask("stock.plan", **sku(EGG, limited=True, plan="20")))
        self.ok(till.ask("stock.set", **sku(EGG, qty=0)))
        self.ok(till.ask("stock.adjust", **sku(EGG, delta=9, reason="RECEIPT", operator="anna")))
        self.ok(till.ask("stock.adjust", **sku(EGG, delta="-0.5", reason="WASTE")))
        self.ok(till.ask("stock.channel", **sku(PIZZA, channel="KIOSK", limited=True, limit="2")))
        self.ok(till.ask("stock.channel", **sku(PIZZA_L, channel="EMENU", on_sale=False)))
        self.ok(till.ask("stock.schedule", **sku(EGG, auto=True, at="06:00", daily=True)))
        self.ok(till.ask("stock.schedule", **sku(EGG, auto=False)))
        self.ok(till.ask("stock.sold_out", **sku(SALAD)))

    def refusals(self, till, kiosk):
        def place(*lines):
            return till.ask("order.place", order_id="no", lines=list(lines))
        self.code(1003, place(line(1, SALAD)))
        self.code(1001, place(line(1, PIZZA, "40")))
        self.code(1012, place(line(1, "4711")))
        self.code(1011, place(line(1, PIZZA, price="9")))
        self.code(2001, till.ask("order.cancel", order_id="nobody"))
        self.code(2001, till.ask("order.get", order_id="nobody"))
        self.code(1012, till.ask("stock.get", **sku("4711")))
        self.code(2010, till.ask("ticket.start", order_id="nobody", station="oven", round=1))
        self.code(4005, kiosk.ask("order.trace", order_id="nobody"))
        self.code(1002, kiosk.ask("order.place", order_id="no", lines=[line(1, PIZZA, "3")]))
        self.code(1010, till.ask("stock.return", **sku(EGG, qty=1)))
        self.code(4005, till.ask("order.place", order_id="no", lines=[line(1, EGG)],
                                 override_pin="4711", operator="anna"))
        self.ok(till.ask("stock.on_sale", **sku(SALAD)))

    def a_long_dinner(self, till, emenu):
        self.ok(emenu.ask("order.place", order_id="dinner", table="7", note="quick", user_id="u", lines=[
            line(1, PIZZA, "2", note="thin", seat=2, course=1, price="10.0000",
                 options=[{"option_id": "77", "qty": 1}, {"option_id": "78", "qty": "1"}]),
            line(2, SALAD, "0.5"), line(3, WATER)]))
        self.ok(emenu.ask("order.add", order_id="dinner", lines=[line(5, EGG), line(6, SALAD)]))
        self.ok(till.ask("order.void", order_id="dinner", void_id="v", operator="anna",
                         lines=[{"line": 6, "qty": 1, "restock": True}]))
        self.ok(emenu.ask("order.update", order_id="dinner", table="8", note="by the window",
                          user_id="v"))
        self.ok(till.ask("order.adjust", order_id="dinner", adjust=[
            {"adj": 1, "kind": "DISCOUNT", "name": "guest", "amount": "-1.005"},
            {"adj": 2, "kind": "SERVICE", "line": 1, "amount": "0.5"}]))
        self.ok(till.ask("order.pay_begin", order_id="dinner", pay_id="p1", amount="3",
                         tender="CARD"))
        self.ok(till.ask("order.pay_failed", order_id="dinner", pay_id="p1"))
        self.ok(till.ask("order.pay", order_id="dinner", pay_id="p2", tender="CASH", amount="3"))
        last = {"order_id": "dinner", "pay_id": "p3", "tender": "CARD", "amount": "99",
                "ref": "t-1", "lines": [{"line": 2, "actual_qty": "0.4"}]}
        self.assertEqual(self.ok(till.ask("order.pay", **last))["order"]["state"], "PAID")
        self.assertTrue(self.ok(till.ask("order.pay", **last))["duplicate"])

    def the_kitchen(self, till, oven, bar):
        def tell(screen, verb, station, round_):
            return self.ok(screen.ask(verb, order_id="dinner", station=station, round=round_))
        tell(oven, "ticket.start", "oven", 1)
        tell(oven, "ticket.start", "oven", 1)
        self.ok(till.ask("sync.snapshot"))
        self.ok(till.ask("order.refund", order_id="dinner", refund_id="r1", amount="5",
                         lines=[{"line": 1, "qty": 1, "restock": True}]))
        for verb in ("ticket.ready", "ticket.recall", "ticket.ready", "ticket.bump"):
            tell(oven, verb, "oven", 1)
        for round_ in (1, 2):
            for verb in ("ticket.start", "ticket.ready", "ticket.bump"):
                tell(bar, verb, "bar", round_)
        self.ok(oven.ask("order.serve", order_id="dinner", round=1))
        self.ok(oven.ask("order.serve", order_id="dinner"))
        self.ok(till.ask("order.refund", order_id="dinner", refund_id="r2", amount="1"))

    def short_ones(self, till):
        combo = [line(1, LUNCH), line(2, PIZZA_L, parent=1)]
        sold = {"order_id": "lunch", "lines": combo, "req_id": "lunch-again",
                "payments": [{"pay_id": "a", "tender": "CASH", "amount": "3", "ref": "r"},
                             {"pay_id": "b", "tender": "CARD", "amount": "10"}]}
        self.ok(till.ask("order.sell", **sold))
        self.assertTrue(till.ask("order.sell", **sold)["replayed"])
        self.ok(till.ask("order.serve", order_id="lunch", round=1))
        self.ok(till.ask("order.place", order_id="off", lines=[line(1, PIZZA_L)]))
        self.ok(till.ask("order.cancel", order_id="off", restock=[1]))
        self.code(2009, till.ask("order.pay", order_id="off", pay_id="p", tender="CASH", amount="10"))
        self.ok(till.ask("order.place", order_id="split", lines=[line(1, EGG), line(2, WATER)]))
        for n in range(4):
            paid = self.ok(till.ask("order.pay", order_id="split", pay_id=f"s{n}", tender="CASH",
                                    amount="3"))
        self.assertEqual(paid["order"]["state"], "PAID")

    def late_ones(self, till, kiosk):
        for order_id, object_id in (("late", WATER), ("too-late", EGG)):
            self.ok(kiosk.ask("order.place", order_id=order_id, lines=[line(1, object_id)]))
        for order_id in ("late", "too-late"):
            wait_for("its end", lambda o=order_id: till.ask(
                "order.get", order_id=o)["order"]["state"] == "EXPIRED")
            kiosk.wait_gone(f"dev/kiosk-1/order/{order_id}")
        self.assertTrue(self.ok(kiosk.ask("order.pay", order_id="late", pay_id="p", tender="CARD",
                                          amount="2"))["late"])
        self.ok(till.ask("stock.set", **sku(EGG, qty="0")))
        self.code(2006, kiosk.ask("order.pay", order_id="too-late", pay_id="p", tender="CARD",
                                  amount="10"))

    def a_shortage(self, till):
        self.ok(till.ask("stock.set", **sku(EGG, qty="3")))
        self.ok(till.ask("order.place", order_id="short", lines=[line(1, EGG, "3")]))
        self.ok(till.ask("stock.set", **sku(EGG, qty="1")))
        till.wait(f"alert/short-2-{EGG}")
        self.ok(till.ask("stock.set", **sku(EGG, qty="5")))
        till.wait_gone(f"alert/short-2-{EGG}")

    def questions(self, till, others):
        for body in ({"limit": 2}, {"state": "CANCELLED", "since": 1000}, {}):
            self.ok(till.ask("order.list", **body))
        self.ok(till.ask("order.trace", order_id="dinner"))
        for object_id in (PIZZA, PIZZA_L, EGG):
            for verb in ("stock.get", "stock.history", "stock.explain"):
                self.ok(till.ask(verb, **sku(object_id)))
        self.ok(till.ask("stock.get", object_type=1, object_id=SPU))
        self.ok(till.ask("menu.get", cursor="9-9-9"))
        for device in (till, *others):
            for verb in ("sync.snapshot", "time.get", "order.list"):
                self.ok(device.ask(verb))
            self.ok(device.ask("menu.get") if device.name != "board-1" else device.ask("time.get"))
        self.ok(others[0].ask("order.get", order_id="late"))

    def below_the_reply_topic(self):
        with Device(self.store, self.crew["kiosk-2"], ["dev/kiosk-2/res/#"],
                    protocol=mqtt.MQTTv5) as device:
            for n, topic in enumerate(("mine", "mine/too")):
                properties = Properties(PacketTypes.PUBLISH)
                properties.ResponseTopic = f"{PREFIX}dev/kiosk-2/res/{topic}"
                device.client.publish(f"{PREFIX}dev/kiosk-2/req/time.get",
                                      json.dumps({"req_id": f"below-{n}"}), qos=1,
                                      properties=properties)
                self.ok(device.reply(f"below-{n}"))

    def presence(self, till):
        state = f"{PREFIX}dev/kiosk-9/state"
        entry = self.crew["kiosk-9"]
        with Ear(self.store, "kiosk-9", entry["password"],
                 will=(state, b'{"state":"offline"}')) as ear:
            ear.say(state, b'{"state":"online","app":"1.4.0"}', retain=True)
            till.wait("dev/kiosk-9/state", lambda v: v and v["state"] == "online")
            ear.vanish()
            till.wait("dev/kiosk-9/state", lambda v: v and v["state"] == "offline")

    def a_ping(self, kiosk):
        def answer(client, _userdata, m):
            pong = {"nonce": json.loads(m.payload)["nonce"]}
            client.publish(f"{PREFIX}dev/kiosk-1/req/pong", json.dumps(pong), qos=1)
        kiosk.client.message_callback_add(f"{PREFIX}dev/kiosk-1/cmd", answer)
        kiosk.client.subscribe(f"{PREFIX}dev/kiosk-1/cmd", 1)
        # Only who says that it is there is waited for.
        kiosk.client.publish(f"{PREFIX}dev/kiosk-1/state", b'{"state":"online"}', qos=1, retain=True)
        wait_for("it is there", lambda: "kiosk-1" not in
                 self.store.get("/v1/status")["devices"]["offline"])
        result = self.store.control("device.test", device="kiosk-1")["result"]
        self.assertEqual((result["rules_ok"], result["detail"]), (True, ""))
        kiosk.client.message_callback_remove(f"{PREFIX}dev/kiosk-1/cmd")

    def the_day(self):
        till = self.device("till-1", "menu", "stock/#", "order/#", "alert/#", "dev/+/state")
        kiosk, emenu = self.device("kiosk-1", "stock/#"), self.device("emenu-1", "stock/#")
        oven, bar = self.device("kds-oven", "ticket/oven/#"), self.device("kds-bar")
        board = self.device("board-1", "pickup/#")
        self.stock(till)
        self.refusals(till, kiosk)
        self.a_long_dinner(till, emenu)
        self.the_kitchen(till, oven, bar)
        self.short_ones(till)
        self.late_ones(till, kiosk)
        self.a_shortage(till)
        self.questions(till, (kiosk, emenu, oven, bar, board))
        self.below_the_reply_topic()
        self.presence(till)
        self.a_ping(kiosk)
        self.store.control("day.close")
        self.store.import_menu({**DAY, "items": DAY["items"][:5]})
        till.wait("menu", lambda v: v and v["rev"] == 2)

    # ---- the end of it ----
    def a_hub_that_died(self, ear):
        """Its will; then everything anew, to an observer who comes new (the restarted hub has
        written the broker's users)."""
        self.store.stop_hub(9)
        ear.wait(lambda all_: b"offline" in [h for h in all_ if h.topic.endswith("/hub")][-1].payload)
        heard = ear.fence()
        ear.close()
        self.store.start_hub()
        self.store.wait_broker()
        with observer(self.store) as ear:
            return heard + ear.fence()

    def a_revoked_device(self):
        """Without an observer: the hub writes the users anew."""
        topic = f"{PREFIX}dev/kiosk-9/cmd"
        with Ear(self.store, "kiosk-9", self.crew["kiosk-9"]["password"], [topic]) as ear:
            self.store.control("device.revoke", device="kiosk-9")
            return ear.wait(lambda all_: all_)

    def test_every_message_of_a_day(self):
        ear = observer(self.store)
        self.addCleanup(ear.close)
        self.the_day()
        heard = self.a_hub_that_died(ear) + self.a_revoked_device()
        for message in heard:
            faults = self.wire.errors(*message)
            with self.subTest(f"{message[0]} {message[1][:300]}"):
                self.assertEqual(faults, [])
        self.assertGreater(len(heard), 300)
        # Without a center nothing is sold by rights, so none can be given back; what is said in a
        # pairing test_pair.py hears.
        self.assertEqual(self.wire.silent(), {("reply", "stock.return"), ("pairUp", "pairUp"),
                                              ("pairDown", "pairDown")})
        self.tampered(heard)

    # ---- the judge, judged ----
    def tampered(self, heard):
        """Each good message with one thing wrong is bad."""
        judge = Wire(Schemas())
        for topic, payload, qos, retain in heard:
            if not payload:
                continue
            judge.errors(topic, payload, qos, retain)
            written_by_hub = "/req/" not in topic and not topic.endswith("/state")
            value = json.loads(payload)
            wrong = {"topic": (topic + "/x/y/z/1", payload, qos, retain) if "/res" not in topic
                     else (topic.replace("/res", "/ser"), payload, qos, retain),
                     "retain": (topic, payload, qos, not retain),
                     "cut": (topic, payload[:-1], qos, retain), "array": (topic, b"[]", qos, retain),
                     "no JSON": (topic, b"\xff", qos, retain)}
            if not retain:
                wrong["qos"] = (topic, payload, 0, retain)
            if written_by_hub:
                wrong["one more"] = (topic, json.dumps({**value, "drift": 1}), qos, retain)
                for first in list(value)[:1]:
                    wrong["other type"] = (topic, json.dumps({**value, first: {}}), qos, retain)
            for what, message in wrong.items():
                with self.subTest(f"{what}: {message[0]} {message[1][:200]}"):
                    self.assertNotEqual(judge.errors(*message), [])

    def test_a_bad_message_on_the_wire_is_noticed(self):
        bad = {f"{PREFIX}stock/sku/99": b'{"forged":true}', f"{PREFIX}news": b"{}",
               f"{PREFIX}hub": b'{"state":"sleepy"}', "elsewhere": b"{}",
               f"{PREFIX}dev/kiosk-1/req/order.steal": b'{"req_id":"r"}'}
        with observer(self.store) as ear:
            for topic, payload in bad.items():
                ear.say(topic, payload)
            judge = Wire(Schemas())
            found = {h.topic for h in ear.fence() if judge.errors(*h)}
        self.assertEqual(found & set(bad), set(bad))


if __name__ == "__main__":
    unittest.main()
