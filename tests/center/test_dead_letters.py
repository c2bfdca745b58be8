#!/usr/bin/python3
"""Events that were put aside can be seen, and judged again (sync-protocol 3.5)."""

import itertools

import center
from hub import Hub

A = 1001
DEAD = "/api/v1/poi/dead-letters"
POI = itertools.count(1300)


class DeadLetters(center.CenterTest):
    def setUp(self):
        self.hub = Hub(self.center, str(next(POI)))
        self.hub.open_epoch()
        self.store = {"brandId": "1", "poiId": self.hub.poi}

    def list(self, more=""):
        status, answer = self.center.get(f"{DEAD}?brandId=1&poiId={self.hub.poi}{more}")
        self.assertEqual((status, answer["code"]), (200, 0), answer)
        return answer

    def replay(self, number, **more):
        return self.center.post(f"{DEAD}/{number}/replay", {**self.store, **more})

    def poison(self, n):
        """n sales, of which the tables refuse the first; the constraint's table."""
        shard = int(self.center.one(f"SELECT shard FROM store WHERE poi_id = '{self.hub.poi}'"))
        table = f"hub_event_{shard // 64:02d}"
        self.center.sql(f"ALTER TABLE {table} ADD CONSTRAINT poison CHECK (poi_id <> "
                        f"'{self.hub.poi}' OR seq <> 1)")
        self.addCleanup(self.center.sql,
                        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS poison")
        for _ in range(n):
            self.hub.sell(A)
        self.assertEqual(self.hub.post()[1]["dead"], [{"seq": 1, "reason": "CONSTRAINT"}])
        return table

    def test_the_list_is_newest_first_with_the_raw_event(self):
        for _ in range(3):
            self.hub.event("XYZ", {"n": 1})
        self.hub.post()
        answer = self.list()
        self.assertEqual([(d["epoch"], d["seq"], d["reason"], d["closed"])
                          for d in answer["dead"]],
                         [(7, seq, "UNKNOWN_KIND", False) for seq in (3, 2, 1)])
        self.assertEqual(answer["dead"][0]["raw"], self.hub.events[2])
        page = self.list("&limit=2")
        self.assertEqual((len(page["dead"]), page["more"]), (2, True))
        rest = self.list(f"&before={page['dead'][1]['id']}")
        self.assertEqual(([d["seq"] for d in rest["dead"]], rest["more"]), ([1], False))

    def test_a_replay_stores_the_event_and_leaves_the_counters(self):
        table = self.poison(2)
        before = self.hub.row(A)
        number = self.list()["dead"][0]["id"]
        self.assertEqual(self.replay(number),
                         (200, {"code": 0, "closed": False, "reason": "CONSTRAINT"}))
        self.center.sql(f"ALTER TABLE {table} DROP CONSTRAINT poison")
        self.assertEqual(self.replay(number), (200, {"code": 0, "closed": True}))
        self.assertEqual(self.hub.row(A), before)
        self.assertEqual(self.center.one("SELECT count(*) FROM hub_event WHERE poi_id = "
                                         f"'{self.hub.poi}'"), "2")
        self.assertEqual(self.list()["dead"], [])
        self.assertEqual([d["closed"] for d in self.list("&closed=1")["dead"]], [True])
        self.assertEqual(self.replay(number)[0], 404)

    def test_what_is_still_no_good_stays(self):
        self.hub.event("XYZ", {"n": 1})
        self.hub.post()
        number = self.list()["dead"][0]["id"]
        self.assertEqual(self.replay(number)[1]["reason"], "UNKNOWN_KIND")
        self.assertEqual(len(self.list()["dead"]), 1)

    def test_letters_of_others_and_bad_numbers_are_not_found(self):
        self.hub.event("XYZ", {"n": 1})
        self.hub.post()
        number = self.list()["dead"][0]["id"]
        self.assertEqual(self.replay(number, poiId="1")[0], 404)
        self.assertEqual(self.replay("x1")[0], 400)
        for path in (f"{DEAD}//replay", f"{DEAD}/1/2/replay", f"{DEAD}/1/replay/"):
            self.assertEqual(self.center.post(path, self.store)[0], 404, path)


if __name__ == "__main__":
    center.main()
