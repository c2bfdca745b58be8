#include "tools/product-center/open_order.h"

#include "proto/cloud_event.h"
#include "proto/line_facts.h"

#define ORDER_ARENA ((size_t)16 << 20)

#define OF_STORE "shard = $1 AND brand_id = $2 AND poi_id = $3"
#define IS_OPEN                                                                                    \
    " AND side = 1 AND NOT is_delete AND order_status IN (1, 2, 3)" /* PLACED, PAYING, PAID */

static const struct db_statement COUNT = {
    "SELECT count(*) FROM center_order WHERE " OF_STORE IS_OPEN};
/* Bodies are looked at from the first event of the oldest of them on. */
static const struct db_statement EVENTS = {
    "WITH open AS (SELECT order_id, hlc_l, hlc_c FROM center_order WHERE " OF_STORE IS_OPEN
    " ORDER BY hlc_l, hlc_c, order_id LIMIT $4),"
    " begin AS (SELECT epoch, seq FROM hub_event WHERE " OF_STORE
    " AND (hlc_l_ms, hlc_c) IN (SELECT hlc_l, hlc_c FROM open) ORDER BY epoch, seq LIMIT 1)"
    " SELECT o.order_id, e.kind, e.body, o.hlc_l FROM hub_event e JOIN open o"
    " ON o.order_id = e.body->>'order_id' WHERE " OF_STORE
    " AND (e.epoch, e.seq) >= (SELECT epoch, seq FROM begin)"
    " AND e.kind IN ('ORDER_LOCK', 'ORDER_SELL', 'ORDER_UNLOCK', 'ORDER_DEDUCT', 'ORDER_REFUND',"
    " 'ORDER_SERVED', 'ORDER_STATE') ORDER BY o.hlc_l, o.hlc_c, o.order_id, e.epoch, e.seq"};

/* ---- an order, from its events ---- */

struct open_order {
    struct event_facts head; /* of its first event; what changed since is overwritten */
    struct line_fact lines[LIMIT_LINES];
    struct adjust_fact adjusts[LIMIT_ADJUSTS];
    struct payment_fact payments[LIMIT_PAYMENTS];
    uint16_t n_lines, n_adjusts, n_payments;
    int64_t refunded_e4, placed_ms;
    uint32_t served; /* rounds */
    bool begun, too_large;
};

static struct line_fact *line_of(struct open_order *o, uint32_t line)
{
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].line == line)
            return &o->lines[i];
    return NULL;
}

static void put_line(struct open_order *o, const struct line_fact *f)
{
    struct line_fact *l = line_of(o, f->line);
    if (l == NULL && o->n_lines < LIMIT_LINES)
        l = &o->lines[o->n_lines++];
    if (l != NULL)
        *l = *f;
    o->too_large |= l == NULL;
}

/* One that a box told again with the whole order is known. */
static void put_payment(struct open_order *o, const struct payment_fact *f)
{
    for (uint16_t i = 0; i < o->n_payments; i++)
        if (str_eq(o->payments[i].pay_id, f->pay_id))
            return;
    if (o->n_payments < LIMIT_PAYMENTS)
        o->payments[o->n_payments++] = *f;
    else
        o->too_large = true;
}

static void take_off(struct open_order *o, const struct line_fact *f)
{
    struct line_fact *l = line_of(o, f->line);
    if (l == NULL)
        return;
    int64_t left_t = l->q_t > f->q_t ? l->q_t - f->q_t : 0;
    l->amount_e4 = l->q_t > 0 ? l->amount_e4 * left_t / l->q_t : 0;
    l->q_t = left_t;
}

static void fold_lines(struct open_order *o, enum event_kind kind, const struct event_facts *f)
{
    bool less =
        kind == EVENT_ORDER_REFUND || (kind == EVENT_ORDER_UNLOCK && str_eq(f->cause, STR("VOID")));
    for (uint16_t i = 0; i < f->n_lines; i++) {
        if (f->whole)
            put_line(o, &f->lines[i]);
        else if (less)
            take_off(o, &f->lines[i]);
    }
}

static void fold_text(struct str *to, struct str said)
{
    if (said.n > 0)
        *to = said;
}

static void fold_head(struct open_order *o, const struct event_facts *f)
{
    struct event_facts *h = &o->head;
    if (!o->begun)
        *h = *f;
    o->begun = true;
    h->state = f->state;
    h->due_e4 = f->due_e4;
    fold_text(&h->kitchen, f->kitchen);
    fold_text(&h->table, f->table);
    fold_text(&h->note, f->note);
    fold_text(&h->user_id, f->user_id);
}

static void fold(struct open_order *o, enum event_kind kind, const struct event_facts *f)
{
    if (!o->begun && !f->whole)
        return;
    fold_head(o, f);
    fold_lines(o, kind, f);
    for (uint16_t i = 0; i < f->n_payments; i++)
        put_payment(o, &f->payments[i]);
    if (f->has_adjusts) {
        o->n_adjusts = f->n_adjusts; /* the decoder knows LIMIT_ADJUSTS */
        for (uint16_t i = 0; i < f->n_adjusts; i++)
            o->adjusts[i] = f->adjusts[i];
    }
    if (kind == EVENT_ORDER_REFUND)
        o->refunded_e4 += f->amount_e4;
    if (kind == EVENT_ORDER_SERVED && f->round > o->served)
        o->served = f->round;
}

