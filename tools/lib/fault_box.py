"""A scratch install for tools/faults: made by `poshubctl init` in directories of its own, with a
broker, a center over TLS, the center's broker and a device, all well. Faults are planted in it.

Its state stands on a small tmpfs of a mount namespace of its own (tools/faults enters one), so that
disks can be filled and made read-only without touching anybody's.
"""

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from clock_shim import clock_shim
from store import MOSQUITTO, ROOT, SOON_S, StoreError, _UnixConnection, build_dir, end, free_port
from store import die_with_parent, listens, wait_for

sys.path += [os.path.join(ROOT, "tests", "lib"), os.path.join(ROOT, "tests", "live")]
import https_server  # noqa: E402
from device import Device  # noqa: E402
from live import COLA, MENU  # noqa: E402
from uplink_center import Center  # noqa: E402

STATE_MIB = 192
CENTER_NAME = "center.poshub.test"


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, **more)


def make_papers(folder):
    """What a center and a box show each other: good ones, and those of another authority."""
    https_server.make_ca(folder, "ca")
    https_server.make_ca(folder, "other_ca")
    for name, ca, at, days in (("center", "ca", None, 300), ("client", "ca", None, 300),
                               ("foreign", "other_ca", None, 300),
                               ("expired", "ca", "2020-01-01", 30),
                               ("expired_client", "ca", "2020-01-01", 30)):
        https_server.make_key(folder, name)
        https_server.openssl(folder, "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}",
                             "-out", f"{name}.csr")
        with open(f"{folder}/{name}.ext", "w", encoding="ascii") as f:
            f.write(f"subjectAltName=DNS:{CENTER_NAME},IP:127.0.0.1\n")
        https_server.openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem",
                             "-CAkey", f"{ca}.key", "-CAcreateserial", "-days", str(days),
                             "-extfile", f"{name}.ext", "-out", f"{name}.pem", at=at)


class Pinged(Device):
    """Answers pings, as devices do."""

    def _on_message(self, client, userdata, message):
        super()._on_message(client, userdata, message)
        topic, value, _ = self.messages[-1]
        if topic.endswith("/cmd") and value and value.get("op") == "ping":
            self.counter += 1
            self.send("pong", {"req_id": f"{self.prefix}-{self.counter}", "nonce": value["nonce"]})


class Line:
    """The center on its port: can go away, come back, and show other papers."""

    def __init__(self, folder):
        self.folder = folder
        self.center = Center(folder)
        self.port, self.call = self.center.port, self.center.server.RequestHandlerClass

    def stop(self):
        self.center.stop()

    def start(self, certificate="center"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self.folder}/{certificate}.pem",
                                f"{self.folder}/{certificate}.key")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{self.folder}/ca.pem")
        server = https_server.Server(("127.0.0.1", self.port), self.call)
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
        self.center.server = server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def show(self, certificate):
        self.stop()
        self.start(certificate)


