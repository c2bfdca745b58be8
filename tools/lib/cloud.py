"""A product center on one box: HTTPS, a scratch PostgreSQL, a broker with TLS for its pushes, and the
wires to both, which can be cut.

    with Cloud() as cloud:
        status, answer = cloud.ask("GET", "/api/v1/poi/stock/rows?brandId=1&poiId=417")
        conf = cloud.conf("BX-01")               # the [cloud] section of a store
        cloud.cut(), cloud.kill(), cloud.mend()  # both wires

Nothing outside the scratch directory is touched, and everything ends with it.
"""

import getpass
import http.client
import json
import os
import shutil
import ssl
import subprocess
import tempfile

from store import MOSQUITTO, ROOT, build_dir, die_with_parent, end, free_port, listens, wait_for
from wire import Wire

RUN = os.path.join(ROOT, "tools", "product-center", "run")
START_S = 60


class CloudError(Exception):
    """The center did not come up, or answered what it should not."""


class Cloud:
    def __init__(self, build=None, options=(), brand="1"):
        self.build, self.brand = build or build_dir(), brand
        self.dir = tempfile.mkdtemp(prefix="poshub-cloud-")
        os.chmod(self.dir, 0o755)
        self.parts, self.wires = [], []
        try:
            self._start(options)
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # ---- begin and end ----
    def _start(self, options):
        mqtt_port = free_port()
        socket_path = os.path.join(self.dir, "broker.sock")
        self.port = self._start_center(["--mqtt", socket_path, *options])
        self._start_broker(mqtt_port, socket_path)
        self.https, self.mqtt = Wire(self.port), Wire(mqtt_port)
        self.wires = [self.https, self.mqtt]
        self.context = ssl.create_default_context(cafile=self.ca)
        with open(os.path.join(self.dir, "merchant.token"), encoding="utf-8") as f:
            self.merchant = {"Authorization": f"Bearer {f.read().strip()}"}

    def _start_center(self, options):
        port_file = os.path.join(self.dir, "port")
        with open(os.path.join(self.dir, "center.log"), "wb") as log:
            center = subprocess.Popen(
                [RUN, "--scratch", self.dir, "--tls", "--listen", "127.0.0.1:0", "--port-file",
                 port_file, *options], stderr=log, stdout=log, preexec_fn=die_with_parent,
                env={**os.environ, "PRODUCT_CENTER": os.path.join(self.build, "product-center")})
        self.parts.append(center)
        wait_for("the product center", lambda: os.path.exists(port_file) and
                 os.path.getsize(port_file) > 0, START_S, alive=center)
        with open(port_file, encoding="utf-8") as f:
            return int(f.read())

    def _start_broker(self, port, socket_path):
        conf = os.path.join(self.dir, "broker.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"user {getpass.getuser()}\npersistence false\nset_tcp_nodelay true\n"
                    f"listener 0 {socket_path}\nallow_anonymous true\n"
                    f"listener {port} 127.0.0.1\nallow_anonymous true\nrequire_certificate true\n"
                    f"cafile {self.ca}\ncertfile {self.dir}/server.pem\nkeyfile {self.dir}/server.key\n")
        broker = subprocess.Popen([MOSQUITTO, "-c", conf], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        self.parts.append(broker)
        wait_for("the cloud's broker", lambda: listens(port), START_S, alive=broker)

    def stop(self):
        for wire in self.wires:
            wire.end()
        for part in reversed(self.parts):
            end(part)
        shutil.rmtree(self.dir, ignore_errors=True)

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

    def ask(self, method, path, body=None):
        """(status, parsed answer)"""
        line = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=30)
        try:
            line.request(method, path, None if body is None else json.dumps(body), self.merchant)
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

    # ---- for the store ----
    @property
    def url(self):
        return f"https://localhost:{self.https.port}"

    def conf(self, box):
        """[cloud] of poshub.conf; certificate and key come by enrolment."""
        return {"url": self.url, "mqtt": f"mqtts://localhost:{self.mqtt.port}", "box_id": box,
                "ca": self.ca}
