#!/usr/bin/python3
"""doctor --fix does what can do no harm, looks again, and says what is left."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from live import LiveTest
from store import SOON_S, wait_for
from test_lan_tls import tls_conf

OTHERS = {"user": "nobody", "group": "nogroup", "extra_groups": []}
BROKEN_ACL = ("read poshub/v1/hub", "read poshub/v1/hut")


class DoctorTest(LiveTest):
    def doctor(self, *words):
        done = subprocess.run([self.store.program("poshubctl"), "doctor", "--json", "--config",
                               self.store.conf_path, *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SOON_S, check=False)
        return done.returncode, json.loads(done.stdout)["checks"], done.stderr

    def states(self, *words):
        code, checks, err = self.doctor(*words)
        return code, {c["check"]: c["state"] for c in checks}, err


class Devices(DoctorTest):
    def sets(self):
        devices = self.store.get("/v1/status")["devices"]
        return devices["offline"], devices["awaited"]

    @staticmethod
    def say(device, state):
        topic = f"poshub/v1/dev/{device.name}/state"
        device.client.publish(topic, json.dumps({"state": state}), qos=1,
                              retain=True).wait_for_publish(SOON_S)

    def test_one_that_never_connected_is_waited_for_and_one_that_left_is_silent(self):
        crew = sorted(self.crew)
        self.assertEqual(self.sets(), ([], crew))
        self.assertEqual(self.states("--only", "devices")[:2], (0, {"devices": "ok"}))
        self.assertIn(", ".join(crew), self.doctor("--only", "devices")[1][0]["text"])
        crew.remove("till-1")
        till = self.device("till-1")
        self.say(till, "online")
        wait_for("the hub to see it", lambda: self.sets() == ([], crew))
        self.say(till, "offline")
        wait_for("the hub to miss it", lambda: self.sets() == (["till-1"], crew))
        self.assertEqual(self.states("--only", "devices")[:2], (8, {"devices": "WARN"}))
        self.store.restart_hub()  # it has not seen it itself; the broker has
        self.store.wait_broker()
        wait_for("the same again", lambda: self.sets() == (["till-1"], crew))


class Fix(DoctorTest):
    def test_a_broker_that_missed_its_files_reads_them_again(self):
        path = os.path.join(self.store.run_dir, "broker", "acl")
        with open(path, encoding="utf-8") as f:
            good = f.read()
        self.addCleanup(self.put, path, good)
        self.put(path, good.replace(*BROKEN_ACL))
        self.store.broker.send_signal(signal.SIGHUP)
        wait_for("roles that may not read",
                 lambda: self.states("--only", "rights")[1] == {"rights": "FAIL"})
        self.put(path, good)
        code, states, err = self.states("--only", "rights", "--fix")
        self.assertEqual((code, states), (0, {"rights": "ok"}), err)
        self.assertIn("read its files again", err)

    def test_what_is_left_of_a_backup_goes(self):
        folder = os.path.join(self.store.folder, "backup")
        os.makedirs(folder, exist_ok=True)
        part = os.path.join(folder, ".part")
        self.put(part, "half a store")
        self.assertNotEqual(self.states("--only", "backup")[1], {"backup": "WARN"})  # one is made now
        os.utime(part, (1, 1))
        self.assertEqual(self.states("--only", "backup")[:2], (8, {"backup": "WARN"}))
        self.assertEqual(self.states("--only", "backup", "--fix")[:2], (0, {"backup": "ok"}))
        self.assertFalse(os.path.exists(part))

    def test_without_a_fault_nothing_is_fixed(self):
        self.assertEqual(self.states("--only", "store", "--fix")[::2], (0, ""))

    @staticmethod
    def put(path, text):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)


@unittest.skipIf(os.geteuid() != 0, "only root can look as somebody else")
class Stranger(LiveTest):
    @classmethod
    def setUpClass(cls):
        cls.conf = tls_conf(websocket=False)[0]
        super().setUpClass()

    def test_papers_that_may_not_be_read_are_not_none(self):
        os.chmod(self.store.folder, 0o755)
        os.chmod(self.store.run_dir, 0o755)
        broker = os.path.join(self.store.run_dir, "broker")
        os.chmod(broker, 0o700)
        done = subprocess.run([self.store.program("poshubctl"), "doctor", "--json", "--only",
                               "certificate", "--config", self.store.conf_path],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SOON_S, check=False, cwd="/", **OTHERS)
        check, = json.loads(done.stdout)["checks"]
        self.assertEqual(check["state"], "skip", done)
        self.assertIn(f"you may not read {broker}/server.pem", check["text"])


class HiddenPart(LiveTest):
    """A part of the configuration that is for the hub alone, as override-pin leaves it."""

    def setUp(self):
        folder = os.path.join(self.store.folder, "conf.d")
        os.chmod(self.store.folder, 0o755)
        os.makedirs(folder, 0o755)
        self.addCleanup(shutil.rmtree, folder)
        self.part = os.path.join(folder, "20-override-pin.conf")
        with open(self.part, "w", encoding="utf-8") as f:
            f.write("; nobody looks\n")
        os.chmod(self.part, 0)

    def run_as_stranger(self, *words):
        who = OTHERS if os.geteuid() == 0 else {}
        return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=SOON_S, check=False, cwd="/", **who)

    def ctl(self, *words):
        return self.run_as_stranger(self.store.program("poshubctl"), *words, "--config",
                                    self.store.conf_path)

    def hidden(self):
        return f"{self.part}: cannot be read: Permission denied"

    def test_doctor_goes_on_without_it_and_says_so(self):
        done = self.ctl("doctor", "--json", "--only", "config")
        checks = {c["check"]: c for c in json.loads(done.stdout)["checks"]}
        self.assertEqual(checks["config"]["state"], "skip", done)
        self.assertIn(self.hidden(), checks["config"]["text"])
        self.assertIn("all else", checks["config"]["text"])

    def test_doctor_still_looks_at_the_rest(self):
        done = self.ctl("doctor", "--json")
        texts = [c["text"] for c in json.loads(done.stdout)["checks"]]
        self.assertNotIn('needs "config"', texts)

    def test_offline_tools_go_on_without_it_and_say_so(self):
        done = self.ctl("backup", "list")
        self.assertIn(f"poshubctl: {self.hidden()}", done.stderr)
        self.assertEqual(done.returncode, 0, done)

    def test_bundle_goes_on_without_it_and_says_so(self):
        with tempfile.TemporaryDirectory() as out:
            os.chmod(out, 0o777)
            done = self.ctl("bundle", "--output", os.path.join(out, "b.tar.gz"))
        self.assertIn(f"poshubctl: {self.hidden()}", done.stderr)
        self.assertIn("go on without it", done.stderr)

    def test_the_hub_does_not_go_on_without_it(self):
        done = self.run_as_stranger(self.store.program("poshubd"), "-c", self.store.conf_path,
                                    "--check-config")
        self.assertNotEqual(done.returncode, 0, done)
        self.assertIn(self.hidden(), done.stderr)

    def test_the_file_itself_is_never_left_out(self):
        os.chmod(self.store.conf_path, 0)
        self.addCleanup(os.chmod, self.store.conf_path, 0o644)
        done = self.ctl("backup", "list")
        self.assertEqual(done.returncode, 2, done)


if __name__ == "__main__":
    unittest.main()
