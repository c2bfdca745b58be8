/* From the hub's events to the orders of the mirror (sync-protocol 3.2). Bulk, as ingestion is: one
 * statement writes the orders of a whole group, and an order that the group itself opens is not
 * read before.
 *
 * Stock rows are not touched here: their counters are cumulative and merged elsewhere. That is why
 * a dead letter may be told to the mirror at any later time: what later events said stays.
 */
#ifndef TOOLS_PRODUCT_CENTER_MIRROR_EVENT_H
#define TOOLS_PRODUCT_CENTER_MIRROR_EVENT_H

#include "tools/product-center/event.h"
#include "tools/product-center/item.h"

/* Those that are good and say something of an order, in their order. `items` are their rows as
 * effect_objects names them. `late`: a dead letter; every order is read before. */
void mirror_events(struct call *c, uint32_t epoch, const struct arrival *a, size_t n,
                   const struct items *items, bool late);

#endif
