#include "tests/sim/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* ---- orders by id ---- */

static uint32_t bucket_of(const char *id, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)id[i]) * 16777619u;
    return h % 1024;
}

struct model_order *model_order(struct model *m, const char *order_id, size_t n)
{
    for (uint32_t at = m->buckets[bucket_of(order_id, n)]; at;
         at = m->orders[at - 1]->next_in_bucket)
        if (strlen(m->orders[at - 1]->order_id) == n &&
            memcmp(m->orders[at - 1]->order_id, order_id, n) == 0)
            return m->orders[at - 1];
    return NULL;
}

static void grow_orders(struct model *m)
{
    if (m->n_orders < m->cap_orders)
        return;
    m->cap_orders = m->cap_orders ? 2 * m->cap_orders : 256;
    m->orders = realloc(m->orders, m->cap_orders * sizeof *m->orders);
    if (!m->orders)
        abort();
}

static struct model_order *order_new(struct model *m, const char *order_id)
{
    grow_orders(m);
    struct model_order *o = calloc(1, sizeof *o);
    if (!o)
        abort();
    uint32_t *bucket = &m->buckets[bucket_of(order_id, strlen(order_id))];
    strcpy(o->order_id, order_id);
    o->next_in_bucket = *bucket;
    m->orders[m->n_orders++] = o;
    *bucket = m->n_orders;
    return o;
}

struct model_order *model_order_new(struct model_turn *t)
{
    struct model_order *o = order_new(t->m, t->a->order_id);
    if (!t->m->day)
        t->m->day = t->at->day;
    o->placed_by = t->a;
    o->device = t->a->device;
    o->channel = t->a->channel;
    o->kitchen = KITCHEN_NONE;
    o->day = t->m->day;
    o->rounds = 1;
    return o;
}

void model_init(struct model *m, const struct wall *wall, bool enrolled)
{
    *m = (struct model){.wall = wall, .enrolled = enrolled};
    for (int r = 0; r < ROW_COUNT; r++)
        m->rows[r].step_t = r < ITEM_COUNT ? DISHES[r].step_t : 10;
}

void model_free(struct model *m)
{
    for (uint32_t i = 0; i < m->n_orders; i++)
        free(m->orders[i]);
    free(m->orders);
    free(m->replies);
    *m = (struct model){0};
}

/* ---- stock ---- */

int64_t model_row_short(const struct model_row *r)
{
    int64_t over_t = r->locked_t + r->online_locked_t - r->real_t;
    return r->limited && over_t > 0 ? over_t : 0;
}

int line_takings(const struct want_line *w, struct taking out[8])
{
    int n = 0;
    out[n++] = (struct taking){(int)w->item, 10};
    if (DISHES[w->item].has_spu)
        out[n++] = (struct taking){ROW_PIZZA, 10};
    if (w->egg)
        out[n++] = (struct taking){EGG, 10 * w->egg};
    return n;
}

void model_need(int64_t need_t[ROW_COUNT], const struct want_line *w, int64_t q_t)
{
    struct taking takings[8];
    int n = line_takings(w, takings);
    for (int i = 0; i < n; i++)
        need_t[takings[i].row] += q_t * takings[i].per_portion / 10;
}

static enum code row_verdict(const struct model_row *r, enum channel c, int64_t need_t)
{
    if (r->sold_out)
        return CODE_SOLD_OUT;
    if (r->channels[c].closed)
        return CODE_CHANNEL_CLOSED;
    if (model_row_total(r) < need_t)
        return CODE_INSUFFICIENT_STOCK;
    if (model_row_room(r, c) < need_t)
        return CODE_CHANNEL_LIMIT;
    return model_row_avail(r, c) < need_t ? CODE_CHANNEL_RESERVED : CODE_OK;
}

