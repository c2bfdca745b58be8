#!/usr/bin/python3
"""Adding, rotating and revoking: the hub says that it is in force when the broker has shown it, and
says why where the broker shows something else."""

import json
import os
import re
import signal
import subprocess
import threading
import time
import unittest

from device import Device
from ear import Ear
from live import COLA, LiveTest, order_lines
from store import SOON_S, wait_for

SAYS = re.compile(r"test +publish ok, reply \d+ ms, forbidden topic refused ok(.*)")
WARNED, OK = 8, 0


class Rights(LiveTest):
    def assert_proved(self, reply, old_refused):
        result = self.ok(reply)["result"]
        self.assertIs(result["proved"], True, reply)
        self.assertGreaterEqual(result["reply_ms"], 0)
        self.assertEqual(result.get("old_refused", False), old_refused)
        return result

    def assert_not_proved(self, reply, words):
        result = self.ok(reply)["result"]
        self.assertIs(result["proved"], False, reply)
        self.assertIn(words, result["why"])
        self.assertNotIn("reply_ms", result)
        return result

    def is_let_in(self, device, password):
        ear = Ear(self.store, device, password)
        try:
            self.assertTrue(ear.ready.wait(SOON_S))
            return ear.refused is None
        finally:
            ear.close()

    def events(self, kind):
        events = self.store.control("journal.tail", limit=50)["events"]
        return [e["body"] for e in events if e["kind"] == kind]

    def ctl(self, *words):
        return subprocess.run([self.store.program("poshubctl"), "--socket", self.store.control_path,
                               *words], capture_output=True, text=True, timeout=SOON_S)

    def broker_file(self, name):
        return os.path.join(self.store.run_dir, "broker", name)


class Identify(Rights):
    TOPIC = "dev/kiosk-1/cmd"

    def state(self, kiosk, state):
        kiosk.client.publish("poshub/v1/dev/kiosk-1/state", json.dumps({"state": state}), qos=1,
                             retain=True)
        wait_for(state, lambda: next(d for d in self.store.pages("device.list", "devices")
                                     if d["device"] == "kiosk-1")["online"] is (state == "online"))

    def test_a_device_is_told_to_show_itself_and_one_that_is_offline_is_not(self):
        kiosk = self.device("kiosk-1", self.TOPIC)
        self.state(kiosk, "online")
        said = self.ctl("device", "identify", "kiosk-1")
        self.assertEqual(said.returncode, OK, said)
        self.assertIn("online: it was told to show itself", said.stdout)
        self.assertEqual(kiosk.wait(self.TOPIC), {"op": "identify"})
        self.state(kiosk, "offline")
        said = self.ctl("device", "identify", "kiosk-1")
        self.assertEqual(said.returncode, 1, said)
        self.assertIn("offline: nothing was sent", said.stdout)
        self.assertEqual(self.store.control("device.identify", device="kiosk-1")["result"],
                         {"online": False})

    def test_nobody_is_called_so(self):
        said = self.ctl("device", "identify", "kiosk-77")
        self.assertEqual((said.returncode, said.stderr),
                         (5, "poshubctl: refused: no such device (1012 UNKNOWN_OBJECT)\n"))


