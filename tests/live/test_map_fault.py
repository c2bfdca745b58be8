#!/usr/bin/python3
"""The store's file cannot be read under the running hub: it ends with the storage code, says why,
and answers nothing; once the file is whole again everything that was acknowledged is there."""

import os
import shutil
import unittest

from live import COLA, LiveTest, order_lines
from store import wait_for

STORAGE = 4


class MapFault(LiveTest):
    def test_a_file_cut_short_ends_the_hub_with_its_code(self):
        kiosk = self.device("kiosk-1")
        self.ok(kiosk.ask("order.place", order_id="cut-1", lines=order_lines((COLA, 1))))
        data = os.path.join(self.store.data_dir, "data.mdb")
        whole = data + ".whole"
        shutil.copyfile(data, whole)
        os.truncate(data, 0)
        kiosk.send("order.place", {"req_id": "cut-2", "order_id": "cut-2",
                                   "lines": order_lines((COLA, 1))})
        wait_for("the end of the hub", lambda: self.store.hub.poll() is not None)
        self.assertEqual(self.store.hub.returncode, STORAGE)
        self.assertIn("SIGBUS", self.store.log())
        self.assertTrue(kiosk.replies.empty())

        os.replace(whole, data)
        self.store.start_hub()
        self.store.wait_broker()
        found = self.store.ask("order.get", order_id="cut-1")
        self.assertEqual(found["order"]["state"], "PLACED", found)


if __name__ == "__main__":
    unittest.main()
