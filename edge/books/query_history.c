/* What happened to one stock row, read from the bodies of the journal: stock.history event by
 * event, stock.explain summed up.
 */
#include <stdio.h>
#include <string.h>

#include "edge/books/query_parts.h"
#include "proto/rights.h"

/* What one event did to the row. */
struct moved {
    bool any; /* counters moved; else only a register was set */
    int64_t q_t, real_b_t, real_a_t, locked_b_t, locked_a_t;
    struct str order_id, reason;
};

static int64_t integer_of(const struct json *object, const char *key)
{
    int64_t n = 0;
    const struct json *v = json_get(object, key);
    if (v)
        json_integer(v, &n);
    return n;
}

static bool is_object(const struct json *v, struct object object)
{
    return integer_of(v, "object_id") == object.id &&
           integer_of(v, "object_type") == (int64_t)object.type;
}

static void add_effect(struct moved *m, const struct json *eff)
{
    if (!m->any) {
        m->real_b_t = integer_of(eff, "real_b");
        m->locked_b_t = integer_of(eff, "lk_b");
    }
    m->any = true;
    m->q_t += integer_of(eff, "q_t");
    m->real_a_t = integer_of(eff, "real_a");
    m->locked_a_t = integer_of(eff, "lk_a");
}

/* `holder` is a body, or a line of one. */
static void add_effects(struct moved *m, const struct json *holder, struct object object)
{
    const struct json *list = json_get(holder, "eff");
    const struct json *eff = list ? json_first(list) : NULL;
    for (; eff; eff = json_next(eff)) {
        if (is_object(eff, object))
            add_effect(m, eff);
    }
}

static void body_read(const struct json *body, struct object object, struct moved *out)
{
    const struct json *lines = json_get(body, "lines");
    const struct json *line = lines ? json_first(lines) : NULL;
    add_effects(out, body, object);
    for (; line; line = json_next(line))
        add_effects(out, line, object);
    out->order_id = json_text_at(body, "order_id");
    out->reason = json_text_at(body, "reason");
    if (out->reason.n == 0)
        out->reason = json_text_at(body, "cause");
}

/* ---- the walk ---- */

struct walk {
    struct journal_scan scan;
    struct object object;
    char member[64]; /* how the object stands in a canonical body */
    int seen;
    struct event e; /* the event just found */
    struct json *body;
    struct moved moved;
};

static void walk_begin(struct walk *k, const struct query *q, struct object object,
                       struct position from)
{
    *k = (struct walk){.scan = journal_scan_begin(q->txn, from, true), .object = object};
    snprintf(k->member, sizeof k->member, "\"object_id\":%lld,\"object_type\":%d",
             (long long)object.id, (int)object.type);
}

static bool found(struct walk *k)
{
    const struct str text = k->e.body;
    if (!memmem(text.p, text.n, k->member, strlen(k->member)))
        return false;
    json_free(k->body);
    k->body = json_parse(text.p, text.n, &JSON_IMPORT, NULL);
    k->moved = (struct moved){.any = false};
    if (!k->body)
        return false;
    body_read(k->body, k->object, &k->moved);
    return k->moved.any || is_object(k->body, k->object);
}

/* The next older event on the object. False: no more bodies, or enough was looked at. */
static bool walk_next(struct walk *k)
{
    while (k->seen < LIMIT_SCANNED_EVENTS && journal_scan_next(&k->scan, &k->e) && k->e.body.n) {
        k->seen++;
        if (found(k))
            return true;
    }
    return false;
}

static void walk_end(struct walk *k)
{
    json_free(k->body);
    journal_scan_end(&k->scan);
}

/* ---- stock.history ---- */

static void text_member(struct jw *w, const char *key, struct str v)
{
    if (v.n)
        jw_kstring(w, key, v);
}

