#!/usr/bin/python3
"""The support bundle: what support needs is in it, and no secret and no word of a guest. Everything
that must not leave is planted wherever it can stand, and looked for in every file of the bundle."""

import base64
import glob
import hashlib
import json
import os
import signal
import socket
import subprocess
import tarfile
import tempfile
import threading
import unittest

from live import CREW, COLA, MARGHERITA, MENU, LiveTest, order_lines
from pair_device import new_code
from store import SOON_S, Store, free_port, kept_pin, wait_for
from test_lan_tls import tls_conf

FAILED, USAGE = 1, 2
PIN = "480911"
NOTE, LINE_NOTE, TABLE = "no nuts for Wilhelmina", "birthday of Konstantin", "Bay-Ottokar"
PAY_REF, PHONE, MAIL = "terminal-ref-Zacharias", "+49 171 5550199", "wilhelmina@guest.example"
DEVICE_NAME, ACCOUNT = "tablet of Leopoldine", "account-Balthasar"
PASSWORD, TOKEN, ENVIRONMENT = "Fernglas!77-tuer", "tok_8f2kQ0vXz91LmNa7", "environment-Hildegard"
COMMENT, KEYLINE = "remember Siegfried!", "unknown-Theobald"
CENTER_WORDS = "bad note: extra cheese for Rosamunde"

CONF = {"control": {}, "stock": {"override_pin": kept_pin(PIN)}}

LOG = f"""<6>ready boot=1 epoch=1 seq=2 after_ms=31
<4>config_kept why="poshub.conf:3: override_pin = {PIN}: expected pbkdf2$.."
<4>cloud_trouble what="the center refuses this box" why="{CENTER_WORDS}"
<4>something password={PASSWORD} seq=3
<4>something {{"token": "{TOKEN}", "n": 1}} Authorization: Bearer {TOKEN}
<4>call {PHONE} or write to {MAIL}
<4>pairing with CODE as pair-HALF
-----BEGIN EC PRIVATE KEY-----
KEYTEXT
-----END EC PRIVATE KEY-----
<4>link_stuck link=lan still_ms=8012 why="no echo"
"""


def lines_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read().splitlines()


def words_of_files(*paths):
    """What is secret in key files and password files: the lines of a key, the hashes."""
    return [line.rpartition(":")[2] for path in paths for line in lines_of(path)
            if len(line) > 20 and not line.startswith("-----")]


def unpacked(path):
    with tarfile.open(path) as tar:
        return {os.path.basename(m.name): tar.extractfile(m).read()
                for m in tar.getmembers() if m.isfile()}


def forms(secret):
    raw = secret.encode()
    return [raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"=")]


