#include "tools/product-center/order_rule.h"

#include <assert.h>

#include "proto/rights.h"
#include "proto/shares.h"
#include "tools/product-center/shelf.h"

static size_t row_no(const struct items *items, struct object object)
{
    const struct item *it = items_find(items, object);
    assert(it != NULL);
    return (size_t)(it - items->at);
}

/* ---- checking ---- */

/* What is wanted of a row, and what it has to give: the center's part of it, and the order's
 * channel's part of that. */
struct need {
    const struct stock_row *row;
    int64_t need_t, total_t, avail_t;
};

static struct need need_of(const struct call *c, const struct store *s, const struct stock_row *r)
{
    int64_t total_t = shelf_total(c, s, r);
    struct str code = str_of(channel_name(ORDER_CHANNEL));
    return (struct need){
        .row = r, .total_t = total_t, .avail_t = shares_avail(r, SITE_CENTER, total_t, code)};
}

static struct need *needs(struct call *c, const struct order *o)
{
    struct need *need = arena_alloc(&c->arena, o->items.n * sizeof(*need));
    if (need == NULL)
        return NULL;
    for (size_t i = 0; i < o->items.n; i++)
        need[i] = need_of(c, &o->store, &o->items.at[i].row);
    for (size_t i = 0; i < o->m->n_lines; i++)
        for (size_t k = 0; k < o->m->lines[i].n_effects; k++) {
            const struct mirror_effect *e = &o->m->lines[i].effects[k];
            need[row_no(&o->items, e->object)].need_t += e->q_t;
        }
    return need;
}

static enum code row_verdict(const struct need *n, int64_t q_t)
{
    const struct stock_row *r = n->row;
    if (r->step_t > 0 && q_t % r->step_t != 0)
        return CODE_STEP_VIOLATION;
    if (r->status != STATUS_ON_SALE)
        return CODE_SOLD_OUT;
    if (!stock_channel_open(r, ORDER_CHANNEL))
        return CODE_CHANNEL_CLOSED;
    if (n->total_t < n->need_t)
        return rights_strict(r) ? CODE_STRICT_EXHAUSTED : CODE_INSUFFICIENT_STOCK;
    if (shares_room(r, SITE_CENTER, str_of(channel_name(ORDER_CHANNEL))) < n->need_t)
        return CODE_CHANNEL_LIMIT;
    return n->avail_t < n->need_t ? CODE_CHANNEL_RESERVED : CODE_OK;
}

/* Which verdict speaks for the whole request. */
static size_t rank(enum code code)
{
    static const enum code FIRST[] = {CODE_STEP_VIOLATION,   CODE_SOLD_OUT,
                                      CODE_CHANNEL_CLOSED,   CODE_INSUFFICIENT_STOCK,
                                      CODE_STRICT_EXHAUSTED, CODE_CHANNEL_LIMIT};
    size_t i = 0;
    while (i < sizeof(FIRST) / sizeof(FIRST[0]) && FIRST[i] != code)
        i++;
    return i;
}

static bool is_worse(const struct rule_refusal *a, const struct rule_refusal *b)
{
    if (b->code == CODE_OK)
        return true;
    if (rank(a->code) != rank(b->code))
        return rank(a->code) < rank(b->code);
    return a->avail_t - a->need_t < b->avail_t - b->need_t;
}

static struct rule_refusal judge(const struct mirror_line *line, const struct items *items,
                                 const struct need *need)
{
    struct rule_refusal worst = {.line = line};
    for (size_t k = 0; k < line->n_effects; k++) {
        const struct mirror_effect *e = &line->effects[k];
        const struct need *n = &need[row_no(items, e->object)];
        struct rule_refusal r = {.line = line,
                                 .code = row_verdict(n, e->q_t),
                                 .by = e->object,
                                 .need_t = n->need_t,
                                 .avail_t = n->avail_t};
        if (r.code != CODE_OK && is_worse(&r, &worst))
            worst = r;
    }
    return worst;
}

