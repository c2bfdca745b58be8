/* A stored row as the cloud line writes it. */
#ifndef TOOLS_PRODUCT_CENTER_SHOW_H
#define TOOLS_PRODUCT_CENTER_SHOW_H

#include "proto/cloud_row.h"
#include "tools/product-center/item.h"

/* `text` holds updated_at and must outlive `out`. Without `x` it is the base API's data object. */
void item_show(const struct item *it, bool x, char text[WIRE_TIME], struct cloud_row *out);
/* One value. */
void item_write(struct jw *w, const struct item *it, bool x);

#endif
