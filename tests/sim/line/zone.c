/* The store's time zone: each world has one of its own, whose clocks go forward and back every few
 * days by half an hour to a day, at night when restores are due. And the due times in it, reckoned
 * from the list of changes and not as proto/due does.
 */
#include "tests/sim/line/line.h"

static int32_t offset_s(void *ctx, int64_t at_ms)
{
    const struct zone_changes *z = ctx;
    int32_t now_s = z->first_s;
    for (int i = 0; i < ZONE_CHANGES && z->change[i].at_ms <= at_ms; i++)
        now_s = z->change[i].offset_s;
    return now_s;
}

static int32_t step_s(struct chance *d)
{
    static const int32_t STEPS[] = {1800, 3600, 3600, 3600, 7200, 45 * 60};
    return STEPS[dice_below(d, sizeof STEPS / sizeof *STEPS)];
}

/* Between midnight and four on the wall, to the minute. */
static int64_t at_night(struct chance *d, int64_t day_ms, int32_t offset)
{
    return day_ms / DAY_MS * DAY_MS + dice_between(d, 0, 240) * MINUTE_MS - offset * 1000LL;
}

struct zone zone_open(struct zone_changes *z, uint64_t seed)
{
    struct chance d = dice_make(seed, 16);
    int64_t at_ms = START_AT_MS;
    int32_t now_s = z->first_s = (int32_t)dice_between(&d, -11, 12) * 3600;
    bool back = false;
    for (int i = 0, span_s = 0; i < ZONE_CHANGES; i++, back = !back) {
        if (!back)
            span_s = step_s(&d) * (dice_chance(&d, 500) ? 1 : -1);
        int64_t next_ms = at_night(&d, at_ms + dice_between(&d, 3, 20) * DAY_MS, now_s);
        now_s += back ? -span_s : span_s;
        z->change[i].at_ms = at_ms = next_ms;
        z->change[i].offset_s = now_s;
    }
    return (struct zone){offset_s, z};
}

/* ---- due times ---- */

/* The first instant at which clocks show that much, or more. */
static int64_t instant_of(const struct zone_changes *z, int64_t local_ms)
{
    int64_t since_ms = INT64_MIN / 2;
    int32_t now_s = z->first_s;
    for (int i = 0; i <= ZONE_CHANGES; i++) {
        int64_t until_ms = i < ZONE_CHANGES ? z->change[i].at_ms : INT64_MAX;
        int64_t at_ms = local_ms - now_s * 1000LL;
        at_ms = at_ms > since_ms ? at_ms : since_ms;
        if (at_ms < until_ms)
            return at_ms;
        since_ms = until_ms;
        now_s = z->change[i].offset_s;
    }
    return INT64_MAX;
}

static int64_t nth_due(const struct zone_changes *z, int64_t first_ms, int64_t n)
{
    int64_t local_ms = first_ms + offset_s((void *)(uintptr_t)z, first_ms) * 1000LL;
    return n == 0 ? first_ms : instant_of(z, local_ms + n * DAY_MS);
}

int64_t zone_due(const struct zone_changes *z, int64_t first_ms, bool daily, int64_t now_ms)
{
    if (first_ms <= 0 || first_ms > now_ms)
        return 0;
    int64_t n = daily ? (now_ms - first_ms) / DAY_MS + 3 : 0;
    while (n > 0 && nth_due(z, first_ms, n) > now_ms)
        n--;
    return nth_due(z, first_ms, n);
}