class Box:
    def __init__(self):
        self.build = build_dir()
        self.folder = tempfile.mkdtemp(prefix="poshub-faults-")
        self.etc, self.run_dir = f"{self.folder}/etc", f"{self.folder}/run"
        self.state = f"{self.folder}/state"
        self.conf = f"{self.etc}/poshub.conf"
        self.parts = f"{self.etc}/conf.d"
        self.db, self.backups = f"{self.state}/db", f"{self.state}/backup"
        self.broker_dir = f"{self.run_dir}/broker"
        self.socket = f"{self.run_dir}/control.sock"
        self.papers = f"{self.folder}/papers"
        self.port, self.tls_port, self.push_port = free_port(), free_port(), free_port()
        self.hub = self.broker = self.push_broker = self.device = self.line = self.shim = None
        self.env = {**os.environ}

    # ---- making ----
    def start(self):
        os.makedirs(self.papers)
        os.makedirs(self.state)
        run("mount", "-t", "tmpfs", "-o", f"size={STATE_MIB}m,mode=0750", "faults", self.state)
        self.own_file("/etc/hosts", f"127.0.0.1 localhost {CENTER_NAME}\n")
        self.own_file("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        self.shim = clock_shim(self.folder)
        self.env["LD_PRELOAD"] = self.shim
        make_papers(self.papers)
        self.line = Line(self.papers)
        self.start_push_broker()
        self.init()
        self.start_hub()
        self.start_broker()
        self.fill_store()
        self.wait_well()

    def own_file(self, path, text):
        """A file of the box's /etc that only we see."""
        mine = f"{self.folder}/{os.path.basename(path)}"
        with open(mine, "w", encoding="ascii") as f:
            f.write(text)
        run("mount", "--bind", mine, path)
        return mine

    def init(self):
        self.told = json.loads(run(
            f"{self.build}/poshubctl", "init", "--json", "--brand", "1", "--poi", "417", "--name",
            "Scratch", "--timezone", "Europe/Berlin", "--listen", f"127.0.0.1:{self.tls_port}",
            "--websocket", "-", "--cloud-url", f"https://{CENTER_NAME}:{self.line.port}",
            "--cloud-mqtt", f"mqtt://{CENTER_NAME}:{self.push_port}", "--cloud-ca",
            f"{self.papers}/ca.pem", "--box-id", "BX-01", "--etc", self.etc, "--state", self.state,
            "--run", self.run_dir, stdin=subprocess.DEVNULL).stdout)
        self.part("20-scratch", {
            "cloud": {"cert": f"{self.papers}/client.pem", "key": f"{self.papers}/client.key"},
            "broker": {"plain_listen": f"127.0.0.1:{self.port}"},
            "storage": {"map_mib": 16, "check_every_s": 1}})

    def fill_store(self):
        self.post("menu.import", **MENU)
        self.post("stock.plan", object_type=2, object_id=COLA, limited=True, plan="50")
        self.password = self.post("device.add", device="kiosk-1", role="kiosk")["result"]["password"]
        self.start_device()
        self.post("backup.create")

    def part(self, name, sections):
        """Writes conf.d/NAME.conf; None takes it away."""
        path = f"{self.parts}/{name}.conf"
        if sections is None:
            os.unlink(path)
            return
        with open(path, "w", encoding="utf-8") as f:
            for section, keys in sections.items():
                f.write(f"[{section}]\n")
                f.writelines(f"{key} = {value}\n" for key, value in keys.items())

    # ---- processes ----
    def spawn(self, log, *args, env=None):
        with open(f"{self.folder}/{log}", "ab") as out:
            return subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                    env=env or self.env, preexec_fn=die_with_parent)

    def start_hub(self, command=(), env=None):
        self.hub = self.spawn("hub.log", *command, f"{self.build}/poshubd", "-c", self.conf, env=env)
        wait_for("the hub", lambda: self.peek() is not None, alive=self.hub)

    def stop_hub(self, sig=signal.SIGTERM):
        end(self.hub, sig)
        self.hub = None

    def restart_hub(self, **more):
        self.stop_hub()
        self.start_hub(**more)

    def start_broker(self):
        conf = f"{self.broker_dir}/mosquitto.conf"
        self.broker = self.spawn("broker.log", MOSQUITTO, "-c", conf)
        wait_for("the broker", lambda: listens(self.port), alive=self.broker)

    def stop_broker(self, sig=signal.SIGTERM):
        end(self.broker, sig)
        self.broker = None

    def start_push_broker(self):
        conf = f"{self.folder}/push.conf"
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"listener {self.push_port} 127.0.0.1\nallow_anonymous true\n"
                    f"user root\nlog_dest none\n")
        self.push_broker = self.spawn("push.log", MOSQUITTO, "-c", conf)
        wait_for("the center's broker", lambda: listens(self.push_port), alive=self.push_broker)

    def stop_push_broker(self):
        end(self.push_broker)
        self.push_broker = None

    def start_device(self):
        entry = {"device": "kiosk-1", "password": self.password}
        self.device = Pinged(self, entry, ["dev/kiosk-1/cmd"])
        if not self.device.subscribed.wait(SOON_S):
            raise StoreError("the device is not connected")
        self.say_online(True)

    def back_online(self):
        """After its connection was cut."""
        self.stop_device()
        self.start_device()

    def say_online(self, yes):
        self.device.client.publish("poshub/v1/dev/kiosk-1/state", json.dumps({"state": "online" if yes else "offline"}),
                                   qos=1, retain=True).wait_for_publish(SOON_S)

    def stop_device(self):
        if self.device:
            self.say_online(False)
            self.device.close()
        self.device = None

    def stop(self):
        if self.device:
            self.device.close()
        self.stop_hub()
        self.stop_broker()
        self.stop_push_broker()
        if self.line:
            self.line.stop()
        for path in (self.state, "/etc/hosts", "/etc/resolv.conf"):  # whoever comes next has his own
            subprocess.run(["umount", "-l", path], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- asking ----
    def ask(self, method, path, body=None, timeout_s=SOON_S):
        c = _UnixConnection(self.socket, timeout_s)
        try:
            c.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            return json.loads(c.getresponse().read())
        finally:
            c.close()

    def post(self, verb, **body):
        reply = self.ask("POST", f"/v1/{verb}", json.dumps(body).encode())
        if reply.get("code") != 0:
            raise StoreError(f"{verb}: {reply}")
        return reply

    def peek(self):
        try:
            return self.ask("GET", "/v1/status", timeout_s=5)
        except (OSError, ValueError):
            return None

    def doctor(self, *more, env=None, command=()):
        """(its answer, seconds that a technician waited)"""
        began = time.monotonic()
        done = subprocess.run(
            [*command, f"{self.build}/poshubctl", "doctor", "--json", "--config", self.conf, *more],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            env={**self.env, **(env or {})})
        took_s = time.monotonic() - began
        if not done.stdout:
            raise StoreError(f"doctor: exit {done.returncode} {done.stderr}")
        return json.loads(done.stdout), took_s

    @staticmethod
    def first(answer):
        """(check, code) of what is named first; None: all is well."""
        head = answer["checks"][0]
        return (head["check"], head["code"]) if head["state"] in ("WARN", "FAIL") else None

    def wait_well(self):
        """Nothing is wrong any more."""
        last = {}

        def well():
            if self.hub and self.hub.poll() is None:
                try:
                    self.post("sync.now")
                except (OSError, StoreError):
                    pass
            last["answer"] = self.doctor()[0]
            return self.first(last["answer"]) is None
        try:
            wait_for("a box that is well", well)
        except StoreError:
            troubles = [c for c in last["answer"]["checks"] if c["state"] in ("WARN", "FAIL")]
            raise StoreError(f"not well: {troubles}") from None
