"""Where a record stands in a store's data.mdb, so that a test can damage it.

Only what that needs of LMDB's file format (0.9, 64-bit, little-endian): two meta pages, of which
the newer counts; a B+tree whose leaves name the tables; a B+tree per table.
"""

import os
import struct

HEADER = 16
BRANCH, LEAF = 0x01, 0x02
BIG, MAGIC = 0x01, 0xBEEFC0DE
DB_BYTES, ROOT_AT = 48, 40
NO_PAGE = 2**64 - 1
RECORD_HEAD = 5  # version byte and CRC32C, before the payload


class LmdbFile:
    """path: of the store's folder. Nothing may have it open for writing."""

    def __init__(self, data_dir):
        self.path = os.path.join(data_dir, "data.mdb")
        with open(self.path, "rb") as f:
            self.bytes = bytearray(f.read())
        self.page_size = struct.unpack_from("<I", self.bytes, HEADER + 24)[0]
        self.main_root = max(self._meta(n) for n in (0, 1))[1]

    def _meta(self, page):
        """(transaction number, root of the main tree)"""
        at = page * self.page_size + HEADER
        assert struct.unpack_from("<I", self.bytes, at)[0] == MAGIC
        root = struct.unpack_from("<Q", self.bytes, at + 24 + DB_BYTES + ROOT_AT)[0]
        return struct.unpack_from("<Q", self.bytes, at + 24 + 2 * DB_BYTES + 8)[0], root

    def _leaves(self, page):
        """(key, offset of the value, its size) below a page, in the order of keys."""
        if page == NO_PAGE:
            return
        start = page * self.page_size
        flags, lower = struct.unpack_from("<HH", self.bytes, start + 10)
        for pointer in range((lower - HEADER) // 2):
            node = start + struct.unpack_from("<H", self.bytes, start + HEADER + 2 * pointer)[0]
            low, high, node_flags, key_n = struct.unpack_from("<4H", self.bytes, node)
            if flags & BRANCH:
                yield from self._leaves(low | high << 16 | node_flags << 32)
                continue
            at = node + 8 + key_n
            if node_flags & BIG:
                at = struct.unpack_from("<Q", self.bytes, at)[0] * self.page_size + HEADER
            yield bytes(self.bytes[node + 8:node + 8 + key_n]), at, low | high << 16

    def records(self, table):
        """(key, offset, size) of every record."""
        for name, at, _ in self._leaves(self.main_root):
            if name == table.encode():
                yield from self._leaves(struct.unpack_from("<Q", self.bytes, at + ROOT_AT)[0])

    def damage(self, table, wanted):
        """Flips a bit in the payload of the one record whose key and value `wanted` accepts; its
        key."""
        found = [(key, at, n) for key, at, n in self.records(table)
                 if wanted(key, bytes(self.bytes[at:at + n]))]
        assert len(found) == 1, f"{len(found)} records in {table}"
        key, at, n = found[0]
        flipped = at + RECORD_HEAD + (n - RECORD_HEAD) // 2
        with open(self.path, "r+b") as f:
            f.seek(flipped)
            f.write(bytes([self.bytes[flipped] ^ 0x10]))
        return key
