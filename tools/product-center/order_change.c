/* PUT /api/v1/orders/{id}: pay, cancel or refund an online order (sync-protocol 2.2, 2.5). */
#include "tools/product-center/endpoint.h"
#include "tools/product-center/order_body.h"
#include "tools/product-center/order_save.h"
#include "tools/product-center/order_show.h"

struct change_request {
    struct call *call;
    struct order o;
    struct order_wish wish;
    struct str text;
};

static void refuse(struct change_request *r, enum code code)
{
    order_refuse(r->call, code, code_text(code));
}

static void refuse_state(struct change_request *r)
{
    order_refuse(r->call, CODE_BAD_TRANSITION, order_state_name(r->o.m->status));
}

/* The op is remembered. False: the call has failed. */
static bool remember(struct change_request *r, const char *kind, enum code code, int64_t amount_e4)
{
    struct order_op op = {str_of(kind), r->wish.op_id, r->text, code, amount_e4};
    if (order_op_add(r->call, &r->o, &op))
        return true;
    order_refuse(r->call, CODE_BAD_TRANSITION, "too many changes to one order");
    return false;
}

static void done(struct change_request *r, bool late)
{
    order_save(r->call, &r->o);
    if (!r->call->refused)
        order_answer(r->call, r->o.m, &(struct order_answer){.late = late});
}

/* True: the id was used before, and the call has its answer. */
static bool answered(struct change_request *r, const char *kind)
{
    const struct order_op *op = order_op(&r->o, str_of(kind), r->wish.op_id);
    if (op == NULL)
        return false;
    if (!str_eq(op->request, r->text))
        refuse(r, CODE_ORDER_EXISTS_DIFFERENT);
    else if (op->code != CODE_OK)
        order_refund_due(r->call, op->code);
    else
        order_answer(r->call, r->o.m, &(struct order_answer){.duplicate = true});
    return true;
}

/* ---- pay ---- */

/* The money came for an order that is gone. */
static void refund_is_due(struct change_request *r, enum code code)
{
    struct mirror_order *m = r->o.m;
    int64_t amount_e4 = r->wish.has_amount ? r->wish.amount_e4 : m->amount_e4;
    if (!remember(r, "pay", code, amount_e4))
        return;
    m->refund_due_e4 += amount_e4;
    r->o.items.n = 0; /* nothing moves */
    order_save(r->call, &r->o);
    if (!r->call->refused)
        order_refund_due(r->call, code);
}

static void paid(struct change_request *r, enum rule_step step)
{
    struct mirror_order *m = r->o.m;
    if (!rule_move_all(r->call, &r->o, step) || !remember(r, "pay", CODE_OK, m->amount_e4))
        return;
    m->status = ORDER_PAID;
    m->paid_e4 = m->amount_e4;
    m->paid_ms = r->call->now_ms;
    m->expires_ms = 0;
    done(r, step == RULE_SELL);
}

/* Everything is locked and deducted again, or nothing is. */
static void pay_late(struct change_request *r)
{
    if (!order_refill(r->call, &r->o))
        return;
    order_rows(r->call, &r->o);
    struct rule_verdict v = rule_check(r->call, &r->o);
    if (v.code == CODE_OK)
        paid(r, RULE_SELL);
    else if (v.code != CODE_INTERNAL) {
        rule_hold_nothing(r->o.m);
        refund_is_due(r, CODE_LATE_PAY_NO_STOCK);
    }
}

static void pay(struct change_request *r)
{
    const struct mirror_order *m = r->o.m;
    bool goes = m->status == ORDER_PLACED || m->status == ORDER_EXPIRED;
    if (answered(r, "pay"))
        return;
    if (goes && r->wish.has_amount && r->wish.amount_e4 != m->amount_e4)
        order_refuse(r->call, CODE_BAD_TRANSITION, "amount is not what is due");
    else if (m->status == ORDER_PLACED) {
        order_rows(r->call, &r->o);
        paid(r, RULE_DEDUCT);
    } else if (m->status == ORDER_EXPIRED)
        pay_late(r);
    else if (m->status == ORDER_CANCELLED)
        refund_is_due(r, CODE_ORDER_CANCELLED);
    else
        refuse(r, CODE_ALREADY_DEDUCTED);
}

/* ---- cancel ---- */

