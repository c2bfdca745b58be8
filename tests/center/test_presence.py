#!/usr/bin/python3
"""Whether a store is online, and how its hub stands (sync-protocol 6.1)."""

import itertools

import center
from hub import Hub

A = 1001
HUB, FIND = "/api/v1/poi/hub", "/api/v1/poi/stock/find-to-pos"
POI = itertools.count(400)


class Presence(center.CenterTest):
    OPTIONS = ("--test-faults",)

    def setUp(self):
        self.poi = str(next(POI))
        self.addCleanup(self.clock, 0)

    def clock(self, ms):
        self.assertEqual(self.center.post("/test/faults", {"clock_ms": ms})[0], 200)

    def claimed(self):
        _, answer = self.center.post(f"{HUB}/claim", {"brandId": "1", "poiId": self.poi,
                                                      "box_id": "BX-1", "epoch": 0})
        return Hub(self.center, self.poi, epoch=answer["epoch"])

    def stores(self):
        status, answer = self.center.get(f"{HUB}/stores?brandId=1&poiId={self.poi}")
        self.assertEqual(status, 200)
        return answer["stores"]

    def test_a_hub_that_speaks_is_online_and_offline_after_15_s(self):
        hub = self.claimed()
        hub.sell(A)
        hub.post()
        store = self.stores()[0]
        self.assertEqual(
            (store["online"], store["box_id"], store["acked_seq"], store["head_seq"]),
            (True, "BX-1", 1, 1))
        self.assertIn("seen_at", store)
        self.clock(5000)  # the rest of the 15 s is for a slow box
        self.assertTrue(self.stores()[0]["online"])
        self.clock(16000)
        self.assertFalse(self.stores()[0]["online"])

    def test_each_request_of_the_hub_counts_and_no_merchants(self):
        hub = self.claimed()
        store = {"brandId": "1", "poiId": self.poi}
        for n, (path, body, counts) in enumerate((
                (f"{HUB}/hello", {**store, "box_id": "BX-1", "epoch": 1, "last_seq": 0,
                                  "tail": hub.hashes[0], "applied_ver": 0}, True),
                ("/api/v1/poi/stock/sync-from-pos", hub.batch(1, 0), True),
                (FIND, {**store, "proto": 2, "epoch": 1, "since_ver": 0}, True),
                ("/api/v1/poi/stock/digest", {**store, "epoch": 1, "applied_ver": 0,
                                              "acked_seq": 0, "hot": [], "want": "root"}, True),
                (FIND, store, False),
                ("/api/v1/poi/stock/update", {**store, "object_id": A}, False)), 1):
            self.clock(n * 20000)
            self.assertFalse(self.stores()[0]["online"], path)
            status, answer = self.center.post(path, body)
            self.assertEqual(status, 200, (path, answer))
            self.assertEqual(self.stores()[0]["online"], counts, path)

    def view(self, hub, real, **more):
        body = {**hub.batch(len(hub.events), len(hub.events)), "objects": [{
            "object_type": 2, "object_id": A, "stock_status": 1, "stock_type": 2,
            "plan_quantity": 10, "real_quantity": real}], **more}
        hub.applied_ver = body["applied_ver"]
        status, answer = self.center.post("/api/v1/poi/stock/sync-from-pos", body)
        self.assertEqual(status, 200, answer)
        hub.applied_ver = answer["ver"]
        store = self.stores()[0]
        return store["view_mismatches"], store.get("view_mismatch")

    def test_a_view_that_is_another_is_counted_and_not_taken(self):
        hub = self.claimed()
        hub.set_plan(A, 100)
        hub.set_real(A, 100)
        hub.applied_ver = hub.post()[1]["ver"]
        hub.sell(A, 20)
        self.assertEqual(self.view(hub, 8), (0, None))
        hub.sell(A, 20)
        count, told = self.view(hub, 7.5)
        self.assertEqual((count, told["object_id"]), (1, A))
        self.assertEqual((told["hub"]["real_t"], told["center"]["real_t"]), (75, 60))
        self.assertEqual(hub.row(A)["real_quantity"], 6)

    def test_a_hub_that_does_not_know_all_may_see_something_else(self):
        hub = self.claimed()
        hub.set_plan(A, 100)
        hub.set_real(A, 100)
        hub.applied_ver = hub.post()[1]["ver"]
        hub.sell(A, 20)
        self.assertEqual(self.view(hub, 7, head_seq=9)[0], 0)
        hub.sell(A, 20)
        self.assertEqual(self.view(hub, 7, applied_ver=hub.applied_ver - 1)[0], 0)

    def test_a_store_without_a_hub_was_never_seen(self):
        self.assertEqual(self.stores(), [])
        self.center.post("/api/v1/poi/stock/update", {"brandId": "1", "poiId": self.poi,
                                                      "object_id": A})
        store = self.stores()[0]
        self.assertEqual((store["online"], store["lag"]), (False, 1))
        self.assertNotIn("seen_at", store)


if __name__ == "__main__":
    center.main()
