/* Table order_override: what a manager let an order take beyond the store's selling rights
 * (OVERRIDE_NOTE, sync-protocol 5.5). The note comes before the order's own event; a case that such
 * an order caused says so.
 */
#ifndef TOOLS_PRODUCT_CENTER_OVERRIDE_H
#define TOOLS_PRODUCT_CENTER_OVERRIDE_H

#include "tools/product-center/event.h"

/* The notes among the events; one that is known already stays. */
void overrides_add(struct call *c, const struct arrival *a, size_t n);

#endif