enum code model_check_stock(const struct model *m, enum channel c, const int64_t need_t[ROW_COUNT])
{
    static const enum code LOUDEST[] = {CODE_SOLD_OUT, CODE_CHANNEL_CLOSED, CODE_INSUFFICIENT_STOCK,
                                        CODE_CHANNEL_LIMIT, CODE_CHANNEL_RESERVED};
    for (size_t k = 0; k < sizeof LOUDEST / sizeof *LOUDEST; k++)
        for (int r = 0; r < ROW_COUNT; r++)
            if (need_t[r] > 0 && row_verdict(&m->rows[r], c, need_t[r]) == LOUDEST[k])
                return LOUDEST[k];
    return CODE_OK;
}

static void move_row(struct model_row *r, enum channel c, enum movement_kind kind, int64_t q_t)
{
    int64_t *used_t = &r->channels[c].used_t;
    switch (kind) {
    case MOVE_LOCK:
        r->locked_t += q_t;
        *used_t += q_t;
        break;
    case MOVE_SELL:
    case MOVE_SELL_MORE:
        *used_t += q_t;
        r->real_t -= q_t;
        r->sold_t += q_t;
        break;
    case MOVE_DEDUCT:
        r->locked_t -= q_t;
        r->real_t -= q_t;
        r->sold_t += q_t;
        break;
    case MOVE_GIVE_BACK:
        r->locked_t -= q_t;
        *used_t -= q_t;
        break;
    case MOVE_WRITE_OFF:
        r->locked_t -= q_t;
        r->real_t -= q_t;
        r->lost_t += q_t;
        break;
    case MOVE_RESTOCK:
        *used_t -= q_t;
        r->real_t += q_t;
        r->restocked_t += q_t;
        break;
    }
    assert(r->locked_t >= 0 && *used_t >= 0);
}

/* What was taken before the plan came back is gone with the day: nothing of it is there to be sold
 * again. */
static void move_taking(struct model_row *r, const struct model_order *o, enum movement_kind kind,
                        bool of_before, int64_t q_t)
{
    if (of_before && kind == MOVE_RESTOCK)
        return;
    move_row(r, o->channel, of_before && kind == MOVE_GIVE_BACK ? MOVE_WRITE_OFF : kind, q_t);
}

void model_move(struct model_turn *t, const struct model_order *o, struct model_line *l,
                enum movement_kind kind, int64_t q_t)
{
    struct taking takings[8];
    int n = line_takings(&l->want, takings);
    for (int i = 0; i < n; i++) {
        struct model_row *r = &t->m->rows[takings[i].row];
        int64_t real_t = r->real_t;
        if (kind == MOVE_LOCK || kind == MOVE_SELL)
            l->gens[i] = r->gen;
        move_taking(r, o, kind, l->gens[i] != r->gen, q_t * takings[i].per_portion / 10);
        l->taken_t += i == 0 ? real_t - r->real_t : 0;
        t->v->rows |= 1u << takings[i].row;
    }
}

/* ---- money ---- */

static int64_t half_up(int64_t v, int64_t unit)
{
    int64_t half = v < 0 ? -unit / 2 : unit / 2;
    return (v + half) / unit;
}

void model_price(struct model_order *o)
{
    o->lines_e4 = 0;
    for (int i = 0; i < o->n_lines; i++) {
        struct model_line *l = &o->lines[i];
        l->amount_e4 = half_up(l->qty_t * l->unit_e4, 10);
        o->lines_e4 += l->amount_e4;
    }
    int64_t sum_e4 = o->lines_e4;
    for (int i = 0; i < o->n_adjusts; i++)
        sum_e4 += o->adjusts[i].amount_e4;
    o->due_e4 = half_up(sum_e4, 100) * 100; /* DECIMALS */
}

int64_t model_net_paid(const struct model_order *o)
{
    return o->paid_e4 - o->refunded_e4;
}

/* ---- remembered requests ---- */

const struct model_reply *model_reply(const struct model *m, uint32_t req)
{
    return req < m->n_replies && m->replies[req].ask ? &m->replies[req] : NULL;
}