static void history_entry(struct jw *w, const struct event *e, const struct moved *m,
                          const struct json *body)
{
    jw_open(w, '{');
    jw_kint(w, "epoch", e->at.epoch);
    jw_kint(w, "seq", (int64_t)e->at.seq);
    jw_kint(w, "at_ms", e->hlc.l_ms);
    jw_kstring(w, "kind", str_of(event_kind_name(e->kind)));
    text_member(w, "order_id", m->order_id);
    text_member(w, "reason", m->reason);
    if (m->any) {
        jw_kqty(w, "q", m->q_t);
        jw_kqty(w, "real_before", m->real_b_t);
        jw_kqty(w, "real_after", m->real_a_t);
        jw_kqty(w, "locked_before", m->locked_b_t);
        jw_kqty(w, "locked_after", m->locked_a_t);
    }
    if (e->kind == EVENT_CENTER_ROW)
        query_row_set(w, body);
    jw_close(w, '}');
}

void query_stock_history(const struct query *q, const struct command *c, struct jw *w)
{
    struct position from = {0, 0};
    struct walk k;
    if (!cursor_position_parse(c->cursor, &from)) {
        query_refuse(w, c, CODE_BAD_REQUEST, "cursor");
        return;
    }
    struct page p = page_begin(q, c, w, c->limit);
    bool more = false;
    jw_karray(w, "events");
    walk_begin(&k, q, c->object, from);
    while (!more && walk_next(&k)) {
        struct jw before = *w;
        history_entry(w, &k.e, &k.moved, k.body);
        more = !page_keep(&p, before);
    }
    jw_close(w, ']');
    if (more)
        cursor_position(w, k.e.at);
    else if (k.seen == LIMIT_SCANNED_EVENTS)
        cursor_position(w, (struct position){k.e.at.epoch, k.e.at.seq - 1});
    walk_end(&k);
    jw_close(w, '}');
}

/* ---- stock.explain ---- */

#define TERM_LIST(X)                                                                               \
    X(TERM_COUNTED, "counted")                                                                     \
    X(TERM_COUNTED_ONLINE, "counted online")                                                       \
    X(TERM_RESTORED, "restored")                                                                   \
    X(TERM_SOLD, "sold")                                                                           \
    X(TERM_SOLD_ONLINE, "sold online")                                                             \
    X(TERM_GIVEN_UP, "given up")                                                                   \
    X(TERM_RESTOCKED, "restocked")                                                                 \
    X(TERM_WASTE, "waste")                                                                         \
    X(TERM_RECEIPT, "receipt")                                                                     \
    X(TERM_FOUND, "found")                                                                         \
    X(TERM_COVER, "cover")                                                                         \
    X(TERM_OTHER, "other")                                                                         \
    X(TERM_EARLIER, "earlier")
enum term {
#define X(e, name) e,
    TERM_LIST(X)
#undef X
        TERM_COUNT
};
struct sum {
    uint32_t count;
    int64_t sum_t;
};

static enum term term_of_reason(struct str name)
{
    enum stock_reason reason;
    if (!stock_reason_parse(name, &reason))
        return TERM_OTHER;
    switch (reason) {
    case REASON_WASTE:
        return TERM_WASTE;
    case REASON_RECEIPT:
        return TERM_RECEIPT;
    case REASON_FOUND:
        return TERM_FOUND;
    case REASON_COVER:
        return TERM_COVER;
    case REASON_COUNT:
        return TERM_COUNTED;
    }
    return TERM_OTHER;
}

/* An unlock moves real only where the food was made and is not given back. */
static enum term term_of(const struct event *e, const struct moved *m)
{
    if (e->kind == EVENT_ORDER_DEDUCT || e->kind == EVENT_ORDER_SELL)
        return TERM_SOLD;
    if (e->kind == EVENT_ORDER_UNLOCK)
        return TERM_GIVEN_UP;
    if (e->kind == EVENT_ORDER_REFUND)
        return TERM_RESTOCKED;
    if (e->kind == EVENT_STOCK_SET)
        return TERM_COUNTED;
    if (e->kind == EVENT_RESTORE)
        return TERM_RESTORED;
    return e->kind == EVENT_STOCK_ADJUST ? term_of_reason(m->reason) : TERM_OTHER;
}

