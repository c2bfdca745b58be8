/* Giving back, refunding, and what moves no stock, as the model reckons it. */
#include <string.h>

#include "tests/sim/model.h"

/* Food that was begun is gone, unless the staff says that it can be sold again. */
static bool was_begun(const struct model_order *o, const struct model_line *l)
{
    return l->ticket >= 0 && o->tickets[l->ticket].started;
}

void model_release(struct model_turn *t, struct model_order *o, struct model_line *l, int64_t q_t,
                   bool restock)
{
    bool lost = !restock && was_begun(o, l);
    model_move(t, o, l, lost ? MOVE_WRITE_OFF : MOVE_GIVE_BACK, q_t);
    l->held_t -= q_t;
    if (lost)
        l->lost_t += q_t;
    if (l->held_t == 0)
        l->held = HELD_UNLOCKED;
}

static bool is_paid(const struct model_order *o)
{
    return o->state == ORDER_PAID || o->state == ORDER_ENDED || o->state == ORDER_REFUNDED;
}

static bool is_live(const struct model_order *o)
{
    return o->state == ORDER_PLACED || o->state == ORDER_PAYING || o->state == ORDER_PAID;
}

/* What is paid already must not become all of it without a payment that says so. */
static bool becomes_covered(const struct model_order *o)
{
    return model_net_paid(o) > 0 && model_net_paid(o) >= o->due_e4;
}

/* ---- cancel ---- */

static bool restock_asked(const struct ask *a, uint32_t line)
{
    for (int i = 0; i < a->n_restock; i++)
        if (a->restock[i] == line)
            return true;
    return false;
}

enum code model_cancel(struct model_turn *t)
{
    struct model_order *o;
    enum code code = model_find_own(t, &o);
    if (code)
        return code;
    if (model_op_answers(t, o, OP_CANCELLED, "", 0))
        return t->v->code;
    if (is_paid(o))
        return CODE_ALREADY_DEDUCTED;
    if (o->state == ORDER_EXPIRED)
        return CODE_ALREADY_UNLOCKED;
    t->v->duplicate = o->state == ORDER_CANCELLED;
    if (t->v->duplicate)
        return CODE_OK;
    if ((o->state == ORDER_PAYING && !t->a->no_charge) || model_net_paid(o) > 0)
        return CODE_BAD_TRANSITION;
    for (int i = 0; i < o->n_lines; i++)
        if (o->lines[i].held == HELD_LOCKED)
            model_release(t, o, &o->lines[i], o->lines[i].held_t,
                          restock_asked(t->a, o->lines[i].want.line));
    model_tickets_void(o, 0);
    model_op_add(t, o, OP_CANCELLED, "", 0, CODE_OK);
    o->state = ORDER_CANCELLED;
    o->deadline_ms = 0;
    return CODE_OK;
}

/* ---- void ---- */

/* Of whole portions there is no half, but what is left may always go. */
static bool is_fraction(const struct model_line *l, int64_t q_t, int64_t left_t)
{
    return q_t < left_t && q_t % DISHES[l->want.item].step_t != 0;
}

/* Has some part become more than its share of the combos that are left? */
static bool parts_outnumber(struct model_order *draft)
{
    for (int i = 0; i < draft->n_lines; i++) {
        const struct want_line *w = &draft->lines[i].want;
        const struct model_line *combo = w->parent ? model_line(draft, w->parent) : NULL;
        int64_t left_t = 0, ordered_t = 0;
        for (int k = 0; k < draft->n_lines; k++) {
            const struct model_line *l = &draft->lines[k];
            bool same = l->want.parent == w->parent && l->want.item == w->item;
            left_t += same ? l->qty_t : 0;
            ordered_t += same ? l->want.qty_t : 0;
        }
        if (combo && left_t * combo->want.qty_t > combo->qty_t * ordered_t)
            return true;
    }
    return false;
}

static enum code void_draft(struct model_turn *t, struct model_order *draft)
{
    for (int i = 0; i < t->a->n_lines; i++) {
        const struct want_line *w = &t->a->lines[i];
        struct model_line *l = model_line(draft, w->line);
        if (!l)
            return CODE_BAD_REQUEST;
        if (l->held == HELD_UNLOCKED)
            return CODE_ALREADY_UNLOCKED;
        if (w->qty_t > l->held_t)
            return CODE_BAD_QUANTITY;
        if (is_fraction(l, w->qty_t, l->held_t))
            return CODE_STEP_VIOLATION;
        l->qty_t -= w->qty_t;
        l->voided_t += w->qty_t;
    }
    if (parts_outnumber(draft))
        return CODE_BAD_REQUEST;
    model_price(draft);
    return draft->due_e4 < 0 || becomes_covered(draft) ? CODE_BAD_TRANSITION : CODE_OK;
}

static void void_apply(struct model_turn *t, struct model_order *o)
{
    bool left = false;
    for (int i = 0; i < t->a->n_lines; i++) {
        const struct want_line *w = &t->a->lines[i];
        model_release(t, o, model_line(o, w->line), w->qty_t, w->restock);
        model_tickets_void(o, w->line);
    }
    for (int i = 0; i < o->n_lines; i++)
        left = left || o->lines[i].qty_t > 0;
    if (left)
        return;
    o->state = ORDER_CANCELLED;
    o->deadline_ms = 0;
}

