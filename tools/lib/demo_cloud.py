"""The day of tools/demo with a cloud: online guests, a cut line in the rush, the same last portions
sold on both sides, the replay, and what becomes of the oversold ones."""

import csv
import itertools
import os
import subprocess
import threading
import time
from collections import Counter

from cloud import Cloud, CloudError
from demo_day import Day, tenths
from demo_strict import PORTIONS, RUSH, Rush, SecondAct
from store import SOON_S, Store, wait_for

BOX = "BX-DEMO"
POI = 417
LAST = 10           # portions of the special that both sides sell while the line is cut
STORE_SELLS, ONLINE_SELLS = 8, 6
CUT_AT, ONLINE_END, MEND_AT = 0.3, 0.6, 0.7  # parts of the day
ONLINE_EVERY_S = 0.4

SPECIAL = {"object_id": "1999", "name": "Truffle special", "price": "24.00"}


class Online:
    """The online shop: guests who order and pay at the center."""

    def __init__(self, cloud, brand="1", poi=str(POI)):
        self.cloud, self.brand, self.poi = cloud, brand, poi
        self.numbers = itertools.count(1)
        self.paid, self.refunded = [], []  # order ids
        self.refused = self.specials = 0

    def buy(self, item):
        """One portion. True: it is paid."""
        order_id = f"web-{next(self.numbers)}"
        status, answer = self.cloud.ask("POST", "/api/v1/orders", {
            "brandId": self.brand, "poiId": self.poi, "order_id": order_id, "channel": "ONLINE_ORDER",
            "user_id": "guest", "lines": [{"line": 1, "object_type": 2,
                                           "object_id": item["object_id"], "name": item["name"],
                                           "qty": 1, "unit_price": item["price"]}]})
        if status != 200:
            if status != 409:
                raise CloudError(f"order {order_id}: {status} {answer}")
            self.refused += 1
            return False
        self.change(order_id, action="pay", pay_id=f"{order_id}-pay", amount=answer["order"]["amount"])
        self.paid.append(order_id)
        return True

    def change(self, order_id, **what):
        return self.cloud.need("PUT", f"/api/v1/orders/{order_id}",
                               {"brandId": self.brand, "poiId": self.poi, **what})

    def kept(self):
        """Paid, and not refunded."""
        return [order_id for order_id in self.paid if order_id not in self.refunded]

    def order(self, order_id):
        return self.cloud.need("GET", f"/api/v1/orders/{order_id}?brandId={self.brand}"
                               f"&poiId={self.poi}")["order"]


class Plot(threading.Thread):
    """What happens beside the store's own day, by the clock of the day."""

    def __init__(self, demo, store, cloud, online, length_s):
        super().__init__(daemon=True)
        self.demo, self.store, self.cloud, self.online = demo, store, cloud, online
        self.began, self.length_s = time.monotonic(), length_s
        self.failed = None
        self.waited, self.replayed_s = 0, None

    def run(self):
        try:
            self.calm(CUT_AT)
            self.cut()
            self.rush()
            self.calm(ONLINE_END)
            self.sleep_until(MEND_AT)
            self.mend()
        except Exception as e:  # pylint: disable=broad-except
            self.failed = e

    def part(self):
        return (time.monotonic() - self.began) / self.length_s

    def sleep_until(self, part):
        while self.part() < part:
            time.sleep(0.02)

    def calm(self, until):
        """Guests order online what there is without limit."""
        dishes = itertools.cycle(self.demo.plain_dishes())
        while self.part() < until:
            dish = next(dishes)
            if self.online.buy(dish):
                self.demo.say(f"          online     {self.online.paid[-1]:<6} 1x {dish['name']}, paid")
            time.sleep(ONLINE_EVERY_S)

    def cut(self):
        self.cloud.cut()
        self.demo.say("\n       --- the internet is cut ---\n")

    def rush(self):
        """Both sides see the same last portions."""
        for n in range(STORE_SELLS):
            self.demo.till_sells(self.store, SPECIAL, n)
        for _ in range(ONLINE_SELLS):
            self.online.specials += self.online.buy(SPECIAL)
        self.demo.say(f"          {SPECIAL['name']}: of {LAST} the till sells {STORE_SELLS} and the online "
                      f"shop {self.online.specials}: neither hears the other\n")

    def mend(self):
        self.demo.show(self.store, "sync", "status")
        status = self.store.get("/v1/status")
        self.waited = status["cloud"]["waiting"]
        self.demo.say(f"\n       --- the line is back: {self.waited} events wait ---\n")
        self.cloud.mend()
        began = time.monotonic()
        self.store.control("sync.now")
        wait_for("the replay", lambda: self.store.get("/v1/status")["cloud"]["acked"] >=
                 [status["epoch"], status["seq"]], SOON_S, alive=self.store.hub)
        self.replayed_s = time.monotonic() - began


