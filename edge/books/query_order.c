#include <stdio.h>
#include <string.h>

#include "edge/books/query_parts.h"

/* ---- order.get ---- */

static bool load_visible(const struct query *q, const struct command *c, struct order *o)
{
    return order_find(q->txn, c->order_id, q->scratch, o) && sees_order(c, o);
}

void query_order_get(const struct query *q, const struct command *c, struct jw *w)
{
    struct order o;
    if (!load_visible(q, c, &o)) {
        query_refuse(w, c, CODE_ORDER_NOT_FOUND, NULL);
        return;
    }
    view_reply_begin(w, c->req_id, o.at, q->secret);
    jw_key(w, "order");
    view_order(w, &o, q->now_u_ms, NULL);
    jw_close(w, '}');
}

/* ---- order.list ---- */

/* Open and ended orders as one list, newest first. */
struct newest {
    struct scan scans[2];
    bool has[2];
};

static struct newest newest_begin(struct txn *txn, struct bytes from)
{
    struct newest n = {.scans = {scan_begin(txn, TABLE_ORDER_OPEN, from, true),
                                 scan_begin(txn, TABLE_ORDER_DONE, from, true)}};
    for (int i = 0; i < 2; i++) {
        n.scans[i].skip_bad = true;
        n.has[i] = scan_next(&n.scans[i]);
    }
    return n;
}

/* The scan that stands on the newest order; NULL: no more. */
static struct scan *newest_peek(struct newest *n)
{
    if (n->has[0] && n->has[1])
        return key_get_u64(n->scans[0].key.p) > key_get_u64(n->scans[1].key.p) ? &n->scans[0]
                                                                               : &n->scans[1];
    return n->has[0] ? &n->scans[0] : n->has[1] ? &n->scans[1] : NULL;
}

static void newest_advance(struct newest *n)
{
    struct scan *top = newest_peek(n);
    n->has[top - n->scans] = scan_next(top);
}

static void newest_end(struct newest *n)
{
    scan_end(&n->scans[0]);
    scan_end(&n->scans[1]);
}

static bool is_asked_for(const struct command *c, const struct order *o)
{
    return sees_order(c, o) && (!c->has_state || o->state == c->state) &&
           o->placed_at_ms >= c->since_ms;
}

/* Numbers rise with time, but clocks are set back: by less than this. */
#define SINCE_SLACK_MS (24LL * 3600 * 1000)

enum listed { LISTED, LISTED_FULL, LISTED_PAST };

static enum listed list_one(const struct query *q, const struct command *c, struct page *p,
                            struct bytes packed)
{
    struct order o;
    struct jw before = *p->w;
    arena_reset(q->scratch);
    if (!order_unpack(packed, q->scratch, &o))
        return LISTED;
    if (o.placed_at_ms < c->since_ms - SINCE_SLACK_MS)
        return LISTED_PAST;
    if (!is_asked_for(c, &o))
        return LISTED;
    view_order(p->w, &o, q->now_u_ms, NULL);
    return page_keep(p, before) ? LISTED : LISTED_FULL;
}

static void list_page(const struct query *q, const struct command *c, struct page *p,
                      struct newest *n)
{
    struct scan *top;
    enum listed listed = LISTED;
    jw_karray(p->w, "orders");
    for (int seen = 0; (top = newest_peek(n)) && seen < LIMIT_SCANNED_ROWS; seen++) {
        listed = list_one(q, c, p, top->value);
        if (listed != LISTED)
            break;
        newest_advance(n);
    }
    jw_close(p->w, ']');
    if (top && listed != LISTED_PAST)
        cursor_key(p->w, 0, top->key);
}

void query_order_list(const struct query *q, const struct command *c, struct jw *w)
{
    struct key from = {.n = 0};
    unsigned section = 0;
    if (!cursor_key_parse(c->cursor, &section, &from)) {
        query_refuse(w, c, CODE_BAD_REQUEST, "cursor");
        return;
    }
    struct page p = page_begin(q, c, w, c->limit);
    struct newest n = newest_begin(q->txn, key_bytes(&from));
    list_page(q, c, &p, &n);
    newest_end(&n);
    jw_close(w, '}');
}

/* ---- order.trace ---- */

#define TRACE_EVENTS 1024 /* of one order: LIMIT_OPS and its tickets are fewer */

struct trace {
    struct position at[TRACE_EVENTS]; /* newest first */
    size_t n;
};

/* The rules write the id raw and inside quotes, so that no note can look like it. */
static bool is_about(const struct event *e, const char *member)
{
    return memmem(e->body.p, e->body.n, member, strlen(member)) != NULL;
}

/* Back from the order's last event to its first: the journal's clock never goes back, and no event
 * before the placing has its time. */
static void trace_collect(const struct query *q, const struct order *o, struct trace *t)
{
    char member[64];
    struct event e;
    snprintf(member, sizeof member, "\"order_id\":\"%.*s\"", (int)o->order_id.n, o->order_id.p);
    struct journal_scan s = journal_scan_begin(q->txn, o->at, true);
    for (int seen = 0; seen < LIMIT_SCANNED_EVENTS && t->n < TRACE_EVENTS; seen++) {
        if (!journal_scan_next(&s, &e) || e.hlc.l_ms < o->placed_at_ms)
            break;
        if (e.body.n && is_about(&e, member))
            t->at[t->n++] = e.at;
    }
    journal_scan_end(&s);
}

/* Oldest first, those behind the cursor. */
static void trace_events(const struct query *q, struct page *p, const struct trace *t,
                         struct position after)
{
    struct position last = after;
    bool fits = true;
    jw_karray(p->w, "events");
    for (size_t i = t->n; i > 0 && fits; i--) {
        struct event e;
        if (position_cmp(t->at[i - 1], after) <= 0 || !journal_read(q->txn, t->at[i - 1], &e))
            continue;
        fits = page_event(p, &e);
        if (fits)
            last = e.at;
    }
    jw_close(p->w, ']');
    if (!fits)
        cursor_position(p->w, last);
}

static void trace_tickets(const struct query *q, const struct order *o, struct page *p,
                          bool is_first)
{
    struct key from = key_u64(o->no);
    struct scan s = scan_begin(q->txn, TABLE_TICKET, key_bytes(&from), false);
    s.skip_bad = true;
    jw_karray(p->w, "tickets");
    while (is_first && scan_next(&s) && key_get_u64(s.key.p) == o->no) {
        struct ticket t;
        struct jw before = *p->w;
        if (!ticket_unpack(s.value, q->scratch, &t))
            continue;
        view_ticket(p->w, &t, o, q->secret);
        if (!page_keep(p, before))
            break;
    }
    jw_close(p->w, ']');
    scan_end(&s);
}

void query_order_trace(const struct query *q, const struct command *c, struct jw *w)
{
    struct order o;
    struct trace t = {.n = 0};
    struct position after = {0, 0};
    if (!cursor_position_parse(c->cursor, &after)) {
        query_refuse(w, c, CODE_BAD_REQUEST, "cursor");
        return;
    }
    if (!load_visible(q, c, &o)) {
        query_refuse(w, c, CODE_ORDER_NOT_FOUND, NULL);
        return;
    }
    trace_collect(q, &o, &t);
    struct page p = page_begin(q, c, w, 0);
    jw_key(w, "order");
    view_order(w, &o, q->now_u_ms, NULL);
    trace_tickets(q, &o, &p, c->cursor.n == 0);
    trace_events(q, &p, &t, after);
    jw_close(w, '}');
}
