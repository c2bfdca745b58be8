"""Gets the lines of a scratch store stuck, one way after the other, and waits until they are healed:
without a restart of the hub.

    for stall in lan_stalls() + cloud_stalls():
        stall["name"], stall["healed"], stall["noticed_s"], stall["heal_s"], stall["why"]

noticed_s is when the hub said that the line is stuck, heal_s when the line worked again, both from the
moment it got stuck; None: not within LATE_S. `why` are the hub's words. Everything stays on loopback.
"""

import os
import signal
import sys
import time

from stall_proxy import DOWN, UP, StallProxy, cut, deaf, no_acks, swallow
from store import Store, StoreError, wait_for

LATE_S = 30.0
LOOK_S = 0.05
SETTLE_S = 60.0
MENU = {"currency": "EUR", "stations": ["bar"],
        "items": [{"object_id": "1", "name": "Water", "price": "2.0000", "station": "bar"}]}


def _until(good, since):
    """Seconds from `since` until `good` was true; None: not within LATE_S."""
    while True:
        if good():
            return round(time.monotonic() - since, 2)
        if time.monotonic() - since > LATE_S:
            return None
        time.sleep(LOOK_S)


class _Watch:
    """What the hub says of one line while it is stuck."""

    def __init__(self, store, where):
        self.store, self.where = store, where
        self.pid, self.before = store.hub.pid, self.now()

    def now(self):
        part = self.store.get("/v1/status")
        for key in self.where:
            part = part[key]
        return part

    def run(self, name, works, undo=None):
        """After the line got stuck: until it was noticed, healed, and `works`."""
        since = time.monotonic()
        noticed = _until(lambda: self.now()["stalls"] > self.before["stalls"], since)
        if undo:
            undo()
            since = time.monotonic() - (noticed or 0)
        healed = _until(lambda: self.now()["healed"] > self.before["healed"], since)
        heal = healed and _until(works, since)
        same = self.store.hub.poll() is None and self.store.hub.pid == self.pid
        return {"name": name, "healed": bool(noticed and heal and same), "noticed_s": noticed,
                "heal_s": heal, "why": self.now()["why"]}


# ---- the LAN session ----

def lan_store(**more):
    """A store whose hub reaches its broker through a proxy; (store, proxy)."""
    store = Store(**more)
    try:
        store.start()
        store.import_menu(MENU)
        real = store.hub_socket + ".real"
        os.rename(store.hub_socket, real)
        proxy = StallProxy(store.hub_socket, real, mqtt=True)
        store.restart_hub(signal.SIGTERM)
        store.wait_broker()
        wait_for("the hub's session", lambda: proxy.lines() == 1)
    except BaseException:
        store.stop()
        raise
    return store, proxy


def _hub_answers(store):
    """A round trip of a device's through broker and hub."""
    return lambda: store.get("/v1/status")["broker"]["connected"]


LAN = {
    "lan both directions": lambda s, p: p.stall(swallow()),
    "lan to the broker": lambda s, p: p.stall(swallow(UP)),
    "lan from the broker": lambda s, p: p.stall(swallow(DOWN)),
    "lan nobody reads": lambda s, p: p.stall(deaf()),
    "lan acknowledgements swallowed": lambda s, p: p.stall(no_acks(DOWN)),
    "lan greeting hangs": lambda s, p: (p.hang_new(1), p.stall(cut())),
    "lan broker stopped": lambda s, p: s.broker.send_signal(signal.SIGSTOP),
}


def lan_stall(store, proxy, name):
    """One stall of a store that is well, by its name in LAN."""
    watch = _Watch(store, ("broker", "stuck"))
    LAN[name](store, proxy)
    thaw = None
    if store.broker and name == "lan broker stopped":
        thaw = lambda: store.broker.send_signal(signal.SIGCONT)  # noqa: E731
    return watch.run(name, _hub_answers(store), thaw)


def lan_stalls(names=None):
    store, proxy = lan_store()
    try:
        return [lan_stall(store, proxy, name) for name in names or LAN]
    finally:
        proxy.end()
        store.stop()


if __name__ == "__main__":
    for result in lan_stalls(sys.argv[1:] or None):
        print(result, flush=True)