class Changes(Rights):
    def test_a_device_that_is_added_is_proved(self):
        for role, more in (("pos", {}), ("kiosk", {}), ("emenu", {}), ("kds", {"stations": ["bar"]}),
                           ("board", {})):
            with self.subTest(role=role):
                reply = self.store.ask("device.add", device=f"new-{role}", role=role, **more)
                result = self.assert_proved(reply, False)
                self.assertTrue(self.is_let_in(f"new-{role}", result["password"]))

    def test_a_new_password_ends_the_old_one(self):
        old = self.store.add_device("turn-1", "kiosk")
        device = Device(self.store, old).__enter__()
        self.addCleanup(device.close)
        self.ok(device.ask("time.get"))
        gone = threading.Event()
        device.client.on_disconnect = lambda *_: gone.set()
        result = self.assert_proved(self.store.ask("device.rotate", device="turn-1"), True)
        self.assertTrue(gone.wait(SOON_S), "still connected")
        self.assertEqual((result["device"], result["role"]), ("turn-1", "kiosk"))
        self.assertNotEqual(result["password"], old["password"])
        self.assertFalse(self.is_let_in("turn-1", old["password"]))
        self.assertTrue(self.is_let_in("turn-1", result["password"]))

    def in_line(self, device):
        with open(self.broker_file("passwd"), "rb") as f:
            return [line for line in f if line.startswith(device.encode() + b":")]

    def test_of_two_at_the_same_time_one_password_is_in_force(self):
        """The broker stands still until both are in the books."""
        self.store.add_device("turn-9", "kiosk")
        self.store.broker.send_signal(signal.SIGSTOP)
        self.addCleanup(self.store.broker.send_signal, signal.SIGCONT)
        said, threads = [None, None], []
        for i in range(2):
            before = self.in_line("turn-9")
            threads.append(threading.Thread(target=lambda i=i: said.__setitem__(
                i, self.store.ask("device.rotate", device="turn-9"))))
            threads[i].start()
            wait_for("the change", lambda: self.in_line("turn-9") != before)
        self.store.broker.send_signal(signal.SIGCONT)
        for thread in threads:
            thread.join(SOON_S)
        first = self.assert_not_proved(said[0], "not in force")
        self.assertIs(first["superseded"], True)
        self.assertNotIn("password", first)
        last = self.ok(said[1])["result"]
        self.assertNotIn("superseded", last)
        self.assertTrue(self.is_let_in("turn-9", last["password"]))

    def test_who_did_it_is_in_the_journal_and_no_password(self):
        self.store.add_device("turn-2", "pos")
        self.store.control("device.rotate", device="turn-2", password="given-by-hand-1")
        self.assertTrue(self.is_let_in("turn-2", "given-by-hand-1"))
        self.assertIn({"device": "turn-2", "role": "pos", "what": "ROTATED"}, self.events("DEVICE"))
        self.assertIn(("turn-2", "device.rotate"),
                      [(b.get("subject"), b["verb"]) for b in self.events("OPERATOR")])
        for path in (self.broker_file("passwd"), os.path.join(self.store.folder, "hub.log"),
                     os.path.join(self.store.data_dir, "data.mdb")):
            with open(path, "rb") as f:
                self.assertNotIn(b"given-by-hand-1", f.read(), path)

    def test_what_is_refused_changes_nothing(self):
        entry = self.store.add_device("turn-3", "board")
        with open(self.broker_file("passwd"), "rb") as f:
            before = f.read()
        told = len(self.events("DEVICE"))
        for code, verb, body in ((1012, "device.rotate", {"device": "nobody"}),
                                 (1012, "device.revoke", {"device": "nobody"}),
                                 (1012, "device.rotate", {"device": "probe-kiosk"}),
                                 (1010, "device.rotate", {}),
                                 (1010, "device.rotate", {"device": "turn-3", "password": "7charac"}),
                                 (1010, "device.rotate", {"device": "turn-3", "password": "x" * 65}),
                                 (1010, "device.rotate", {"device": "turn-3", "password": 12345678})):
            with self.subTest(verb=verb, body=body):
                self.code(code, self.store.ask(verb, **body))
        with open(self.broker_file("passwd"), "rb") as f:
            self.assertEqual(f.read(), before)
        self.assertEqual(len(self.events("DEVICE")), told)
        self.assertTrue(self.is_let_in("turn-3", entry["password"]))
        for password in ("8charact", "x" * 64):
            self.store.control("device.rotate", device="turn-3", password=password)
            self.assertTrue(self.is_let_in("turn-3", password))

    def test_a_name_that_no_device_can_have_is_answered_with_the_rule(self):
        rule = "device: 3 to 32 of a-z, 0-9 and -"
        for name in ("nb", "n" * 33, "Kiosk", "kiosk_1", ""):
            for verb, body in (("device.add", {"role": "kiosk"}), ("device.rotate", {}),
                               ("device.revoke", {}), ("device.test", {})):
                with self.subTest(verb=verb, name=name):
                    said = self.store.ask(verb, device=name, **body)
                    self.code(1010, said)
                    self.assertTrue(said["detail"].startswith(rule), said)
        self.assertIn("pair-", self.store.ask("device.add", device="pair-7", role="pos")["detail"])
        for name in ("abc", "n" * 32):
            self.code(0, self.store.ask("device.add", device=name, role="kiosk"))

    def test_a_revoked_device_is_proved_to_be_out(self):
        entry = self.store.add_device("gone-1", "emenu")
        result = self.assert_proved(self.store.ask("device.revoke", device="gone-1"), True)
        self.assertEqual((result["device"], result["role"]), ("gone-1", "emenu"))
        self.assertNotIn("password", result)
        self.assertFalse(self.is_let_in("gone-1", entry["password"]))

    def test_a_repeat_shows_no_password_that_is_not_in_force(self):
        first = self.store.control("device.add", device="twice-1", role="kiosk", req_id="one-add")
        again = self.store.control("device.add", device="twice-1", role="kiosk", req_id="one-add")
        self.assertEqual((first["at"], first["req_id"]), (again["at"], again["req_id"]))
        self.assertNotIn("password", again["result"])
        self.assertTrue(self.is_let_in("twice-1", first["result"]["password"]))

    def test_many_at_once_are_all_proved(self):
        """One proof may serve several; each is told of its own."""
        replies = {}

        def change(n):
            name, role = f"many-{n}", ("pos", "kiosk", "board")[n % 3]
            self.store.control("device.add", device=name, role=role)
            replies[name] = self.store.ask("device.rotate", device=name)

        threads = [threading.Thread(target=change, args=(n,)) for n in range(12)]
        for t in threads:
            t.start()
        test = self.store.control("device.test", device="kiosk-1")["result"]  # beside it all
        for t in threads:
            t.join()
        self.assertTrue(test["rules_ok"], test)
        self.assertEqual(len(replies), 12)
        for name, reply in replies.items():
            result = self.assert_proved(reply, True)
            self.assertEqual(result["device"], name)
            self.assertTrue(self.is_let_in(name, result["password"]))

    def test_the_terminal_says_it_in_a_line(self):
        said = self.ctl("device", "add", "line-1", "--role", "kiosk")
        self.assertEqual((said.returncode, SAYS.search(said.stdout)[1]), (OK, ""), said)
        said = self.ctl("device", "rotate", "line-1", "--yes")
        self.assertEqual((said.returncode, SAYS.search(said.stdout)[1]),
                         (OK, ", old password refused ok"), said)
        password = re.search(r"password +(\S+)", said.stdout)[1]
        self.assertTrue(self.is_let_in("line-1", password))
        said = self.ctl("device", "revoke", "line-1", "--yes")
        self.assertEqual((said.returncode, SAYS.search(said.stdout)[1]),
                         (OK, ", old password refused ok"), said)

    def test_no_acknowledged_order_is_lost(self):
        """A till that orders all the time is rotated under its hands: what was answered is in the
        books once, and what was not is asked again with the same req_id."""
        entry, answered, open_id = self.store.add_device("busy-1", "pos"), {}, None
        for turn in range(4):
            with Device(self.store, entry) as till:
                cut = threading.Event()
                till.client.on_disconnect = lambda *_, cut=cut: cut.set()
                rotated = []
                rotate = threading.Thread(
                    target=lambda: rotated.append(self.store.ask("device.rotate", device="busy-1")))
                while not cut.is_set():
                    if open_id is None:
                        open_id = f"busy-{turn}-{len(answered)}"
                    till.send("order.place", {"req_id": open_id, "order_id": open_id,
                                              "lines": order_lines((COLA, 1))})
                    reply = self.reply_or_cut(till, open_id, cut)
                    if reply is not None:
                        answered[open_id] = self.ok(reply)
                        open_id = None
                    if not rotate.ident:
                        rotate.start()
                rotate.join()
                entry = dict(entry, password=self.assert_proved(rotated[0], True)["password"])
        with Device(self.store, entry) as till:
            if open_id is not None:
                answered[open_id] = self.ok(till.ask("order.place", req_id=open_id, order_id=open_id,
                                                     lines=order_lines((COLA, 1))))
            for order_id, reply in answered.items():
                order = self.ok(till.ask("order.get", order_id=order_id))["order"]
                self.assertEqual(order["number"], reply["order"]["number"])
                again = till.ask("order.place", req_id=order_id, order_id=order_id,
                                 lines=order_lines((COLA, 1)))
                self.assertEqual(again["at"], reply["at"])

    @staticmethod
    def reply_or_cut(till, req_id, cut):
        until = time.monotonic() + SOON_S
        while time.monotonic() < until:
            try:
                return till.reply(req_id, timeout_s=0.05)
            except AssertionError:
                if cut.is_set():
                    return None
        raise AssertionError(f"neither a reply to {req_id} nor a cut")


