"""The schemas of the LAN, for tests: what a message must look like, by topic.

    schemas = Schemas()
    schemas.errors("topic.json#/$defs/hub", {"state": "offline"})      # [] is good
    schemas.wire_errors("poshub/v1/dev/till-1/res", payload, {"x7qk-1": "order.place"})
"""

import json
import pathlib
import re

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
PREFIX = "poshub/v1/"

TOPICS = [
    (r"hub", "topic.json#/$defs/hub"),
    (r"menu", "topic.json#/$defs/menu"),
    (r"stock/(sku|spu)/[0-9]+", "topic.json#/$defs/stock"),
    (r"order/[^/]+", "topic.json#/$defs/order"),
    (r"dev/[^/]+/order/[^/]+", "topic.json#/$defs/order"),
    (r"pickup/[^/]+", "topic.json#/$defs/pickup"),
    (r"ticket/[^/]+/[^/]+/[0-9]+", "topic.json#/$defs/ticket"),
    (r"alert/[^/]+", "topic.json#/$defs/alert"),
    (r"dev/[^/]+/cmd", "topic.json#/$defs/cmd"),
    (r"dev/[^/]+/state", "topic.json#/$defs/state"),
]


class Schemas:
    def __init__(self):
        self.files = {p.name: p for p in sorted((PROTO / "schema").glob("*.json"))}
        self.files["menu.schema.json"] = PROTO / "menu.schema.json"
        self.documents = {name: json.loads(p.read_text()) for name, p in self.files.items()}
        self._store = {self.files[n].as_uri(): d for n, d in self.documents.items()}
        self._validators = {}

    def resolver(self, name):
        uri = self.files[name].as_uri()
        return jsonschema.RefResolver(uri, self.documents[name], store=self._store)

    def validator(self, ref):
        """ref: "topic.json#/$defs/hub", or a file alone."""
        if ref not in self._validators:
            name, _, pointer = ref.partition("#")
            schema = {"$ref": "#" + pointer} if pointer else self.documents[name]
            self._validators[ref] = jsonschema.Draft202012Validator(
                schema, resolver=self.resolver(name))
        return self._validators[ref]

    def errors(self, ref, value):
        """What is wrong with the value, one line each, deepest first."""
        found = sorted(self.validator(ref).iter_errors(value), key=lambda e: -len(e.path))
        return [f"{'.'.join(str(p) for p in e.path) or '(whole)'}: {e.message}" for e in found]

    def has(self, ref):
        name, _, pointer = ref.partition("#")
        return pointer.rpartition("/")[2] in self.documents[name]["$defs"]

    def wire_errors(self, topic, payload, verbs=None):
        """Of one message as it was on the wire. `verbs` says which verb a req_id had asked for: a
        reply to another one is taken for a refusal. An empty payload clears a topic."""
        if not topic.startswith(PREFIX):
            return [f"{topic}: not one of ours"]
        if not payload:
            return []
        value = json.loads(payload)
        ref = self._ref(topic[len(PREFIX):], value, verbs or {})
        if ref is None:
            return [f"{topic}: no such topic or verb"]
        return [f"{topic}: {e}" for e in self.errors(ref, value)]

    def _ref(self, topic, value, verbs):
        for pattern, ref in TOPICS:
            if re.fullmatch(pattern, topic):
                return ref
        request = re.fullmatch(r"dev/[^/]+/req/([^/]+)", topic)
        if request:
            ref = f"request.json#/$defs/{request[1]}"
            return ref if self.has(ref) else None
        if re.fullmatch(r"dev/[^/]+/res(/.*)?", topic):
            return f"reply.json#/$defs/{verbs.get(value.get('req_id'), 'refusal')}"
        return None
