#include "storage/uptime.h"

#include "proto/limits.h"

#define YEAR_MS     (365LL * 24 * 3600 * 1000 + 6LL * 3600 * 1000)
#define RTC_LIFE_MS (20 * YEAR_MS)

static int64_t restart_gap(const struct journal_head *head, int64_t wall_ms)
{
    if (head->wall_at_ms == 0 || wall_ms < head->wall_at_ms)
        return 0;
    int64_t gap_ms = wall_ms - head->wall_at_ms;
    return gap_ms < LIMIT_RESTART_GAP_MS ? gap_ms : LIMIT_RESTART_GAP_MS;
}

static int64_t lead_at_start(const struct journal_head *head, int64_t wall_ms)
{
    int64_t off_ms = head->wall_at_ms ? wall_ms - head->wall_at_ms : 0;
    return head->wall_lead_ms + (off_ms > UPTIME_OFF_MS ? off_ms : 0);
}

static bool in_range(const struct uptime *u, int64_t wall_ms)
{
    return wall_ms >= u->wall_from_ms && wall_ms < u->wall_end_ms;
}

static int64_t went_on(const struct uptime *u, struct clock_reading now)
{
    return u->last.wall_ms + (now.mono_ms - u->last.mono_ms);
}

static bool far_ahead(const struct uptime *u, struct clock_reading now)
{
    return now.wall_ms - went_on(u, now) > UPTIME_AHEAD_MS;
}

static bool plausible_at_start(const struct uptime *u, struct clock_reading now, bool first)
{
    return in_range(u, now.wall_ms) && now.wall_ms >= u->last.wall_ms &&
           (first || now.kept || !far_ahead(u, now));
}

/* A stamp far beyond the wall clock is of one that was set right since. */
static int64_t seen_last(const struct journal_head *head)
{
    int64_t stamp_ms = head->hlc.l_ms;
    bool of_it = stamp_ms > head->wall_at_ms && stamp_ms - head->wall_at_ms <= UPTIME_OFF_MS;
    return of_it ? stamp_ms : head->wall_at_ms;
}

struct uptime uptime_start(const struct journal_head *head, struct clock_reading now,
                           int64_t build_ms)
{
    int64_t seen_ms = seen_last(head), floor_ms = seen_ms > build_ms ? seen_ms : build_ms;
    struct uptime u = {
        .uptime_at_start_ms = head->uptime_ms,
        .mono_at_start_ms = now.mono_ms,
        .wall_from_ms = build_ms,
        .wall_end_ms = build_ms + RTC_LIFE_MS,
        .last = {.wall_ms = floor_ms, .mono_ms = now.mono_ms},
    };
    u.suspect = !plausible_at_start(&u, now, head->wall_at_ms == 0);
    if (!u.suspect) {
        u.uptime_at_start_ms += restart_gap(head, now.wall_ms);
        u.last = now;
    }
    u.lead_ms = lead_at_start(head, u.last.wall_ms);
    u.lead_at = u.last;
    return u;
}

int64_t uptime_now(const struct uptime *u, struct clock_reading now)
{
    return u->uptime_at_start_ms + (now.mono_ms - u->mono_at_start_ms);
}

int64_t uptime_wall(const struct uptime *u, struct clock_reading now)
{
    if (!uptime_suspect(u, now))
        return now.wall_ms;
    return went_on(u, now);
}

bool uptime_suspect(const struct uptime *u, struct clock_reading now)
{
    if (!in_range(u, now.wall_ms) || (u->suspect && now.wall_ms < went_on(u, now)))
        return true;
    return !now.kept && (u->suspect || far_ahead(u, now));
}

bool uptime_look(struct uptime *u, struct clock_reading now)
{
    bool was = u->suspect;
    if (now.wall_ms >= went_on(u, now) && in_range(u, now.wall_ms) && !far_ahead(u, now))
        u->suspect = false;
    if (uptime_suspect(u, now))
        return false;
    u->suspect = false;
    u->last = now;
    return was;
}

int64_t uptime_lead(const struct uptime *u, struct clock_reading now)
{
    int64_t wall_ms = uptime_wall(u, now) - u->lead_at.wall_ms;
    return u->lead_ms + wall_ms - (now.mono_ms - u->lead_at.mono_ms);
}

void uptime_heard(struct uptime *u, struct clock_reading now)
{
    u->suspect = false;
    u->last = now;
    u->lead_ms = 0;
    u->lead_at = now;
}

bool uptime_accept(struct uptime *u, struct clock_reading now)
{
    if (!in_range(u, now.wall_ms))
        return false;
    u->suspect = false;
    u->last = now;
    return true;
}
