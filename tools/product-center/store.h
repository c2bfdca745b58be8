/* Table store: one row a store. Its lock is what orders everything that happens to the store, so
 * that ver order is commit order.
 */
#ifndef TOOLS_PRODUCT_CENTER_STORE_H
#define TOOLS_PRODUCT_CENTER_STORE_H

#include "proto/chain.h"
#include "tools/product-center/call.h"

struct store {
    uint32_t epoch;           /* the one that may write; 0: no hub has enrolled */
    uint64_t acked, head;     /* seq of that epoch: merged here, and known to exist there */
    uint8_t tail[HASH_BYTES]; /* chain hash of `acked`; of the genesis while that is 0 */
    uint64_t ver, applied;    /* given last, and seen by the hub */
    uint64_t floor;           /* tombstones up to this ver are gone */
    uint32_t center_epoch;
    struct hlc hlc;
    int64_t seen_ms;     /* when the hub was heard of last; 0: never */
    bool setting_due;    /* its settings have changed since it was told; written elsewhere */
    struct str box_id;   /* of the hub that spoke last; lives as long as the transaction */
    struct str timezone; /* IANA name, as long as the transaction; written by zone_set */
};
/* Reads it under its lock, until the transaction ends; makes the row when it is missing. */
void store_lock(struct call *c, struct store *out);
/* Reads it as it is, without a lock. False: no such store; *out is then a new one. */
bool store_read(struct call *c, struct store *out);
/* Writes all of it. Only under the lock. */
void store_save(struct call *c, const struct store *s);
/* Without the lock, and only if need be: the hub was heard of just now. */
void store_heard(struct call *c);
/* A hub that once spoke was silent for 15 s (sync-protocol 6.1). */
bool store_offline(const struct store *s, int64_t now_ms);
/* The next version. */
uint64_t store_next_ver(struct store *s);

#endif
