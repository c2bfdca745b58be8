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

from cloud import Cloud
from stall_proxy import DOWN, UP, StallProxy, cut, deaf, drip, half_open, no_acks, swallow
from store import Store, free_port, wait_for

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
    """What the hub says of one line while it is stuck; where: of "stuck" in status."""

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


def lan_stalls(names=None, build=None):
    store, proxy = lan_store(build=build)
    try:
        return [lan_stall(store, proxy, name) for name in names or LAN]
    finally:
        proxy.end()
        store.stop()


# ---- the lines to the cloud ----

class CloudStore:
    """A store, its cloud, and a proxy in each of the two lines; the push line is in the clear, so
    that acknowledgements can be told apart."""

    def __init__(self, build=None):
        self.parts = []
        try:
            self._start(build)
        except BaseException:
            self.end()
            raise

    def _start(self, build):
        plain = free_port()
        self.cloud = Cloud(build=build, options=("--head-every", "1"), broker_conf=(
            f"listener {plain} 127.0.0.1", "allow_anonymous true", "max_inflight_messages 20"))
        self.parts.append(self.cloud.stop)
        self.https = StallProxy(free_port(), self.cloud.port)
        self.parts.append(self.https.end)
        self.push = StallProxy(free_port(), plain, mqtt=True)
        self.parts.append(self.push.end)
        conf = {**self.cloud.conf("BX-01"), "url": f"https://localhost:{self.https.near}",
                "mqtt": f"mqtt://localhost:{self.push.near}"}
        self.store = Store(build=build, conf={"cloud": conf, "store": {"poi_id": 1},
                                              "limits": {"device": 0, "account": 0}})
        self.parts.append(self.store.stop)
        self.store.start()
        self.store.import_menu(MENU)
        self.store.control("cloud.enrol", token=self.cloud.token(1))
        wait_for("both lines", self.is_well, SETTLE_S, alive=self.store.hub)

    def line(self):
        return self.store.get("/v1/status")["cloud"]

    def is_well(self):
        line = self.line()
        return (line["link"] == "up" and line["push"] == "up" and line.get("waiting") == 0 and
                self.push.lines() == 1)

    def change(self):
        """Something for the center to hear."""
        self.store.control("stock.plan", object_type=2, object_id="1", limited=True, plan="9")

    def update(self, n):
        """Something for the hub to hear; so many pushes."""
        for i in range(n):
            self.cloud.need("POST", "/api/v1/poi/stock/update",
                            {"brandId": "1", "poiId": "1", "object_id": 1, "object_type": 2,
                             "plan_quantity": 10 + i})

    def end(self):
        while self.parts:
            self.parts.pop()()


def _https(kind):
    def begin(c):
        c.https.stall(kind)
        c.change()
    return begin


def _push(kind, news=0):
    def begin(c):
        c.push.stall(kind)
        if news:
            c.update(news)
    return begin


def _no_handshake(c):
    """The connection is gone, and the next one is taken by nobody."""
    c.https.hang_new(1)
    c.https.stall(cut())
    c.change()


# name: (whose words, how)
CLOUD = {
    "https answer hangs": ("stuck", _https(swallow(DOWN))),
    "https black hole": ("stuck", _https(swallow())),
    "https nobody reads": ("stuck", _https(deaf())),
    "https drips": ("stuck", _https(drip())),
    "https half open after a change of address": ("stuck", _https(half_open())),
    "https handshake hangs": (None, _no_handshake),
    "push half open after a change of address": ("push_line", _push(half_open())),
    "push black hole": ("push_line", _push(swallow())),
    "push from the broker": ("push_line", _push(swallow(DOWN))),
    "push acknowledgements swallowed": ("push_line", _push(no_acks(UP, DOWN), 30)),
}


def cloud_stall(c, name):
    part, begin = CLOUD[name]
    wait_for("both lines", c.is_well, SETTLE_S, alive=c.store.hub)
    if part is None:
        return _away(c, name, begin)
    watch = _Watch(c.store, ("cloud", part, "stuck") if part == "push_line" else ("cloud", part))
    begin(c)
    return watch.run(name, c.is_well)


def _away(c, name, begin):
    """A line that does not come about is not stuck but down, and status says where it ended."""
    pid, since = c.store.hub.pid, time.monotonic()
    begin(c)
    noticed = _until(lambda: c.line()["link"] == "down" and c.line()["error"], since)
    why = c.line()["error"]
    heal = noticed and _until(c.is_well, since)
    same = c.store.hub.poll() is None and c.store.hub.pid == pid
    return {"name": name, "healed": bool(heal and same), "noticed_s": noticed, "heal_s": heal,
            "why": why}


def cloud_stalls(names=None, build=None):
    c = CloudStore(build)
    try:
        return [cloud_stall(c, name) for name in names or CLOUD]
    finally:
        c.end()


def stalls(build=None):
    """All of them, and their sums by the keys of tools/faults."""
    results = lan_stalls(build=build) + cloud_stalls(build=build)
    return results, summary(results)


def summary(results):
    heals = [r["heal_s"] for r in results if r["healed"]]
    return {"stalls": len(results), "stalls_healed": len(heals),
            "slowest_heal_s": max(heals, default=None)}


if __name__ == "__main__":
    named = sys.argv[1:]
    lan, cloud = [n for n in LAN if n in named], [n for n in CLOUD if n in named]
    done = []
    if lan or not named:
        done += lan_stalls(lan)
    if cloud or not named:
        done += cloud_stalls(cloud)
    for result in done:
        print(result, flush=True)
    print(summary(done))
