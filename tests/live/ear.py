"""Plain MQTT clients for the live tests: one that hears and says whatever it is allowed to, and one
that is allowed everything, which the hub knows nothing of.

    with Ear(store, "kiosk-1", password, ["#"]) as ear:
        ear.say("poshub/v1/hub", b"{}")
    with observer(store) as all_there_is:
        ...
        all_there_is.fence()    # whatever the broker had before this is in all_there_is.heard
"""

import collections
import os
import signal
import socket
import subprocess
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.subscribeoptions import SubscribeOptions

import paths  # noqa: F401
from store import SOON_S

OBSERVER, PASSWORD = "observer", "planted"

Heard = collections.namedtuple("Heard", "topic payload qos retain")


class Ear:
    """MQTT 5. `heard`: every message, with the QoS and the retain flag it was published with.
    Topics are whole, with their prefix. `refused`: the CONNACK's reason when it was not let in.
    will: (topic, payload)."""

    def __init__(self, store, user, password, topics=(), client_id=None, will=None, keepalive_s=60):
        self.heard, self.topics, self.fences = [], list(topics), 0
        self.changed = threading.Condition()
        self.ready, self.refused = threading.Event(), None
        self.client = mqtt.Client(client_id=client_id or user, protocol=mqtt.MQTTv5)
        self.client.username_pw_set(user, password)
        if will:
            self.client.will_set(*will, qos=1, retain=True)
        self.client.on_socket_open = lambda *args: args[2].setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = lambda *_: self.refused or self.ready.clear()
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", store.port, keepalive=keepalive_s)
        self.client.loop_start()

    def __enter__(self):
        if not self.ready.wait(SOON_S) or self.refused:
            self.close()
            raise AssertionError(f"not let in ({self.refused})")
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def vanish(self):
        """Its connection ends without a DISCONNECT."""
        self.client.on_disconnect = lambda client, *_: client.disconnect()  # else it comes back
        self.client.socket().shutdown(socket.SHUT_RDWR)
        self.client.loop_stop()

    def say(self, topic, payload, retain=False, qos=1):
        """Back when the broker has taken it, or has said that it will not."""
        said = self.client.publish(topic, payload, qos=qos, retain=retain)
        said.wait_for_publish(SOON_S)
        if not said.is_published():
            raise AssertionError(f"{topic}: the broker does not answer")

    def wait(self, condition, timeout_s=SOON_S):
        """Until it holds for the list of what was heard; that list."""
        with self.changed:
            if not self.changed.wait_for(lambda: condition(self.heard), timeout_s):
                raise AssertionError(f"not heard; the last was {self.heard[-1:]}")
            return list(self.heard)

    def fence(self):
        """Hears itself: with that everything the broker had before. For an observer."""
        self.fences += 1
        topic = f"fence/{self.fences}"
        self.say(topic, b"")
        heard = self.wait(lambda all_: any(h.topic == topic for h in all_))
        return [h for h in heard if not h.topic.startswith("fence/")]

    def _on_connect(self, client, _userdata, _flags, reason, _properties):
        if reason.value != 0:
            self.refused = str(reason)
            client.disconnect()  # else it would try again
            self.ready.set()
        elif self.topics:
            client.subscribe([(t, SubscribeOptions(qos=2, retainAsPublished=True))
                              for t in self.topics])
        else:
            self.ready.set()

    def _on_message(self, _client, _userdata, m):
        with self.changed:
            self.heard.append(Heard(m.topic, m.payload, m.qos, bool(m.retain)))
            self.changed.notify_all()


def plant(store, passwords, acl=""):
    """Gives users of the scratch broker another password, and rights. The next device that is added
    or revoked ends it: the hub writes these files anew."""
    folder = os.path.join(store.run_dir, "broker")
    for user, password in passwords.items():
        subprocess.run(["mosquitto_passwd", "-b", f"{folder}/passwd", user, password], check=True,
                       capture_output=True, timeout=SOON_S)
    with open(f"{folder}/acl", "a", encoding="utf-8") as f:
        f.write(acl)
    store.broker.send_signal(signal.SIGHUP)


def observer(store):
    """One who may do everything. Call it when all devices are there."""
    plant(store, {OBSERVER: PASSWORD},
          f"\nuser {OBSERVER}\ntopic readwrite #\ntopic readwrite $SYS/#\n")
    return let_in(store, OBSERVER, PASSWORD, ["#"])


def let_in(store, user, password, topics):
    """An Ear of a user that was planted just now: the broker reads its files when it has time."""
    until = time.monotonic() + SOON_S
    while True:
        try:
            return Ear(store, user, password, topics).__enter__()
        except AssertionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
