"""Judges a hub against the outside log of what it acknowledged.

What a device was told must be in the hub's books afterwards: each acknowledged order, in the
acknowledged state or one that follows from it, with the acknowledged lines; and each item's stock
must have moved by exactly the sum of them. Quantities in tenths.
"""

from collections import Counter, namedtuple

# What an order may have become since it was acknowledged in a state (lan-protocol 4).
FOLLOWS = {
    "PLACED": {"PAYING", "PAID", "ENDED", "CANCELLED", "EXPIRED", "REFUNDED"},
    "PAYING": {"PLACED", "PAID", "ENDED", "CANCELLED", "EXPIRED", "REFUNDED"},
    "PAID": {"ENDED", "REFUNDED"},
    "ENDED": {"REFUNDED"},
    "REFUNDED": set(),
    "CANCELLED": set(),
    "EXPIRED": {"PLACED", "PAID"},  # late payment
}
GAVE_BACK = {"CANCELLED", "EXPIRED"}

# lines: {(line, object_id): tenths}
Order = namedtuple("Order", "order_id state at lines")
Verdict = namedtuple("Verdict", "acknowledged lost duplicated faults")


def tenths(text):
    """Decimal text to tenths, exactly: "8" -> 80, "8.5" -> 85."""
    whole, _, part = text.partition(".")
    if len(part) > 1:
        raise ValueError(f"quantity {text}")
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * 10 + sign * int(part or 0)


def order_of(snapshot, at):
    """An order as the LAN shows it ("order" of a reply or of order.get)."""
    lines = {(line["line"], line["object_id"]): tenths(line["qty"]) for line in snapshot["lines"]}
    return Order(snapshot["order_id"], snapshot["state"], tuple(at[:2]), lines)


class Acknowledged:
    """The newest acknowledged state of every order."""

    def __init__(self):
        self.orders = {}

    def add(self, order):
        known = self.orders.get(order.order_id)
        if known is None or order.at >= known.at:
            self.orders[order.order_id] = order

    def taken_t(self):
        """Per object id: what these orders hold."""
        taken = Counter()
        for order in self.orders.values():
            if order.state not in GAVE_BACK:
                for (_, object_id), qty_t in order.lines.items():
                    taken[object_id] += qty_t
        return taken


def order_fault(told, found):
    """Why the hub's order does not honour what was told, or None."""
    if found is None:
        return "is not in the hub"
    if found.state != told.state and found.state not in FOLLOWS[told.state]:
        return f"was {told.state}, is {found.state}"
    if found.lines != told.lines:
        return f"has lines {found.lines}, not {told.lines}"
    return None


def judge(acknowledged, find, stock_taken_t, journal):
    """acknowledged: Acknowledged, with no request left open; find(order_id): the hub's Order or
    None; stock_taken_t: {object_id: tenths gone from stock} for every counted object; journal: the
    result of journal.verify."""
    lost, duplicated, faults = 0, 0, []
    for told in acknowledged.orders.values():
        fault = order_fault(told, find(told.order_id))
        if fault:
            lost += 1
            faults.append(f"order {told.order_id} {fault}")
    expected = acknowledged.taken_t()
    for object_id, taken in sorted(stock_taken_t.items()):
        if taken == expected[object_id]:
            continue
        faults.append(f"item {object_id}: {taken} tenths taken, {expected[object_id]} acknowledged")
        if taken > expected[object_id]:
            duplicated += 1
        else:
            lost += 1
    if not journal.get("ok"):
        faults.append(f"journal: {journal.get('why')} at {journal.get('bad_at')}")
    if not journal.get("audit_ok"):
        faults.append(f"audit: {journal.get('audit_why')}")
    return Verdict(len(acknowledged.orders), lost, duplicated, faults)
