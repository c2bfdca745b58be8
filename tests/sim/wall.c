#include "tests/sim/wall.h"

#include "tests/sim/dice.h"

#define HOUR 3600000LL
#define DAY  (24 * HOUR)

static int32_t offset_at(const struct wall *w, int64_t at_ms)
{
    int32_t now_s = w->first_s;
    for (int i = 0; i < WALL_CHANGES && w->change[i].at_ms <= at_ms; i++)
        now_s = w->change[i].offset_s;
    return now_s;
}

static int32_t offset_s(void *ctx, int64_t at_ms)
{
    return offset_at(ctx, at_ms);
}

/* Clocks go forward and back again, or back and forward. */
struct zone wall_open(struct wall *w, uint64_t seed, int64_t from_ms)
{
    static const int32_t STEPS[] = {1800, 3600, 3600, 7200};
    struct chance d = dice_make(seed, 31);
    int32_t step_s = STEPS[dice_below(&d, 4)];
    if (!dice_chance(&d, 500))
        step_s = -step_s;
    int64_t at_ms = from_ms + dice_between(&d, 20, 150) * 60000;
    w->first_s = (int32_t)dice_between(&d, -11, 12) * 3600;
    for (int i = 0; i < WALL_CHANGES; i++) {
        w->change[i].at_ms = at_ms;
        w->change[i].offset_s = w->first_s + (i % 2 ? 0 : step_s);
        at_ms += dice_between(&d, 72 * 60, 200 * 60) * 60000;
    }
    return (struct zone){offset_s, w};
}

int64_t wall_shows(const struct wall *w, int64_t at_ms)
{
    return at_ms + offset_at(w, at_ms) * 1000LL;
}

/* ---- due times ---- */

/* The first instant at which clocks show that much, or more. */
static int64_t instant_of(const struct wall *w, int64_t shown_ms)
{
    int64_t since_ms = INT64_MIN / 2;
    int32_t now_s = w->first_s;
    for (int i = 0; i < WALL_CHANGES; i++) {
        int64_t at_ms = shown_ms - now_s * 1000LL;
        at_ms = at_ms > since_ms ? at_ms : since_ms;
        if (at_ms < w->change[i].at_ms)
            return at_ms;
        since_ms = w->change[i].at_ms;
        now_s = w->change[i].offset_s;
    }
    return shown_ms - now_s * 1000LL;
}

static int64_t nth_due(const struct wall *w, int64_t first_ms, int64_t n)
{
    return n == 0 ? first_ms : instant_of(w, wall_shows(w, first_ms) + n * DAY);
}

int64_t wall_due_latest(const struct wall *w, int64_t first_ms, bool daily, int64_t now_ms)
{
    if (first_ms <= 0 || first_ms > now_ms)
        return 0;
    int64_t n = 0;
    while (daily && nth_due(w, first_ms, n + 1) <= now_ms)
        n++;
    return nth_due(w, first_ms, n);
}

int64_t wall_due_after(const struct wall *w, int64_t first_ms, bool daily, int64_t after_ms)
{
    if (first_ms <= 0 || first_ms > after_ms)
        return first_ms > 0 ? first_ms : 0;
    int64_t n = 1;
    while (daily && nth_due(w, first_ms, n) <= after_ms)
        n++;
    return daily ? nth_due(w, first_ms, n) : 0;
}

int64_t wall_time_after(const struct wall *w, int64_t time_ms, int64_t now_ms)
{
    int64_t day = wall_shows(w, now_ms) / DAY - 1;
    while (instant_of(w, day * DAY + time_ms) <= now_ms)
        day++;
    return instant_of(w, day * DAY + time_ms);
}
