"""A product center on a scratch PostgreSQL, for tests: start, ask, look into the tables, stop."""

import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import unittest

import openapi

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "lib"))

from store import SOON_S, wait_for  # noqa: E402

RUN = os.path.join(ROOT, "tools", "product-center", "run")
PROGRAM = os.environ.get("PRODUCT_CENTER",
                         os.path.join(ROOT, "build", "dev", "product-center"))
PG_BIN = os.environ.get("PG_BIN", "/usr/lib/postgresql/15/bin")


def need_postgresql():
    if not os.access(os.path.join(PG_BIN, "initdb"), os.X_OK):
        print(f"skipped: no {PG_BIN}/initdb")
        sys.exit(77)


def wait_port(path, process):
    wait_for("the center", lambda: os.path.exists(path), alive=process)
    with open(path, encoding="utf-8") as f:
        return int(f.read())


class Center:
    """The first process of a center, with its database."""

    def __init__(self, *options):
        self.options = options
        self.dir = tempfile.mkdtemp(prefix="center-")
        os.chmod(self.dir, 0o755)
        self.more = []
        port_file = os.path.join(self.dir, "port")
        self.process = subprocess.Popen(
            [RUN, "--scratch", self.dir, "--listen", "127.0.0.1:0", "--port-file", port_file,
             *options],
            env={**os.environ, "PRODUCT_CENTER": PROGRAM})
        self.port = wait_port(port_file, self.process)
        self.conninfo = f"host={self.dir}/socket user=center dbname=postgres"

    def second(self):
        """One more process on the same database; its port. It is the last of `more`."""
        port_file = os.path.join(self.dir, f"port-{len(self.more)}")
        process = subprocess.Popen([PROGRAM, "--db", self.conninfo, "--listen", "127.0.0.1:0",
                                    "--port-file", port_file, *self.options])
        self.more.append(process)
        return wait_port(port_file, process)

    def program(self):
        """The pid of the first process's program: `run` is a script."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as f:
            return int(f.read().split()[-1])

    @contextlib.contextmanager
    def frozen(self):
        """The first process stands still."""
        os.kill(self.program(), signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.program(), signal.SIGCONT)

    def stop(self):
        for process in self.more + [self.process]:
            process.terminate()
            process.wait(SOON_S)
        subprocess.run(["rm", "-rf", self.dir], check=True)

    def line(self, port, paper):
        if "--tls" not in self.options:
            return http.client.HTTPConnection("127.0.0.1", port, timeout=SOON_S)
        trust = ssl.create_default_context(cafile=os.path.join(self.dir, "ca.pem"))
        if paper:
            trust.load_cert_chain(paper + ".pem", paper + ".key")
        return http.client.HTTPSConnection("127.0.0.1", port, timeout=SOON_S, context=trust)

    def ask(self, method, path, body=None, port=None, headers=(), paper=None):
        """(status, parsed answer), checked against openapi.yaml. paper: the client certificate's
        path without .pem"""
        text = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
        with contextlib.closing(self.line(port or self.port, paper)) as line:
            line.request(method, path, text, dict(headers))
            answer = line.getresponse()
            parsed = json.loads(answer.read())
        openapi.check(method, path, text, answer.status, parsed)
        return answer.status, parsed

    def post(self, path, body, **more):
        return self.ask("POST", path, body, **more)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def sql(self, text):
        """The rows as lists of texts."""
        done = subprocess.run([os.path.join(PG_BIN, "psql"), "-X", "-q", "-A", "-t", "-F", "\x1f",
                               "-v", "ON_ERROR_STOP=1", "-d", self.conninfo, "-c", text],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def one(self, text):
        return self.sql(text)[0][0]


class CenterTest(unittest.TestCase):
    """One center for all tests of a class; every test uses a store of its own."""

    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.center = Center(*cls.OPTIONS)
        cls.addClassCleanup(cls.center.stop)

    def until(self, what, good):
        return wait_for(what, good, alive=self.center.process)


def main():
    need_postgresql()
    unittest.main()