static void grow_replies(struct model *m, uint32_t req)
{
    if (req < m->n_replies)
        return;
    uint32_t n = req + 4096;
    m->replies = realloc(m->replies, n * sizeof *m->replies);
    if (!m->replies)
        abort();
    memset(m->replies + m->n_replies, 0, (n - m->n_replies) * sizeof *m->replies);
    m->n_replies = n;
}

void model_remember(struct model *m, const struct ask *a, const struct moment *at, enum code code,
                    const uint8_t text[32])
{
    grow_replies(m, a->req);
    struct model_reply *r = &m->replies[a->req];
    *r = (struct model_reply){.ask = a, .uptime_ms = at->uptime_ms, .code = code};
    memcpy(r->text, text, sizeof r->text);
}

static bool answered_before(struct model_turn *t)
{
    const struct model_reply *r = model_reply(t->m, t->a->req);
    if (!r)
        return false;
    t->v->may_be_forgotten = t->at->uptime_ms - r->uptime_ms > LIMIT_REPLY_AGE_MS;
    bool same = ask_same_content(r->ask, t->a);
    t->v->replayed = same;
    t->v->code = same ? r->code : CODE_REQ_ID_REUSED;
    return true;
}

/* ---- the one entrance ---- */

enum code model_find_order(struct model_turn *t, struct model_order **out)
{
    *out = model_order(t->m, t->a->order_id, strlen(t->a->order_id));
    bool own_only = t->at->role == ROLE_KIOSK || t->at->role == ROLE_EMENU;
    if (!*out || (own_only && (*out)->device != t->a->device))
        return CODE_ORDER_NOT_FOUND;
    t->v->order = *out;
    return CODE_OK;
}

enum code model_find_own(struct model_turn *t, struct model_order **out)
{
    enum code code = model_find_order(t, out);
    return !code && (*out)->online ? CODE_BAD_TRANSITION : code;
}

static enum code decide(struct model_turn *t)
{
    switch ((unsigned)t->a->verb) {
    case VERB_ORDER_PLACE:
    case VERB_ORDER_SELL:
        return model_place(t);
    case VERB_ORDER_ADD:
        return model_add(t);
    case VERB_ORDER_VOID:
        return model_void(t);
    case VERB_ORDER_UPDATE:
        return model_update(t);
    case VERB_ORDER_ADJUST:
        return model_adjust(t);
    case VERB_ORDER_PAY_BEGIN:
        return model_pay_begin(t);
    case VERB_ORDER_PAY_FAILED:
        return model_pay_failed(t);
    case VERB_ORDER_PAY:
        return model_pay(t);
    case VERB_ORDER_CANCEL:
        return model_cancel(t);
    case VERB_ORDER_SERVE:
        return model_serve(t);
    case VERB_ORDER_REFUND:
        return model_refund(t);
    case VERB_TICKET_START:
    case VERB_TICKET_READY:
    case VERB_TICKET_BUMP:
    case VERB_TICKET_RECALL:
        return model_ticket_verb(t);
    case VERB_DAY_CLOSE:
        return model_day_close(t);
    case VERB_STORE_NEW_EPOCH:
        return CODE_OK; /* an event, and the books stay as they are */
    case VERB_STORE_CONFIRM:
        return t->a->seen_epoch ? CODE_OK : CODE_BAD_TRANSITION;
    default:
        return model_stock_verb(t);
    }
}

void model_ask(struct model *m, const struct ask *a, const struct moment *at, struct verdict *out)
{
    struct model_turn t = {m, a, at, out};
    *out = (struct verdict){.code = CODE_OK};
    if (answered_before(&t))
        return;
    out->code = decide(&t);
    for (int r = 0; r < ROW_COUNT; r++)
        if (out->rows & 1u << r)
            model_row_hold(&m->rows[r]);
    if (out->code == CODE_OK)
        out->effect = !out->duplicate;
}
