#!/usr/bin/python3
"""A real hub and a real product center: what the store sells is in the center's numbers, also after
the wire was cut and the hub killed."""

import signal
import unittest

import center_line
from live import CAKE, COLA, MARGHERITA, order_lines
from load import Load
from store import wait_for


class RealCenter(center_line.CenterLine):
    def sell(self, prefix, n):
        with self.device("till-1") as till:
            for i in range(n):
                self.ok(till.ask("order.sell", order_id=f"{prefix}-{i}",
                                 lines=order_lines((MARGHERITA, 1), (COLA, 2)),
                                 payments=[{"pay_id": f"{prefix}-{i}", "tender": "CASH",
                                            "amount": "18.7500"}]))

    def test_what_is_sold_is_in_the_centers_numbers(self):
        self.sell("s", 10)
        self.assert_books_equal()

    def test_a_cut_wire_loses_nothing(self):
        self.sell("before", 3)
        self.front.cut()
        self.sell("cut", 20)
        wait_for("the hub notices", lambda: self.store.get("/v1/status")["cloud"]["link"] == "down")
        self.front.mend()
        self.sell("after", 3)
        self.assert_books_equal()

    def test_a_hub_killed_in_a_rush_counts_once(self):
        load = Load(self.store, [CAKE], rate=60)
        self.addCleanup(load.stop)
        for _ in range(2):
            load.wait_more(40)
            self.store.restart_hub(signal.SIGKILL)
            self.store.wait_broker()
        load.stop()
        self.assert_books_equal()


if __name__ == "__main__":
    center_line.need_postgresql()
    unittest.main()
