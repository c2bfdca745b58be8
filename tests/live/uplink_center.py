"""A small center of the tests' own, over TLS: keeps one store's journal and believes nothing. What
the hub does wrong is collected in `faults`; how the center behaves is `mood`."""

import hashlib
import http.server
import json
import ssl
import threading

import paths  # noqa: F401
import https_server
from store import SOON_S, free_port

HELLO = "/api/v1/poi/hub/hello"
DIGEST = "/api/v1/poi/stock/digest"
SYNC = "/api/v1/poi/stock/sync-from-pos"
CLAIM, SALVAGE = "/api/v1/poi/hub/claim", "/api/v1/poi/hub/salvage"
FIND = "/api/v1/poi/stock/find-to-pos"
BATCH_EVENTS = 200


def make_papers(folder):
    """ca.pem, center.pem/.key and client.pem/.key in `folder`."""
    https_server.make_ca(folder, "ca")
    https_server.make_certificate(folder, "center")
    https_server.make_certificate(folder, "client")


def conf(folder, port):
    """The section [cloud] of a hub that talks to that port."""
    return {"url": f"https://127.0.0.1:{port}", "box_id": "BX-01", "ca": f"{folder}/ca.pem",
            "cert": f"{folder}/client.pem", "key": f"{folder}/client.key"}


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Journal:
    """What the center has of one epoch."""

    def __init__(self, brand, poi, epoch):
        self.epoch, self.events = epoch, {}
        self.tail = sha(f"poshub-journal-v1\n{brand}\n{poi}\n{epoch}\n".encode())
        self.acked, self.again = 0, 0

    def take(self, event):
        """A complaint, or None."""
        if event["seq"] <= self.acked:
            self.again += 1
            return None if self.events[event["seq"]] == event else f"changed: {event}"
        if event["seq"] != self.acked + 1:
            return f"seq {event['seq']} after {self.acked}"
        complaint = None if event.get("gave_up") else self.wrong(event)
        if complaint:
            return complaint
        self.acked, self.tail, self.events[event["seq"]] = event["seq"], event["hash"], event
        return None

    def wrong(self, event):
        head = {key: event[key] for key in ("bh", "cv", "hlc", "kind", "seq")}
        if event.get("clk"):
            head["clk"] = event["clk"]
        if sha(canonical({**head, "prev": self.tail})) != event["hash"]:
            return f"chain breaks at {event}"
        if "body" in event and sha(canonical(event["body"])) != event["bh"]:
            return f"body is not the one that was hashed: {event}"
        return None


