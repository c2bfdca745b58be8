/* Open orders at a claim (sync-protocol 3.7). An order that the center mirrors and this box has
 * never heard of goes on here: it is in the books again, holds its stock, and the kitchen gets what
 * it had not made. An order that cannot be understood is stepped over: the rest of the store must
 * open.
 */
#include "edge/books/arrival.h"
#include "edge/books/center.h"
#include "edge/books/claim.h"
#include "edge/books/menu.h"
#include "proto/cloud_event.h"
#include "storage/scatter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- from the mirror's facts ---- */

static bool is_known(struct turn *t, struct str order_id)
{
    struct key key = key_text(order_id);
    struct bytes value;
    return scatter_get(t->b->txn, TABLE_ORDER_ID, key_bytes(&key), &value);
}

static void options_of(struct turn *t, const struct line_fact *f, struct order_line *l)
{
    l->options = arena_alloc(t->scratch, f->n_options * sizeof *l->options);
    for (uint16_t i = 0; l->options && i < f->n_options; i++) {
        const struct option_fact *o = &f->options[i];
        l->options[l->n_options++] =
            (struct order_option){o->option_id, o->q_t, o->price_e4, o->object_id, o->name};
    }
}

/* What is not on this box's menu takes from its own row alone. */
static bool effects_of(struct turn *t, struct order_line *l)
{
    struct menu_item item;
    if (menu_item_load(t->b->txn, l->object_id, &item))
        return line_effects(t, l, &item);
    l->effects = arena_alloc(t->scratch, sizeof *l->effects);
    if (!l->effects)
        return false;
    l->effects[l->n_effects++] =
        (struct line_effect){.object = {OBJECT_SKU, l->object_id}, .factor_t = 10};
    return true;
}

static bool line_of(struct turn *t, const struct line_fact *f, bool paid, struct order_line *l)
{
    *l = (struct order_line){.line = f->line,
                             .parent = f->parent,
                             .seat = f->seat,
                             .course = f->course,
                             .round = f->round ? f->round : 1,
                             .object_id = f->object.id,
                             .name = f->name,
                             .note = f->note,
                             .station = f->station,
                             .qty_t = f->q_t,
                             .held_t = f->q_t,
                             .price_e4 = f->price_e4,
                             .unit_e4 = f->unit_e4,
                             .amount_e4 = f->amount_e4,
                             .reserved = paid ? RESERVED_DEDUCTED : RESERVED_LOCKED,
                             .attempt = 1};
    options_of(t, f, l);
    return effects_of(t, l);
}

static bool lines_of(struct turn *t, const struct event_facts *f, struct order *o)
{
    o->lines = arena_alloc(t->scratch, f->n_lines * sizeof *o->lines);
    if (!o->lines || f->n_lines > LIMIT_LINES)
        return false;
    for (uint16_t i = 0; i < f->n_lines; i++) {
        if (!line_of(t, &f->lines[i], o->state == ORDER_PAID, &o->lines[i]))
            return false;
        o->n_lines++;
        o->lines_e4 += o->lines[i].amount_e4;
        if (o->lines[i].round > o->rounds)
            o->rounds = (uint16_t)o->lines[i].round;
    }
    return o->n_lines > 0 && o->served <= o->rounds && o->rounds <= LIMIT_ROUNDS;
}

static bool adjusts_of(struct turn *t, const struct event_facts *f, struct order *o)
{
    o->adjusts = arena_alloc(t->scratch, f->n_adjusts * sizeof *o->adjusts);
    if (!o->adjusts || f->n_adjusts > LIMIT_ADJUSTS)
        return false;
    for (uint16_t i = 0; i < f->n_adjusts; i++) {
        const struct adjust_fact *a = &f->adjusts[i];
        struct order_adjust *to = &o->adjusts[o->n_adjusts];
        *to = (struct order_adjust){
            .adj = a->adj, .line = a->line, .name = a->name, .amount_e4 = a->amount_e4};
        if (!adjust_kind_parse(a->kind, &to->kind))
            return false;
        o->n_adjusts++;
    }
    return true;
}

/* What was paid is not asked for again. */
static bool payments_of(struct turn *t, const struct event_facts *f, struct order *o)
{
    for (uint16_t i = 0; i < f->n_payments; i++) {
        const struct payment_fact *p = &f->payments[i];
        struct payment_request said = {p->pay_id, p->tender, p->ref, p->amount_e4};
        if (!payment_add(t, o, &said))
            return false;
    }
    return o->state != ORDER_PAID || o->paid_e4 >= o->due_e4;
}

