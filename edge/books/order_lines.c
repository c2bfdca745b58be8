/* Order lines from a request: step 8 of the validation chain (menu, options, price, step). */
#include "edge/books/menu.h"
#include "edge/books/turn.h"
#include "proto/qty.h"

#include <string.h>

static enum code refuse_line(struct turn *t, const struct line_request *r, enum code code,
                             const char *why)
{
    return turn_refuse(t, code, "line %u, object %lld: %s", r->line, (long long)r->object_id, why);
}

static void effect_add(struct order_line *l, enum object_type type, int64_t id, int64_t factor_t)
{
    l->effects[l->n_effects++] = (struct line_effect){.object = {type, id}, .factor_t = factor_t};
}

/* A SKU's line takes from the SKU's row and from its SPU's (sync-protocol 1.3). */
static void effects_of_item(struct order_line *l, const struct menu_item *item, int64_t factor_t)
{
    effect_add(l, OBJECT_SKU, item->object_id, factor_t);
    if (item->spu_id)
        effect_add(l, OBJECT_SPU, item->spu_id, factor_t);
}

static void effects_of_option(struct turn *t, struct order_line *l, const struct order_option *o)
{
    struct menu_item item;
    if (!o->object_id)
        return;
    if (menu_item_load(t->b->txn, o->object_id, &item))
        effects_of_item(l, &item, o->qty_t);
    else
        effect_add(l, OBJECT_SKU, o->object_id, o->qty_t);
}

bool line_effects(struct turn *t, struct order_line *l, const struct menu_item *item)
{
    l->effects = arena_alloc(t->scratch, 2U * (1U + l->n_options) * sizeof *l->effects);
    if (!l->effects)
        return false;
    effects_of_item(l, item, 10);
    for (uint16_t i = 0; i < l->n_options; i++)
        effects_of_option(t, l, &l->options[i]);
    return true;
}

/* ---- options ---- */

static const struct menu_option *option_find(const struct menu_group *g, int64_t option_id)
{
    for (uint16_t i = 0; i < g->n_options; i++)
        if (g->options[i].option_id == option_id)
            return &g->options[i];
    return NULL;
}

static void option_take(struct order_line *l, const struct menu_option *o, int64_t qty_t)
{
    l->options[l->n_options++] =
        (struct order_option){o->option_id, qty_t, o->price_e4, o->object_id, o->name};
}

/* Takes the request's options that belong to group g; checks how many it wants. */
static enum code group_take(struct turn *t, const struct line_request *r,
                            const struct menu_group *g, struct order_line *l)
{
    int64_t chosen = 0;
    for (uint16_t i = 0; i < r->n_options; i++) {
        const struct menu_option *o = option_find(g, r->options[i].option_id);
        if (!o)
            continue;
        option_take(l, o, r->options[i].qty_t);
        chosen += r->options[i].qty_t / 10;
    }
    if (chosen < g->min || (g->max && chosen > g->max))
        return turn_refuse(t, CODE_BAD_REQUEST, "line %u: choose %u to %u of %.*s", r->line, g->min,
                           g->max, (int)g->name.n, g->name.p);
    return CODE_OK;
}

static enum code take_options(struct turn *t, const struct line_request *r,
                              const struct menu_item *item, struct order_line *l)
{
    l->options = arena_alloc(t->scratch, r->n_options * sizeof *l->options);
    for (uint16_t i = 0; i < item->n_groups && l->options; i++) {
        struct menu_group *g = arena_alloc(t->scratch, sizeof *g);
        if (!g || !menu_group_load(t->b->txn, item->groups[i], g))
            continue;
        enum code code = group_take(t, r, g, l);
        if (code)
            return code;
    }
    if (l->n_options != r->n_options)
        return refuse_line(t, r, CODE_UNKNOWN_OBJECT, "an option is not offered with it");
    return CODE_OK;
}

/* ---- price and step ---- */

static const struct menu_part *part_find(const struct menu_item *combo, int64_t object_id)
{
    for (uint16_t i = 0; i < combo->n_parts; i++)
        if (combo->parts[i].object_id == object_id)
            return &combo->parts[i];
    return NULL;
}

/* What the lines so far have taken of this part of that combo. */
static int64_t part_taken(const struct order *o, uint32_t parent, int64_t object_id)
{
    int64_t taken_t = 0;
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].parent == parent && o->lines[i].object_id == object_id)
            taken_t += o->lines[i].qty_t;
    return taken_t;
}

