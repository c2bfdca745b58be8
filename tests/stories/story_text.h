/* A trace, its lines, and the words and numbers in them. Part of run_story. */
#ifndef TESTS_STORY_TEXT_H
#define TESTS_STORY_TEXT_H

#include <stdio.h>

#include "proto/qty.h"
#include "tests/lib/shop.h"

/* Both are borrowed. */
struct trace {
    FILE *out;
    struct shop *shop;
    struct position told; /* the last event that was traced */
};
/* One line below a step, broken between words where it grows too long. */
void trace_line(struct trace *t, int depth, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A read of the story's store, to be aborted by the caller. */
struct txn *trace_look(struct trace *t);

/* A line in the making; text_end prints it as trace_line does, and frees it. */
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

#endif
