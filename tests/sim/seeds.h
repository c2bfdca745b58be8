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

struct seeds_number {
    const char *name; /* "--hours" */
    int64_t low, high, *out;
};
struct seeds_flag {
    const char *name;
    bool *out;
};
struct seeds_options {
    const char *program;
    const struct seeds_number *numbers;
    const struct seeds_flag *flags;
    size_t n_numbers, n_flags;
    const struct planted *plants;
    int n_plants, *plant;
    int (*usage)(FILE *out); /* returns the exit code */
};
/* Reads the command line. Returns -1 to go on, or the exit code: --help, --plants, and what is not
 * known or cannot be. */
int seeds_options(const struct seeds_options *o, int argc, char **argv);
int64_t seeds_processors(void); /* 1..SEEDS_JOBS */

#endif
