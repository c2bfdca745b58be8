/* Rows and orders of the center, as the model reckons them (sync-protocol 1.2, 4.4, 4.6). */
#include <stdio.h>
#include <string.h>

#include "tests/sim/model.h"

int64_t model_row_h(const struct model_row *r)
{
    return r->restocked_t + r->adjusted_t - r->sold_t - r->lost_t;
}

/* What the store wrote stands if the center had not heard of it and did not write later itself. */
static bool stands(const struct model_write *mine, const struct stock_row *theirs,
                   struct stamp stamp)
{
    bool both_the_stores = mine->stamp.origin == ORIGIN_HUB && stamp.origin == ORIGIN_HUB;
    return position_cmp(mine->at, theirs->h_at) > 0 &&
           (both_the_stores || stamp_cmp(mine->stamp, stamp) >= 0);
}

/* A register that was taken is the center's from then on. */
static bool takes(struct model_write *mine, const struct stock_row *theirs, struct stamp stamp)
{
    if (stands(mine, theirs, stamp))
        return false;
    *mine = (struct model_write){.stamp = stamp};
    return true;
}

static int channel_of(struct str code)
{
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (str_eq(code, str_of(channel_name((enum channel)c))))
            return c;
    return -1;
}

/* What the center's channel used counts while both have the same plan. */
static bool same_plan(const struct model_row *m, const struct stock_row *theirs)
{
    char id[32] = "";
    if (m->restored_ms)
        snprintf(id, sizeof id, "R:%lld", (long long)m->restored_ms);
    return str_eq(theirs->gen_id, str_of(id));
}

static void take_channels(struct model_row *m, const struct stock_row *theirs)
{
    for (uint16_t i = 0; i < theirs->n_channels; i++) {
        const struct stock_channel *from = &theirs->channels[i];
        int c = channel_of(from->code);
        struct model_channel *to = c < 0 ? NULL : &m->channels[c];
        if (c == CHANNEL_ONLINE_ORDER && same_plan(m, theirs))
            to->used_t = from->used_t;
        if (!to || !takes(&to->shaped, theirs, from->stamp))
            continue;
        to->closed = from->status == STATUS_SOLD_OUT;
        to->capped = from->type == STOCK_LIMITED;
        to->cap_t = from->limit_t;
        to->weight = from->weight;
        to->reserve_t = from->reserve_t;
    }
}

static void take_plan(struct model_row *m, const struct stock_row *theirs)
{
    bool runs = theirs->auto_restore == 1 && theirs->restore_at_ms > 0;
    m->limited = theirs->type == STOCK_LIMITED;
    m->plan = (struct model_plan){.q_t = theirs->plan_t,
                                  .first_ms = runs ? theirs->restore_at_ms : 0,
                                  .daily = theirs->repeat == 1};
}

static void take_row(struct model_row *m, const struct stock_row *theirs)
{
    m->policy = theirs->policy;
    m->rebalance_s = theirs->rebalance_s;
    m->release_ms = theirs->release_at_ms;
    m->over = theirs->c_ver;
    m->real_t += theirs->c_t - m->online_t;
    m->online_t = theirs->c_t;
    m->online_locked_t = theirs->lc_t;
    if (takes(&m->counted, theirs, theirs->base_stamp))
        m->real_t =
            theirs->base_t + (model_row_h(m) - theirs->base_h_t) + (m->online_t - theirs->base_c_t);
    if (takes(&m->planned, theirs, theirs->plan_stamp))
        take_plan(m, theirs);
    if (takes(&m->closed, theirs, theirs->status_stamp))
        m->sold_out = theirs->status == STATUS_SOLD_OUT;
    take_channels(m, theirs);
}

void model_center_row(const struct model *m, struct model_row *r, const struct stock_row *theirs,
                      const struct moment *at)
{
    const struct model_row was = *r;
    if (theirs->c_ver <= r->over)
        return;
    take_row(r, theirs);
    model_row_follow(m, &was, r, at);
}

/* ---- orders ---- */

/* The guest pays at the center, and what was ordered there is counted there. */
static void take_lines(struct model_order *o, const struct ask *a)
{
    for (int i = 0; i < a->n_lines; i++) {
        const struct want_line *w = &a->lines[i];
        o->lines[o->n_lines++] = (struct model_line){.want = *w,
                                                     .round = 1,
                                                     .qty_t = w->qty_t,
                                                     .held_t = w->qty_t,
                                                     .unit_e4 = w->price_e4,
                                                     .amount_e4 = w->qty_t * w->price_e4 / 10,
                                                     .held = HELD_DEDUCTED,
                                                     .ticket = -1};
        o->due_e4 += w->qty_t * w->price_e4 / 10;
    }
    o->paid_e4 = o->lines_e4 = o->due_e4;
    o->n_payments = 1;
}

static void let_go(struct model_order *o)
{
    for (int i = 0; i < o->n_lines; i++) {
        o->lines[i].held = HELD_UNLOCKED;
        o->lines[i].held_t = 0;
    }
}

static void arrive(struct model_turn *t, const struct online_order *in)
{
    struct model_order *o = model_order_new(t);
    o->online = true;
    o->over = in->over;
    o->state = in->state;
    take_lines(o, &in->asked);
    if (in->state == ORDER_PAID)
        model_tickets_send(t, o);
    else
        let_go(o);
    t->v->order = o;
    t->v->effect = true;
}

static void call_off(struct model_turn *t, struct model_order *o, enum order_state state)
{
    let_go(o);
    bool begun = model_tickets_withdraw(o);
    if (!begun && o->kitchen != KITCHEN_SERVED)
        o->kitchen = KITCHEN_NONE;
    o->state = state;
    o->refunded_e4 = o->paid_e4;
    t->v->effect = true;
}

void model_online_order(struct model *m, const struct online_order *in, const struct moment *at,
                        struct verdict *out)
{
    *out = (struct verdict){.code = CODE_OK};
    struct model_turn t = {m, &in->asked, at, out};
    out->order = model_order(m, in->asked.order_id, strlen(in->asked.order_id));
    if (!out->order) {
        arrive(&t, in);
        return;
    }
    if (in->over <= out->order->over)
        return;
    out->order->over = in->over;
    if (out->order->state == ORDER_PAID && in->state != ORDER_PAID)
        call_off(&t, out->order, in->state);
}
