"""A day in a store for tools/demo: limits the stock of some items, lets kiosks, tables, tills and
kitchen screens play the day (storesim), and checks that the books add up afterwards."""

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter

from store import ROOT, Store, StoreError, end

LIMITED = 5        # items a day whose stock is limited
SELLS_OUT = 0.7    # of what the guests will ask for
EXPIRY_S = 2       # unpaid kiosk orders; minutes in a real store
CREW = {"kiosks": 3, "emenus": 2, "tills": 2, "boards": 1}



def tenths(quantity):
    return round(float(quantity) * 10)


class Day:
    def __init__(self, o):
        self.o = o
        self.menu = None
        self.expected_t = Counter()   # (object_type, id) -> real stock in tenths
        self.limited = {}             # object_id -> plan of the day
        self.checks = []
        self.totals = Counter()
        self.accounted = 0            # orders that the books hold as their devices were told
        self.more_states = Counter()  # orders of the running day beside storesim's, by state
        self.more_paid = 0.0

    # ---- talking ----
    def say(self, text=""):
        if not self.o.json:
            print(text, flush=True)

    def check(self, name, good, detail):
        self.checks.append({"check": name, "ok": bool(good), "detail": detail})
        self.say(f" {'ok  ' if good else 'FAIL'}  {name:<18} {detail}")

    # ---- before opening ----
    def build(self):
        """Returns the folder of the programs."""
        if os.environ.get("POSHUB_BUILD"):
            return os.environ["POSHUB_BUILD"]
        self.say("building (tools/deps, cmake --preset release) ...")
        for command in (["tools/deps"], ["cmake", "--preset", "release"],
                        ["cmake", "--build", "--preset", "release"]):
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode:
                raise StoreError(f"{' '.join(command)}:\n{done.stdout[-4000:]}")
        return os.path.join(ROOT, "build", "release")

    def read_inputs(self, scratch):
        """The menu and the orders by day: {date: CSV path}."""
        menu, orders = (os.path.join(ROOT, "tools", "demo-data", f)
                        for f in ("menu.json", "orders.csv"))
        if self.o.orders:
            menu, orders = os.path.join(scratch, "menu.json"), os.path.join(scratch, "orders.csv")
            subprocess.run([sys.executable, os.path.join(ROOT, "tools", "pizza_menu.py"),
                            self.o.orders, "--menu", menu, "--orders", orders], check=True)
        with open(menu, encoding="utf-8") as f:
            self.menu = json.load(f)
        return orders, self.days(orders)

    def days(self, orders):
        """{date: {object_id: tenths wanted}} of the chosen days."""
        wanted = {}
        with open(orders, newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                wanted.setdefault(row["date"], Counter())[row["object_id"]] += tenths(row["qty"])
        if self.o.day == "all":
            return wanted
        day = self.o.day or min(wanted)
        if day not in wanted:
            raise StoreError(f"no orders on {day}; there are {min(wanted)} to {max(wanted)}")
        return {day: wanted[day]}

    def limit_stock(self, store, wanted):
        """The day's most wanted items are limited, below what will be asked for."""
        for object_id in self.limited:
            store.control("stock.plan", object_type=2, object_id=object_id, limited=False)
        self.limited = {i: max(1, int(n * SELLS_OUT / 10)) for i, n in wanted.most_common(LIMITED)}
        for object_id, plan in self.limited.items():
            store.control("stock.plan", object_type=2, object_id=object_id, limited=True,
                          plan=str(plan))
            self.expected_t[2, object_id] = plan * 10

    # ---- the day ----
    def pace(self):
        """Mean times in ms: a real store's seconds, shortened as the day is."""
        seconds = {"think": 40, "start": 30, "cook": 300, "bump": 20, "serve": 60}
        return [x for k, s in seconds.items()
                for x in (f"--{k}", str(max(2, round(s * 1000 / self.o.speed))))]

    def play(self, store, orders, day):
        args = [store.program("storesim"), "--broker", f"127.0.0.1:{store.port}", "--devices",
                store.devices_file(), "--orders", orders, "--day", day, "--speed", str(self.o.speed),
                "--settle", "40", "--double-click", "0.03", "--vanish", "0.002", "--json",
                *self.pace()] + ([] if self.o.json or self.o.day == "all" else ["--show"])
        sim = subprocess.Popen(args, stdout=subprocess.PIPE, text=True)
        report = {}
        try:
            for line in sim.stdout:
                if line.startswith("{"):
                    report = json.loads(line)
                else:
                    self.say(line.rstrip())
            sim.wait()
        finally:
            end(sim)
        if not report:
            raise StoreError(f"storesim ended with {sim.returncode}")
        return report

    # ---- closing ----
    def count_sold(self, sold):
        spu_of = {str(i["object_id"]): str(i.get("spu_id", "")) for i in self.menu["items"]}
        for object_id, qty in sold.items():
            qty_t = tenths(qty)
            self.expected_t[2, object_id] -= qty_t
            if spu_of[object_id]:
                self.expected_t[1, spu_of[object_id]] -= qty_t

    def check_stock(self, store):
        objects = [(2, str(i["object_id"])) for i in self.menu["items"]]
        objects += [(1, str(s["id"])) for s in self.menu["spus"]]
        wrong = []
        for kind, object_id in objects:
            e = store.control("stock.explain", object_type=kind, object_id=object_id)
            real_t = tenths(e["real"])
            terms_t = sum(tenths(t["sum"]) for t in e["terms"])
            if (real_t, terms_t, e["locked"]) != (self.expected_t[kind, object_id], real_t, "0"):
                wrong.append(f"{kind}/{object_id}: real {e['real']}, terms {terms_t / 10:g}, locked "
                             f"{e['locked']}, expected {self.expected_t[kind, object_id] / 10:g}")
        out = sum(1 for i in self.limited if self.expected_t[2, i] == 0)
        self.check("stock equation", not wrong, "; ".join(wrong[:5]) or
                   f"{len(objects)} objects exact, nothing locked, {out} of {len(self.limited)} "
                   "limited items sold out")

    def check_orders(self, report):
        orders = report["orders"]
        names = {"ENDED": "eaten and paid", "CANCELLED": "cancelled", "EXPIRED": "expired",
                 "REFUNDED": "refunded", "REFUSED": "refused"}
        open_orders = orders["total"] - sum(orders[s] for s in names)
        told = ", ".join(f"{orders[s]} {word}" for s, word in names.items())
        self.totals.update(orders)
        self.check("orders", open_orders == 0, f"{orders['total']}: {told}"
                   + (f", {open_orders} NOT ENDED" if open_orders else ""))
        self.check("replies, tickets", report["ok"], "; ".join(report["faults"][:5]) or
                   f"{report['tickets']['bumped']} tickets, each made exactly once; every reply right")

    def check_books(self, store, report):
        closed = store.control("day.close")["result"]
        self.accounted += sum(min(n, report["orders"].get(s, 0)) for s, n in closed["states"].items())
        states = Counter({k: v for k, v in report["orders"].items()
                          if v and k not in ("total", "REFUSED")}) + self.more_states
        paid = sum(float(c["paid"]) for c in closed["channels"].values())
        sold = float(report["sold_amount"]) + self.more_paid
        good = closed["states"] == dict(states) and abs(paid - sold) < 1e-6
        self.check("day closed", good, f"{closed['day']}: {closed['orders']} orders, {paid:.2f} taken"
                   if good else f"books say {closed['states']}, {paid}; devices say {dict(states)}, "
                   f"{sold}")
        v = store.control("journal.verify")["result"]
        self.check("journal", v["ok"] and v["audit_ok"], f"{v['events']} events, chain whole"
                   if v["ok"] and v["audit_ok"] else f"{v['why']} {v['audit_why']}")

    def latency(self, report):
        v = report["verbs"].get("order.place", {})
        if v:
            self.say(f"       order.place        p50 {v['p50_ms']:.1f} ms, p99 {v['p99_ms']:.1f} ms")

    def one_day(self, store, orders, day, wanted):
        self.limit_stock(store, wanted)
        names = {str(i["object_id"]): i["name"] for i in self.menu["items"]}
        self.say(f"\n{day}: " + ", ".join(f"{n} {names[i]}" for i, n in self.limited.items())
                 + " in stock, the rest without limit\n")
        report = self.play(store, orders, day)
        self.count_sold(report["sold"])
        self.say(f"\n{day}, after closing")
        self.check_orders(report)
        self.check_stock(store)
        self.check_books(store, report)
        self.latency(report)

    def run(self):
        with tempfile.TemporaryDirectory(prefix="poshub-demo-") as scratch:
            orders, days = self.read_inputs(scratch)
            self.open(self.build(), orders, days)
        return 0 if all(c["ok"] for c in self.checks) else 1

    def open(self, build, orders, days):
        with Store(build=build, conf=self.conf()) as store:
            self.furnish(store)
            for day, wanted in days.items():
                self.one_day(store, orders, day, wanted)
            self.finish(store)

    def conf(self):
        return {"store": {"name": "Demo"}, "channel.KIOSK": {"expiry_s": EXPIRY_S}}

    def furnish(self, store):
        rev = store.import_menu(self.menu)
        store.add_crew(self.menu["stations"], **CREW)
        self.say(f"store open: hub and broker in {store.folder}, port {store.port}, "
                 f"{len(store.devices)} devices, {rev['items']} items")

    def result(self, good):
        """An order is accounted for when the books hold it in the state its devices were told, or
        when it was refused."""
        books = ("stock equation", "day closed", "journal")
        return {"ok": good, "orders": self.totals["total"],
                "accounted": self.accounted + self.totals["REFUSED"],
                "books_equal": all(c["ok"] for c in self.checks if c["check"] in books),
                "states": {k: v for k, v in self.totals.items() if k != "total"},
                "checks": self.checks}

    def finish(self, store):
        good = all(c["ok"] for c in self.checks)
        if self.o.json:
            print(json.dumps(self.result(good)))
        self.say("\n" + ("everything adds up" if good else "SOMETHING DOES NOT ADD UP"))
        if self.o.stay:
            self.stay(store)

    def stay(self, store):
        till = next(d for d in store.devices if d["role"] == "pos")
        ctl = os.path.join(store.build, "poshubctl")
        self.say(f"""
the store stays open; Ctrl-C closes it. In another terminal:
  {ctl} --socket {store.control_path} status
  {ctl} --socket {store.control_path} order list
  {ctl} --socket {store.control_path} stock list
  curl --unix-socket {store.control_path} http://hub/v1/status
  mosquitto_sub -p {store.port} -i {till['device']} -u {till['device']} -P {till['password']} -v -t 'poshub/v1/#'
  {store.program('storesim')} --broker 127.0.0.1:{store.port} --devices {store.devices_file()} --show""")
        try:
            signal.pause()
        except KeyboardInterrupt:
            self.say("closing")
