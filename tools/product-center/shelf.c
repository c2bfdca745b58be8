#include "tools/product-center/shelf.h"

#include "tools/product-center/settings.h"

int64_t shelf_total(const struct call *c, const struct store *s, const struct stock_row *row)
{
    int64_t total = stock_total(row);
    if (total == AVAIL_INFINITE)
        return total;
    if (row->mode == MODE_STRICT) /* Rh; and Rh + Rc = real - L */
        return stock_real(row) - stock_locked(row) - total;
    if (total <= 0 || !store_offline(s, c->now_ms))
        return total;
    return total - (total * c->settings->offline_buffer_pct + 99) / 100;
}