/* "A042" */
static uint16_t pickup_of(struct str number)
{
    char digits[PICKUP_TEXT] = "";
    if (number.n > 1 && number.n < sizeof digits)
        memcpy(digits, number.p + 1, number.n - 1);
    long n = strtol(digits, NULL, 10);
    return n >= 1 && n <= LIMIT_PICKUP ? (uint16_t)n : 1;
}

static uint32_t day_of(const struct turn *t, struct str day)
{
    char digits[9] = "";
    if (day.n == 8)
        memcpy(digits, day.p, 8);
    long n = strtol(digits, NULL, 10);
    return n > 0 ? (uint32_t)n : t->c->day;
}

static bool heading_of(const struct turn *t, const struct event_facts *f, struct order *o)
{
    *o = (struct order){.no = t->b->j.head.next_order,
                        .order_id = f->order_id,
                        .device = f->device,
                        .from_center = str_eq(f->origin, STR("CENTER")),
                        .state = f->state,
                        .kitchen = KITCHEN_NONE,
                        .day = day_of(t, f->day),
                        .pickup = pickup_of(f->number),
                        .placed_at_ms = t->c->wall_ms,
                        .table = f->table,
                        .note = f->note,
                        .user_id = f->user_id,
                        .operator_id = f->operator_id,
                        .due_e4 = f->due_e4};
    kitchen_parse(f->kitchen, &o->kitchen);
    o->served = f->round <= LIMIT_ROUNDS ? (uint16_t)f->round : 0;
    return f->whole && !o->from_center && order_is_open(o) && f->order_id.n <= LIMIT_ORDER_ID &&
           channel_parse(f->channel, &o->channel) && channel_is_hub(o->channel);
}

static bool order_of(struct turn *t, const struct event_facts *f, struct order *o)
{
    if (!heading_of(t, f, o) || !lines_of(t, f, o) || !adjusts_of(t, f, o) ||
        !payments_of(t, f, o) || !order_fits(o))
        return false;
    /* The window in which a card terminal was asked is over with the box that asked. */
    if (o->state == ORDER_PAYING)
        o->state = ORDER_PLACED;
    return true;
}

/* ---- into the books ---- */

/* Placed before the row's last restore: that has taken it for gone, and it settles neutrally
 * (sync-protocol 1.7). A box that does not know when takes it for the present one's. */
static uint32_t generation_of(const struct stock_row *r, int64_t placed_ms)
{
    bool old = placed_ms > 0 && placed_ms <= r->restored_ms;
    return old ? r->gen - 1 : r->gen;
}

/* Its locks count in Lh, which is this box's to say; what was paid is in the center's H already. */
static void hold(struct turn *t, struct order_line *l, int64_t placed_ms)
{
    for (uint16_t i = 0; i < l->n_effects; i++) {
        struct line_effect *e = &l->effects[i];
        struct row_copy row;
        if (!row_copy_load(t, e->object, &row))
            return;
        e->gen = generation_of(&row.row.row, placed_ms);
        if (l->reserved != RESERVED_LOCKED)
            continue;
        row.row.row.lh_t += l->held_t * e->factor_t / 10;
        turn_save_row(t, &row.row.row, t->out->at);
    }
}

/* Rounds that were served need no cook. One that was added since waits for its time, as it did. */
static void to_kitchen(struct turn *t, struct order *o)
{
    enum kitchen was = o->kitchen;
    if (was == KITCHEN_SERVED && o->served == 0)
        o->served = o->rounds;
    if (was == KITCHEN_QUEUED || was == KITCHEN_COOKING)
        tickets_send(t, o);
    else if (was != KITCHEN_NONE)
        o->ticketed = was == KITCHEN_SERVED ? o->served : o->rounds;
}

static void restore(struct turn *t, struct order *o, int64_t placed_ms)
{
    t->b->j.head.next_order++;
    pickup_again(t, o);
    for (uint16_t i = 0; i < o->n_lines; i++)
        hold(t, &o->lines[i], placed_ms);
    to_kitchen(t, o);
    if (o->state == ORDER_PLACED)
        order_arm_channel_expiry(t, o);
    o->at = t->out->at;
    turn_put_order(t, o, true);
}

static void take_order(struct turn *t, const struct json *v)
{
    char path[FIELD_PATH];
    struct event_facts facts;
    struct order o;
    struct cloud_event e = {.known = true, .kind_no = EVENT_ORDER_LOCK, .body = v};
    if (cloud_event_facts(&e, t->scratch, &facts, path) != CODE_OK || is_known(t, facts.order_id) ||
        !order_of(t, &facts, &o))
        return;
    restore(t, &o, json_integer_at(v, "placed_ms"));
}

/* ---- all open orders ---- */

