/* Which verb is answered by what, and the answers that are one lookup. */
#include "edge/books/day.h"
#include "edge/books/menu.h"
#include "edge/books/query_parts.h"

void query_refuse(struct jw *w, const struct command *c, enum code code, const char *detail)
{
    view_refusal(w, c->req_id, code, detail, 0);
}

static void menu_get(const struct query *q, const struct command *c, struct jw *w)
{
    view_reply_begin(w, c->req_id, q->head->at, q->secret);
    menu_page(q->txn, c->cursor, w);
    jw_close(w, '}');
}

static void time_get(const struct query *q, const struct command *c, struct jw *w)
{
    view_reply_begin(w, c->req_id, q->head->at, q->secret);
    jw_kint(w, "now_at_ms", q->wall_ms);
    jw_kstring(w, "clock", c->clock_suspect ? STR("suspect") : STR("synced"));
    jw_close(w, '}');
}

/* ---- day.show ---- */

/* yyyymmdd; decode let only eight digits pass. */
static uint32_t day_number(struct str text)
{
    uint32_t day = 0;
    for (size_t i = 0; i < text.n; i++)
        day = day * 10 + (uint32_t)(text.p[i] - '0');
    return day;
}

static void day_show(const struct query *q, const struct command *c, struct jw *w)
{
    struct day_row d;
    uint32_t day = c->target.n ? day_number(c->target) : q->head->day;
    bool known = day_load(q->txn, day, &d);
    if (known && !d.closed)
        day_sum(q->txn, q->scratch, &d);
    view_reply_begin(w, c->req_id, q->head->at, q->secret);
    jw_karray(w, "days");
    if (known)
        day_view(w, &d);
    jw_close(w, ']');
    jw_close(w, '}');
}

/* ---- the table ---- */

static query_verb *const QUERIES[VERB_COUNT] = {
    [VERB_ORDER_GET] = query_order_get,
    [VERB_ORDER_LIST] = query_order_list,
    [VERB_ORDER_TRACE] = query_order_trace,
    [VERB_STOCK_GET] = query_stock_get,
    [VERB_STOCK_LIST] = query_stock_list,
    [VERB_STOCK_HISTORY] = query_stock_history,
    [VERB_STOCK_EXPLAIN] = query_stock_explain,
    [VERB_MENU_GET] = menu_get,
    [VERB_SYNC_SNAPSHOT] = query_snapshot,
    [VERB_TIME_GET] = time_get,
    [VERB_DAY_SHOW] = day_show,
    [VERB_JOURNAL_TAIL] = query_journal_tail,
    [VERB_OVERSELL_LIST] = query_oversell_list,
    [VERB_OVERSELL_SHOW] = query_oversell_show,
};

bool query_execute(const struct query *q, const struct command *c, struct jw *w)
{
    if (!QUERIES[c->verb])
        return false;
    QUERIES[c->verb](q, c, w);
    return true;
}
