#include "edge/books/stock_settings.h"

#include <assert.h>

#include "edge/books/restore.h"

/* ---- when ---- */

static enum code at_minute(struct turn *t, uint32_t minute, struct schedule *out)
{
    if (!due_begin_at_minute(out, turn_zone(t), t->c->wall_ms, minute))
        return turn_refuse(t, CODE_BAD_REQUEST,
                           "clocks are put forward and %02u:%02u is skipped the next time; say "
                           "another time",
                           minute / 60, minute % 60);
    return CODE_OK;
}

static enum code at_instant(struct turn *t, struct schedule *out)
{
    out->first_ms = t->c->at_ms;
    if (!due_begin(out, turn_zone(t), t->c->wall_ms))
        return turn_refuse(t, CODE_BAD_REQUEST, "at_ms has passed");
    if (out->first_ms > t->c->wall_ms + LIMIT_SCHEDULE_MS)
        return turn_refuse(t, CODE_BAD_REQUEST, "at_ms is more than %d days ahead",
                           (int)(LIMIT_SCHEDULE_MS / 86400000));
    return CODE_OK;
}

/* ---- stock.schedule ---- */

/* The next day begins also where clocks skip the minute of it. */
static enum code first_restore(struct turn *t, struct schedule *out)
{
    const struct command *c = t->c;
    uint32_t day_start = t->b->config->day_start_min;
    if (c->has_at || (c->next_day && c->daily))
        return at_minute(t, c->has_at ? c->at_min : day_start, out);
    if (!c->next_day)
        return at_instant(t, out);
    out->first_ms = due_at_minute(turn_zone(t), c->wall_ms, day_start);
    return CODE_OK;
}

/* Due times only rise: one that a clock which was ahead has overtaken would never come. */
static bool is_overtaken(const struct turn *t, const struct stock_row *r, int64_t first_ms)
{
    return t->c->restores && !t->c->daily && first_ms <= row_restored_ms(r, turn_latest_ms(t));
}

enum code stock_schedule(struct turn *t, struct touched *row)
{
    struct stock_row *r = &row->row;
    struct schedule to = {.daily = t->c->daily};
    enum code code = t->c->restores ? first_restore(t, &to) : CODE_OK;
    if (code)
        return code;
    if (is_overtaken(t, r, to.first_ms))
        return turn_refuse(t, CODE_BAD_REQUEST,
                           "restored already for a later time, by a clock that was ahead; say "
                           "a count, or a time after that one");
    r->auto_restore = t->c->restores ? 1 : 2;
    r->repeat = to.daily ? 1 : 0;
    r->restore_at_ms = to.first_ms;
    stock_say_plan(t, row, r->type == STOCK_LIMITED, r->plan_t);
    return CODE_OK;
}

/* ---- stock.policy ---- */

static void say_policy(struct turn *t, struct touched *row)
{
    const struct stock_row *r = &row->row;
    char body[512];
    struct jw w;
    jw_init(&w, body, sizeof body);
    jw_open(&w, '{');
    jw_kstring(&w, "device", t->c->who.device);
    jw_kint(&w, "object_id", r->object.id);
    jw_kint(&w, "object_type", (int64_t)r->object.type);
    if (t->c->operator_id.n)
        jw_kstring(&w, "operator", t->c->operator_id);
    jw_kstring(&w, "policy", str_of(channel_policy_name(r->policy)));
    jw_kint(&w, "rebalance_s", r->rebalance_s);
    jw_kint(&w, "release_at_ms", r->release_at_ms);
    body_stamp(&w, r->policy_stamp);
    jw_close(&w, '}');
    assert(jw_ok(&w));
    t->out->at = journal_append(&t->b->j, EVENT_POLICY_SET, t->c->wall_ms, jw_text(&w));
    row->changed = true;
}

enum code stock_policy(struct turn *t, struct touched *row)
{
    const struct command *c = t->c;
    struct stock_row *r = &row->row;
    struct schedule release = {.daily = true};
    if (c->enrolled)
        return turn_refuse(t, CODE_BAD_REQUEST, "the policy is set by the center");
    if (c->has_release && !c->never_released)
        due_begin_at_minute(&release, turn_zone(t), c->wall_ms, c->at_min);
    if (c->has_policy)
        r->policy = c->policy;
    if (c->has_rebalance)
        r->rebalance_s = c->rebalance_s;
    if (c->has_release)
        r->release_at_ms = release.first_ms;
    r->policy_stamp = register_stamp(t, r->policy_stamp);
    say_policy(t, row);
    return CODE_OK;
}
