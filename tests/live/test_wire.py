#!/usr/bin/python3
"""The same little story over every wire a device may use, with public MQTT clients: MQTT 5 and 3.1.1,
over TCP and over WebSockets. And what the wire refuses: foreign response topics, foreign devices,
verbs that do not exist, requests that the broker kept."""

import json
import shutil
import subprocess
import unittest

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device import PREFIX
from live import COLA, MARGHERITA, LiveTest, order_lines
from store import SOON_S

PROGRAMS = ("mosquitto_rr", "mosquitto_sub", "mosquitto_pub")
CORRELATION = "c0rr"


class Shell:
    """A device whose every act is one run of a program of mosquitto-clients."""

    def __init__(self, store, entry, version):
        self.name, self.version, self.counter = entry["device"], version, 0
        self.account = ["-h", "127.0.0.1", "-p", str(store.port), "-u", self.name,
                        "-P", entry["password"], "-i", self.name, "-V", version, "-q", "1"]

    def run(self, program, *args):
        done = subprocess.run([program, *self.account, *args], stdout=subprocess.PIPE,
                              timeout=2 * SOON_S, check=True)
        return done.stdout.decode()

    def ask(self, verb, **body):
        """Over MQTT 5 with a response topic of its own and correlation data, which come back."""
        self.counter += 1
        body["req_id"] = f"{self.version}-{self.name}-{self.counter}"
        answer, extra = f"{PREFIX}dev/{self.name}/res", []
        if self.version == "mqttv5":
            answer += "/rr"
            extra = ["-D", "publish", "correlation-data", CORRELATION, "-F", "%D %p"]
        text = self.run("mosquitto_rr", "-t", f"{PREFIX}dev/{self.name}/req/{verb}", "-e", answer,
                        "-m", json.dumps(body), "-W", str(int(SOON_S)), *extra)
        if extra:
            correlation, _, text = text.partition(" ")
            assert correlation == CORRELATION, correlation
        reply = json.loads(text)
        assert reply["req_id"] == body["req_id"], reply
        return reply

    def first(self, topic):
        """The first message on a topic."""
        return json.loads(self.run("mosquitto_sub", "-t", PREFIX + topic, "-C", "1",
                                   "-W", str(int(SOON_S))))


class Wire(LiveTest):
    websocket = True

    def story(self, order_id, kiosk_ask, ticket_seen):
        order = self.ok(kiosk_ask("order.place", order_id=order_id,
                                  lines=order_lines((MARGHERITA, 1), (COLA, 2))))["order"]
        paid = self.ok(kiosk_ask("order.pay", order_id=order_id, pay_id=order_id, tender="CARD",
                                 amount=order["due"]))
        self.assertEqual(paid["order"]["state"], "PAID")
        ticket = ticket_seen(f"ticket/oven/{order_id}/1")
        self.assertEqual((ticket["number"], [line["name"] for line in ticket["lines"]]),
                         (order["number"], ["Margherita M"]))
        got = self.ok(kiosk_ask("order.get", order_id=order_id))["order"]
        self.assertEqual((got["state"], got["kitchen"]), ("PAID", "QUEUED"))

    def shell_story(self, version):
        if not all(shutil.which(program) for program in PROGRAMS):
            self.skipTest("mosquitto-clients is not installed (tools/deps)")
        kiosk = Shell(self.store, self.crew["kiosk-1"], version)
        oven = Shell(self.store, self.crew["kds-oven"], version)
        self.story(version, kiosk.ask, oven.first)

    def device_story(self, order_id, **wire):
        kiosk = self.device("kiosk-2", **wire)
        oven = self.device("kds-oven", "ticket/oven/#", **wire)
        self.story(order_id, kiosk.ask, oven.wait)

    def test_mosquitto_clients_mqtt5(self):
        self.shell_story("mqttv5")

    def test_mosquitto_clients_mqtt311(self):
        self.shell_story("mqttv311")

    def test_paho_mqtt5(self):
        self.device_story("tcp-5", protocol=mqtt.MQTTv5)

    def test_paho_mqtt311(self):
        self.device_story("tcp-311", protocol=mqtt.MQTTv311)

    def test_websockets_mqtt5(self):
        self.device_story("ws-5", protocol=mqtt.MQTTv5, transport="websockets")

    def test_websockets_mqtt311(self):
        self.device_story("ws-311", protocol=mqtt.MQTTv311, transport="websockets")

    def test_presence_from_the_command_line(self):
        if not shutil.which("mosquitto_pub"):
            self.skipTest("mosquitto-clients is not installed (tools/deps)")
        till = self.device("till-1", "dev/+/state")
        board = Shell(self.store, self.crew["board-1"], "mqttv311")
        board.run("mosquitto_pub", "-r", "-t", f"{PREFIX}dev/board-1/state",
                  "-m", '{"state":"online","app":"shell"}')
        self.assertEqual(till.wait("dev/board-1/state")["app"], "shell")

    def test_any_quality_of_service_is_answered_once(self):
        kiosk = self.device("kiosk-1")
        for qos in (0, 1, 2):
            kiosk.client.publish(f"{PREFIX}dev/kiosk-1/req/time.get",
                                 json.dumps({"req_id": f"qos-{qos}"}), qos=qos)
        for qos in (0, 1, 2):
            self.ok(kiosk.reply(f"qos-{qos}"))
        self.ok(kiosk.ask("time.get"))
        self.assertTrue(kiosk.replies.empty())


