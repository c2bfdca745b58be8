"""A device that is being paired (docs/pairing.md): over TLS, with a code, until it is online under
its own name. What a device maker would write, in Python."""

import base64
import hashlib
import hmac
import json
import os
import queue
import secrets
import socket
import ssl
import tempfile
import urllib.parse

import paho.mqtt.client as mqtt

import paths  # noqa: F401
from store import SOON_S, wait_for

PREFIX = "poshub/v1/"
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ROUNDS = 100_000


class Refused(Exception):
    """The hub said no, or was not the hub."""


def new_code():
    return "".join(secrets.choice(SYMBOLS) for _ in range(8))


def shown_chain(host, port):
    """The certificates (DER) that whoever listens there shows, the broker's own first."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, port), SOON_S) as s:
        with context.wrap_socket(s) as t:
            return [c.public_bytes(1) if isinstance(c.public_bytes(1), bytes)
                    else ssl.PEM_cert_to_DER_cert(c.public_bytes())
                    for c in t._sslobj.get_unverified_chain()]


def key_of(code, ca_der):
    salt = b"poshub pair" + hashlib.sha256(ca_der).digest()
    return hashlib.pbkdf2_hmac("sha256", code.encode(), salt, ROUNDS)


def proof(key, word):
    return hmac.new(key, word.encode(), "sha256").hexdigest()


def read_invitation(uri):
    """The parts of what the QR holds."""
    parts = urllib.parse.urlsplit(uri)
    fields = {k: v[0] for k, v in urllib.parse.parse_qs(parts.query, strict_parsing=True).items()}
    if (parts.scheme, parts.netloc) != ("poshub", "pair"):
        raise Refused("no invitation")
    fields["f"] = base64.urlsafe_b64decode(fields["f"] + "=")
    return fields


class Link:
    """One MQTT connection over TLS which trusts one authority alone."""

    def __init__(self, host, port, ca_pem, user, password, topic):
        self.heard, self.granted = queue.Queue(), queue.Queue()
        self.code = None
        self.client = mqtt.Client(client_id=user)
        self.client.username_pw_set(user, password)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=ca_pem)
        self.client.tls_set_context(context)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self.granted.put(True)
        self.client.on_disconnect = lambda *_: self.heard.put(None)
        self.client.on_message = lambda _c, _u, m: self.heard.put((m.topic[len(PREFIX):],
                                                                  json.loads(m.payload)))
        self.topic = topic
        self.client.connect(host, port)
        self.client.loop_start()

    def _on_connect(self, client, _userdata, _flags, code, *_):
        self.code = code
        if code:
            self.granted.put(False)
        else:
            client.subscribe(PREFIX + self.topic, 1)

    def wait(self):
        """False: the broker does not let us in."""
        return self.granted.get(timeout=SOON_S)

    def say(self, topic, **body):
        self.client.publish(PREFIX + topic, json.dumps(body), 1)

    def hear(self, timeout_s=SOON_S):
        """(topic, body), or None when the connection was cut."""
        return self.heard.get(timeout=timeout_s)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class PairDevice:
    """host, port: where the broker is said to be; fingerprint: of the authority, if the device was
    invited by a QR."""

    def __init__(self, host, port, code, fingerprint=None):
        self.host, self.port, self.code = host, port, code
        self.ca_der = shown_chain(host, port)[-1]
        if fingerprint is not None and hashlib.sha256(self.ca_der).digest() != fingerprint:
            raise Refused("another store's authority")
        self.ca_pem = ssl.DER_cert_to_PEM_cert(self.ca_der)
        self.key = key_of(code, self.ca_der)
        self.entry = self.link = None

    @classmethod
    def invited(cls, uri):
        fields = read_invitation(uri)
        host, port = fields["h"].rsplit(":", 1)
        return cls(host, int(port), fields["c"], fields["f"])

    @property
    def user(self):
        return f"pair-{self.code[0]}"

    def connect(self, password):
        """None: not let in (no window is open, or the password is wrong)."""
        link = Link(self.host, self.port, self.ca_pem, self.user, password,
                    f"pair/{self.code[0]}/down")
        if link.wait():
            return link
        link.close()
        return None

    def wait_connect(self, password):
        return wait_for(f"{self.user} at the broker", lambda: self.connect(password))

    def hello(self):
        """Says hello; None when the code was right (the connection is cut), else the hub's words."""
        link = self.wait_connect("hello")
        try:
            link.say(f"pair/{self.code[0]}/up", proof=proof(self.key, "hello"))
            heard = link.hear()
            return heard and heard[1]
        finally:
            link.close()

    def ready(self):
        """Comes back with the second password; returns what the hub hands out."""
        link = self.wait_connect(proof(self.key, "password"))
        try:
            link.say(f"pair/{self.code[0]}/up", proof=proof(self.key, "ready"))
            heard = link.hear()
            if heard is None or "error" in heard[1]:
                raise Refused(heard)
            return heard[1]
        finally:
            link.close()

    def take(self, grant):
        """Only the hub can have made this proof."""
        words = f"{grant['device']} {grant['role']} {grant['password']}"
        if not hmac.compare_digest(proof(self.key, words), grant["proof"]):
            raise Refused("not the hub that the code was typed into")
        if ssl.PEM_cert_to_DER_cert(grant["ca"]) != self.ca_der:
            raise Refused("another authority")
        self.entry = {key: grant[key] for key in ("device", "role", "password")}
        return self.entry

    def start(self):
        """Goes online under its own name and answers the hub's ping."""
        name = self.entry["device"]
        self.link = Link(self.host, self.port, self.ca_pem, name, self.entry["password"],
                         f"dev/{name}/cmd")
        self.link.client.on_message = self._on_cmd
        if not self.link.wait():
            raise Refused(f"{name} may not connect")
        self.link.say(f"dev/{name}/state", state="online", app="test")

    def _on_cmd(self, _client, _userdata, message):
        command = json.loads(message.payload)
        if command.get("op") == "ping":
            self.link.say(f"dev/{self.entry['device']}/req/pong", nonce=command["nonce"],
                          req_id=secrets.token_hex(4))

    def pair(self):
        said = self.hello()
        if said is not None:
            raise Refused(said)
        self.take(self.ready())
        self.start()
        return self.entry

    def ca_file(self):
        """The authority as a file, for clients that want one; the caller's to remove."""
        fd, path = tempfile.mkstemp(suffix=".pem")
        with os.fdopen(fd, "w", encoding="ascii") as f:
            f.write(self.ca_pem)
        return path

    def close(self):
        if self.link:
            self.link.close()