static void term_add(struct sum terms[TERM_COUNT], enum term term, int64_t moved_t)
{
    if (moved_t == 0 && term != TERM_COUNTED)
        return;
    terms[term].count++;
    terms[term].sum_t += moved_t;
}

/* A row of the center may bring its sales and a count at once: q is what its counter moved. */
static void terms_add(struct sum terms[TERM_COUNT], const struct event *e, const struct moved *m)
{
    int64_t moved_t = m->real_a_t - m->real_b_t;
    if (e->kind != EVENT_CENTER_ROW) {
        term_add(terms, term_of(e, m), moved_t);
        return;
    }
    term_add(terms, TERM_SOLD_ONLINE, m->q_t);
    term_add(terms, TERM_COUNTED_ONLINE, moved_t - m->q_t);
}

static void explain_walk(const struct query *q, const struct command *c, int64_t real_t,
                         struct sum terms[TERM_COUNT])
{
    struct walk k;
    int64_t left_t = real_t;
    walk_begin(&k, q, c->object, (struct position){0, 0});
    while (walk_next(&k)) {
        terms_add(terms, &k.e, &k.moved);
        left_t -= k.moved.real_a_t - k.moved.real_b_t;
    }
    walk_end(&k);
    terms[TERM_EARLIER].sum_t = left_t;
}

static void terms_view(struct jw *w, const struct sum terms[TERM_COUNT])
{
    static const char *const NAMES[] = {
#define X(e, name) name,
        TERM_LIST(X)
#undef X
    };
    jw_karray(w, "terms");
    for (int i = 0; i < TERM_COUNT; i++) {
        if (terms[i].count == 0 && terms[i].sum_t == 0)
            continue;
        jw_open(w, '{');
        jw_kstring(w, "name", str_of(NAMES[i]));
        jw_kint(w, "count", terms[i].count);
        jw_kqty(w, "sum", terms[i].sum_t);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void right(struct jw *w, const char *name, int64_t sum_t)
{
    jw_open(w, '{');
    jw_kstring(w, "name", str_of(name));
    jw_kqty(w, "sum", sum_t);
    jw_close(w, '}');
}

/* STRICT: they add up to the last one, what the store may sell alone. */
static void rights_view(struct jw *w, const struct stock_row *r)
{
    if (!rights_strict(r))
        return;
    jw_karray(w, "rights");
    right(w, "granted", r->gr_t);
    right(w, "returned", -r->xr_t);
    right(w, "sold", r->h_t - r->base_h_t);
    right(w, "locked", -r->lh_t);
    if (r->presumed_t > 0)
        right(w, "presumed sold", -r->presumed_t);
    if (rights_usable(r) != rights_hub(r))
        right(w, "not to be sold", rights_usable(r) - rights_hub(r));
    right(w, "left", rights_usable(r));
    jw_close(w, ']');
}

void query_stock_explain(const struct query *q, const struct command *c, struct jw *w)
{
    struct stock_row row;
    struct sum terms[TERM_COUNT] = {{0, 0}};
    if (!query_row(q, c->object, &row)) {
        query_refuse(w, c, CODE_UNKNOWN_OBJECT, NULL);
        return;
    }
    int64_t total_t = stock_total(&row);
    explain_walk(q, c, stock_real(&row), terms);
    view_reply_begin(w, c->req_id, q->head->at, q->secret);
    terms_view(w, terms);
    jw_kqty(w, "real", stock_real(&row));
    jw_kqty(w, "locked", stock_locked(&row));
    jw_key(w, "available");
    if (total_t >= AVAIL_INFINITE)
        jw_null(w);
    else
        jw_qty(w, total_t);
    rights_view(w, &row);
    jw_close(w, '}');
}
