/* Counts, waste and registers, as the model reckons them. */
#include "tests/sim/model.h"

/* Paid goods that still stand in the store are in a physical count. */
static int64_t paid_unserved(const struct model *m, int row)
{
    int64_t sum_t = 0;
    for (uint32_t i = 0; i < m->n_orders; i++) {
        const struct model_order *o = m->orders[i];
        if (o->state != ORDER_PAID || o->kitchen == KITCHEN_SERVED)
            continue;
        for (int k = 0; k < o->n_lines; k++) {
            int64_t need_t[ROW_COUNT] = {0};
            model_need(need_t, &o->lines[k].want, o->lines[k].held_t - o->lines[k].restocked_t);
            sum_t += need_t[row];
        }
    }
    return sum_t;
}

static void set(struct model_turn *t, struct model_row *r)
{
    r->limited = true;
    r->real_t = t->a->qty_t - (t->a->physical ? paid_unserved(t->m, t->a->row) : 0);
}

static void plan(const struct ask *a, struct model_row *r)
{
    if (a->limited && !r->limited)
        r->real_t = a->qty_t;
    r->limited = a->limited;
}

static void channel(const struct ask *a, struct model_channel *c)
{
    if (a->has_on_sale)
        c->closed = !a->on_sale;
    if (a->has_limited)
        c->capped = a->limited;
    if (a->has_qty)
        c->cap_t = a->qty_t;
}

enum code model_stock_verb(struct model_turn *t)
{
    struct model_row *r = &t->m->rows[t->a->row];
    t->v->rows |= 1u << t->a->row;
    switch ((unsigned)t->a->verb) {
    case VERB_STOCK_SET:
        set(t, r);
        break;
    case VERB_STOCK_ADJUST:
        r->real_t += t->a->qty_t;
        r->adjusted_t += t->a->qty_t;
        break;
    case VERB_STOCK_PLAN:
        plan(t->a, r);
        break;
    case VERB_STOCK_CHANNEL:
        channel(t->a, &r->channels[t->a->channel]);
        break;
    default:
        r->sold_out = t->a->verb == VERB_STOCK_SOLD_OUT;
        break;
    }
    return CODE_OK;
}
