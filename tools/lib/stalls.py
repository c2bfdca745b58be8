"""Gets the lines of a scratch store stuck, one way after the other, and waits until they are healed:
without a restart of the hub.

    for stall in main([]):
        stall["name"], stall["healed"], stall["noticed_s"], stall["heal_s"], stall["why"]

noticed_s is when the hub said that the line is stuck, heal_s when the line worked again, both from the
moment it got stuck; None: not within LATE_S. `why` are the hub's words. While a line to the cloud is
stuck a till orders: "orders" were answered before the hub had noticed anything, "slowest_order_s".
Everything stays on loopback. A name lookup can only hang in a network of its own (apart.py): without
one that stall is left out.

    python3 tools/lib/stalls.py [--json] [NAME..]    # apart, where that can be
"""

import json
import os
import signal
import sys
import time

import apart
from circles import BACK_AND_FORTH, OLD_POSITION, Circles
from cloud import Cloud
from holes import Names
from stall_proxy import DOWN, UP, StallProxy, cut, deaf, drip, half_open, no_acks, swallow
from store import ROOT, Store, free_port, wait_for

sys.path += [os.path.join(ROOT, "tests", "lib"), os.path.join(ROOT, "tests", "live")]

from device import Device  # noqa: E402

LATE_S = 30.0
LOOK_S = 0.05
SETTLE_S = 60.0
MENU = {"currency": "EUR", "stations": ["bar"],
        "items": [{"object_id": n, "name": name, "price": "2.0000", "station": "bar"}
                  for n, name in (("1", "Water"), ("2", "Juice"))]}


def _until(good, since, meanwhile=lambda: None):
    """Seconds from `since` until `good` was true; None: not within LATE_S."""
    while True:
        meanwhile()
        if good():
            return round(time.monotonic() - since, 2)
        if time.monotonic() - since > LATE_S:
            return None
        time.sleep(LOOK_S)


class Till:
    """Orders once in a while, as if nothing were the matter."""
    EVERY_S = 0.5

    def __init__(self, store):
        self.device = Device(store, store.add_device("till-1", "pos")).__enter__()
        self.n = 0
        self.begin()

    def begin(self):
        self.answered, self.slowest_s, self.last = 0, 0.0, 0.0

    def order(self):
        began = time.monotonic()
        if began - self.last < self.EVERY_S:
            return
        self.n, self.last = self.n + 1, began
        reply = self.device.ask("order.place", order_id=f"stall-{self.n}",
                                lines=[{"line": 1, "object_id": "2", "qty": "1"}])
        if reply.get("code") != 0:
            raise AssertionError(f"no order while a line is stuck: {reply}")
        self.answered += 1
        self.slowest_s = max(self.slowest_s, round(time.monotonic() - began, 3))

    def told(self):
        return {"orders": self.answered, "slowest_order_s": self.slowest_s}


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

    def run(self, name, works, undo=None, meanwhile=lambda: None):
        """After the line got stuck: until it was noticed, healed, and `works`."""
        since = time.monotonic()
        noticed = _until(lambda: self.now()["stalls"] > self.before["stalls"], since, meanwhile)
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
    that acknowledgements can be told apart. Apart, the hub has to look both names up."""

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
        self.names = self._names() if os.environ.get(apart.MARK) else None
        self.center = Circles(free_port(), self.cloud, self._papers)
        self.parts.append(self.center.end)
        self.https = StallProxy(free_port(), self.center.port)
        self.parts.append(self.https.end)
        self.push = StallProxy(free_port(), plain, mqtt=True)
        self.parts.append(self.push.end)
        host = "center.test" if self.names else "localhost"
        conf = {**self.cloud.conf("BX-01"), "url": f"https://{host}:{self.https.near}",
                "mqtt": f"mqtt://{host}:{self.push.near}"}
        self.store = Store(build=build, conf={"cloud": conf, "store": {"poi_id": 1},
                                              "limits": {"device": 0, "account": 0}})
        self.parts.append(self.store.stop)
        self.store.start()
        self.store.import_menu(MENU)
        self.till = Till(self.store)
        self.parts.append(self.till.device.close)
        self.store.control("cloud.enrol", token=self.cloud.token(1))
        wait_for("both lines", self.is_well, SETTLE_S, alive=self.store.hub)

    def _names(self):
        names = Names()
        self.parts.append(names.end)
        apart.name_server("127.0.0.1")
        return names

    def _papers(self):
        """The hub's, once it has them."""
        papers = [os.path.join(self.store.data_dir, f"cloud.{end}") for end in ("pem", "key")]
        return papers if all(os.path.exists(path) for path in papers) else None

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


