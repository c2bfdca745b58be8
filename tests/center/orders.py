"""A hub that takes orders, for tests of the center: the events of whole lives of orders."""

from hub import Hub


class Shop(Hub):
    """Every line is one SKU; what a line holds is kept here, quantities in tenths."""

    def __init__(self, center, poi, **more):
        super().__init__(center, poi, **more)
        self.orders = {}
        self.c_t = 0  # what the hub has seen of the center's counter, at cv

    def limited(self, object_id, q_t):
        """A limited row that was counted."""
        self.set_plan(object_id, q_t)
        return self.set_real(object_id, q_t)

    def tell(self, kind, order, lines=None, *, kitchen="NONE", **body):
        state = self.orders[order]["state"]
        told = {"order_id": order, "channel": "POS", "state": state, "due_e4": 100000,
                "kitchen": kitchen, "device": "till-1", **body}
        if lines is not None:
            told["lines"] = lines
        more = {"clk": "suspect"} if body.pop("suspect", False) else {}
        return self.event(kind, told, **more)

    def whole(self, lines, dh, dl):
        return [{"line": n, "object_type": 2, "object_id": object_id, "q_t": q_t, "round": 1,
                 "name": f"item {object_id}", "price_e4": 10000, "unit_e4": 10000,
                 "amount_e4": 1000 * q_t,
                 "eff": [self.eff(object_id, dh=dh * q_t, dl=dl * q_t, q_t=q_t)]}
                for n, (object_id, q_t) in lines.items()]

    def open(self, kind, order, lines, state, dh, dl, **body):
        self.ms += 10
        self.orders[order] = {"state": state, "lines": dict(lines)}
        return self.tell(kind, order, self.whole(lines, dh, dl), day="20260128", number="P001",
                         origin="HUB", adjust=[], **body)

    def place(self, order, lines, **body):
        return self.open("ORDER_LOCK", order, lines, "PLACED", 0, 1, cause="PLACE", **body)

    def sold(self, order, lines, **body):
        return self.open("ORDER_SELL", order, lines, "PAID", -1, 0,
                         payments=[{"pay_id": "p1", "amount_e4": 100000}], **body)

    def moved(self, order, dh, dl, lines=None):
        held = self.orders[order]["lines"] if lines is None else lines
        return [{"line": n, "q_t": q_t,
                 "eff": [self.eff(self.orders[order]["lines"][n][0], dh=dh * q_t, dl=dl * q_t,
                                  q_t=q_t)]}
                for n, q_t in ((n, v[1] if isinstance(v, tuple) else v) for n, v in held.items())]

    def add(self, order, lines):
        self.orders[order]["lines"].update(lines)
        return self.tell("ORDER_LOCK", order, self.whole(lines, 0, 1), day="20260128",
                         number="P001", origin="HUB", adjust=[], cause="ADD")

    def pay(self, order):
        self.orders[order]["state"] = "PAID"
        return self.tell("ORDER_DEDUCT", order, self.moved(order, -1, -1),
                         payments=[{"pay_id": "p1", "amount_e4": 100000}])

    def cancel(self, order, cause="CANCEL"):
        self.orders[order]["state"] = "CANCELLED" if cause == "CANCEL" else "EXPIRED"
        return self.tell("ORDER_UNLOCK", order, self.moved(order, 0, -1), cause=cause)

    def void(self, order, line, q_t):
        return self.tell("ORDER_UNLOCK", order, self.moved(order, 0, -1, {line: q_t}),
                         cause="VOID", void_id="v1")

    def refund(self, order, lines, amount_e4=50000, state="PAID"):
        self.orders[order]["state"] = state
        return self.tell("ORDER_REFUND", order, self.moved(order, 1, 0, lines),
                         amount_e4=amount_e4, refund_id="r1")

    def serve(self, order, round_no=1, kitchen="SERVED"):
        return self.tell("ORDER_SERVED", order, kitchen=kitchen, round=round_no)
