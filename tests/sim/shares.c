/* What channels hold, and what comes by the clock: the store's rows and journal against the model,
 * command by command.
 */
#include <string.h>

#include "proto/shares.h"
#include "storage/timers.h"
#include "tests/sim/sim.h"

#define BACK_MS HOUR_MS /* a clock set back by less moves no timer */

/* ---- a look at the rows ---- */

/* By the protocol's table; AVAIL_INFINITE: none. */
static int64_t cap_of(const struct stock_row *r, const struct stock_channel *ch)
{
    int64_t cap_t = ch->type == STOCK_LIMITED ? ch->limit_t : AVAIL_INFINITE;
    bool divided = false;
    for (uint16_t i = 0; i < r->n_channels; i++)
        divided = divided || r->channels[i].weight > 0;
    if (divided && r->type == STOCK_LIMITED && r->policy == POLICY_WEIGHTED_HARD && !r->released &&
        ch->m_t < cap_t)
        cap_t = ch->m_t;
    return cap_t;
}

static void look_at(struct txn *txn, int row, struct row_look *out)
{
    struct stock_row r;
    stock_load(txn, row_object(row), &r);
    *out = (struct row_look){.limited = r.type == STOCK_LIMITED,
                             .released = r.released,
                             .gen = r.gen,
                             .short_t = stock_short(&r),
                             .total_t = stock_real(&r) - stock_locked(&r)};
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const struct stock_channel *ch = stock_channel_find(&r, (enum channel)c);
        out->held_t[c] = ch ? ch->m_t : 0;
        out->used_t[c] = ch ? ch->used_t : 0;
        out->cap_t[c] = ch ? cap_of(&r, ch) : AVAIL_INFINITE;
    }
    out->rebalance_ms = timer_set_for(txn, TIMER_REBALANCE, timer_object_id(r.object));
}

void shares_look(struct txn *txn, struct row_look out[ROW_COUNT])
{
    for (int r = 0; r < ROW_COUNT; r++)
        look_at(txn, r, &out[r]);
}

static int64_t unmet(const struct row_look *r, int c)
{
    return r->held_t[c] > r->used_t[c] ? r->held_t[c] - r->used_t[c] : 0;
}

/* ---- plans that came back ---- */

struct fired {
    struct position at;
    int64_t due_ms; /* 0: it did not */
};

/* The command may have opened an epoch after it. */
static void read_fired(struct sim *s, const struct visit *v, struct fired out[ROW_COUNT])
{
    memset(out, 0, ROW_COUNT * sizeof *out);
    struct txn *txn = hub_look(s);
    struct event e;
    struct journal_scan scan =
        journal_scan_begin(txn, (struct position){v->before.epoch, v->before.seq + 1}, false);
    while (journal_scan_next(&scan, &e) && position_cmp(e.at, v->after) <= 0) {
        int row;
        int64_t due_ms;
        if (!watch_restore(&e, &row, &due_ms) || row < 0)
            continue;
        if (out[row].due_ms)
            sim_violation(s, "P12", "%lld came back twice in one command",
                          (long long)row_object(row).id);
        out[row] = (struct fired){e.at, due_ms};
    }
    journal_scan_end(&scan);
    txn_abort(txn);
}

void shares_clock(struct sim *s, const struct visit *v)
{
    struct fired fired[ROW_COUNT];
    int64_t due_ms[ROW_COUNT];
    bool mended = s->judge.kept_suspect && !v->command.clock_suspect;
    if (mended || v->at.wall_ms < s->judge.kept_wall_ms - BACK_MS)
        model_clock_moved(&s->model, v->at.wall_ms);
    read_fired(s, v, fired);
    s->judge.touched_rows |= model_clock(&s->model, &v->at, due_ms);
    for (int r = 0; r < ROW_COUNT; r++) {
        if (fired[r].due_ms != due_ms[r])
            sim_violation(s, "P12", "%lld was restored for %lld at %lld, due was %lld (0: none)",
                          (long long)row_object(r).id, (long long)fired[r].due_ms,
                          (long long)v->at.wall_ms, (long long)due_ms[r]);
        if (due_ms[r]) {
            model_restore_at(&s->model.rows[r], due_ms[r], fired[r].at);
            sim_trace(s, "hub       %lld is back, due at %lld", (long long)row_object(r).id,
                      (long long)due_ms[r]);
            s->totals.restores++;
        }
    }
}

bool shares_has_event(struct sim *s, const struct visit *v)
{
    bool has = false;
    struct txn *txn = hub_look(s);
    for (uint64_t seq = v->before.seq + 1; seq <= v->after.seq && !has; seq++) {
        struct event e;
        has = !journal_read(txn, (struct position){v->after.epoch, seq}, &e) ||
              (e.kind != EVENT_RESTORE && e.kind != EVENT_REBALANCE);
    }
    txn_abort(txn);
    return has || v->before.epoch != v->after.epoch;
}

/* ---- what channels hold ---- */

