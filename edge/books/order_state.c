/* The state table of an order: every legal move, on one page (lan-protocol 4). */
#include "edge/books/turn.h"
#include "storage/timers.h"

#include <assert.h>

#define TO(state) (1U << (state))
static const uint32_t LEGAL[] = {
    [ORDER_NONE] = TO(ORDER_PLACED) | TO(ORDER_PAID),
    [ORDER_PLACED] = TO(ORDER_PLACED) | TO(ORDER_PAYING) | TO(ORDER_PAID) | TO(ORDER_CANCELLED) |
                     TO(ORDER_EXPIRED),
    [ORDER_PAYING] = TO(ORDER_PLACED) | TO(ORDER_PAID) | TO(ORDER_CANCELLED) | TO(ORDER_EXPIRED),
    [ORDER_PAID] = TO(ORDER_ENDED) | TO(ORDER_REFUNDED),
    [ORDER_ENDED] = TO(ORDER_REFUNDED),
    [ORDER_EXPIRED] = TO(ORDER_PLACED) | TO(ORDER_PAID), /* paid late */
    [ORDER_CANCELLED] = 0,
    [ORDER_REFUNDED] = 0,
};

void order_move(struct order *o, enum order_state to)
{
    assert(LEGAL[o->state] & TO(to));
    o->state = to;
}

void order_settle(struct turn *t, struct order *o)
{
    if (o->state == ORDER_PAID && o->kitchen == KITCHEN_SERVED)
        order_move(o, ORDER_ENDED);
    if (order_ends(o->state))
        o->ended_at_ms = t->c->wall_ms;
}

int64_t order_net_paid(const struct order *o)
{
    return o->paid_e4 - o->refunded_e4;
}

void order_disarm_expiry(struct turn *t, struct order *o)
{
    if (o->expires_at_u_ms)
        timer_disarm(t->b->txn, o->expires_at_u_ms, TIMER_ORDER_EXPIRY, o->no);
    o->expires_at_u_ms = 0;
}

void order_arm_channel_expiry(struct turn *t, struct order *o)
{
    int64_t span_ms = t->b->config->channels[o->channel].expiry_ms;
    if (span_ms)
        order_arm_expiry(t, o, t->c->uptime_ms + span_ms);
}

void order_arm_expiry(struct turn *t, struct order *o, int64_t deadline_u_ms)
{
    order_disarm_expiry(t, o);
    o->expires_at_u_ms = deadline_u_ms;
    timer_arm(t->b->txn, deadline_u_ms, TIMER_ORDER_EXPIRY, o->no);
}
