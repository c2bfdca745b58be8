#include "tools/product-center/oversell_act.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/product-center/change.h"
#include "tools/product-center/order_rule.h"
#include "tools/product-center/order_save.h"
#include "tools/product-center/shelf.h"

#define REQUEST_BYTES 256

struct deed {
    struct call *call;
    struct store *store;
    const struct oversell_case *oversold;
    const struct claim *claim;
    struct resolution r;
};

static void refuse(struct call *c, const char *name, const char *detail)
{
    call_error(c, &(struct cloud_error){.code = 409,
                                        .name = CLOUD_OTHER,
                                        .name_text = str_of(name),
                                        .detail = str_of(detail)});
}

/* ---- online orders ---- */

/* The order, its line, and what that holds of the oversold row. */
struct online {
    struct order o;
    struct mirror_line *line;
    struct mirror_effect *effect;
};

static bool online_open(struct deed *d, struct online *on)
{
    order_open(d->call, d->claim->order_id, &on->o);
    on->line = mirror_line(on->o.m, d->claim->line);
    if (on->line != NULL)
        on->effect = mirror_effect_add(d->call, on->line, d->oversold->object);
    if (on->effect != NULL && on->effect->q_t > 0)
        return true;
    call_fail(d->call, CLOUD_INTERNAL, "the order's record is damaged");
    return false;
}

static void online_save(struct deed *d, struct online *on)
{
    order_save(d->call, &on->o);
    *d->store = on->o.store;
}

/* The part of the line's amount that belongs to q_t of it. */
static int64_t part_e4(const struct mirror_line *l, int64_t before_t, int64_t q_t)
{
    return l->amount_e4 * (before_t + q_t) / l->q_t - l->amount_e4 * before_t / l->q_t;
}

/* As PUT /api/v1/orders/{id} would have been asked, so that the order's own refunds count it. */
static struct str request_text(const struct deed *d, struct str op_id, int64_t q_t)
{
    struct jw w = call_writer(&d->call->arena, REQUEST_BYTES + 6 * 2 * LIMIT_ORDER_ID);
    jw_open(&w, '{');
    jw_kstring(&w, "action", STR("refund"));
    jw_kstring(&w, "brandId", d->call->key.brand);
    jw_karray(&w, "lines");
    jw_open(&w, '{');
    jw_kint(&w, "line", d->claim->line);
    jw_kqty(&w, "qty", q_t);
    jw_kbool(&w, "restock", true);
    jw_close(&w, '}');
    jw_close(&w, ']');
    jw_kstring(&w, "poiId", d->call->key.poi);
    jw_kstring(&w, "refund_id", op_id);
    jw_close(&w, '}');
    return jw_text(&w);
}

static bool remember(struct deed *d, struct online *on, int64_t q_t, int64_t amount_e4)
{
    char id[LIMIT_OP_ID + 1];
    const struct oversell_case *k = d->oversold;
    int n = snprintf(id, sizeof(id), "ov%d-%" PRId64 "-%" PRIu32 "-%" PRIu32, (int)k->object.type,
                     k->object.id, k->opening, d->claim->line);
    struct str op_id = {id, n < (int)sizeof(id) ? (size_t)n : sizeof(id) - 1};
    op_id = arena_str(&d->call->arena, op_id);
    struct order_op op = {STR("refund"), op_id, request_text(d, op_id, q_t), CODE_OK, amount_e4};
    if (order_op(&on->o, op.kind, op.id) == NULL && order_op_add(d->call, &on->o, &op))
        return true;
    refuse(d->call, "BAD_TRANSITION", "too many changes to one order");
    return false;
}

/* Line quantities: the row may lose more or less than one portion with each. */
static int64_t line_qty(const struct mirror_line *l, const struct mirror_effect *e, int64_t q_t)
{
    int64_t left_t = l->q_t - l->restocked_t;
    int64_t line_t = (q_t * left_t + e->q_t - 1) / e->q_t;
    return line_t < left_t ? line_t : left_t;
}

static void refund_paid(struct deed *d, struct online *on)
{
    struct mirror_order *m = on->o.m;
    int64_t q_t = line_qty(on->line, on->effect, d->r.q_t);
    int64_t before_t = order_refunded(d->call, &on->o, on->line->line);
    int64_t amount_e4 = part_e4(on->line, before_t, q_t), left_e4 = m->paid_e4 - m->refunded_e4;
    if (amount_e4 > left_e4) /* some of it went back before, as a sum */
        amount_e4 = left_e4 > 0 ? left_e4 : 0;
    if (!rule_restock(d->call, &on->o, on->line, q_t) || !remember(d, on, q_t, amount_e4))
        return;
    m->refunded_e4 += amount_e4;
    if (m->paid_e4 > 0 && m->refunded_e4 >= m->paid_e4)
        m->status = ORDER_REFUNDED;
    online_save(d, on);
}

/* What was not paid is cancelled whole. */
static void refund_online(struct deed *d)
{
    struct online on = {0};
    if (!online_open(d, &on))
        return;
    order_rows(d->call, &on.o);
    if (d->claim->deducted)
        refund_paid(d, &on);
    else if (order_release(d->call, &on.o, ORDER_CANCELLED))
        online_save(d, &on);
}

/* ---- something else instead ---- */

