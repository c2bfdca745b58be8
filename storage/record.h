/* How one value stands on disk: [version u8][crc32c u32 little-endian][payload]. The checksum
 * covers table number, version, key and payload, so a value found under a wrong key is damaged too.
 */
#ifndef STORAGE_RECORD_H
#define STORAGE_RECORD_H

#include "storage/table.h"

#define RECORD_HEAD    5
#define RECORD_KEY_MAX 511 /* LMDB's own limit: what a damaged page may hand us */

/* Writes RECORD_HEAD + value.n bytes to `out`, which must not overlap `value`. */
void record_write(enum table table, struct bytes key, struct bytes value, uint8_t *out);
/* Returns NULL and the payload (pointing into raw), or what is wrong with it, as static text. */
const char *record_read(enum table table, struct bytes key, struct bytes raw, struct bytes *value);
/* One line for people: table, key (text where it is printable, else hex) and what is wrong. */
void record_blame(enum table table, struct bytes key, const char *what, char *out, size_t out_n);

#endif
