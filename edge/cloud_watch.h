/* Judges the HTTPS line as a whole: the center answers, but does what waits get there? Pure;
 * edge/cloud feeds it once a second and does what it says. What gets no answer at all is
 * sync/https's to end, and what the center refuses is a line that is down.
 *
 * Due while the line is up, events wait, nothing on this side keeps them, the center has not asked
 * to wait, and it has answered CLOUD_ANSWERS times since the position moved. Stuck when that lasts
 * for CLOUD_STILL_MS.
 *
 * Answers are counted, not time alone: of a center that is slow one request may take half a minute,
 * but among so many one was a batch that should have moved the position.
 */
#ifndef EDGE_CLOUD_WATCH_H
#define EDGE_CLOUD_WATCH_H

#include "proto/stall.h"
#include "sync/report.h"

#define CLOUD_ANSWERS  14   /* seven talks take turns: a batch, if one waits, is among each seven */
#define CLOUD_STILL_MS 5000 /* five ticks */

/* All zeroes: not looked at yet. */
struct cloud_watch {
    struct stall acks;
    uint64_t acked, answers; /* when the position moved last, or nothing waited */
};

/* `acked` is what the center has, `waiting` what it lacks. True: it is stuck; the next look begins
 * anew. */
bool cloud_watch_look(struct cloud_watch *w, const struct session_facts *f, uint64_t acked,
                      uint64_t waiting, int64_t now_ms);

#endif
