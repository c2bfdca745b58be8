/* Giving stock back before payment: void, cancel, expiry. */
#include "edge/books/menu.h"
#include "edge/books/restore.h"
#include "edge/books/turn.h"
#include "storage/timers.h"

/* A timer whose record is damaged comes again after so long. Its order may have been mended, or
 * have got another deadline since. */
#define PUT_OFF_MS (3600 * 1000)

/* Food that a station has begun does not come back to stock by itself (lan-protocol 5). */
static void line_release(struct turn *t, const struct order *o, struct order_line *l, int64_t q_t,
                         bool restock)
{
    bool lost = !restock && ticket_started(t, o, l);
    line_step(t, o, l, lost ? STEP_WRITE_OFF : STEP_GIVE_BACK, q_t);
    l->held_t -= q_t;
    l->moved_t = q_t;
    if (!l->held_t)
        l->reserved = RESERVED_UNLOCKED;
}

static bool restock_asked(const struct command *c, uint32_t line)
{
    for (uint16_t i = 0; i < c->n_restock; i++)
        if (c->restock_lines[i] == line)
            return true;
    return false;
}

static void release_all(struct turn *t, struct order *o, const struct command *asked)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        struct order_line *l = &o->lines[i];
        if (l->reserved == RESERVED_LOCKED)
            line_release(t, o, l, l->held_t, asked && restock_asked(asked, l->line));
    }
    tickets_void(t, o, 0);
    order_disarm_expiry(t, o);
}

/* ---- cancel ---- */

static enum code check_cancel(struct turn *t, struct order *o)
{
    if (op_answered(t, o, OP_CANCEL, STR(""), 0))
        return t->out->code;
    if (o->state == ORDER_CANCELLED) { /* by voids, or when its memory of commands was full */
        t->out->duplicate = true;
        turn_show_order(t, o);
        return CODE_OK;
    }
    if (o->state == ORDER_EXPIRED)
        return turn_refuse(t, CODE_ALREADY_UNLOCKED, "%s", code_text(CODE_ALREADY_UNLOCKED));
    if (o->state == ORDER_PAID || o->state == ORDER_ENDED || o->state == ORDER_REFUNDED)
        return turn_refuse(t, CODE_ALREADY_DEDUCTED, "%s", code_text(CODE_ALREADY_DEDUCTED));
    if (o->state == ORDER_PAYING && !t->c->no_charge)
        return turn_refuse(t, CODE_BAD_TRANSITION, "a payment is in flight; say no_charge");
    if (order_net_paid(o) > 0)
        return turn_refuse(t, CODE_BAD_TRANSITION, "refund what was paid first");
    return CODE_OK;
}

/* An order too full to remember it is cancelled all the same. */
static void remember_cancel(struct turn *t, struct order *o)
{
    if (op_add(t, o, OP_CANCEL, STR(""), 0, CODE_OK) && !order_fits(o))
        o->n_ops--;
}

enum code order_cancel_verb(struct turn *t)
{
    struct order o;
    enum code code = turn_order_own(t, &o);
    if (!code)
        code = check_cancel(t, &o);
    if (code || t->out->duplicate)
        return code;
    remember_cancel(t, &o);
    release_all(t, &o, t->c);
    order_move(&o, ORDER_CANCELLED);
    order_settle(t, &o);
    turn_commit_order(t, &o, &(struct order_event){.kind = EVENT_ORDER_UNLOCK, .cause = "CANCEL"},
                      false);
    return CODE_OK;
}

/* ---- void ---- */

static enum code check_void_line(struct turn *t, struct order *o, const struct line_request *r)
{
    struct order_line *l = order_line(o, r->line);
    if (!l)
        return turn_refuse(t, CODE_BAD_REQUEST, "line %u does not exist", r->line);
    if (l->reserved == RESERVED_UNLOCKED)
        return turn_refuse(t, CODE_ALREADY_UNLOCKED, "line %u was given back", r->line);
    if (r->qty_t > l->held_t)
        return turn_refuse(t, CODE_BAD_QUANTITY, "line %u has less than that left", r->line);
    if (r->qty_t < l->held_t && !menu_step_fits(t->b->txn, l->object_id, r->qty_t))
        return turn_refuse(t, CODE_STEP_VIOLATION, "line %u: %s", r->line,
                           code_text(CODE_STEP_VIOLATION));
    l->qty_t -= r->qty_t;
    l->voided_t += r->qty_t;
    return CODE_OK;
}

