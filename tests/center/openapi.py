"""proto/openapi.yaml as the judge of live traffic. center.Center shows it every request and answer
that any test makes."""

import gzip
import json
import os
import re
import urllib.parse

try:
    import jsonschema
    import yaml
except ImportError:
    jsonschema = yaml = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATH = os.path.join(ROOT, "proto", "openapi.yaml")
METHODS = ("get", "post", "put", "delete")
NO_PLACE = (404, 405)  # for what is no path or method of the API
ANY_BODY = (413, 415)  # of whatever takes a body, as the file's description says


class Contract:
    """Says with AssertionError what does not keep to the contract; `seen` are the operations that
    were judged, as (method, path, status)."""

    def __init__(self, doc=None):
        if doc is None:
            with open(PATH, encoding="utf-8") as f:
                doc = yaml.load(f, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.doc, self.seen = doc, set()
        self.resolver = jsonschema.RefResolver("", doc)
        self.paths = [(path, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$"))
                      for path in doc["paths"]]

    def operations(self):
        """{(method, path, status)} that the file lists"""
        return {(method.upper(), path, int(status))
                for path, item in self.doc["paths"].items() for method in METHODS
                if method in item for status in item[method]["responses"]}

    def resolve(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def judge(self, where, value, schema):
        validator = jsonschema.Draft4Validator(schema, resolver=self.resolver)
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        if error is not None:
            place = "/".join(str(p) for p in error.absolute_path)
            raise AssertionError(f"{where} breaks openapi.yaml at '{place}': {error.message[:300]}")

    def find(self, method, path):
        for template, pattern in self.paths:
            item = self.doc["paths"][template]
            if pattern.match(path) and method.lower() in item:
                return template, item[method.lower()]
        return None, None

    @staticmethod
    def read(body):
        packed = isinstance(body, bytes) and body[:2] == b"\x1f\x8b"
        return json.loads(gzip.decompress(body) if packed else body)

    @staticmethod
    def content(node):
        return node["content"]["application/json"]["schema"]

    def check_query(self, where, item, operation, query):
        known = {self.resolve(p)["name"]: self.resolve(p)
                 for p in operation.get("parameters", []) + item.get("parameters", [])}
        for name, text in urllib.parse.parse_qsl(query):
            parameter = known.get(name)
            if parameter is None:
                raise AssertionError(f"{where}: openapi.yaml has no parameter {name}")
            value = int(text) if parameter["schema"]["type"] == "integer" else text
            self.judge(f"{where} ?{name}", value, parameter["schema"])

    def check(self, method, target, body, status, answer):
        """A request that was refused may be as wrong as it likes."""
        path, _, query = target.partition("?")
        template, operation = self.find(method, path)
        where = f"{method} {path} {status}"
        if operation is None:
            self.judge(where, answer, {"$ref": "#/components/schemas/Error"})
            if status not in NO_PLACE:
                raise AssertionError(f"{where}: openapi.yaml does not have it")
            return
        reply = operation["responses"].get(str(status))
        if reply is None and status in ANY_BODY and "requestBody" in operation:
            self.judge(where, answer, {"$ref": "#/components/schemas/Error"})
            return
        if reply is None:
            raise AssertionError(f"{where}: openapi.yaml has no such status")
        self.judge(where, answer, self.content(self.resolve(reply)))
        if status < 300:
            self.check_query(where, self.doc["paths"][template], operation, query)
            if "requestBody" in operation:
                self.judge(f"{where} request", self.read(body),
                           self.content(operation["requestBody"]))
        self.seen.add((method, template, status))


CONTRACT = Contract() if yaml else None


def check(method, target, body, status, answer):
    if CONTRACT and not target.startswith("/test/") and answer.get("name") != "PLANTED":
        CONTRACT.check(method, target, body, status, answer)
