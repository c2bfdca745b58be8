/* Tables hub_epoch and salvage_event: epochs that ended, and what their boxes still had to tell
 * (sync-protocol 3.7).
 */
#ifndef TOOLS_PRODUCT_CENTER_SALVAGED_H
#define TOOLS_PRODUCT_CENTER_SALVAGED_H

#include "tools/product-center/event.h"
#include "tools/product-center/store.h"

/* The store's epoch ends here; how far it got is remembered. */
void epoch_end(struct call *c, const struct store *s);

/* What is known of an old epoch's history: its events, wherever they went, and its end. */
struct known {
    uint64_t seq;
    uint8_t hash[HASH_BYTES];
};
struct history {
    struct known *at; /* in the arena */
    size_t n;
};
struct history history_read(struct call *c, uint32_t epoch, uint64_t first, uint64_t last);
bool history_has(const struct history *h, uint64_t seq, const uint8_t hash[HASH_BYTES]);

/* The seq up to which it is known without a gap; 0: nothing is. */
uint64_t history_end(struct call *c, uint32_t epoch);

/* All of them are new to the history. */
void salvaged_add(struct call *c, uint32_t epoch, struct str box_id, const struct arrival *a,
                  size_t n);

#endif
