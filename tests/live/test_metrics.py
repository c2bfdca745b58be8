#!/usr/bin/python3
"""/metrics is what Prometheus takes: one HELP and one TYPE a family, names by its conventions, base
units, and every sample of a family that was announced."""

import re
import unittest

from live import COLA, LiveTest, order_lines
from store import SOON_S

NAME = r"poshub_[a-z0-9_]+"
SAMPLE = re.compile(rf'({NAME})(\{{(?:quantile="0\.\d+"|link="[a-z]+")\}})? (\d+(?:\.\d+)?)')
NOT_BASE = re.compile(r"micro|milli|_(ms|us)(_|$)|permille|percent|minutes")
SUMMARY_ENDS = ("_sum", "_count")


class Metrics(LiveTest):
    def page(self):
        """{family: type}, {sample: value}"""
        types, samples = {}, {}
        for line in self.store.get("/metrics").splitlines():
            if line.startswith("# HELP "):
                self.assertRegex(line, rf"^# HELP {NAME} \S")
                family = line.split()[2]
                self.assertNotIn(family, types)
            elif line.startswith("# TYPE "):
                self.assertEqual(line.split()[2], family)
                types[family] = line.split()[3]
            else:
                name, label, value = SAMPLE.fullmatch(line).groups()
                of_summary = {family + end for end in SUMMARY_ENDS}
                summary = types[family] == "summary"
                self.assertIn(name, of_summary | {family} if summary else {family})
                self.assertEqual("quantile" in (label or ""), summary and name == family)
                self.assertNotIn(name + (label or ""), samples)
                samples[name + (label or "")] = float(value)
        return types, samples

    def test_names_say_type_and_unit(self):
        for family, kind in self.page()[0].items():
            with self.subTest(family):
                self.assertEqual(family.endswith("_total"), kind == "counter")
                self.assertFalse(family.endswith((*SUMMARY_ENDS, "_bucket")))
                self.assertNotRegex(family, NOT_BASE)

    def test_the_latency_adds_up_in_seconds(self):
        before = self.page()[1]
        till = self.device("till-1")
        for n in range(5):
            self.ok(till.ask("order.place", order_id=f"m-{n}", lines=order_lines((COLA, 1))))
        after = self.page()[1]
        took, count = (after[f"poshub_request_seconds{end}"] - before[f"poshub_request_seconds{end}"]
                       for end in SUMMARY_ENDS)
        self.assertEqual(count, 5)
        self.assertTrue(0 < took < SOON_S, took)
        self.assertTrue(0 < after['poshub_request_seconds{quantile="0.5"}']
                        <= after['poshub_request_seconds{quantile="0.99"}'] < SOON_S)
        self.assertTrue(0 <= after["poshub_store_used_ratio"] <= 1)


if __name__ == "__main__":
    unittest.main()
