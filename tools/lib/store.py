#!/usr/bin/python3
"""A store on one box: poshubd and its broker in a scratch directory on free loopback ports.

    with Store() as store:
        store.import_menu("tools/demo-data/menu.json")
        till = store.add_device("till-1", "pos")
        store.control("stock.plan", object_type=2, object_id="1001", limited=True, plan="10")

Used by the demo, the benches, the crash campaign and the live tests. Nothing outside the scratch
directory is touched, every process is ended by its pid, and the directory goes away at the end
(unless keep=True or the caller named one).
"""

import ctypes
import getpass
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
PR_SET_PDEATHSIG = 1
# How long is waited for what is certain to come: the longest backoff of a line (sync/backoff.h: 38 s),
# and a minute for a box that has a hundred other things to do. No assertion of speed.
SOON_S = 100.0

# The defaults of every generated poshub.conf; Store(conf={...}) overrides section by section.
CONF = {
    "store": {"brand_id": 1, "poi_id": 417, "name": "Scratch", "timezone": "UTC",
              "auto_day_close": "no"},
    "storage": {"map_mib": 256},
}


class StoreError(Exception):
    """The store did not come up, died, or answered what it should not."""


class Refused(StoreError):
    """A control verb was answered with another code than 0. `reply` is the whole answer."""

    def __init__(self, verb, reply):
        super().__init__(f"{verb}: {reply.get('code')} {reply.get('name')} {reply.get('detail', '')}")
        self.reply = reply


def build_dir(preset="release"):
    """Where the programs are: POSHUB_BUILD, or build/<preset> of this tree."""
    return os.environ.get("POSHUB_BUILD") or os.path.join(ROOT, "build", preset)


def kept_pin(pin, salt=b"poshub-test-salt", rounds=10000):
    """override_pin of poshub.conf, as poshubctl override-pin makes it."""
    made = hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, rounds)
    return f"pbkdf2${rounds}${salt.hex()}${made.hex()}"


TAKEN = []  # by this process, until it ends


def free_port():
    """A loopback port nobody listens on, below the kernel's own range for outgoing connections. It
    is this process's until it ends: others that ask here get another one, also while nobody listens
    on it."""
    for _ in range(200):
        port = random.randrange(20000, 32000)
        claim = socket.socket(socket.AF_UNIX)
        with socket.socket() as s:
            try:
                claim.bind(f"\0poshub-port-{port}")
                s.bind(("127.0.0.1", port))
            except OSError:
                claim.close()
                continue
        TAKEN.append(claim)
        return port
    raise StoreError("no free loopback port")