class Bundles(LiveTest):
    @classmethod
    def setUpClass(cls):
        lan, cls.ports = tls_conf(pair_window_s=300)
        port = free_port()
        cls.env = {"POSHUB_PLANTED": ENVIRONMENT}
        cls.store = Store(conf={**CONF, **lan, "cloud": {
            "url": f"https://127.0.0.1:{port}", "box_id": "BX-01", "ca": "/nowhere/ca.pem"}},
            env=cls.env)
        cls.addClassCleanup(cls.store.stop)
        cls.store.start()
        cls.store.import_menu(MENU)
        cls.crew = {name: cls.store.add_device(name, role, stations)
                    for name, role, stations in CREW}
        cls.secrets = [NOTE, LINE_NOTE, TABLE, PAY_REF, PHONE, MAIL, DEVICE_NAME, ACCOUNT, PASSWORD,
                       TOKEN, ENVIRONMENT, COMMENT, KEYLINE, CENTER_WORDS, PIN,
                       CONF["stock"]["override_pin"]]
        cls.secrets += [entry["password"] for entry in cls.crew.values()]
        cls.plant(cls())

    def plant(self):
        store = self.store
        store.control("device.add", device="kiosk-9", role="kiosk", name=DEVICE_NAME,
                      account=ACCOUNT, password=PASSWORD)
        with self.device("till-1") as till:
            lines = order_lines((MARGHERITA, 1), (COLA, 2))
            lines[0]["note"] = LINE_NOTE
            order = self.ok(till.ask("order.place", order_id="one", note=f"{NOTE} {PHONE} {MAIL}",
                                     table=TABLE, lines=lines))["order"]
            self.ok(till.ask("order.pay", order_id="one", pay_id="p", tender="CARD",
                             amount=order["due"], ref=PAY_REF))
        self.pair()
        store.ask("cloud.enrol", token=TOKEN)
        store.control("backup.create")
        with open(os.path.join(store.folder, "secret", "cloud.key"), "w", encoding="utf-8") as f:
            f.write(TOKEN)
        with open(store.conf_path, "a", encoding="utf-8") as f:
            f.write(f"; {COMMENT}\n")
        secret = os.path.join(store.folder, "secret")
        self.secrets += words_of_files(*glob.glob(secret + "/*.key"),
                                       os.path.join(store.run_dir, "broker", "passwd"))
        key = [line for line in self.secrets if len(line) == 64][0]
        self.log_path = os.path.join(store.folder, "planted.log")
        with open(self.log_path, "w", encoding="utf-8") as f:
            f.write(LOG.replace("CODE", self.code).replace("HALF", self.code[:4])
                    .replace("KEYTEXT", key))
        type(self).log_path = self.log_path

    def pair(self):
        """A window that nobody comes to."""
        type(self).code = new_code()
        shown = f"{self.code[:4]}-{self.code[4:]}" if "-" not in self.code else self.code
        type(self).code = shown
        passwd = os.path.join(self.store.run_dir, "broker", "passwd")
        asked = threading.Thread(target=self.store.ask, args=("device.pair",), kwargs={
            "code": shown, "device": "front-1", "role": "kiosk"})
        asked.start()
        wait_for("a window", lambda: any("pair-" in line for line in lines_of(passwd)))
        self.secrets += words_of_files(passwd)
        self.store.ask("device.pair_end")
        asked.join(SOON_S)
        self.secrets += [shown, shown.replace("-", "")]

    # ---- words ----
    def command(self, *words):
        return [self.store.program("poshubctl"), "--socket", self.store.control_path, "bundle",
                "--config", self.store.conf_path, *words]

    def run_it(self, *words, code=0, tmp=None, cwd=None):
        env = {**os.environ, **self.env, **({"TMPDIR": tmp} if tmp else {})}
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False,
                              timeout=SOON_S, env=env, cwd=cwd or self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def bundle(self, *words):
        """{file name: content} of a new bundle, and what was said."""
        said = json.loads(self.run_it("--json", *words).stdout)
        self.assertEqual(os.stat(said["path"]).st_mode & 0o777, 0o600)
        self.assertEqual(os.path.getsize(said["path"]), said["bytes"])
        files = unpacked(said["path"])
        manifest = json.loads(files["manifest.json"])
        self.assertEqual(manifest["id"], said["id"])
        for entry in manifest["files"]:
            if entry["sha256"]:
                self.assertEqual(hashlib.sha256(files[entry["name"]]).hexdigest(), entry["sha256"])
        return files, said

    def leaks(self, files):
        found = []
        for name, content in files.items():
            for secret in self.secrets:
                found += [(name, secret) for form in forms(secret) if form.lower() in content.lower()]
        return found

    # ---- promises ----
    def test_nothing_leaks_and_what_is_needed_is_there(self):
        files, said = self.bundle("--log", self.log_path)
        self.assertEqual(self.leaks(files), [])
        self.assertTrue(said["hub"])
        status = json.loads(files["status.json"])
        self.assertEqual((status["store"]["poi_id"], status["epoch"]), ("417", 1))
        self.assertIn(status["state"], ("OK", "DEGRADED"))
        self.assertIn(b"ORDER_DEDUCT", files["journal.txt"])
        self.assertIn(b"kiosk-9", files["devices.txt"])
        self.assertIn(b"poshub_", files["metrics.txt"])
        self.assertIn(b"brand_id = 1", files["config.txt"])
        self.assertIn(b"override_pin = ***", files["config.txt"])
        self.assertIn(f"data_dir = {self.store.data_dir}".encode(), files["config.txt"])
        self.assertIn(b"poshub-1-417-", files["backups.txt"])
        self.assertIn(b"checks:", files["doctor.txt"])
        self.assertIn(b'why="no echo"', files["log-file.txt"])
        self.assertIn(b"what=\"the center refuses this box\"", files["log-file.txt"])
        self.assertIn(b"broker", files["files.txt"])

    def test_the_look_itself_finds_what_is_planted(self):
        files, _ = self.bundle()
        for secret in (NOTE, PASSWORD, self.code, self.secrets[-1]):
            with self.subTest(secret=secret):
                self.assertTrue(self.leaks({**files, "x": b"..." + secret.encode() + b"..."}))
                self.assertTrue(self.leaks({"x": base64.b64encode(secret.encode())}))

    def test_without_a_hub(self):
        self.store.stop_hub(signal.SIGKILL)
        self.addCleanup(self.store.wait_broker)
        self.addCleanup(self.store.start_hub)
        files, said = self.bundle("--log", self.log_path)
        self.assertFalse(said["hub"])
        self.assertEqual(self.leaks(files), [])
        self.assertTrue(files["store.txt"].startswith(b"ok"), files["store.txt"])
        self.assertIn(b"brand_id = 1", files["config.txt"])
        self.assertIn(b"poshub-1-417-", files["backups.txt"])
        self.assertIn(b"the hub is not running", files["doctor.txt"])
        words = {f["name"]: f["word"] for f in json.loads(files["manifest.json"])["files"]}
        self.assertEqual(words["status.json"], "the hub does not answer")

    def test_a_configuration_that_is_wrong(self):
        """Secrets in the wrong places; the hub would not start with it."""
        path = os.path.join(self.folder, "wrong.conf")
        os.mkdir(os.path.join(self.folder, "conf.d"))
        for name in (path, os.path.join(self.folder, "conf.d", "10-part.conf")):
            with open(name, "w", encoding="utf-8") as f:
                f.write(f"[store]\nbrand_id = 1\npoi_id = 417\n{KEYLINE}\n{KEYLINE} = {PASSWORD}\n"
                        f"[{KEYLINE}]\ntoken = {TOKEN}\n[cloud]\nkey = {TOKEN}\n"
                        f"url = https://x:{PASSWORD}@center.example\n[stock]\n"
                        f"override_pin = {PIN}\n; {COMMENT}\n"
                        f"return_at_close = no ; {COMMENT}\n")
        files = unpacked(json.loads(self.run_it("--config", path, "--json").stdout)["path"])
        self.assertEqual(self.leaks(files), [])
        for name in ("config.txt", "config-01.txt"):
            self.assertIn(b"poi_id = 417", files[name])
            self.assertIn(b"key = ***", files[name])
            self.assertIn(b"return_at_close = no", files[name])

    def test_redacted_names_nobody(self):
        files, said = self.bundle("--redact", "--log", self.log_path)
        self.assertTrue(said["redacted"])
        self.assertEqual(self.leaks(files), [])
        names = [name for name, _, _ in CREW] + [socket.gethostname(), "127.0.0.1", "BX-01"]
        for name, content in files.items():
            for secret in names:
                self.assertNotIn(secret.encode(), content, name)
        devices = files["devices.txt"].count(b"name-")
        self.assertGreaterEqual(devices, len(CREW))

    def test_an_interrupt_leaves_nothing(self):
        os.mkdir(os.path.join(self.folder, "tmp"))
        tmp, out = os.path.join(self.folder, "tmp"), os.path.join(self.folder, "out.tar.gz")
        for sig in (signal.SIGINT, signal.SIGTERM):
            self.store.hub.send_signal(signal.SIGSTOP)
            try:
                running = subprocess.Popen(self.command("-o", out), stderr=subprocess.PIPE,
                                           env={**os.environ, "TMPDIR": tmp})
                wait_for("its directory", lambda: os.listdir(tmp), alive=running)
                running.send_signal(sig)
                _, said = running.communicate(timeout=SOON_S)
            finally:
                self.store.hub.send_signal(signal.SIGCONT)
            self.assertEqual(running.returncode, FAILED, said)
            self.assertIn(b"interrupted", said)
            self.assertEqual((os.listdir(tmp), os.path.exists(out)), ([], False))

    def test_the_place_of_the_file(self):
        out = os.path.join(self.folder, "out.tar.gz")
        self.assertIn(out, self.run_it("-o", out).stdout)
        self.assertIn("is there already", self.run_it("-o", out, code=USAGE).stderr)
        self.assertIn("cannot be made", self.run_it("-o", "/nowhere/x.tar.gz", code=FAILED).stderr)
        self.assertIn("no directory", self.run_it(code=FAILED, tmp="/nowhere").stderr)
        tmp = os.path.join(self.folder, "tmp")
        os.mkdir(tmp)
        said = self.run_it(tmp=tmp).stdout
        self.assertEqual(os.listdir(tmp), [])
        name = next(line.split()[1] for line in said.splitlines() if line.startswith("bundle"))
        self.assertIn(f"poshub-bundle-{name}.tar.gz", os.listdir(self.folder))


if __name__ == "__main__":
    unittest.main()
