#!/usr/bin/python3
"""Who may do what at the control socket is asked of the kernel; and the journal says who did it."""

import grp
import json
import os
import pwd
import subprocess
import sys
import unittest

from live import CAKE, COLA, LiveTest, order_lines
from store import end, wait_for

CHANGERS, READERS = "games", "news"  # groups that every Debian has; nobody's here
NOT_PERMITTED, OK = 4, 0
# Holds connections with half a request, as many as it gets.
HOLDER = """
import socket, sys
held = []
try:
    while len(held) < 100:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(1)
        s.connect(sys.argv[1])
        s.send(b"GET /v1/st")
        held.append(s)
except OSError:
    pass
print(len(held), flush=True)
sys.stdin.read()
"""


def gid(name):
    return grp.getgrnam(name).gr_gid


class Rights(LiveTest):
    conf = {"control": {"change_group": CHANGERS, "read_group": READERS}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for folder in (cls.store.folder, cls.store.run_dir):
            os.chmod(folder, 0o755)

    def ctl(self, *words, groups=(), user="nobody"):
        """poshubctl as somebody else, with these groups beside the main one."""
        return subprocess.run([self.store.program("poshubctl"), "--socket",
                               self.store.control_path, *words], capture_output=True, text=True,
                              timeout=20, user=user, group=pwd.getpwnam(user).pw_gid,
                              extra_groups=list(groups), cwd="/")

    def events(self, kind):
        events = self.store.control("journal.tail", limit=50)["events"]
        return [e["body"] for e in events if e["kind"] == kind]


@unittest.skipIf(os.geteuid() != 0, "only root can call as somebody else")
class Strangers(Rights):
    def test_a_stranger_may_nothing(self):
        for words in (["status"], ["stock", "list"], ["device", "revoke", "kds-bar", "--yes"]):
            with self.subTest(words=words):
                said = self.ctl(*words)
                self.assertEqual(said.returncode, NOT_PERMITTED, said)
                self.assertIn(f"nobody may not ask anything here: be root, or in the group {READERS}",
                              said.stderr)
        self.assertIn("kds-bar", [d["device"] for d in self.store.pages("device.list", "devices")])

    def hold(self, *groups):
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, self.store.control_path],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, user="nobody",
                                  group=pwd.getpwnam("nobody").pw_gid, extra_groups=groups, cwd="/")
        self.addCleanup(holder.stdout.close)
        self.addCleanup(holder.stdin.close)
        self.addCleanup(end, holder)
        self.assertGreater(int(holder.stdout.readline()), 0)
        return holder

    def test_who_holds_connections_locks_nobody_out_who_may_more(self):
        holders = [self.hold()]
        wait_for("a reader's answer",
                 lambda: self.ctl("stock", "list", groups=[gid(READERS)]).returncode == OK)
        holders.append(self.hold(gid(READERS)))
        self.assertEqual(self.ctl("stock", "list", groups=[gid(CHANGERS)]).returncode, OK)
        self.store.control("stock.list")
        for holder in holders:
            end(holder)
        wait_for("a word for strangers", lambda: self.ctl("status").returncode == NOT_PERMITTED)

    def test_a_reader_may_read(self):
        for words in (["stock", "list"], ["journal", "verify"], ["device", "list"]):
            with self.subTest(words=words):
                self.assertEqual(self.ctl(*words, groups=[gid(READERS)]).returncode, OK)
        for words in (["stock", "set", CAKE, "5"], ["device", "revoke", "kds-bar", "--yes"],
                      ["sync", "pause"], ["backup", "create"]):
            with self.subTest(words=words):
                said = self.ctl(*words, groups=[gid(READERS)])
                self.assertEqual(said.returncode, NOT_PERMITTED, said)
                self.assertIn(f"nobody may not change anything here: be root, or in the group "
                              f"{CHANGERS}", said.stderr)

    def test_who_may_change_is_in_the_journal(self):
        self.store.control("stock.plan", object_type=2, object_id=CAKE, limited=True, plan="9")
        said = self.ctl("stock", "set", CAKE, "5", groups=[gid(CHANGERS)])
        self.assertEqual(said.returncode, OK, said)
        self.assertIn("poshubctl:nobody", [b["device"] for b in self.events("STOCK_SET")])
        said = self.ctl("device", "add", "kiosk-9", "--role", "kiosk", groups=[gid(CHANGERS)])
        self.assertEqual(said.returncode, OK, said)
        self.assertIn({"operator": "nobody", "subject": "kiosk-9", "verb": "device.add"},
                      self.events("OPERATOR"))

    def test_the_main_group_counts(self):
        said = subprocess.run([self.store.program("poshubctl"), "--socket",
                               self.store.control_path, "--json", "status"], capture_output=True,
                              text=True, timeout=20, user="nobody", group=gid(READERS),
                              extra_groups=[], cwd="/")
        self.assertIn(said.returncode, (OK, 8), said)
        self.assertIn("state", json.loads(said.stdout))


class Owner(Rights):
    def test_the_hubs_own_user_may_all_and_is_named(self):
        own = pwd.getpwuid(os.geteuid()).pw_name
        self.store.control("device.add", device="kiosk-8", role="kiosk")
        self.store.control("device.revoke", device="kiosk-8")
        self.store.import_menu(self.menu)
        self.ok(self.device("till-1").ask("order.place", order_id="one",
                                          lines=order_lines((COLA, 1))))
        self.store.control("day.close")
        verbs = [b["verb"] for b in self.events("OPERATOR") if b["operator"] == own]
        for verb in ("device.add", "device.revoke", "menu.import", "day.close"):
            self.assertIn(verb, verbs)

    def test_what_is_refused_is_not_noted(self):
        before = len(self.events("OPERATOR"))
        self.assertNotEqual(self.store.ask("device.revoke", device="nobody-is-called-so")["code"], 0)
        for verb, body in (("sync.pause", {}), ("sync.resume", {}), ("cloud.claim", {}),
                           ("cloud.enrol", {"token": "0" * 32})):  # there is no [cloud]
            with self.subTest(verb=verb):
                self.assertNotEqual(self.store.ask(verb, **body)["code"], 0)
        self.assertEqual(len(self.events("OPERATOR")), before)


if __name__ == "__main__":
    unittest.main()
