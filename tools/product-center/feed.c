#include "tools/product-center/feed.h"

#include "tools/product-center/show.h"

struct feed feed_page(struct call *c, uint64_t since, size_t limit)
{
    struct items rows = items_page(c, since, limit, true);
    struct down_items items = down_page(c, since, limit);
    size_t n = rows.n + items.n < limit ? rows.n + items.n : limit;
    struct feed feed = {.at = arena_alloc(&c->arena, n * sizeof(*feed.at))};
    size_t r = 0, i = 0;
    for (; feed.at != NULL && feed.n < n; feed.n++) {
        bool is_row = i == items.n || (r < rows.n && rows.at[r].over < items.at[i].over);
        struct feed_entry *e = &feed.at[feed.n];
        if (is_row)
            *e = (struct feed_entry){.over = rows.at[r].over, .row = &rows.at[r]};
        else
            *e = (struct feed_entry){.over = items.at[i].over, .item = &items.at[i]};
        r += is_row;
        i += !is_row;
    }
    return feed;
}

void feed_write(struct jw *w, const struct feed_entry *e)
{
    if (e->row != NULL) {
        item_write(w, e->row, true);
        return;
    }
    cloud_item_begin(w, e->item->kind, e->over);
    jw_raw(w, e->item->data);
    cloud_item_end(w);
}
