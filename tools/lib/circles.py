"""A center that answers well and takes nothing, on the connections that are open now; on new ones it
is the center behind it.

    front = Circles(port, cloud, papers)   # dial `port` instead of the cloud's center
    front.twist(OLD_POSITION)              # acknowledges what it has acknowledged before
    front.twist(BACK_AND_FORTH)            # asks for the event before, takes that one, and so on
    front.end()

papers() are the paths of the hub's certificate and key, or None before it has them: with them the
front speaks to the center for it.
"""

import http.client
import http.server
import json
import os
import ssl
import threading

from store import SOON_S

SYNC = "/api/v1/poi/stock/sync-from-pos"


def _taken(asked, seq, tail):
    ver = asked.get("applied_ver", 0)
    return 200, {"code": 0, "epoch": asked["epoch"], "acked_seq": seq, "tail": tail, "dead": [],
                 "ver_before": ver, "ver": ver, "rows": [], "server_hlc": [0, 0],
                 "retry_after_ms": 0}


def OLD_POSITION(_line, asked):
    return _taken(asked, asked["first_seq"] - 1, asked["prev"])


def BACK_AND_FORTH(line, asked):
    first = asked["first_seq"]
    if line.first is None:
        line.first = first
    if first >= line.first:
        return 409, {"code": 409, "name": "SEQ_GAP", "expected": line.first - 1, "detail": ""}
    return _taken(asked, first, asked["events"][0]["hash"])


class Circles:
    def __init__(self, port, cloud, papers):
        self.port, self.cloud, self.papers = port, cloud, papers
        self.lock, self.lines = threading.Lock(), set()
        self.server = _Server(("127.0.0.1", port), type("Line", (_Line,), {"front": self}))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(os.path.join(cloud.dir, "server.pem"),
                                     os.path.join(cloud.dir, "server.key"))
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def twist(self, kind):
        with self.lock:
            for line in self.lines:
                line.kind, line.first = kind, None

    def far(self):
        """A line to the center, as the hub."""
        context = ssl.create_default_context(cafile=self.cloud.ca)
        papers = self.papers()
        if papers:
            context.load_cert_chain(*papers)
        return http.client.HTTPSConnection("127.0.0.1", self.cloud.port, context=context,
                                           timeout=SOON_S)

    def end(self):
        self.server.shutdown()
        self.server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass   # lines break here on purpose


class _Line(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    front = None

    def setup(self):
        self.kind = self.first = self.to_center = None
        self.request = self.front.context.wrap_socket(self.request, server_side=True)
        super().setup()
        with self.front.lock:
            self.front.lines.add(self)

    def finish(self):
        with self.front.lock:
            self.front.lines.discard(self)
        if self.to_center:
            self.to_center.close()
        super().finish()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body) if self.kind and self.path == SYNC else {}
        if asked.get("events"):
            status, reply = self.kind(self, asked)
            self.reply(status, json.dumps(reply).encode(), None)
        else:
            self.pass_on(body)

    def pass_on(self, body):
        self.to_center = self.to_center or self.front.far()
        self.to_center.request("POST", self.path, body, {"Content-Type": "application/json"})
        answer = self.to_center.getresponse()
        self.reply(answer.status, answer.read(), answer.getheader("Retry-After"))

    def reply(self, status, text, retry_after):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass
