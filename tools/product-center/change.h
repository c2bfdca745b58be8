/* What a change of stock rows leaves behind, in the transaction that made it: a new version for
 * each row, the row, its line in poi_item_stock_log, and its entry in the outbox.
 */
#ifndef TOOLS_PRODUCT_CENTER_CHANGE_H
#define TOOLS_PRODUCT_CENTER_CHANGE_H

#include "tools/product-center/item.h"

struct change {
    const char *by;           /* "store" (base API body), "hub" (events), "merchant", "timer",
                               * "grant" (what the hub asked for), "takeover", "salvage", "found" */
    struct position position; /* hub: the last event of the batch; else zero */
    bool echo;                /* the hub's own: no push to it of what is no news */
};
/* Writes the items marked `changed`, and nothing where there are none. Their channels' reserves and
 * when they are due are brought up to date here, for whoever changed them. The store is under its
 * lock; its ver moves, the caller saves it. */
void change_commit(struct call *c, struct store *s, struct items *items, const struct change *how);

#endif
