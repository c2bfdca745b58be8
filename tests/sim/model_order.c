/* Ordering and paying, as the model reckons it. */
#include <string.h>

#include "tests/sim/model.h"

static const int64_t EXPIRY_MS[CHANNEL_COUNT] = {[CHANNEL_POS] = 900000, [CHANNEL_KIOSK] = 300000};

struct model_line *model_line(struct model_order *o, uint32_t line)
{
    for (int i = 0; i < o->n_lines; i++)
        if (o->lines[i].want.line == line)
            return &o->lines[i];
    return NULL;
}

void model_arm(struct model_turn *t, struct model_order *o)
{
    int64_t span_ms = EXPIRY_MS[o->channel];
    o->deadline_ms = span_ms ? t->at->uptime_ms + span_ms : 0;
}

void model_settle(struct model_order *o)
{
    if (o->state == ORDER_PAID && o->kitchen == KITCHEN_SERVED)
        o->state = ORDER_ENDED;
}

/* ---- business keys ---- */

struct model_op *model_op(struct model_order *o, enum op op, const char *id, uint32_t number)
{
    for (int i = 0; i < o->n_ops; i++)
        if (o->ops[i].op == op && o->ops[i].number == number && strcmp(o->ops[i].id, id) == 0)
            return &o->ops[i];
    return NULL;
}

void model_op_add(struct model_turn *t, struct model_order *o, enum op op, const char *id,
                  uint32_t number, enum code code)
{
    struct model_op *p = &o->ops[o->n_ops++];
    *p = (struct model_op){.op = op, .number = number, .by = t->a, .code = code};
    strcpy(p->id, id);
}

bool model_op_answers(struct model_turn *t, struct model_order *o, enum op op, const char *id,
                      uint32_t number)
{
    const struct model_op *p = model_op(o, op, id, number);
    if (!p)
        return false;
    bool same = ask_same_content(p->by, t->a);
    t->v->duplicate = same;
    t->v->code = same ? p->code : CODE_ORDER_EXISTS_DIFFERENT;
    t->v->refund_due = same && p->code != CODE_OK;
    return true;
}

/* ---- lines ---- */

/* A part belongs to a combo of its own round, and there is one of it in each. */
static enum code check_part(const struct model_order *o, const struct want_line *w, uint32_t round)
{
    const struct model_line *parent = model_line((struct model_order *)(uintptr_t)o, w->parent);
    int64_t taken_t = w->qty_t;
    if (!parent || parent->round != round || !DISHES[parent->want.item].is_combo ||
        part_price(w->item) < 0)
        return CODE_UNKNOWN_OBJECT;
    for (int i = 0; i < o->n_lines; i++)
        if (o->lines[i].want.parent == w->parent && o->lines[i].want.item == w->item)
            taken_t += o->lines[i].qty_t;
    return taken_t > parent->qty_t ? CODE_BAD_REQUEST : CODE_OK;
}

static int64_t price_of(const struct model_order *o, const struct want_line *w)
{
    return w->parent ? part_price(w->item) : dish_price(w->item, o->channel);
}

static enum code check_line(const struct model_order *o, const struct want_line *w, uint32_t round)
{
    int64_t price_e4 = price_of(o, w);
    enum code code = w->parent ? check_part(o, w, round) : CODE_OK;
    if (code)
        return code;
    if (DISHES[w->item].has_extras && w->cheese + w->egg > EXTRAS_MAX)
        return CODE_BAD_REQUEST;
    if (!DISHES[w->item].has_extras && w->cheese + w->egg > 0)
        return CODE_UNKNOWN_OBJECT;
    if (w->has_price && w->price_e4 != price_e4)
        return CODE_PRICE_CHANGED;
    return w->qty_t % DISHES[w->item].step_t ? CODE_STEP_VIOLATION : CODE_OK;
}

static void line_add(struct model_order *o, const struct want_line *w, uint32_t round)
{
    struct model_line *l = &o->lines[o->n_lines];
    *l = (struct model_line){.want = *w, .round = round, .qty_t = w->qty_t, .ticket = -1};
    l->unit_e4 = price_of(o, w) + w->cheese * CHEESE_PRICE_E4 + w->egg * EGG_PRICE_E4;
    l->held_t = w->qty_t;
    o->n_lines++;
}