class NotProved(Rights):
    """Each test has a broker of its own on the same store, and leaves the right one behind."""

    def setUp(self):
        self.addCleanup(self.right_broker)

    def right_broker(self):
        self.store.stop_broker()
        self.store.restart_hub(signal.SIGTERM)  # writes the broker's files
        self.store.start_broker()
        self.store.wait_broker()

    def other_broker(self, key, text):
        """A broker that reads another file than the hub writes."""
        self.store.stop_broker()
        planted, conf = self.broker_file("planted"), self.broker_file("mosquitto.conf")
        with open(planted, "w", encoding="utf-8") as f:
            f.write(text)
        with open(conf, encoding="utf-8") as f:
            lines = [f"{key} {planted}\n" if line.startswith(key + " ") else line for line in f]
        with open(conf, "w", encoding="utf-8") as f:
            f.writelines(lines)
        for path in (planted, conf):
            os.chmod(path, 0o600)
            os.chown(path, os.stat(self.broker_file("acl")).st_uid, -1)
        self.store.start_broker()
        self.store.wait_broker()

    def text(self, name):
        with open(self.broker_file(name), encoding="utf-8") as f:
            return f.read()

    def test_without_a_broker_it_counts_when_it_starts(self):
        old = self.store.add_device("late-1", "kiosk")
        self.store.add_device("late-2", "kiosk")
        self.store.stop_broker()
        rotated = self.assert_not_proved(self.store.ask("device.rotate", device="late-1"),
                                         "the broker is not running")
        self.assert_not_proved(self.store.ask("device.add", device="late-3", role="board"),
                               "the broker is not running")
        said = self.ctl("device", "revoke", "late-2", "--yes")
        self.assertEqual(said.returncode, WARNED, said)
        self.assertIn("NOT PROVED: the broker is not running", said.stdout)
        self.store.start_broker()
        self.store.wait_broker()
        self.assertTrue(self.is_let_in("late-1", rotated["password"]))
        self.assertFalse(self.is_let_in("late-1", old["password"]))

    def test_a_broker_that_stands_still(self):
        self.store.broker.send_signal(signal.SIGSTOP)
        self.addCleanup(lambda: self.store.broker and self.store.broker.send_signal(signal.SIGCONT))
        reply = self.store.ask("device.add", device="still-1", role="kiosk")
        self.store.broker.send_signal(signal.SIGCONT)
        entry = self.assert_not_proved(reply, "the broker does not answer")
        wait_for("the change", lambda: self.is_let_in("still-1", entry["password"]))

    def test_rights_that_are_too_wide(self):
        wide = self.text("acl").replace("topic write poshub/v1/dev/probe-kiosk/req/+",
                                        "topic write poshub/v1/dev/+/req/+")
        self.other_broker("acl_file", wide)
        self.assert_not_proved(self.store.ask("device.add", device="wide-1", role="kiosk"),
                               "lets the role write what it should not")
        self.assert_proved(self.store.ask("device.add", device="wide-2", role="pos"), False)

    def test_rights_that_are_too_narrow(self):
        for missing, words in (("topic write poshub/v1/dev/probe-kiosk/req/+", "do not pass"),
                               ("topic read poshub/v1/dev/probe-kiosk/res/#", "do not pass"),
                               ("topic read poshub/v1/hub", "cannot read what it should")):
            with self.subTest(missing=missing):
                head, own = self.text("acl").split("user probe-kiosk\n")
                self.assertIn(missing, own)
                own = own.replace(missing, "topic read nowhere", 1)
                self.other_broker("acl_file", f"{head}user probe-kiosk\n{own}")
                self.assert_not_proved(self.store.ask("device.rotate", device="kiosk-2"), words)

    def test_passwords_that_do_not_come_through(self):
        """A broker that reads a frozen copy: the old password is good for ever."""
        self.other_broker("password_file", self.text("passwd"))
        self.assert_not_proved(self.store.ask("device.rotate", device="till-1"),
                               "does not take the new files")
        self.assertTrue(self.is_let_in("till-1", self.crew["till-1"]["password"]))

    def test_files_that_cannot_be_written(self):
        """The directory is full, or gone."""
        folder = self.broker_file("")[:-1]
        os.rename(folder, folder + ".away")
        self.addCleanup(lambda: os.path.exists(folder + ".away")
                        and os.rename(folder + ".away", folder))
        self.assert_not_proved(self.store.ask("device.add", device="full-1", role="kiosk"),
                               "could not be written")
        os.rename(folder + ".away", folder)
        self.assert_proved(self.store.ask("device.rotate", device="full-1"), True)

    def test_a_hub_that_stops_says_so(self):
        self.store.broker.send_signal(signal.SIGSTOP)
        said = []

        def ask():
            said.append(self.store.request("POST", "/v1/device.add",
                                           {"device": "stop-1", "role": "kiosk"}))
        asking = threading.Thread(target=ask)
        asking.start()
        wait_for("the change", lambda: "stop-1" in self.text("passwd"))
        self.store.hub.send_signal(signal.SIGTERM)
        asking.join()
        self.store.broker.send_signal(signal.SIGCONT)
        status, body = said[0]
        self.assertEqual(status, 200, body)
        self.assertIn("the hub is stopping", json.loads(body)["result"]["why"])


if __name__ == "__main__":
    unittest.main()