class Refused(LiveTest):
    def publish5(self, device, verb, body, response_topic):
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = b"keep"
        properties.ResponseTopic = response_topic
        device.client.publish(f"{PREFIX}dev/{device.name}/req/{verb}", json.dumps(body), qos=1,
                              properties=properties)

    def test_a_response_topic_outside_the_own_ones(self):
        kiosk = self.device("kiosk-2", protocol=mqtt.MQTTv5)
        other = self.device("kiosk-1", "dev/kiosk-1/res/#")
        told = []
        kiosk.client.message_callback_add(
            f"{PREFIX}dev/kiosk-2/res",
            lambda c, u, m: (told.append(getattr(m.properties, "CorrelationData", None)),
                             kiosk._on_message(c, u, m)))
        foreign = [f"{PREFIX}dev/kiosk-1/res", f"{PREFIX}dev/kiosk-1/res/x", f"{PREFIX}hub",
                   f"{PREFIX}dev/kiosk-2/res/#", f"{PREFIX}dev/kiosk-2/res/+",
                   f"{PREFIX}dev/kiosk-2/resx", f"{PREFIX}dev/kiosk-2/order/x", "elsewhere",
                   f"{PREFIX}dev/kiosk-2/res/" + "x" * 300]
        for n, topic in enumerate(foreign):
            with self.subTest(topic=topic[:60]):
                self.publish5(kiosk, "order.place",
                              {"req_id": f"foreign-{n}", "order_id": f"foreign-{n}",
                               "lines": order_lines((COLA, 1))}, topic)
                self.code(1010, kiosk.reply(f"foreign-{n}"))
                self.code(2001, kiosk.ask("order.get", order_id=f"foreign-{n}"))
        self.ok(other.ask("time.get"))
        self.assertEqual([t for t, _, _ in other.messages if t.startswith("dev/kiosk-1/res/")], [])
        self.assertTrue(other.replies.empty())
        self.assertEqual(told.count(b"keep"), len(foreign))

    def test_a_foreign_devices_topic(self):
        """A round trip after the forgery: the broker has dealt with both, in this order."""
        for protocol in (mqtt.MQTTv311, mqtt.MQTTv5):
            order_id = f"forged-{protocol}"
            with self.subTest(order_id):
                one, two = self.device("kiosk-1"), self.device("kiosk-2", protocol=protocol)
                before = self.metric("requests_total")
                body = {"req_id": order_id, "order_id": order_id, "lines": order_lines((COLA, 1))}
                two.client.publish(f"{PREFIX}dev/kiosk-1/req/order.place", json.dumps(body), qos=1)
                self.ok(two.ask("time.get"))
                self.code(2001, self.device("till-1").ask("order.get", order_id=order_id))
                self.assertEqual(self.metric("requests_total"), before + 2)
                self.ok(one.ask("time.get"))
                self.assertTrue(one.replies.empty() and two.replies.empty())

    def test_a_verb_that_does_not_exist(self):
        kiosk = self.device("kiosk-1")
        for verb in ("order.steal", "ORDER.PLACE", "x" * 200, "order.place ", "menu.import.", "-"):
            with self.subTest(verb=verb[:20]):
                reply = self.code(1010, kiosk.ask(verb))
                self.assertEqual(reply["detail"], "verb")

    def test_a_verb_of_the_control_socket(self):
        self.code(4005, self.device("till-1").ask("menu.import", currency="EUR", items=[]))

    def test_a_kept_request_is_not_done_again(self):
        """The broker keeps it and gives it to every new connection of the hub."""
        kiosk = self.device("kiosk-1")
        body = {"req_id": "kept-1", "order_id": "kept-1", "lines": order_lines((COLA, 1))}
        topic = f"{PREFIX}dev/kiosk-1/req/order.place"
        kiosk.client.publish(topic, json.dumps(body), qos=1, retain=True)
        placed = self.ok(kiosk.reply("kept-1"))
        boot = kiosk.wait("hub", lambda v: v and v["state"] == "online")["boot"]
        before = self.store.get("/v1/status")["seq"]
        self.assertEqual(placed["at"][1], before)
        self.store.restart_hub()
        kiosk.wait("hub", lambda v: v and v["state"] == "online" and v["boot"] > boot)
        self.ok(kiosk.ask("time.get"))
        self.assertEqual(self.metric("dropped_total"), 1)
        self.assertTrue(kiosk.replies.empty())
        kiosk.client.publish(topic, b"", qos=1, retain=True)


if __name__ == "__main__":
    unittest.main()