/* How much of it so many combos have. */
static int64_t part_share(const struct order_line *line, const struct menu_part *part)
{
    return line->qty_t * part->qty_t / 10;
}

/* A part of a combo costs what the combo says it adds. So it comes in the same round as its combo,
 * and no more of it than so many combos have. */
static enum code take_part(struct turn *t, const struct order *o, const struct line_request *r,
                           struct order_line *l)
{
    const struct order_line *parent = order_line((struct order *)(uintptr_t)o, r->parent);
    const struct menu_part *part = NULL;
    struct menu_item combo;
    if (parent && parent->round == l->round && menu_item_load(t->b->txn, parent->object_id, &combo))
        part = part_find(&combo, r->object_id);
    if (!part)
        return refuse_line(t, r, CODE_UNKNOWN_OBJECT, "not a part of a combo of this round");
    if (part_taken(o, r->parent, r->object_id) + r->qty_t > part_share(parent, part))
        return refuse_line(t, r, CODE_BAD_REQUEST, "more than the combo has of it");
    l->price_e4 = part->price_e4;
    return CODE_OK;
}

static enum code check_price(struct turn *t, const struct line_request *r, int64_t price_e4)
{
    if (!r->has_price || r->price_e4 == price_e4)
        return CODE_OK;
    char now[DECIMAL_TEXT];
    money_format(price_e4, now);
    return turn_refuse(t, CODE_PRICE_CHANGED, "line %u: the price is %s now", r->line, now);
}

static void describe(struct order_line *l, const struct line_request *r,
                     const struct menu_item *item, uint32_t round)
{
    l->line = r->line;
    l->parent = r->parent;
    l->seat = r->seat;
    l->course = r->course;
    l->round = round;
    l->object_id = r->object_id;
    l->name = item->name;
    l->note = r->note;
    l->station = item->station;
    l->qty_t = l->held_t = r->qty_t;
    l->reserved = RESERVED_LOCKED;
    l->attempt = 1;
}

static enum code line_from_menu(struct turn *t, const struct order *o, const struct line_request *r,
                                uint32_t round, struct order_line *l)
{
    struct menu_item item;
    if (!menu_item_load(t->b->txn, r->object_id, &item))
        return refuse_line(t, r, CODE_UNKNOWN_OBJECT, code_text(CODE_UNKNOWN_OBJECT));
    describe(l, r, &item, round);
    l->price_e4 = menu_price(&item, o->channel);
    enum code code = r->parent ? take_part(t, o, r, l) : CODE_OK;
    if (!code)
        code = take_options(t, r, &item, l);
    if (!code)
        code = check_price(t, r, l->price_e4);
    if (!code && item.step_t > 0 && r->qty_t % item.step_t)
        code = refuse_line(t, r, CODE_STEP_VIOLATION, code_text(CODE_STEP_VIOLATION));
    if (code)
        return code;
    return line_effects(t, l, &item)
               ? CODE_OK
               : refuse_line(t, r, CODE_BAD_REQUEST, "the order is too large");
}

/* A combo comes with all its parts: the kitchen cooks parts, not combos. */
static enum code check_combos(struct turn *t, const struct order *o, uint32_t round)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        const struct order_line *l = &o->lines[i];
        struct menu_item item;
        if (l->round != round || !menu_item_load(t->b->txn, l->object_id, &item))
            continue;
        for (uint16_t k = 0; k < item.n_parts; k++)
            if (part_taken(o, l->line, item.parts[k].object_id) < part_share(l, &item.parts[k]))
                return turn_refuse(t, CODE_BAD_REQUEST, "line %u lacks its part %lld", l->line,
                                   (long long)item.parts[k].object_id);
    }
    return CODE_OK;
}

enum code lines_from_menu(struct turn *t, struct order *o, uint32_t round)
{
    const struct command *c = t->c;
    size_t n = (size_t)o->n_lines + c->n_lines;
    struct order_line *lines = n <= LIMIT_LINES ? arena_alloc(t->scratch, n * sizeof *lines) : NULL;
    if (!lines)
        return turn_refuse(t, CODE_BAD_REQUEST, "at most %d lines in one order", LIMIT_LINES);
    if (o->n_lines)
        memcpy(lines, o->lines, o->n_lines * sizeof *lines);
    o->lines = lines;
    for (uint16_t i = 0; i < c->n_lines; i++) {
        enum code code = line_from_menu(t, o, &c->lines[i], round, &lines[o->n_lines]);
        if (code)
            return code;
        o->n_lines++;
    }
    return check_combos(t, o, round);
}
