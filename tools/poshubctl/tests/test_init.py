#!/usr/bin/python3
"""poshubctl init and doctor in scratch directories, without a hub: what is refused, what is asked,
what is written, and what doctor makes of it."""

import hashlib
import json
import os
import pty
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import unittest

CTL = os.environ["POSHUBCTL"]
STORE = ["--brand", "1", "--poi", "417", "--timezone", "UTC"]


class Scratch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poshub-init-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.places = [w for name in ("etc", "state", "run")
                       for w in (f"--{name}", f"{self.folder}/{name}")]
        self.part = f"{self.folder}/etc/conf.d/10-init.conf"

    def ctl(self, *words):
        return subprocess.run([CTL, *words], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, check=False)

    def init(self, *words):
        return self.ctl("init", *self.places, *words)

    def nothing_was_made(self):
        self.assertEqual(os.listdir(self.folder), [])

    def made(self):
        with open(self.part, encoding="utf-8") as f:
            return f.read()

    def doctor(self, *words):
        done = self.ctl("doctor", "--config", f"{self.folder}/etc/poshub.conf", *words)
        return done.returncode, done.stdout, done.stderr


class Init(Scratch):
    def test_it_needs_to_know_which_store_it_is(self):
        done = self.init("--brand", "1")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--poi", done.stderr)
        self.nothing_was_made()

    def test_what_the_hub_would_not_read_is_not_written(self):
        for wrong in (["--timezone", "Mars/Olympus"], ["--channels", "POS,DRONE"],
                      ["--listen", "8883"], ["--brand", "a b"], ["--name", "x ; y"],
                      ["--cloud-url", "http://center"], ["--name", "n" * 120],
                      ["--cloud-url", "https://center.example", "--box-id", "B"]):
            with self.subTest(wrong):
                done = self.init(*STORE, *wrong)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertNotEqual(done.stderr, "")
                self.nothing_was_made()

    def test_places_are_absolute_and_short_enough_for_a_socket(self):
        for wrong in ("here", "/" + "x" * 90):
            done = self.ctl("init", *STORE, "--state", wrong)
            self.assertEqual(done.returncode, 2)
            self.assertIn("--state", done.stderr)

    def test_a_store_is_made_once(self):
        done = self.init(*STORE, "--name", "Käse & Söhne", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["config"], f"{self.folder}/etc/poshub.conf")
        self.assertEqual(len(told["ca_sha256"]), 64)
        first = self.made()
        self.assertIn("name = Käse & Söhne\n", first)
        self.assertIn("tls_listen = 0.0.0.0:8883\n", first)
        again = self.init("--brand", "2", "--poi", "9", "--timezone", "UTC")
        self.assertEqual(again.returncode, 6)
        self.assertIn("is a store already", again.stderr)
        self.assertEqual(self.made(), first)

    def test_it_refuses_beside_the_books_of_another_store(self):
        os.makedirs(f"{self.folder}/state/db")
        with open(f"{self.folder}/state/db/data.mdb", "wb"):
            pass
        done = self.init(*STORE)
        self.assertEqual(done.returncode, 6)
        self.assertEqual(os.listdir(self.folder), ["state"])

    def test_secrets_are_for_the_hub_alone(self):
        self.assertEqual(self.init(*STORE).returncode, 0)
        secret = f"{self.folder}/state/secret"
        self.assertEqual(os.stat(f"{secret}/ca.key").st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(secret).st_mode & 0o777, 0o750)
        self.assertEqual(os.stat(self.part).st_mode & 0o777, 0o644)

    def test_its_next_commands_work_as_they_stand(self):
        self.folder += "/it's here"
        os.mkdir(self.folder)
        self.places = [w for name in ("etc", "state", "run")
                       for w in (f"--{name}", f"{self.folder}/{name}")]
        self.part = f"{self.folder}/etc/conf.d/10-init.conf"
        done = self.init(*STORE)
        self.assertEqual(done.returncode, 0, done.stderr)
        commands = [shlex.split(line.removeprefix("next:")) for line in done.stderr.splitlines()
                    if line.startswith(("next:", "      "))]
        conf, run = f"{self.folder}/etc/poshub.conf", f"{self.folder}/run"
        self.assertEqual(commands[:3], [["poshubd", "-c", conf],
                                        ["mosquitto", "-c", f"{run}/broker/mosquitto.conf"],
                                        ["poshubctl", "doctor", "--config", conf]])
        self.assertEqual([c[-2:] for c in commands[3:]], [["--socket", f"{run}/control.sock"]] * 2)
        again = self.init(*STORE)
        self.assertIn("next: poshubctl doctor --config", again.stderr)

    def test_without_tls_it_says_so(self):
        done = self.init(*STORE, "--no-tls", "--websocket", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("plain_listen = 0.0.0.0:1883\n", self.made())
        self.assertNotIn("websocket", self.made())
        self.assertIn("NOT ENCRYPTED", done.stdout)

    def test_on_a_terminal_it_asks_and_explains(self):
        """An empty answer is the default; a needed one is asked for again."""
        main, terminal = pty.openpty()
        process = subprocess.Popen([CTL, "init", *self.places], stdin=terminal,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.close(terminal)
        os.write(main, b"7\n\n417\nRiverside\nEurope/Berlin\n\n-\n\n")
        out, err = process.communicate(timeout=60)
        os.close(main)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(err.count("Which store of the brand?"), 2)
        self.assertIn("[store]\nbrand_id = 7\npoi_id = 417\nname = Riverside\n"
                      "timezone = Europe/Berlin\n", self.made())
        self.assertIn("next: ", err)
        self.assertNotIn("websocket", self.made())
        self.assertIn("browsers none", out)

    def test_on_a_terminal_what_is_no_answer_is_asked_for_again(self):
        main, terminal = pty.openpty()
        process = subprocess.Popen([CTL, "init", *self.places, "--name", "-"], stdin=terminal,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.close(terminal)
        os.write(main, b"1 2\n12\n417\nMars/City\nUTC\nlocalhost:8883\n127.0.0.1:8883\n" +
                 b"1" * 300 + b"\n-\nhttp://c\n-\n")
        _, err = process.communicate(timeout=60)
        os.close(main)
        self.assertEqual(process.returncode, 0, err)
        for told in ("  1 2: expected an id", "  Mars/City: expected a zone",
                     "  localhost:8883: expected ADDRESS:PORT", "  longer than 127 bytes",
                     "  http://c: expected https://HOST"):
            self.assertIn(told, err)
        self.assertIn("brand_id = 12\npoi_id = 417\ntimezone = UTC\n", self.made())
        self.assertIn("\ntls_listen = 127.0.0.1:8883\n", self.made())

    def test_whose_settings_are_written_out(self):
        self.assertEqual(self.init(*STORE, "--channels", "KIOSK").returncode, 0)
        self.assertIn("[channel.KIOSK]\nticket_at = pay\nexpiry_s = 300\n", self.made())
        self.assertNotIn("[channel.POS]", self.made())

    def test_a_try_never_gets_at_this_boxs_own_books(self):
        done = self.ctl("init", *STORE, "--etc", f"{self.folder}/etc")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--state", done.stderr)
        self.nothing_was_made()

    def test_a_listener_that_is_none_is_told_as_none(self):
        done = self.init(*STORE, "--listen", "-", "--websocket", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"devices +none  browsers none")


class OverridePin(Scratch):
    LINE = re.compile(r"override_pin = (pbkdf2\$(\d+)\$([0-9a-f]{32})\$([0-9a-f]{64}))\n")

    def said(self, pin, *words):
        return subprocess.run([CTL, "override-pin", *words], input=pin, capture_output=True,
                              text=True, timeout=60, check=False)

    def fits(self, pin, text):
        """By another program's PBKDF2."""
        _, rounds, salt, made = self.LINE.search(text).groups()
        return hashlib.pbkdf2_hmac("sha256", pin.encode(), bytes.fromhex(salt),
                                   int(rounds)).hex() == made

    def test_the_line_holds_the_pin_and_another_salt_each_time(self):
        first, second = (self.said("480911\n", "--print").stdout for _ in range(2))
        self.assertTrue(self.fits("480911", first))
        self.assertTrue(self.fits("480911", second))
        self.assertNotEqual(first, second)
        told = json.loads(self.said("480911", "--print", "--json").stdout)["override_pin"]
        self.assertTrue(self.fits("480911", f"override_pin = {told}\n"))

    def test_it_is_written_where_the_hub_reads_it_and_others_do_not(self):
        self.init(*STORE)
        os.umask(0)
        done = self.said("4809\n", f"--etc={self.folder}/etc")
        self.assertEqual(done.returncode, 0, done.stderr)
        part = f"{self.folder}/etc/conf.d/20-override-pin.conf"
        self.assertIn(part, done.stdout)
        self.assertEqual(os.stat(part).st_mode & 0o007, 0)
        with open(part, encoding="utf-8") as f:
            self.assertTrue(self.fits("4809", f.read()))
        self.assertNotIn("config", [c["check"] for c in json.loads(self.doctor("--json")[1])["checks"]
                                    if c["state"] == "FAIL"])

    def test_what_is_no_pin_changes_nothing(self):
        os.makedirs(f"{self.folder}/etc/conf.d")
        for pin in ("", "\n", "123\n", "12 34\n", "1" * 33 + "\n", "1" * 300, "ümlaut\n"):
            with self.subTest(pin):
                done = self.said(pin, f"--etc={self.folder}/etc")
                self.assertEqual(done.returncode, 2)
                self.assertIn("Nothing was done", done.stderr)
                self.assertEqual(os.listdir(f"{self.folder}/etc/conf.d"), [])
        for pin in ("1234", "1" * 32):
            self.assertTrue(self.fits(pin, self.said(pin, "--print").stdout))

    def test_it_is_no_word_of_the_command_line(self):
        self.assertEqual(self.said("", "480911").returncode, 2)

    def test_on_a_terminal_it_is_asked_twice_and_not_shown(self):
        for typed, code in ((b"480911\n480911\n", 0), (b"480911\n480912\n", 2)):
            main, terminal = pty.openpty()
            process = subprocess.Popen([CTL, "override-pin", "--print"], stdin=terminal,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for line in typed.splitlines(keepends=True):
                self.assertTrue(process.stderr.read(1))  # it asks, and echo is off
                os.write(main, line)
                while process.stderr.read(1) != "\n":
                    pass
            out, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, code)
            self.assertEqual(self.fits("480911", out) if code == 0 else out, code == 0 or "")
            os.set_blocking(main, False)
            self.assertRaises(BlockingIOError, os.read, main, 1)  # nothing was shown
            os.close(terminal)
            os.close(main)


class Doctor(Scratch):
    def first(self):
        code, out, _ = self.doctor("--json")
        head = json.loads(out)["checks"][0]
        return code, head["check"], head["code"]

    def test_a_box_that_is_no_store_is_told_to_become_one(self):
        self.assertEqual(self.first(), (8, "config", "PH-4005"))

    def test_a_store_whose_hub_never_ran(self):
        self.init(*STORE)
        self.assertEqual(self.first(), (8, "hub", "PH-4001"))

    def test_before_the_first_start_the_certificate_is_yet_to_come(self):
        self.init(*STORE)
        check = json.loads(self.doctor("--json", "--only", "certificate")[1])["checks"][0]
        self.assertEqual(check["state"], "skip")
        self.assertIn("when it starts", check["text"])

    def test_without_tls_no_certificate_is_needed(self):
        self.init(*STORE, "--no-tls")
        check = json.loads(self.doctor("--json", "--only", "certificate")[1])["checks"][0]
        self.assertEqual((check["state"], check["text"]), ("ok", "none is needed"))

    def test_other_programs_are_named_without_their_command_lines(self):
        self.init(*STORE, "--no-tls", "--listen", "127.0.0.1:1")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            os.set_inheritable(s.fileno(), True)
            other = subprocess.Popen(["sleep", "600", "0", "0.0"], close_fds=False)
            self.addCleanup(other.wait)
            self.addCleanup(other.kill)
            port = s.getsockname()[1]
        with open(self.part, encoding="utf-8") as f:
            text = f.read().replace("127.0.0.1:1\n", f"127.0.0.1:{port}\n")
        with open(self.part, "w", encoding="utf-8") as f:
            f.write(text)
        check = json.loads(self.doctor("--json", "--only", "broker")[1])["checks"][0]
        self.assertEqual(check["code"], "PH-2014")
        self.assertIn(f"is taken by sleep, pid {other.pid}", check["text"])
        self.assertNotIn("600", check["text"])

    def test_a_part_with_a_typo_is_named_with_its_line(self):
        self.init(*STORE)
        part = f"{self.folder}/etc/conf.d/20-fleet.conf"
        with open(part, "w", encoding="utf-8") as f:
            f.write("[storage]\nmap = 1\n")
        self.assertEqual(self.first(), (8, "config", "PH-4004"))
        self.assertIn(f"{part}:2: unknown key map", self.doctor()[1])

    def test_only_takes_a_name_or_the_word_of_several(self):
        self.init(*STORE)
        for only, names in (("disk", ["disk"]), ("time zone", ["time zone"]), ("map", ["map room"]),
                            ("cloud", ["cloud name", "cloud https", "cloud mqtt"])):
            out = json.loads(self.doctor("--json", "--only", only)[1])
            self.assertEqual(sorted(c["check"] for c in out["checks"]), sorted(names))

    def test_an_unknown_check_is_answered_with_those_there_are(self):
        code, _, err = self.doctor("--only", "flux")
        self.assertEqual(code, 2)
        self.assertIn("client-id lock", err)

    def test_people_see_the_cause_its_command_and_its_code(self):
        self.init(*STORE)
        code, out, _ = self.doctor()
        lines = out.splitlines()
        self.assertEqual(code, 8)
        self.assertTrue(lines[0].startswith(" FAIL  hub "), lines[0])
        self.assertIn("next: systemctl start poshub", lines[1])
        self.assertIn("PH-4001", lines[1])
        self.assertRegex(out, r"\n21 checks: \d+ ok, \d+ warnings?, \d+ failed, \d+ skipped\n")

    def test_every_code_it_says_is_in_the_manual(self):
        """docs/control-api.md has a row for each."""
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
        with open(f"{root}/docs/control-api.md", encoding="utf-8") as f:
            manual = f.read()
        folder = f"{root}/tools/poshubctl/doctor"
        for name in os.listdir(folder):
            with open(f"{folder}/{name}", encoding="utf-8") as f:
                for code in set(f.read().split('"')):
                    if code.startswith("PH-"):
                        self.assertIn(f"| {code} |", manual, name)


if __name__ == "__main__":
    unittest.main()