class Center:
    """mood: "well"; a status (500: fails everything); "batch 500": only on batches; "pull nonsense":
    only on pulls; "nonsense", "close": answers with garbage, or not at all; "late": commits, and closes without an answer."""

    def __init__(self, folder, port=None, brand="1", poi="417", epoch=1):
        self.journal = Journal(brand, poi, epoch)
        self.old = {}  # by epoch
        self.claims = []
        self.faults, self.hellos, self.batches, self.mood = [], 0, 0, "well"
        self.pulls = 0
        self.retry_after_ms = 0
        self.dead_kinds = set()  # events that it puts aside
        self.views = []  # the hub's view of the rows that the last batch has moved
        self.ver, self.rows = 0, []  # told with the next ack, one version each
        self.lock = threading.Lock()
        center = self

        class Line(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                self.request.settimeout(SOON_S)
                self.request.do_handshake()
                super().setup()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with center.lock:
                    status, text = center.answer(self.path, body)
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/center.pem", f"{folder}/center.key")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{folder}/ca.pem")
        self.server = https_server.Server(("127.0.0.1", port or free_port()), Line)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def fault(self, text):
        self.faults.append(text)
        return 422, {"code": 422, "name": "BAD_BATCH", "detail": text}

    def answer(self, path, body):
        mood = self.mood
        if path == HELLO:
            self.hellos += 1
        elif path == FIND:
            self.pulls += 1
        elif path != DIGEST:
            self.batches += 1
        if mood == "close":
            return None, b""
        if mood == "nonsense":
            return 200, b'{"code":0,"epoch":"' + b"x" * 40
        if isinstance(mood, int):
            return mood, self.refusal(mood)
        if mood == "pull nonsense" and path == FIND:
            return 200, b'{"code":0,"rows":"none"}'
        if mood == "batch 500" and path == SYNC:
            return 500, b"<html>oops</html>"
        status, reply = self.listen(path, json.loads(body))
        return (None, b"") if mood == "late" and path == SYNC else (status, canonical(reply))

    def refusal(self, status):
        return canonical({"code": status, "name": "UNAVAILABLE" if status == 503 else "INTERNAL",
                          "detail": "told to", "retry_after_ms": self.retry_after_ms})

    def listen(self, path, asked):
        j = self.journal
        if (asked["brandId"], asked["poiId"]) != ("1", "417"):
            return self.fault(f"another store: {asked}")
        if path == CLAIM:
            return self.hear_claim(asked)
        if path == SALVAGE:
            return self.hear_salvage(asked)
        if asked["epoch"] < j.epoch:
            return 409, {"code": 409, "name": "FENCED", "detail": "another box", "epoch": j.epoch}
        if asked["epoch"] > j.epoch:
            return 409, {"code": 409, "name": "UNKNOWN_EPOCH", "detail": "not opened here"}
        if path == HELLO:
            return self.hear_hello(j, asked)
        if path == FIND:
            return 200, {"code": 0, "rows": [], "next_ver": self.ver, "more": False,
                         "head_ver": self.ver, "server_hlc": [0, 0]}
        if path == DIGEST:  # it cannot compare
            return 404, {"code": 404, "name": "NOT_FOUND", "detail": path}
        return self.hear_batch(j, asked) if path == SYNC else self.fault(f"path {path}")

    def hear_claim(self, asked):
        j = self.journal
        self.claims.append(asked)
        self.old[j.epoch] = j
        self.journal = Journal("1", "417", max(asked["epoch"], j.epoch) + 1)
        return 200, {"code": 0, "epoch": self.journal.epoch, "center_epoch": 1, "ver": self.ver,
                     "open_orders": [], "rows": [], "next_ver": self.ver, "more": False,
                     "server_hlc": [0, 0]}

    def hear_salvage(self, asked):
        epoch, first = asked["epoch"], asked["first_seq"]
        j = self.old.setdefault(epoch, Journal("1", "417", epoch))
        if epoch >= self.journal.epoch or first > j.acked + 1:
            return self.fault(f"salvage of {epoch} from {first}")
        if first == j.acked + 1 and asked["prev"] != j.tail:
            return self.fault(f"prev of salvaged {first}")
        for event in asked["events"]:
            complaint = j.take(event)
            if complaint:
                return self.fault(complaint)
        return 200, {"code": 0, "acked_seq": j.acked}

    def hear_hello(self, j, asked):
        if asked["box_id"] != "BX-01":
            return self.fault(f"box {asked['box_id']}")
        if asked["last_seq"] < j.acked or asked["last_seq"] == j.acked and asked["tail"] != j.tail:
            return 409, {"code": 409, "name": "ROLLBACK_DETECTED", "detail": "behind"}
        return 200, {"code": 0, "epoch": j.epoch, "acked_seq": j.acked, "center_epoch": 1,
                     "head_ver": 0, "features": [], "server_hlc": [0, 0], "go_after_ms": 0,
                     "max_batch": BATCH_EVENTS}

    def hear_batch(self, j, asked):
        first, last, events = asked["first_seq"], asked["last_seq"], asked["events"]
        if asked["proto"] != 2 or len(events) != last - first + 1 or len(events) > BATCH_EVENTS:
            return self.fault(f"batch {first}..{last} of {len(events)}")
        if [e["seq"] for e in events] != list(range(first, last + 1)):
            return self.fault("numbers inside the batch")
        if first > j.acked + 1:
            return 409, {"code": 409, "name": "SEQ_GAP", "expected": j.acked + 1, "detail": ""}
        if first == j.acked + 1 and asked["prev"] != j.tail:
            return self.fault(f"prev of {first}")
        for event in events:
            complaint = j.take(event)
            if complaint:
                return self.fault(complaint)
        dead = [{"seq": e["seq"], "reason": "UNKNOWN_KIND"} for e in events
                if e["kind"] in self.dead_kinds]
        self.views = asked["objects"]
        before, rows, self.rows = self.ver, self.rows, []
        self.ver += len(rows)
        return 200, {"code": 0, "epoch": j.epoch, "acked_seq": j.acked, "tail": j.tail,
                     "dead": dead, "ver_before": before, "ver": self.ver, "rows": rows,
                     "server_hlc": [0, 0], "retry_after_ms": 0}