LOOKUP = "name lookup hangs"


def _circles(kind):
    def begin(c):
        c.center.twist(kind)
        c.change()
        c.change()
    return begin


def _no_names(c):
    """Both connections are gone, and nobody says where to make new ones."""
    c.names.mute = True
    c.push.stall(cut())
    c.https.stall(cut())
    c.change()


# name: (whose words, how); None: the line is not stuck but down
CLOUD = {
    "https answer hangs": ("stuck", _https(swallow(DOWN))),
    "https black hole": ("stuck", _https(swallow())),
    "https nobody reads": ("stuck", _https(deaf())),
    "https drips": ("stuck", _https(drip())),
    "https half open after a change of address": ("stuck", _https(half_open())),
    "https handshake hangs": (None, _no_handshake),
    "https acknowledges the old position": (None, _circles(OLD_POSITION)),
    "https takes back and forth": ("stuck", _circles(BACK_AND_FORTH)),
    LOOKUP: (None, _no_names),
    "push half open after a change of address": ("push_line", _push(half_open())),
    "push black hole": ("push_line", _push(swallow())),
    "push from the broker": ("push_line", _push(swallow(DOWN))),
    "push acknowledgements swallowed": ("push_line", _push(no_acks(UP, DOWN), 30)),
}


def cloud_stall(c, name):
    part, begin = CLOUD[name]
    wait_for("both lines", c.is_well, SETTLE_S, alive=c.store.hub)
    c.till.begin()
    if part is None:
        return {**_away(c, name, begin), **c.till.told()}
    watch = _Watch(c.store, ("cloud", part, "stuck") if part == "push_line" else ("cloud", part))
    begin(c)
    return {**watch.run(name, c.is_well, meanwhile=c.till.order), **c.till.told()}


def cloud_names():
    """Of the stalls that can be here."""
    return [name for name in CLOUD if name != LOOKUP or os.environ.get(apart.MARK)]


def _away(c, name, begin):
    """A line that does not come about is not stuck but down, and status says where it ended. Names
    are found again once it was noticed."""
    pid, since, why = c.store.hub.pid, time.monotonic(), []
    begin(c)

    def is_down():
        line = c.line()
        if line["link"] == "down" and line["error"]:
            why.append(line["error"])
        return why
    noticed = _until(is_down, since, c.till.order)
    if c.names:
        c.names.mute = False
    heal = noticed and _until(c.is_well, since)
    same = c.store.hub.poll() is None and c.store.hub.pid == pid
    return {"name": name, "healed": bool(heal and same), "noticed_s": noticed, "heal_s": heal,
            "why": "".join(why)}


def cloud_stalls(names=None, build=None):
    c = CloudStore(build)
    try:
        return [cloud_stall(c, name) for name in names or cloud_names()]
    finally:
        c.end()


def summary(results):
    """By the keys of tools/faults."""
    heals = [r["heal_s"] for r in results if r["healed"]]
    return {"stalls": len(results), "stalls_healed": len(heals),
            "slowest_heal_s": max(heals, default=None),
            "slowest_order_s": max((r.get("slowest_order_s", 0) for r in results), default=None)}


def enter():
    """Apart, where that can be. Without root PostgreSQL would be asked to run as another user."""
    if os.geteuid() == 0:
        apart.enter()


def main(named):
    lan, cloud = [n for n in LAN if n in named], [n for n in CLOUD if n in named]
    done = []
    if lan or not named:
        done += lan_stalls(lan)
    if cloud or not named:
        done += cloud_stalls(cloud)
    return done


if __name__ == "__main__":
    enter()
    words = [word for word in sys.argv[1:] if word != "--json"]
    told = main(words)
    if "--json" in sys.argv:
        print(json.dumps({**summary(told), "links": told}))
    else:
        print(*told, summary(told), sep="\n")
