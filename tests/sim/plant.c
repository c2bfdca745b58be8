/* Bugs around the real code; each must be found (plants.h). */
#include <string.h>

#include "edge/books/ticket.h"
#include "storage/scatter.h"
#include "storage/timers.h"
#include "tests/sim/sim.h"

/* ---- before ---- */

static void forget_reply(struct txn *txn, const struct visit *v)
{
    struct key key = {.n = 0};
    if (v->ask == UINT32_MAX)
        return;
    key_add_text(&key, v->command.who.device);
    key_add_text(&key, v->command.req_id);
    scatter_del(txn, TABLE_REPLY_ID, key_bytes(&key));
}

static void drop_timer(struct txn *txn, const struct visit *v)
{
    struct timer due;
    if (v->command.verb == VERB_TIMERS && timer_due(txn, TIMERS_UPTIME, v->command.uptime_ms, &due))
        timer_disarm(txn, due.deadline_ms, due.kind, due.id);
}

/* A paid one: so no sum over reservations can tell. */
static void lose_order(struct sim *s, struct txn *txn)
{
    struct arena arena;
    struct order o;
    uint32_t n = s->model.n_orders;
    const struct model_order *m = n ? s->model.orders[dice_below(&s->plants, n)] : NULL;
    arena_init(&arena, 1 << 20);
    if (m && m->state == ORDER_PAID && order_find(txn, str_of(m->order_id), &arena, &o)) {
        struct key key = key_u64(o.no);
        txn_del(txn, TABLE_ORDER_OPEN, key_bytes(&key));
    }
    arena_free(&arena);
}

static void set_limits(struct txn *txn, enum stock_type type, struct sim *s)
{
    for (int r = 0; r < ROW_COUNT; r++) {
        struct stock_row row;
        if (!s->model.rows[r].limited || !stock_load(txn, row_object(r), &row))
            continue;
        row.type = type;
        stock_save(txn, &row);
    }
}

/* So that what the cancel gives back was never taken. */
static void forget_locks(struct sim *s, struct txn *txn, const struct visit *v)
{
    struct str id = v->command.order_id;
    const struct model_order *o = model_order(&s->model, id.p, id.n);
    if (v->command.verb != VERB_ORDER_CANCEL || !o || o->state != ORDER_PLACED)
        return;
    for (int r = 0; r < ROW_COUNT; r++) {
        struct stock_row row;
        if (!stock_load(txn, row_object(r), &row))
            continue;
        row.lh_t = 0;
        stock_save(txn, &row);
    }
}

/* The center's counter stays where it is; the judge has the row as it was sent. */
static void lose_center_delta(struct txn *txn, struct visit *v)
{
    struct stock_row row;
    if (v->command.verb != VERB_CENTER_ROW || v->online)
        return;
    stock_load(txn, v->row.row.object, &row);
    v->spoilt = v->row;
    v->spoilt.row.c_t = row.c_t;
    v->rows.rows = &v->spoilt;
}

static void forget_online_order(struct txn *txn, const struct visit *v)
{
    if (!v->online)
        return;
    struct key id = key_text(str_of(v->online->asked.order_id));
    scatter_del(txn, TABLE_ORDER_ID, key_bytes(&id));
}

static bool orders_stock(const struct visit *v)
{
    return v->command.verb == VERB_ORDER_PLACE || v->command.verb == VERB_ORDER_SELL;
}

void plant_before(struct sim *s, struct txn *txn, struct visit *v)
{
    switch ((unsigned)s->options.plant) {
    case PLANT_DROPPED_DEDUPE:
        forget_reply(txn, v);
        break;
    case PLANT_SKIPPED_EXPIRY:
        drop_timer(txn, v);
        break;
    case PLANT_LOST_ORDER:
        if (dice_chance(&s->plants, 10))
            lose_order(s, txn);
        break;
    case PLANT_OVERSOLD:
        if (orders_stock(v))
            set_limits(txn, STOCK_UNLIMITED, s);
        break;
    case PLANT_NEGATIVE_LOCK:
        forget_locks(s, txn, v);
        break;
    case PLANT_LOST_CENTER_DELTA:
        lose_center_delta(txn, v);
        break;
    case PLANT_COOKED_TWICE:
        forget_online_order(txn, v);
        break;
    case PLANT_CLOCK_BACK:
        s->hub.books.j.head.hlc = (struct hlc){0, 0};
        break;
    default:
        plant_shares_before(s, txn, v);
        break;
    }
}

/* ---- after ---- */

static bool had_effect(const struct sim *s, const struct visit *v)
{
    return position_cmp(v->before, s->hub.books.j.head.at) != 0;
}

static bool orders_line(const struct sim *s, const struct visit *v, enum verb verb)
{
    return v->command.verb == verb && had_effect(s, v);
}

