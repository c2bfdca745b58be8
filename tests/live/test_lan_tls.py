#!/usr/bin/python3
"""The broker's TLS listeners: the store's own authority, its certificate, and what is refused."""

import datetime
import hashlib
import os
import shutil
import signal
import socket
import ssl
import tempfile
import unittest

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from device import Device
from live import LiveTest
from store import SOON_S, Store, free_port, listens, wait_for


def tls_conf(websocket=True, **more):
    """[lan] of a store with TLS on free ports, and the two ports."""
    ports = free_port(), free_port()
    lan = {"tls_listen": f"127.0.0.1:{ports[0]}", **more}
    if websocket:
        lan["websocket_tls_listen"] = f"127.0.0.1:{ports[1]}"
    return {"lan": lan}, ports


def handshake(port, ca=None, name="127.0.0.1", version=None):
    """The certificate the broker shows, checked against `ca` (a PEM file) where that is given."""
    context = ssl.create_default_context(cafile=ca)
    if ca is None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", port), 10) as s:
        with context.wrap_socket(s, server_hostname=name) as t:
            return x509.load_der_x509_certificate(t.getpeercert(True))


class LanTlsTest(LiveTest):
    conf, ports = tls_conf(tls_names="front.example, fd00::8")

    @property
    def secret(self):
        return os.path.join(self.store.folder, "secret")

    @property
    def ca(self):
        return os.path.join(self.secret, "ca.pem")

    def test_both_listeners_show_a_certificate_of_the_store(self):
        for port in self.ports:
            for name in ("127.0.0.1", "localhost", "front.example", "fd00::8"):
                handshake(port, self.ca, name)

    def test_a_certificate_lasts_a_year_and_names_the_store(self):
        cert = handshake(self.ports[0])
        self.assertEqual(cert.not_valid_after - cert.not_valid_before, datetime.timedelta(days=397))
        self.assertIn("OU=417", cert.issuer.rfc4514_string())

    def test_another_name_is_not_taken(self):
        with self.assertRaises(ssl.SSLCertVerificationError):
            handshake(self.ports[0], self.ca, "elsewhere.example")

    def test_a_client_that_does_not_know_the_store_refuses(self):
        other = Store(conf=tls_conf()[0])
        with other:
            with self.assertRaises(ssl.SSLCertVerificationError):
                handshake(self.ports[0], os.path.join(other.folder, "secret", "ca.pem"))

    def test_old_tls_is_refused(self):
        for port in self.ports:
            with self.assertRaises((ssl.SSLError, OSError)):
                handshake(port, version=ssl.TLSVersion.TLSv1_1)

    def test_devices_work_over_both(self):
        for port, transport in zip(self.ports, ("tcp", "websockets")):
            with Device(self.store, self.crew["till-1"], ca=self.ca, port=port,
                        transport=transport) as till:
                self.ok(till.ask("time.get"))

    def test_nobody_else_may_read_the_keys(self):
        for folder, names in ((self.secret, ("ca.key", "server.key")),
                              (os.path.join(self.store.run_dir, "broker"), ("server.key",))):
            for name in names:
                self.assertEqual(os.stat(os.path.join(folder, name)).st_mode & 0o777, 0o600)

    def test_status_says_what_listens_and_until_when(self):
        status = self.store.get("/v1/status")
        shown = [(x["kind"], x["address"]) for x in status["listeners"] if not x.get("plain")]
        self.assertIn(("mqtt", f"127.0.0.1:{self.ports[0]}"), shown)
        self.assertIn(("websocket", f"127.0.0.1:{self.ports[1]}"), shown)
        with open(self.ca, "rb") as f:
            ca = x509.load_pem_x509_certificate(f.read())
        self.assertEqual(status["tls"]["ca_sha256"],
                         hashlib.sha256(ca.public_bytes(Encoding.DER)).hexdigest())
        plain = [x for x in status["warnings"] if x.startswith("plain listener")]
        self.assertEqual(len(plain), 1, plain)  # the tests' own


