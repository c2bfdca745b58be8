#include "proto/due.h"

#define DAY_MS 86400000LL
#define FAR_MS (16 * 3600000LL) /* no wall is further from UTC; steps are twice as far apart */

static int32_t utc(void *ctx, int64_t at_ms)
{
    (void)ctx;
    (void)at_ms;
    return 0;
}

const struct zone ZONE_UTC = {utc, NULL};

static int64_t offset_ms(const struct zone *z, int64_t at_ms)
{
    return (int64_t)z->offset_s(z->ctx, at_ms) * 1000;
}

/* The first instant after from_ms, up to to_ms, at which from_ms's offset is not in force: there is
 * one step between them, a whole number of seconds after from_ms or in the same second. */
static int64_t step_between(const struct zone *z, int64_t from_ms, int64_t to_ms)
{
    int64_t old_ms = offset_ms(z, from_ms);
    while (to_ms - from_ms > 1) {
        int64_t middle_ms = from_ms + (to_ms - from_ms) / 2;
        if (offset_ms(z, middle_ms) == old_ms)
            from_ms = middle_ms;
        else
            to_ms = middle_ms;
    }
    return to_ms;
}

int64_t due_instant(const struct zone *z, int64_t local_ms)
{
    int64_t before_ms = offset_ms(z, local_ms - FAR_MS), after_ms = offset_ms(z, local_ms + FAR_MS);
    if (before_ms == after_ms || offset_ms(z, local_ms - before_ms) == before_ms)
        return local_ms - before_ms;
    if (offset_ms(z, local_ms - after_ms) == after_ms)
        return local_ms - after_ms;
    return step_between(z, local_ms - after_ms, local_ms - before_ms);
}

/* The last day after that of local0_ms whose time has come at at_ms by some clock of the zone: one
 * that went back since may have shown more than it does now. */
static int64_t last_day(const struct zone *z, int64_t local0_ms, int64_t at_ms)
{
    int64_t now_ms = offset_ms(z, at_ms), before_ms = offset_ms(z, at_ms - FAR_MS);
    int64_t passed_ms = at_ms + (now_ms > before_ms ? now_ms : before_ms) - local0_ms;
    return passed_ms / DAY_MS - (passed_ms % DAY_MS < 0);
}

static int64_t on_day(const struct zone *z, int64_t local0_ms, int64_t day)
{
    return due_instant(z, local0_ms + day * DAY_MS);
}

static int64_t next_after(const struct zone *z, int64_t local0_ms, int64_t after_ms)
{
    int64_t day = last_day(z, local0_ms, after_ms) + 1;
    while (on_day(z, local0_ms, day - 1) > after_ms)
        day--;
    return on_day(z, local0_ms, day);
}

int64_t due_latest(const struct schedule *s, const struct zone *z, int64_t now_ms)
{
    if (s->first_ms == 0 || now_ms < s->first_ms)
        return 0;
    if (!s->daily)
        return s->first_ms;
    int64_t local0_ms = s->first_ms + offset_ms(z, s->first_ms);
    int64_t day = last_day(z, local0_ms, now_ms), due_ms;
    while ((due_ms = on_day(z, local0_ms, day)) > now_ms)
        day--;
    return due_ms > s->first_ms ? due_ms : s->first_ms;
}

int64_t due_next(const struct schedule *s, const struct zone *z, int64_t after_ms)
{
    if (s->first_ms == 0 || after_ms < s->first_ms)
        return s->first_ms;
    if (!s->daily)
        return 0;
    return next_after(z, s->first_ms + offset_ms(z, s->first_ms), after_ms);
}

int64_t due_at_minute(const struct zone *z, int64_t now_ms, uint32_t minute_of_day)
{
    return next_after(z, (int64_t)minute_of_day * 60000, now_ms);
}

static bool shows(const struct zone *z, int64_t at_ms, int64_t local_ms)
{
    return (at_ms + offset_ms(z, at_ms) - local_ms) % DAY_MS == 0;
}

/* After after_ms the first day that has the local time. */
static int64_t next_shown(const struct zone *z, int64_t local0_ms, int64_t after_ms)
{
    do
        after_ms = next_after(z, local0_ms, after_ms);
    while (!shows(z, after_ms, local0_ms));
    return after_ms;
}

bool due_begin(struct schedule *s, const struct zone *z, int64_t now_ms)
{
    if (s->first_ms > now_ms)
        return true;
    if (s->daily)
        s->first_ms = next_shown(z, s->first_ms + offset_ms(z, s->first_ms), now_ms);
    return s->daily;
}

bool due_begin_at_minute(struct schedule *s, const struct zone *z, int64_t now_ms,
                         uint32_t minute_of_day)
{
    int64_t local0_ms = (int64_t)minute_of_day * 60000;
    s->first_ms = s->daily ? next_shown(z, local0_ms, now_ms) : next_after(z, local0_ms, now_ms);
    return shows(z, s->first_ms, local0_ms);
}
