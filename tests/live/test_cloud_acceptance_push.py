#!/usr/bin/python3
"""What is pushed over TLS, with an authority of the cloud's own and certificates on both sides
(sync-protocol 4.1, 4.4)."""

import os
import sys
import time
import unittest

from cloud_line import CloudLine, need_cloud
from live import CAKE, COLA, ROOT
from uplink_center import make_papers

sys.path.insert(0, os.path.join(ROOT, "tests", "center"))

import broker  # noqa: E402

MOST = 66000  # more than a push may have
WATCH_S, BUSY_S = 3, 0.5
TICKS = os.sysconf("SC_CLK_TCK")


class Push(CloudLine):
    def setUp(self):
        super().setUp()
        self.until("the push line", lambda: self.line()["push"] == "up")

    def test_a_change_is_pushed_and_needs_no_pull(self):
        """A change may be overtaken by the head that tells of it; one of several is not."""
        self.count(CAKE, 9)
        kiosk = self.device("kiosk-1", "stock/#")

        def pulls_of(qty):
            before = self.line()
            self.update(CAKE, real_quantity=qty)
            kiosk.wait(f"stock/sku/{CAKE}", lambda v: v and v["avail"]["KIOSK"] == str(qty))
            after = self.line()
            self.assertGreater(after["pushes"], before["pushes"])
            return after["pulls"] - before["pulls"]
        self.assertEqual(min(pulls_of(qty) for qty in (7, 6, 5)), 0)
        self.assert_equal(CAKE)

    def cpu_s(self):
        """Processor time of the hub so far."""
        with open(f"/proc/{self.store.hub.pid}/stat", encoding="utf-8") as f:
            return sum(int(v) for v in f.read().rsplit(")", 1)[1].split()[11:13]) / TICKS

    def test_a_refused_connection_is_not_asked_again_and_again(self):
        self.cloud.cut()
        self.addCleanup(self.cloud.mend)
        self.until("it is known", lambda: self.line()["push"] == "down")
        self.until("the broker was dialled", lambda: self.line()["push_error"])
        began, until = self.cpu_s(), time.monotonic() + WATCH_S
        while time.monotonic() < until:
            time.sleep(0.1)
        self.assertLess(self.cpu_s() - began, BUSY_S)

    def test_what_is_no_good_changes_nothing_and_is_counted(self):
        self.count(COLA, 9)
        ear = self.ear("poi/1/1/down")
        self.update(COLA, real_quantity=8)
        good = ear.wait("1", "down", lambda m: m["ver"] == self.ver())[0]
        ear.close()
        self.level()
        mouth = self.ear("poi/1/1/ack")
        new = {**good, "ver": good["ver"] + 1, "prev_ver": good["ver"]}
        bad = [("stale", good),
               ("stale", {**good, "data": {**good["data"], "real_quantity": 1}}),
               ("foreign_store", {**new, "poiId": "2"}),
               ("foreign_store", {**new, "brandId": "7"}),
               ("oversized", {**new, "pad": "x" * MOST}),
               ("malformed", '{"brandId":"1","poiId'),
               ("malformed", {**new, "data": {**new["data"], "plan_quantity": 0.05}}),
               ("malformed", {**new, "prev_ver": new["ver"]})]
        before, at = self.line(), self.status()["seq"]
        count = dict(before["refused"])
        for name, message in bad:
            count[name] = count.get(name, 0) + 1
            mouth.say("1", "down", message)
            self.until(name, lambda n=name: self.line()["refused"].get(n) == count[n])
        self.assertEqual(self.line()["refused"], count)
        self.assertEqual((self.line()["applied_ver"], self.status()["seq"], self.real(COLA)),
                         (before["applied_ver"], at, 8))
        self.assert_equal(COLA)

    def test_a_broker_of_another_authority_is_not_believed(self):
        self.count(COLA, 9)
        other = os.path.join(self.cloud.dir, "other")
        os.mkdir(other)
        make_papers(other)
        self.cloud.stop_broker()
        self.cloud.start_broker(paper=os.path.join(other, "center"))
        self.addCleanup(self.right_broker)
        self.until("it is refused", lambda: self.line()["push"] == "down" and
                   "certificate" in self.line()["push_error"])
        self.update(COLA, real_quantity=5)
        self.store.control("sync.now")
        self.level()
        self.assertEqual(self.real(COLA), 5)
        self.right_broker()
        self.until("the push line", lambda: self.line()["push"] == "up")
        self.assert_equal(COLA)

    def right_broker(self):
        self.cloud.stop_broker()
        self.cloud.start_broker()


if __name__ == "__main__":
    need_cloud()
    broker.need_broker()
    unittest.main()
