#!/usr/bin/python3
"""A cloud whose name, connection or handshake gets no answer at all: the store sells, names what is
missing, and ends in time. In a network of its own, since lookups have to go nowhere."""

import shutil
import sys
import tempfile
import unittest

from live import COLA, LiveTest, order_lines
import apart
import uplink_center
from holes import FullPort, MutePort, SilentNames
from store import SOON_S, free_port, wait_for

NO_PORT = 9   # never reached: the name has to be found first


class BlackHole(LiveTest):
    """Each kind of hole is a subclass."""

    @classmethod
    def dig(cls, papers):
        raise unittest.SkipTest("not a hole itself")

    @classmethod
    def setUpClass(cls):
        papers = tempfile.mkdtemp(prefix="papers-")
        cls.addClassCleanup(shutil.rmtree, papers)
        uplink_center.make_papers(papers)
        cls.hole, url = cls.dig(papers)
        cls.addClassCleanup(cls.hole.end)
        cls.conf = {"cloud": {**uplink_center.conf(papers, NO_PORT), "url": url},
                    "limits": {"device": 0, "account": 0}}
        super().setUpClass()

    def sell(self, prefix, n):
        with self.device("till-1") as till:
            for i in range(n):
                self.ok(till.ask("order.place", order_id=f"{prefix}-{i}",
                                 lines=order_lines((COLA, 1))))

    def cloud(self):
        return self.store.get("/v1/status")["cloud"]

    def test_1_the_store_sells_while_the_line_hangs(self):
        self.assertTrue(self.hole.was_asked(SOON_S))
        self.sell("hang", 50)
        self.assertEqual(self.cloud()["link"], "down")

    def test_2_what_is_missing_is_named(self):
        wait_for("a word about it", lambda: self.cloud()["error"], 2 * SOON_S, alive=self.store.hub)
        self.assertIn(self.named, self.cloud()["error"] + self.cloud()["detail"])
        self.sell("named", 5)

    def test_3_the_hub_ends_in_time(self):
        wait_for("another try", lambda: self.hole.was_asked(1) or None, 2 * SOON_S)
        self.assertEqual(self.store.stop_hub(), 0, self.store.log())


class Names(BlackHole):
    named = "no name server answered"

    @classmethod
    def dig(cls, papers):
        return SilentNames(), "https://center.example:8443"


class Connections(BlackHole):
    named = "Failed to connect"

    @classmethod
    def dig(cls, papers):
        hole = FullPort(free_port())
        hole.was_asked = lambda timeout_s: True  # the kernel keeps it to itself
        return hole, f"https://127.0.0.1:{hole.port}"


class Handshakes(BlackHole):
    named = "SSL connection timeout"

    @classmethod
    def dig(cls, papers):
        hole = MutePort(free_port())
        return hole, f"https://127.0.0.1:{hole.port}"


del BlackHole

if __name__ == "__main__":
    if not apart.enter():
        print("skipped: no network of one's own without root or user namespaces")
        sys.exit(77)
    apart.name_server("127.0.0.1")
    unittest.main()
