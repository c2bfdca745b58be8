/* What the journal says of one command. Part of run_story. */
#ifndef TESTS_STORY_EVENT_H
#define TESTS_STORY_EVENT_H

#include "tests/stories/story_text.h"

/* Prints the events that were not traced yet. */
void trace_events(struct trace *t);
/* Passes over all events so far. */
void trace_skip(struct trace *t);

#endif
