#!/usr/bin/python3
"""poshubctl against a small control server of canned answers on a Unix socket."""

import http.server
import json
import os
import pty
import re
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import unittest

CTL = os.environ["POSHUBCTL"]
MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../../docs/man/poshubctl.1.scd")

STOCK = {"object_type": 2, "object_id": "1001", "name": "Margherita M", "on_sale": True,
         "limited": True, "avail": {"POS": "8", "KIOSK": None, "EMENU": "0"}, "plan": "10",
         "at": [7, 1043, "9f3c01ab"]}
SHARED_OUT = dict(STOCK, policy="WEIGHTED_SOFT", release_at="20:00", rebalance_s=900,
                  channels=[{"channel": "KIOSK", "on_sale": True, "limit": None, "weight": 3,
                             "reserve": "0", "used": "2", "held": "4", "avail": "6"},
                            {"channel": "POS", "on_sale": False, "limit": "10", "weight": 5,
                             "reserve": "0", "used": "8", "held": "8", "avail": "0"}],
                  schedule={"at_ms": 1769551200000, "daily": True, "next_at_ms": 1769637600000,
                            "last_at_ms": 1769551200000},
                  strict={"rights": "9", "granted": "12", "returned": "1"})
GONE = dict(STOCK, object_id="1003", avail={"POS": "0", "KIOSK": "0", "EMENU": "0"})
ORDER = {"order_id": "x7qk-42", "number": "A042", "day": "20260128", "channel": "KIOSK",
         "origin": "HUB", "state": "PLACED", "kitchen": "NONE", "expires_in_ms": 300000,
         "note": "no \u001b[31mnuts\u009b",
         "lines": [{"line": 1, "object_id": "1001", "name": "Käsespätzle", "qty": "2",
                    "unit": "13.7500", "amount": "27.5000", "station": "oven", "round": 1}],
         "lines_amount": "27.5000", "adjust": [], "due": "27.5000",
         "payments": [{"pay_id": "p-1", "tender": "CARD", "amount": "27.5000", "ref": "r9",
                       "at_ms": 1769624000123}],
         "refunded": "0.0000"}
STATUS = {"store": {"brand_id": "1", "poi_id": "417", "name": "Riverside"}, "version": "0.1.0",
          "host": "box", "boot": 3, "epoch": 1, "seq": 1043, "uptime_ms": 1051200000,
          "state": "OK", "status": "Selling.", "action": "None needed.", "see": "",
          "faults": [], "clock": "synced",
          "broker": {"connected": True, "since_at_ms": 1, "reconnects": 0},
          "devices": {"known": 13, "online": 11, "offline": ["kds-hot"], "awaited": ["kiosk-9"]},
          "orders": {"day": "20260128", "today": 418, "open": 9},
          "latency_ms": {"p50": 1.2, "p99": 4.0}, "stock": {"rows": 212, "sold_out": 3},
          "menu": {"rev": 12, "items": 96},
          "store_data": {"dir": "/var/lib/poshub/db", "fs": "durable", "used_permille": 41,
                         "map_bytes": 1073741824, "commits": 1, "batch_max": 1},
          "cloud": {"link": "up", "since_at_ms": 1, "error": "", "stuck_at": "", "requests": 3,
                    "compared": {"at_ms": 5, "rounds": 1, "rows": 2, "left_out": 0, "differed": 0,
                                 "repaired": 0, "stuck": 0},
                    "acked": [1, 1043], "waiting": 0, "room_days": 9999},
          "listeners": [], "warnings": ["plain listener 127.0.0.1:1883"]}
DEGRADED = dict(STATUS, state="DEGRADED", status="disk 86% full", action="free space",
                see="man poshub-faults (PH-1001)",
                faults=[{"code": "PH-1001", "text": "disk 86% full", "action": "free space"}])
TOP = {"at_ms": 1000, "orders": 10, "requests": 140, "refused": 2, "replayed": 0, "p50_ms": 3.1,
       "p99_ms": 18.4, "queue": 0, "devices": 11, "rss_bytes": 9000000, "dropped": 0}


def ok(**members):
    return 200, dict({"code": 0, "name": "OK"}, **members)


def refused(code, name, **members):
    return 200, dict({"code": code, "name": name}, **members)


def stock_page(body):
    if body.get("cursor") == "p2":
        return ok(stocks=[dict(STOCK, object_id="1002", on_sale=False), GONE])
    return ok(stocks=[STOCK, dict(STOCK, object_type=1, object_id="500")], cursor="p2")


CASE = {"case": "ov:1:2:1003:", "state": "OPEN", "object_type": 2, "object_id": "1003", "over": "3",
        "at_risk": "0", "supply": "10", "cause": "PARTITION", "ranking": "STORE_FIRST",
        "confident": True, "since_at_ms": 1, "changed_at_ms": 1, "claims": [
            {"side": "online", "order_id": "O1", "line": 1, "qty": "3", "short": "1",
             "served": False, "waived": False},
            {"side": "store", "order_id": "P1", "line": 1, "qty": "8", "short": "0",
             "served": True, "waived": False}]}

