"""A product center of the old days, over TLS: the base API and nothing else (base-api.md). Rows are
written whole, under a token; hello is a path that it has never heard of."""

import http.server
import json
import ssl
import threading

import paths  # noqa: F401
import https_server
from store import SOON_S, free_port

SYNC = "/api/v1/poi/stock/sync-from-pos"
FIND = "/api/v1/poi/stock/find-to-pos"
NEED = ("brandId", "poiId", "object_id", "stock_status", "stock_type")


class OldCenter:
    """rows: object_id -> the row as it is told; mood: "well", or "late": takes a post and closes
    without an answer."""

    def __init__(self, folder, port=None):
        self.rows, self.bodies, self.faults = {}, {}, []
        self.posts, self.refused, self.tick, self.mood = 0, 0, 0, "well"
        self.lock = threading.Lock()
        center = self

        class Line(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                self.request.settimeout(SOON_S)
                self.request.do_handshake()
                super().setup()

            def do_POST(self):
                if center.gone:
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with center.lock:
                    status, reply = center.answer(self.path, body)
                if status is None:
                    self.close_connection = True
                    return
                text = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/center.pem", f"{folder}/center.key")
        self.server = https_server.Server(("127.0.0.1", port or free_port()), Line)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.gone = False
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """A connection that is kept answers no more either."""
        self.gone = True
        self.server.shutdown()
        self.server.server_close()

    def token(self):
        self.tick += 1
        return f"2026-01-28T{10 + self.tick // 3600 % 14:02}:{self.tick // 60 % 60:02}:" \
               f"{self.tick % 60:02}+08:00"

    def answer(self, path, body):
        asked = json.loads(body)
        if path == FIND:
            if "proto" in asked:
                return 404, {"code": 404}
            named = asked.get("object_ids")
            return 200, {"code": 0, "data": [row for n, row in self.rows.items()
                                             if not named or n in named]}
        if path != SYNC or "proto" in asked:
            return 404, {"code": 404}
        status, reply = self.write(asked, body)
        return (None, None) if self.mood == "late" else (status, reply)

    def write(self, asked, body):
        if any(key not in asked for key in NEED) or "x" in asked:
            self.faults.append(f"no base API body: {asked}")
        self.posts += 1
        n = asked["object_id"]
        row = self.rows.get(n)
        if row and asked.get("updated_at") != row["updated_at"]:
            if self.bodies.get(n) == body:
                return 200, {"code": 0, "row": row}
            self.refused += 1
            return 409, {"code": 409, "row": row}
        self.bodies[n] = body
        self.put(n, **{k: v for k, v in asked.items() if k not in ("brandId", "poiId")})
        return 200, {"code": 0, "row": self.rows[n]}

    def put(self, n, **values):
        """What somebody writes, at a new token."""
        self.rows[n] = {**self.rows.get(n, {}), **values, "object_id": n,
                        "updated_at": self.token()}

    def merchant(self, n, **values):
        with self.lock:
            self.put(n, **values)
