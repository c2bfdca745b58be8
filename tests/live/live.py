"""What the live tests share: the path to tools/lib and a store with a small menu and a crew."""

import unittest

from paths import ROOT  # noqa: F401
from device import Device
from store import Store

MARGHERITA, COLA, CAKE = "1001", "1044", "1050"
MENU = {
    "currency": "EUR", "stations": ["oven", "bar"],
    "items": [
        {"object_id": MARGHERITA, "name": "Margherita M", "price": "12.7500", "station": "oven"},
        {"object_id": COLA, "name": "Cola", "price": "3.0000", "station": "bar"},
        {"object_id": CAKE, "name": "Lava cake", "price": "6.5000", "station": "oven"},
    ],
}
CREW = [("kiosk-1", "kiosk", []), ("kiosk-2", "kiosk", []), ("till-1", "pos", []),
        ("kds-oven", "kds", ["oven"]), ("kds-bar", "kds", ["bar"]), ("board-1", "board", [])]


class LiveTest(unittest.TestCase):
    """One store for all tests of a class; every test uses order ids of its own."""
    conf = {}
    menu = MENU
    websocket = False
    env = None  # extra environment of the hub
    hub_command = ("{hub}", "-c", "{conf}")

    @classmethod
    def setUpClass(cls):
        cls.store = Store(conf=cls.conf, websocket=cls.websocket, env=cls.env,
                          hub_command=cls.hub_command)
        cls.addClassCleanup(cls.store.stop)
        cls.store.start()
        cls.store.import_menu(cls.menu)
        cls.crew = {name: cls.store.add_device(name, role, stations)
                    for name, role, stations in CREW}

    def device(self, name, *topics, **more):
        device = Device(self.store, self.crew[name], topics, **more)
        self.addCleanup(device.close)
        return device.__enter__()

    def metric(self, name):
        """One number of the hub's, e.g. dropped_total."""
        for line in self.store.get("/metrics").splitlines():
            if line.startswith(f"poshub_{name} "):
                return int(line.split()[1])
        raise KeyError(name)

    def events(self):
        """The whole journal, of all epochs."""
        events, page = [], self.store.control("journal.tail", cursor="1.0")
        while page["events"]:
            events += page["events"]
            page = self.store.control("journal.tail", cursor=page["cursor"])
        return events

    def ok(self, reply):
        self.assertEqual(reply.get("code"), 0, reply)
        return reply

    def code(self, wanted, reply):
        self.assertEqual(reply.get("code"), wanted, reply)
        return reply


def order_lines(*lines):
    """("1001", 2), ... -> the lines of a request"""
    return [{"line": n, "object_id": object_id, "qty": str(qty)}
            for n, (object_id, qty) in enumerate(lines, 1)]
