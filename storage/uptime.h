/* The persisted uptime clock U and the disciplined wall clock (sync-protocol 2.5 and 3.3), as pure
 * steps: the caller brings the readings.
 */
#ifndef STORAGE_UPTIME_H
#define STORAGE_UPTIME_H

#include "storage/journal.h"

struct clock_reading {
    int64_t wall_ms; /* CLOCK_REALTIME */
    int64_t mono_ms; /* CLOCK_BOOTTIME */
    bool kept;       /* a time source keeps the wall clock right; asked only where it is doubted */
};
#define UPTIME_OFF_MS   (48LL * 3600 * 1000) /* a box is off for a day or two, and not longer */
#define UPTIME_AHEAD_MS (400LL * 24 * 3600 * 1000) /* nor does one lie unused for over a year */
/* Since the start of this process. */
struct uptime {
    int64_t uptime_at_start_ms; /* U when the process began */
    int64_t mono_at_start_ms;
    int64_t wall_from_ms, wall_end_ms; /* wall time before the one, or from the other on, is none */
    bool suspect;                      /* the RTC was implausible at the start, and is since */
    /* What was believed last; from here time goes on by the monotonic clock while no RTC is. */
    struct clock_reading last;
    /* How far wall time may be ahead of what it was when the center's clock was heard last, and
     * the time that has passed since; and the reading at which it was so far. */
    int64_t lead_ms;
    struct clock_reading lead_at;
};
/* At start: U = persisted U + (wall now - wall persisted, clipped to [0, LIMIT_RESTART_GAP_MS], 0
 * when the RTC is implausible). build_ms: when this program was built; an RTC earlier than that, or
 * later than 20 years after it, is implausible. So is one before the time that the store has seen
 * last (the wall clock, or a stamp at most UPTIME_OFF_MS after it), kept or not: what bears a later
 * time has to be told of first. And one more than UPTIME_AHEAD_MS after it, unless it is kept; an
 * empty store has seen none. */
struct uptime uptime_start(const struct journal_head *head, struct clock_reading now,
                           int64_t build_ms);
int64_t uptime_now(const struct uptime *u, struct clock_reading now); /* U */
/* Disciplined p: the RTC, or on from the last that was believed while it is implausible. */
int64_t uptime_wall(const struct uptime *u, struct clock_reading now);
/* The lead now. What a box was off for nobody has measured: up to UPTIME_OFF_MS it is believed, and
 * no lead; of a step while it runs all is. */
int64_t uptime_lead(const struct uptime *u, struct clock_reading now);
/* The center's clock was heard, and is the wall clock from here on. `now`: with it. */
void uptime_heard(struct uptime *u, struct clock_reading now);
/* Somebody says that the RTC is right. False: it is out of all range, and nothing was changed. */
bool uptime_accept(struct uptime *u, struct clock_reading now);
/* A running process believes an RTC that is set back, but none before build_ms, past the end of its
 * life, or set ahead by more than UPTIME_AHEAD_MS against the last look and not kept. */
bool uptime_suspect(const struct uptime *u, struct clock_reading now);
/* Once a second. An RTC that was implausible at the start is believed when it has come to where
 * time has gone on to, and not far beyond, or is kept. True: since this look. */
bool uptime_look(struct uptime *u, struct clock_reading now);

#endif
