#!/usr/bin/python3
"""What a device may hear and say is the broker's business, by rules the hub wrote. RIGHTS below is
lan-protocol.md sections 1 and 2 written out, topic by role."""

import json
import threading
import unittest

from device import PREFIX, Device
from ear import PASSWORD, Ear, let_in, observer, plant
from live import COLA, LiveTest, order_lines
from store import SOON_S

ROLES = ("pos", "kiosk", "emenu", "kds", "board")

# r: hears it, w: may say it, -: neither.
RIGHTS = """
                                  pos  kiosk  emenu  kds  board
hub                               r    r      r      r    r
menu                              r    r      r      r    -
stock/sku/1001                    r    r      r      -    -
stock/spu/7                       r    r      r      -    -
order/o-1                         r    -      -      -    -
dev/{self}/order/o-1              r    r      r      r    r
dev/{other}/order/o-1             -    -      -      -    -
pickup/A001                       r    -      -      r    r
ticket/{station}/o-1/1            r    -      -      r    -
ticket/foreign/o-1/1              r    -      -      -    -
alert/disk                        r    -      -      -    -
dev/{self}/state                  rw   w      w      w    w
dev/{other}/state                 r    -      -      -    -
dev/{self}/req/time.get           w    w      w      w    w
dev/{self}/req/order.refund       w    w      w      w    w
dev/{other}/req/time.get          -    -      -      -    -
dev/{self}/res                    r    r      r      r    r
dev/{self}/res/mine               r    r      r      r    r
dev/{self}/res/mine/too           r    r      r      r    r
dev/{other}/res                   -    -      -      -    -
dev/{other}/res/mine              -    -      -      -    -
dev/{self}/cmd                    r    r      r      r    r
dev/{other}/cmd                   -    -      -      -    -
hub/more                          -    -      -      -    -
menu/more                         -    -      -      -    -
dev/{self}                        -    -      -      -    -
dev/{self}/state/more             -    -      -      -    -
dev/{self}/req                    -    -      -      -    -
dev/{self}/req/time.get/more      -    -      -      -    -
dev/{self}/order                  -    -      -      -    -
dev/{self}/order/o-1/more         -    -      -      -    -
dev/{self}/cmd/more               -    -      -      -    -
anything                          -    -      -      -    -
../v2/hub                         -    -      -      -    -
../../elsewhere                   -    -      -      -    -
"""
EVERYTHING = ("#", PREFIX + "#", "$SYS/#", "$share/thieves/" + PREFIX + "#")
OTHER = "kiosk-2"


def rights_of(role, user, station):
    """{whole topic: "r", "w", "rw" or "-"}"""
    head, *rows = RIGHTS.strip().splitlines()
    column = head.split().index(role) + 1
    table = {}
    for words in map(str.split, rows):
        topic = PREFIX + words[0].format(self=user, other=OTHER, station=station)
        while "/../" in topic:
            before, after = topic.split("/../", 1)
            topic = "/".join(filter(None, (before.rpartition("/")[0], after)))
        table[topic] = words[column]
    return table


class Table(LiveTest):
    """A device of every role, and the hub's own probe user of every role, beside an observer that
    may do everything."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crew["emenu-1"] = cls.store.add_device("emenu-1", "emenu")
        cls.users = [("pos", "till-1", None), ("kiosk", "kiosk-1", None), ("emenu", "emenu-1", None),
                     ("kds", "kds-oven", "oven"), ("board", "board-1", None)]
        cls.users += [(role, f"probe-{role}", "probe") for role in ROLES]
        cls.observer = observer(cls.store)
        cls.addClassCleanup(cls.observer.close)
        plant(cls.store, {user: PASSWORD for _, user, _ in cls.users})

    def each(self, check):
        """check(user, table, ear) of each of them; the ear asked for everything."""
        for role, user, station in self.users:
            with self.subTest(user), let_in(self.store, user, PASSWORD, EVERYTHING) as ear:
                check(user, rights_of(role, user, station or "oven"), ear)

    def heard(self, user, ear, mark):
        """Topics on which it heard the mark. A last message, which it may hear, ends the wait."""
        last = f"{PREFIX}dev/{user}/res/last"
        self.observer.say(last, b"{}")
        heard = ear.wait(lambda all_: any(h.topic == last for h in all_))
        return {h.topic for h in heard if h.payload == mark}

    def test_what_each_role_hears(self):
        def check(user, table, ear):
            mark = f'{{"heard by":"{user}"}}'.encode()
            for topic in table:
                self.observer.say(topic, mark)
            self.assertEqual(self.heard(user, ear, mark),
                             {topic for topic, right in table.items() if "r" in right})
        self.each(check)

    def test_what_each_role_may_say(self):
        def check(user, table, ear):
            mark = f'{{"said by":"{user}"}}'.encode()
            for topic in [*table, "$SYS/broker/version"]:
                ear.say(topic, mark)
            self.assertEqual({h.topic for h in self.observer.fence() if h.payload == mark},
                             {topic for topic, right in table.items() if "w" in right})
        self.each(check)

    def test_what_was_kept_is_told_by_the_same_table(self):
        """Retained messages pass the rules when somebody subscribes."""
        mark = b'{"kept":true}'
        kept = {topic for role, user, station in self.users
                for topic in rights_of(role, user, station or "oven")
                if topic != PREFIX + "hub" and "/req/" not in topic}
        for topic in kept:
            self.observer.say(topic, mark, retain=True)

        def check(user, table, ear):
            self.assertEqual(self.heard(user, ear, mark) & set(table),
                             {t for t, right in table.items() if "r" in right and t in kept})
        try:
            self.each(check)
        finally:
            for topic in kept:
                self.observer.say(topic, b"", retain=True)

    def test_a_will_is_no_way_around(self):
        """Who comes back has had his last will: the broker ends the old connection first."""
        mark = b'{"will":true}'
        foreign = ["hub", "order/o-1", f"dev/{OTHER}/state", f"dev/{OTHER}/req/time.get"]
        for topic in foreign + ["dev/kiosk-1/state"]:
            Ear(self.store, "kiosk-1", PASSWORD, will=(PREFIX + topic, mark)).__enter__().vanish()
            Ear(self.store, "kiosk-1", PASSWORD).__enter__().close()
        self.assertEqual([h.topic for h in self.observer.fence() if h.payload == mark],
                         [f"{PREFIX}dev/kiosk-1/state"])

    def test_a_client_id_is_the_users(self):
        """Who comes under another's name throws himself off, not the other."""
        with Ear(self.store, OTHER, self.crew[OTHER]["password"], [PREFIX + "hub"]) as there:
            with Ear(self.store, "kiosk-1", PASSWORD, client_id=OTHER) as ear:
                ear.say(f"{PREFIX}dev/kiosk-1/state", b'{"state":"online"}')
            there.say(f"{PREFIX}dev/{OTHER}/state", b'{"state":"online"}')
            self.assertTrue(there.client.is_connected())


