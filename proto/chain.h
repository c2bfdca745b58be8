/* The hash of one journal event: SHA-256 of the canonical JSON of
 * {"bh","cv","hlc","kind","prev","seq"} (sync-protocol 3.1), written directly: this is the busiest
 * text of the hub's writer thread. The hub chains with it, the center verifies.
 */
#ifndef PROTO_CHAIN_H
#define PROTO_CHAIN_H

#include "proto/hlc.h"
#include "proto/types.h"

#define HASH_BYTES 32

struct chain_link {
    uint64_t seq, cv;
    struct hlc hlc;
    struct str kind;          /* its name: a center meets kinds it does not know; LIMIT_KIND bytes,
                               * nothing in it needs escaping */
    const uint8_t *bh, *prev; /* HASH_BYTES each; borrowed */
};
void chain_hash(const struct chain_link *link, uint8_t out[HASH_BYTES]);

/* The hash before seq 1 of an epoch. The two ids together have at most 400 bytes. */
void chain_genesis(struct str brand_id, struct str poi_id, uint32_t epoch, uint8_t out[HASH_BYTES]);

#endif
