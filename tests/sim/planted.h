/* The list of bugs that a simulator can plant around the real code, to see that it would find them.
 * Which ones there are is each simulator's own (plants.h).
 */
#ifndef SIM_PLANTED_H
#define SIM_PLANTED_H

#include <stdio.h>

struct planted {
    const char *name, *property, *what; /* property: what must be reported; what it does */
};
/* Its place in the list; -1: there is none of that name. */
int planted_find(const struct planted *list, int n, const char *name);
/* A line for each, but for the first, which is no bug; returns 0. */
int planted_print(const struct planted *list, int n, FILE *out);

#endif