static void move_h(struct txn *txn, int64_t object_id, int64_t d_t)
{
    struct stock_row row;
    if (!stock_load(txn, (struct object){OBJECT_SKU, object_id}, &row))
        return;
    row.h_t += d_t;
    stock_save(txn, &row);
}

static void unlock_again(struct txn *txn, const struct order_line *l)
{
    struct stock_row row;
    struct object object = {OBJECT_SKU, l->object_id};
    if (!stock_load(txn, object, &row) || row.lh_t < l->qty_t)
        return;
    row.lh_t -= l->qty_t;
    stock_save(txn, &row);
}

static void restock_again(struct txn *txn, const struct visit *v, const struct order *o)
{
    for (uint16_t i = 0; i < v->command.n_lines; i++)
        for (uint16_t k = 0; k < o->n_lines && v->command.lines[i].restock; k++)
            if (o->lines[k].line == v->command.lines[i].line)
                move_h(txn, o->lines[k].object_id, v->command.lines[i].qty_t);
}

static void forget_ticket(struct txn *txn, const struct order *o)
{
    struct key key = ticket_key(o->no, STR("oven"), 1);
    txn_del(txn, TABLE_TICKET, key_bytes(&key));
}

/* One line of the order loses its reservation, and the rows agree: no sum is wrong. */
static void halve_order(struct txn *txn, struct order *o, struct arena *arena)
{
    struct order_line *l = &o->lines[0];
    for (uint16_t i = 0; i < l->n_effects; i++) {
        struct stock_row row;
        if (!stock_load(txn, l->effects[i].object, &row))
            continue;
        row.lh_t -= l->held_t * l->effects[i].factor_t / 10;
        stock_save(txn, &row);
    }
    l->held_t = 0;
    l->reserved = RESERVED_UNLOCKED;
    struct key key = key_u64(o->no);
    txn_put(txn, TABLE_ORDER_OPEN, key_bytes(&key), order_pack(o, arena));
}

static void short_change(struct txn *txn, struct order *o, struct arena *arena)
{
    struct key key = key_u64(o->no);
    o->payments[o->n_payments - 1].amount_e4 -= 100;
    txn_put(txn, TABLE_ORDER_OPEN, key_bytes(&key), order_pack(o, arena));
}

static void edit_journal(struct txn *txn, struct position at)
{
    char body[65536];
    struct event e;
    struct key key = {.n = 0};
    if (!journal_read(txn, at, &e) || e.body.n < 16 || e.body.n > sizeof body)
        return;
    key_add_u32(&key, at.epoch);
    key_add_u64(&key, at.seq);
    memcpy(body, e.body.p, e.body.n);
    char *digit = memchr(body, '0', e.body.n);
    if (!digit)
        return;
    *digit = '1';
    txn_put(txn, TABLE_BODY, key_bytes(&key), (struct bytes){body, e.body.n});
}

static void spoil_order(struct sim *s, struct txn *txn, const struct visit *v)
{
    struct arena arena;
    struct order o;
    arena_init(&arena, 1 << 20);
    if (order_unpack(v->outcome.order, &arena, &o)) {
        if (s->options.plant == PLANT_DOUBLE_RESTOCK && orders_line(s, v, VERB_ORDER_REFUND))
            restock_again(txn, v, &o);
        if (s->options.plant == PLANT_FORGOTTEN_TICKET && had_effect(s, v) && o.state == ORDER_PAID)
            forget_ticket(txn, &o);
        if (s->options.plant == PLANT_HALF_ORDER && orders_line(s, v, VERB_ORDER_PLACE) &&
            o.n_lines > 1)
            halve_order(txn, &o, &arena);
        if (s->options.plant == PLANT_DOUBLE_UNLOCK && orders_line(s, v, VERB_ORDER_CANCEL))
            unlock_again(txn, &o.lines[0]);
        if (s->options.plant == PLANT_SHORT_CHANGE && orders_line(s, v, VERB_ORDER_PAY))
            short_change(txn, &o, &arena);
        if (s->options.plant == PLANT_LOST_DELTA && orders_line(s, v, VERB_ORDER_SELL))
            move_h(txn, o.lines[0].object_id, o.lines[0].held_t);
        if (s->options.plant == PLANT_DOUBLE_COUNT && orders_line(s, v, VERB_ORDER_SELL))
            move_h(txn, o.lines[0].object_id, -o.lines[0].held_t);
    }
    arena_free(&arena);
}

void plant_after(struct sim *s, struct txn *txn, struct visit *v)
{
    if (s->options.plant == PLANT_EDITED_JOURNAL && dice_chance(&s->plants, 5))
        edit_journal(txn,
                     (struct position){1, 1 + dice_below(&s->plants, s->hub.books.j.head.at.seq)});
    if (s->options.plant == PLANT_OVERSOLD && orders_stock(v))
        set_limits(txn, STOCK_LIMITED, s);
    plant_shares_after(s, txn, v);
    if (v->outcome.has_order)
        spoil_order(s, txn, v);
}
