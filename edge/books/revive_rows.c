/* What is left to reckon where records of the replaced store are lost. Rows have the newest record
 * that could be read; an event behind the backup says what its row counted after it, so the last
 * one that speaks of a row is right, whatever record there is.
 */
#include <stdlib.h>
#include <string.h>

#include "edge/books/arrival.h"
#include "edge/books/claim.h"
#include "edge/books/policy.h"
#include "edge/books/revive_parts.h"
#include "storage/scatter.h"

/* ---- counters from the journal ---- */

static void take_used(struct stock_row *row, const struct json *used)
{
    for (const struct json *v = used ? json_first(used) : NULL; v; v = json_next(v)) {
        int64_t used_t;
        struct stock_channel *ch = stock_channel_coded(row, json_key(v));
        if (ch != NULL && json_integer(v, &used_t))
            ch->used_t = used_t;
    }
}

/* The event's `real_a` is kept as it is, also where a count or a restore has moved the base. */
static void take_counters(struct turn *t, struct position at, const struct json *v)
{
    const struct object object = {(enum object_type)json_integer_at(v, "object_type"),
                                  json_integer_at(v, "object_id")};
    int64_t h_t, lh_t, real_t;
    struct row_copy copy;
    const struct json *h = json_get(v, "H"), *lh = json_get(v, "Lh"), *real = json_get(v, "real_a");
    if (h == NULL || lh == NULL || real == NULL || !json_integer(h, &h_t) ||
        !json_integer(lh, &lh_t) || !json_integer(real, &real_t) ||
        !row_copy_load(t, object, &copy))
        return;
    struct stock_row *row = &copy.row.row;
    if (position_cmp(row->at, at) >= 0)
        return;
    row->h_t = h_t;
    row->lh_t = lh_t;
    row->at = at;
    row->base_t += real_t - stock_real(row);
    take_used(row, json_get(v, "used"));
    turn_keep_row(t, row);
}

static void take_effects(struct turn *t, struct position at, const struct json *holder)
{
    const struct json *eff = json_get(holder, "eff");
    for (const struct json *v = eff ? json_first(eff) : NULL; v; v = json_next(v))
        take_counters(t, at, v);
}

static void take_body(struct turn *t, const struct event *e)
{
    struct json *body = json_parse(e->body.p, e->body.n, &JSON_IMPORT, NULL);
    if (body == NULL)
        return;
    const struct json *lines = json_get(body, "lines");
    bool of_order = lines != NULL && json_kind(lines) == JSON_ARRAY;
    take_effects(t, e->at, body);
    for (const struct json *v = of_order ? json_first(lines) : NULL; v; v = json_next(v))
        take_effects(t, e->at, v);
    json_free(body);
}

void revive_count(struct turn *t, struct position from)
{
    struct event e;
    struct journal_scan s =
        journal_scan_begin(t->b->txn, (struct position){from.epoch, from.seq + 1}, false);
    while (journal_scan_next(&s, &e)) {
        arena_reset(t->scratch);
        if (e.body.n > 0)
            take_body(t, &e);
    }
    journal_scan_end(&s);
}

/* ---- what the orders hold ---- */

struct locked {
    struct object object;
    int64_t q_t;
};
struct sums {
    struct locked *list;
    size_t n, cap;
};

static void sum_add(struct sums *s, struct object object, int64_t q_t)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 256;
        struct locked *more = realloc(s->list, cap * sizeof(*more));
        if (more == NULL)
            abort();
        s->list = more;
        s->cap = cap;
    }
    s->list[s->n++] = (struct locked){object, q_t};
}

static void sum_order(struct sums *s, const struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++)
        for (uint16_t k = 0; k < o->lines[i].n_effects; k++)
            if (o->lines[i].reserved == RESERVED_LOCKED)
                sum_add(s, o->lines[i].effects[k].object,
                        o->lines[i].held_t * o->lines[i].effects[k].factor_t / 10);
}

static int64_t sum_of(const struct sums *s, struct object object)
{
    int64_t q_t = 0;
    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].object.type == object.type && s->list[i].object.id == object.id)
            q_t += s->list[i].q_t;
    return q_t;
}

static void find_again(struct turn *t, const struct order *o)
{
    struct key id = key_text(o->order_id), no = key_u64(o->no);
    struct bytes value;
    if (!scatter_get(t->b->txn, TABLE_ORDER_ID, key_bytes(&id), &value))
        scatter_put(t->b->txn, TABLE_ORDER_ID, key_bytes(&id), key_bytes(&no));
}

/* An order that has ended in one table is not open in the other. */
static void end_twins(struct turn *t)
{
    struct bytes value;
    struct scan s = scan_begin(t->b->txn, TABLE_ORDER_OPEN, (struct bytes){0}, false);
    while (scan_next(&s))
        if (txn_get(t->b->txn, TABLE_ORDER_DONE, s.key, &value))
            scan_del(&s);
    scan_end(&s);
}

static void walk_orders(struct turn *t, enum table table, struct sums *sums)
{
    struct arena room;
    struct order o;
    arena_init(&room, 64 * ORDER_BYTES);
    struct scan s = scan_begin(t->b->txn, table, (struct bytes){0}, false);
    while (scan_next(&s)) {
        arena_reset(&room);
        if (!order_unpack(s.value, &room, &o))
            continue;
        find_again(t, &o);
        if (table == TABLE_ORDER_OPEN)
            sum_order(sums, &o);
    }
    scan_end(&s);
    arena_free(&room);
}

/* What was locked by an order that is lost is gone until somebody counts: that guest may come. */
static void settle_row(struct turn *t, struct object object, const struct sums *sums)
{
    struct row_copy copy;
    if (!row_copy_load(t, object, &copy))
        return;
    struct stock_row before = copy.row.row;
    copy.row.row.lh_t = sum_of(sums, object);
    if (before.lh_t > copy.row.row.lh_t)
        copy.row.row.base_t -= before.lh_t - copy.row.row.lh_t;
    row_shares_follow(t, &copy.row, &before);
    turn_keep_row(t, &copy.row.row);
}

void revive_settle(struct turn *t)
{
    struct sums sums = {0};
    size_t n = 0;
    arena_reset(t->scratch);
    end_twins(t);
    walk_orders(t, TABLE_ORDER_DONE, &sums);
    walk_orders(t, TABLE_ORDER_OPEN, &sums);
    for (size_t i = 0; i < sums.n; i++) /* also rows that have no record any more */
        settle_row(t, sums.list[i].object, &sums);
    struct object *rows = rows_noted(t, NULL, &n);
    for (size_t i = 0; rows != NULL && i < n; i++)
        settle_row(t, rows[i], &sums);
    claim_used(t);
    if (rows != NULL && n > 0)
        states_say(t, rows, n);
    free(sums.list);
}