class PapersTest(unittest.TestCase):
    """Stores with papers of somebody else, or with papers that are due."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="poshub-tls-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.conf, self.ports = tls_conf()
        self.secret = os.path.join(self.folder, "secret")
        with self.store():
            pass

    def store(self, **conf):
        return Store(folder=self.folder, conf={**self.conf, **conf})

    def refused(self, store, sentence):
        fault = [f for f in store.get("/v1/status")["faults"] if f["code"] == "PH-2201"]
        self.assertIn(sentence, fault[0]["text"])
        self.assertTrue(listens(store.port))
        self.assertFalse(any(listens(port) for port in self.ports))

    def new_authority(self, store):
        return [f for f in store.get("/v1/status")["faults"] if f["code"] == "PH-2204"]

    def test_a_lost_authority_is_told_until_the_old_one_is_back(self):
        with self.store() as store:
            self.assertEqual(self.new_authority(store), [])
            store.control("device.add", device="kiosk-7", role="kiosk")
        kept = os.path.join(self.folder, "kept")
        os.rename(self.secret, kept)
        for _ in range(2):  # a restart does not forget it
            with self.store() as store:
                faults = self.new_authority(store)
                self.assertEqual(len(faults), 1, store.get("/v1/status")["faults"])
                self.assertIn("Devices must pair anew", faults[0]["text"])
                self.assertIn(self.secret, faults[0]["text"])
                self.assertIn("device pair CODE --replace", faults[0]["action"])
        shutil.rmtree(self.secret)
        os.rename(kept, self.secret)
        with self.store() as store:
            self.assertEqual(self.new_authority(store), [])

    def papers(self):
        papers = {}
        for name in os.listdir(self.secret):
            with open(os.path.join(self.secret, name), "rb") as f:
                papers[name] = f.read()
        return papers

    def test_another_stores_papers_are_refused_and_left_alone(self):
        before = self.papers()
        with self.store(store={"brand_id": 1, "poi_id": 418, "name": "Other", "timezone": "UTC"},
                        paths={"data_dir": os.path.join(self.folder, "db2"),
                               "secret_dir": self.secret}) as store:
            self.refused(store, "is the authority of another store")
        self.assertEqual(self.papers(), before)

    def test_a_key_that_does_not_fit_is_refused(self):
        os.replace(os.path.join(self.secret, "ca.key"), os.path.join(self.secret, "server.key"))
        with self.store() as store:
            self.refused(store, "ca.key")

    def test_papers_outlive_a_restart(self):
        before = self.papers()
        with self.store():
            pass
        self.assertEqual(self.papers(), before)

    def add_name(self, store, name):
        """While the hub runs; back when the certificate has it."""
        before = self.papers()["server.pem"]
        store.conf["lan"]["tls_names"] = name
        store._write_conf()
        store.hub.send_signal(signal.SIGHUP)
        wait_for("a new certificate", lambda: self.papers()["server.pem"] != before)

    def shows(self, port, name):
        try:
            return handshake(port, os.path.join(self.secret, "ca.pem"), name)
        except (ssl.SSLError, OSError):
            return None

    def test_a_new_name_comes_in_while_the_broker_runs(self):
        del self.conf["lan"]["websocket_tls_listen"]
        with self.store() as store:
            self.assertIsNone(self.shows(self.ports[0], "new.example"))
            self.add_name(store, "new.example")
            wait_for("the broker", lambda: self.shows(self.ports[0], "new.example"))
            self.assertIsNone(store.broker.poll())

    def test_a_new_name_for_websockets_takes_a_new_broker(self):
        with self.store() as store:
            self.add_name(store, "new.example")
            store.broker.wait(SOON_S)
            store.start_broker()
            for port in self.ports:
                self.assertTrue(self.shows(port, "new.example"))


class NoTlsTest(unittest.TestCase):
    def test_without_being_asked_nothing_is_made(self):
        with Store() as store:
            self.assertFalse(os.path.exists(os.path.join(store.folder, "secret")))
            self.assertNotIn("tls", store.get("/v1/status"))


if __name__ == "__main__":
    unittest.main()