/* What went back is neither due nor paid any more. */
static void settle(struct open_order *o)
{
    int64_t back_e4 = o->refunded_e4;
    if (o->head.state == ORDER_PAID)
        o->head.due_e4 = o->head.due_e4 > back_e4 ? o->head.due_e4 - back_e4 : 0;
    while (back_e4 > 0 && o->n_payments > 0) {
        struct payment_fact *last = &o->payments[o->n_payments - 1];
        if (last->amount_e4 > back_e4) {
            last->amount_e4 -= back_e4;
            return;
        }
        back_e4 -= last->amount_e4;
        o->n_payments--;
    }
}

/* ---- as JSON ---- */

static void text_write(struct jw *w, const char *key, struct str v)
{
    if (v.n > 0)
        jw_kstring(w, key, v);
}

static void head_write(struct jw *w, const struct open_order *o)
{
    const struct event_facts *h = &o->head;
    jw_kstring(w, "order_id", h->order_id);
    jw_kstring(w, "state", str_of(order_state_name(h->state)));
    jw_kstring(w, "channel", h->channel);
    jw_kint(w, "due_e4", h->due_e4);
    jw_kint(w, "placed_ms", o->placed_ms);
    text_write(w, "kitchen", h->kitchen);
    text_write(w, "day", h->day);
    text_write(w, "number", h->number);
    text_write(w, "origin", h->origin);
    text_write(w, "device", h->device);
    text_write(w, "operator", h->operator_id);
    text_write(w, "table", h->table);
    text_write(w, "note", h->note);
    text_write(w, "user_id", h->user_id);
    if (o->served > 0)
        jw_kint(w, "round", o->served);
}

static void adjusts_write(struct jw *w, const struct open_order *o)
{
    jw_karray(w, "adjust");
    for (uint16_t i = 0; i < o->n_adjusts; i++) {
        const struct adjust_fact *a = &o->adjusts[i];
        jw_open(w, '{');
        jw_kint(w, "adj", a->adj);
        jw_kint(w, "amount_e4", a->amount_e4);
        jw_kstring(w, "kind", a->kind);
        if (a->line > 0)
            jw_kint(w, "line", a->line);
        text_write(w, "name", a->name);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void payments_write(struct jw *w, const struct open_order *o)
{
    jw_karray(w, "payments");
    for (uint16_t i = 0; i < o->n_payments; i++) {
        const struct payment_fact *p = &o->payments[i];
        jw_open(w, '{');
        jw_kint(w, "amount_e4", p->amount_e4);
        jw_kstring(w, "pay_id", p->pay_id);
        text_write(w, "ref", p->ref);
        text_write(w, "tender", p->tender);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void order_write(struct jw *w, const struct open_order *o)
{
    jw_open(w, '{');
    head_write(w, o);
    adjusts_write(w, o);
    jw_karray(w, "lines");
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].q_t > 0)
            line_fact_put(w, &o->lines[i]);
    jw_close(w, ']');
    payments_write(w, o);
    jw_close(w, '}');
}

/* ---- all of them ---- */

/* An event whose body cannot be read is no part of the order: ingestion would have put it aside. */
static struct json *fold_row(struct open_order *o, const struct db_rows *r, size_t at,
                             struct arena *arena)
{
    char path[FIELD_PATH];
    struct str text = rows_text(r, at, 2);
    struct event_facts facts;
    struct json *body = json_parse(text.p, text.n, &JSON_CLOUD, NULL);
    struct cloud_event e = {.known = true, .body = body};
    if (body != NULL && event_kind_parse(rows_text(r, at, 1), &e.kind_no) &&
        cloud_event_facts(&e, arena, &facts, path) == CODE_OK)
        fold(o, e.kind_no, &facts);
    return body;
}

/* The rows from..to are the events of one order. */
static bool tell(struct jw *w, const struct db_rows *r, size_t from, size_t to, struct arena *arena,
                 size_t room)
{
    struct jw before = *w;
    struct open_order *o = arena_alloc(arena, sizeof(*o));
    struct json **bodies = arena_alloc(arena, (to - from) * sizeof(*bodies));
    if (o == NULL || bodies == NULL)
        return false;
    o->placed_ms = rows_int(r, from, 3);
    for (size_t i = from; i < to; i++)
        bodies[i - from] = fold_row(o, r, i, arena);
    bool good = o->begun && !o->too_large && !arena->failed;
    if (good) {
        settle(o);
        order_write(w, o);
    }
    for (size_t i = from; i < to; i++)
        json_free(bodies[i - from]);
    if (good && w->n <= room)
        return true;
    *w = before;
    return false;
}

static size_t end_of(const struct db_rows *r, size_t from)
{
    size_t to = from;
    struct str id = rows_text(r, from, 0);
    while (to < rows_count(r) && str_eq(rows_text(r, to, 0), id))
        to++;
    return to;
}

size_t open_orders_write(struct call *c)
{
    struct db_args a = {0}, count = {0};
    struct arena arena;
    size_t told = 0, room = c->out.n + OPEN_ORDERS_BYTES;
    arg_store(&count, &c->key);
    const struct db_rows *n = db_query(c->db, &COUNT, &count);
    size_t all = rows_count(n) == 1 ? (size_t)rows_int(n, 0, 0) : 0;
    if (all == 0)
        return 0;
    arg_store(&a, &c->key);
    arg_int(&a, OPEN_ORDERS_MAX);
    const struct db_rows *r = db_query(c->db, &EVENTS, &a);
    arena_init(&arena, ORDER_ARENA);
    for (size_t from = 0, to; from < rows_count(r); from = to) {
        to = end_of(r, from);
        told += tell(&c->out, r, from, to, &arena, room);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return all - told;
}
