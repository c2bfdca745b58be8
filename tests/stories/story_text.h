/* Words and numbers of a trace, and its lines. Part of run_story. */
#ifndef TESTS_STORY_TEXT_H
#define TESTS_STORY_TEXT_H

#include "proto/qty.h"
#include "tests/stories/story_trace.h"

/* One line in the making; text_end prints and frees it. */
struct text {
    char *p;
    size_t n;
    FILE *f;
};
FILE *text_begin(struct text *x);
void text_end(struct trace *t, int depth, struct text *x);

/* Tenths and ten-thousandths as decimals, in `buf`. Money has two decimals, or as many as it takes.
 */
const char *text_qty(char buf[DECIMAL_TEXT], int64_t v_t);
const char *text_money(char buf[DECIMAL_TEXT], int64_t v_e4);
const char *text_object(int64_t type); /* "sku", "spu" */

/* A read of the story's store, to be aborted by the caller. */
struct txn *trace_look(struct trace *t);

#endif
