"""A real broker on loopback, and an ear on it, for tests of what the center pushes."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import center  # noqa: F401
from store import SOON_S, free_port, listens, wait_for

try:
    import paho.mqtt.client as mqtt
except ImportError:
    mqtt = None

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def need_broker():
    if mqtt is None or not os.access(MOSQUITTO, os.X_OK):
        print("skipped: no mosquitto or no paho-mqtt")
        sys.exit(77)


class Broker:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="broker-")
        os.chmod(self.dir, 0o777)
        self.port, self.socket = free_port(), os.path.join(self.dir, "socket")
        self.address = f"127.0.0.1:{self.port}"
        self.process = None
        with open(os.path.join(self.dir, "conf"), "w", encoding="utf-8") as f:
            f.write(f"listener {self.port} 127.0.0.1\nlistener 0 {self.socket}\n"
                    "allow_anonymous true\npersistence false\nmax_queued_messages 0\n"
                    "log_type error\n")
        self.start()

    def start(self):
        self.process = subprocess.Popen([MOSQUITTO, "-c", os.path.join(self.dir, "conf")])
        wait_for("the broker", lambda: listens(self.port), alive=self.process)

    def stop(self):
        self.process.terminate()
        self.process.wait(SOON_S)

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


class Ear:
    """What is published below poi/: `heard`, as (brand, poi, leaf, parsed, retained, when).
    tls: an ssl.SSLContext, for a broker that wants it."""

    def __init__(self, broker, filters=("poi/+/+/down", "poi/+/+/head"), tls=None):
        self.heard, self.changed = [], threading.Condition()
        self.filters = filters
        ready = threading.Event()
        self.client = mqtt.Client()
        if tls:
            self.client.tls_set_context(tls)
        self.client.on_connect = lambda *_: self.client.subscribe([(f, 1) for f in self.filters])
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = self.on_message
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        if not ready.wait(SOON_S):
            raise RuntimeError("the broker lets nobody hear")

    def on_message(self, _client, _ctx, message):
        _, brand, poi, leaf = message.topic.split("/")
        with self.changed:
            self.heard.append((brand, poi, leaf, json.loads(message.payload), message.retain,
                               time.monotonic()))
            self.changed.notify_all()

    def of(self, poi, leaf):
        """The messages of one store so far."""
        with self.changed:
            return [m[3] for m in self.heard if m[1] == poi and m[2] == leaf]

    def wait(self, poi, leaf, good=lambda message: True, n=1, wait_s=SOON_S):
        """The first n messages of the store that are good."""
        end = time.monotonic() + wait_s
        with self.changed:
            while True:
                found = [m[3] for m in self.heard if m[1] == poi and m[2] == leaf and good(m[3])]
                if len(found) >= n:
                    return found[:n]
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{poi}/{leaf}: {len(found)} of {n} in {wait_s} s")
                self.changed.wait(left)

    def say(self, poi, leaf, value):
        payload = value if isinstance(value, str) else json.dumps(value)
        self.client.publish(f"poi/1/{poi}/{leaf}", payload, qos=1).wait_for_publish()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
