/* Table poi_item_channel_stock. */
#ifndef TOOLS_PRODUCT_CENTER_CHANNEL_H
#define TOOLS_PRODUCT_CENTER_CHANNEL_H

#include "proto/row.h"
#include "tools/product-center/call.h"

/* A stored row, by its id in poi_item_stock. */
struct channels_of {
    int64_t stock_id;
    struct stock_row *row;
};
/* Fills in the channels of rows that were just read. */
void channels_load(struct call *c, const struct channels_of *of, size_t n);
/* Writes them, new ones and old ones. */
void channels_save(struct call *c, const struct channels_of *of, size_t n);

/* Columns of type bigint[]: {l_ms, c, origin}. */
void stamp_put(struct jw *w, const char *column, struct stamp v);
struct stamp stamp_get(const struct db_rows *r, size_t row, int column);

#endif