class LogIn(LiveTest):
    def refused(self, entry, **more):
        ear = Ear(self.store, entry["device"], entry["password"], **more)
        self.addCleanup(ear.close)
        self.assertTrue(ear.ready.wait(SOON_S))
        self.assertIsNotNone(ear.refused)

    def test_wrong_password(self):
        self.refused({**self.crew["kiosk-1"], "password": "wrong"})

    def test_no_password(self):
        self.refused({**self.crew["kiosk-1"], "password": ""})

    def test_nobody(self):
        self.refused({"device": "nobody", "password": "x"})

    def test_anonymous(self):
        self.refused({"device": None, "password": None}, client_id="kiosk-1")

    def test_password_of_another(self):
        self.refused({**self.crew["kiosk-1"], "password": self.crew["kiosk-2"]["password"]})

    def test_a_revoked_device_is_cut_off_and_stays_out(self):
        entry = self.store.add_device("kiosk-9", "kiosk")
        device = Device(self.store, entry, ["dev/kiosk-9/cmd"]).__enter__()
        self.addCleanup(device.close)
        self.ok(device.ask("time.get"))
        gone = threading.Event()
        device.client.on_disconnect = lambda *_: gone.set()
        self.store.control("device.revoke", device="kiosk-9")
        self.assertEqual(device.wait("dev/kiosk-9/cmd"), {"op": "unpaired"})
        self.assertTrue(gone.wait(SOON_S), "still connected")
        self.refused(entry)


class Verbs(LiveTest):
    def test_a_verb_of_another_role_is_refused(self):
        self.code(4005, self.device("kiosk-1").ask("stock.set", object_type=2, object_id=COLA,
                                                   qty="5"))

    def test_a_kiosk_acts_on_its_own_orders_only(self):
        one, two = self.device("kiosk-1"), self.device("kiosk-2")
        self.ok(one.ask("order.place", order_id="mine-1", lines=order_lines((COLA, 1))))
        for verb, more in (("order.get", {}), ("order.cancel", {}),
                           ("order.pay", {"pay_id": "p", "tender": "CASH", "amount": "3"})):
            with self.subTest(verb):
                self.assertNotEqual(two.ask(verb, order_id="mine-1", **more)["code"], 0)
        self.assertNotIn("mine-1", json.dumps(two.ask("order.list")))
        self.assertNotIn("mine-1", json.dumps(two.ask("sync.snapshot")))
        self.assertIn("mine-1", json.dumps(one.ask("sync.snapshot")))

    def test_a_screen_works_at_its_own_station_only(self):
        till, bar = self.device("till-1"), self.device("kds-bar")
        self.ok(till.ask("order.sell", order_id="both-1", lines=order_lines(("1001", 1), (COLA, 1)),
                         payments=[{"pay_id": "p", "tender": "CASH", "amount": "15.75"}]))
        self.code(4005, bar.ask("ticket.start", order_id="both-1", station="oven", round=1))
        self.ok(bar.ask("ticket.start", order_id="both-1", station="bar", round=1))
        self.assertEqual([t["station"] for t in self.ok(bar.ask("sync.snapshot"))["tickets"]
                          if t["order_id"] == "both-1"], ["bar"])


if __name__ == "__main__":
    unittest.main()
