#include "tools/storesim/staff.h"

#include "proto/qty.h"
#include "tools/storesim/clock.h"
#include "tools/storesim/pay.h"
#include "tools/storesim/show.h"

#define ASK_EVERY_US 2000000

/* The till in charge of an order. */
static struct device *till_of(const struct order *o)
{
    size_t n = 0;
    for (const char *p = o->id; *p; p++)
        n = n * 31 + (uint8_t)*p;
    return device_of_role(o->sim, ROLE_POS, n);
}

void staff_sees_order(struct device *d, const struct topic *topic, const struct json *payload,
                      struct position at)
{
    if (topic->kind != TOPIC_ORDER && topic->kind != TOPIC_DEVICE_ORDER)
        return;
    struct order *o = map_get(&d->sim->orders, topic->name);
    if (!o && payload && device_made_order(d->sim, topic->name))
        stats_fault(&d->sim->stats, "%s: order %.*s, which nobody placed", d->entry.id,
                    (int)topic->name.n, topic->name.p);
    if (!o)
        return;
    if (payload)
        order_learn(o, payload, at, "order topic");
    else if (position_cmp(at, o->at) >= 0 || !order_settled(o))
        o->gone = true;
}

/* ---- asking ---- */

static void on_told(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    bool was_settled = order_settled(o);
    order_heard(o, r, "order.get");
    if (r->code != CODE_OK)
        stats_fault(&o->sim->stats, "order.get %s: %d", order_name(o), r->code);
    else if (o->state == ORDER_EXPIRED && !was_settled)
        show(o->sim, d, o, "expired unpaid");
}

static void staff_asks(struct order *o)
{
    o->asked_us = clock_us();
    o->gone = false;
    jw_kstring(request_begin(o->home), "order_id", str_of(o->id));
    order_send(o, o->home, VERB_ORDER_GET, on_told);
}

void staff_ask_all(struct sim *sim)
{
    struct order *o;
    for (size_t i = 0; (o = map_next(&sim->orders, &i));)
        if (o->placed)
            staff_asks(o);
}

/* ---- serving ---- */

static void on_served(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    order_heard(o, r, "order.serve");
    if (r->code == CODE_OK)
        show(o->sim, d, o, "served");
    else if (r->code != CODE_BAD_TRANSITION || !(order_settled(o) || o->refund_sent))
        stats_fault(&o->sim->stats, "order.serve %s: %d", order_name(o), r->code);
}

static void staff_serves(void *ctx)
{
    struct order *o = ctx;
    struct device *d = till_of(o);
    o->served_round = o->rounds;
    jw_kint(order_request(o, d), "round", o->rounds);
    order_send(o, d, VERB_ORDER_SERVE, on_served);
}

static bool can_be_served(const struct order *o)
{
    bool ready = o->kitchen == KITCHEN_READY ||
                 (o->kitchen == KITCHEN_NONE && o->state == ORDER_PAID && !order_needs_cooking(o));
    return ready && o->served_round < o->rounds;
}

/* ---- money ---- */

static void staff_takes_money(void *ctx)
{
    struct order *o = ctx;
    pay_order(o, till_of(o));
}

static bool table_may_pay(const struct order *o)
{
    bool eaten = o->kitchen == KITCHEN_SERVED || !order_needs_cooking(o);
    return o->way == WAY_TABLE && o->state == ORDER_PLACED && eaten && !o->wants_add;
}

static void on_refunded(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    order_heard(o, r, "order.refund");
    o->wants_refund = false;
    if (r->code == CODE_OK)
        show(o->sim, d, o, "complained, money back");
    else
        stats_fault(&o->sim->stats, "order.refund %s: %d", order_name(o), r->code);
}

static void staff_refunds(void *ctx)
{
    struct order *o = ctx;
    struct device *d = till_of(o);
    struct jw *w = order_request(o, d);
    jw_kstring(w, "refund_id", STR("r1"));
    jw_kmoney(w, "amount", order_due(o));
    o->refund_sent = true;
    order_send(o, d, VERB_ORDER_REFUND, on_refunded);
}

/* ---- closing ---- */

static void on_closed(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    order_heard(o, r, "order.cancel");
    if (r->code == CODE_OK)
        show(o->sim, d, o, "cancelled at closing");
    else if (r->code != CODE_BAD_TRANSITION)
        stats_fault(&o->sim->stats, "order.cancel %s: %d", order_name(o), r->code);
}

static void staff_cancels(void *ctx)
{
    struct order *o = ctx;
    struct device *d = till_of(o);
    order_request(o, d);
    o->cancel_sent = true;
    order_send(o, d, VERB_ORDER_CANCEL, on_closed);
}

static bool outlives(const struct order *o, int64_t until_us)
{
    return !o->expiry_ms || o->placed_us + o->expiry_ms * 1000 > until_us;
}

/* ---- the walk ---- */

static void staff_minds(struct order *o, int64_t until_us)
{
    const struct pace *pace = &o->sim->pace;
    bool has_till = device_count(o->sim, ROLE_POS) > 0;
    if (!o->placed || o->busy || o->next.place)
        return;
    if (order_settled(o))
        return;
    bool ask_now = clock_us() >= o->asked_us + ASK_EVERY_US;
    if (has_till && can_be_served(o))
        order_later(o, pace->serve_ms, staff_serves);
    else if (has_till && table_may_pay(o))
        order_later(o, pace->think_ms, staff_takes_money);
    else if (has_till && o->wants_refund && o->state == ORDER_ENDED)
        order_later(o, pace->think_ms, staff_refunds);
    else if (has_till && o->sim->closing && o->way == WAY_ABANDON && o->state == ORDER_PLACED &&
             !o->cancel_sent && outlives(o, until_us))
        staff_cancels(o);
    else if ((o->gone || o->sim->closing) && ask_now)
        staff_asks(o);
}

void staff_walk(struct sim *sim, int64_t until_us)
{
    struct order *o;
    for (size_t i = 0; (o = map_next(&sim->orders, &i));)
        staff_minds(o, until_us);
}
