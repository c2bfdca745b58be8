#!/usr/bin/python3
"""Planted bad trees: house_check must turn red on each, for the right reason, and stay green on
the good one."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
DOORMEN = "hub lmdb.h storage/store\nhub uv.h edge/*\ntools/ctl ncurses.h tools/ctl/screen\n"

GOOD = {
    "tests/house/doormen.txt": DOORMEN,
    "proto/types.h": "#include <stdint.h>\n",
    "proto/types.c": '#include "proto/types.h"\n#include <sys/stat.h>\n',
    "storage/store.h": '#include "proto/types.h"\n',
    "storage/store.c": '#include "storage/store.h"\n#include <lmdb.h>\n',
    "edge/books/books.h": '#include "storage/store.h"\n',
    "edge/books/books.c": '#include "edge/books/books.h"\n',
    "sync/uplink.h": '#include "storage/store.h"\n',
    "edge/hub.c": '#include "edge/books/books.h"\n#include "sync/uplink.h"\n#include <uv.h>\n',
    "tools/ctl/main.c": '#include "proto/types.h"\n#include "tools/ctl/screen.h"\n',
    "tools/ctl/screen.h": "",
    "tools/ctl/screen.c": "#include <ncurses.h>\n",
    "tools/benches/books/main.c": '#include "edge/books/books.h"\n',
    "tests/unit/test_books.c": '#include "edge/books/books.h"\n/* #include "sync/nothing.h" */\n',
}


def run(changes):
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**GOOD, **changes}.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as f:
                f.write(text)
        done = subprocess.run([sys.executable, os.path.join(HERE, "house_check.py"), root],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


class HouseCheck(unittest.TestCase):
    def red(self, changes, *reasons):
        code, out = run(changes)
        self.assertEqual(code, 1, out)
        for reason in reasons:
            self.assertIn(reason, out)

    def green(self, changes, *texts):
        code, out = run(changes)
        self.assertEqual(code, 0, out)
        for text in texts:
            self.assertIn(text, out)

    def test_good_tree_is_green(self):
        self.green({}, "0 red, 0 warnings")

    def test_proto_includes_storage(self):
        self.red({"proto/bad.c": '\n#include "storage/store.h"\n'},
                 "proto/bad.c:2: proto may not include storage/store.h")

    def test_storage_includes_books(self):
        self.red({"storage/bad.c": '#include "edge/books/books.h"\n'}, "storage may not include")

    def test_books_include_sync(self):
        self.red({"edge/books/bad.c": '#include "sync/uplink.h"\n'}, "edge/books may not include")

    def test_sync_includes_books(self):
        self.red({"sync/bad.c": '#include "edge/books/books.h"\n'}, "sync may not include")

    def test_sync_includes_the_shell(self):
        self.red({"sync/bad.c": '#include "edge/shell.h"\n', "edge/shell.h": ""},
                 "sync may not include edge/shell.h")

    def test_sync_includes_the_loop(self):
        self.red({"sync/bad.c": "#include <uv.h>\n"}, "<uv.h> outside its doorman edge/*")

    def test_books_include_the_shell(self):
        self.red({"edge/shell.h": "", "edge/books/bad.c": '#include "edge/shell.h"\n'},
                 "edge/books may not include")

    def test_relative_path_does_not_hide_an_arrow(self):
        self.red({"edge/shell.h": "", "edge/books/bad.c": '#include "../shell.h"\n'},
                 "edge/books may not include edge/shell.h")

    def test_angle_brackets_do_not_hide_an_arrow(self):
        self.red({"proto/bad.c": "#include <storage/store.h>\n"}, "proto may not include")

    def test_tool_includes_storage(self):
        self.red({"tools/ctl/bad.c": '#include "storage/store.h"\n'}, "tools/ctl may not include")

    def test_tool_includes_another_tool(self):
        self.red({"tools/other/bad.c": '#include "tools/ctl/screen.h"\n'},
                 "tools/other may not include")

    def test_product_includes_tests(self):
        self.red({"tests/unit/x.h": "", "edge/bad.c": '#include "tests/unit/x.h"\n'},
                 "edge may not include")

    def test_circle_of_headers(self):
        self.red({"proto/a.h": '#include "proto/b.h"\n', "proto/b.h": '#include "proto/a.h"\n'},
                 "circle proto/a -> proto/b -> proto/a")

    def test_circle_through_a_source(self):
        self.red({"proto/a.h": "", "proto/b.h": "", "proto/a.c": '#include "proto/b.h"\n',
                  "proto/b.c": '#include "proto/a.h"\n'}, "circle")

    def test_circle_of_three(self):
        self.red({"proto/a.h": '#include "proto/b.h"\n', "proto/b.h": '#include "proto/c.h"\n',
                  "proto/c.h": "", "proto/c.c": '#include "proto/a.h"\n'},
                 "circle proto/a -> proto/b -> proto/c -> proto/a")

    def test_foreign_header_outside_its_doorman(self):
        self.red({"storage/writer.c": "#include <lmdb.h>\n"},
                 "<lmdb.h> outside its doorman storage/store")

    def test_doorman_pattern_stays_in_its_folder(self):
        self.red({"edge/books/bad.c": "#include <uv.h>\n"}, "<uv.h> outside its doorman edge/*")

    def test_doorman_of_another_program(self):
        self.red({"tools/ctl/db.c": "#include <lmdb.h>\n"}, "<lmdb.h> has no doorman")

    def test_unlisted_foreign_header(self):
        self.red({"edge/bad.c": "#include <zlib.h>\n"}, "<zlib.h> has no doorman")

    def test_include_of_nothing(self):
        self.red({"edge/bad.c": '#include "edge/nothing.h"\n'}, "is no file of the tree")

    def test_include_through_a_macro(self):
        self.red({"edge/bad.c": "#include HEADER\n"}, "through the macro HEADER")

    def test_a_function_out_of_its_hand(self):
        self.red({"edge/books/books.c": "/* stock_save( */\nvoid f(void)\n{\n    stock_save(t, r);\n}\n"},
                 "edge/books/books.c:4: stock_save: rows are saved through turn_keep_row")
        self.green({"edge/books/row_save.c": "void f(void)\n{\n    stock_save(t, r);\n}\n",
                    "tests/unit/test_books.c": "void f(void)\n{\n    stock_save(t, r);\n}\n"})

    def test_file_on_no_floor(self):
        self.red({"common/utils.c": ""}, "common/utils.c: stands on no floor")

    def test_long_file_and_function_are_warnings(self):
        body = "int f(void)\n{\n" + "    x();\n" * 80 + "}\n"
        self.green({"edge/long.c": body + "\n" * 500}, "edge/long.c: 583 lines",
                   "edge/long.c:1: function of 83 lines")


if __name__ == "__main__":
    unittest.main()
