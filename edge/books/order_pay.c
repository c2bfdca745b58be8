/* Payments: begun, failed, made, made too late (sync-protocol 2.5). */
#include "edge/books/day.h"
#include "edge/books/menu.h"
#include "edge/books/turn.h"

#define PAYING_SPAN_MS 120000 /* pay_begin moves the expiry at least so far away (2.1) */

static enum code refuse_state(struct turn *t, const struct order *o, const char *what)
{
    return turn_refuse(t, CODE_BAD_TRANSITION, "the order is %s: %s", order_state_name(o->state),
                       what);
}

/* ---- the money arrives for an order that is gone ---- */

static enum code refund_is_due(struct turn *t, struct order *o, enum code code)
{
    const struct payment_request *p = &t->c->payments[0];
    if (!op_add(t, o, OP_PAY, p->pay_id, 0, code))
        return refuse_state(t, o, "too many changes to one order");
    o->refund_due = t->out->refund_due = true;
    turn_commit_order(t, o,
                      &(struct order_event){.kind = EVENT_REFUND_DUE,
                                            .code = code,
                                            .has_amount = true,
                                            .amount_e4 = p->amount_e4,
                                            .pay_id = p->pay_id},
                      false);
    return turn_refuse(t, code, "%s", code_text(code));
}

/* ---- weighed lines ---- */

static enum code take_actual(struct turn *t, struct order *o)
{
    const struct command *c = t->c;
    for (uint16_t i = 0; i < c->n_lines; i++) {
        struct order_line *l = order_line(o, c->lines[i].line);
        if (!l || l->reserved != RESERVED_LOCKED)
            return turn_refuse(t, CODE_BAD_REQUEST, "line %u is not reserved", c->lines[i].line);
        if (!menu_step_fits(t->b->txn, l->object_id, c->lines[i].actual_t))
            return turn_refuse(t, CODE_STEP_VIOLATION, "line %u: %s", l->line,
                               code_text(CODE_STEP_VIOLATION));
        l->qty_t = c->lines[i].actual_t;
        if (l->qty_t > l->held_t && !need_add(t, l, l->qty_t - l->held_t))
            return turn_refuse(t, CODE_BAD_REQUEST, "the order touches too many objects");
    }
    return CODE_OK;
}

static enum code check_extra(struct turn *t, struct order *o)
{
    if (!t->n_rows)
        return CODE_OK;
    enum code code = need_check(t, o, o->lines, o->n_lines);
    return code ? turn_refuse(t, CODE_EXCEEDS_LOCK, "%s", code_text(CODE_EXCEEDS_LOCK)) : CODE_OK;
}

/* ---- in time ---- */

static void deduct_line(struct turn *t, const struct order *o, struct order_line *l)
{
    int64_t paid_t = l->qty_t < l->held_t ? l->qty_t : l->held_t;
    line_step(t, o, l, STEP_DEDUCT, paid_t);
    if (l->held_t > paid_t)
        line_step(t, o, l, STEP_GIVE_BACK, l->held_t - paid_t);
    if (l->qty_t > paid_t)
        line_step(t, o, l, STEP_SELL_MORE, l->qty_t - paid_t);
    l->held_t = l->moved_t = l->qty_t;
    l->reserved = RESERVED_DEDUCTED;
}

static void complete(struct turn *t, struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].reserved == RESERVED_LOCKED)
            deduct_line(t, o, &o->lines[i]);
    order_move(o, ORDER_PAID);
    tickets_send(t, o);
    order_settle(t, o);
}

static void commit_payment(struct turn *t, struct order *o, enum event_kind kind, const char *cause)
{
    day_count_late(t, o, &o->payments[o->n_payments - 1], 0);
    turn_commit_order(t, o,
                      &(struct order_event){.kind = kind,
                                            .cause = cause,
                                            .whole = cause != NULL,
                                            .payments = &o->payments[o->n_payments - 1],
                                            .n_payments = 1},
                      false);
}

static enum code check_payment(struct turn *t, struct order *o)
{
    const struct payment_request *p = &t->c->payments[0];
    if (!order_price(t, o)) /* weighed lighter than the discount */
        return refuse_state(t, o, "what is due would be below zero or too large");
    if (!payment_add(t, o, p) || !op_add(t, o, OP_PAY, p->pay_id, 0, CODE_OK) || !order_fits(o))
        return refuse_state(t, o, "too many payments or changes");
    return CODE_OK;
}

