#include "tools/storesim/guest.h"

#include "tools/storesim/clock.h"
#include "tools/storesim/dice.h"
#include "tools/storesim/pay.h"
#include "tools/storesim/show.h"

#define SECOND_ROUND  0.4 /* of the tables */
#define SELLS_AT_ONCE 0.7 /* of the guests at a till */

static bool is_stock_refusal(int code)
{
    return code == CODE_INSUFFICIENT_STOCK || code == CODE_CHANNEL_LIMIT || code == CODE_SOLD_OUT ||
           code == CODE_CHANNEL_CLOSED || code == CODE_STRICT_EXHAUSTED ||
           code == CODE_CHANNEL_RESERVED;
}

static bool is_store_refusal(int code)
{
    return code == CODE_STORAGE_FULL || code == CODE_HUB_FENCED;
}

/* ---- refusals ---- */

static bool line_is_refused(const struct reply *r, uint32_t line)
{
    int64_t number;
    const struct json *list = json_get(r->body, "lines");
    const struct json *v = list && json_kind(list) == JSON_ARRAY ? json_first(list) : NULL;
    for (; v; v = json_next(v)) {
        const struct json *n = json_get(v, "line");
        if (n && json_integer(n, &number) && number == line)
            return true;
    }
    return false;
}

static size_t refused_lines(const struct order *o, const struct reply *r, uint16_t round,
                            struct wish *rest)
{
    size_t refused = 0;
    rest->n_lines = 0;
    for (uint16_t i = 0; i < o->n_lines; i++) {
        if (o->lines[i].round != round)
            continue;
        if (line_is_refused(r, o->lines[i].line))
            refused++;
        else
            rest->lines[rest->n_lines++] = o->lines[i];
    }
    return refused;
}

static void judge_refusal(const struct order *o, const struct reply *r, const char *verb,
                          size_t refused)
{
    if (is_stock_refusal(r->code) && !refused)
        stats_fault(&o->sim->stats, "%s %s: refused with %d, but no line is named", verb,
                    order_name(o), r->code);
    else if (!is_stock_refusal(r->code) && !is_store_refusal(r->code))
        stats_fault(&o->sim->stats, "%s %s: %d", verb, order_name(o), r->code);
}

/* The guest takes what is left of the wish, or leaves. */
static void on_refused(struct order *o, struct device *d, const struct reply *r)
{
    struct wish rest;
    size_t refused = refused_lines(o, r, 1, &rest);
    char text[SHOW_LINES];
    judge_refusal(o, r, "order.place", refused);
    o->refused = true;
    bool again = refused && rest.n_lines && is_stock_refusal(r->code);
    show(o->sim, d, o, "%s: %s; %s", show_lines(o, 1, text), code_text((enum code)r->code),
         again ? "takes the rest" : "leaves");
    if (again)
        guest_arrives(o->sim, d->entry.role, &rest);
}

/* ---- a second round at the table ---- */

static void on_added(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    struct wish rest;
    char text[SHOW_LINES];
    order_heard(o, r, "order.add");
    o->wants_add = false;
    if (r->code == CODE_OK) {
        o->rounds = 2;
        show(o->sim, d, o, "another round: %s", show_lines(o, 2, text));
        return;
    }
    judge_refusal(o, r, "order.add", refused_lines(o, r, 2, &rest));
    while (o->n_lines && o->lines[o->n_lines - 1].round == 2)
        o->n_lines--;
}

static void guest_adds(void *ctx)
{
    struct order *o = ctx;
    struct menu *m = &o->sim->menu;
    struct wish more = {.n_lines = 0};
    struct dish *dish = m->single[dice_between(0, (int64_t)m->n_single - 1)];
    wish_add(&more, m, dish->object_id, 10, true);
    if (!order_add_line(o, &more.lines[0])) {
        o->wants_add = false;
        return;
    }
    struct jw *w = order_request(o, o->home);
    order_lines_view(o, 2, w);
    order_send(o, o->home, VERB_ORDER_ADD, on_added);
}