static void check_held(struct sim *s, const struct row_look *r, int row)
{
    int64_t sum_t = 0, left_t = r->total_t > 0 ? r->total_t : 0;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        sum_t += unmet(r, c);
    if (r->limited && sum_t > left_t)
        sim_violation(s, "I5", "%lld: %lld are held back, and %lld are left",
                      (long long)row_object(row).id, (long long)sum_t, (long long)left_t);
}

static bool takes_stock(enum verb verb)
{
    return verb == VERB_ORDER_PLACE || verb == VERB_ORDER_SELL || verb == VERB_ORDER_ADD ||
           verb == VERB_ORDER_PAY;
}

/* P10: what one channel sells takes nothing from what is held for another, and is below its cap. */
static void check_sale(struct sim *s, const struct visit *v, int row, enum channel by)
{
    const struct row_look *a = &v->rows_before[row], *b = &v->rows_after[row];
    if (a->gen != b->gen || a->released != b->released)
        return;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (c != (int)by && unmet(b, c) < unmet(a, c))
            sim_violation(s, "P10", "%lld: %s sold of what is held for %s: %lld, now %lld",
                          (long long)row_object(row).id, channel_name(by),
                          channel_name((enum channel)c), (long long)unmet(a, c),
                          (long long)unmet(b, c));
    if (b->used_t[by] > a->used_t[by] && b->used_t[by] > b->cap_t[by])
        sim_violation(s, "P10", "%lld: %s sold %lld, more than its %lld",
                      (long long)row_object(row).id, channel_name(by), (long long)b->used_t[by],
                      (long long)b->cap_t[by]);
}

static enum channel channel_of(struct sim *s, const struct ask *a)
{
    const struct model_order *o = model_order(&s->model, a->order_id, strlen(a->order_id));
    return o ? o->channel : a->channel;
}

/* Which was run the store says, whether it was due and what comes of it the model. */
static void check_rebalance(struct sim *s, const struct visit *v, int row)
{
    if (v->command.verb != VERB_TIMERS ||
        v->rows_before[row].rebalance_ms == v->rows_after[row].rebalance_ms)
        return;
    const char *why = model_rebalance(&s->model.rows[row], &v->at);
    s->judge.touched_rows |= 1u << row;
    if (why)
        sim_violation(s, "P12", "%lld was divided anew, but %s", (long long)row_object(row).id,
                      why);
}

static void check_overdue(struct sim *s, const struct visit *v, int row)
{
    int64_t due_ms = s->model.rows[row].rebalance_due_ms;
    if (v->command.verb == VERB_TIMERS && !v->outcome.more && due_ms && due_ms < v->at.uptime_ms)
        sim_violation(s, "EXPIRY", "%lld was to be divided anew %lld ms ago",
                      (long long)row_object(row).id, (long long)(v->at.uptime_ms - due_ms));
}

void shares_judge(struct sim *s, const struct visit *v)
{
    const struct ask *a = v->ask == UINT32_MAX ? NULL : s->asks[v->ask];
    for (int r = 0; r < ROW_COUNT && !s->broken; r++) {
        check_rebalance(s, v, r);
        check_overdue(s, v, r);
        if (a && takes_stock(a->verb))
            check_sale(s, v, r, channel_of(s, a));
        check_held(s, &v->rows_after[r], r);
    }
}

/* ---- the row at rest ---- */

static void differs(struct sim *s, const char *property, int row, const char *what, int64_t is,
                    int64_t should)
{
    if (is != should)
        sim_violation(s, property, "%lld has %s %lld, not %lld", (long long)row_object(row).id,
                      what, (long long)is, (long long)should);
}

static void compare_times(struct sim *s, struct txn *txn, int row, const struct model_row *m)
{
    uint64_t id = timer_object_id(row_object(row));
    differs(s, "P12", row, "restores at", timer_set_for(txn, TIMER_RESTORE, id),
            model_restore_due(&s->model, m));
    if (!m->released)
        differs(s, "P12", row, "releases at", timer_set_for(txn, TIMER_RELEASE, id),
                m->release_due_ms);
    differs(s, "EXPIRY", row, "is divided at", timer_set_for(txn, TIMER_REBALANCE, id),
            m->rebalance_due_ms);
}

void shares_compare(struct sim *s, struct txn *txn, int row, const struct stock_row *r)
{
    const struct model_row *m = &s->model.rows[row];
    differs(s, "REGISTER", row, "policy", (int64_t)r->policy, (int64_t)m->policy);
    differs(s, "REGISTER", row, "plan", r->plan_t, m->plan.q_t);
    differs(s, "P12", row, "restored", r->restored_ms, m->restored_ms);
    differs(s, "P12", row, "release", r->released, m->released);
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const struct stock_channel *ch = stock_channel_find(r, (enum channel)c);
        differs(s, "P10", row, "used", ch ? ch->used_t : 0, m->channels[c].used_t);
        differs(s, "I5", row, "held", ch ? ch->m_t : 0, m->channels[c].held_t);
    }
    compare_times(s, txn, row, m);
}
