/* One simulated world per seed, each in a process of its own: an assertion that fails ends that
 * world only, and is a violation like any other. And the options that all simulators have.
 */
#ifndef SIM_SEEDS_H
#define SIM_SEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "tests/sim/planted.h"

#define SEEDS_JOBS     64
#define SEEDS_COUNTERS 64

struct seeds {
    uint64_t first;
    int64_t n, jobs; /* jobs: processes at a time, 1..SEEDS_JOBS */
    /* What a world counts: an array of uint64_t, of which the first is its violations. */
    size_t counters;
    void *ctx;
    void (*run)(void *ctx, uint64_t seed, uint64_t *counters); /* in the child */
    void (*replay)(void *ctx, uint64_t seed, FILE *out);       /* one line: how to see it again */
    void (*forget)(pid_t pid); /* removes what a world left that may have died in that process */
};
/* Runs all, adds up into `sum`, which the caller has zeroed. */
void seeds_run(const struct seeds *s, uint64_t *sum);

/* ---- options ---- */

/* What every simulator is asked, and what it takes for it where it is not said. */
struct seeds_ask {
    int64_t hours, first, n, jobs; /* 2, 1, 1, seeds_processors() */
    int plant;
    bool json, trace; /* trace: one job, line by line */
};
struct seeds_number { /* an option of one simulator alone */
    const char *name; /* "--days" */
    int64_t low, high, *out;
};
struct seeds_options {
    const char *program;
    const struct seeds_number *numbers;
    size_t n_numbers;
    const struct planted *plants;
    int n_plants;
    int (*usage)(FILE *out); /* returns the exit code */
};
/* Reads the command line. Returns -1 to go on, or the exit code: --help, --plants, and what is not
 * known or cannot be. */
int seeds_options(const struct seeds_options *o, int argc, char **argv, struct seeds_ask *out);
int64_t seeds_processors(void); /* 1..SEEDS_JOBS */

#endif
