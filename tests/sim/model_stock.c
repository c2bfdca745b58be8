/* Counts, waste and registers, as the model reckons them. */
#include "proto/limits.h"
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
    if (!r->limited)
        r->plan.q_t = t->a->qty_t;
    r->limited = true;
    r->real_t = t->a->qty_t - (t->a->physical ? paid_unserved(t->m, t->a->row) : 0);
}

static void plan(const struct ask *a, struct model_row *r)
{
    if (a->has_qty)
        r->plan.q_t = a->qty_t;
    if (a->limited && !r->limited)
        r->real_t = r->plan.q_t;
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
    if (a->has_weight)
        c->weight = a->weight;
    if (a->has_reserve)
        c->reserve_t = a->reserve_t;
}

/* ---- times of the day ---- */

#define DAY_MS INT64_C(86400000)

static bool is_shown(const struct model *m, int64_t at_ms, int64_t time_ms)
{
    return wall_shows(m->wall, at_ms) % DAY_MS == time_ms;
}

/* The first day on which clocks show that time. */
static int64_t next_shown(const struct model_turn *t, int64_t time_ms)
{
    int64_t at_ms = wall_time_after(t->m->wall, time_ms, t->at->wall_ms);
    while (!is_shown(t->m, at_ms, time_ms))
        at_ms = wall_time_after(t->m->wall, time_ms, at_ms);
    return at_ms;
}

/* A time that is to come once has to be one that clocks show. */
static enum code at_minute(struct model_turn *t, bool daily, int64_t *first_ms)
{
    int64_t time_ms = (int64_t)t->a->minute * 60000;
    *first_ms =
        daily ? next_shown(t, time_ms) : wall_time_after(t->m->wall, time_ms, t->at->wall_ms);
    return is_shown(t->m, *first_ms, time_ms) ? CODE_OK : CODE_BAD_REQUEST;
}

/* One that has passed comes again where it is to come each day. */
static enum code at_instant(struct model_turn *t, int64_t *first_ms)
{
    int64_t now_ms = t->at->wall_ms;
    if (*first_ms <= now_ms && t->a->daily)
        *first_ms = next_shown(t, wall_shows(t->m->wall, *first_ms) % DAY_MS);
    return *first_ms > now_ms && *first_ms <= now_ms + LIMIT_SCHEDULE_MS ? CODE_OK
                                                                         : CODE_BAD_REQUEST;
}

static enum code schedule(struct model_turn *t, struct model_row *r)
{
    const struct ask *a = t->a;
    int64_t first_ms = a->restores ? a->at_ms : 0;
    enum code code = CODE_OK;
    if (a->restores)
        code = a->has_minute ? at_minute(t, a->daily, &first_ms) : at_instant(t, &first_ms);
    if (!code && a->restores && !a->daily && first_ms <= r->restored_ms)
        code = CODE_BAD_REQUEST; /* a clock that was ahead has done it */
    if (code)
        return code;
    r->plan.first_ms = first_ms;
    r->plan.daily = a->daily;
    return CODE_OK;
}

static enum code set_policy(struct model_turn *t, struct model_row *r)
{
    const struct ask *a = t->a;
    int64_t release_ms = 0;
    if (t->m->enrolled)
        return CODE_BAD_REQUEST;
    enum code code = a->has_minute ? at_minute(t, true, &release_ms) : CODE_OK;
    if (code)
        return code;
    r->policy = a->policy;
    if (a->has_rebalance)
        r->rebalance_s = a->rebalance_s;
    if (a->has_minute || a->never_released)
        r->release_ms = release_ms;
    return CODE_OK;
}

/* ---- the verbs ---- */

static enum code apply(struct model_turn *t, struct model_row *r)
{
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
    case VERB_STOCK_SCHEDULE:
        return schedule(t, r);
    case VERB_STOCK_POLICY:
        return set_policy(t, r);
    default:
        r->sold_out = t->a->verb == VERB_STOCK_SOLD_OUT;
        break;
    }
    return CODE_OK;
}

enum code model_stock_verb(struct model_turn *t)
{
    struct model_row *r = &t->m->rows[t->a->row], was = *r;
    t->v->rows |= 1u << t->a->row;
    enum code code = apply(t, r);
    if (code == CODE_OK)
        model_row_follow(t->m, &was, r, t->at);
    return code;
}
