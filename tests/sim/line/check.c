/* What can be checked at once: after each transaction of the box, after each boot, and whenever the
 * center has heard everything.
 */
#include "proto/merge.h"
#include "tests/sim/line/line.h"

/* ---- the box ---- */

/* What each channel used in this generation, and that no more is held back than there is. */
static void check_shares(struct world *w, int item, const struct stock_row *row)
{
    static const enum channel SELLS[HUB_SELLS] = {
        [HUB_POS] = CHANNEL_POS, [HUB_KIOSK] = CHANNEL_KIOSK};
    const struct row_truth *r = &w->truth.rows[item];
    bool strict = rights_strict(row);
    int64_t unmet_t = 0, left_t = stock_real(row) - row->lh_t - row->lc_t;
    if (strict)
        left_t = row->gr_t - row->xr_t + row->h_t - row->base_h_t - row->lh_t - row->presumed_t;
    for (uint16_t i = 0; i < row->n_channels; i++) {
        const struct stock_channel *ch = &row->channels[i];
        bool counts = !ch->deleted && (!strict || !str_eq(ch->code, STR("ONLINE_ORDER")));
        if (counts && ch->m_t > ch->used_t)
            unmet_t += ch->m_t - ch->used_t;
        for (int c = 0; c < HUB_SELLS; c++)
            if (str_eq(ch->code, str_of(channel_name(SELLS[c]))) && ch->used_t != r->used_t[c])
                violation(w, "P10", "item %d: %s used %lld, its orders %lld", item,
                          channel_name(SELLS[c]), (long long)ch->used_t, (long long)r->used_t[c]);
    }
    if (row->type == STOCK_LIMITED && unmet_t > (left_t > 0 ? left_t : 0))
        violation(w, "I5", "item %d: %lld are held back of %lld", item, (long long)unmet_t,
                  (long long)left_t);
}

static void check_row(struct world *w, int item, const struct stock_row *row, const char *property)
{
    const struct row_truth *r = &w->truth.rows[item];
    int64_t c_t = truth_center_sum_at(r, row->c_ver);
    if (row->h_t != r->box_h_t)
        violation(w, property, "item %d: H is %lld, the store has moved %lld", item,
                  (long long)row->h_t, (long long)r->box_h_t);
    if (row->lh_t != r->locked_t)
        violation(w, "P5", "item %d: Lh is %lld, open orders hold %lld", item, (long long)row->lh_t,
                  (long long)r->locked_t);
    if (w->rules)
        check_shares(w, item, row);
    /* while everything is pulled a row has no version */
    if (!w->failed_over && !w->stray && row->c_ver > 0 && row->c_t != c_t)
        violation(w, "P2", "item %d: C is %lld, the center had moved %lld by version %llu", item,
                  (long long)row->c_t, (long long)c_t, (unsigned long long)row->c_ver);
}

/* Nothing of this goes back (P8). */
static void check_rising(struct world *w, const struct journal_head *head,
                         const struct sync_position *p)
{
    bool may_fall = w->failed_over || head->at.epoch > w->seen_epoch;
    /* it comes back to the center's when it was wildly ahead (3.3) */
    bool came_back = w->seen_hlc.l_ms > w->center.hlc.l_ms + STAMP_AHEAD_MAX_MS - MINUTE_MS;
    if (hlc_cmp(head->hlc, w->seen_hlc) < 0 && !came_back)
        violation(w, "P8", "the journal's clock went back to %lld", (long long)head->hlc.l_ms);
    if (head->center_version < w->seen_applied && !may_fall)
        violation(w, "P8", "the applied version went back from %llu to %llu",
                  (unsigned long long)w->seen_applied, (unsigned long long)head->center_version);
    if (position_cmp(p->acked, w->seen_acked) < 0 && !may_fall)
        violation(w, "P8", "acked went back from %u/%llu to %u/%llu", w->seen_acked.epoch,
                  (unsigned long long)w->seen_acked.seq, p->acked.epoch,
                  (unsigned long long)p->acked.seq);
    if (head->at.epoch < w->seen_epoch && !w->stray)
        violation(w, "P8", "the epoch went back to %u", head->at.epoch);
    w->seen_hlc = head->hlc;
    w->seen_applied = head->center_version;
    w->seen_acked = p->acked;
    w->seen_epoch = head->at.epoch;
}

void check_box(struct world *w, const char *property)
{
    struct journal j;
    struct sync_position p;
    struct stock_row row;
    if (w->broken)
        return;
    struct txn *txn = box_look(w);
    for (int i = 0; i < ITEMS; i++) {
        stock_load(txn, item_object(i), &row);
        check_row(w, i, &row, property);
    }
    sync_position_load(&p, txn);
    if (journal_load(&j, txn))
        check_rising(w, &j.head, &p);
    txn_abort(txn);
}

static bool fits(enum sale_state sale, enum order_state order)
{
    switch (sale) {
    case SALE_LOCKED:
        return order == ORDER_PLACED;
    case SALE_PAID:
        return order == ORDER_PAID || order == ORDER_REFUNDED || order == ORDER_ENDED;
    case SALE_OVER:
        return order == ORDER_CANCELLED || order == ORDER_EXPIRED;
    }
    return false;
}

void check_sales(struct world *w, const char *property)
{
    struct arena arena;
    if (w->broken)
        return;
    struct txn *txn = box_look(w);
    arena_init(&arena, 1 << 20);
    for (uint32_t i = 0; i < w->truth.n_sales; i++) {
        const struct sale *s = &w->truth.sales[i];
        struct order o = {.state = ORDER_NONE};
        order_find(txn, str_of(s->id), &arena, &o);
        if (!fits(s->state, o.state) && !(s->dim && o.state == ORDER_NONE))
            violation(w, property, "%s is %s in the store, and was not %d", s->id,
                      order_state_name(o.state), (int)s->state);
        arena_reset(&arena);
    }
    txn_abort(txn);
    arena_free(&arena);
}

/* ---- the center, when it has heard everything ---- */

static void check_case(struct world *w, int item, int64_t real_t)
{
    const struct center_state *s = &w->center.s;
    const struct shortage *k = &s->cases[item];
    int64_t over_t = s->rows[item].type == STOCK_LIMITED && real_t < 0 ? -real_t : 0;
    if ((k->open ? k->over_t : 0) != over_t)
        violation(w, "P7", "item %d: %lld are oversold, the case says %lld", item,
                  (long long)over_t, (long long)(k->open ? k->over_t : 0));
}

static void check_item(struct world *w, int item)
{
    const struct stock_row *row = &w->center.s.rows[item];
    int64_t real_t;
    if (!truth_real(w, item, row->base_id, &real_t))
        violation(w, "P2", "item %d: the count %.*s cannot be in force", item, (int)row->base_id.n,
                  row->base_id.p);
    else if (stock_real(row) != real_t)
        violation(w, "P2", "item %d: real is %lld at the center, and really %lld, by %.*s", item,
                  (long long)stock_real(row), (long long)real_t, (int)row->base_id.n,
                  row->base_id.p);
    else
        check_case(w, item, real_t);
}

void check_drained(struct world *w)
{
    if (w->broken || w->stray || w->aside || !w->box.store || has_salvage(w))
        return;
    struct position at = box_head(w).at;
    if (at.epoch != w->center.s.epoch || at.seq != w->center.s.acked)
        return;
    for (int i = 0; i < ITEMS; i++)
        check_item(w, i);
}
