/* Keys: fixed-width big-endian parts, so that disk order is meaningful order. A key is at most
 * KEY_BYTES long; adding more is a bug of the caller (assert).
 */
#ifndef STORAGE_KEY_H
#define STORAGE_KEY_H

#include "storage/table.h"

#define KEY_BYTES 112
struct key {
    uint8_t b[KEY_BYTES];
    size_t n;
};
struct key key_u64(uint64_t v);
struct key key_text(struct str v);
void key_add_u8(struct key *k, uint8_t v);
void key_add_u32(struct key *k, uint32_t v);
void key_add_u64(struct key *k, uint64_t v);
void key_add_text(struct key *k, struct str v); /* the text and a 0 byte */
struct bytes key_bytes(const struct key *k);    /* borrowed from k */
uint32_t key_get_u32(const void *p);
uint64_t key_get_u64(const void *p);

#endif
