/* Records to bytes and back with one description for both directions: a record's `fields` function
 * names its fields in order, and the pack decides whether to write or to read them. So the two ways
 * cannot differ.
 *
 *     static void row_fields(struct pack *p, struct row *r) { pack_i64(p, &r->h_t); ... }
 *
 * Integers are variable length (zigzag LEB128): most of them are small and flash wears by the byte.
 * Errors stick: a read past the end or a full buffer makes pack_ok false, and all later reads give
 * zeroes. Text that is read points into the input.
 */
#ifndef PROTO_PACK_H
#define PROTO_PACK_H

#include "proto/types.h"

struct pack {
    uint8_t *w;       /* writing: where */
    const uint8_t *r; /* reading: from */
    size_t at, end;
    bool writing, bad;
};
void pack_writer(struct pack *p, void *buf, size_t cap);
void pack_reader(struct pack *p, const void *buf, size_t n);
bool pack_ok(const struct pack *p);
/* Reading: everything was consumed and nothing failed. */
bool pack_done(const struct pack *p);

void pack_i64(struct pack *p, int64_t *v);
void pack_u64(struct pack *p, uint64_t *v);
void pack_u32(struct pack *p, uint32_t *v);
void pack_u16(struct pack *p, uint16_t *v);
void pack_u8(struct pack *p, uint8_t *v);
void pack_bool(struct pack *p, bool *v);
void pack_str(struct pack *p, struct str *v, size_t max);
void pack_bytes(struct pack *p, void *fixed, size_t n);
/* A count, at most max: more is bad. */
void pack_count(struct pack *p, uint16_t *n, uint16_t max);
/* Enums, by value. */
#define pack_enum(p, v)                                                                            \
    do {                                                                                           \
        uint16_t pack_e_ = (uint16_t) * (v);                                                       \
        pack_u16((p), &pack_e_);                                                                   \
        if (!(p)->writing)                                                                         \
            *(v) = pack_e_;                                                                        \
    } while (0)

#endif
