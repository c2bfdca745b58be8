/* What one command did, as a store owner reads it: the verdict, the events with the rows they
 * moved, and what the LAN is told. Part of run_story.
 */
#ifndef TESTS_STORY_TRACE_H
#define TESTS_STORY_TRACE_H

#include <stdio.h>

#include "tests/lib/shop.h"

/* Both are borrowed. */
struct trace {
    FILE *out;
    struct shop *shop;
    struct position told; /* the last event that was traced */
};
/* Passes over all events so far. */
void trace_skip(struct trace *t);
/* One line below a step, broken between words where it grows too long. */
void trace_line(struct trace *t, int depth, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The reply to the last command of the shop, and its effects. */
void trace_reply(struct trace *t);
/* What the last turn of timers did, if anything, so long into the wait. */
void trace_timer(struct trace *t, int64_t waited_ms);

#endif