/* All lines of the same part of the same combo together: what is left, and what was ordered. */
static void part_sums(const struct order *o, const struct order_line *part, int64_t *left_t,
                      int64_t *ordered_t)
{
    *left_t = *ordered_t = 0;
    for (uint16_t i = 0; i < o->n_lines; i++) {
        const struct order_line *l = &o->lines[i];
        if (l->parent != part->parent || l->object_id != part->object_id)
            continue;
        *left_t += l->qty_t;
        *ordered_t += l->qty_t + l->voided_t;
    }
}

/* A part is cheap because of its combo: what is left of it must not outnumber what is left of that.
 */
static enum code check_void_parts(struct turn *t, struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        const struct order_line *l = &o->lines[i];
        const struct order_line *combo = l->parent ? order_line(o, l->parent) : NULL;
        int64_t left_t, ordered_t;
        if (!combo)
            continue;
        part_sums(o, l, &left_t, &ordered_t);
        if (left_t * (combo->qty_t + combo->voided_t) > combo->qty_t * ordered_t)
            return turn_refuse(t, CODE_BAD_REQUEST, "line %u is a part of line %u: void it too",
                               l->line, combo->line);
    }
    return CODE_OK;
}

static bool anything_left(const struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++)
        if (o->lines[i].qty_t > 0)
            return true;
    return false;
}

static enum code check_void(struct turn *t, struct order *o)
{
    if (o->state == ORDER_PAID || o->state == ORDER_ENDED || o->state == ORDER_REFUNDED)
        return turn_refuse(t, CODE_ALREADY_DEDUCTED, "%s", code_text(CODE_ALREADY_DEDUCTED));
    if (o->state != ORDER_PLACED)
        return turn_refuse(t, CODE_BAD_TRANSITION, "the order is %s", order_state_name(o->state));
    for (uint16_t i = 0; i < t->c->n_lines; i++) {
        enum code code = check_void_line(t, o, &t->c->lines[i]);
        if (code)
            return code;
    }
    enum code code = check_void_parts(t, o);
    if (code)
        return code;
    if (!order_price(t, o) || !op_add(t, o, OP_VOID, t->c->op_id, 0, CODE_OK) || !order_fits(o))
        return turn_refuse(t, CODE_BAD_TRANSITION, "adjustments or changes do not allow it");
    if (order_net_paid(o) > 0 && order_net_paid(o) >= o->due_e4)
        return turn_refuse(t, CODE_BAD_TRANSITION,
                           "the payments would cover the rest; refund first");
    return CODE_OK;
}

static void apply_void(struct turn *t, struct order *o)
{
    for (uint16_t i = 0; i < o->n_lines; i++) {
        const struct line_request *r = line_asked(t->c, o->lines[i].line);
        if (!r)
            continue;
        line_release(t, o, &o->lines[i], r->qty_t, r->restock);
        tickets_void(t, o, r->line);
    }
    if (anything_left(o))
        return;
    order_disarm_expiry(t, o);
    order_move(o, ORDER_CANCELLED);
    order_settle(t, o);
}

enum code order_void_verb(struct turn *t)
{
    struct order o;
    enum code code = turn_order_own(t, &o);
    if (code)
        return code;
    if (op_answered(t, &o, OP_VOID, t->c->op_id, 0))
        return t->out->code;
    code = check_void(t, &o);
    if (code)
        return code;
    apply_void(t, &o);
    turn_commit_order(
        t, &o,
        &(struct order_event){.kind = EVENT_ORDER_UNLOCK, .cause = "VOID", .void_id = t->c->op_id},
        false);
    return CODE_OK;
}

/* ---- expiry ---- */

static void expire(struct turn *t, uint64_t no)
{
    struct order o;
    if (!turn_order_no(t, no, &o) || o.expires_at_u_ms > t->c->uptime_ms)
        return;
    bool unpaid = (o.state == ORDER_PLACED || o.state == ORDER_PAYING) && order_net_paid(&o) == 0;
    o.expires_at_u_ms = 0; /* this timer is gone already */
    if (!unpaid)
        return;
    release_all(t, &o, NULL);
    order_move(&o, ORDER_EXPIRED);
    order_settle(t, &o);
    turn_commit_order(t, &o, &(struct order_event){.kind = EVENT_ORDER_UNLOCK, .cause = "EXPIRED"},
                      false);
}

/* One expiry a command keeps a command small: the shell comes again while there is more. */
bool expire_due(struct turn *t)
{
    struct timer due;
    if (!timer_due(t->b->txn, TIMERS_UPTIME, t->c->uptime_ms, &due))
        return false;
    timer_disarm(t->b->txn, due.deadline_ms, due.kind, due.id);
    if (due.kind == TIMER_REBALANCE)
        rebalance_timer(t, due.id);
    else if (t->c->put_off)
        timer_arm(t->b->txn, t->c->uptime_ms + PUT_OFF_MS, due.kind, due.id);
    else
        expire(t, due.id);
    return true;
}
