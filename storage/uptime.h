/* The persisted uptime clock U and the disciplined wall clock (sync-protocol 2.5 and 3.3), as pure
 * steps: the caller brings the readings.
 */
#ifndef STORAGE_UPTIME_H
#define STORAGE_UPTIME_H

#include "storage/journal.h"

struct clock_reading {
    int64_t wall_ms; /* CLOCK_REALTIME */
    int64_t mono_ms; /* CLOCK_BOOTTIME */
};
#define UPTIME_OFF_MS (48LL * 3600 * 1000) /* a box is off for a day or two, and not longer */
/* Since the start of this process. */
struct uptime {
    int64_t uptime_at_start_ms; /* U when the process began */
    int64_t mono_at_start_ms;
    int64_t wall_floor_ms; /* persisted HLC l, or build_ms: wall time below it is implausible */
    int64_t wall_end_ms;   /* wall time from here on is implausible */
    bool suspect;          /* the RTC was implausible at the start, or has been since */
    /* How far wall time may be ahead of what it was when the center's clock was heard last, and
     * the time that has passed since; and the reading at which it was so far. */
    int64_t lead_ms;
    struct clock_reading lead_at;
};
/* At start: U = persisted U + (wall now - wall persisted, clipped to [0, LIMIT_RESTART_GAP_MS], 0
 * when the RTC is implausible). build_ms: when this program was built; an RTC earlier than that, or
 * later than 20 years after it, is implausible. */
struct uptime uptime_start(const struct journal_head *head, struct clock_reading now,
                           int64_t build_ms);
int64_t uptime_now(const struct uptime *u, struct clock_reading now); /* U */
/* Disciplined p: the RTC, or wall_floor_ms + monotonic while it is implausible. */
int64_t uptime_wall(const struct uptime *u, struct clock_reading now);
/* The lead now. What a box was off for nobody has measured: up to UPTIME_OFF_MS it is believed, and
 * no lead; of a step while it runs all is. */
int64_t uptime_lead(const struct uptime *u, struct clock_reading now);
/* The center's clock was heard, and is the wall clock from here on. `now`: with it. */
void uptime_heard(struct uptime *u, struct clock_reading now);
/* A running process believes an RTC that is set back, but none past the end of its life. */
bool uptime_suspect(const struct uptime *u, struct clock_reading now);

#endif