struct rule_verdict rule_check(struct call *c, const struct order *o)
{
    struct rule_verdict v = {.code = CODE_OK};
    const struct need *need = needs(c, o);
    v.refused = arena_alloc(&c->arena, o->m->n_lines * sizeof(*v.refused));
    if (need == NULL || v.refused == NULL)
        return (struct rule_verdict){.code = CODE_INTERNAL};
    for (size_t i = 0; i < o->m->n_lines; i++) {
        struct rule_refusal r = judge(&o->m->lines[i], &o->items, need);
        if (r.code == CODE_OK)
            continue;
        v.refused[v.n++] = r;
        if (v.code == CODE_OK || rank(r.code) < rank(v.code))
            v.code = r.code;
    }
    return v;
}

/* ---- moving ---- */

static const struct {
    int8_t c, lc, used;
} SIGNS[] = {
#define X(e, c, lc, used) [e] = {c, lc, used},
    RULE_STEP_LIST(X)
#undef X
};

/* False: more would be given back than was used (I5). */
static bool used_move(struct stock_row *row, int64_t d_t)
{
    struct stock_channel *ch = d_t != 0 ? stock_channel(row, ORDER_CHANNEL) : NULL;
    if (ch == NULL)
        return true;
    ch->used_t += d_t;
    return ch->used_t >= 0;
}

static bool row_move(struct items *items, struct mirror_effect *e, enum rule_step step, int64_t q_t)
{
    struct item *it = &items->at[row_no(items, e->object)];
    if (step == RULE_LOCK || step == RULE_SELL)
        e->gen_id = it->row.gen_id;
    bool old = !str_eq(e->gen_id, it->row.gen_id);
    if (old && step == RULE_RESTOCK)
        return true;
    if (old && step == RULE_GIVE_BACK)
        step = RULE_WRITE_OFF;
    it->row.c_t += SIGNS[step].c * q_t;
    it->row.lc_t += SIGNS[step].lc * q_t;
    it->changed = it->news = true;
    return used_move(&it->row, SIGNS[step].used * q_t) && it->row.lc_t >= 0; /* INC-1 */
}

static bool settled(struct call *c, bool ok)
{
    if (!ok)
        call_fail(c, CLOUD_INTERNAL, "a stock row contradicts its orders");
    return ok;
}

static enum reserved state_after(enum rule_step step)
{
    if (step == RULE_LOCK)
        return RESERVED_LOCKED;
    return step == RULE_DEDUCT || step == RULE_SELL ? RESERVED_DEDUCTED : RESERVED_UNLOCKED;
}

bool rule_move_all(struct call *c, struct order *o, enum rule_step step)
{
    bool ok = true;
    for (size_t i = 0; i < o->m->n_lines; i++) {
        struct mirror_line *l = &o->m->lines[i];
        l->state = state_after(step);
        l->attempt += step == RULE_LOCK || step == RULE_SELL;
        for (size_t k = 0; k < l->n_effects; k++) {
            ok &= row_move(&o->items, &l->effects[k], step, l->effects[k].q_t);
            l->effects[k].deducted = l->state == RESERVED_DEDUCTED;
        }
    }
    if (step == RULE_GIVE_BACK)
        rule_hold_nothing(o->m);
    return settled(c, ok);
}

bool rule_restock(struct call *c, struct order *o, struct mirror_line *l, int64_t q_t)
{
    bool ok = true;
    int64_t left_t = l->q_t - l->restocked_t;
    for (size_t k = 0; k < l->n_effects; k++) {
        struct mirror_effect *e = &l->effects[k];
        int64_t back_t = e->q_t * q_t / left_t; /* all of it with the last part */
        ok &= row_move(&o->items, e, RULE_RESTOCK, back_t);
        e->q_t -= back_t;
    }
    l->restocked_t += q_t;
    return settled(c, ok);
}

void rule_hold_nothing(struct mirror_order *m)
{
    for (size_t i = 0; i < m->n_lines; i++)
        for (size_t k = 0; k < m->lines[i].n_effects; k++)
            m->lines[i].effects[k].q_t = 0;
}
