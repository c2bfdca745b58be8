/* Everything that a hub has to know, in one order: stock rows and down_items by their versions. */
#ifndef TOOLS_PRODUCT_CENTER_FEED_H
#define TOOLS_PRODUCT_CENTER_FEED_H

#include "tools/product-center/down.h"
#include "tools/product-center/item.h"

/* Exactly one of the two is there. */
struct feed_entry {
    uint64_t over;
    const struct item *row;
    const struct down_item *item;
};
struct feed {
    struct feed_entry *at;
    size_t n;
};
/* Those with over > since, by over, at most `limit`; tombstones too. In the arena. */
struct feed feed_page(struct call *c, uint64_t since, size_t limit);
/* An element of a pull. */
void feed_write(struct jw *w, const struct feed_entry *e);

#endif
