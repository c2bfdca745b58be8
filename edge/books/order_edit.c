/* What changes an order without moving stock: texts, adjustments, serving. */
#include <string.h>

#include "edge/books/turn.h"

static bool is_live(const struct order *o)
{
    return o->state == ORDER_PLACED || o->state == ORDER_PAYING || o->state == ORDER_PAID;
}

static enum code refuse_state(struct turn *t, const struct order *o)
{
    return turn_refuse(t, CODE_BAD_TRANSITION, "the order is %s", order_state_name(o->state));
}

enum code order_update_verb(struct turn *t)
{
    const struct command *c = t->c;
    struct order o;
    enum code code = turn_order_own(t, &o);
    if (code)
        return code;
    if (!is_live(&o))
        return refuse_state(t, &o);
    if (c->has_table)
        o.table = c->table;
    if (c->has_note)
        o.note = c->note;
    if (c->has_user_id)
        o.user_id = c->user_id;
    if (!order_fits(&o))
        return turn_refuse(t, CODE_BAD_REQUEST, "the order is too large");
    turn_commit_order(t, &o, &(struct order_event){.kind = EVENT_ORDER_STATE, .texts = true},
                      false);
    return CODE_OK;
}

/* ---- adjust ---- */

static bool adjust_known(const struct order *o, uint32_t adj)
{
    for (uint16_t i = 0; i < o->n_adjusts; i++)
        if (o->adjusts[i].adj == adj)
            return true;
    return false;
}

static enum code check_adjust_keys(struct turn *t, struct order *o)
{
    const struct command *c = t->c;
    for (uint16_t i = 0; i < c->n_adjusts; i++)
        if (adjust_known(o, c->adjusts[i].adj)) {
            if (op_answered(t, o, OP_ADJUST, STR(""), c->adjusts[0].adj))
                return t->out->code;
            return turn_refuse(t, CODE_ORDER_EXISTS_DIFFERENT, "adj %u exists already",
                               c->adjusts[i].adj);
        }
    return CODE_OK;
}

static bool adjusts_take(struct turn *t, struct order *o)
{
    const struct command *c = t->c;
    size_t n = (size_t)o->n_adjusts + c->n_adjusts;
    struct order_adjust *grown = arena_alloc(t->scratch, n * sizeof *grown);
    if (!grown || n > LIMIT_ADJUSTS)
        return false;
    if (o->n_adjusts)
        memcpy(grown, o->adjusts, o->n_adjusts * sizeof *grown);
    o->adjusts = grown;
    for (uint16_t i = 0; i < c->n_adjusts; i++) {
        const struct adjust_request *a = &c->adjusts[i];
        if (a->line && !order_line(o, a->line))
            return false;
        grown[o->n_adjusts++] =
            (struct order_adjust){a->adj, a->line, a->kind, a->name, a->amount_e4};
    }
    return true;
}

static enum code check_adjust(struct turn *t, struct order *o)
{
    if (o->state != ORDER_PLACED)
        return refuse_state(t, o);
    if (!adjusts_take(t, o) || !op_add(t, o, OP_ADJUST, STR(""), t->c->adjusts[0].adj, CODE_OK))
        return turn_refuse(t, CODE_BAD_REQUEST, "unknown line, or more than %d adjustments",
                           LIMIT_ADJUSTS);
    if (!order_price(t, o) || !order_fits(o))
        return turn_refuse(t, CODE_BAD_REQUEST, "what is due would be below zero or too large");
    if (order_net_paid(o) > 0 && order_net_paid(o) >= o->due_e4)
        return turn_refuse(t, CODE_BAD_TRANSITION,
                           "the payments would cover the rest; refund first");
    return CODE_OK;
}

enum code order_adjust_verb(struct turn *t)
{
    struct order o;
    enum code code = turn_order_own(t, &o);
    if (!code)
        code = check_adjust_keys(t, &o);
    if (code || t->out->duplicate)
        return code;
    code = check_adjust(t, &o);
    if (code)
        return code;
    turn_commit_order(t, &o, &(struct order_event){.kind = EVENT_ORDER_STATE, .adjusts = true},
                      false);
    return CODE_OK;
}

/* ---- serve ---- */

enum code order_serve_verb(struct turn *t)
{
    struct order o;
    enum code code = turn_order(t, &o);
    if (code)
        return code;
    uint32_t round = t->c->round ? t->c->round : o.rounds;
    if (round <= o.served) {
        t->out->duplicate = true;
        turn_show_order(t, &o);
        return CODE_OK;
    }
    if (!is_live(&o))
        return refuse_state(t, &o);
    if (round > o.rounds)
        return turn_refuse(t, CODE_BAD_REQUEST, "the order has %u rounds", o.rounds);
    o.served = (uint16_t)round;
    if (round == o.rounds)
        o.kitchen = KITCHEN_SERVED;
    order_settle(t, &o);
    turn_commit_order(t, &o, &(struct order_event){.kind = EVENT_ORDER_SERVED, .round = round},
                      false);
    return CODE_OK;
}