static bool has_part(const struct model_order *o, const struct model_line *combo, enum item item)
{
    int64_t taken_t = 0;
    for (int i = 0; i < o->n_lines; i++)
        if (o->lines[i].want.parent == combo->want.line && o->lines[i].want.item == item)
            taken_t += o->lines[i].qty_t;
    return taken_t >= combo->qty_t;
}

/* Lunch is a pizza and a cola. */
static bool combos_whole(const struct model_order *o, uint32_t round)
{
    for (int i = 0; i < o->n_lines; i++) {
        const struct model_line *l = &o->lines[i];
        if (l->round == round && DISHES[l->want.item].is_combo &&
            (!has_part(o, l, PIZZA_M) || !has_part(o, l, COLA)))
            return false;
    }
    return true;
}

/* Puts the asked lines into `o`, which is a draft until they fit. */
static enum code lines_add(struct model_turn *t, struct model_order *o, uint32_t round)
{
    for (int i = 0; i < t->a->n_lines; i++) {
        enum code code = check_line(o, &t->a->lines[i], round);
        if (code)
            return code;
        line_add(o, &t->a->lines[i], round);
    }
    if (!combos_whole(o, round))
        return CODE_BAD_REQUEST;
    model_price(o);
    return CODE_OK;
}

static enum code check_new_lines(struct model_turn *t, const struct model_order *o, int first)
{
    int64_t need_t[ROW_COUNT] = {0};
    for (int i = first; i < o->n_lines; i++)
        model_need(need_t, &o->lines[i].want, o->lines[i].qty_t);
    return model_check_stock(t->m, o->channel, need_t);
}

static void take_lines(struct model_turn *t, struct model_order *o, int first,
                       enum movement_kind kind)
{
    for (int i = first; i < o->n_lines; i++) {
        struct model_line *l = &o->lines[i];
        if (l->qty_t <= 0)
            continue;
        l->held_t = l->qty_t;
        l->held = kind == MOVE_SELL ? HELD_DEDUCTED : HELD_LOCKED;
        model_move(t, o, l, kind, l->held_t);
    }
}

/* ---- place, sell ---- */

static enum code answer_known(struct model_turn *t, struct model_order *o)
{
    if (o->device != t->a->device || !ask_same_lines(o->placed_by, t->a))
        return CODE_ORDER_EXISTS_DIFFERENT;
    if (o->state == ORDER_CANCELLED || o->state == ORDER_EXPIRED)
        return CODE_BAD_TRANSITION;
    t->v->duplicate = true;
    t->v->order = o;
    return CODE_OK;
}

static enum code check_new(struct model_turn *t, struct model_order *draft)
{
    enum code code = lines_add(t, draft, 1);
    for (int i = 0; i < t->a->n_pays; i++)
        draft->paid_e4 += t->a->pays[i].amount_e4;
    draft->n_payments = t->a->n_pays;
    if (!code && t->a->verb == VERB_ORDER_SELL && draft->paid_e4 < draft->due_e4)
        code = CODE_BAD_TRANSITION;
    return code ? code : check_new_lines(t, draft, 0);
}

static void keep_new(struct model_turn *t, const struct model_order *draft)
{
    struct model_order *o = model_order_new(t);
    memcpy(o->lines, draft->lines, sizeof o->lines);
    o->n_lines = draft->n_lines;
    o->paid_e4 = draft->paid_e4;
    o->n_payments = draft->n_payments;
    model_price(o);
    t->v->order = o;
    bool sold = t->a->verb == VERB_ORDER_SELL;
    o->state = sold ? ORDER_PAID : ORDER_PLACED;
    take_lines(t, o, 0, sold ? MOVE_SELL : MOVE_LOCK);
    for (int i = 0; i < t->a->n_pays; i++)
        model_op_add(t, o, OP_PAID, t->a->pays[i].pay_id, 0, CODE_OK);
    if (!sold)
        model_arm(t, o);
    if (sold || o->channel == CHANNEL_EMENU)
        model_tickets_send(t, o);
}

enum code model_place(struct model_turn *t)
{
    struct model_order *known = model_order(t->m, t->a->order_id, strlen(t->a->order_id));
    if (t->m->storage_full)
        return CODE_STORAGE_FULL;
    if (known)
        return answer_known(t, known);
    struct model_order draft = {.channel = t->a->channel};
    enum code code = check_new(t, &draft);
    if (!code)
        keep_new(t, &draft);
    return code;
}