static void shift(struct item *it, bool deducted, int64_t give_t)
{
    struct stock_channel *ch = stock_channel(&it->row, ORDER_CHANNEL);
    if (deducted)
        it->row.c_t += give_t;
    else
        it->row.lc_t -= give_t;
    if (ch != NULL)
        ch->used_t -= give_t;
    it->changed = true;
}

static bool may_take(struct deed *d, const struct online *on, const struct item *it)
{
    int64_t total_t = shelf_total(d->call, &on->o.store, &it->row);
    if (it->row.status == STATUS_ON_SALE && total_t >= d->r.q_t)
        return true;
    refuse(d->call, "INSUFFICIENT_STOCK", "there is not enough of the other item");
    return false;
}

/* The generation that it was taken of is over: nothing comes back. What is locked still is gone
 * from the books with the lock, as the generation's cut has assumed. */
static void shift_of_before(struct item *it, bool deducted, int64_t give_t)
{
    if (deducted)
        return;
    it->row.c_t -= give_t;
    it->row.lc_t -= give_t;
    it->changed = true;
}

/* Everything that the line holds shrinks by the same part. */
static void give_part(struct deed *d, struct online *on)
{
    int64_t of_t = on->effect->q_t;
    for (size_t i = 0; i < on->line->n_effects; i++) {
        struct mirror_effect *e = &on->line->effects[i];
        struct item *it = items_find(&on->o.items, e->object);
        int64_t part_t = e->q_t * d->r.q_t / of_t;
        if (it == NULL || part_t == 0)
            continue;
        if (str_eq(e->gen_id, it->row.gen_id))
            shift(it, e->deducted, part_t);
        else
            shift_of_before(it, e->deducted, part_t);
        e->q_t -= part_t;
    }
}

static void take_other(struct deed *d, struct mirror_effect *other, struct item *it)
{
    shift(it, d->claim->deducted, -d->r.q_t);
    other->q_t += d->r.q_t;
    other->deducted = d->claim->deducted;
    other->gen_id = it->row.gen_id;
    other->at = (struct position){0, 0}; /* order_save knows the version */
}

static void substitute_online(struct deed *d)
{
    struct online on = {0};
    if (!online_open(d, &on))
        return;
    struct mirror_effect *other = mirror_effect_add(d->call, on.line, d->r.other);
    on.effect = mirror_effect_add(d->call, on.line, d->oversold->object); /* the list may have
                                                                           * moved */
    order_rows(d->call, &on.o);
    struct item *it = items_find(&on.o.items, d->r.other);
    if (other == NULL || it == NULL || !may_take(d, &on, it))
        return;
    give_part(d, &on);
    take_other(d, other, it);
    online_save(d, &on);
}

/* ---- any order ---- */

static void cover(struct deed *d)
{
    struct items items = items_load(d->call, &d->oversold->object, 1);
    if (items.n == 0)
        return;
    if (!str_eq(items.at->row.gen_id, d->oversold->gen_id)) {
        oversell_case_found(d->call, d->oversold, d->r.q_t);
        return;
    }
    items.at->row.c_t += d->r.q_t;
    items.at->changed = true;
    change_commit(d->call, d->store, &items, &(struct change){.by = "found"});
}

static void look_again(struct deed *d)
{
    struct items items = items_load(d->call, &d->oversold->object, 1);
    const struct stock_row *row = items.n == 1 ? &items.at->row : NULL;
    if (row != NULL)
        oversell_evaluate(d->call, d->store, &row, 1);
    store_save(d->call, d->store);
}

void oversell_act(struct call *c, struct store *s, const struct oversell_case *k,
                  const struct claim *claim, struct resolution r)
{
    bool online = claim->side == SIDE_ONLINE;
    r.q_t = r.q_t > 0 ? r.q_t : claim->short_t;
    r.wish = !online && (r.action == RESOLVE_REFUND || r.action == RESOLVE_SUBSTITUTE);
    struct deed d = {c, s, k, claim, r};
    resolution_add(c, k, &r);
    oversell_case_acted(c, k);
    if (r.action == RESOLVE_REFUND && online)
        refund_online(&d);
    else if (r.action == RESOLVE_SUBSTITUTE && online)
        substitute_online(&d);
    else if (r.action == RESOLVE_COVER)
        cover(&d);
    if (!c->refused)
        look_again(&d);
}

/* ---- the policy ---- */

static const struct claim *next_refund(struct call *c, const struct oversell_case *k,
                                       const struct claims *claims, struct resolution *r)
{
    bool same;
    for (size_t i = claims->n; i-- > 0;) { /* the latest first */
        const struct claim *claim = &claims->at[i];
        *r = (struct resolution){.order_id = claim->order_id,
                                 .line = claim->line,
                                 .action = RESOLVE_REFUND,
                                 .operator_id = STR("policy"),
                                 .note = STR("")};
        if (oversell_is_refundable(claim) && !resolution_is_there(c, k, r, &same))
            return claim;
    }
    return NULL;
}

void oversell_act_by_policy(struct call *c, struct store *s, const struct oversell_case *k)
{
    struct items items = items_load(c, &k->object, 1);
    struct resolution r;
    if (items.n == 0)
        return;
    struct claims claims = oversell_claims(c, k, &items.at->row);
    const struct claim *claim = next_refund(c, k, &claims, &r);
    while (claim != NULL && !c->refused) {
        oversell_act(c, s, k, claim, r);
        claim = next_refund(c, k, &claims, &r);
    }
}
