#!/usr/bin/python3
"""Pairing, in both directions, against the real hub and broker: who gets in, and who does not."""

import hashlib
import json
import os
import signal
import subprocess
import threading
import unittest

from device import Device
from live import LiveTest
from pair_device import SYMBOLS, Link, PairDevice, Refused, new_code, proof
from schemas import Schemas, Wire
from store import SOON_S, Store, wait_for
from test_lan_tls import tls_conf

WINDOW_S = 10


class Window:
    """A request of the control socket that waits for its device."""

    def __init__(self, store, code, device, role="kiosk", verb="device.pair", **more):
        self.reply, self.store = None, store
        body = {"code": code, "device": device, "role": role, **more}
        self.thread = threading.Thread(target=self._ask, args=(verb, body))
        self.thread.start()

    def _ask(self, verb, body):
        try:
            self.reply = self.store.ask(verb, **body)
        except Exception as e:  # the hub went away
            self.reply = {"code": None, "detail": str(e)}

    def wait(self):
        self.thread.join(SOON_S)
        return self.reply


class PairTest(LiveTest):
    """Every test has a window of its own; the last thing each does is to see it shut."""
    conf, ports = tls_conf(pair_window_s=300)

    def setUp(self):
        self.code = new_code()
        self.addCleanup(self.assert_no_guest)

    def passwd(self, store=None):
        with open(os.path.join((store or self.store).run_dir, "broker", "passwd"), "rb") as f:
            return f.read()

    def assert_no_guest(self):
        self.assertNotIn(b"pair-", self.passwd())
        self.assertNotIn("pair-", open_text(os.path.join(self.store.run_dir, "broker", "acl")))

    def open_window(self, device, code=None, **more):
        window = Window(self.store, code or self.code, device, **more)
        wait_for("a window", lambda: b"pair-" in self.passwd() or window.reply)
        return window

    def phone(self, code=None, **more):
        device = PairDevice("127.0.0.1", self.ports[0], code or self.code, **more)
        self.addCleanup(device.close)
        return device

    def end(self, window):
        self.store.ask("device.pair_end")
        return window.wait()

    def other_code(self):
        """Another secret behind the same first symbol."""
        last = SYMBOLS[(SYMBOLS.index(self.code[-1]) + 1) % 32]
        return self.code[:-1] + last

    def test_a_device_that_shows_a_code_gets_in(self):
        window = self.open_window("front-1")
        entry = self.phone().pair()
        reply = window.wait()
        self.assertGreaterEqual(reply["result"].pop("reply_ms"), 0)
        self.assertEqual(reply["result"], {"device": "front-1", "role": "kiosk", "proved": True})
        self.assertEqual((entry["device"], entry["role"]), ("front-1", "kiosk"))

    def test_all_that_is_said_follows_the_schemas(self):
        window = self.open_window("front-13")
        wrong, phone = self.phone(self.other_code()), self.phone()
        said = [("up", {"proof": proof(wrong.key, "hello")}), ("down", wrong.hello()),
                ("up", {"proof": proof(phone.key, "ready")})]
        self.assertIsNone(phone.hello())
        grant = phone.ready()
        said.append(("down", grant))
        phone.take(grant)
        phone.start()
        self.ok(window.wait())
        wire = Wire(Schemas())
        for way, body in said:
            topic = f"poshub/v1/pair/{self.code[0]}/{way}"
            self.assertEqual(wire.errors(topic, json.dumps(body), 1, False), [])
            self.assertNotEqual(wire.errors(topic, "{}", 1, False), [])
        grant["proof"] = grant["proof"].upper()
        self.assertNotEqual(wire.errors(topic, json.dumps(grant), 1, False), [])

    def test_what_people_type_may_be_sloppy(self):
        self.code = "0" + self.code[1:7] + "1"
        typed = "o" + self.code[1:4].lower() + " - " + self.code[4:7] + "l"
        window = self.open_window("sloppy-1", code=typed)
        self.phone().pair()
        self.ok(window.wait())

    def test_a_paired_device_works_under_its_name_and_revoking_cuts_it_off(self):
        window = self.open_window("till-9", role="pos")
        phone = self.phone()
        entry = phone.pair()
        self.ok(window.wait())
        phone.close()
        ca = phone.ca_file()
        self.addCleanup(os.unlink, ca)
        with Device(self.store, entry, ca=ca, port=self.ports[0]) as till:
            self.ok(till.ask("stock.get", object_type=2, object_id="1001"))
            self.store.control("device.revoke", device="till-9")
            wait_for("the cut", lambda: not till.client.is_connected())
            wait_for("a refusal", lambda: till.refused not in (0, None))

    def test_a_wrong_code_is_told_and_the_right_one_gets_in(self):
        window = self.open_window("front-2")
        self.assertEqual(self.phone(self.other_code()).hello(), {"error": "wrong code", "left": 4})
        self.phone().pair()
        self.ok(window.wait())

    def broker_has_read(self):
        """All that was written until now, and so knows no guest of a window that is shut."""
        reply = self.store.control("device.add", device="spare-1", role="kiosk", replace=True)
        self.assertTrue(reply["result"]["proved"], reply)

    def test_a_code_of_another_name_finds_no_window(self):
        self.broker_has_read()
        window = self.open_window("front-3")
        first = SYMBOLS[(SYMBOLS.index(self.code[0]) + 1) % 32]
        self.assertIsNone(self.phone(first + self.code[1:]).connect("hello"))
        self.code_is(1010, self.end(window), "closed")

    def code_is(self, code, reply, words):
        self.assertEqual(reply["code"], code, reply)
        self.assertIn(words, reply["detail"])

    def test_without_a_window_nobody_is_let_in(self):
        self.broker_has_read()
        self.assertIsNone(self.phone().connect("hello"))

    def test_a_man_in_the_middle_has_nothing_the_hub_takes(self):
        """He shows the device his own authority, hears all it says, and says it to the hub."""
        with Store(conf=tls_conf()[0]) as other:
            port = other.conf["lan"]["tls_listen"].rsplit(":", 1)[1]
            deceived = PairDevice("127.0.0.1", int(port), self.code)
        window = self.open_window("front-4")
        link = self.phone().wait_connect("hello")
        link.say(f"pair/{self.code[0]}/up", proof=proof(deceived.key, "hello"))
        self.assertEqual(link.hear()[1], {"error": "wrong code", "left": 4})
        link.close()
        self.assertIsNone(self.phone().connect(proof(deceived.key, "password")))
        self.end(window)

    def test_a_hub_that_does_not_know_the_code_is_not_believed(self):
        phone = self.phone()
        grant = {"device": "x", "role": "pos", "password": "p", "ca": phone.ca_pem,
                 "proof": proof(phone.key[::-1], "x pos p")}
        with self.assertRaises(Refused):
            phone.take(grant)

    def test_who_said_hello_without_coming_back_gets_nothing(self):
        """The old guest's connection and password are dead; ready without a proof is a wrong try."""
        window = self.open_window("front-5")
        phone = self.phone()
        self.assertIsNone(phone.hello())
        self.assertIsNone(phone.connect("hello"))
        link = phone.wait_connect(proof(phone.key, "password"))
        link.say(f"pair/{self.code[0]}/up", ready=True)
        self.assertEqual(link.hear()[1]["error"], "wrong code")
        link.close()
        self.end(window)
        self.assertNotIn(b"front-5:", self.passwd())

    def test_one_window_at_a_time(self):
        window = self.open_window("front-6")
        reply = self.store.ask("device.pair", code=new_code(), device="front-7", role="kiosk")
        self.code_is(4001, reply, "front-6 is being paired, for ")
        self.assertGreater(reply["retry_after_ms"], 100000)
        self.assertLessEqual(reply["retry_after_ms"], 300000)
        self.end(window)

    def test_an_invitation_is_shown_when_its_window_is_open(self):
        window = self.open_window("front-14")
        ctl = subprocess.run(
            [self.store.program("poshubctl"), "--socket", self.store.control_path, "device",
             "invite", "--role", "board", "--name", "board-8"], capture_output=True, text=True,
            timeout=SOON_S)
        self.assertEqual((ctl.returncode, ctl.stdout), (6, ""))
        self.assertIn("front-14 is being paired", ctl.stderr)
        self.assertEqual(self.store.get("/v1/status")["pairing"]["device"], "front-14")
        self.end(window)
        self.assertNotIn("pairing", self.store.get("/v1/status"))

    def test_whoever_is_killed_leaves_no_window(self):
        ctl = self.ctl_pair()
        ctl.kill()
        wait_for("the window to be shut", lambda: b"pair-" not in self.passwd())
        self.end_of(self.open_window("front-10"))

    def end_of(self, window):
        self.assertIn("closed", self.end(window)["detail"])

    def test_who_is_revoked_before_it_is_back_is_told_at_once(self):
        window = self.open_window("front-15")
        phone = self.phone()
        self.assertIsNone(phone.hello())
        phone.take(phone.ready())
        self.ok(self.store.ask("device.revoke", device="front-15"))
        self.code_is(1012, window.wait(), "revoked")

    def test_bad_requests_open_nothing(self):
        for words, body in (("eight letters", {"code": "K7Q2-9FM"}),
                            ("eight letters", {"code": "K7Q2-9FMXX"}),
                            ("eight letters", {"code": "K7Q2-9FMU"}),
                            ("role", {"code": self.code, "role": "admin"}),
                            ("exists already", {"code": self.code, "device": "till-1"}),
                            ("no name of the hub", {"code": self.code, "device": "pair-7"}),
                            ("stations", {"code": self.code, "role": "kds"})):
            body = {"device": "front-8", "role": "kiosk", **body}
            self.code_is(1010, self.store.ask("device.pair", **body), words)
        self.code_is(1010, self.store.ask("device.pair_end"), "no pairing window")

    def test_replace_gives_a_known_device_a_new_password(self):
        old = self.store.add_device("swap-1", "kiosk")
        window = self.open_window("swap-1", replace=True)
        entry = self.phone().pair()
        self.ok(window.wait())
        self.assertNotEqual(entry["password"], old["password"])

    def authority_is_new(self):
        return "PH-2204" in [f["code"] for f in self.store.get("/v1/status")["faults"]]

    def test_who_pairs_anew_ends_the_word_of_a_lost_authority(self):
        kept = os.path.join(self.store.data_dir, "authority")
        with open(kept, "w", encoding="utf-8") as f:
            f.write("0" * 64)
        self.store.add_device("lost-1", "kiosk")
        self.store.restart_hub()
        self.store.wait_broker()
        self.assertTrue(self.authority_is_new())
        window = self.open_window("lost-1", replace=True)
        self.phone().pair()
        self.ok(window.wait())
        self.assertFalse(self.authority_is_new())
        with open(kept, encoding="utf-8") as f:
            self.assertEqual(f.read(), self.store.get("/v1/status")["tls"]["ca_sha256"])

    def test_an_invitation_from_the_terminal(self):
        ctl = subprocess.Popen(
            [self.store.program("poshubctl"), "--socket", self.store.control_path, "device",
             "invite", "--role", "board", "--name", "board-9"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(ctl.communicate)
        lines = []
        while not lines or not lines[-1].startswith("poshub://"):
            lines.append(ctl.stdout.readline().rstrip("\n"))
            self.assertTrue(lines[-1], lines)
        self.assertGreater(sum("\u2588" in line for line in lines), 15)  # the QR
        phone = PairDevice.invited(lines[-1])
        self.addCleanup(phone.close)
        phone.pair()
        out, err = ctl.communicate(timeout=SOON_S)
        self.assertEqual(ctl.returncode, 0, err)
        self.assertRegex(out, r"paired +board-9")
        self.assertRegex(out, r"test +publish ok, reply \d+ ms, forbidden topic refused ok")

    def test_an_invitation_of_another_store_is_not_followed(self):
        with self.assertRaises(Refused):
            self.phone(fingerprint=hashlib.sha256(b"another").digest())

    def ctl_pair(self, *options):
        ctl = subprocess.Popen(
            [self.store.program("poshubctl"), "--socket", self.store.control_path, "device",
             "pair", self.code, "--role", "kiosk", "--name", "front-10", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(ctl.communicate)
        wait_for("a window", lambda: b"pair-" in self.passwd())
        return ctl

    def test_interrupting_closes_the_window(self):
        ctl = self.ctl_pair()
        ctl.send_signal(signal.SIGINT)
        self.assertIn("interrupted", ctl.communicate(timeout=SOON_S)[1])
        self.assertEqual(ctl.returncode, 1)
        self.assert_no_guest()

    def test_who_does_not_wait_to_the_end_closes_the_window(self):
        ctl = self.ctl_pair("--timeout", "3")
        ctl.communicate(timeout=SOON_S)
        self.assertEqual(ctl.returncode, 7)
        self.assert_no_guest()

    def test_what_is_no_code_is_told_before_the_hub_is_asked(self):
        ctl = subprocess.run([self.store.program("poshubctl"), "device", "pair", "K7Q2-9FMU",
                              "--role", "kiosk", "--name", "front-10"], capture_output=True,
                             text=True)
        self.assertEqual(ctl.returncode, 2)
        self.assertIn("is no code", ctl.stderr)

    def test_the_journal_says_who_let_it_in(self):
        window = self.open_window("front-12")
        self.phone().pair()
        self.ok(window.wait())
        cursor, found = None, []
        while not found:
            page = self.store.control("journal.tail", **({"cursor": cursor} if cursor else {}))
            self.assertTrue(page["events"], "no OPERATOR event")
            found = [e["body"] for e in page["events"]
                     if e["kind"] == "OPERATOR" and e["body"].get("subject") == "front-12"]
            cursor = page["cursor"]
        self.assertTrue(found[0]["operator"])

    def test_a_broker_that_starts_anew_in_the_window(self):
        window = self.open_window("front-11")
        self.store.stop_broker()
        self.store.start_broker()
        self.store.wait_broker()
        self.phone().pair()
        self.ok(window.wait())


class EndsTest(unittest.TestCase):
    """What ends a window, on a store of its own each."""

    def setUp(self):
        conf, self.ports = tls_conf(pair_window_s=WINDOW_S)
        self.store = Store(conf=conf)
        self.addCleanup(self.store.stop)
        self.store.start()
        self.code = new_code()

    passwd = PairTest.passwd
    assert_no_guest = PairTest.assert_no_guest
    open_window = PairTest.open_window
    other_code = PairTest.other_code

    def phone(self, code=None):
        device = PairDevice("127.0.0.1", self.ports[0], code or self.code)
        self.addCleanup(device.close)
        return device

    def test_the_window_ends_by_itself(self):
        reply = self.open_window("front-1").wait()
        self.assertEqual(reply["code"], 4006)
        self.assertIn("no device came", reply["detail"])
        self.assert_no_guest()
        done = subprocess.run(
            [self.store.program("poshubctl"), "--socket", self.store.control_path, "device",
             "pair", self.code, "--role", "kiosk", "--name", "front-1"], capture_output=True,
            text=True, timeout=SOON_S)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("Waiting for the device", done.stderr)
        self.assertIn("refused: no device came", done.stderr)
        self.assertIsNone(self.phone().connect("hello"))

    def test_five_wrong_codes_shut_pairing(self):
        window = self.open_window("front-1")
        wrong = self.phone(self.other_code())
        said = [wrong.hello() for _ in range(4)]
        self.assertEqual([s["left"] for s in said], [4, 3, 2, 1])
        self.assertIsNone(window.reply)
        link = wrong.wait_connect("hello")
        link.say(f"pair/{self.code[0]}/up", proof="")
        reply = window.wait()
        link.close()
        self.assertEqual((reply["code"], reply["retry_after_ms"]), (4002, 600000))
        self.assert_no_guest()
        again = self.store.ask("device.pair", code=self.code, device="front-1", role="kiosk")
        self.assertEqual(again["code"], 4002, again)
        faults = [f["code"] for f in self.store.get("/v1/status")["faults"]]
        self.assertIn("PH-2202", faults)

    def test_a_hub_that_starts_anew_knows_no_guest(self):
        window = self.open_window("front-1")
        self.store.restart_hub(signal.SIGKILL)
        self.assertIsNone(window.wait()["code"])
        self.store.wait_broker()
        self.assert_no_guest()
        wait_for("no guest at the broker", lambda: self.phone().connect("hello") is None)

    def test_a_hub_that_stops_answers_who_waits(self):
        window = self.open_window("front-1")
        self.assertEqual(self.store.stop_hub(), 0)
        self.assertNotEqual(window.wait(), None)
        self.assert_no_guest()

    def test_a_device_that_does_not_come_back_is_known_but_not_proved(self):
        window = self.open_window("front-1")
        phone = self.phone()
        self.assertIsNone(phone.hello())
        phone.take(phone.ready())
        reply = window.wait()
        self.assertEqual(reply["code"], 0, reply)
        self.assertIs(reply["result"]["proved"], False)
        self.assertIn("has not come back", reply["result"]["why"])
        self.assert_no_guest()


class NoTlsTest(unittest.TestCase):
    def test_pairing_needs_tls(self):
        with Store() as store:
            reply = store.ask("device.pair", code=new_code(), device="front-1", role="kiosk")
            self.assertIn("tls_listen", reply["detail"])


def open_text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


if __name__ == "__main__":
    unittest.main()