static uint64_t *open_orders(struct turn *t, size_t *n)
{
    size_t most = (size_t)txn_entries(t->b->txn, TABLE_ORDER_OPEN);
    uint64_t *list = arena_alloc(t->scratch, most * sizeof *list);
    struct scan s = scan_begin(t->b->txn, TABLE_ORDER_OPEN, (struct bytes){0}, false);
    s.skip_bad = true;
    *n = 0;
    while (list && *n < most && scan_next(&s))
        list[(*n)++] = key_get_u64(s.key.p);
    scan_end(&s);
    return list;
}

static void say_order(struct turn *t, const struct order *o, char *body)
{
    bool sold = o->state == ORDER_PAID && o->n_payments > 0;
    const struct order_event event = {.kind = sold ? EVENT_ORDER_SELL : EVENT_ORDER_LOCK,
                                      .cause = sold ? NULL : "PLACE",
                                      .whole = true,
                                      .payments = o->payments,
                                      .n_payments = o->n_payments};
    struct jw w;
    t->n_moves = 0;
    jw_init(&w, body, BODY_BYTES);
    body_order(&w, t, o, &event);
    assert(jw_ok(&w));
    t->out->at = journal_append(&t->b->j, event.kind, t->c->wall_ms, jw_text(&w));
}

static void say_open_orders(struct turn *t)
{
    size_t n;
    uint64_t *list = open_orders(t, &n);
    char *body = arena_alloc(t->scratch, BODY_BYTES);
    struct order o;
    for (size_t i = 0; list && body && i < n; i++)
        if (turn_order_no(t, list[i], &o))
            say_order(t, &o, body);
}

/* What a channel has used is at least what its open orders hold: each of them may give it back. */
struct holding {
    struct object object;
    enum channel channel;
    uint32_t gen;
    int64_t q_t;
};

static int holding_cmp(const void *pa, const void *pb)
{
    const struct holding *a = pa, *b = pb;
    if (a->object.type != b->object.type)
        return a->object.type < b->object.type ? -1 : 1;
    if (a->object.id != b->object.id)
        return a->object.id < b->object.id ? -1 : 1;
    if (a->channel != b->channel)
        return a->channel < b->channel ? -1 : 1;
    return (a->gen > b->gen) - (a->gen < b->gen);
}

static struct holding *add_holdings(struct turn *t, const struct order *o, struct holding *list,
                                    size_t *n, size_t *cap)
{
    for (uint16_t i = 0; list && i < o->n_lines; i++) {
        const struct order_line *l = &o->lines[i];
        for (uint16_t k = 0; l->reserved != RESERVED_UNLOCKED && k < l->n_effects; k++) {
            const struct line_effect *e = &l->effects[k];
            if (*n == *cap) {
                struct holding *more = arena_alloc(t->scratch, 2 * *cap * sizeof *more);
                if (!more)
                    return NULL;
                memcpy(more, list, *n * sizeof *more);
                list = more;
                *cap *= 2;
            }
            list[(*n)++] = (struct holding){e->object, o->channel, e->gen,
                                            (l->held_t - l->restocked_t) * e->factor_t / 10};
        }
    }
    return list;
}

static void raise_used(struct turn *t, const struct holding *h, int64_t sum_t)
{
    struct row_copy row;
    if (!row_copy_load(t, h->object, &row) || row.row.row.gen != h->gen)
        return;
    struct stock_channel *ch = stock_channel(&row.row.row, h->channel);
    if (!ch || ch->used_t >= sum_t)
        return;
    ch->used_t = sum_t;
    turn_keep_row(t, &row.row.row);
}

void claim_used(struct turn *t)
{
    size_t n_orders, n = 0, cap = 256;
    uint64_t *orders = open_orders(t, &n_orders);
    struct holding *list = arena_alloc(t->scratch, cap * sizeof *list);
    struct order o;
    for (size_t i = 0; orders && list && i < n_orders; i++)
        if (turn_order_no(t, orders[i], &o))
            list = add_holdings(t, &o, list, &n, &cap);
    if (!list || n == 0)
        return;
    qsort(list, n, sizeof *list, holding_cmp);
    int64_t sum_t = 0;
    for (size_t i = 0; i < n; i++) {
        sum_t += list[i].q_t;
        if (i + 1 < n && holding_cmp(&list[i], &list[i + 1]) == 0)
            continue;
        raise_used(t, &list[i], sum_t);
        sum_t = 0;
    }
}

void claim_orders(struct turn *t)
{
    const struct center_claim *in = t->c->claim;
    if (in->acked.epoch == 0)
        say_open_orders(t);
    for (const struct json *v = in->orders ? json_first(in->orders) : NULL; v; v = json_next(v))
        take_order(t, v);
    claim_used(t);
}
