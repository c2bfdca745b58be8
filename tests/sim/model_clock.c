/* What comes by the clock, as the model reckons it (sync-protocol 1.5 and 1.7): plans come back,
 * what is held is released, and shares are divided anew from time to time.
 */
#include "tests/sim/model.h"

#define REBALANCE_MS (900 * 1000) /* where nobody says how often */

/* ---- when ---- */

static int64_t next_restore(const struct model *m, const struct model_row *r)
{
    return wall_due_after(m->wall, r->plan.first_ms, r->plan.daily, r->restored_ms);
}

int64_t model_restore_due(const struct model *m, const struct model_row *r)
{
    return r->plan.first_ms ? next_restore(m, r) : 0;
}

static int64_t next_release(const struct model *m, const struct model_row *r, int64_t after_ms)
{
    return r->released || !r->release_ms ? 0
                                         : wall_due_after(m->wall, r->release_ms, true, after_ms);
}

static int64_t rebalance_span(const struct model_row *r)
{
    if (!r->limited || r->policy != POLICY_WEIGHTED_SOFT)
        return 0;
    return r->rebalance_s ? r->rebalance_s * 1000LL : REBALANCE_MS;
}

/* What began late is released at the times that have passed since it was due. */
static void set_times(const struct model *m, const struct model_row *was, struct model_row *r,
                      const struct moment *at)
{
    int64_t after_ms = was->gen != r->gen ? r->restored_ms : at->wall_ms;
    if (was->gen != r->gen || was->released != r->released || was->release_ms != r->release_ms)
        r->release_due_ms = next_release(m, r, after_ms);
    if (rebalance_span(was) != rebalance_span(r))
        r->rebalance_due_ms = rebalance_span(r) ? at->uptime_ms + rebalance_span(r) : 0;
}

void model_row_follow(const struct model *m, const struct model_row *was, struct model_row *r,
                      const struct moment *at)
{
    model_row_share(was, r);
    set_times(m, was, r, at);
}

/* ---- the plan comes back ---- */

static bool wins(struct stamp due, const struct model_write *mine)
{
    return stamp_cmp(due, mine->stamp) >= 0;
}

static void restore(const struct model *m, struct model_row *r, int64_t due_ms,
                    const struct moment *at)
{
    const struct model_row was = *r;
    const struct stamp due = {due_ms, 0, ORIGIN_TIMER};
    if (wins(due, &r->counted)) {
        r->real_t = r->plan.q_t + r->locked_t + r->online_locked_t;
        r->counted = (struct model_write){.stamp = due};
    }
    if (wins(due, &r->closed)) {
        r->sold_out = false;
        r->closed = (struct model_write){.stamp = due};
    }
    for (int c = 0; c < CHANNEL_COUNT; c++)
        r->channels[c].used_t = 0;
    r->gen++;
    r->restored_ms = due_ms;
    model_row_follow(m, &was, r, at);
}

void model_restore_at(struct model_row *r, int64_t due_ms, struct position at)
{
    const struct stamp due = {due_ms, 0, ORIGIN_TIMER};
    if (stamp_cmp(r->counted.stamp, due) == 0)
        r->counted.at = at;
    if (stamp_cmp(r->closed.stamp, due) == 0)
        r->closed.at = at;
}

/* True: something was due. *restored_ms: when, if the plan came back; of missed times the last. */
static bool run_row(const struct model *m, struct model_row *r, const struct moment *at,
                    int64_t *restored_ms)
{
    int64_t restore_ms = model_restore_due(m, r), release_ms = r->release_due_ms;
    bool restores = restore_ms && restore_ms <= at->wall_ms;
    bool releases = release_ms && release_ms <= at->wall_ms;
    if (restores && (!releases || restore_ms <= release_ms)) {
        *restored_ms = wall_due_latest(m->wall, r->plan.first_ms, r->plan.daily, at->wall_ms);
        restore(m, r, *restored_ms, at);
    } else if (releases) {
        r->release_due_ms = 0;
        model_row_release(r);
    }
    return restores || releases;
}

uint32_t model_clock(struct model *m, const struct moment *at, int64_t restored_ms[ROW_COUNT])
{
    uint32_t rows = 0;
    for (int r = 0; r < ROW_COUNT; r++) {
        restored_ms[r] = 0;
        while (run_row(m, &m->rows[r], at, &restored_ms[r]))
            rows |= 1u << r;
    }
    return rows;
}

void model_clock_moved(struct model *m, int64_t wall_ms)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        struct model_row *r = &m->rows[i];
        int64_t next_ms = next_release(m, r, wall_ms);
        if (!r->release_due_ms || r->release_due_ms > next_ms)
            r->release_due_ms = next_ms;
    }
}

/* ---- shares move on ---- */

const char *model_rebalance(struct model_row *r, const struct moment *at)
{
    if (!r->rebalance_due_ms || r->rebalance_due_ms > at->uptime_ms)
        return "it is not due";
    model_row_rebalance(r);
    r->rebalance_due_ms = rebalance_span(r) ? at->uptime_ms + rebalance_span(r) : 0;
    return NULL;
}
