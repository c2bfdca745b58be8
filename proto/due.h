/* When a thing is due that people set by the wall clock: once, or each day at one local time, in
 * the store's time zone with its daylight saving (sync-protocol 1.7). Pure: the zone is a function
 * that the caller brings.
 *
 * A local time that does not exist that day is due at the next instant that does; one that comes
 * twice, at the first.
 */
#ifndef PROTO_DUE_H
#define PROTO_DUE_H

#include "proto/types.h"

/* Seconds east of UTC that are in force at an instant: at most 16 hours, changed in steps of whole
 * seconds with at least 32 hours from one step to the next. The same instant always has the same
 * answer. */
struct zone {
    int32_t (*offset_s)(void *ctx, int64_t at_ms);
    void *ctx;
};
extern const struct zone ZONE_UTC;

/* The instant at which clocks on the wall show local_ms: milliseconds since 1970-01-01 00:00 on
 * that wall. */
int64_t due_instant(const struct zone *z, int64_t local_ms);

struct schedule {
    int64_t first_ms; /* the first time; 0: never */
    bool daily;       /* and each day after it, at its local time of day */
};
/* The latest due time that is not after now_ms; 0: none yet. */
int64_t due_latest(const struct schedule *s, const struct zone *z, int64_t now_ms);
/* The earliest due time after after_ms; 0: none any more. */
int64_t due_next(const struct schedule *s, const struct zone *z, int64_t after_ms);
/* The first instant after now_ms at which clocks show minute_of_day (0..1439), or that stands for
 * it where clocks skip it. */
int64_t due_at_minute(const struct zone *z, int64_t now_ms, uint32_t minute_of_day);

/* What somebody asks for at now_ms, on either side: the first time may not have passed, and is one
 * that clocks really show, since a daily schedule goes by what they show at it. */

/* False: a single time, and it has passed. A daily one that has begins at its next time. */
bool due_begin(struct schedule *s, const struct zone *z, int64_t now_ms);
/* False: a single time, and clocks skip it that day. A daily one begins on the first day that has
 * it; on later days that do not it is due as ever, right behind the gap. */
bool due_begin_at_minute(struct schedule *s, const struct zone *z, int64_t now_ms,
                         uint32_t minute_of_day);

#endif
