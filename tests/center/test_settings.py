#!/usr/bin/python3
"""What a merchant decides for a store's hub goes down with its next hello or batch, once."""

import itertools

import center
from hub import SYNC, Hub

HUB = "/api/v1/poi/hub"
POI = itertools.count(700)
LIMITS = {"device": {"per_s": 5, "burst": 10}, "verbs": {"order.list": {"per_s": 1, "burst": 2}}}
CHANNELS = {"KIOSK": {"open": False, "expiry_s": 600}}


class Settings(center.CenterTest):
    def setUp(self):
        self.store = {"brandId": "1", "poiId": str(next(POI))}

    def decide(self, **more):
        status, answer = self.center.post(f"{HUB}/settings", {**self.store, **more})
        self.assertEqual(status, 200, answer)
        return answer["settings"]

    def decided(self):
        query = "&".join(f"{k}={v}" for k, v in self.store.items())
        return self.center.get(f"{HUB}/settings?{query}")[1]["settings"]

    def hub(self):
        _, answer = self.center.post(f"{HUB}/claim", {**self.store, "box_id": "B", "epoch": 0})
        return Hub(self.center, self.store["poiId"], epoch=answer["epoch"])

    def hello(self, hub):
        status, answer = self.center.post(f"{HUB}/hello", {
            **self.store, "box_id": "B", "epoch": hub.epoch, "last_seq": 0,
            "tail": hub.hashes[0], "applied_ver": 0})
        self.assertEqual(status, 200, answer)
        return answer.get("settings")

    def beat(self, hub):
        status, answer = self.center.post(SYNC, hub.batch(1, 0))
        self.assertEqual(status, 200, answer)
        return answer.get("settings")

    def test_nothing_is_decided_at_first(self):
        self.assertEqual(self.decided(), {"rev": 0, "limits": {}, "channels": {}})
        hub = self.hub()
        self.assertIsNone(self.hello(hub))
        self.assertIsNone(self.beat(hub))

    def test_a_decision_is_kept_and_told(self):
        hub = self.hub()
        self.assertIsNone(self.hello(hub))
        one = self.decide(limits=LIMITS, channels=CHANNELS)
        self.assertEqual(one, {"rev": 1, "limits": LIMITS, "channels": CHANNELS})
        self.assertEqual(self.decided(), one)
        self.assertEqual([self.beat(hub), self.beat(hub)], [one, None])
        self.assertEqual([self.hello(hub), self.hello(hub)], [one, one])
        two = self.decide(channels={"POS": {"open": True}})
        self.assertEqual(two, {"rev": 2, "limits": {"verbs": {}}, "channels": {"POS": {"open": True}}})
        self.assertEqual([self.hello(hub), self.beat(hub)], [two, None])

    def test_a_decision_before_there_is_a_hub_waits_for_it(self):
        one = self.decide(channels=CHANNELS)
        self.assertEqual(self.hello(self.hub()), one)

    def test_what_is_out_of_range_changes_nothing(self):
        one = self.decide(limits=LIMITS)
        for at, more in (("limits.device.per_s", {"limits": {"device": {"per_s": -1, "burst": 1}}}),
                         ("channels.POS.expiry_s", {"channels": {"POS": {"expiry_s": 604801}}}),
                         ("limits", {"limits": 7})):
            status, answer = self.center.post(f"{HUB}/settings", {**self.store, **more})
            self.assertEqual((status, answer["detail"]), (400, at))
        self.assertEqual(self.decided(), one)


if __name__ == "__main__":
    center.main()
