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

struct uptime uptime_start(const struct journal_head *head, struct clock_reading now,
                           int64_t build_ms)
{
    int64_t end_ms = build_ms + RTC_LIFE_MS;
    int64_t floor_ms = head->hlc.l_ms > build_ms ? head->hlc.l_ms : build_ms;
    bool plausible = now.wall_ms >= floor_ms && now.wall_ms < end_ms;
    int64_t wall_ms = plausible ? now.wall_ms : floor_ms;
    return (struct uptime){
        .uptime_at_start_ms = head->uptime_ms + (plausible ? restart_gap(head, now.wall_ms) : 0),
        .mono_at_start_ms = now.mono_ms,
        .wall_floor_ms = floor_ms,
        .wall_end_ms = end_ms,
        .suspect = !plausible,
        .lead_ms = lead_at_start(head, wall_ms),
        .lead_at = {wall_ms, now.mono_ms},
    };
}

int64_t uptime_now(const struct uptime *u, struct clock_reading now)
{
    return u->uptime_at_start_ms + (now.mono_ms - u->mono_at_start_ms);
}

int64_t uptime_wall(const struct uptime *u, struct clock_reading now)
{
    if (!uptime_suspect(u, now))
        return now.wall_ms;
    return u->wall_floor_ms + (now.mono_ms - u->mono_at_start_ms);
}

bool uptime_suspect(const struct uptime *u, struct clock_reading now)
{
    return u->suspect || now.wall_ms >= u->wall_end_ms;
}

int64_t uptime_lead(const struct uptime *u, struct clock_reading now)
{
    int64_t wall_ms = uptime_wall(u, now) - u->lead_at.wall_ms;
    return u->lead_ms + wall_ms - (now.mono_ms - u->lead_at.mono_ms);
}

void uptime_heard(struct uptime *u, struct clock_reading now)
{
    u->suspect = false;
    u->lead_ms = 0;
    u->lead_at = now;
}
