/* Table base_cut: what the setter of a row's base had seen. A deduction that it had seen is in the
 * base already and claims nothing of it any more (sync-protocol 1.7, 5.1).
 */
#ifndef TOOLS_PRODUCT_CENTER_BASE_CUT_H
#define TOOLS_PRODUCT_CENTER_BASE_CUT_H

#include "tools/product-center/event.h"
#include "tools/product-center/item.h"

struct base_cut {
    struct position hub; /* events up to it */
    uint64_t ver;        /* versions of the store up to it */
};
/* The center has just given the row its base. The store is under its lock. */
void base_cut_set(struct call *c, const struct stock_row *row, const struct store *s);
/* Those counts among the events that became their rows' base. `items` are their merged rows. */
void base_cut_events(struct call *c, uint32_t epoch, const struct arrival *a, size_t n,
                     const struct items *items);
/* Of the base that the row has; all zero: of none is known that it saw anything. */
struct base_cut base_cut_of(struct call *c, const struct stock_row *row);

#endif