/* ---- add ---- */

static bool any_line_known(struct model_turn *t, struct model_order *o)
{
    for (int i = 0; i < t->a->n_lines; i++)
        if (model_line(o, t->a->lines[i].line))
            return true;
    return false;
}

static enum code add_to(struct model_turn *t, struct model_order *o)
{
    struct model_order draft = *o;
    int first = o->n_lines;
    enum code code = lines_add(t, &draft, o->rounds + 1);
    if (!code)
        code = check_new_lines(t, &draft, first);
    if (code)
        return code;
    *o = draft;
    o->rounds++;
    model_op_add(t, o, OP_ADDED, "", t->a->lines[0].line, CODE_OK);
    take_lines(t, o, first, MOVE_LOCK);
    if (o->channel == CHANNEL_EMENU)
        model_tickets_send(t, o);
    return CODE_OK;
}

enum code model_add(struct model_turn *t)
{
    struct model_order *o;
    if (t->m->storage_full)
        return CODE_STORAGE_FULL;
    enum code code = model_find_own(t, &o);
    if (code)
        return code;
    if (any_line_known(t, o))
        return model_op_answers(t, o, OP_ADDED, "", t->a->lines[0].line)
                   ? t->v->code
                   : CODE_ORDER_EXISTS_DIFFERENT;
    return o->state == ORDER_PLACED ? add_to(t, o) : CODE_BAD_TRANSITION;
}

/* ---- pay ---- */

static enum code refund_is_due(struct model_turn *t, struct model_order *o, enum code code)
{
    model_op_add(t, o, OP_PAID, t->a->pays[0].pay_id, 0, code);
    o->refund_due = t->v->refund_due = t->v->effect = true;
    return code;
}

static void payment_take(struct model_turn *t, struct model_order *o)
{
    o->paid_e4 += t->a->pays[0].amount_e4;
    o->n_payments++;
    model_op_add(t, o, OP_PAID, t->a->pays[0].pay_id, 0, CODE_OK);
}

static enum code weigh(struct model_turn *t, struct model_order *draft, int64_t need_t[ROW_COUNT])
{
    for (int i = 0; i < t->a->n_lines; i++) {
        struct model_line *l = model_line(draft, t->a->lines[i].line);
        if (!l || l->held != HELD_LOCKED)
            return CODE_BAD_REQUEST;
        l->qty_t = t->a->lines[i].qty_t;
        if (l->qty_t > l->held_t)
            model_need(need_t, &l->want, l->qty_t - l->held_t);
    }
    model_price(draft);
    return draft->due_e4 < 0 ? CODE_BAD_TRANSITION : CODE_OK;
}

static void deduct(struct model_turn *t, struct model_order *o)
{
    for (int i = 0; i < o->n_lines; i++) {
        struct model_line *l = &o->lines[i];
        if (l->held != HELD_LOCKED)
            continue;
        int64_t both_t = l->qty_t < l->held_t ? l->qty_t : l->held_t;
        model_move(t, o, l, MOVE_DEDUCT, both_t);
        if (l->held_t > both_t)
            model_move(t, o, l, MOVE_GIVE_BACK, l->held_t - both_t);
        if (l->qty_t > both_t)
            model_move(t, o, l, MOVE_SELL_MORE, l->qty_t - both_t);
        l->held_t = l->qty_t;
        l->held = HELD_DEDUCTED;
    }
}

static void paid(struct model_turn *t, struct model_order *o)
{
    o->state = ORDER_PAID;
    o->deadline_ms = 0;
    model_tickets_send(t, o);
    model_settle(o);
}

/* Only money stops the clock of an unpaid order. */
static void paid_in_part(struct model_order *o)
{
    o->state = ORDER_PLACED;
    if (model_net_paid(o) > 0)
        o->deadline_ms = 0;
}

static enum code pay_now(struct model_turn *t, struct model_order *o)
{
    struct model_order draft = *o;
    int64_t need_t[ROW_COUNT] = {0};
    enum code code = weigh(t, &draft, need_t);
    if (code)
        return code;
    payment_take(t, &draft);
    bool covers = model_net_paid(&draft) >= draft.due_e4;
    if (!covers && t->a->n_lines)
        return CODE_BAD_TRANSITION;
    if (covers && model_check_stock(t->m, o->channel, need_t))
        return CODE_EXCEEDS_LOCK;
    *o = draft;
    if (covers) {
        deduct(t, o);
        paid(t, o);
    } else {
        paid_in_part(o);
    }
    return CODE_OK;
}

