"""Judges a hub against the outside log of what it acknowledged.

What a device was told must be in the hub's books afterwards: each acknowledged order, in a state
that honours every acknowledged verb; and each item's stock must have moved by exactly what the
acknowledged orders hold. Quantities in tenths.

The log is storesim's (--acked): one line per request with an effect, written when its final reply
arrived: `verb req_id order_id code`, order_id `-` where there is none.
"""

from collections import Counter, namedtuple

SOLD = {"PAID", "ENDED", "REFUNDED"}
GAVE_BACK = {"CANCELLED", "EXPIRED"}
STATES = SOLD | GAVE_BACK | {"PLACED", "PAYING"}
# The states an order may be in once this verb was acknowledged for it.
HONOURS = {"order.place": STATES, "order.sell": SOLD, "order.cancel": {"CANCELLED"}}

# lines: {(line, object_id): tenths}; payments: how many
Order = namedtuple("Order", "order_id state lines payments")
Verdict = namedtuple("Verdict", "acknowledged lost duplicated faults")


def tenths(text):
    """Decimal text to tenths, exactly: "8" -> 80, "8.5" -> 85."""
    whole, _, part = text.partition(".")
    if len(part) > 1:
        raise ValueError(f"quantity {text}")
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * 10 + sign * int(part or 0)


def order_of(snapshot):
    """An order as the LAN shows it ("order" of a reply)."""
    lines = {(line["line"], line["object_id"]): tenths(line["qty"]) for line in snapshot["lines"]}
    return Order(snapshot["order_id"], snapshot["state"], lines, len(snapshot["payments"]))


class Acknowledged:
    """order_id -> how often each verb was acknowledged with code 0. A request counts once, however
    often its reply came."""

    def __init__(self):
        self.orders = {}
        self.requests = set()

    def add(self, line):
        """One line of the log. Returns the order_id it is about, or None."""
        verb, req_id, order_id, code = line.split()
        if order_id == "-" or code != "0" or req_id in self.requests:
            return None
        self.requests.add(req_id)
        self.orders.setdefault(order_id, Counter())[verb] += 1
        return order_id

    def judge_order(self, order_id, found):
        """(lost, duplicated, faults) of one order; found: the hub's Order or None."""
        if found is None:
            return 1, 0, [f"order {order_id} is not in the hub"]
        verbs = self.orders[order_id]
        faults = [f"order {order_id}: {verb} was acknowledged, it is {found.state}"
                  for verb in verbs if found.state not in HONOURS.get(verb, STATES)]
        paid = verbs["order.pay"]
        if found.payments < paid:
            faults.append(f"order {order_id}: {paid} payments acknowledged, {found.payments} there")
        return int(bool(faults)), 0, faults

    def judge_settled(self, order_id, found):
        """The same once no request is open: then what was not acknowledged did not happen."""
        lost, _, faults = self.judge_order(order_id, found)
        verbs = self.orders[order_id]
        told = verbs["order.pay"] + verbs["order.sell"]
        if found is None or found.payments <= told:
            return lost, 0, faults
        return lost, 1, faults + [f"order {order_id}: {found.payments} payments, {told} acknowledged"]


def holds_t(orders):
    """Per object id: what these orders took out of stock."""
    taken = Counter()
    for order in orders:
        if order.state not in GAVE_BACK:
            for (_, object_id), qty_t in order.lines.items():
                taken[object_id] += qty_t
    return taken


def judge(acknowledged, find, stock_taken_t, journal):
    """At the end, with no request open. find(order_id): the hub's Order or None; stock_taken_t:
    {object_id: tenths gone from stock} of every counted object; journal: result of journal.verify.
    """
    lost, duplicated, faults, orders = 0, 0, [], []
    for order_id in acknowledged.orders:
        found = find(order_id)
        if found:
            orders.append(found)
        missing, double, why = acknowledged.judge_settled(order_id, found)
        lost, duplicated, faults = lost + missing, duplicated + double, faults + why
    expected = holds_t(orders)
    for object_id, taken in sorted(stock_taken_t.items()):
        if taken != expected[object_id]:
            faults.append(f"item {object_id}: {taken} tenths taken, acknowledged orders hold "
                          f"{expected[object_id]}")
            lost += taken < expected[object_id]
            duplicated += taken > expected[object_id]
    if not journal.get("ok"):
        faults.append(f"journal: {journal.get('why')} at {journal.get('bad_at')}")
    if not journal.get("audit_ok"):
        faults.append(f"audit: {journal.get('audit_why')}")
    return Verdict(len(acknowledged.orders), lost, duplicated, faults)
