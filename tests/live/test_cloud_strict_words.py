#!/usr/bin/python3
"""What people say of a scarce item: a merchant who counts or recalls while the store is not there, a
manager who sells beyond the rights, and what the technician reads (sync-protocol 4.4, 5.5; T73)."""

import unittest

from cloud_line import need_cloud
from live import order_lines
from store import kept_pin
from strict_line import StrictLine

NOT_AUTHORIZED, RATE_LIMITED, EXHAUSTED, BAD = 4005, 4002, 1005, 1010
REFUSED = 6
PIN = "2718"
TRIES = 5


class Words(StrictLine):
    more_conf = {"stock": {"override_pin": kept_pin(PIN),
                           "return_at_close": "yes"}}

    def asked(self, item, **more):
        """A merchant's wish that waits for the store: its id."""
        status, answer = self.ask_update(item, **more)
        self.assertEqual((status, answer["code"]), (202, 0), answer)
        return answer["pending"]

    def done(self, cmd):
        """The events that say it was carried out."""
        return [e for e in self.events() if e["body"] and e["body"].get("cmd") == cmd]

    def test_a_merchants_count_waits_for_the_store(self):
        """T73: delivered by push, by pull and again by a pull of everything, and done once."""
        item, till = self.f2(), self.device("till-1")
        ear = self.ear("poi/1/1/down")
        self.cloud.cut()
        cmd = self.asked(item, real_quantity=20)
        self.assertEqual((self.sides(item), self.theirs(item)["real_quantity"]), ((9, 6), 15))
        self.assertEqual([self.try_online(item) for _ in range(7)], [0] * 6 + [EXHAUSTED])
        self.assertEqual([self.try_sell(till, item) for _ in range(2)], [0, 0])
        self.heal()
        self.until("it is done", lambda: self.done(cmd))
        self.until("nothing waits", lambda: "cmds" not in self.theirs(item)["x"])
        row, = ear.wait("1", "down", lambda m: str(m["data"].get("object_id")) == item and
                        "cmds" in m["data"]["x"])
        self.until("the push line", lambda: self.line()["push"] == "up")
        before = self.line()["refused"].get("stale", 0)
        ear.say("1", "down", row)
        self.until("it was heard", lambda: self.line()["refused"].get("stale", 0) > before)
        self.store.restart_hub()
        self.store.wait_broker()
        self.level()
        self.assertEqual(len(self.done(cmd)), 1)
        self.assertEqual((self.real(item), sum(self.sides(item))), (20, 20))
        self.assert_sound(item)

    def test_a_recall_and_a_return(self):
        item = self.f2()
        cmd = self.asked(item, recall=4)
        self.until("it is done", lambda: self.done(cmd))
        self.level()
        self.assertEqual((self.rights(item), self.sides(item)), (5, (5, 10)))
        self.cloud.cut()
        more = self.asked(item, recall=50)
        self.assertEqual(self.sides(item), (5, 10))
        self.heal()
        self.until("it is done", lambda: self.done(more))
        self.level()
        self.assertEqual((self.rights(item), self.sides(item)), (0, (0, 15)))
        self.assert_sound(item)

    def test_the_days_close_gives_all_of_them_back(self):
        """With the line cut too; what is locked stays locked, and none is asked for before a sale."""
        item, other, till = self.f2(), self.f2(), self.device("till-1")
        self.ok(till.ask("order.place", order_id=f"open-{item}", lines=order_lines((item, 2))))
        self.cloud.cut()
        self.assertEqual(self.try_sell(till, item), 0)
        self.ok(self.store.control("day.close"))
        self.assertEqual((self.rights(item), self.rights(other)), (0, 0))
        self.assertEqual([self.returned(o) for o in (item, other)], [[60], [90]])
        self.heal()
        self.assertEqual((self.sides(item), self.sides(other)), ((0, 12), (0, 15)))
        self.assertEqual(self.try_online(other, 15), 0)
        self.ok(till.ask("order.pay", order_id=f"open-{item}", pay_id="p",
                         tender="CASH", amount="4.0000"))
        self.assert_sound(item, other)
        self.ok(self.store.control("day.close"))
        self.assertEqual([self.returned(o) for o in (item, other)], [[60], [90]])
        self.assertEqual(self.try_sell(till, item), EXHAUSTED)
        self.until("a sale asks for them", lambda: self.rights(item) > 0)
        self.assert_sound(item, other)

    def returned(self, item):
        return [e["body"]["q_t"] for e in self.events() if e["kind"] == "LEASE_RETURN" and
                str(e["body"]["object_id"]) == item]

    def test_a_manager_sells_beyond_the_rights(self):
        item, till = self.f2(), self.device("till-1")
        self.cloud.cut()
        self.assertEqual(self.try_sell(till, item, 9), 0)
        self.assertEqual(self.try_sell(till, item), EXHAUSTED)
        word = {"operator": "anna", "override_pin": PIN}
        self.assertEqual(self.try_sell(till, item, 2, operator="anna", override_pin="0000"),
                         NOT_AUTHORIZED)
        self.assertEqual(self.try_sell(till, item, 2, override_pin=PIN), BAD)
        self.assertEqual(self.try_sell(till, item, 2, **word), 0)
        self.assertEqual(self.rights(item), -2)
        note = [e["body"] for e in self.events() if e["kind"] == "OVERRIDE_NOTE"][-1]
        self.assertEqual((note["operator"], note["rows"][0]["over_t"]), ("anna", 20))
        self.assertEqual([self.try_online(item) for _ in range(6)], [0] * 6)
        self.heal()
        self.until("the case", lambda: self.cases(item))
        self.assert_sound(item)
        self.assertEqual([(c["cause"], c["over_t"]) for c in self.cases(item)], [("OVERRIDE", 20)])

    def test_a_pin_is_not_guessed(self):
        """After five wrong ones the right one is refused too, and the others go on."""
        item, kiosk = self.f2(2, 1, 1), self.device("kiosk-1")
        guesser = self.store.add_device("till-9", "pos")
        self.crew["till-9"] = guesser
        till = self.device("till-9")
        self.assertEqual(
            [self.try_sell(till, item, 2, operator="eve", override_pin=f"000{n}")
             for n in range(TRIES)], [NOT_AUTHORIZED] * TRIES)
        self.assertEqual(self.try_sell(till, item, 2, operator="eve", override_pin=PIN),
                         RATE_LIMITED)
        self.assertIn(self.try_sell(kiosk, item, 2, operator="eve", override_pin=PIN),
                      (BAD, NOT_AUTHORIZED))
        self.assertEqual(self.try_sell(self.device("till-1"), item), 0)
        self.assert_sound(item)

    def test_what_the_technician_reads(self):
        item, till = self.f2(), self.device("till-1")
        self.assertEqual(self.try_sell(till, item, 2), 0)
        self.level()
        code, text = self.ctl("stock", "show", item)
        self.assertEqual(code, 0, text)
        self.assertIn("7 may be sold here alone (granted 9, returned 0)", text)
        code, text = self.ctl("stock", "explain", item)
        self.assertRegex(text, r"granted +9\nreturned +0\nsold +-2\nlocked +0\nleft +7")
        strict = self.status()["strict"]
        self.assertGreaterEqual(float(strict["rights"]), 7)
        code, text = self.ctl("status")
        self.assertRegex(text, r"strict +\d+ rows?, .*may be sold here alone")
        loose = next(self.items)
        self.count(loose, 5)
        for words, said in ((("stock", "return", loose), "not sold by rights"),
                            (("stock", "return", item, "0.5"), "portion size"),
                            (("stock", "schedule", item, "--at", "06:00"), None)):
            with self.subTest(words):
                code, text = self.ctl(*words)
                self.assertEqual(code, REFUSED if said else 0, text)
                self.assertIn(said or "06:00:00", text)
        self.assert_sound(item, loose)


if __name__ == "__main__":
    need_cloud()
    unittest.main()
