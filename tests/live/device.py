"""A device of the store for the live tests: one MQTT client with the topics of lan-protocol.md."""

import json
import queue
import secrets
import socket
import threading
import time

import paho.mqtt.client as mqtt

import paths  # noqa: F401
from store import SOON_S

PREFIX = "poshub/v1/"


def at_once(_client, _userdata, sock):
    """Nothing waits for a fuller packet; a WebSocket wraps its socket."""
    getattr(sock, "_socket", sock).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Device:
    """entry: as Store.add_device returned it. Remembers the newest payload of every topic it hears
    (`seen`: topic without prefix -> object, absent when cleared) and every message (`messages`).
    transport: "tcp", or "websockets" of a store that has that listener. ca: a PEM file, for TLS on
    `port`."""

    def __init__(self, store, entry, topics=(), protocol=mqtt.MQTTv311, transport="tcp", ca=None,
                 port=None):
        self.name = entry["device"]
        self.seen, self.messages = {}, []
        self.changed = threading.Condition()
        self.replies = queue.Queue()
        self.refused = None
        self.prefix = secrets.token_hex(2)  # of req_ids: new at each start
        self.counter = 0
        self.topics = [f"dev/{self.name}/res", f"dev/{self.name}/order/+", "hub", *topics]
        self.subscribed = threading.Event()
        self.granted = {}
        self.client = mqtt.Client(client_id=self.name, protocol=protocol, transport=transport)
        self.client.username_pw_set(self.name, entry["password"])
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = lambda *_: self.subscribed.clear()
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message
        self.client.on_socket_open = at_once
        if ca:
            self.client.tls_set(ca)
        plain = store.port if transport == "tcp" else store.websocket_port
        self.client.connect("127.0.0.1", port or plain)
        self.client.loop_start()

    def __enter__(self):
        if not self.subscribed.wait(SOON_S):
            self.close()
            raise AssertionError(f"{self.name}: not connected ({self.refused})")
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    # ---- requests ----
    def send(self, verb, body):
        self.client.publish(f"{PREFIX}dev/{self.name}/req/{verb}", json.dumps(body), qos=1)

    def ask(self, verb, **body):
        """The reply to one request; req_id is made when it is not given."""
        if "req_id" not in body:
            self.counter += 1
            body["req_id"] = f"{self.prefix}-{self.counter}"
        self.send(verb, body)
        return self.reply(body["req_id"])

    def reply(self, req_id, timeout_s=SOON_S):
        until = time.monotonic() + timeout_s
        while True:
            try:
                reply = self.replies.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{self.name}: no reply to {req_id}") from None
            if reply.get("req_id") == req_id:
                return reply

    # ---- retained state ----
    def wait(self, topic, condition=lambda v: v is not None, timeout_s=SOON_S):
        """The payload of a topic once `condition` holds for it; None stands for a cleared one."""
        with self.changed:
            if not self.changed.wait_for(lambda: condition(self.seen.get(topic)), timeout_s):
                raise AssertionError(f"{self.name}: {topic} is {self.seen.get(topic)}")
            return self.seen.get(topic)

    def wait_gone(self, topic):
        self.wait(topic, lambda v: v is None)

    # ---- inside ----
    def _on_connect(self, client, _userdata, _flags, code, *_properties):
        self.refused = code
        if code == 0:
            client.subscribe([(PREFIX + t, 1 if "/res" in t else 0) for t in self.topics])

    def _on_subscribe(self, _client, _userdata, _mid, codes, *_properties):
        codes = [getattr(c, "value", c) for c in codes]
        self.granted = dict(zip(self.topics, codes))
        self.subscribed.set()

    def _on_message(self, _client, _userdata, message):
        topic = message.topic[len(PREFIX):]
        value = json.loads(message.payload) if message.payload else None
        if topic.startswith(f"dev/{self.name}/res"):
            self.replies.put(value)
        with self.changed:
            self.messages.append((topic, value, bool(message.retain)))
            if value is None:
                self.seen.pop(topic, None)
            else:
                self.seen[topic] = value
            self.changed.notify_all()
