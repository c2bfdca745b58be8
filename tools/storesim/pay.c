#include "tools/storesim/pay.h"

#include "tools/storesim/dice.h"
#include "tools/storesim/show.h"

#include <stdio.h>

#define ANNOUNCED 0.25 /* of the payments */
#define FAILING   0.2  /* of the announced ones, once */

static void pay_id_view(struct order *o, struct jw *w)
{
    char pay_id[16];
    snprintf(pay_id, sizeof pay_id, "p%u", o->pay_tries);
    jw_kstring(w, "pay_id", str_of(pay_id));
}

void pay_view(struct order *o, struct jw *w, int64_t amount_e4)
{
    pay_id_view(o, w);
    jw_kstring(w, "tender", o->channel == CHANNEL_POS ? STR("CASH") : STR("CARD"));
    jw_kmoney(w, "amount", amount_e4);
}

static void on_paid(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    order_heard(o, r, "order.pay");
    if (r->code == CODE_OK) {
        char due[SHOW_MONEY];
        show(o->sim, d, o, "paid %s", show_money(o->sim, order_due(o), due));
        return;
    }
    bool late = r->code == CODE_LATE_PAY_NO_STOCK && order_may_have_expired(o);
    bool cancelled = r->code == CODE_ORDER_CANCELLED && o->cancel_sent;
    o->refund_due = late || cancelled;
    if (o->refund_due)
        show(o->sim, d, o, "paid too late, the money goes back");
    else
        stats_fault(&o->sim->stats, "order.pay %s: %d", order_name(o), r->code);
}

static void pay_now(struct order *o, struct device *d)
{
    struct jw *w = order_request(o, d);
    pay_view(o, w, order_due(o));
    o->pay_sent = true;
    order_send(o, d, VERB_ORDER_PAY, on_paid);
}

static void on_failed(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    order_heard(o, r, "order.pay_failed");
    if (r->code != CODE_OK && r->code != CODE_BAD_TRANSITION)
        stats_fault(&o->sim->stats, "order.pay_failed %s: %d", order_name(o), r->code);
    o->pay_tries++;
    pay_now(o, d);
}

static void on_begun(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    order_heard(o, r, "order.pay_begin");
    bool expired = r->code == CODE_BAD_TRANSITION && order_may_have_expired(o);
    if (r->code != CODE_OK && !expired)
        stats_fault(&o->sim->stats, "order.pay_begin %s: %d", order_name(o), r->code);
    if (r->code != CODE_OK || !dice_chance(FAILING)) {
        pay_now(o, d);
        return;
    }
    show(o->sim, d, o, "card declined, tries again");
    pay_id_view(o, order_request(o, d));
    order_send(o, d, VERB_ORDER_PAY_FAILED, on_failed);
}

void pay_order(struct order *o, struct device *d)
{
    o->pay_tries++;
    if (!dice_chance(ANNOUNCED)) {
        pay_now(o, d);
        return;
    }
    struct jw *w = order_request(o, d);
    pay_view(o, w, order_due(o));
    o->pay_sent = true;
    order_send(o, d, VERB_ORDER_PAY_BEGIN, on_begun);
}
