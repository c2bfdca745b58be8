/* The simulated store's zone: what clocks on its walls show, with a change every few days, and the
 * first of them while people set things for a time of day. Due times are reckoned from the list of
 * changes and not as proto/due does. Milliseconds.
 */
#ifndef SIM_WALL_H
#define SIM_WALL_H

#include "proto/due.h"

#define WALL_CHANGES 64

struct wall {
    int32_t first_s;
    struct {
        int64_t at_ms;
        int32_t offset_s;
    } change[WALL_CHANGES];
};
/* The same seed has the same changes. `w` must stay where it is as long as the zone is in use. */
struct zone wall_open(struct wall *w, uint64_t seed, int64_t from_ms);
int64_t wall_shows(const struct wall *w, int64_t at_ms);

/* Each day at the local time of first_ms, or that one time. 0: none. */
int64_t wall_due_latest(const struct wall *w, int64_t first_ms, bool daily, int64_t now_ms);
int64_t wall_due_after(const struct wall *w, int64_t first_ms, bool daily, int64_t after_ms);
/* The first instant after now_ms that shows this time of a day (ms since midnight), or what a gap
 * left of it. */
int64_t wall_time_after(const struct wall *w, int64_t time_ms, int64_t now_ms);

#endif
