#!/usr/bin/python3
"""The machine-readable form of the protocol: schemas are valid, references lead somewhere, closed
lists and limits are those of the headers, and the examples say what the protocol page says."""

import copy
import csv
import json
import re
import unittest

import jsonschema
import yaml

from schemas import PROTO, ROOT, Schemas

SCHEMAS = Schemas()


def refs(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for v in node:
            yield from refs(v)


def header(path):
    return (PROTO / path).read_text()


def macro(text, name):
    """The body of one #define, its lines joined."""
    return re.search(rf"#define {name}\(X\)(.*?[^\\])\n", text, re.S)[1]


def limit(name):
    return int(re.search(rf"#define {name}\s+([0-9]+)", header("limits.h"))[1])


def definition(file, name):
    return SCHEMAS.documents[file]["$defs"][name]


class SchemaFiles(unittest.TestCase):
    def test_every_schema_is_valid(self):
        for name, document in SCHEMAS.documents.items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(document)
                for d in document.get("$defs", {}).values():
                    jsonschema.Draft202012Validator.check_schema(d)

    def test_every_reference_leads_somewhere(self):
        for name, document in SCHEMAS.documents.items():
            resolver = SCHEMAS.resolver(name)
            for ref in refs(document):
                with self.subTest(f"{name}: {ref}"):
                    resolver.resolve(ref)

    def test_good_examples_are_good(self):
        for ref, value in EXAMPLES["good"]:
            with self.subTest(ref):
                self.assertEqual(SCHEMAS.errors(ref, value), [])

    def test_bad_examples_are_refused(self):
        for ref, value in EXAMPLES["bad"]:
            with self.subTest(f"{ref} {value}"):
                self.assertNotEqual(SCHEMAS.errors(ref, value), [])

    def test_one_field_too_many_is_noticed_wherever_the_hub_writes_it(self):
        for ref, value in EXAMPLES["good"]:
            if ref.startswith("request") or ref.endswith("/state"):
                continue
            for at, drifted in with_extra_field(value):
                with self.subTest(f"{ref} at {at}"):
                    self.assertNotEqual(SCHEMAS.errors(ref, drifted), [])


def with_extra_field(value):
    """The value with one more field, in every object of it in turn."""
    def objects(node, path):
        if isinstance(node, dict):
            yield path
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else []
        for k, v in items:
            yield from objects(v, path + [k])

    for path in objects(value, []):
        drifted = copy.deepcopy(value)
        node = drifted
        for k in path:
            node = node[k]
        node["drift"] = 1
        yield ".".join(map(str, path)), drifted


EXAMPLES = json.loads((ROOT / "tests/live/schema_examples.json").read_text())


class Headers(unittest.TestCase):
    """What stands in the headers stands in the schemas."""

    def names(self, macro_name, field, file="types.h"):
        entries = re.findall(r"X\(([^)]*)\)", macro(header(file), macro_name))
        return [e.split(",")[field].strip().strip('"') for e in entries]

    def test_closed_lists(self):
        lists = [("channel", "CHANNEL_LIST", 1), ("role", "ROLE_LIST", 1), ("kitchen", "KITCHEN_LIST", 1),
                 ("order_state", "ORDER_STATE_LIST", 2), ("ticket_state", "TICKET_STATE_LIST", 1),
                 ("adjust_kind", "ADJUST_KIND_LIST", 1), ("stock_reason", "STOCK_REASON_LIST", 1),
                 ("event_kind", "EVENT_KIND_LIST", 1)]
        for name, macro_name, field in lists:
            with self.subTest(name):
                self.assertEqual(definition("types.json", name)["enum"], self.names(macro_name, field))

    def test_every_kind_of_event_that_is_written_has_a_schema(self):
        written = set()
        for path in (ROOT / "edge").rglob("*.c"):
            written |= set(re.findall(r"\bEVENT_([A-Z_]+)", path.read_text()))
        written -= {"KIND_COUNT"}
        self.assertLessEqual(written, set(SCHEMAS.documents["event.json"]["$defs"]))

    def test_the_published_events_follow_their_schemas(self):
        vectors = json.loads((ROOT / "tests/fixtures/sync-protocol/rights-events.json").read_text())
        for v in vectors["events"]:
            with self.subTest(v["kind"]):
                self.assertEqual(SCHEMAS.errors(f"event.json#/$defs/{v['kind']}", v["body"]), [])

    def test_codes(self):
        self.assertEqual(definition("types.json", "code_name")["enum"],
                         self.names("CODE_LIST", 0, "code.h"))
        self.assertEqual(definition("types.json", "code")["enum"],
                         [int(n) for n in self.names("CODE_LIST", 1, "code.h")])

    def test_limits(self):
        texts = {"name": "LIMIT_NAME", "note": "LIMIT_NOTE", "table": "LIMIT_TABLE",
                 "user_id": "LIMIT_USER_ID", "operator": "LIMIT_OPERATOR", "ref": "LIMIT_REF"}
        for name, constant in texts.items():
            with self.subTest(name):
                self.assertEqual(definition("types.json", name)["maxLength"], limit(constant))
        patterns = {"req_id": "LIMIT_REQ_ID", "order_id": "LIMIT_ORDER_ID", "op_id": "LIMIT_OP_ID",
                    "device": "LIMIT_DEVICE_ID", "station": "LIMIT_STATION", "tender": "LIMIT_TENDER"}
        for name, constant in patterns.items():
            with self.subTest(name):
                longest = re.search(r"([0-9]+)}\$$", definition("types.json", name)["pattern"])[1]
                self.assertEqual(int(longest), limit(constant))
        self.assertEqual(definition("request.json", "lines")["maxItems"], limit("LIMIT_LINES"))
        self.assertEqual(definition("types.json", "round")["maximum"], limit("LIMIT_ROUNDS"))
        self.assertEqual(definition("request.json", "page")["properties"]["limit"]["maximum"],
                         limit("LIMIT_LIST"))


class AsyncApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.doc = yaml.safe_load((PROTO / "asyncapi.yaml").read_text())

    def resolve(self, ref):
        if ref.startswith("#/"):
            node = self.doc
            for part in ref[2:].split("/"):
                node = node[part]
            return node
        name = ref.removeprefix("schema/").partition("#")[0]
        return SCHEMAS.resolver(name).resolve(ref.removeprefix("schema/"))[1]

    def test_every_reference_leads_somewhere(self):
        for ref in refs(self.doc):
            with self.subTest(ref):
                self.assertIsNotNone(self.resolve(ref))

    def test_every_verb_of_the_lan_has_request_and_reply(self):
        rows = re.findall(r"\[VERB_([A-Z_]+)\] = \{([A-Z0| ]+),", header("command_decode.c"))
        self.assertGreater(len(rows), 30)
        for verb, roles in rows:
            name = verb.lower().replace("_", ".", 1)
            with self.subTest(name):
                operation = self.doc["operations"].get(name)
                self.assertEqual(operation is None, roles == "0")
                if operation and name != "pong":
                    self.assertEqual(operation["reply"]["messages"],
                                     [{"$ref": f"#/channels/reply/messages/{name}"}])

    def test_every_definition_of_a_message_is_used(self):
        used = set(refs(self.doc["components"]))
        for file in ("request.json", "reply.json"):
            for name in SCHEMAS.documents[file]["$defs"]:
                if "." in name or name == "pong":
                    with self.subTest(f"{file} {name}"):
                        self.assertIn(f"schema/{file}#/$defs/{name}", used)


class SampleData(unittest.TestCase):
    def setUp(self):
        self.menu = json.loads((ROOT / "tools/demo-data/menu.json").read_text())

    def test_the_sample_menu_follows_its_schema(self):
        self.assertEqual(SCHEMAS.errors("menu.schema.json", self.menu), [])

    def test_the_sample_day_orders_what_is_on_the_sample_menu(self):
        items = {i["object_id"] for i in self.menu["items"]}
        with open(ROOT / "tools/demo-data/orders.csv", newline="") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual(len({r["order_id"] for r in rows}), 200)
        self.assertLessEqual({r["object_id"] for r in rows}, items)
        self.assertLessEqual({r["channel"] for r in rows}, {"POS", "KIOSK", "EMENU"})
        self.assertEqual([r["time"] for r in rows], sorted(r["time"] for r in rows))
        self.assertTrue(all("11:00" <= r["time"] < "22:00" for r in rows))


if __name__ == "__main__":
    unittest.main()
