#!/usr/bin/python3
"""A box gets its certificate for a token (sync-protocol 4.1)."""

import itertools
import os

import center
from papers import CLAIM, ENROL, Box, openssl

POI = itertools.count(800)


class Enrol(center.CenterTest):
    OPTIONS = ("--tls",)

    def setUp(self):
        self.poi = str(next(POI))
        self.box = Box(self.center, self.poi)

    def refused(self, answer, status, name):
        self.assertEqual((answer[0], answer[1]["name"]), (status, name), answer)

    def test_the_certificate_names_the_box_and_is_for_clients_only(self):
        self.box.enrol()
        paper = self.box.paper + ".pem"
        self.assertEqual(openssl("x509", "-in", paper, "-noout", "-subject", "-nameopt", "RFC2253")
                         .strip(), f"subject=CN=BX-1,OU={self.poi},O=1")
        trust = os.path.join(self.center.dir, "ca.pem")
        openssl("verify", "-CAfile", trust, "-purpose", "sslclient", paper)
        text = openssl("x509", "-in", paper, "-noout", "-text")
        self.assertIn("CA:FALSE", text)
        self.assertIn("TLS Web Client Authentication", text)
        self.assertNotIn("TLS Web Server Authentication", text)

    def test_the_answer_has_the_authority(self):
        status, answer = self.box.ask_enrol(self.box.token())
        self.assertEqual((status, answer["code"]), (200, 0))
        with open(os.path.join(self.center.dir, "ca.pem"), encoding="utf-8") as f:
            self.assertEqual(answer["ca"], f.read())

    def test_the_same_box_may_repeat_it_until_its_claim(self):
        token = self.box.enrol()
        self.box.enrol(token)
        self.box.claim(token)
        self.refused(self.box.ask_enrol(token), 403, "BAD_TOKEN")

    def test_a_token_belongs_to_the_box_that_enrolled_with_it(self):
        token = self.box.enrol()
        other = Box(self.center, self.poi, "BX-2")
        self.refused(other.ask_enrol(token), 403, "BAD_TOKEN")
        other.enrol()
        self.refused(other.ask(CLAIM, {**other.body, "epoch": 0, "token": token}), 403, "BAD_TOKEN")
        self.assertEqual(self.box.claim(token)["epoch"], 1)

    def test_a_token_is_for_one_store(self):
        token = Box(self.center, str(next(POI))).token()
        for bad in (token, "0" * 32, ""):
            self.refused(self.box.ask_enrol(bad), 403, "BAD_TOKEN")

    def test_the_request_names_what_the_body_names(self):
        token = self.box.token()
        other = Box(self.center, str(next(POI)))
        for subject in (f"/O=2/OU={self.poi}/CN=BX-1", "/O=1/OU=1/CN=BX-1",
                        f"/O=1/OU={self.poi}/CN=BX-2", f"/O=1/OU={self.poi}", "/CN=BX-1",
                        f"/O=1/OU={self.poi}/CN=BX-1/CN=BX-2"):
            self.refused(self.box.ask_enrol(token, csr=self.box.request(subject)), 422, "BAD_CSR")
        self.refused(self.box.ask_enrol(token, csr=other.request()), 422, "BAD_CSR")
        self.assertEqual(self.center.one(
            f"SELECT box_id FROM enrol_token WHERE poi_id = '{self.poi}'"), "")

    def test_a_request_that_is_none_is_refused(self):
        token = self.box.token()
        good = self.box.request()
        weak = self.box.paper + ".weak"
        openssl("genrsa", "-out", weak, "1024")
        lines = good.splitlines()
        lines[2] = lines[2][::-1]
        for bad in ("", "hello", "\n".join(lines), self.box.request(key=weak)):
            self.refused(self.box.ask_enrol(token, csr=bad), 422, "BAD_CSR")
        for damage in ({"csr": None}, {"token": None}, {"box_id": None}, {"csr": "x" * 8193}):
            self.refused(self.box.ask_enrol(token, **damage), 400, "BAD_REQUEST")

    def test_subjects_and_uses_of_the_request_are_not_taken_over(self):
        """Only the three names and the key come from it."""
        token = self.box.token()
        subject = f"/O=1/OU={self.poi}/CN=BX-1/L=elsewhere"
        _, answer = self.box.ask_enrol(token, csr=self.box.request(subject))
        self.assertEqual(answer["code"], 0)
        with open(self.box.paper + ".pem", "w", encoding="utf-8") as f:
            f.write(answer["cert"])
        self.assertNotIn("elsewhere", openssl("x509", "-in", self.box.paper + ".pem", "-noout",
                                              "-subject"))


class NoAuthority(center.CenterTest):
    def test_without_an_authority_nothing_is_signed(self):
        status, answer = self.center.post(ENROL, {"brandId": "1", "poiId": "1", "box_id": "BX-1",
                                                  "token": "x", "csr": "x"})
        self.assertEqual((status, answer["name"]), (501, "NO_AUTHORITY"))


if __name__ == "__main__":
    center.main()