class CloudDay(Day):
    def __init__(self, o):
        super().__init__(o)
        self.cloud = self.online = None
        self.special_paid = 0.0

    # ---- opening ----
    def open(self, build, orders, days):
        for special in (SPECIAL, RUSH):
            self.menu["items"].append({**special, "station": self.menu["stations"][0]})
        with Cloud(build=build) as self.cloud:
            conf = {**self.conf(), "cloud": self.cloud.conf(BOX)}
            with Store(build=build, conf=conf) as store:
                self.furnish(store)
                self.enrol(store)
                for day, wanted in days.items():
                    self.one_day(store, orders, day, wanted)
                self.finish(store)

    def ctl(self, store, *words):
        """What poshubctl prints."""
        done = subprocess.run([os.path.join(store.build, "poshubctl"), "--socket", store.control_path,
                               "--no-color", *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout.rstrip()

    def show(self, store, *words):
        self.say(f"\n  $ poshubctl {' '.join(words)}")
        rc, text = self.ctl(store, *words)
        for line in text.splitlines():
            self.say(f"  {line}")
        self.say()
        return rc

    def enrol(self, store):
        rc, text = self.ctl(store, "cloud", "enrol", "--token", self.cloud.token(POI))
        self.check("enrolled", rc == 0, f"box {BOX}: key made here, certificate by the center"
                   if rc == 0 else text)
        wait_for("the center hears the store",
                 lambda: store.get("/v1/status")["cloud"]["link"] == "up", SOON_S, alive=store.hub)

    # ---- the day ----
    def plain_dishes(self):
        """Items that anybody may order online: no options to choose, no parts, no limit."""
        kept = {SPECIAL["object_id"], RUSH["object_id"], *self.limited}
        return [i for i in self.menu["items"] if not i.get("groups") and i["object_id"] not in kept
                and not i.get("step") and i.get("station")]

    def place(self):
        return {"brandId": "1", "poiId": str(POI)}

    def limit_stock(self, store, wanted):
        super().limit_stock(store, wanted)
        for item, portions in ((SPECIAL, LAST), (RUSH, PORTIONS)):
            row = {"object_type": 2, "object_id": item["object_id"]}
            store.control("stock.plan", **row, limited=True, plan=str(portions))
            store.control("stock.set", **row, qty=str(portions))
            self.expected_t[2, item["object_id"]] = portions * 10
        self.wait_equal(store)

    def till_sells(self, store, item, name, refusal=0):
        """One portion, paid and served. False: it was refused with that code."""
        order_id = f"till-{name}-{len(self.checks)}"
        answer = store.ask("order.sell", order_id=order_id, channel="POS",
                           lines=[{"line": 1, "object_id": item["object_id"], "qty": "1"}],
                           payments=[{"pay_id": order_id, "tender": "CASH", "amount": item["price"]}])
        if answer["code"] == refusal != 0:
            return False
        if answer["code"] != 0:
            raise CloudError(f"order {order_id}: {answer}")
        store.control("order.serve", order_id=order_id)
        self.more_states["ENDED"] += 1
        self.more_paid += float(item["price"])
        self.expected_t[2, item["object_id"]] -= 10
        return True

    def wait_equal(self, store):
        """The center has all that the store knows, and the store all that the center knows."""
        def equal():
            s = store.get("/v1/status")
            c = s["cloud"]
            return c.get("acked") == [s["epoch"], s["seq"]] and c["applied_ver"] == c["head_ver"]
        wait_for("both sides have everything", equal, SOON_S, alive=store.hub)

    def length_s(self, orders, day):
        with open(orders, newline="", encoding="utf-8") as f:
            times = [[int(part) for part in row["time"].split(":")]
                     for row in csv.DictReader(f) if row["date"] == day]
        seconds = [h * 3600 + m * 60 + s for h, m, s in times]
        return (max(seconds) - min(seconds)) / self.o.speed

    def play(self, store, orders, day):
        self.online = Online(self.cloud)
        plot = Plot(self, store, self.cloud, self.online, self.length_s(orders, day))
        plot.start()
        report = super().play(store, orders, day)
        plot.join()
        if plot.failed:
            raise plot.failed
        self.wait_equal(store)
        self.plot = plot
        self.say("\nthe line is back")
        self.check("replay", True, f"{plot.waited} events waited; the center had them all "
                   f"{plot.replayed_s:.1f} s after it could be reached")
        sold = float(report["sold"].get(SPECIAL["object_id"], 0)) + STORE_SELLS + self.online.specials
        self.settle_oversell(store, sold - LAST)
        loose = Rush("LOOSE", LAST, STORE_SELLS, self.online.specials, STORE_SELLS + ONLINE_SELLS)
        SecondAct(self, store).run(loose)
        self.serve_online(store)
        self.more_states += Counter(ENDED=len(self.online.kept()), REFUNDED=len(self.online.refunded))
        return report

    def serve_online(self, store):
        """What the kitchen has not finished is finished, and every online guest gets the food."""
        for order_id in self.online.kept():
            for t in store.control("order.trace", order_id=order_id)["tickets"]:
                for verb in ("ticket.start", "ticket.ready", "ticket.bump"):
                    store.ask(verb, order_id=order_id, station=t["station"], round=t["round"])
            store.control("order.serve", order_id=order_id)
            for line in self.online.order(order_id)["lines"]:
                self.expected_t[2, str(line["object_id"])] -= tenths(line["qty"])
        self.wait_equal(store)

    # ---- closing ----
    def check_orders(self, report):
        super().check_orders(report)
        orders = [self.online.order(order_id) for order_id in self.online.kept()]
        served = sum(1 for o in orders if o["served"])
        self.check("online orders", served == len(orders) > 0,
                   f"{len(self.online.paid)} paid online, {len(self.online.refunded)} refunded, {served} "
                   "cooked and served here, and the center knows")

    def check_stock(self, store):
        super().check_stock(store)
        self.check_both_sides(store)

    def settle_oversell(self, store, over):
        """One case: what was sold of the special is more than there was; whose orders are short."""
        case = wait_for("the case", lambda: self.case(store), SOON_S, alive=store.hub)
        shorts = {c["order_id"]: float(c["short"]) for c in case["claims"] if float(c["short"])}
        self.check("oversold", float(case["over"]) == over == sum(shorts.values()),
                   f"{case['over']} of {SPECIAL['name']}: {', '.join(shorts)} are short; {case['cause']}")
        self.show(store, "oversell", "show", case["case"])
        for order_id in shorts:
            rc, text = self.ctl(store, "oversell", "resolve", case["case"], order_id, "refund", "--yes")
            self.check("refunded", rc == 0, " ".join(text.split()))
            self.online.refunded.append(order_id)
        wait_for("the case to close", lambda: self.case(store)["state"] == "CLOSED", SOON_S,
                 alive=store.hub)
        self.check("resolved", True, "the case closed by its own numbers")
        self.wait_equal(store)

    def case(self, store):
        cases = store.control("oversell.list")["cases"]
        return cases[0] if cases else None

    def check_both_sides(self, store):
        rc = self.show(store, "sync", "diff")
        page = self.cloud.need("GET", f"/api/v1/poi/stock/rows?brandId=1&poiId={POI}")
        theirs = {str(r["object_id"]): r["real_quantity"] for r in page["rows"]
                  if r["object_type"] == 2 and r["stock_type"] == 2}
        ours = {i: store.control("stock.explain", object_type=2, object_id=i)["real"] for i in theirs}
        names = {str(i["object_id"]): i["name"] for i in self.menu["items"]}
        self.say(f"  {'item':<24} {'store':>8} {'cloud':>8}")
        for object_id in sorted(theirs):
            self.say(f"  {names[object_id]:<24} {ours[object_id]:>8} {theirs[object_id]:>8}")
        same = all(float(ours[i]) == theirs[i] for i in theirs)
        self.check("both sides", rc == 0 and same, f"{len(theirs)} counted items equal, and so is every"
                   " digest")
