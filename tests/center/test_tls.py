#!/usr/bin/python3
"""HTTPS: hubs are known by their certificates, merchants by their token (sync-protocol 4.1)."""

import itertools
import os
import ssl
import subprocess

import center
from hub import SYNC, Hub
from papers import CLAIM, TOKEN, Box, merchant, openssl

A = 1001
HUB, STOCK = "/api/v1/poi/hub", "/api/v1/poi/stock"
UPDATE, FIND = f"{STOCK}/update", f"{STOCK}/find-to-pos"
POI = itertools.count(900)


class Tls(center.CenterTest):
    OPTIONS = ("--tls",)

    def setUp(self):
        self.poi = str(next(POI))
        self.store = {"brandId": "1", "poiId": self.poi}
        self.box = Box(self.center, self.poi)

    def claimed(self, box=None):
        box = box or self.box
        answer = box.claim(box.enrol())
        return Hub(self.center, self.poi, epoch=answer["epoch"])

    def hello(self, hub, box_id="BX-1"):
        return {**self.store, "box_id": box_id, "epoch": hub.epoch, "last_seq": 0,
                "tail": hub.hashes[0], "applied_ver": 0}

    def asked_of_hubs(self, hub):
        return ((f"{HUB}/hello", self.hello(hub)),
                (SYNC, hub.batch(1, 0)),
                (FIND, {**self.store, "proto": 2, "epoch": hub.epoch, "since_ver": 0}),
                (f"{STOCK}/digest", {**self.store, "epoch": hub.epoch, "applied_ver": 0,
                                     "acked_seq": 0, "hot": [], "want": "root"}))

    def refused(self, answer, status=403, name="WRONG_STORE"):
        self.assertEqual((answer[0], answer[1]["name"]), (status, name), answer)

    def test_a_hub_with_its_certificate_is_served(self):
        hub = self.claimed()
        for path, body in self.asked_of_hubs(hub):
            status, answer = self.box.ask(path, body)
            self.assertEqual((status, answer["code"]), (200, 0), (path, answer))

    def test_no_certificate_is_refused(self):
        for path, body in self.asked_of_hubs(self.claimed()) + (
                (CLAIM, {**self.box.body, "epoch": 0, "token": self.box.token()}),):
            self.refused(self.center.post(path, body))
            self.refused(self.center.post(path, body, headers=merchant(self.center)))

    def test_another_stores_certificate_is_refused(self):
        hub = self.claimed()
        other = Box(self.center, str(next(POI)))
        other.enrol()
        for path, body in self.asked_of_hubs(hub):
            self.refused(other.ask(path, body))
        self.refused(other.ask(CLAIM, {**self.box.body, "epoch": 0, "token": self.box.token()}))

    def test_a_claim_wants_a_token(self):
        self.box.enrol()
        self.refused(self.box.ask(CLAIM, {**self.box.body, "epoch": 0}), 403, "BAD_TOKEN")

    def test_another_boxs_certificate_is_refused(self):
        hub = self.claimed()
        other = Box(self.center, self.poi, "BX-2")
        other.enrol()
        self.refused(other.ask(f"{HUB}/hello", self.hello(hub)))

    def test_a_replaced_box_is_fenced_also_when_it_knows_the_new_epoch(self):
        self.claimed()
        new = Box(self.center, self.poi, "BX-2")
        hub = self.claimed(new)
        self.assertEqual(hub.epoch, 2)
        self.refused(self.box.ask(f"{HUB}/hello", self.hello(hub)), 409, "FENCED")
        self.refused(self.box.ask(SYNC, hub.batch(1, 0)), 409, "FENCED")
        self.assertEqual(new.ask(f"{HUB}/hello", self.hello(hub, "BX-2"))[0], 200)

    def test_a_certificate_of_another_authority_is_refused(self):
        hub = self.claimed()
        own = self.box.paper
        openssl("req", "-new", "-x509", "-key", own + ".key", "-days", "30", "-subj",
                f"/O=1/OU={self.poi}/CN=BX-1", "-out", own + ".pem")
        self.refused(self.box.ask(f"{HUB}/hello", self.hello(hub)))

    def test_a_servers_certificate_is_no_clients(self):
        """From the same authority, with the right names."""
        hub = self.claimed()
        request = self.box.paper + ".csr"
        with open(request, "w", encoding="utf-8") as f:
            f.write(self.box.request())
        uses = self.box.paper + ".cnf"
        trust = os.path.join(self.center.dir, "ca")
        for use, status in (("serverAuth", 403), ("clientAuth", 200)):
            with open(uses, "w", encoding="utf-8") as f:
                f.write(f"extendedKeyUsage = {use}\n")
            openssl("x509", "-req", "-in", request, "-CA", trust + ".pem", "-CAkey", trust + ".key",
                    "-CAcreateserial", "-extfile", uses, "-out", self.box.paper + ".pem")
            self.assertEqual(self.box.ask(f"{HUB}/hello", self.hello(hub))[0], status, use)

    def test_merchants_show_their_token(self):
        query = f"?brandId=1&poiId={self.poi}"
        for method, path, body in (
                ("POST", UPDATE, {**self.store, "object_id": A}), ("POST", TOKEN, self.store),
                ("GET", f"{STOCK}/rows{query}", None), ("GET", f"{STOCK}/log{query}", None),
                ("GET", f"{HUB}/stores{query}", None),
                ("GET", f"/api/v1/poi/dead-letters{query}", None)):
            for bad in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer "},
                        {"Authorization": merchant(self.center)["Authorization"][:-1]},
                        {"Authorization": merchant(self.center)["Authorization"] + "0"},
                        {"Authorization": "Basic " + "0" * 32}):
                self.refused(self.center.ask(method, path, body, headers=bad), 401, "UNAUTHORIZED")
            status, answer = self.center.ask(method, path, body, headers=merchant(self.center))
            self.assertEqual((status, answer["code"]), (200, 0), (path, answer))

    def test_a_hub_is_no_merchant(self):
        self.claimed()
        self.refused(self.box.ask(UPDATE, {**self.store, "object_id": A}), 401, "UNAUTHORIZED")

    def test_base_api_bodies_are_for_both(self):
        self.claimed()
        self.refused(self.center.post(FIND, self.store))
        self.assertEqual(self.box.ask(FIND, self.store)[0], 200)
        self.assertEqual(self.center.post(FIND, self.store, headers=merchant(self.center))[0], 200)

    def test_health_is_for_anyone(self):
        self.assertEqual(self.center.get("/health"), (200, {"code": 0}))

    def test_old_tls_and_no_tls_are_refused(self):
        old = ssl.create_default_context(cafile=os.path.join(self.center.dir, "ca.pem"))
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        line = center.http.client.HTTPSConnection("127.0.0.1", self.center.port, context=old)
        self.assertRaises((ssl.SSLError, ConnectionError), line.request, "GET", "/health")
        plain = center.http.client.HTTPConnection("127.0.0.1", self.center.port, timeout=center.SOON_S)
        with self.assertRaises((OSError, center.http.client.HTTPException)):
            plain.request("GET", "/health")
            plain.getresponse()


class Papers(center.CenterTest):
    """What the program says of papers that are not good."""

    OPTIONS = ("--tls",)

    def start(self, *options):
        done = subprocess.run([center.PROGRAM, "--db", "host=/nonexistent", *options],
                              capture_output=True, text=True, timeout=center.SOON_S, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("papers failed", done.stderr)
        return done.stderr

    def test_bad_papers_stop_the_start(self):
        at = self.center.dir
        short = os.path.join(at, "short.token")
        with open(short, "w", encoding="utf-8") as f:
            f.write("123456789012345\n")
        self.assertIn("belong together", self.start("--tls-cert", f"{at}/server.pem"))
        self.assertIn("belong together", self.start("--ca-key", f"{at}/ca.key"))
        self.assertIn("No such file", self.start("--merchant-token", f"{at}/nothing"))
        self.assertIn("want a token of 16", self.start("--merchant-token", short))
        for cert, key, why in (("server", "server", "not one of a CA"), ("ca", "server", "not that"),
                               ("merchant", "ca", "No such file")):
            self.assertIn(why, self.start("--ca-cert", f"{at}/{cert}.pem", "--ca-key",
                                          f"{at}/{key}.key"))


if __name__ == "__main__":
    center.main()
