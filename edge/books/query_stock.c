#include "edge/books/menu.h"
#include "edge/books/query_parts.h"

/* ---- stock.get, stock.list ---- */

bool query_row(const struct query *q, struct object object, struct stock_row *row)
{
    struct menu_item item;
    struct menu_spu spu;
    if (stock_load(q->txn, object, row))
        return true;
    if (object.type == OBJECT_SKU && menu_item_load(q->txn, object.id, &item)) {
        row->name = item.name;
        row->step_t = item.step_t;
        return true;
    }
    if (object.type == OBJECT_SPU && menu_spu_load(q->txn, object.id, &spu)) {
        row->name = spu.name;
        return true;
    }
    return false;
}

void query_stock_get(const struct query *q, const struct command *c, struct jw *w)
{
    struct stock_row row;
    if (!query_row(q, c->object, &row)) {
        query_refuse(w, c, CODE_UNKNOWN_OBJECT, NULL);
        return;
    }
    view_reply_begin(w, c->req_id, row.at.epoch ? row.at : q->head->at, q->secret);
    struct stock_times times = stock_times_at(&row, q->zone, q->wall_ms);
    jw_key(w, "stock");
    view_stock_whole(w, &row, &times);
    jw_close(w, '}');
}

static bool list_row(struct page *p, struct bytes packed)
{
    struct stock_row row;
    struct jw before = *p->w;
    if (!stock_unpack(packed, &row) || stock_is_plain(&row))
        return true;
    view_stock(p->w, &row, NULL);
    return page_keep(p, before);
}

void query_stock_list(const struct query *q, const struct command *c, struct jw *w)
{
    struct key from = {.n = 0};
    unsigned section = 0;
    if (!cursor_key_parse(c->cursor, &section, &from)) {
        query_refuse(w, c, CODE_BAD_REQUEST, "cursor");
        return;
    }
    struct page p = page_begin(q, c, w, c->limit);
    struct scan s = scan_begin(q->txn, TABLE_STOCK, key_bytes(&from), false);
    bool more = false;
    s.skip_bad = true;
    jw_karray(w, "stocks");
    for (int seen = 0; !more && scan_next(&s); seen++)
        more = seen == LIMIT_SCANNED_ROWS || !list_row(&p, s.value);
    jw_close(w, ']');
    if (more)
        cursor_key(w, 0, s.key);
    scan_end(&s);
    jw_close(w, '}');
}
