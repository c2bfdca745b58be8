/* What one command did, as a store owner reads it: the verdict, the events with the rows they
 * moved, and what the LAN is told. Part of run_story.
 */
#ifndef TESTS_STORY_TRACE_H
#define TESTS_STORY_TRACE_H

#include "tests/stories/story_text.h"

/* The reply to the last command of the shop, and its effects. */
void trace_reply(struct trace *t);
/* What the last turn of timers did, if anything, so long into the wait. */
void trace_timer(struct trace *t, int64_t waited_ms);

#endif