static enum code pay_now(struct turn *t, struct order *o)
{
    enum code code = take_actual(t, o);
    if (!code)
        code = check_payment(t, o);
    if (code)
        return code;
    bool covers = order_net_paid(o) >= o->due_e4;
    if (!covers && t->c->n_lines)
        return refuse_state(t, o, "actual quantities go with the payment that completes it");
    if (covers)
        code = check_extra(t, o);
    if (code)
        return code;
    if (covers || order_net_paid(o) > 0)
        order_disarm_expiry(t, o);
    if (covers)
        complete(t, o);
    else
        order_move(o, ORDER_PLACED);
    commit_payment(t, o, covers ? EVENT_ORDER_DEDUCT : EVENT_ORDER_STATE, NULL);
    return CODE_OK;
}

/* ---- too late ---- */

static bool stock_is_left(struct turn *t, struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (!need_add(t, &o->lines[i], o->lines[i].qty_t))
            return false;
    bool left = need_check(t, o, o->lines, o->n_lines) == CODE_OK;
    t->out->n_refused = 0; /* a remembered reply has no refused lines, so the first has none */
    return left;
}

static void lock_again(struct turn *t, struct order *o, enum step step)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        struct order_line *l = &o->lines[i];
        if (l->qty_t <= 0)
            continue;
        l->held_t = l->qty_t;
        l->attempt++;
        l->reserved = step == STEP_SELL ? RESERVED_DEDUCTED : RESERVED_LOCKED;
        line_step(t, o, l, step, l->held_t);
    }
}

static enum code pay_late(struct turn *t, struct order *o)
{
    if (t->c->n_lines)
        return refuse_state(t, o, "its reservation is gone");
    if (!stock_is_left(t, o))
        return refund_is_due(t, o, CODE_LATE_PAY_NO_STOCK);
    enum code code = check_payment(t, o);
    if (code)
        return code;
    bool covers = order_net_paid(o) >= o->due_e4;
    t->out->late = true;
    pickup_again(t, o);
    o->ended_at_ms = 0;
    lock_again(t, o, covers ? STEP_SELL : STEP_LOCK);
    order_move(o, covers ? ORDER_PAID : ORDER_PLACED);
    if (covers)
        tickets_send(t, o);
    else if (order_net_paid(o) <= 0)
        order_arm_channel_expiry(t, o);
    order_settle(t, o);
    commit_payment(t, o, covers ? EVENT_ORDER_SELL : EVENT_ORDER_LOCK, "LATE_PAY");
    return CODE_OK;
}

enum code order_pay_verb(struct turn *t)
{
    struct order o;
    enum code code = turn_order_own(t, &o);
    if (code)
        return code;
    if (op_answered(t, &o, OP_PAY, t->c->payments[0].pay_id, 0))
        return t->out->code;
    if (o.state == ORDER_PLACED || o.state == ORDER_PAYING)
        return pay_now(t, &o);
    if (o.state == ORDER_EXPIRED)
        return pay_late(t, &o);
    if (o.state == ORDER_CANCELLED)
        return refund_is_due(t, &o, CODE_ORDER_CANCELLED);
    return refuse_state(t, &o, "it is paid already");
}

/* ---- a card terminal is at work ---- */

static void extend_expiry(struct turn *t, struct order *o)
{
    int64_t until_u_ms = t->c->uptime_ms + PAYING_SPAN_MS;
    if (!o->expires_at_u_ms || o->paying_extensions == LIMIT_PAYING_EXTENSIONS)
        return;
    o->paying_extensions++;
    if (until_u_ms > o->expires_at_u_ms)
        order_arm_expiry(t, o, until_u_ms);
}

static enum code paying_step(struct turn *t, enum op_kind op, enum order_state from,
                             enum order_state to)
{
    struct order o;
    enum code code = turn_order_own(t, &o);
    if (code)
        return code;
    if (op_answered(t, &o, op, t->c->op_id, 0))
        return t->out->code;
    if (o.state != from)
        return refuse_state(t, &o, "no payment can begin or fail now");
    if (!op_add(t, &o, op, t->c->op_id, 0, CODE_OK) || !order_fits(&o))
        return refuse_state(t, &o, "too many changes to one order");
    order_move(&o, to);
    if (to == ORDER_PAYING)
        extend_expiry(t, &o);
    turn_commit_order(
        t, &o, &(struct order_event){.kind = EVENT_ORDER_STATE, .pay_id = t->c->op_id}, false);
    return CODE_OK;
}

enum code order_pay_begin_verb(struct turn *t)
{
    return paying_step(t, OP_PAY_BEGIN, ORDER_PLACED, ORDER_PAYING);
}

enum code order_pay_failed_verb(struct turn *t)
{
    return paying_step(t, OP_PAY_FAILED, ORDER_PAYING, ORDER_PLACED);
}