enum code model_void(struct model_turn *t)
{
    struct model_order *o;
    enum code code = model_find_own(t, &o);
    if (code)
        return code;
    if (model_op_answers(t, o, OP_VOIDED, t->a->op_id, 0))
        return t->v->code;
    if (is_paid(o))
        return CODE_ALREADY_DEDUCTED;
    if (o->state != ORDER_PLACED)
        return CODE_BAD_TRANSITION;
    struct model_order draft = *o;
    code = void_draft(t, &draft);
    if (code)
        return code;
    *o = draft;
    model_op_add(t, o, OP_VOIDED, t->a->op_id, 0, CODE_OK);
    void_apply(t, o);
    return CODE_OK;
}

/* ---- refund ---- */

static int64_t portion_amount(int64_t q_t, int64_t unit_e4)
{
    return (q_t * unit_e4 + 5) / 10;
}

static enum code refund_draft(struct model_turn *t, struct model_order *draft, int64_t *amount_e4)
{
    int64_t sum_e4 = 0;
    for (int i = 0; i < t->a->n_lines; i++) {
        const struct want_line *w = &t->a->lines[i];
        struct model_line *l = model_line(draft, w->line);
        if (!l)
            return CODE_BAD_REQUEST;
        if (w->qty_t > l->qty_t - l->refunded_t)
            return CODE_REFUND_EXCEEDS;
        if (is_fraction(l, w->qty_t, l->qty_t - l->refunded_t))
            return CODE_STEP_VIOLATION;
        l->refunded_t += w->qty_t;
        sum_e4 += portion_amount(w->qty_t, l->unit_e4);
    }
    *amount_e4 = t->a->has_amount ? t->a->amount_e4 : sum_e4;
    return *amount_e4 > model_net_paid(draft) ? CODE_REFUND_EXCEEDS : CODE_OK;
}

static void refund_apply(struct model_turn *t, struct model_order *o, int64_t amount_e4)
{
    o->refunded_e4 += amount_e4;
    for (int i = 0; i < t->a->n_lines; i++) {
        struct model_line *l = model_line(o, t->a->lines[i].line);
        if (t->a->lines[i].restock) {
            model_move(t, o, l, MOVE_RESTOCK, t->a->lines[i].qty_t);
            l->restocked_t += t->a->lines[i].qty_t;
        }
        model_tickets_void(o, l->want.line);
    }
    if (model_net_paid(o) > 0)
        return;
    if (o->state == ORDER_PLACED) {
        model_arm(t, o);
        return;
    }
    o->state = ORDER_REFUNDED;
    model_tickets_void(o, 0);
}

enum code model_refund(struct model_turn *t)
{
    struct model_order *o;
    int64_t amount_e4;
    enum code code = model_find_own(t, &o);
    if (code)
        return code;
    if (model_op_answers(t, o, OP_REFUNDED, t->a->op_id, 0))
        return t->v->code;
    if (o->state == ORDER_REFUNDED)
        return CODE_REFUND_EXCEEDS;
    bool in_part = o->state == ORDER_PLACED && t->a->n_lines == 0;
    if (o->state != ORDER_PAID && o->state != ORDER_ENDED && !in_part)
        return CODE_BAD_TRANSITION;
    struct model_order draft = *o;
    code = refund_draft(t, &draft, &amount_e4);
    if (code)
        return code;
    *o = draft;
    model_op_add(t, o, OP_REFUNDED, t->a->op_id, 0, CODE_OK);
    refund_apply(t, o, amount_e4);
    return CODE_OK;
}

/* ---- update, adjust, serve ---- */

enum code model_update(struct model_turn *t)
{
    struct model_order *o;
    enum code code = model_find_own(t, &o);
    return code || is_live(o) ? code : CODE_BAD_TRANSITION;
}

static bool any_adjust_known(const struct model_order *o, const struct ask *a)
{
    for (int i = 0; i < o->n_adjusts; i++)
        for (int k = 0; k < a->n_adjusts; k++)
            if (o->adjusts[i].adj == a->adjusts[k].adj)
                return true;
    return false;
}

static enum code adjust_draft(struct model_turn *t, struct model_order *draft)
{
    for (int i = 0; i < t->a->n_adjusts; i++) {
        if (t->a->adjusts[i].line && !model_line(draft, t->a->adjusts[i].line))
            return CODE_BAD_REQUEST;
        draft->adjusts[draft->n_adjusts++] = t->a->adjusts[i];
    }
    model_price(draft);
    if (draft->due_e4 < 0)
        return CODE_BAD_REQUEST;
    return becomes_covered(draft) ? CODE_BAD_TRANSITION : CODE_OK;
}

enum code model_adjust(struct model_turn *t)
{
    struct model_order *o;
    enum code code = model_find_own(t, &o);
    if (code)
        return code;
    if (any_adjust_known(o, t->a))
        return model_op_answers(t, o, OP_ADJUSTED, "", t->a->adjusts[0].adj)
                   ? t->v->code
                   : CODE_ORDER_EXISTS_DIFFERENT;
    if (o->state != ORDER_PLACED)
        return CODE_BAD_TRANSITION;
    struct model_order draft = *o;
    code = adjust_draft(t, &draft);
    if (code)
        return code;
    *o = draft;
    model_op_add(t, o, OP_ADJUSTED, "", t->a->adjusts[0].adj, CODE_OK);
    return CODE_OK;
}

enum code model_serve(struct model_turn *t)
{
    struct model_order *o;
    enum code code = model_find_order(t, &o);
    if (code)
        return code;
    uint32_t round = t->a->round ? t->a->round : o->rounds;
    t->v->duplicate = round <= o->served;
    if (t->v->duplicate)
        return CODE_OK;
    if (!is_live(o))
        return CODE_BAD_TRANSITION;
    if (round > o->rounds)
        return CODE_BAD_REQUEST;
    o->served = round;
    if (round == o->rounds)
        o->kitchen = KITCHEN_SERVED;
    model_settle(o);
    return CODE_OK;
}
