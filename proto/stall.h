/* Tells a line on which nothing moves any more from one that is slow, busy or idle. Pure: counters
 * and monotonic times come in, a verdict comes out.
 *
 * A line stands still while something is due on it and its counter of what came back does not
 * change. Whatever comes back, however little of a long queue it is, begins the patience anew: so a
 * rush with slow acknowledgements, or a backlog that drains, is never taken for a stall.
 *
 * Only time that was looked at counts: a caller that was away itself (a stopped process, a box that
 * slept, a loop that had much to do) has not seen the line stand still meanwhile.
 */
#ifndef PROTO_STALL_H
#define PROTO_STALL_H

#include <stdbool.h>
#include <stdint.h>

/* The most that one look adds: twice the second between two ticks. */
#define STALL_LOOK_MAX_MS 2000

/* All zeroes: not looked at yet. */
struct stall {
    uint64_t moved;    /* at the last look */
    int64_t looked_ms; /* the last look */
    int64_t still_ms;  /* nothing has moved for so long, as far as was looked */
    bool due;          /* something was due at the last look */
};

/* `due`: something is to come back; `moved` changes whenever anything does. True once the line has
 * stood still for patience_ms; the next look begins anew. */
bool stall_look(struct stall *s, bool due, uint64_t moved, int64_t now_ms, int64_t patience_ms);

#endif
