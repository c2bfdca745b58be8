/* How two texts differ, line by line. Part of run_story. */
#ifndef TESTS_STORY_DIFF_H
#define TESTS_STORY_DIFF_H

#include <stdbool.h>
#include <stdio.h>

/* Prints lines only in `want` with '-', lines only in `got` with '+', and a little around them.
 * False: they are equal, and nothing was printed. */
bool story_diff(FILE *out, const char *want, const char *got);

#endif
