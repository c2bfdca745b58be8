#!/usr/bin/python3
"""Bodies that come compressed (sync-protocol 3.4)."""

import gzip
import json
import zlib

import center
from hub import SYNC, Hub

A = 1001
UPDATE = "/api/v1/poi/stock/update"
BODY_MAX = 2 << 20
GZIP = {"Content-Encoding": "gzip"}


class Gzip(center.CenterTest):
    def packed(self, path, text, headers=None):
        return self.center.post(path, text, headers=headers or GZIP)

    def update(self, bytes_long):
        body = {"brandId": "1", "poiId": "1", "object_id": A, "x": ""}
        body["x"] = "a" * (bytes_long - len(json.dumps(body)))
        return json.dumps(body).encode()

    def test_a_packed_batch_is_taken(self):
        hub = Hub(self.center, "7")
        hub.open_epoch()
        for _ in range(200):
            hub.sell(A)
        text = json.dumps(hub.batch(1, 200)).encode()
        packed = gzip.compress(text)
        self.assertLess(len(packed) * 5, len(text))
        status, answer = self.packed(SYNC, packed)
        self.assertEqual((status, answer["acked_seq"]), (200, 200))

    def test_what_it_unpacks_to_has_a_limit(self):
        self.assertEqual(self.packed(UPDATE, gzip.compress(self.update(BODY_MAX)))[0], 200)
        for more in (1, 100 << 20):
            status, answer = self.packed(UPDATE, gzip.compress(self.update(BODY_MAX + more)))
            self.assertEqual((status, answer["name"]), (413, "TOO_LARGE"))

    def test_what_is_no_gzip_is_refused(self):
        good = gzip.compress(self.update(5000))
        for bad in (b"{}", b"", good[:-1], good[:-9], good + b"x", good + good,
                    good[:40] + bytes([good[40] ^ 255]) + good[41:], zlib.compress(b"{}")):
            status, answer = self.packed(UPDATE, bad)
            self.assertEqual((status, answer["name"]), (400, "BAD_REQUEST"), bad[:20])

    def test_other_encodings_are_refused(self):
        for name in ("deflate", "br", "gzip, gzip"):
            status, answer = self.packed(UPDATE, self.update(100), {"Content-Encoding": name})
            self.assertEqual((status, answer["name"]), (415, "UNSUPPORTED_ENCODING"), name)
        self.assertEqual(self.packed(UPDATE, self.update(100), {"Content-Encoding": "identity"})[0],
                         200)


if __name__ == "__main__":
    center.main()
