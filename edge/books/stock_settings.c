#include "edge/books/stock_settings.h"

#include <assert.h>

#include "edge/books/restore.h"

/* ---- a time of day ---- */

#define DAY_MINUTES 1440

static bool shows(const struct zone *z, int64_t at_ms, uint32_t minute)
{
    int64_t local_min = (at_ms + (int64_t)z->offset_s(z->ctx, at_ms) * 1000) / 60000;
    return (uint32_t)(local_min % DAY_MINUTES) == minute;
}

/* The next time at which clocks show it. A time that is to be kept from day to day has to exist on
 * the first of them: of the instant after a gap nobody could tell which time was meant. */
static enum code next_time(struct turn *t, uint32_t minute, bool daily, int64_t *out)
{
    *out = due_at_minute(turn_zone(t), t->c->wall_ms, minute);
    if (daily && !shows(turn_zone(t), *out, minute))
        return turn_refuse(t, CODE_BAD_REQUEST,
                           "clocks are put forward and %02u:%02u is skipped the next time; say "
                           "another time",
                           minute / 60, minute % 60);
    return CODE_OK;
}

/* ---- stock.schedule ---- */

static enum code first_restore(struct turn *t, int64_t *out)
{
    const struct command *c = t->c;
    if (c->has_at || c->next_day)
        return next_time(t, c->has_at ? c->at_min : t->b->config->day_start_min, c->daily, out);
    *out = c->at_ms;
    if (c->at_ms <= c->wall_ms)
        return turn_refuse(t, CODE_BAD_REQUEST, "at_ms has passed");
    if (c->at_ms > c->wall_ms + LIMIT_SCHEDULE_MS)
        return turn_refuse(t, CODE_BAD_REQUEST, "at_ms is more than %d days ahead",
                           (int)(LIMIT_SCHEDULE_MS / 86400000));
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
    int64_t first_ms = 0;
    enum code code = t->c->restores ? first_restore(t, &first_ms) : CODE_OK;
    if (code)
        return code;
    if (is_overtaken(t, r, first_ms))
        return turn_refuse(t, CODE_BAD_REQUEST,
                           "restored already for a later time, by a clock that was ahead; say "
                           "a count, or a time after that one");
    r->auto_restore = t->c->restores ? 1 : 2;
    r->repeat = t->c->daily ? 1 : 0;
    r->restore_at_ms = first_ms;
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
    int64_t release_ms = 0;
    if (c->enrolled)
        return turn_refuse(t, CODE_BAD_REQUEST, "the center sets it");
    if (c->has_release && !c->never_released) {
        enum code code = next_time(t, c->at_min, true, &release_ms);
        if (code)
            return code;
    }
    if (c->has_policy)
        r->policy = c->policy;
    if (c->has_rebalance)
        r->rebalance_s = c->rebalance_s;
    if (c->has_release)
        r->release_at_ms = release_ms;
    r->policy_stamp = register_stamp(t, r->policy_stamp);
    say_policy(t, row);
    return CODE_OK;
}