/* ---- paying and cancelling ---- */

static void guest_pays(void *ctx)
{
    struct order *o = ctx;
    pay_order(o, o->home);
}

static void on_cancelled(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    order_heard(o, r, "order.cancel");
    if (r->code == CODE_OK)
        show(o->sim, d, o, "cancelled");
    else if (r->code != CODE_BAD_TRANSITION || !order_may_have_expired(o))
        stats_fault(&o->sim->stats, "order.cancel %s: %d", order_name(o), r->code);
}

static void guest_cancels(void *ctx)
{
    struct order *o = ctx;
    order_request(o, o->home);
    o->cancel_sent = true;
    order_send(o, o->home, VERB_ORDER_CANCEL, on_cancelled);
}

static void guest_goes_on(struct order *o)
{
    int64_t think_ms = o->sim->pace.think_ms;
    switch (o->way) {
    case WAY_PAY:
        order_later(o, think_ms, guest_pays);
        break;
    case WAY_CANCEL:
        order_later(o, think_ms, guest_cancels);
        break;
    case WAY_TABLE:
        if (o->wants_add)
            order_later(o, think_ms, guest_adds);
        break;
    case WAY_SELL:
    case WAY_ABANDON:
        break;
    }
}

/* ---- ordering ---- */

static void show_placed(const struct order *o, const struct device *d)
{
    char text[SHOW_LINES], due[SHOW_MONEY];
    show(o->sim, d, o, "%s: %s%s", show_lines(o, 1, text), show_money(o->sim, order_due(o), due),
         o->way == WAY_SELL ? ", paid" : "");
}

static void on_ordered(struct device *d, const struct reply *r, void *ctx)
{
    struct order *o = ctx;
    bool first = !o->placed;
    o->clicks--;
    order_heard(o, r, "order.place");
    if (r->code == CODE_OK) {
        o->placed = true;
        o->fresh = (uint16_t)(o->fresh + !r->duplicate);
        if (first) {
            show_placed(o, d);
            guest_goes_on(o);
        }
    } else if (!o->placed && !o->clicks) {
        on_refused(o, d, r);
    }
}

static void send_order(struct order *o)
{
    struct device *d = o->home;
    enum verb verb = o->way == WAY_SELL ? VERB_ORDER_SELL : VERB_ORDER_PLACE;
    struct jw *w = order_request(o, d);
    order_lines_view(o, 1, w);
    if (o->way == WAY_SELL) {
        o->pay_sent = true;
        o->pay_tries = 1;
        jw_karray(w, "payments");
        jw_open(w, '{');
        pay_view(o, w, order_due_all(o));
        jw_close(w, '}');
        jw_close(w, ']');
    }
    o->placed_us = clock_us();
    o->clicks = 1;
    order_send(o, d, verb, on_ordered);
    if (dice_chance(o->sim->manners.double_click)) {
        o->clicks++;
        o->busy++;
        request_send_again(d, verb, str_of(o->id), on_ordered, o);
    }
}

static enum way choose_way(const struct sim *sim, enum role role)
{
    if (role == ROLE_EMENU)
        return WAY_TABLE;
    if (role == ROLE_POS && dice_chance(SELLS_AT_ONCE))
        return WAY_SELL;
    if (dice_chance(sim->manners.cancel))
        return WAY_CANCEL;
    if (role == ROLE_KIOSK && dice_chance(sim->manners.abandon))
        return WAY_ABANDON;
    return WAY_PAY;
}

bool guest_arrives(struct sim *sim, enum role role, const struct wish *wish)
{
    struct device *d = device_of_role(sim, role, (size_t)dice_between(0, INT32_MAX));
    if (!d || !wish->n_lines)
        return false;
    struct order *o = order_new(sim, d, choose_way(sim, role), wish);
    o->wants_add = o->way == WAY_TABLE && dice_chance(SECOND_ROUND);
    o->wants_refund = o->way == WAY_PAY && dice_chance(sim->manners.refund);
    send_order(o);
    return true;
}
