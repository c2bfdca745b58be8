/* The messages to hubs (sync-protocol 4.4), made from the tables: rows that changed, rows again for
 * hubs that lag, heads.
 *
 * A message says which versions it follows (prev_ver). A version is passed over when its row
 * changed again, because that row comes with its later version, and when it is an echo that the hub
 * made itself. Both are safe: whoever pulls since a version gets every row that changed after it.
 *
 * Each function works inside the caller's transaction and returns when the broker has acknowledged.
 * False: the connection to the broker is of no more use; roll back.
 */
#ifndef TOOLS_PRODUCT_CENTER_DELIVER_H
#define TOOLS_PRODUCT_CENTER_DELIVER_H

#include "tools/product-center/outbox.h"
#include "tools/product-center/push.h"

/* The oldest of the outbox, then the heads of their stores. *more: there may be others. */
bool deliver_outbox(struct call *c, struct push *p, bool *more);
/* What stores have not seen that lag, then their heads. */
bool deliver_lag(struct call *c, struct push *p, bool *more);
/* The heads of the next `limit` stores; `at` moves on, and begins again at the end. All zero is the
 * beginning; its texts are its own, so it does not move in memory. */
struct head_cursor {
    struct store_key after;
    char brand[40], poi[40];
};
bool deliver_heads(struct call *c, struct push *p, struct head_cursor *at, size_t limit);

#endif
