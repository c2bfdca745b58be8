#!/usr/bin/python3
"""A device that stops reading, or goes without a word, is its own trouble: others are served, and
the store is told that it is gone."""

import json
import shutil
import signal
import socket
import subprocess
import unittest

from device import PREFIX, Device
from ear import Ear
from live import COLA, MARGHERITA, LiveTest, order_lines
from sockets import unsent
from store import SOON_S, end, wait_for

ORDERS = 200
LINES = 60
ONLINE, OFFLINE = b'{"state":"online"}', b'{"state":"offline"}'


class Deaf(Device):
    """Subscribes, and then takes nothing from its socket any more."""

    def __init__(self, store, entry, topics):
        super().__init__(store, entry, topics)
        if not self.subscribed.wait(SOON_S):
            raise AssertionError("not connected")
        self.client.socket().setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self.end = "{}:{}".format(*self.client.socket().getsockname())
        self.client.loop_stop()


class Slow(LiveTest):
    conf = {"limits": {"global": 0, "account": 0, "device": 0}}

    def not_taken(self, deaf):
        """Bytes that the broker's side of its connection holds."""
        return unsent(self.store.broker.pid, deaf.end)

    def deaf(self, name, *topics):
        device = Deaf(self.store, self.crew[name], topics)
        self.addCleanup(device.close)
        return device

    def sell(self, prefix, count=ORDERS, lines=LINES):
        """So many orders, placed and paid; each has its ticket and, when handed out, none."""
        kiosk, oven = self.device("kiosk-1"), self.device("kds-oven", "ticket/oven/#")
        kiosk.client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for n in range(count):
            order_id = f"{prefix}-{n}"
            order = self.ok(kiosk.ask("order.place", order_id=order_id, note="x" * 256,
                                      lines=order_lines(*[(MARGHERITA, 1)] * lines)))["order"]
            paid = self.ok(kiosk.ask("order.pay", order_id=order_id, pay_id="p", tender="CARD",
                                     amount=order["due"]))["order"]
            self.assertEqual(paid["state"], "PAID")
        for n in range(count):
            oven.wait(f"ticket/oven/{prefix}-{n}/1")
        kiosk.close()
        oven.close()

    def test_one_who_reads_nothing_delays_nobody(self):
        deaf = self.deaf("till-1", "order/#", "ticket/#", "pickup/#")
        self.sell("deaf")
        self.assertGreater(self.not_taken(deaf), 0)
        deaf.close()
        with self.device("till-1", "order/#") as back:
            back.wait(f"order/deaf-{ORDERS - 1}", lambda v: v and v["state"] == "PAID")
            self.ok(back.ask("time.get"))
            self.assertEqual(sum(t.startswith("order/deaf-") for t in back.seen), ORDERS)

    def test_one_who_asks_and_does_not_read_the_answers_delays_nobody(self):
        """The longest answers there are, more of them than the broker queues bytes for one."""
        deaf = self.deaf("till-1")
        for n in range(10):
            self.sell(f"long-{n}", 5)
        before, asked = self.metric("requests_total"), 300
        for n in range(asked):
            deaf.client.publish(f"{PREFIX}dev/till-1/req/order.list",
                                json.dumps({"req_id": f"list-{n}"}))
        wait_for("all requests at the hub",
                 lambda: self.metric("requests_total") >= before + asked, alive=self.store.hub)
        self.assertGreater(self.not_taken(deaf), 0)
        self.sell("beside", 50)
        self.assertGreater(self.not_taken(deaf), 0)
        deaf.close()
        with self.device("till-1") as back:
            self.ok(back.ask("time.get"))

    def test_a_process_that_is_stopped_delays_nobody(self):
        if not shutil.which("mosquitto_sub"):
            self.skipTest("mosquitto-clients is not installed (tools/deps)")
        entry = self.crew["till-1"]
        sub = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.store.port), "-i", "till-1",
             "-u", "till-1", "-P", entry["password"], "-v", "-t", PREFIX + "order/#",
             "-t", PREFIX + "hub"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(sub.stdout.close)
        self.addCleanup(end, sub, signal.SIGKILL)
        self.assertIn("online", sub.stdout.readline())
        sub.send_signal(signal.SIGSTOP)
        self.sell("stop", 50, 5)
        sub.send_signal(signal.SIGCONT)
        paid = set()
        while len(paid) < 50:
            topic, _, payload = sub.stdout.readline().partition(" ")
            if "/order/stop-" in topic and json.loads(payload)["state"] == "PAID":
                paid.add(topic)


class Gone(LiveTest):
    """How the store learns of it: by the will, whatever way the device went."""

    def come(self, name="kiosk-2", **more):
        state = f"{PREFIX}dev/{name}/state"
        ear = Ear(self.store, name, self.crew[name]["password"], will=(state, OFFLINE), **more)
        ear.__enter__()
        ear.say(state, ONLINE, retain=True)
        return ear

    def setUp(self):
        self.till = self.device("till-1", "dev/+/state")

    def told(self, state, name="kiosk-2"):
        """The tills are told, and the hub knows."""
        self.till.wait(f"dev/{name}/state", lambda v: v and v["state"] == state)
        wait_for(f"{name} {state}", lambda: (name in self.offline()) == (state == "offline"))

    def offline(self):
        return self.store.get("/v1/status")["devices"]["offline"]

    def test_a_connection_that_breaks(self):
        ear = self.come()
        self.told("online")
        ear.vanish()
        self.told("offline")
        ear = self.come()
        self.told("online")
        ear.vanish()
        self.told("offline")

    def test_a_device_that_is_silent_beyond_its_keep_alive(self):
        ear = self.come(keepalive_s=5)
        self.told("online")
        ear.client.loop_stop()
        self.told("offline")
        ear.close()

    def test_one_who_comes_back_before_it_was_missed_is_there(self):
        """The broker ends the old connection, and tells its will, before it greets the new one."""
        lost = self.come()
        self.told("online")
        lost.client.loop_stop()
        back = self.come()
        self.addCleanup(back.close)
        back.say(f"{PREFIX}dev/kiosk-2/req/time.get", b'{"req_id":"back"}')
        self.ok(self.till.ask("time.get"))
        states = [v["state"] for t, v, _ in self.till.messages if t == "dev/kiosk-2/state" and v]
        self.assertEqual(states[-2:], ["offline", "online"])
        self.told("online")
        lost.close()

    def test_what_it_was_doing_stays(self):
        ear = self.come()
        body = {"req_id": "gone-1", "order_id": "gone-1", "lines": order_lines((COLA, 1))}
        ear.say(f"{PREFIX}dev/kiosk-2/req/order.place", json.dumps(body))
        ear.vanish()
        self.told("offline")
        wait_for("order", lambda: self.store.ask("order.get", order_id="gone-1")["code"] == 0)
        with self.device("kiosk-2") as back:
            again = self.ok(back.ask("order.place", **body))
            self.assertTrue(again["replayed"])
            self.assertEqual(back.wait("dev/kiosk-2/order/gone-1")["state"], "PLACED")

    def test_a_dead_broker_leaves_everybody_unknown_until_they_come_back(self):
        ear = self.come("board-1")
        self.told("online", "board-1")
        self.store.stop_broker(9)
        wait_for("nobody there", lambda: "board-1" in self.offline())
        self.store.start_broker()
        self.store.wait_broker()
        wait_for("board-1 connected", ear.ready.is_set)
        ear.say(f"{PREFIX}dev/board-1/state", ONLINE, retain=True)
        wait_for("board-1 there", lambda: "board-1" not in self.offline())
        ear.close()


if __name__ == "__main__":
    unittest.main()