def listens(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what, condition, timeout_s=SOON_S, alive=None):
    """Asks `condition` every few milliseconds, half of the time at most, until it is true; its value
    is returned. `alive` is a Popen that has to stay up meanwhile."""
    until = time.monotonic() + timeout_s
    while True:
        began = time.monotonic()
        value = condition()
        if value:
            return value
        if alive is not None and alive.poll() is not None:
            raise StoreError(f"{what}: process ended with {alive.returncode}")
        if time.monotonic() > until:
            raise StoreError(f"{what}: not within {timeout_s:g} s")
        time.sleep(max(0.004, time.monotonic() - began))


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end(process, sig=signal.SIGTERM, timeout_s=SOON_S):
    """Ends one process that we started, by its pid, and returns its exit status (None: none)."""
    if process is None:
        return None
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout_s):
        super().__init__("localhost", timeout=timeout_s)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Store:
    """build: folder of the programs; folder: use this directory and leave it (its store is opened
    again); conf: {section: {key: value}} over CONF; websocket: open that listener too;
    hub_command: how the hub is called, e.g. under strace, with {hub} and {conf} filled in;
    env: extra environment of the hub."""

    def __init__(self, build=None, folder=None, keep=False, conf=None, websocket=False,
                 hub_command=("{hub}", "-c", "{conf}"), env=None):
        self.build = build or build_dir()
        self.keep = keep or folder is not None
        self.folder = os.path.abspath(folder) if folder else tempfile.mkdtemp(prefix="poshub-")
        self.run_dir = os.path.join(self.folder, "run")
        self.data_dir = os.path.join(self.folder, "db")
        self.conf_path = os.path.join(self.folder, "poshub.conf")
        self.control_path = os.path.join(self.run_dir, "control.sock")
        self.hub_socket = os.path.join(self.run_dir, "broker", "hub.sock")
        self.port = free_port()
        self.websocket_port = free_port() if websocket else None
        self.hub_command = hub_command
        self.env = {**os.environ, **(env or {})}
        self.hub = self.broker = None
        self.devices = []
        self.conf = self._conf(conf or {})

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    # ---- processes ----
    def start(self):
        """Hub first (it writes the broker's configuration), then the broker; back when both talk."""
        for d in (self.run_dir, self.data_dir):
            os.makedirs(d, exist_ok=True)
        self._write_conf()
        self.start_hub()
        self.start_broker()
        self.wait_broker()
        return self

    def start_hub(self):
        args = [a.format(hub=self.program("poshubd"), conf=self.conf_path) for a in self.hub_command]
        self.hub = self._spawn(args, "hub.log", self.env)
        try:
            wait_for("poshubd", self.alive, alive=self.hub)
        except StoreError as e:
            raise StoreError(f"{e}\n{self.log('hub.log')}") from None

    def start_broker(self):
        if MOSQUITTO is None:
            raise StoreError("mosquitto is not installed (tools/deps)")
        conf = os.path.join(self.run_dir, "broker", "mosquitto.conf")
        wait_for("mosquitto.conf", lambda: os.path.exists(conf), alive=self.hub)
        self.broker = self._spawn([MOSQUITTO, "-c", conf], "broker.log", os.environ)
        try:
            wait_for("mosquitto", lambda: listens(self.port), alive=self.broker)
        except StoreError as e:
            raise StoreError(f"{e}\n{self.log('broker.log')}") from None

    def wait_broker(self, timeout_s=SOON_S):
        """Until the hub says that it is connected to its broker."""
        wait_for("hub at the broker", lambda: self.get("/v1/status")["broker"]["connected"],
                 timeout_s, alive=self.hub)

    def stop_hub(self, sig=signal.SIGTERM):
        status, self.hub = end(self.hub, sig), None
        return status

    def stop_broker(self, sig=signal.SIGTERM):
        status, self.broker = end(self.broker, sig), None
        return status

    def restart_hub(self, sig=signal.SIGKILL):
        """Ends the hub as told and starts it again on the same store."""
        self.stop_hub(sig)
        self.start_hub()

    def stop(self):
        """Ends everything; safe to call twice and half-started. Returns the hub's exit status."""
        status = self.stop_hub()
        self.stop_broker()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        return status

    def program(self, name):
        path = os.path.join(self.build, name)
        if not os.access(path, os.X_OK):
            raise StoreError(f"{path} is not built (cmake --preset release && "
                             "cmake --build --preset release)")
        return path

    def log(self, name="hub.log", lines=20):
        """The end of hub.log or broker.log."""
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as f:
                return "".join(f.readlines()[-lines:])
        except FileNotFoundError:
            return ""

    # ---- the control socket ----
    def request(self, method, path, body=None, timeout_s=SOON_S):
        """(HTTP status, raw body); bytes are sent as they are, all else as JSON."""
        c = _UnixConnection(self.control_path, timeout_s)
        try:
            raw = body is None or isinstance(body, bytes)
            data = body if raw else json.dumps(body).encode()
            c.request(method, path, data, {"Content-Type": "application/json"} if data else {})
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def get(self, path):
        status, body = self.request("GET", path)
        if status != 200:
            raise StoreError(f"GET {path}: HTTP {status} {body[:200]!r}")
        return body.decode() if path == "/metrics" else json.loads(body)

    def ask(self, verb, **body):
        """The reply of a control verb, whatever its code."""
        status, text = self.request("POST", f"/v1/{verb}", body)
        if status != 200:
            raise StoreError(f"{verb}: HTTP {status} {text[:200]!r}")
        return json.loads(text)

    def control(self, verb, **body):
        """The same; raises Refused unless the code is 0."""
        reply = self.ask(verb, **body)
        if reply.get("code") != 0:
            raise Refused(verb, reply)
        return reply

    def pages(self, verb, key, **body):
        """All entries of a paged verb."""
        entries, cursor = [], None
        while True:
            reply = self.control(verb, **body, **({"cursor": cursor} if cursor else {}))
            entries += reply.get(key, [])
            cursor = reply.get("cursor")
            if not cursor:
                return entries

    def alive(self):
        try:
            return self.get("/v1/status")
        except (OSError, http.client.HTTPException):
            return None

    # ---- what a store needs ----
    def import_menu(self, menu):
        """menu: a file name or the document itself."""
        if isinstance(menu, str):
            with open(menu, encoding="utf-8") as f:
                menu = json.load(f)
        return self.control("menu.import", **menu)["result"]

    def add_device(self, device, role, stations=(), **more):
        """Returns {"device","role","password","stations"} and remembers it for devices_file()."""
        body = {"device": device, "role": role, **more}
        if stations:
            body["stations"] = list(stations)
        result = self.control("device.add", **body)["result"]
        entry = {"device": device, "role": role, "password": result["password"],
                 "stations": list(stations)}
        self.devices.append(entry)
        return entry

    def add_crew(self, stations, kiosks=3, emenus=2, tills=2, boards=1):
        """A whole crew: one screen per station beside the named numbers of devices."""
        for role, count, name in (("kiosk", kiosks, "kiosk"), ("emenu", emenus, "emenu"),
                                  ("pos", tills, "till"), ("board", boards, "board")):
            for n in range(1, count + 1):
                self.add_device(f"{name}-{n}", role)
        for station in stations:
            self.add_device(f"kds-{station}", "kds", [station])
        return self.devices

    def devices_file(self):
        """Writes what storesim reads: a line per device, passwords included, for this user only."""
        path = os.path.join(self.folder, "devices.jsonl")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as f:
            for d in self.devices:
                f.write(json.dumps(d) + "\n")
        return path

    # ---- inside ----
    def _spawn(self, args, log, env):
        out = open(os.path.join(self.folder, log), "ab")
        try:
            return subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                                    preexec_fn=die_with_parent)
        finally:
            out.close()

    def _conf(self, conf):
        merged = {section: dict(keys) for section, keys in CONF.items()}
        merged["paths"] = {"data_dir": self.data_dir, "run_dir": self.run_dir}
        merged["broker"] = {"user": getpass.getuser(), "plain_listen": f"127.0.0.1:{self.port}"}
        if self.websocket_port:
            merged["broker"]["plain_websocket_listen"] = f"127.0.0.1:{self.websocket_port}"
        for section, keys in conf.items():
            merged.setdefault(section, {}).update(keys)
        return merged

    def _write_conf(self):
        with open(self.conf_path, "w", encoding="utf-8") as f:
            for section, keys in self.conf.items():
                f.write(f"[{section}]\n")
                f.writelines(f"{k} = {v}\n" for k, v in keys.items())
