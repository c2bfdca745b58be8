/* The lines of an order of the center (proto/cloud_order.h): where each is made, and what becomes
 * of them when the center says something else. What the menu does not know is made all the same, at
 * the station that was sent or at the first one: the guest has paid for it.
 */
#include "edge/books/menu.h"
#include "edge/books/turn.h"
#include "proto/cloud_order.h"

#include <string.h>

#define NO_STATION STR("kitchen") /* a store without stations: tills see its tickets */

/* ---- where it is made ---- */

static bool is_station(struct turn *t, struct str name)
{
    struct str known;
    for (uint32_t i = 0; i < LIMIT_STATIONS && menu_station_load(t->b->txn, i, &known); i++)
        if (str_eq(known, name))
            return true;
    return false;
}

static struct str first_station(struct turn *t)
{
    struct str first;
    return menu_station_load(t->b->txn, 0, &first) ? first : NO_STATION;
}

/* The kitchen cooks parts, not combos; but one that came without them must not go unseen. */
static bool lacks_parts(const struct cloud_order *in, const struct line_fact *l,
                        const struct menu_item *item)
{
    for (uint16_t i = 0; i < in->n_lines; i++)
        if (in->lines[i].parent == l->line)
            return false;
    return item->n_parts > 0;
}

static struct str station_of(struct turn *t, const struct cloud_order *in,
                             const struct line_fact *l, const struct menu_item *item)
{
    if (item)
        return lacks_parts(in, l, item) ? first_station(t) : item->station;
    return is_station(t, l->station) ? l->station : first_station(t);
}

/* ---- what it is ---- */

static void take_options(struct turn *t, const struct line_fact *in, struct order_line *l)
{
    l->options = arena_alloc(t->scratch, in->n_options * sizeof *l->options);
    l->n_options = in->n_options;
    for (uint16_t i = 0; i < in->n_options; i++) {
        const struct option_fact *o = &in->options[i];
        l->options[i] =
            (struct order_option){o->option_id, o->q_t, o->price_e4, o->object_id, o->name};
    }
}

/* Nothing of it is taken here. What it is made of is noted all the same: a count of the shelf must
 * know what is sold and not yet made (stock_verbs.c). */
static void take_line(struct turn *t, const struct cloud_order *in, const struct line_fact *from,
                      uint32_t round, struct order_line *l)
{
    struct menu_item item, unknown = {.object_id = from->object.id};
    bool known = menu_item_load(t->b->txn, from->object.id, &item);
    struct str station = station_of(t, in, from, known ? &item : NULL);
    *l = (struct order_line){.line = from->line,
                             .parent = from->parent,
                             .seat = from->seat,
                             .course = from->course,
                             .round = round,
                             .object_id = from->object.id,
                             .name = from->name,
                             .note = from->note,
                             .station = arena_str(t->scratch, station),
                             .qty_t = from->q_t,
                             .held_t = from->q_t,
                             .price_e4 = from->price_e4,
                             .unit_e4 = from->unit_e4,
                             .amount_e4 = from->amount_e4,
                             .reserved = RESERVED_DEDUCTED,
                             .attempt = 1};
    take_options(t, from, l);
    line_effects(t, l, known ? &item : &unknown);
}

static void sum_up(struct order *o)
{
    o->lines_e4 = 0;
    for (uint16_t i = 0; i < o->n_lines; i++)
        o->lines_e4 += o->lines[i].amount_e4;
}

void center_lines_take(struct turn *t, const struct cloud_order *in, struct order *o)
{
    o->lines = arena_alloc(t->scratch, in->n_lines * sizeof *o->lines);
    for (; o->n_lines < in->n_lines; o->n_lines++)
        take_line(t, in, &in->lines[o->n_lines], 1, &o->lines[o->n_lines]);
    sum_up(o);
}

/* ---- what becomes of it ---- */

static const struct line_fact *fact_of(const struct cloud_order *in, uint32_t line)
{
    for (uint16_t i = 0; i < in->n_lines; i++)
        if (in->lines[i].line == line)
            return &in->lines[i];
    return NULL;
}

/* Less of it, or nothing. */
static bool shrink(struct turn *t, struct order *o, struct order_line *l,
                   const struct line_fact *now)
{
    int64_t left_t = now ? now->q_t : 0;
    if (left_t >= l->qty_t)
        return false;
    l->voided_t += l->qty_t - left_t;
    l->qty_t = l->held_t = left_t;
    l->amount_e4 = now ? now->amount_e4 : 0;
    if (!left_t)
        l->reserved = RESERVED_UNLOCKED;
    tickets_void(t, o, l->line);
    return true;
}

static uint16_t new_lines(const struct cloud_order *in, struct order *o)
{
    uint16_t n = 0;
    for (uint16_t i = 0; i < in->n_lines; i++)
        if (!order_line(o, in->lines[i].line))
            n++;
    return n;
}

/* Instead of what ran out, say. An order that is full stays as it is. */
static bool grow(struct turn *t, const struct cloud_order *in, struct order *o)
{
    struct order longer = *o;
    uint16_t n = new_lines(in, o);
    if (!n || o->n_lines + n > LIMIT_LINES || o->rounds == LIMIT_ROUNDS)
        return false;
    longer.lines = arena_alloc(t->scratch, (o->n_lines + (size_t)n) * sizeof *longer.lines);
    memcpy(longer.lines, o->lines, o->n_lines * sizeof *longer.lines);
    longer.rounds++;
    for (uint16_t i = 0; i < in->n_lines; i++)
        if (!order_line(o, in->lines[i].line))
            take_line(t, in, &in->lines[i], longer.rounds, &longer.lines[longer.n_lines++]);
    if (!order_fits(&longer))
        return false;
    *o = longer;
    tickets_send(t, o);
    return true;
}

bool center_lines_follow(struct turn *t, const struct cloud_order *in, struct order *o)
{
    bool changed = false;
    for (uint16_t i = 0; i < o->n_lines; i++)
        changed = shrink(t, o, &o->lines[i], fact_of(in, o->lines[i].line)) || changed;
    changed = grow(t, in, o) || changed;
    sum_up(o);
    return changed;
}
