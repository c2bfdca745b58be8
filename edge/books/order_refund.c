/* Refunds are amounts, not states; stock comes back only when the request says so. */
#include "edge/books/day.h"
#include "edge/books/menu.h"
#include "edge/books/turn.h"
#include "proto/qty.h"

static enum code check_refund_line(struct turn *t, struct order *o, const struct line_request *r,
                                   int64_t *sum_e4)
{
    struct order_line *l = order_line(o, r->line);
    int64_t amount_e4 = 0;
    if (!l)
        return turn_refuse(t, CODE_BAD_REQUEST, "line %u does not exist", r->line);
    if (r->qty_t > l->qty_t - l->refunded_t)
        return turn_refuse(t, CODE_REFUND_EXCEEDS, "line %u: %s", r->line,
                           code_text(CODE_REFUND_EXCEEDS));
    if (r->qty_t < l->qty_t - l->refunded_t && !menu_step_fits(t->b->txn, l->object_id, r->qty_t))
        return turn_refuse(t, CODE_STEP_VIOLATION, "line %u: %s", r->line,
                           code_text(CODE_STEP_VIOLATION));
    if (!money_line_amount(r->qty_t, l->unit_e4, &amount_e4))
        return turn_refuse(t, CODE_BAD_REQUEST, "line %u: too large", r->line);
    l->refunded_t += r->qty_t;
    *sum_e4 += amount_e4;
    return CODE_OK;
}

static enum code check_refund_state(struct turn *t, const struct order *o)
{
    const struct command *c = t->c;
    bool placed = o->state == ORDER_PLACED && !c->n_lines;
    if (o->state == ORDER_REFUNDED)
        return turn_refuse(t, CODE_REFUND_EXCEEDS, "all of it is refunded");
    if (o->state != ORDER_PAID && o->state != ORDER_ENDED && !placed)
        return turn_refuse(t, CODE_BAD_TRANSITION, "the order is %s", order_state_name(o->state));
    if (!c->n_lines && !c->has_amount)
        return turn_refuse(t, CODE_BAD_REQUEST, "name lines or an amount");
    return CODE_OK;
}

static enum code check_refund(struct turn *t, struct order *o, int64_t *amount_e4)
{
    const struct command *c = t->c;
    enum code code = check_refund_state(t, o);
    int64_t sum_e4 = 0;
    for (uint16_t i = 0; i < c->n_lines && !code; i++)
        code = check_refund_line(t, o, &c->lines[i], &sum_e4);
    if (code)
        return code;
    *amount_e4 = c->has_amount ? c->amount_e4 : sum_e4;
    if (*amount_e4 > order_net_paid(o))
        return turn_refuse(t, CODE_REFUND_EXCEEDS, "%s", code_text(CODE_REFUND_EXCEEDS));
    if (!op_add(t, o, OP_REFUND, c->op_id, 0, CODE_OK) || !order_fits(o))
        return turn_refuse(t, CODE_BAD_TRANSITION, "too many changes to one order");
    return CODE_OK;
}

static void restock(struct turn *t, struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        struct order_line *l = &o->lines[i];
        const struct line_request *r = line_asked(t->c, l->line);
        if (!r)
            continue;
        l->moved_t = r->qty_t;
        if (r->restock && l->reserved == RESERVED_DEDUCTED) {
            line_step(t, o, l, STEP_RESTOCK, r->qty_t);
            l->restocked_t += r->qty_t;
        }
        tickets_void(t, o, l->line);
    }
}

/* What a refund means for the state: all of a paid order, or an unpaid one that may expire again.
 */
static void settle_refund(struct turn *t, struct order *o)
{
    if (order_net_paid(o) > 0)
        return;
    if (o->state != ORDER_PLACED) {
        order_move(o, ORDER_REFUNDED);
        tickets_void(t, o, 0);
    } else {
        order_arm_channel_expiry(t, o);
    }
    order_settle(t, o);
}

enum code order_refund_verb(struct turn *t)
{
    struct order o;
    int64_t amount_e4;
    enum code code = turn_order_own(t, &o);
    if (code)
        return code;
    if (op_answered(t, &o, OP_REFUND, t->c->op_id, 0))
        return t->out->code;
    code = check_refund(t, &o, &amount_e4);
    if (code)
        return code;
    o.refunded_e4 += amount_e4;
    day_count_late(t, &o, NULL, amount_e4);
    restock(t, &o);
    settle_refund(t, &o);
    turn_commit_order(t, &o,
                      &(struct order_event){.kind = EVENT_ORDER_REFUND,
                                            .refund_id = t->c->op_id,
                                            .has_amount = true,
                                            .amount_e4 = amount_e4},
                      false);
    return CODE_OK;
}
