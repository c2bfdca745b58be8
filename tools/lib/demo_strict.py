"""The second act of tools/demo: the same rush again, with selling rights agreed in advance (STRICT).
The internet goes, each side sells what it holds and not a portion more."""

from store import SOON_S, wait_for

RUSH = {"object_id": "1998", "name": "Saffron special", "price": "24.00"}
PORTIONS = 10
STORE_WANTS, ONLINE_WANTS = 8, 6  # the same guests as in the first act
WEIGHTS = {"POS": 7, "ONLINE_ORDER": 3}
UPDATE = "/api/v1/poi/stock/update"
EXHAUSTED = 1005


class Rush:
    """What a rush came to: of so many portions, by how many guests, who got how many."""

    def __init__(self, name, portions, store, online, wanted):
        self.name, self.portions, self.store, self.online = name, portions, store, online
        self.refused = wanted - store - online
        self.oversold = max(0, store + online - portions)
        self.left = max(0, portions - store - online)


def table(rushes):
    """Lines that set one rush beside the other."""
    yield f"  {'':<22}" + "".join(f"{r.name:>10}" for r in rushes)
    for label, value in (("portions", "portions"), ("sold in the store", "store"),
                         ("sold online", "online"), ("sales refused", "refused"),
                         ("portions oversold", "oversold"), ("rights left over", "left")):
        yield f"  {label:<22}" + "".join(f"{getattr(r, value):>10}" for r in rushes)


class SecondAct:
    def __init__(self, day, store):
        self.day, self.store = day, store

    def rights(self):
        row = self.store.control("stock.get", object_type=2, object_id=RUSH["object_id"])["stock"]
        return float(row["strict"]["rights"]) if "strict" in row else None

    def merchant(self, **what):
        return self.day.cloud.need("POST", UPDATE, {**self.day.place(), "object_type": 2,
                                                    "object_id": int(RUSH["object_id"]), **what})

    def fill_up(self):
        """As many as before the first rush: guests of the day may have had some."""
        row = {"object_type": 2, "object_id": RUSH["object_id"]}
        gone = PORTIONS - float(self.store.control("stock.explain", **row)["real"])
        self.store.control("stock.set", **row, qty=str(PORTIONS))
        self.day.expected_t[2, RUSH["object_id"]] += round(10 * gone)
        self.day.wait_equal(self.store)

    def agree(self):
        """The merchant says who may sell how much of it; the hub acknowledges."""
        self.merchant(mode="STRICT", channel_stocks=[
            {"channel_code": code, "stock_status": 1, "stock_type": 1, "weight": weight}
            for code, weight in WEIGHTS.items()])
        share = PORTIONS * WEIGHTS["POS"] / sum(WEIGHTS.values())
        wait_for("the store's rights", lambda: self.rights() == share, SOON_S, alive=self.store.hub)
        self.day.wait_equal(self.store)
        self.day.say(f"\n       --- the second act: {PORTIONS} {RUSH['name']}, STRICT ---")
        self.day.show(self.store, "stock", "show", RUSH["object_id"])

    def rush(self):
        sold = online = 0
        for n in range(max(STORE_WANTS, ONLINE_WANTS)):
            if n < STORE_WANTS:
                sold += self.day.till_sells(self.store, RUSH, f"strict-{n}", EXHAUSTED)
            if n < ONLINE_WANTS:
                online += self.day.online.buy(RUSH)
        return Rush("STRICT", PORTIONS, sold, online, STORE_WANTS + ONLINE_WANTS)

    def run(self, loose):
        self.fill_up()
        self.agree()
        self.day.cloud.cut()
        self.day.say("\n       --- the internet is cut again ---\n")
        rush = self.rush()
        self.day.say(f"          {RUSH['name']}: the till sells {rush.store} and the online shop "
                     f"{rush.online}; {rush.refused} guests are told at once that there is none left\n")
        self.day.cloud.mend()
        self.store.control("sync.now")
        self.day.wait_equal(self.store)
        self.day.say("\nthe same rush twice")
        for line in table((loose, rush)):
            self.day.say(line)
        cases = [c for c in self.store.control("oversell.list")["cases"]
                 if c["object_id"] == RUSH["object_id"]]
        self.day.check("nothing oversold", rush.oversold == 0 and rush.store + rush.online <= PORTIONS
                       and not cases, f"{rush.store} + {rush.online} of {PORTIONS} sold while neither "
                       "side heard the other; no case")
        return rush
