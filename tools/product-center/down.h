/* Table down_item: what goes down to a hub beside its stock rows. Whoever changes a case or an
 * order that the hub has to know puts the whole of it here, in the transaction of the change; relay
 * and pull take it from here and know nothing of its meaning.
 */
#ifndef TOOLS_PRODUCT_CENTER_DOWN_H
#define TOOLS_PRODUCT_CENTER_DOWN_H

#include "tools/product-center/store.h"

struct down_item {
    enum cloud_item_kind kind;
    uint64_t over;
    struct str data; /* JSON */
};
struct down_items {
    struct down_item *at;
    size_t n;
};
/* Puts `data`, one JSON object, in the place of what (kind, ref) was before, under the store's next
 * version, and into the outbox. Returns that version. The store is under its lock; the caller saves
 * it. */
uint64_t down_put(struct call *c, struct store *s, enum cloud_item_kind kind, struct str ref,
                  struct str data);
/* Those with over > since, by over, at most `limit`. In the arena; texts in the transaction. */
struct down_items down_page(struct call *c, uint64_t since, size_t limit);

#endif
