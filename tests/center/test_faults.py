#!/usr/bin/python3
"""Planted faults, and that a hub gets through all of them with each sale counted once (T32)."""

import http.client
import itertools
import time

import center
from hub import SYNC, Hub

A = 1001
POI = itertools.count(1500)


class Faults(center.CenterTest):
    OPTIONS = ("--test-faults",)

    def setUp(self):
        self.hub = Hub(self.center, str(next(POI)))
        self.hub.open_epoch()
        self.hub.sell(A)

    def plant(self, port=None, **fault):
        body = {"path": SYNC, "count": 1, **fault}
        self.assertEqual(self.center.post("/test/faults", body, port=port), (200, {"code": 0}))

    def counted_once(self):
        status, answer = self.hub.post()
        self.assertEqual((status, answer.get("acked_seq")), (200, 1), answer)
        self.assertEqual(self.hub.row(A)["x"]["H"], -10)
        self.assertEqual(self.stored(), "1")

    def stored(self):
        return self.center.one(f"SELECT count(*) FROM hub_event WHERE poi_id = '{self.hub.poi}'")

    def test_a_status_instead_of_work(self):
        self.plant(fault="status", status=503, count=2)
        for _ in range(2):
            status, answer = self.hub.post()
            self.assertEqual((status, answer["name"]), (503, "PLANTED"))
        self.assertEqual(self.stored(), "0")
        self.counted_once()

    def test_a_delay(self):
        self.plant(fault="delay", delay_ms=400)
        begun = time.monotonic()
        self.counted_once()
        self.assertGreater(time.monotonic() - begun, 0.4)

    def test_an_answer_that_is_lost(self):
        """T32"""
        self.plant(fault="drop")
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            self.hub.post()
        self.assertEqual(self.stored(), "1")
        self.counted_once()

    def test_a_crash_before_and_after_the_commit(self):
        for fault, stored in (("crash-before", "0"), ("crash-after", "1")):
            port = self.center.second()
            self.plant(port=port, fault=fault)
            with self.assertRaises((http.client.HTTPException, ConnectionError)):
                self.center.post(SYNC, self.hub.batch(1, 1), port=port)
            self.assertEqual(self.center.more[-1].wait(center.SOON_S), 3)
            self.assertEqual(self.stored(), stored, fault)
        self.counted_once()

    def test_a_clock_that_is_wrong(self):
        self.plant(clock_ms=-3600000)
        self.addCleanup(self.plant)
        poi = str(next(POI))
        store = {"brandId": "1", "poiId": poi, "object_id": A}
        _, answer = self.center.post("/api/v1/poi/stock/update", store)
        self.plant()
        _, later = self.center.post("/api/v1/poi/stock/update", {**store, "object_id": A + 1})
        apart = (later["row"]["x"]["st"]["status"], answer["row"]["x"]["st"]["status"])
        ms = [int(t) for t in self.center.one(
            "SELECT (extract(epoch FROM max(updated_at) - min(updated_at)) * 1000)::bigint "
            f"FROM poi_item_stock WHERE poi_id = '{poi}'").split()]
        self.assertGreater(ms[0], 3590000, apart)

    def clock_goes_back(self):
        self.plant(clock_ms=-3600000)
        self.addCleanup(self.plant)

    def closes(self):
        """The hub puts A on sale, the center closes it."""
        self.hub.set_status(A, True)
        self.hub.post()
        _, closed = self.center.post("/api/v1/poi/stock/update", {
            "brandId": "1", "poiId": self.hub.poi, "object_id": A, "stock_status": 2})
        self.assertEqual(closed["row"]["stock_status"], 2)
        return closed["row"]["x"]["st"]["status"]

    def opens_again(self):
        """The hub has seen that, and puts A on sale once more."""
        self.hub.set_status(A, True)
        status, answer = self.hub.post(len(self.hub.events))
        self.assertEqual(status, 200, answer)
        return self.hub.row(A)["stock_status"]

    def test_a_clock_set_back_keeps_what_the_hub_did_later(self):
        self.hub.ms = self.closes()[0] + 1000
        self.clock_goes_back()
        self.assertEqual(self.opens_again(), 1)

    def test_a_clock_set_back_is_not_behind_a_stamp_that_it_gave(self):
        """The hub's clock is in 2038: the center's stamp, after the hub's, is ahead of its clock,
        which stands still until the wall clock has caught up."""
        self.hub.ms = 2150000000000
        self.clock_goes_back()
        self.assertGreater(self.closes()[0], time.time() * 1000 + 290000)
        self.assertEqual(self.opens_again(), 1)

    def test_what_is_no_fault_is_refused(self):
        self.assertEqual(self.center.post("/test/faults", {"fault": "flood"})[0], 400)


class NoFaults(center.CenterTest):
    def test_without_the_option_there_is_no_such_path(self):
        self.assertEqual(self.center.post("/test/faults", {"fault": "drop"})[0], 404)


if __name__ == "__main__":
    center.main()
