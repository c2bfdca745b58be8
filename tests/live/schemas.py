"""The schemas of the LAN, for tests: what a message must look like.

    schemas = Schemas()
    schemas.errors("topic.json#/$defs/hub", {"state": "offline"})      # [] is good
    wire = Wire(schemas)
    wire.errors(topic, payload, qos, retain)    # of each message, in the order of the wire
    wire.silent()                               # what asyncapi.yaml knows and nobody said
"""

import json
import pathlib
import re

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
REPLIES = ("reply", "replyBelow")


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


class Wire:
    """Messages of the wire against proto/asyncapi.yaml: the topic names the channel, the channel the
    payload, the operation retain and the lowest QoS. A reply is held to the verb its req_id asked
    for, so that requests have to be told too. `told`: (channel, message) of all that was good."""

    def __init__(self, schemas):
        self.schemas = schemas
        self.doc = yaml.safe_load((PROTO / "asyncapi.yaml").read_text())
        self.channels = {name: (self._pattern(c), c) for name, c in self.doc["channels"].items()}
        self.bindings = {}
        for operation in self.doc["operations"].values():
            mqtt = operation["bindings"]["mqtt"]
            name = operation["channel"]["$ref"].rpartition("/")[2]
            self.bindings.setdefault(name, set()).add((mqtt["qos"], mqtt["retain"]))
            if "reply" in operation:
                self.bindings.update(dict.fromkeys(REPLIES, {(mqtt["qos"], False)}))
        self.asked = {}
        self.told = set()

    def errors(self, topic, payload, qos, retain):
        """What is wrong with it, one line each. An empty payload clears a topic that is retained."""
        name, values = self.channel(topic)
        if name is None:
            return [f"{topic}: no such channel"]
        faults = []
        if not any(qos >= least and retain == kept for least, kept in self.bindings[name]):
            faults.append(f"{topic}: qos {qos} retain {retain}")
        if payload or not retain:
            faults += [f"{topic}: {e}" for e in self._payload_errors(name, values, payload)]
        return faults

    def channel(self, topic):
        for name, (pattern, _) in self.channels.items():
            found = pattern.fullmatch(topic)
            if found:
                return name, found.groupdict()
        return None, None

    def silent(self):
        """(channel, message) that was never told; replies count once, wherever they came."""
        told = {("reply" if c in REPLIES else c, m) for c, m in self.told}
        return {(c, m) for c in self.doc["channels"] if c != "replyBelow"
                for m in self.doc["channels"][c]["messages"]} - told

    # ---- inside ----
    def _pattern(self, channel):
        def parameter(found):
            name = channel["parameters"][found[1]]["$ref"].rpartition("/")[2]
            return f"(?P<{found[1]}>{self.doc['components']['parameters'][name]['x-pattern']})"
        return re.compile(re.sub(r"\{([a-z_]+)\}", parameter, channel["address"]))

    def _payload_errors(self, name, values, payload):
        try:
            value = json.loads(payload)
        except ValueError as e:
            return [str(e)]
        if not isinstance(value, dict):
            return ["no object"]
        message = self._message(name, values, value)
        known = self.channels[name][1]["messages"].get(message)
        if known is None:
            return [f"no such message: {message}"]
        component = self.doc["components"]["messages"][known["$ref"].rpartition("/")[2]]
        schema = component["payload"]["schema"]["$ref"].removeprefix("schema/")
        faults = self.schemas.errors(schema, value)
        if not faults:
            self.told.add((name, message if value.get("code", 0) == 0 else "refusal"))
        return faults

    def _message(self, name, values, value):
        req = (values.get("device"), str(value.get("req_id")))
        if name == "request":
            self.asked[req] = values["verb"]
            return values["verb"]
        if name in REPLIES:
            return self.asked.get(req, "refusal")
        return next(iter(self.channels[name][1]["messages"]))