static void cancel(struct change_request *r)
{
    struct mirror_order *m = r->o.m;
    if (m->status == ORDER_CANCELLED)
        order_answer(r->call, m, &(struct order_answer){.duplicate = true});
    else if (m->status == ORDER_EXPIRED)
        refuse(r, CODE_ALREADY_UNLOCKED);
    else if (m->status != ORDER_PLACED)
        refuse(r, CODE_ALREADY_DEDUCTED);
    else if (order_release(r->call, &r->o, ORDER_CANCELLED))
        done(r, false);
}

/* ---- refund ---- */

/* The part of a line's amount that belongs to q_t of it, after refunded_t went before: all parts
 * add up to the whole. */
static int64_t part_e4(const struct mirror_line *l, int64_t refunded_t, int64_t q_t)
{
    return l->amount_e4 * (refunded_t + q_t) / l->q_t - l->amount_e4 * refunded_t / l->q_t;
}

static enum code check_lines(struct change_request *r, int64_t *sum_e4)
{
    *sum_e4 = 0;
    for (uint16_t i = 0; i < r->wish.n_back; i++) {
        const struct order_back *b = &r->wish.back[i];
        const struct mirror_line *l = mirror_line(r->o.m, b->line);
        int64_t before_t = l != NULL ? order_refunded(r->call, &r->o, b->line) : 0;
        if (l == NULL || b->q_t > l->q_t - before_t)
            return CODE_REFUND_EXCEEDS;
        *sum_e4 += part_e4(l, before_t, b->q_t);
    }
    return CODE_OK;
}

static bool restock(struct change_request *r)
{
    for (uint16_t i = 0; i < r->wish.n_back; i++) {
        const struct order_back *b = &r->wish.back[i];
        struct mirror_line *l = mirror_line(r->o.m, b->line);
        if (b->restock && !rule_restock(r->call, &r->o, l, b->q_t))
            return false;
    }
    return true;
}

static bool all_is_refunded(struct change_request *r)
{
    const struct mirror_order *m = r->o.m;
    for (size_t i = 0; m->paid_e4 == 0 && i < m->n_lines; i++)
        if (order_refunded(r->call, &r->o, m->lines[i].line) < m->lines[i].q_t)
            return false;
    return m->refunded_e4 >= m->paid_e4;
}

static void refund_now(struct change_request *r, int64_t amount_e4)
{
    struct mirror_order *m = r->o.m;
    order_rows(r->call, &r->o);
    if (!restock(r) || !remember(r, "refund", CODE_OK, amount_e4))
        return;
    m->refunded_e4 += amount_e4;
    if (all_is_refunded(r))
        m->status = ORDER_REFUNDED;
    done(r, false);
}

static void refund(struct change_request *r)
{
    const struct mirror_order *m = r->o.m;
    int64_t sum_e4;
    if (answered(r, "refund"))
        return;
    if (m->status == ORDER_REFUNDED) {
        refuse(r, CODE_REFUND_EXCEEDS);
        return;
    }
    if (m->status != ORDER_PAID && m->status != ORDER_ENDED) {
        refuse_state(r);
        return;
    }
    enum code code = check_lines(r, &sum_e4);
    int64_t amount_e4 = r->wish.has_amount ? r->wish.amount_e4 : sum_e4;
    if (code != CODE_OK || amount_e4 > m->paid_e4 - m->refunded_e4)
        refuse(r, CODE_REFUND_EXCEEDS);
    else
        refund_now(r, amount_e4);
}

/* ---- which ---- */

static void act(struct change_request *r)
{
    switch (r->wish.action) {
    case ACTION_PAY:
        pay(r);
        break;
    case ACTION_CANCEL:
        cancel(r);
        break;
    case ACTION_REFUND:
        refund(r);
        break;
    }
}

void order_change(struct call *c)
{
    char path[FIELD_PATH];
    struct change_request r = {.call = c};
    enum code code = order_wish_decode(c->body, &c->arena, &r.wish, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, r.wish.brand, r.wish.poi);
    order_open(c, c->path_id, &r.o);
    r.text = order_text(c);
    if (r.o.m->status == ORDER_NONE || r.o.m->deleted)
        order_refuse(c, CODE_ORDER_NOT_FOUND, code_text(CODE_ORDER_NOT_FOUND));
    else if (r.o.m->side == MIRROR_STORE)
        order_not_ours(c);
    else
        act(&r);
}
