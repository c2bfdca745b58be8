/* Bugs around channels and restores; each must be found (plants.h). */
#include "storage/timers.h"
#include "tests/sim/sim.h"

#define PLENTY_T 1000000

static bool sells(const struct visit *v)
{
    return v->command.verb == VERB_ORDER_PLACE || v->command.verb == VERB_ORDER_SELL;
}

static struct stock_channel *entry(struct stock_row *r, int c)
{
    return stock_channel_coded(r, str_of(channel_name((enum channel)c)));
}

/* ---- before ---- */

/* The row forgets that its plan came back. */
static void forget_restore(struct sim *s, struct txn *txn)
{
    struct stock_row r;
    if (!dice_chance(&s->plants, 20) ||
        !stock_load(txn, row_object((int)dice_below(&s->plants, ROW_COUNT)), &r) ||
        r.auto_restore != 1 || !r.restored_ms)
        return;
    r.restored_ms--;
    timer_set(txn, r.restored_ms + 1, TIMER_RESTORE, timer_object_id(r.object));
    stock_save(txn, &r);
}

/* Where the channel has a limit there is plenty of it; and after the order as much as before. */
static void add_plenty(struct txn *txn, const struct visit *v, int64_t q_t)
{
    for (int i = 0; i < ROW_COUNT && sells(v); i++) {
        struct stock_row r;
        if (!stock_load(txn, row_object(i), &r))
            continue;
        const struct stock_channel *ch = entry(&r, (int)v->command.channel);
        if (!ch || ch->type != STOCK_LIMITED || r.type != STOCK_LIMITED)
            continue;
        r.base_t += q_t;
        stock_save(txn, &r);
    }
}

static void hold_nothing_for_others(struct txn *txn, const struct visit *v)
{
    for (int i = 0; i < ROW_COUNT && sells(v); i++) {
        struct stock_row r;
        if (!stock_load(txn, row_object(i), &r))
            continue;
        for (int c = 0; c < CHANNEL_COUNT; c++)
            if (c != (int)v->command.channel && entry(&r, c))
                entry(&r, c)->m_t = 0;
        stock_save(txn, &r);
    }
}

void plant_shares_before(struct sim *s, struct txn *txn, const struct visit *v)
{
    switch ((unsigned)s->options.plant) {
    case PLANT_RESTORED_TWICE:
        forget_restore(s, txn);
        break;
    case PLANT_TOTAL_UNCHECKED:
        add_plenty(txn, v, PLENTY_T);
        break;
    case PLANT_RESERVE_SOLD:
        hold_nothing_for_others(txn, v);
        break;
    default:
        break;
    }
}

/* ---- after ---- */

/* What was forced: what was held before would be more than is left. */
static void hold_as_before(struct txn *txn, const struct visit *v, int row)
{
    const struct row_look *was = &v->rows_before[row];
    struct stock_row r;
    int64_t held_t = 0;
    if (!stock_load(txn, row_object(row), &r) || r.type != STOCK_LIMITED || r.gen != was->gen ||
        r.released != was->released)
        return;
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        const struct stock_channel *ch = entry(&r, c);
        if (ch && was->held_t[c] > ch->used_t)
            held_t += was->held_t[c] - ch->used_t;
    }
    if (held_t <= 0 || held_t <= stock_real(&r) - stock_locked(&r))
        return;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (entry(&r, c))
            entry(&r, c)->m_t = was->held_t[c];
    stock_save(txn, &r);
}

static void keep_used(struct txn *txn, const struct visit *v, int row)
{
    const struct row_look *was = &v->rows_before[row];
    struct stock_row r;
    if (!stock_load(txn, row_object(row), &r) || r.gen == was->gen)
        return;
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (entry(&r, c))
            entry(&r, c)->used_t += was->used_t[c];
    stock_save(txn, &r);
}

void plant_shares_after(struct sim *s, struct txn *txn, const struct visit *v)
{
    if (s->options.plant == PLANT_TOTAL_UNCHECKED)
        add_plenty(txn, v, -PLENTY_T);
    for (int r = 0; r < ROW_COUNT; r++) {
        if (s->options.plant == PLANT_NO_REBALANCE)
            hold_as_before(txn, v, r);
        if (s->options.plant == PLANT_USED_KEPT)
            keep_used(txn, v, r);
    }
}
