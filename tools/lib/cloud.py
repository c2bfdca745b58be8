"""A product center on one box: HTTPS, a scratch PostgreSQL, a broker with TLS for its pushes, and the
wires to both, which can be cut.

    with Cloud() as cloud:
        status, answer = cloud.ask("GET", "/api/v1/poi/stock/rows?brandId=1&poiId=417")
        conf = cloud.conf("BX-01")               # the [cloud] section of a store
        cloud.cut(), cloud.kill(), cloud.mend()  # both wires
        cloud.stop_center(), cloud.start_center()  # the process; the database stays
        cloud.sql("SELECT acked_seq FROM store")

Nothing outside the scratch directory is touched, and everything ends with it.
"""

import getpass
import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile

from store import (MOSQUITTO, ROOT, SOON_S, build_dir, die_with_parent, end, free_port, listens,
                   wait_for)
from cable import Cable

RUN = os.path.join(ROOT, "tools", "product-center", "run")
PG_BIN = os.environ.get("PG_BIN", "/usr/lib/postgresql/15/bin")
START_S = SOON_S
MEMORY, MEMORY_BYTES = "/dev/shm", 2 << 30
FAULTS = "/test/faults"


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


class CloudError(Exception):
    """The center did not come up, or answered what it should not."""


class Cloud:
    """options: of the center's command line; broker_conf: more lines of its broker's; guest: as far
    as can be on one box it takes nothing from the store beside it: its database is in memory and the
    processors are its own only while nobody else wants them."""

    def __init__(self, build=None, options=(), brand="1", broker_conf=(), guest=False):
        self.guest = guest and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
        self.build, self.brand = build or build_dir(), brand
        self.options, self.broker_conf = options, broker_conf
        self.dir = tempfile.mkdtemp(prefix="poshub-cloud-", dir=MEMORY if self.guest else None)
        os.chmod(self.dir, 0o755)
        self.conninfo = f"host={self.dir}/socket user=center dbname=postgres"
        self.port, self.mqtt_port = free_port(), free_port()
        self.database = self.center = self.broker = None
        self.wires = []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # ---- begin and end ----
    def _start(self):
        self._start_database()
        self.start_center()
        self.start_broker()
        self.https, self.mqtt = Cable(self.port), Cable(self.mqtt_port)
        self.wires = [self.https, self.mqtt]
        self.context = ssl.create_default_context(cafile=self.ca)
        with open(os.path.join(self.dir, "merchant.token"), encoding="utf-8") as f:
            self.merchant = {"Authorization": f"Bearer {f.read().strip()}"}

    def _begin(self):
        die_with_parent()
        if self.guest:
            os.nice(19)

    def _run(self, log, *words):
        with open(os.path.join(self.dir, log), "ab") as out:
            return subprocess.Popen(
                [RUN, "--scratch", self.dir, *words], stderr=out, stdout=out,
                preexec_fn=self._begin,
                env={**os.environ, "PRODUCT_CENTER": os.path.join(self.build, "product-center")})

    def _start_database(self):
        self.database = self._run("database.log", "--database")
        wait_for("PostgreSQL", lambda: "run: db=" in self.log("database.log"), START_S,
                 alive=self.database)

    def start_center(self):
        """Back when it serves, at the same port as ever."""
        self.center = self._run("center.log", "--db", self.conninfo, "--tls", "--listen",
                                f"127.0.0.1:{self.port}", "--mqtt", self.broker_socket,
                                *self.options)
        wait_for("the product center", lambda: listens(self.port), START_S, alive=self.center)

    def stop_center(self, sig=signal.SIGTERM):
        status, self.center = end(self.center, sig, START_S), None
        return status

    def start_broker(self, paper=None):
        """paper: shows that certificate, a path without .pem, in place of the center's."""
        paper = paper or os.path.join(self.dir, "server")
        conf = os.path.join(self.dir, "broker.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"user {getpass.getuser()}\npersistence false\nset_tcp_nodelay true\n"
                    f"listener 0 {self.broker_socket}\nallow_anonymous true\n"
                    f"listener {self.mqtt_port} 127.0.0.1\nallow_anonymous true\n"
                    f"require_certificate true\ncafile {self.ca}\n"
                    f"certfile {paper}.pem\nkeyfile {paper}.key\n")
            f.writelines(f"{line}\n" for line in self.broker_conf)
        self.broker = subprocess.Popen([MOSQUITTO, "-c", conf], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        wait_for("the cloud's broker", lambda: listens(self.mqtt_port), START_S, alive=self.broker)

    def stop_broker(self):
        end(self.broker)
        self.broker = None

    def stop(self):
        for wire in self.wires:
            wire.end()
        self.stop_broker()
        self.stop_center()
        end(self.database, timeout_s=START_S)
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self, name="center.log"):
        with open(os.path.join(self.dir, name), encoding="utf-8", errors="replace") as f:
            return f.read()

    # ---- the wires ----
    def cut(self):
        for wire in self.wires:
            wire.cut()

    def kill(self):
        for wire in self.wires:
            wire.kill()

    def mend(self):
        for wire in self.wires:
            wire.mend()

    # ---- what merchants ask, past the wires ----
    @property
    def ca(self):
        return os.path.join(self.dir, "ca.pem")

    @property
    def broker_socket(self):
        return os.path.join(self.dir, "broker.sock")

    def ask(self, method, path, body=None):
        """(status, parsed answer); a body that is a text is sent as it is."""
        text = body if isinstance(body, (str, type(None))) else json.dumps(body)
        line = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context,
                                           timeout=SOON_S)
        try:
            line.request(method, path, text, self.merchant)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            line.close()

    def need(self, method, path, body=None):
        status, answer = self.ask(method, path, body)
        if status != 200:
            raise CloudError(f"{method} {path}: {status} {answer}")
        return answer

    def token(self, poi):
        return self.need("POST", "/api/v1/poi/hub/token", {"brandId": self.brand, "poiId": str(poi)})["token"]

    # ---- for tests ----
    def plant(self, path="", fault="none", count=1, **more):
        """A fault of the next requests (tools/product-center/faults.h); without words: none any
        more. Wants --test-faults."""
        self.need("POST", FAULTS, {"path": path, "fault": fault, "count": count, **more})

    def sql(self, text):
        """The rows as lists of texts."""
        done = subprocess.run([os.path.join(PG_BIN, "psql"), "-X", "-q", "-A", "-t", "-F", "\x1f",
                               "-v", "ON_ERROR_STOP=1", "-d", self.conninfo, "-c", text],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CloudError(done.stderr)
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def one(self, text):
        return self.sql(text)[0][0]

    def paper(self, name):
        """A client certificate of the center's authority: its path without .pem."""
        path = os.path.join(self.dir, name)
        if not os.path.exists(path + ".pem"):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path + ".key")
            openssl("req", "-new", "-x509", "-key", path + ".key", "-subj", f"/CN={name}", "-days",
                    "30", "-CA", self.ca, "-CAkey", os.path.join(self.dir, "ca.key"), "-out",
                    path + ".pem")
        return path

    # ---- for the store ----
    @property
    def url(self):
        return f"https://localhost:{self.https.port}"

    def conf(self, box):
        """[cloud] of poshub.conf; certificate and key come by enrolment."""
        return {"url": self.url, "mqtt": f"mqtts://localhost:{self.mqtt.port}", "box_id": box,
                "ca": self.ca}
