/* What a fenced box sold, seen from the epochs after it: its H is frozen, so its sales become the
 * center's (sync-protocol 3.7).
 *
 * What a later count has covered is gone from the shelf that was counted, and what was sold before
 * a new generation began was taken out of the old one: neither is subtracted again. Nor is what the
 * center commanded: its command waits until it is heard to be done, so the next box does it.
 */
#ifndef TOOLS_PRODUCT_CENTER_SALVAGE_STOCK_H
#define TOOLS_PRODUCT_CENTER_SALVAGE_STOCK_H

#include "tools/product-center/event.h"
#include "tools/product-center/item.h"

/* The counts of the epochs after `epoch`, the last one of each object; in the arena. */
struct counted {
    struct object object;
    struct hlc hlc;
};
struct counts {
    struct counted *at;
    size_t n;
};
struct counts counts_read(struct call *c, uint32_t epoch);

/* C takes what the good events moved H by. `items` are those of effect_objects; center_ms: l of the
 * store's clock. */
void salvage_merge(int64_t center_ms, const struct counts *counts, struct items *items,
                   const struct arrival *a, size_t n, uint32_t epoch);

#endif
