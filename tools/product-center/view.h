/* objects[] of a batch: what the hub sees once its events took effect (sync-protocol 4.3). Nothing
 * is taken from it; where it is another row than the center's, one of the two is wrong, and people
 * are told: VIEW_MISMATCH in the log, and in GET hub/stores.
 */
#ifndef TOOLS_PRODUCT_CENTER_VIEW_H
#define TOOLS_PRODUCT_CENTER_VIEW_H

#include "proto/cloud_row.h"
#include "tools/product-center/item.h"

/* In status, plan or real quantity. Of a hub that has seen all there is and told all it has. */
bool view_differs(const struct cloud_row *view, const struct stock_row *row);
/* `n` rows of the store differ, and this is one. The store is under its lock. */
void view_report(struct call *c, const struct cloud_row *view, const struct stock_row *row,
                 size_t n);

#endif