static enum code pay_late(struct model_turn *t, struct model_order *o)
{
    if (t->a->n_lines)
        return CODE_BAD_TRANSITION;
    int64_t need_t[ROW_COUNT] = {0};
    for (int i = 0; i < o->n_lines; i++)
        model_need(need_t, &o->lines[i].want, o->lines[i].qty_t);
    if (model_check_stock(t->m, o->channel, need_t))
        return refund_is_due(t, o, CODE_LATE_PAY_NO_STOCK);
    payment_take(t, o);
    t->v->late = true;
    bool covers = model_net_paid(o) >= o->due_e4;
    take_lines(t, o, 0, covers ? MOVE_SELL : MOVE_LOCK);
    if (covers) {
        paid(t, o);
        return CODE_OK;
    }
    model_arm(t, o);
    paid_in_part(o);
    return CODE_OK;
}

enum code model_pay(struct model_turn *t)
{
    struct model_order *o;
    enum code code = model_find_own(t, &o);
    if (code)
        return code;
    if (model_op_answers(t, o, OP_PAID, t->a->pays[0].pay_id, 0))
        return t->v->code;
    if (o->state == ORDER_PLACED || o->state == ORDER_PAYING)
        return pay_now(t, o);
    if (o->state == ORDER_EXPIRED)
        return pay_late(t, o);
    return o->state == ORDER_CANCELLED ? refund_is_due(t, o, CODE_ORDER_CANCELLED)
                                       : CODE_BAD_TRANSITION;
}

/* ---- a payment in flight ---- */

static enum code in_flight(struct model_turn *t, enum op op, enum order_state from,
                           enum order_state to, struct model_order **o)
{
    enum code code = model_find_own(t, o);
    if (code)
        return code;
    if (model_op_answers(t, *o, op, t->a->pays[0].pay_id, 0))
        return t->v->code;
    if ((*o)->state != from)
        return CODE_BAD_TRANSITION;
    (*o)->state = to;
    model_op_add(t, *o, op, t->a->pays[0].pay_id, 0, CODE_OK);
    return CODE_OK;
}

enum code model_pay_begin(struct model_turn *t)
{
    struct model_order *o;
    enum code code = in_flight(t, OP_BEGIN, ORDER_PLACED, ORDER_PAYING, &o);
    if (code || t->v->duplicate || !o->deadline_ms || o->extensions == 5)
        return code;
    o->extensions++;
    if (o->deadline_ms < t->at->uptime_ms + 120000)
        o->deadline_ms = t->at->uptime_ms + 120000;
    return CODE_OK;
}

enum code model_pay_failed(struct model_turn *t)
{
    struct model_order *o;
    return in_flight(t, OP_FAILED, ORDER_PAYING, ORDER_PLACED, &o);
}

/* ---- expiry ---- */

static bool is_unpaid(const struct model_order *o)
{
    return (o->state == ORDER_PLACED || o->state == ORDER_PAYING) && model_net_paid(o) == 0;
}

const char *model_expire(struct model *m, struct model_order *o, int64_t uptime_ms)
{
    if (!is_unpaid(o))
        return "it is not an unpaid order";
    if (!o->deadline_ms)
        return "it never expires";
    if (o->deadline_ms > uptime_ms)
        return "its time is not up";
    struct verdict v = {.code = CODE_OK};
    struct moment at = {.uptime_ms = uptime_ms};
    struct model_turn t = {m, NULL, &at, &v};
    for (int i = 0; i < o->n_lines; i++)
        if (o->lines[i].held == HELD_LOCKED)
            model_release(&t, o, &o->lines[i], o->lines[i].held_t, false);
    for (int r = 0; r < ROW_COUNT; r++)
        model_row_hold(&m->rows[r]);
    model_tickets_void(o, 0);
    o->state = ORDER_EXPIRED;
    o->deadline_ms = 0;
    return NULL;
}

struct model_order *model_overdue(struct model *m, int64_t uptime_ms)
{
    for (uint32_t i = 0; i < m->n_orders; i++) {
        struct model_order *o = m->orders[i];
        if (o->deadline_ms && o->deadline_ms < uptime_ms && is_unpaid(o))
            return o;
    }
    return NULL;
}
