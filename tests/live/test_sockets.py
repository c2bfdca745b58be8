#!/usr/bin/python3
"""The sockets that are open are the configured ones, of the broker and of the hub. The kernel is
asked, not the programs."""

import os
import unittest

from live import LiveTest
from sockets import address, inodes, table
from store import MOSQUITTO, Store, wait_for

LISTENS, ACCEPTS = "0A", 0x10000  # in /proc/net/tcp and /proc/net/unix


def listening(pid):
    """Where a process takes connections or datagrams: addresses, and paths of Unix sockets."""
    own, found = inodes(pid), set()
    for name in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        for words in table(pid, name):
            if words[9] in own and (words[3] == LISTENS or not name.startswith("tcp")):
                found.add(f"{name} {address(words[1])}")
    for words in table(pid, "unix"):
        if words[6] in own and int(words[3], 16) & ACCEPTS:
            found.add(f"unix {words[7] if len(words) > 7 else '(no name)'}")
    return found


def configured(store):
    """What poshub.conf asks of the broker."""
    plain = [store.conf["broker"][key] for key in ("plain_listen", "plain_websocket_listen")
             if key in store.conf["broker"]]
    return {f"unix {store.hub_socket}", *(f"tcp {a}" for a in plain)}


def connections(pid):
    """Of TCP: the other ends."""
    own = inodes(pid)
    return {address(words[2]) for name in ("tcp", "tcp6") for words in table(pid, name)
            if words[9] in own and words[3] != LISTENS}


class Sockets(LiveTest):
    websocket = True

    def told(self):
        kinds = {"mqtt": "tcp", "websocket": "tcp", "unix": "unix", "control": "unix"}
        return {f"{kinds[entry['kind']]} {entry['address']}"
                for entry in self.store.get("/v1/status")["listeners"]}

    def test_the_broker_listens_where_it_was_told_and_nowhere_else(self):
        self.assertEqual(listening(self.store.broker.pid), configured(self.store))
        self.assertEqual(len(configured(self.store)), 3)

    def test_the_hub_listens_on_its_control_socket_alone(self):
        self.assertEqual(listening(self.store.hub.pid), {f"unix {self.store.control_path}"})
        self.assertEqual(connections(self.store.hub.pid), set())

    def test_the_status_tells_the_same(self):
        self.assertEqual(self.told(),
                         listening(self.store.broker.pid) | listening(self.store.hub.pid))

    def test_after_a_reload_and_a_restart_too(self):
        self.store.add_device("kiosk-9", "kiosk")
        self.store.restart_hub()
        self.store.stop_broker()
        self.store.start_broker()
        self.store.wait_broker()
        self.assertEqual(listening(self.store.broker.pid), configured(self.store))


class NoPlainListener(unittest.TestCase):
    def setUp(self):
        self.store = Store()
        self.addCleanup(self.store.stop)
        del self.store.conf["broker"]["plain_listen"]

    def start(self, more=""):
        """As Store.start, but that there is no port to wait for; `more` goes to the broker."""
        os.makedirs(self.store.run_dir)
        os.makedirs(self.store.data_dir)
        self.store._write_conf()
        self.store.start_hub()
        conf = os.path.join(self.store.run_dir, "broker", "mosquitto.conf")
        wait_for("mosquitto.conf", lambda: os.path.exists(conf), alive=self.store.hub)
        with open(conf, "a", encoding="utf-8") as f:
            f.write(more)
        self.store.broker = self.store._spawn([MOSQUITTO, "-c", conf], "broker.log", os.environ)
        self.store.wait_broker()

    def test_no_port_is_open(self):
        self.start()
        self.assertEqual(configured(self.store), {f"unix {self.store.hub_socket}"})
        self.assertEqual(listening(self.store.broker.pid), configured(self.store))
        warnings = self.store.get("/v1/status")["warnings"]
        self.assertEqual([w for w in warnings if "listener" in w], [])

    def test_one_listener_too_many_is_noticed(self):
        """The comparison itself, proven red."""
        self.start(f"\nlistener {self.store.port} 127.0.0.1\n")
        self.assertEqual(listening(self.store.broker.pid) - configured(self.store),
                         {f"tcp 127.0.0.1:{self.store.port}"})


if __name__ == "__main__":
    unittest.main()
