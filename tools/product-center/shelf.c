#include "tools/product-center/shelf.h"

#include "proto/rights.h"
#include "proto/shares.h"
#include "tools/product-center/settings.h"

int64_t shelf_total(const struct call *c, const struct store *s, const struct stock_row *row)
{
    int64_t total = shares_total(row, SITE_CENTER);
    if (total == AVAIL_INFINITE || total <= 0 || rights_strict(row) || !store_offline(s, c->now_ms))
        return total;
    return total - (total * c->settings->offline_buffer_pct + 99) / 100;
}
