"""Guests for the live tests: storesim beside the hub, and what it was told (tools/lib/oracle.py).

    load = Load(store, items=[COLA], rate=100)   # counts the items, then starts the guests
    load.wait_more(50)
    self.assertEqual(load.settle(), [])          # no new guests, every request answered, the verdict
"""

import os
import subprocess
import time

from oracle import Acknowledged, judge, order_of, tenths
from store import SOON_S, end

# A store under load has few devices that do the work of many: the limits are another test's matter.
UNLIMITED = {"global": 0, "account": 0, "device": 0}
STOCK = "1000000"  # of each item: counted, and enough for any run
SETTLE_S = int(SOON_S)
NOT_FOUND = 2001
# Guests come fast and eat fast, press twice, send twice. No refunds: they would give back stock
# that the log of acknowledgements knows nothing of.
GUESTS = {"seconds": 36000, "settle": SETTLE_S, "think": 20, "start": 5, "cook": 10, "bump": 5,
          "serve": 5, "refund": 0, "abandon": 0, "double-click": 0.05, "duplicate": 0.05}


class Load:
    """options: of storesim, over GUESTS."""

    def __init__(self, store, items, **options):
        self.store = store
        self.items = items
        self.acknowledged = Acknowledged()
        self.log_path = os.path.join(store.folder, "acked.log")
        self.log_at = 0
        self.report_path = os.path.join(store.folder, "storesim.txt")
        self._count_stock()
        args = [store.program("storesim"), "--broker", f"127.0.0.1:{store.port}", "--devices",
                store.devices_file(), "--acked", self.log_path]
        for name, value in {**GUESTS, **options}.items():
            args += [f"--{name}", str(value)]
        with open(self.report_path, "wb") as report:
            self.process = subprocess.Popen(args, stdout=report)

    def stop(self):
        end(self.process, timeout_s=10)  # without a hub it would wait for answers

    def read(self):
        """Ids of orders that were acknowledged since the last call."""
        touched = set()
        if os.path.exists(self.log_path):
            with open(self.log_path, "rb") as f:
                f.seek(self.log_at)
                for line in f:
                    if not line.endswith(b"\n"):
                        break
                    self.log_at += len(line)
                    touched.add(self.acknowledged.add(line.decode()))
        return touched - {None}

    def wait_more(self, orders, timeout_s=SOON_S):
        """Until so many more orders were acknowledged; their ids."""
        touched, until = set(), time.monotonic() + timeout_s
        while len(touched) < orders:
            if self.process.poll() is not None:
                raise AssertionError(f"storesim ended with {self.process.returncode}")
            if time.monotonic() > until:
                raise AssertionError(f"{len(touched)} orders acknowledged in {timeout_s:g} s")
            time.sleep(0.005)
            touched |= self.read()
        return touched

    def missing(self, order_ids):
        """What is wrong with these orders in the hub's books, one line each."""
        return [fault for order_id in sorted(order_ids)
                for fault in self.acknowledged.judge_order(order_id, self.find(order_id))[2]]

    def settle(self):
        """Ends the guests and judges: faults, one line each."""
        self.process.terminate()
        status = self.process.wait(2 * SETTLE_S)
        self.read()
        verdict = judge(self.acknowledged, self.find, self._taken_t(),
                        self.store.control("journal.verify")["result"])
        if not verdict.acknowledged:
            verdict.faults.append("no order was acknowledged")
        return verdict.faults + (self._wrong() if status else [])

    def find(self, order_id):
        reply = self.store.ask("order.get", order_id=order_id)
        if reply["code"] == NOT_FOUND:
            return None
        if reply["code"] != 0:
            raise AssertionError(f"order.get {order_id}: {reply}")
        return order_of(reply["order"])

    # ---- inside ----
    def _count_stock(self):
        for object_id in self.items:
            item = {"object_type": 2, "object_id": object_id}
            self.store.control("stock.plan", limited=True, plan=STOCK, **item)
            self.store.control("stock.set", qty=STOCK, **item)

    def _taken_t(self):
        return {row["object_id"]: tenths(STOCK) - tenths(row["avail"]["POS"])
                for row in self.store.pages("stock.list", "stocks")
                if row["object_id"] in self.items}

    def _wrong(self):
        with open(self.report_path, encoding="utf-8") as f:
            return [line.rstrip() for line in f if line.startswith("WRONG")] or ["no report"]