ANSWERS = {
    "stock.list": stock_page,
    "stock.get": ok(stock=STOCK), "stock.set": ok(stock=STOCK), "stock.adjust": ok(stock=STOCK),
    "stock.plan": ok(stock=STOCK), "stock.sold_out": ok(stock=STOCK),
    "stock.on_sale": ok(stock=STOCK), "stock.channel": ok(stock=SHARED_OUT),
    "stock.schedule": ok(stock=SHARED_OUT), "stock.return": ok(stock=SHARED_OUT),
    "stock.policy": ok(stock=SHARED_OUT),
    "stock.history": ok(events=[{"seq": 9, "at_ms": 1, "kind": "STOCK_SET", "q": "3",
                                 "real_before": "1", "real_after": "4", "locked_before": "0",
                                 "locked_after": "0"}]),
    "stock.explain": ok(terms=[{"name": "base", "count": 1, "sum": "40"},
                               {"name": "sold", "count": 3, "sum": "-4"}],
                        real="36", locked="2", available="34"),
    "order.list": ok(orders=[ORDER], cursor="more-here"), "order.get": ok(order=ORDER),
    "order.cancel": ok(order=dict(ORDER, state="CANCELLED")),
    "order.trace": ok(order=ORDER,
                      events=[{"epoch": 1, "seq": 7, "at_ms": 1, "kind": "ORDER_LOCK",
                               "body": {"order_id": "x7qk-42", "lines": [{"line": 1}]}}],
                      tickets=[{"station": "oven", "round": 1, "state": "NEW", "lines": []}]),
    "device.add": ok(result={"device": "kiosk-1", "role": "kiosk", "password": "s3cret",
                             "proved": True, "reply_ms": 7}),
    "device.rotate": ok(result={"device": "kiosk-1", "role": "kiosk", "password": "s3cret",
                                "proved": True, "reply_ms": 7, "old_refused": True}),
    "device.list": ok(devices=[{"device": "kds-hot", "role": "kds", "name": "Hot", "account": "",
                                "channels": [], "stations": ["oven", "grill"], "online": False,
                                "last_seen_ms": 0}]),
    "device.revoke": ok(result={"device": "kiosk-1", "role": "kiosk", "proved": True,
                                "reply_ms": 7, "old_refused": True}),
    "device.identify": ok(result={"online": True}),
    "device.test": ok(result={"online": True, "ping_ms": 7, "rules_ok": True, "detail": ""}),
    "menu.import": ok(result={"rev": 13, "items": 1, "spus": 0, "groups": 0}),
    "menu.get": ok(rev=13, currency="EUR",
                   items=[{"object_id": "1001", "name": "Margherita M", "price": "12.7500",
                           "station": "oven", "step": "1"}]),
    "journal.verify": ok(result={"ok": True, "events": 10, "bodies": 9, "audit_ok": True}),
    "journal.tail": ok(events=[{"epoch": 1, "seq": 7, "at_ms": 1, "kind": "MENU",
                                "body": {"rev": 13}}], cursor="1-7"),
    "day.show": ok(days=[{"day": "20260128", "channels": {"POS": {"orders": 3}},
                          "tenders": [{"amount": "25.5000", "payments": 3, "tender": "CASH"}]}]),
    "oversell.list": ok(cases=[CASE]), "oversell.show": ok(case=CASE),
    "oversell.resolve": ok(result={"replayed": False, "case": CASE}),
    "sync.now": ok(result={}), "sync.pause": ok(result={}), "sync.resume": ok(result={}),
    "sync.diff": ok(result={}), "cloud.test": ok(result={}), "cloud.enrol": ok(result={}),
    "cloud.claim": ok(result={}), "queue.retry": ok(result={}),
    "queue.list": ok(waiting=0, acked=[1, 1043], salvage=[],
                     aside=[{"epoch": 1, "seq": 7, "reason": "BAD_BODY", "at_ms": 1,
                             "kind": "MENU"}]),
    "day.close": ok(result={"day": "20260128", "orders": 3}),
    "clock.accept": ok(result={}), "store.new_epoch": ok(result={"epoch": 2}), "store.confirm": ok(result={"fenced": False}),
    "status": (200, STATUS), "top": (200, TOP),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body):
        verb = self.path[len("/v1/"):]
        self.server.seen.append((verb, body))
        answer = self.server.answers.get(verb, (404, {"detail": "unknown verb"}))
        if callable(answer):
            answer = answer(body)
        status, reply = answer
        if isinstance(reply, float):
            time.sleep(reply)
            self.close_connection = True
            return
        raw = reply if isinstance(reply, bytes) else json.dumps(reply).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self):
        self.answer(None)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(json.loads(raw))

    def address_string(self):
        return "ctl"

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class WithHub(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="poshubctl-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.socket = os.path.join(self.dir, "control.sock")
        self.server = Server(self.socket, Handler)
        self.server.seen, self.server.answers = [], dict(ANSWERS)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def ctl(self, *words, stdin="", env=None, socket=None):
        full = dict(os.environ, POSHUB_SOCKET=socket or self.socket, TZ="UTC",
                    http_proxy="http://127.0.0.1:9", **(env or {}))
        return subprocess.run([CTL, *words], input=stdin, env=full, text=True, timeout=30,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def body(self, verb):
        return [body for seen, body in self.server.seen if seen == verb][-1]


# every command once, with its verb; also what help and --json are tried with
COMMANDS = [
    (("status",), "status"), (("top", "--count", "1", "--interval", "0.02"), "top"),
    (("menu", "import", "MENU"), "menu.import"), (("menu", "show"), "menu.get"),
    (("stock", "list"), "stock.list"), (("stock", "show", "1001"), "stock.get"),
    (("stock", "set", "1001", "40"), "stock.set"),
    (("stock", "adjust", "1001", "-2", "--reason", "WASTE"), "stock.adjust"),
    (("stock", "plan", "1001", "unlimited"), "stock.plan"),
    (("stock", "sold-out", "spu:500"), "stock.sold_out"),
    (("stock", "on-sale", "1001"), "stock.on_sale"),
    (("stock", "history", "1001"), "stock.history"),
    (("stock", "explain", "1001"), "stock.explain"),
    (("stock", "schedule", "1001", "--at", "06:00", "--daily"), "stock.schedule"),
    (("stock", "return", "1001", "3", "--yes"), "stock.return"),
    (("channel", "show", "1001"), "stock.get"),
    (("channel", "set", "1001", "KIOSK", "--weight", "3"), "stock.channel"),
    (("channel", "policy", "1001", "RESERVED"), "stock.policy"),
    (("order", "list"), "order.list"), (("order", "show", "x7qk-42"), "order.get"),
    (("order", "trace", "x7qk-42"), "order.trace"),
    (("order", "cancel", "x7qk-42", "--yes"), "order.cancel"),
    (("device", "add", "kiosk-1", "--role", "kiosk"), "device.add"),
    (("device", "list"), "device.list"),
    (("device", "rotate", "kiosk-1", "--yes"), "device.rotate"),
    (("device", "revoke", "kiosk-1", "--yes"), "device.revoke"),
    (("device", "test", "kiosk-1"), "device.test"),
    (("device", "identify", "kiosk-1"), "device.identify"),
    (("journal", "verify"), "journal.verify"), (("journal", "tail"), "journal.tail"),
    (("day", "show"), "day.show"), (("day", "close", "--yes"), "day.close"),
    (("store", "new-epoch", "--reason", "disk", "--yes"), "store.new_epoch"),
    (("store", "confirm", "--yes"), "store.confirm"), (("clock", "accept", "--yes"), "clock.accept"),
    (("oversell", "list"), "oversell.list"),
    (("oversell", "show", "ov:1:2:1003:"), "oversell.show"),
    (("oversell", "resolve", "ov:1:2:1003:", "O1", "refund", "--yes"), "oversell.resolve"),
    (("sync", "status"), "status"), (("cloud", "status"), "status"),
    (("sync", "now"), "sync.now"), (("sync", "pause"), "sync.pause"),
    (("sync", "resume"), "sync.resume"),
    (("cloud", "enrol", "--token", "6f1c"), "cloud.enrol"),
    (("cloud", "claim", "--yes"), "cloud.claim"),
    (("queue", "list"), "queue.list"), (("queue", "show", "1-7"), "journal.tail"),
    (("queue", "retry", "1-7"), "queue.retry"),
]
DESTRUCTIVE = [words for words, _ in COMMANDS if "--yes" in words]


class Commands(WithHub):
    def words(self, words):
        menu = os.path.join(self.dir, "menu.json")
        with open(menu, "w", encoding="utf-8") as f:
            f.write('{"rev":1,"items":[]}')
        return [menu if w == "MENU" else w for w in words]

    def test_every_command_reaches_its_verb_and_ends_with_0(self):
        for words, verb in COMMANDS:
            with self.subTest(words=words):
                r = self.ctl(*self.words(words))
                self.assertEqual(r.returncode, 0, r.stderr)
                self.assertEqual(self.server.seen[-1][0], verb)
                self.assertTrue(r.stdout.strip())

    def test_json_is_the_reply_in_one_line_and_nothing_else(self):
        for words, verb in COMMANDS:
            with self.subTest(words=words):
                r = self.ctl("--json", *self.words(words))
                answer = self.server.answers[verb]
                answer = answer({}) if callable(answer) else answer
                self.assertEqual(r.stdout.count("\n"), 1)
                self.assertEqual(json.loads(r.stdout), answer[1])

    def test_json_of_a_reply_with_line_breaks_is_one_line(self):
        pretty = json.dumps(STATUS, indent=2).encode()
        self.server.answers["status"] = (200, pretty)
        r = self.ctl("status", "--json")
        self.assertEqual(r.stdout.count("\n"), 1)
        self.assertEqual(json.loads(r.stdout), STATUS)

    def test_json_of_a_refusal_is_the_reply(self):
        self.server.answers["order.get"] = refused(2001, "ORDER_NOT_FOUND")
        r = self.ctl("order", "show", "nope", "--json")
        self.assertEqual(r.returncode, 5)
        self.assertEqual(json.loads(r.stdout)["code"], 2001)

    def test_no_escape_codes_without_a_terminal(self):
        for words, _ in COMMANDS:
            with self.subTest(words=words):
                r = self.ctl(*self.words(words), env={"TERM": "xterm"})
                self.assertNotIn("\033", r.stdout + r.stderr)

    def test_every_command_has_help_with_its_example_first(self):
        for words, _ in COMMANDS:
            path = [words[0]] if words[0] in ("status", "top") else list(words[:2])
            for asked in (["help", *path], [*path, "--help"]):
                with self.subTest(asked=asked):
                    r = self.ctl(*asked)
                    self.assertEqual(r.returncode, 0, r.stderr)
                    self.assertTrue(r.stdout.startswith("  poshubctl " + " ".join(path))
                                    or "poshubctl menu import" in r.stdout)
                    self.assertIn("usage: poshubctl " + " ".join(path), r.stdout)
        self.assertEqual(self.server.seen, [])

    def test_the_manual_names_every_command_and_option(self):
        with open(MANUAL, encoding="utf-8") as f:
            manual = f.read()
        for words, _ in COMMANDS:
            path = " ".join(words[:1] if words[0] in ("status", "top") else words[:2])
            options = re.findall(r"^  (--[a-z-]+)", self.ctl("help", *path.split()).stdout, re.M)
            for text in (path, *options):
                with self.subTest(text=text):
                    self.assertIn("*" + text + "*", manual)

    def test_destructive_without_yes_and_terminal_refuses_with_2(self):
        for words in DESTRUCTIVE:
            with self.subTest(words=words):
                r = self.ctl(*(w for w in words if w != "--yes"), stdin="y\n")
                self.assertEqual(r.returncode, 2)
                self.assertIn("--yes", r.stderr)
        self.assertEqual(self.server.seen, [])


class Forbidden(WithHub):
    """The hub answers, and we may not ask: that is neither silence nor success."""
    WORDS = "nobody may not ask anything here: be root, or in the group poshub-read"

    def setUp(self):
        super().setUp()
        self.server.answers["status"] = (403, self.WORDS.encode() + b"\n")

    def test_version_tells_its_own_and_that_it_may_not_ask(self):
        r = self.ctl("version")
        self.assertEqual(r.returncode, 4, r)
        self.assertRegex(r.stdout, r"^poshubctl \S+\nhub       not permitted\n$")
        self.assertIn(self.WORDS, r.stderr)
        r = self.ctl("version", "--json")
        self.assertEqual((r.returncode, list(json.loads(r.stdout))), (4, ["poshubctl"]))

    def test_version_without_a_hub_is_0(self):
        r = self.ctl("version", socket=self.socket + ".none")
        self.assertEqual((r.returncode, r.stdout.split("\n")[1]), (0, "hub       not running"))

    def test_a_bundle_is_made_of_the_rest_and_says_so(self):
        path = os.path.join(self.dir, "b.tar.gz")
        r = self.ctl("bundle", "-o", path, "--config", os.path.join(self.dir, "none.conf"))
        self.assertEqual(r.returncode, 4, r)
        self.assertTrue(os.path.exists(path))
        self.assertIn("not permitted", r.stdout)
        self.assertNotIn("does not answer", r.stdout)
        self.assertIn(self.WORDS, r.stderr)


class Log(WithHub):
    """journalctl is only called, as somebody would by hand."""
    UNITS = ["-u", "poshub", "-u", "poshub-broker", "-u", "poshub-backup"]

    def setUp(self):
        super().setUp()
        fake = os.path.join(self.dir, "journalctl")
        with open(fake, "w", encoding="utf-8") as f:
            f.write('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 9\n')
        os.chmod(fake, 0o755)

    def log(self, *words, path=None):
        return self.ctl("log", *words, env={"PATH": f"{path or self.dir}:/none"})

    def test_the_units_and_the_latest_lines(self):
        r = self.log()
        self.assertEqual((r.returncode, r.stdout.split()), (9, [*self.UNITS, "-n", "50",
                                                                "--no-pager"]))

    def test_each_option_has_its_word(self):
        for words, want in ((["--follow", "--limit", "7"], ["-n", "7", "-f"]),
                            (["--explain"], ["-n", "50", "--no-pager", "-x"]),
                            (["--json"], ["-n", "50", "--no-pager", "-ojson"]),
                            (["--fault", "PH-1002"], ["-n", "50", "--no-pager",
                                                      "POSHUB_FAULT=PH-1002"]),
                            (["--device", "kds-bar"], ["-n", "50", "--no-pager", "-g",
                                                       "(^|[^a-z0-9-])kds-bar([^a-z0-9-]|$)"])):
            with self.subTest(words=words):
                self.assertEqual(self.log(*words).stdout.split(), self.UNITS + want)

    def test_wrong_words_are_refused(self):
        for words in (["--limit", "all"], ["--fault", "1002"], ["--fault", "PH-100"],
                      ["--device", "a b"], ["--device", ".*"], ["more"]):
            with self.subTest(words=words):
                r = self.log(*words)
                self.assertEqual((r.returncode, r.stdout), (2, ""), r)

    def test_without_journalctl_there_is_a_sentence(self):
        r = self.log(path="/none")
        self.assertEqual(r.returncode, 1)
        self.assertIn("journalctl cannot be run: No such file or directory", r.stderr)

    def test_the_manual_has_it(self):
        with open(MANUAL, encoding="utf-8") as f:
            manual = f.read()
        for option in re.findall(r"^  (--[a-z-]+)", self.ctl("help", "log").stdout, re.M):
            self.assertIn(f"*{option}*", manual)
        self.assertIn("*log* ", manual)


class Bodies(WithHub):
    def test_object_notation(self):
        self.ctl("stock", "show", "1001")
        self.assertEqual(self.body("stock.get"), {"object_type": 2, "object_id": "1001"})
        self.ctl("stock", "show", "spu:500")
        self.assertEqual(self.body("stock.get"), {"object_type": 1, "object_id": "500"})

    def test_negative_delta_is_a_word(self):
        self.ctl("stock", "adjust", "1001", "-0.5", "--reason", "WASTE", "--json")
        self.assertEqual(self.body("stock.adjust"), {"object_type": 2, "object_id": "1001",
                                                     "delta": "-0.5", "reason": "WASTE"})

    def test_set_plan_and_channel(self):
        self.ctl("stock", "set", "1001", "8.50", "--physical")
        self.assertEqual(self.body("stock.set")["qty"], "8.5")
        self.assertEqual(self.body("stock.set")["basis"], "physical")
        self.ctl("stock", "plan", "1001", "40")
        self.assertEqual(self.body("stock.plan"), {"object_type": 2, "object_id": "1001",
                                                   "limited": True, "plan": "40"})
        self.ctl("stock", "sold-out", "1001", "--channel", "KIOSK")
        self.assertEqual(self.body("stock.channel"), {"object_type": 2, "object_id": "1001",
                                                      "channel": "KIOSK", "on_sale": False})

    def test_channel_set_says_only_what_was_asked(self):
        row = {"object_type": 2, "object_id": "1001", "channel": "KIOSK"}
        for options, members in ((["--limit", "2.5"], {"limit": "2.5"}),
                                 (["--no-limit", "--weight", "10000"],
                                  {"limited": False, "weight": 10000}),
                                 (["--reserve", "4", "--sold-out"],
                                  {"reserve": "4", "on_sale": False})):
            self.ctl("channel", "set", "1001", "KIOSK", *options)
            self.assertEqual(self.body("stock.channel"), {**row, **members})

    def test_schedule_and_return(self):
        row = {"object_type": 2, "object_id": "1001"}
        for options, members in ((["--at", "06:00", "--daily"],
                                  {"auto": True, "at": "06:00", "daily": True}),
                                 (["--next-day"], {"auto": True, "next_day": True, "daily": False}),
                                 (["--off"], {"auto": False})):
            self.ctl("stock", "schedule", "1001", *options)
            self.assertEqual(self.body("stock.schedule"), {**row, **members})
        self.ctl("stock", "return", "1001", "--yes")
        self.assertEqual(self.body("stock.return"), row)

    def test_policy(self):
        self.ctl("channel", "policy", "1001", "WEIGHTED_SOFT", "--rebalance", "900", "--release",
                 "20:00")
        self.assertEqual(self.body("stock.policy"), {
            "object_type": 2, "object_id": "1001", "policy": "WEIGHTED_SOFT", "rebalance_s": 900,
            "release_at": "20:00"})
        self.ctl("channel", "policy", "1001", "RESERVED", "--release", "never")
        self.assertEqual(self.body("stock.policy")["release_at"], "never")

    def test_order_cancel_and_list(self):
        self.ctl("order", "cancel", "x7qk-42", "--no-charge", "--restock", "1,3", "--yes")
        self.assertEqual(self.body("order.cancel"), {"order_id": "x7qk-42", "no_charge": True,
                                                     "restock": [1, 3]})
        self.ctl("order", "list", "--since", "2h", "--state", "PAID", "--limit", "7")
        body = self.body("order.list")
        self.assertEqual((body["state"], body["limit"]), ("PAID", 7))
        self.assertLess(abs(time.time() * 1000 - 7200000 - body["since"]), 60000)

    def test_device_add_takes_the_password_from_stdin_only(self):
        self.ctl("device", "add", "kds-hot", "--role", "kds", "--station", "oven,grill",
                 "--name", "Hot", "--password-file", "-", stdin="pass word\n")
        self.assertEqual(self.body("device.add"),
                         {"device": "kds-hot", "role": "kds", "name": "Hot", "channels": [],
                          "stations": ["oven", "grill"], "password": "pass word"})

    def test_menu_import_sends_the_document_from_stdin(self):
        document = {"rev": 1, "items": [{"object_id": str(i), "name": "x" * 50}
                                        for i in range(20000)]}
        r = self.ctl("menu", "import", "-", stdin=json.dumps(document))
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual(self.body("menu.import"), document)


class Output(WithHub):
    def test_stock_list_joins_all_pages(self):
        r = self.ctl("stock", "list")
        self.assertIn("spu:500", r.stdout)
        self.assertIn("1002", r.stdout)
        self.assertIn("SOLD OUT", r.stdout)
        self.assertEqual(len(r.stdout.splitlines()), 5)

    def test_a_limited_list_tells_how_to_go_on(self):
        r = self.ctl("stock", "list", "--limit", "2")
        self.assertIn("--cursor p2", r.stderr)
        self.assertNotIn("1002", r.stdout)

    def test_columns_stay_aligned_behind_wide_letters(self):
        lines = self.ctl("order", "show", "x7qk-42").stdout.splitlines()
        title = next(i for i, l in enumerate(lines) if l.startswith("line"))
        self.assertEqual(lines[title].index("station"), lines[title + 1].index("oven"))

    def test_money_has_two_decimals(self):
        out = self.ctl("order", "show", "x7qk-42").stdout
        self.assertRegex(out, r"refunded +0\.00\n")
        self.assertIn('"refunded":"0.0000"',
                      self.ctl("order", "show", "x7qk-42", "--json").stdout.replace(": ", ":"))

    def test_a_payment_shows_its_time(self):
        out = self.ctl("order", "show", "x7qk-42").stdout
        self.assertIn("payment   2026-01-28 18:13:20  27.50 CARD  pay_id p-1  ref r9\n", out)

    def test_each_tender_of_a_day_has_one_line(self):
        out = self.ctl("day", "show").stdout
        self.assertIn("tenders\n  amount=25.50 payments=3 tender=CASH\n", out)

    def test_shares_schedule_and_rights_are_readable(self):
        self.server.answers["stock.get"] = ok(stock=SHARED_OUT)
        r = self.ctl("channel", "show", "1001")
        self.assertRegex(r.stdout, r"policy +WEIGHTED_SOFT")
        self.assertRegex(r.stdout, r"KIOSK +on sale +none +3 +0 +2 +4 +6")
        self.assertRegex(r.stdout, r"POS +SOLD OUT +10 +5 +0 +8 +8 +0")
        for command in ("channel", "stock"):
            r = self.ctl(command, "show", "1001")
            self.assertIn("policy    WEIGHTED_SOFT\nrebalance 15m 0s\nrelease   20:00\n", r.stdout)
        self.assertRegex(r.stdout, r"restore +daily from \d{4}-\d\d-\d\d")
        self.assertRegex(r.stdout, r"strict +9 may be sold here alone")

    def test_an_item_that_ran_out_is_told_from_one_that_staff_closed(self):
        lines = {l.split()[0]: l for l in self.ctl("stock", "list").stdout.splitlines()}
        self.assertIn("SOLD OUT", lines["1002"])
        self.assertIn("none left", lines["1003"])

    def test_controls_in_texts_do_not_reach_the_terminal(self):
        out = self.ctl("order", "show", "x7qk-42").stdout
        self.assertIn("no ?[31mnuts?", out)

    def test_status_names_offline_devices_and_warnings(self):
        out = self.ctl("status").stdout
        for text in ("417 Riverside", "up 12d 4h", "offline: kds-hot", "plain listener", "1.0 GiB",
                     "waiting for their first connection: kiosk-9"):
            self.assertIn(text, out)

    def test_status_says_each_fault_once(self):
        why, action, other = "it does not answer", "ping the router", "the disk is nearly full"
        first = {"code": "PH-2101", "text": f"Cloud down for 00:01:00: {why}.", "action": action}
        down = dict(STATUS, state="DEGRADED", status=first["text"], action=action,
                    see="man poshub-faults (PH-2101)",
                    faults=[first, {"code": "PH-1002", "text": other, "action": "make room"}],
                    cloud=dict(STATUS["cloud"], link="down", error=why, action=action))
        self.server.answers["status"] = (200, down)
        out = self.ctl("status").stdout
        for text in (why, action, other, "make room", "PH-2101", "PH-1002"):
            self.assertEqual(out.count(text), 1, out)
        down["faults"] = []
        self.assertEqual(self.ctl("status").stdout.count(f"\n          {why}\n"), 1)

    def test_watch_counts_and_ends_degraded(self):
        self.server.answers["status"] = (200, DEGRADED)
        r = self.ctl("status", "--watch", "--interval", "0.02", "--count", "3")
        self.assertEqual(r.returncode, 8)
        self.assertEqual(r.stdout.count("PH-1001"), 3)

    def test_rounds_that_are_asked_for_are_gone(self):
        for words in (("status", "--count", "2", "--interval", "0.02"),
                      ("journal", "tail", "--count", "2", "--interval", "0.02")):
            with self.subTest(words=words):
                self.server.seen.clear()
                self.ctl(*words)
                self.assertEqual(len(self.server.seen), 2)

    def test_top_shows_rates_between_two_readings(self):
        readings = iter([TOP, dict(TOP, at_ms=3000, orders=20, requests=240)])
        self.server.answers["top"] = lambda _: (200, next(readings))
        r = self.ctl("top", "--count", "1", "--interval", "0.02")
        self.assertEqual(r.stdout.split("\n")[1].split()[:4], ["00:00:03", "5.0", "50.0", "0.0"])

    def test_journal_follow_goes_on_behind_the_cursor(self):
        self.ctl("journal", "tail", "--follow", "--count", "2", "--interval", "0.02")
        self.assertEqual([b for _, b in self.server.seen], [{}, {"cursor": "1-7"}])

    def test_version_works_without_a_hub(self):
        r = self.ctl("version", socket=self.dir + "/none")
        self.assertEqual(r.returncode, 0)
        self.assertIn("not running", r.stdout)
        self.assertEqual(json.loads(self.ctl("--version", "--json").stdout)["hub"], "0.1.0")

    def test_completion_knows_the_commands(self):
        script = self.ctl("completion", "bash").stdout
        ask = script + ('COMP_WORDS=(poshubctl --socket x stock sold); COMP_CWORD=4; _poshubctl; '
                        'echo "${COMPREPLY[@]}"')
        out = subprocess.run(["bash", "-c", ask], text=True, stdout=subprocess.PIPE, check=True)
        self.assertEqual(out.stdout.strip(), "sold-out")


class Secrets(WithHub):
    emulated = False  # then the list shows the arguments of the emulator, which nobody hides

    def children(self):
        """What our children were called with, as everybody on the box may read it."""
        with open(f"/proc/{os.getpid()}/task/{threading.main_thread().native_id}/children",
                  encoding="ascii") as f:
            pids = f.read().split()
        words = b""
        for pid in pids:
            self.emulated = self.emulated or "/qemu-" in os.readlink(f"/proc/{pid}/exe")
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words += f.read()
        return words

    def test_codes_and_tokens_are_not_seen_in_the_process_list(self):
        for verb, words in (("device.pair", ("device", "pair", "K7Q2-9FMX", "--name", "front-1",
                                             "--role", "kiosk")),
                            ("cloud.enrol", ("cloud", "enrol", "--token", "K7Q2-9FMX"))):
            seen = []
            self.server.answers[verb] = lambda _, seen=seen: (seen.append(self.children()),
                                                              refused(1010, "BAD_REQUEST"))[1]
            self.ctl(*words)
            with self.subTest(verb):
                self.assertIn(words[1].encode(), seen[0])
                if not self.emulated:
                    self.assertNotIn(b"9FMX", seen[0])


class ExitCodes(WithHub):
    def code_of(self, *words, **options):
        return self.ctl(*words, **options).returncode

    def test_verdicts(self):
        for code, expected in ((2001, 5), (2010, 5), (1012, 5), (4005, 4), (2003, 6), (1001, 6),
                               (4001, 6), (5000, 1)):
            with self.subTest(code=code):
                self.server.answers["order.get"] = refused(code, "X")
                self.assertEqual(self.code_of("order", "show", "x"), expected)

    def test_a_refusal_is_told_on_stderr_with_detail_and_lines(self):
        self.server.answers["stock.set"] = refused(
            1001, "INSUFFICIENT_STOCK", detail="row is short",
            lines=[{"line": 1, "object_id": "1001", "code": 1001, "need": "2", "avail": "1"}])
        r = self.ctl("stock", "set", "1001", "1")
        self.assertEqual(r.stdout, "")
        for text in ("not enough in stock", "row is short", "need 2", "avail 1"):
            self.assertIn(text, r.stderr)

    def test_a_refusal_is_told_once_and_names_what_is_unknown(self):
        for words, verb, detail in ((("stock", "show", "9999"), "stock.get", "not on the menu"),
                                    (("device", "test", "x"), "device.test", "no such device")):
            with self.subTest(words=words):
                self.server.answers[verb] = refused(1012, "UNKNOWN_OBJECT", detail=detail)
                r = self.ctl(*words)
                self.assertEqual(r.stderr,
                                 f"poshubctl: refused: {detail} (1012 UNKNOWN_OBJECT)\n")
                self.assertEqual(r.returncode, 5)

    def test_orders_that_are_short_are_named(self):
        out = self.ctl("oversell", "list").stdout
        self.assertIn("O1 1", out)
        self.assertNotIn("P1", out)

    def test_a_case_says_why_and_what_can_be_done(self):
        claims = [{"side": "online", "order_id": "O1", "channel": "ONLINE_ORDER", "number": "W001",
                   "line": 2, "qty": "3", "short": "1", "served": False, "waived": False},
                  {"side": "store", "order_id": "P2", "line": 1, "qty": "8", "short": "2",
                   "served": False, "waived": False, "wish": "REFUND"},
                  {"side": "store", "order_id": "P3", "line": 1, "qty": "1", "short": "1",
                   "served": True, "waived": True}]
        self.server.answers["oversell.show"] = ok(case=dict(CASE, claims=claims))
        out = self.ctl("oversell", "show", CASE["case"]).stdout
        for text in ("did not hear each other", "3 more than the 10 there were", "W001",
                     "resolve ov:1:2:1003: O1 refund --line 2",
                     "resolve ov:1:2:1003: O1 substitute --object ID --line 2",
                     "at the till: refund the line (order.refund)",
                     "resolve ov:1:2:1003: P2 waive --note TEXT"):
            self.assertIn(text, out)
        for text in ("P2 refund", "P2 substitute", "resolve ov:1:2:1003: P3"):
            self.assertNotIn(text, out)
        self.server.answers["oversell.show"] = ok(case=dict(CASE, state="CLOSED", claims=claims))
        self.assertNotIn("resolve", self.ctl("oversell", "show", CASE["case"]).stdout)

    def test_a_line_that_is_no_number_moves_no_money(self):
        for line in ("abc", "2x", "0", "-1", "", "99999999999999999999"):
            with self.subTest(line=line):
                r = self.ctl("oversell", "resolve", CASE["case"], "P2", "refund", "--yes",
                             f"--line={line}")
                self.assertEqual((r.returncode, self.server.seen), (2, []), r.stderr)
                self.assertIn("number of a line", r.stderr)

    def test_what_is_no_event_is_a_mistake(self):
        for text in ("7", "7-", "-7", "-1-5", "7--5", "7-5x", "0-5", "7-0", "+7-5", "4294967296-1",
                     "7-9223372036854775808", "7-99999999999999999999999"):
            with self.subTest(text=text):
                r = self.ctl("queue", "show", "--", text)
                self.assertEqual((r.returncode, self.server.seen), (2, []), r.stderr)
                self.assertIn("is no event", r.stderr)

    def test_json_of_what_is_waited_for_is_what_came_of_it(self):
        """Each look at the status is later than the one before."""
        def later(_):
            looks.append(1)
            cloud = {**STATUS["cloud"], "requests": len(looks),
                     "compared": {**STATUS["cloud"]["compared"], "rounds": len(looks)}}
            return 200, {**STATUS, "cloud": cloud}
        self.server.answers["status"] = later
        for words in (("sync", "diff"), ("cloud", "test")):
            with self.subTest(words=words):
                looks = []
                r = self.ctl(*words, "--json")
                self.assertEqual((r.returncode, r.stdout.count("\n")), (0, 1), r.stderr)
                self.assertEqual(json.loads(r.stdout)["cloud"]["requests"], 2)

    def test_a_refund_that_only_the_store_can_make_says_so(self):
        claim = {"side": "store", "order_id": "P2", "line": 1, "q_t": 80, "short_t": 20,
                 "served": False, "deducted": True, "wish": "REFUND", "hlc": [1, 0]}
        self.server.answers["oversell.resolve"] = ok(
            result={"code": 0, "replayed": False, "case": {**CASE, "claims": [claim]}})
        out = self.ctl("oversell", "resolve", CASE["case"], "P2", "refund", "--yes").stdout
        self.assertIn("refund line 1 of order P2 at the till (order.refund)", out)

    def test_a_day_without_books_is_5(self):
        self.server.answers["day.show"] = ok(days=[])
        r = self.ctl("day", "show", "20260101")
        self.assertEqual((r.returncode, r.stdout), (5, ""))
        self.assertIn("no books of 20260101", r.stderr)
        self.assertEqual(self.code_of("day", "show"), 5)
        self.assertEqual(self.code_of("day", "show", "--json"), 5)

    def test_a_negative_count_is_told_how_to_take_away(self):
        for verb in ("set", "plan"):
            with self.subTest(verb=verb):
                r = self.ctl("stock", verb, "1001", "-3")
                self.assertEqual(r.returncode, 2)
                self.assertIn("stock adjust 1001 -3", r.stderr)
        self.assertEqual(self.server.seen, [])

    def test_no_socket_and_nobody_listening_are_3(self):
        r = self.ctl("status", socket=self.dir + "/none")
        self.assertEqual(r.returncode, 3)
        self.assertIn(self.dir + "/none", r.stderr)
        self.assertIn("systemctl status poshub ;", r.stderr)
        dead = self.dir + "/dead"
        Server(dead, Handler).server_close()
        self.assertEqual(self.code_of("status", socket=dead), 3)

    def test_a_full_house_is_not_an_empty_one(self):
        path, waiting = self.dir + "/full", []
        with socket.socket(socket.AF_UNIX) as house, self.assertRaises(BlockingIOError):
            house.bind(path)
            house.listen(1)
            try:
                while True:
                    waiting.append(socket.socket(socket.AF_UNIX))
                    waiting[-1].setblocking(False)
                    waiting[-1].connect(path)
            finally:
                r = self.ctl("status", "--timeout", "1", socket=path)
                for one in waiting:
                    one.close()
        self.assertEqual(r.returncode, 7, r.stderr)
        self.assertIn("no answer within 1 s", r.stderr)

    def test_a_late_answer_is_7(self):
        self.server.answers["status"] = (200, 3.0)
        self.assertEqual(self.code_of("status", "--timeout", "1"), 7)

    def test_degraded_is_8(self):
        self.server.answers["status"] = (200, DEGRADED)
        self.assertEqual(self.code_of("status"), 8)
        self.assertEqual(self.code_of("status", "--json"), 8)

    def test_a_broken_answer_is_1(self):
        for answer in ((404, {}), (500, b"oops"), (200, b"{not json"), (200, b"")):
            with self.subTest(answer=answer):
                self.server.answers["status"] = answer
                self.assertEqual(self.code_of("status"), 1)

    def test_plain_words_of_the_hub_are_passed_on(self):
        self.server.answers["status"] = (503, b"shutting \033down\n")
        self.assertIn("HTTP 503: shutting ?down\n", self.ctl("status").stderr)

    def test_a_failed_check_is_1(self):
        self.server.answers["journal.verify"] = ok(
            result={"ok": False, "events": 3, "bodies": 3, "bad_at": [1, 3], "why": "chain"})
        r = self.ctl("journal", "verify")
        self.assertEqual(r.returncode, 1)
        self.assertIn("chain", r.stdout)
        self.server.answers["device.test"] = ok(result={"online": False, "rules_ok": True})
        self.assertEqual(self.code_of("device", "test", "k", "--json"), 1)
        self.server.answers["device.identify"] = ok(result={"online": False})
        self.assertEqual(self.code_of("device", "identify", "k"), 1)

    def test_usage_is_2(self):
        for words in ((), ("stock",), ("stock", "set", "1001"), ("stock", "show", "1001", "2"),
                      ("stock", "show", "pizza"), ("stock", "set", "1001", "8.55"),
                      ("stock", "adjust", "1001", "2"), ("device", "add", "x", "--role", "boss"),
                      ("order", "list", "--since", "soon"), ("status", "--timeout", "no"),
                      ("day", "show", "today"), ("stock", "list", "--limit", "x"),
                      ("order", "list", "--limit", "51"), ("journal", "tail", "--limit", "0"),
                      ("menu", "show", "--limit", "2"), ("stock", "schedule", "1001"),
                      ("stock", "schedule", "1001", "--at", "6:00"),
                      ("stock", "schedule", "1001", "--at", "24:00"),
                      ("stock", "schedule", "1001", "--at", "06:00", "--off"),
                      ("stock", "schedule", "1001", "--off", "--daily"),
                      ("stock", "return", "1001", "some", "--yes"),
                      ("channel", "set", "1001", "KIOSK"),
                      ("channel", "set", "1001", "BAR", "--weight", "1"),
                      ("channel", "set", "1001", "POS", "--weight", "10001"),
                      ("channel", "set", "1001", "POS", "--limit", "1", "--no-limit"),
                      ("channel", "set", "1001", "POS", "--on-sale", "--sold-out"),
                      ("channel", "policy", "1001", "FAIR"),
                      ("channel", "policy", "1001", "RESERVED", "--release", "24:00"),
                      ("channel", "policy", "1001", "RESERVED", "--rebalance", "86401"),
                      ("status", "--socket", "x" * 200), ("top", "--count", "-1")):
            with self.subTest(words=words):
                self.assertEqual(self.code_of(*words), 2)
        self.assertEqual(self.server.seen, [])

    def test_an_unreadable_menu_is_1(self):
        self.assertEqual(self.code_of("menu", "import", self.dir + "/none"), 1)
        self.assertEqual(self.code_of("menu", "import", self.dir), 1)
        self.assertEqual(self.code_of("menu", "import", "-", stdin="{"), 1)


class Typos(WithHub):
    def test_the_nearest_word_is_suggested(self):
        for words, meant in ((("stok", "list"), '"stock"'), (("stock", "lsit"), '"stock list"'),
                             (("statsu",), '"status"'), (("status", "--jsn"), "--json"),
                             (("order", "list", "--sinec=1h"), "--since"),
                             (("help", "devcie"), '"device"')):
            with self.subTest(words=words):
                r = self.ctl(*words)
                self.assertEqual(r.returncode, 2)
                self.assertIn("Did you mean " + meant, r.stderr)

    def test_an_option_that_is_none_points_to_those_there_are(self):
        r = self.ctl("device", "list", "--limt", "3")
        self.assertEqual(r.returncode, 2)
        self.assertIn("unknown option --limt; --help shows those there are", r.stderr)

    def test_help_says_how_long_a_command_waits(self):
        for words, seconds in (("device list", 10), ("menu import", 120), ("journal verify", 600)):
            with self.subTest(words=words):
                self.assertIn(f"waits {seconds} seconds", self.ctl("help", *words.split()).stdout)

    def test_a_far_word_gets_no_suggestion(self):
        for words in (("xyzzy",), ("help", "nope"), ("help", "stock", "gone")):
            with self.subTest(words=words):
                r = self.ctl(*words)
                self.assertEqual(r.returncode, 2)
                self.assertNotIn("Did you mean", r.stderr)


class Terminal(WithHub):
    """With a pseudo terminal as stdin, stdout and stderr."""

    def run_in_terminal(self, *words, typed=b"", env=None):
        full = {"POSHUB_SOCKET": self.socket, "TERM": "xterm", **(env or {})}
        ours, theirs = pty.openpty()
        child = subprocess.Popen([CTL, *words], stdin=theirs, stdout=theirs, stderr=theirs,
                                 env=full)
        os.close(theirs)
        os.write(ours, typed)
        out = b""
        try:
            while chunk := os.read(ours, 4096):
                out += chunk
        except OSError:
            pass
        os.close(ours)
        return child.wait(30), out.decode()

    def test_colour_on_a_terminal_unless_unwanted(self):
        self.assertIn("\033[32mOK", self.run_in_terminal("status")[1])
        self.assertNotIn("\033", self.run_in_terminal("status", "--no-color")[1])
        self.assertNotIn("\033", self.run_in_terminal("status", env={"NO_COLOR": "1"})[1])

    def test_destructive_asks_and_takes_yes_or_no(self):
        code, out = self.run_in_terminal("device", "revoke", "kiosk-1", typed=b"n\n")
        self.assertEqual((code, self.server.seen), (1, []))
        self.assertIn("cut off at once", out)
        code, _ = self.run_in_terminal("device", "revoke", "kiosk-1", typed=b"y\n")
        self.assertEqual((code, self.server.seen[-1][0]), (0, "device.revoke"))


if __name__ == "__main__":
    unittest.main()
