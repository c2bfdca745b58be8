"""A hub for tests of the center: a journal with its chain, and what batches need of it."""

import hashlib
import json

SYNC = "/api/v1/poi/stock/sync-from-pos"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Hub:
    """Rows are SKUs. H and Lh are kept here, quantities in tenths."""

    def __init__(self, center, poi, epoch=7, first_ms=1769565600000):
        self.center, self.poi, self.epoch = center, poi, epoch
        self.hashes = [sha(f"poshub-journal-v1\n1\n{poi}\n{epoch}\n".encode())]
        self.events, self.rows, self.ms = [], {}, first_ms
        self.applied_ver = self.cv = 0  # cv: of the center's rows that its books have seen

    def open_epoch(self):
        """As enrolment leaves the store at the center."""
        self.center.post("/api/v1/poi/stock/update", {
            "brandId": "1", "poiId": self.poi, "object_id": 999})
        self.center.sql(f"UPDATE store SET cur_epoch = {self.epoch}, acked_seq = 0, "
                        f"tail = '\\x{self.hashes[0]}' WHERE poi_id = '{self.poi}'")
        self.applied_ver = int(self.center.one(
            f"SELECT ver FROM store WHERE poi_id = '{self.poi}'"))

    def event(self, kind, body, whole=True, **more):
        seq = len(self.events) + 1
        head = {"bh": sha(canonical(body)), "cv": self.cv, "hlc": [self.ms, seq], "kind": kind,
                "prev": self.hashes[-1], "seq": seq}
        event = {"seq": seq, "hlc": head["hlc"], "cv": self.cv, "kind": kind, "bh": head["bh"],
                 "hash": sha(canonical(head))}
        if whole:
            event["body"] = body
        event.update(more)
        self.hashes.append(event["hash"])
        self.events.append(event)
        return seq

    def eff(self, object_id, dh=0, dl=0, q_t=0):
        row = self.rows.setdefault(object_id, {"H": 0, "Lh": 0})
        before = dict(row)
        row["H"] += dh
        row["Lh"] += dl
        return {"object_type": 2, "object_id": object_id, "q_t": q_t, "real_b": before["H"],
                "real_a": row["H"], "lk_b": before["Lh"], "lk_a": row["Lh"], **row}

    def sell(self, object_id, q_t=10, kind="ORDER_SELL", order="P1"):
        return self.event(kind, {
            "order_id": order, "channel": "POS", "state": "PAID", "number": "P001",
            "day": "2026-01-28", "device": "till-1", "origin": "LOCAL",
            "lines": [{"line": 1, "object_type": 2, "object_id": object_id, "q_t": q_t,
                       "eff": [self.eff(object_id, dh=-q_t, q_t=q_t)]}]})

    def stamp(self):
        self.ms += 1
        return [self.ms, 0, 1]

    def set_real(self, object_id, q_t, seen_c=0):
        h = self.rows.setdefault(object_id, {"H": 0, "Lh": 0})["H"]
        seq = len(self.events) + 1
        return self.event("STOCK_SET", {
            "object_type": 2, "object_id": object_id, "q_t": q_t, "basis": "sellable",
            "device": "till-1", "stamp": self.stamp(), "eff": [self.eff(object_id)],
            "base": {"id": f"S:{self.epoch}.{seq}", "v_t": q_t, "h": h, "c": seen_c}})

    def set_plan(self, object_id, plan_t):
        return self.event("PLAN_SET", {
            "object_type": 2, "object_id": object_id, "limited": True, "plan_t": plan_t,
            "device": "till-1", "stamp": self.stamp()})

    def set_status(self, object_id, on_sale):
        return self.event("STATUS_SET", {
            "object_type": 2, "object_id": object_id, "on_sale": on_sale, "device": "till-1",
            "stamp": self.stamp()})

    def batch(self, first, last):
        return {"proto": 2, "brandId": "1", "poiId": self.poi, "epoch": self.epoch,
                "first_seq": first, "last_seq": last, "head_seq": len(self.events),
                "prev": self.hashes[first - 1], "applied_ver": self.applied_ver,
                "events": self.events[first - 1:last]}

    def post(self, first=1, last=None):
        return self.center.post(SYNC, self.batch(first, last or len(self.events)))

    def row(self, object_id):
        """The center's."""
        _, page = self.center.get(f"/api/v1/poi/stock/rows?brandId=1&poiId={self.poi}")
        return next(row for row in page["rows"] if row["object_id"] == object_id)
