#!/usr/bin/python3
"""Thousands of topics: a device that subscribes gets them all, changes of all of them at once
arrive, and the hub tells, reads back and clears them without losing one. Then a broker
that queues a third of them: what it drops is made up for."""

import queue
import unittest

from device import PREFIX
from ear import observer
from live import LiveTest
from store import SOON_S, wait_for

ITEMS = 3000
FIRST, ORPHAN = 100001, 900001
IN_FLIGHT, REPEAT_S, REPEATS_MAX = 100, 2, 50
GHOST = b'{"avail":{"POS":"1"},"plan":"1","on_sale":true}'
NO_LIMITS = {"global": 0, "account": 0, "device": 0}


def topic(object_id):
    return f"stock/sku/{object_id}"


class Items(LiveTest):
    conf = {"limits": NO_LIMITS}
    menu = {"currency": "EUR", "items": [{"object_id": str(FIRST + n), "name": f"Item {n}",
                                          "price": "1"} for n in range(ITEMS)]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ids = [item["object_id"] for item in cls.menu["items"]]

    def flood(self, till, verb, bodies):
        """All of them, some at a time; every one has to be answered. As every device does, the till
        repeats what stays without an answer."""
        waiting, left, repeats = {}, list(bodies), 0
        while waiting or left:
            while left and len(waiting) < IN_FLIGHT:
                till.counter += 1
                body = {"req_id": f"{till.prefix}-{till.counter}", "object_type": 2, **left.pop()}
                waiting[body["req_id"]] = body
                till.send(verb, body)
            try:
                waiting.pop(self.ok(till.replies.get(timeout=REPEAT_S))["req_id"], None)
            except queue.Empty:
                repeats += 1
                self.assertLess(repeats, REPEATS_MAX)
                for body in waiting.values():
                    till.send(verb, body)

    def plan(self, till, plan):
        self.flood(till, "stock.plan", [{"object_id": i, "limited": True, "plan": plan}
                                        for i in self.ids])

    def books(self):
        """{topic: state} as the hub has it"""
        return {topic(row["object_id"]): self.visible(row)
                for row in self.store.pages("stock.list", "stocks") if row["limited"]}

    def kept(self, device):
        return {t: self.visible(v) for t, v in device.seen.items() if t.startswith("stock/")}

    def visible(self, row):
        return row["avail"]["POS"], row["plan"], row["on_sale"]

    def wait_kept(self, device, wanted):
        with device.changed:
            device.changed.wait_for(lambda: self.kept(device) == wanted, SOON_S)
        kept = self.kept(device)
        self.assertEqual(len(kept), len(wanted))
        self.assertEqual(kept, wanted)

    def broker_has(self, wanted):
        """A device that comes new is told all of it, perhaps not at the first look: the hub may not
        have told the last ones yet."""
        def look():
            with self.device("kiosk-1", "stock/#") as kiosk:
                self.ok(kiosk.ask("time.get"))  # its subscription is through with what was kept
                return self.kept(kiosk) == wanted
        wait_for("all states at the broker", look)


class AllAtOnce(Items):
    def test_a_hub_that_starts_clears_what_it_does_not_know_and_nothing_else(self):
        """As many orphans again as there are real ones."""
        till = self.device("till-1", "stock/#")
        self.plan(till, "9")
        books = self.books()
        self.wait_kept(till, books)
        ear = observer(self.store)
        self.addCleanup(ear.close)
        self.store.stop_hub(9)
        orphans = {topic(ORPHAN + n) for n in range(ITEMS)}
        for orphan in orphans:
            ear.client.publish(PREFIX + orphan, GHOST, qos=1, retain=True)
        with till.changed:
            till.changed.wait_for(lambda: len(self.kept(till)) == 2 * ITEMS, SOON_S)
        self.assertLessEqual(orphans, set(till.seen))
        before = len(till.messages)
        self.store.start_hub()
        self.store.wait_broker()
        self.wait_kept(till, books)
        self.assertEqual({t for t, value, _ in till.messages[before:] if value is None}, orphans)
        self.broker_has(books)

    def test_one_who_listens_hears_changes_of_all_of_them(self):
        till, kiosk = self.device("till-1"), self.device("kiosk-2", "stock/#")
        self.plan(till, "5")
        self.flood(till, "stock.set", [{"object_id": i, "qty": str(n % 90 + 1)}
                                       for n, i in enumerate(self.ids)])
        self.wait_kept(kiosk, self.books())
        self.assertEqual({v[0] for v in self.books().values()}, {str(n) for n in range(1, 91)})


class SmallQueue(Items):
    conf = {"limits": NO_LIMITS, "broker": {"max_queued": ITEMS // 3}}

    def test_changes_of_all_of_them_reach_the_broker(self):
        till = self.device("till-1")
        self.plan(till, "5")
        self.assertEqual(len(self.books()), ITEMS)
        self.broker_has(self.books())

    def test_one_who_is_deaf_for_a_while_has_the_truth_when_it_comes_back(self):
        """It reads nothing during two rounds of changes."""
        till = self.device("till-1")
        deaf = self.device("kiosk-2", "stock/#")
        deaf.client.loop_stop()
        for plan in ("6", "7"):
            self.plan(till, plan)
        deaf.close()
        with self.device("kiosk-2", "stock/#") as back:
            self.wait_kept(back, self.books())
        self.assertEqual({v[1] for v in self.books().values()}, {"7"})

    def test_the_pages_of_a_snapshot_are_the_same(self):
        till = self.device("till-1")
        self.plan(till, "8")
        rows, cursor, pages = [], {}, 0
        while cursor is not None:
            page = self.ok(till.ask("sync.snapshot", **cursor))
            rows, pages = rows + page.get("stock", []), pages + 1
            cursor = {"cursor": page["cursor"]} if "cursor" in page else None
        self.assertGreater(pages, 3)
        self.assertEqual({topic(row["object_id"]): self.visible(row) for row in rows}, self.books())

    def test_a_hub_that_starts_answers_all_the_same(self):
        """What it reads back is more than the broker queues for it, so messages are lost. No
        real topic is cleared by that, and requests are answered, some only when repeated."""
        till, kiosk = self.device("till-1"), self.device("kiosk-1", "stock/#")
        self.plan(till, "9")
        self.wait_kept(kiosk, self.books())
        before = len(kiosk.messages)
        self.store.restart_hub()
        self.store.wait_broker()
        self.plan(till, "10")
        self.broker_has(self.books())
        self.assertEqual([t for t, value, _ in kiosk.messages[before:] if value is None], [])

    def test_a_broker_that_starts_is_told_all_of_it(self):
        till = self.device("till-1")
        self.plan(till, "11")
        till.close()
        self.store.stop_broker(9)
        self.store.start_broker()
        self.store.wait_broker()
        self.broker_has(self.books())


if __name__ == "__main__":
    unittest.main()
