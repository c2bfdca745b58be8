"""Boxes with keys, requests and certificates, for tests of a center with --tls."""

import os
import subprocess

ENROL, TOKEN, CLAIM = (f"/api/v1/poi/hub/{verb}" for verb in ("enrol", "token", "claim"))


def openssl(*args):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, text=True).stdout


def merchant(center):
    """The headers that merchants send."""
    with open(os.path.join(center.dir, "merchant.token"), encoding="utf-8") as f:
        return {"Authorization": f"Bearer {f.read().strip()}"}


class Box:
    """Its files are <paper>.key and <paper>.pem."""

    def __init__(self, center, poi, box="BX-1"):
        self.center, self.poi, self.box = center, poi, box
        self.paper = os.path.join(center.dir, f"{poi}-{box}")
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.paper + ".key")

    @property
    def body(self):
        return {"brandId": "1", "poiId": self.poi, "box_id": self.box}

    def request(self, subject=None, key=None):
        return openssl("req", "-new", "-key", key or self.paper + ".key", "-subj",
                       subject or f"/O=1/OU={self.poi}/CN={self.box}")

    def token(self):
        status, answer = self.center.post(TOKEN, {"brandId": "1", "poiId": self.poi},
                                          headers=merchant(self.center))
        assert status == 200, answer
        return answer["token"]

    def ask_enrol(self, token, /, **more):
        return self.center.post(ENROL, {**self.body, "token": token, "csr": self.request(), **more})

    def enrol(self, token=None):
        """Returns the token, to claim with."""
        token = token or self.token()
        status, answer = self.ask_enrol(token)
        assert status == 200, answer
        with open(self.paper + ".pem", "w", encoding="utf-8") as f:
            f.write(answer["cert"])
        return token

    def ask(self, path, body):
        return self.center.post(path, body, paper=self.paper)

    def claim(self, token):
        status, answer = self.ask(CLAIM, {**self.body, "epoch": 0, "token": token})
        assert status == 200, answer
        return answer
