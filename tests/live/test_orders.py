#!/usr/bin/python3
"""An order's way through the store: kiosk, till, kitchen, board, and a hub that is killed."""

import unittest

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from live import CAKE, COLA, MARGHERITA, LiveTest, order_lines


class Orders(LiveTest):
    def place(self, device, order_id, *lines, **more):
        lines = lines or ((MARGHERITA, 1), (COLA, 2))
        return device.ask("order.place", order_id=order_id, lines=order_lines(*lines), **more)

    def pay(self, device, order, pay_id):
        return device.ask("order.pay", order_id=order["order_id"], pay_id=pay_id, tender="CARD",
                          amount=order["due"])

    def test_place_answers_with_the_order(self):
        kiosk = self.device("kiosk-1")
        order = self.ok(self.place(kiosk, "place-1"))["order"]
        self.assertEqual((order["state"], order["channel"], order["origin"], order["due"]),
                         ("PLACED", "KIOSK", "HUB", "18.7500"))
        self.assertEqual([line["amount"] for line in order["lines"]], ["12.7500", "6.0000"])
        self.assertRegex(order["number"], r"^A\d{3}$")
        shown = kiosk.wait("dev/kiosk-1/order/place-1")
        self.assertEqual(shown["state"], "PLACED")

    def test_same_request_same_answer(self):
        kiosk = self.device("kiosk-1")
        first = self.ok(self.place(kiosk, "again-1", req_id="again-req"))
        again = self.ok(self.place(kiosk, "again-1", req_id="again-req"))
        self.assertTrue(again["replayed"])
        self.assertEqual((again["at"], again["order"]["number"]),
                         (first["at"], first["order"]["number"]))
        self.code(3001, self.place(kiosk, "again-1", (COLA, 1), req_id="again-req"))

    def test_mqtt5_correlation_and_response_topic(self):
        kiosk = self.device("kiosk-2", "dev/kiosk-2/res/mine", protocol=mqtt.MQTTv5)
        got = []
        kiosk.client.message_callback_add(
            "poshub/v1/dev/kiosk-2/res/mine",
            lambda c, u, m: (got.append(m.properties.CorrelationData), kiosk._on_message(c, u, m)))
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = b"\x01\x02"
        properties.ResponseTopic = "poshub/v1/dev/kiosk-2/res/mine"
        kiosk.client.publish("poshub/v1/dev/kiosk-2/req/time.get", '{"req_id":"five-1"}', qos=1,
                             properties=properties)
        self.ok(kiosk.reply("five-1"))
        self.assertEqual(got, [b"\x01\x02"])

    def test_paid_order_reaches_the_kitchen_and_the_board(self):
        kiosk, oven = self.device("kiosk-1"), self.device("kds-oven", "ticket/oven/#")
        board = self.device("board-1", "pickup/#")
        order = self.ok(self.place(kiosk, "cook-1"))["order"]
        self.assertEqual(self.ok(self.pay(kiosk, order, "cook-pay"))["order"]["state"], "PAID")
        ticket = oven.wait("ticket/oven/cook-1/1")
        self.assertEqual([line["name"] for line in ticket["lines"]], ["Margherita M"])
        self.assertEqual(board.wait(f"pickup/{order['number']}")["state"], "PREPARING")
        for verb in ("ticket.start", "ticket.ready", "ticket.bump"):
            self.ok(oven.ask(verb, order_id="cook-1", station="oven", round=1))
        oven.wait_gone("ticket/oven/cook-1/1")
        bar = self.device("kds-bar", "ticket/bar/#")
        for verb in ("ticket.start", "ticket.ready"):
            self.ok(bar.ask(verb, order_id="cook-1", station="bar", round=1))
        board.wait(f"pickup/{order['number']}", lambda v: v and v["state"] == "READY")
        self.ok(oven.ask("order.serve", order_id="cook-1"))
        board.wait_gone(f"pickup/{order['number']}")
        kiosk.wait_gone("dev/kiosk-1/order/cook-1")

    def test_sold_out_is_refused_and_shown(self):
        till, kiosk = self.device("till-1"), self.device("kiosk-1", "stock/#")
        self.ok(till.ask("stock.plan", object_type=2, object_id=CAKE, limited=True, plan="3"))
        self.ok(till.ask("stock.set", object_type=2, object_id=CAKE, qty="3"))
        kiosk.wait(f"stock/sku/{CAKE}", lambda v: v and v["avail"]["KIOSK"] == "3")
        self.ok(self.place(kiosk, "few-1", (CAKE, 2)))
        refused = self.code(1001, self.place(kiosk, "few-2", (CAKE, 2)))
        self.assertEqual([(line["line"], line["need"], line["avail"]) for line in refused["lines"]],
                         [(1, "2", "1")])
        self.ok(till.ask("order.cancel", order_id="few-1"))
        self.ok(till.ask("stock.plan", object_type=2, object_id=CAKE, limited=False))
        kiosk.wait_gone(f"stock/sku/{CAKE}")

    def test_a_killed_hub_remembers(self):
        kiosk = self.device("kiosk-2")
        first = self.ok(self.place(kiosk, "kill-1", req_id="kill-req"))
        boot = kiosk.wait("hub", lambda v: v and v["state"] == "online")["boot"]
        self.store.restart_hub()
        kiosk.wait("hub", lambda v: v and v["state"] == "online" and v["boot"] == boot + 1, 20)
        again = self.ok(self.place(kiosk, "kill-1", req_id="kill-req"))
        self.assertTrue(again["replayed"])
        self.assertEqual(again["at"], first["at"])
        self.assertEqual(kiosk.wait("dev/kiosk-2/order/kill-1")["state"], "PLACED")

    def test_the_will_tells_that_the_hub_is_gone(self):
        kiosk = self.device("kiosk-2")
        kiosk.wait("hub", lambda v: v and v["state"] == "online")
        self.store.stop_hub(9)
        try:
            kiosk.wait("hub", lambda v: v and v["state"] == "offline")
        finally:
            self.store.start_hub()
            self.store.wait_broker()


class Books(LiveTest):
    @classmethod
    def tearDownClass(cls):
        verdict = cls.store.control("journal.verify")["result"]
        assert verdict["ok"] and verdict["audit_ok"], verdict

    def test_orders_of_two_devices_do_not_mix(self):
        one, two, till = self.device("kiosk-1"), self.device("kiosk-2"), self.device("till-1")
        self.ok(one.ask("order.place", order_id="mine-1", lines=order_lines((COLA, 1))))
        self.assertNotEqual(two.ask("order.cancel", order_id="mine-1")["code"], 0)
        self.ok(till.ask("order.cancel", order_id="mine-1"))


if __name__ == "__main__":
    unittest.main()
