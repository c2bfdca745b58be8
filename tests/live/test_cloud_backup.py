#!/usr/bin/python3
"""A store with a center comes back from a backup: the center takes its new epoch, its rows are the
center's, and what the lost disk sold is neither sold again nor counted twice (sync-protocol 3.7)."""

import os
import signal
import unittest

from boxes import PLAN, BoxTest
from live import CAKE, COLA, order_lines
from store import wait_for


class CloudBackup(BoxTest):
    def back_up(self, box):
        code, text = box.ctl("backup", "create")
        self.assertEqual(code, 0, text)
        folder = os.path.join(box.store.folder, "backup")
        return os.path.join(folder, max(n for n in os.listdir(folder) if n.endswith(".mdb")))

    def restore(self, box, path, *words):
        code, text = box.ctl("restore", path, "--config", box.store.conf_path, *words)
        self.assertEqual(code, 0, text)
        return text

    def come_back(self, box):
        box.store.start_hub()
        box.store.wait_broker()

    def claimed(self, box, epoch):
        wait_for("a new epoch at the center",
                 lambda: self.epoch_at_the_center() > epoch and not self.fenced(box),
                 alive=box.store.hub)
        self.settled(box)
        self.assertEqual(box.status()["epoch"], self.epoch_at_the_center())

    def fenced(self, box):
        return "PH-1005" in [f["code"] for f in box.status()["faults"]]

    def start(self):
        box = self.box().start()
        box.limit()
        self.enrol(box)
        self.sell(box, "early", 3)
        self.settled(box)
        return box

    def test_a_store_that_can_be_read_claims_and_goes_on(self):
        box = self.start()
        path = self.back_up(box)
        self.sell(box, "told", 2)
        self.settled(box)
        epoch = self.epoch_at_the_center()
        box.wire.cut()
        self.sell(box, "untold", 4)
        box.store.stop_hub(signal.SIGKILL)
        self.restore(box, path)
        box.wire.mend()
        self.come_back(box)
        self.claimed(box, epoch)
        self.assertEqual(box.real(COLA), PLAN - 9)
        self.sell(box, "after", 1)
        self.settled(box)
        self.assertEqual(box.real(COLA), PLAN - 10)

    def test_a_lost_disk_is_made_good_by_the_center(self):
        """No staff has to confirm anything: the claim opens the store."""
        box = self.start()
        path = self.back_up(box)
        self.sell(box, "told", 5)
        self.use(box)
        with self.device("till-1") as till:
            self.ok(till.ask("order.place", order_id="open-1", lines=order_lines((CAKE, 2))))
        self.settled(box)
        epoch = self.epoch_at_the_center()
        box.store.stop_hub(signal.SIGKILL)
        with open(os.path.join(box.store.data_dir, "data.mdb"), "r+b") as f:
            f.write(b"\xff" * 8192)
        self.assertIn("sells nothing new", self.restore(box, path))
        self.come_back(box)
        self.claimed(box, epoch)
        self.assertEqual(box.real(COLA), PLAN - 8)
        with self.device("till-1") as till:
            self.ok(till.ask("order.pay", order_id="open-1", pay_id="p1", tender="CASH",
                             amount="13"))
        self.sell(box, "after", 1)
        self.settled(box)
        self.assertEqual(box.real(COLA), PLAN - 9)
        self.assertEqual(box.real(CAKE), PLAN - 2)

    def test_a_lost_disk_without_a_line_waits_fenced(self):
        box = self.start()
        path = self.back_up(box)
        self.sell(box, "told", 5)
        self.settled(box)
        epoch = self.epoch_at_the_center()
        box.store.stop_hub(signal.SIGKILL)
        os.unlink(os.path.join(box.store.data_dir, "data.mdb"))
        box.wire.cut()
        self.restore(box, path)
        self.come_back(box)
        self.assertTrue(self.fenced(box))
        self.use(box)
        with self.device("till-1") as till:
            self.code(4004, till.ask("order.place", order_id="x", lines=order_lines((COLA, 1))))
        box.wire.mend()
        self.claimed(box, epoch)
        self.assertEqual(box.real(COLA), PLAN - 8)


if __name__ == "__main__":
    unittest.main()
