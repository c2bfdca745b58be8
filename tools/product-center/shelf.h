/* What the center may sell of a row online (sync-protocol 1.3, 5.5, 6.1). */
#ifndef TOOLS_PRODUCT_CENTER_SHELF_H
#define TOOLS_PRODUCT_CENTER_SHELF_H

#include "proto/row.h"
#include "tools/product-center/store.h"

/* T in tenths, before channel limits; AVAIL_INFINITE: unlimited. STRICT: the center's rights Rc.
 * LOOSE: while the store is offline a part is kept back for what it sells meanwhile. */
int64_t shelf_total(const struct call *c, const struct store *s, const struct stock_row *row);

#endif
