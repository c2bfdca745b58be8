#!/usr/bin/python3
"""What a merchant decides at the center rules in the store over the hub's configuration, while the
center is there."""

import unittest

import center_line
from live import COLA, order_lines
from store import wait_for

SETTINGS = "/api/v1/poi/hub/settings"
STORE = {"brandId": "1", "poiId": "417"}
CHANNEL_CLOSED, RATE_LIMITED = 1004, 4002


class Settings(center_line.CenterLine):
    def decide(self, **more):
        status, answer = self.center.post(SETTINGS, {**STORE, **more})
        self.assertEqual(status, 200, answer)
        rev = answer["settings"]["rev"]
        wait_for("the hub has it", lambda: self.limits()["rev"] == rev,
                 alive=self.store.hub)
        self.assertEqual(self.metric("cloud_settings_revision"), rev)

    def limits(self):
        return self.store.get("/v1/status")["cloud"]["limits"]

    def place(self, kiosk, order_id):
        return kiosk.ask("order.place", order_id=order_id, lines=order_lines((COLA, 1)))

    def test_a_channel_is_closed_and_opened(self):
        kiosk = self.device("kiosk-1")
        self.ok(self.place(kiosk, "open-1"))
        self.decide(channels={"KIOSK": {"open": False, "expiry_s": 3600}})
        self.code(CHANNEL_CLOSED, self.place(kiosk, "shut-1"))
        self.ok(self.place(kiosk, "open-1"))  # what was placed is known
        self.ok(kiosk.ask("order.cancel", order_id="open-1"))
        self.assertEqual(self.limits()["from"], "center")
        self.decide(channels={"KIOSK": {"open": True, "expiry_s": 3600}})
        reply = self.ok(self.place(kiosk, "shut-1"))
        self.assertGreater(reply["order"]["expires_in_ms"], 3000000)

    def test_a_limit_holds_until_it_is_lifted(self):
        self.decide(limits={"verbs": {"order.list": {"per_s": 1, "burst": 1}}})
        with self.device("till-1") as till:
            codes = [till.ask("order.list")["code"] for _ in range(5)]
            self.assertIn(RATE_LIMITED, codes)
            self.decide()
            self.assertEqual({till.ask("order.list")["code"] for _ in range(5)}, {0})

    def test_a_hub_that_starts_anew_is_told_by_the_hello(self):
        self.decide(limits={"global": {"per_s": 1500, "burst": 3000}})
        rev = self.limits()["rev"]
        self.store.restart_hub()
        self.store.wait_broker()
        wait_for("the hub has it", lambda: self.limits() == {
            "from": "center", "rev": rev, "refused_at": ""}, alive=self.store.hub)

    def test_what_makes_no_sense_changes_nothing(self):
        self.decide(limits={"global": {"per_s": 1400, "burst": 3000}})
        was = self.limits()
        self.center.sql("""UPDATE setting SET rev = rev + 1, data = '{"rev":99,"limits":{"global":"""
                        """{"per_s":-1}}}' WHERE poi_id = '417';"""
                        "UPDATE store SET setting_due = true WHERE poi_id = '417'")
        wait_for("it is named", lambda: self.limits()["refused_at"] == "limits.global.per_s",
                 alive=self.store.hub)
        self.assertEqual((self.limits()["from"], self.limits()["rev"]), ("center", was["rev"]))


if __name__ == "__main__":
    center_line.need_postgresql()
    unittest.main()
