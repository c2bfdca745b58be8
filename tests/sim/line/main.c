/* simline: simulated cloud lines, one per seed, each in a process of its own: an assertion that
 * fails ends that line only, and is a violation like any other.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/line/line.h"

#define JOBS_MAX 64

struct run {
    struct line_options options;
    int64_t seeds, jobs;
    bool json;
    struct totals sum;
};
struct child {
    pid_t pid;
    int from;
    struct line_options options;
};

static int usage(FILE *out)
{
    fputs("simline [--seeds N] [--hours H] [--first-seed S] [--jobs J] [--plant NAME] [--json] "
          "[--trace]\n"
          "simline --partitions N [--first-seed S] [--jobs J] [--json]\n"
          "simline --plants\n"
          "\n"
          "Runs N simulated cloud lines (a store, its center, a bad network) for H hours each and\n"
          "checks them against the truth. With --partitions: N short partitions in which both\n"
          "sides sell the same few rows, and how much of what was oversold was found. Exit 0:\n"
          "nothing was found; 1: a property was violated (the seed is printed); 2: usage.\n"
          "\n"
          "--plants lists the planted bugs, and the property that each must violate.\n",
          out);
    return out == stdout ? 0 : 2;
}

/* ---- one line ---- */

static void child_run(const struct line_options *options, int to)
{
    struct totals t = options->partitions ? partitions_run(options) : line_run(options);
    ssize_t n = write(to, &t, sizeof t);
    exit(n == (ssize_t)sizeof t ? 0 : 1);
}

static struct child child_start(const struct line_options *options)
{
    int ends[2];
    fflush(NULL);
    if (pipe(ends) != 0)
        abort();
    struct child c = {fork(), ends[0], *options};
    if (c.pid < 0)
        abort();
    if (c.pid == 0) {
        close(ends[0]);
        child_run(options, ends[1]);
    }
    close(ends[1]);
    return c;
}

/* All of a totals are counters. */
static void add(struct totals *sum, const struct totals *t)
{
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)t;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
}

static void child_end(struct run *r, const struct child *c)
{
    int status = 0;
    struct totals t = {.violations = 0};
    ssize_t n = read(c->from, &t, sizeof t);
    close(c->from);
    waitpid(c->pid, &status, 0);
    box_forget(c->pid); /* it may have died with its store */
    if (n != (ssize_t)sizeof t) {
        t = (struct totals){.violations = 1};
        fprintf(stderr, "violation ASSERT in seed %llu: the program died%s%s\n",
                (unsigned long long)c->options.seed, WIFSIGNALED(status) ? ": " : "",
                WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "");
        line_replay(&c->options, stderr);
    }
    add(&r->sum, &t);
}

/* ---- all ---- */

static void run_all(struct run *r)
{
    struct child open[JOBS_MAX];
    int64_t started = 0, ended = 0;
    uint64_t first = r->options.seed;
    while (ended < r->seeds) {
        if (started < r->seeds && started - ended < r->jobs) {
            r->options.seed = first + (uint64_t)started;
            open[started++ % JOBS_MAX] = child_start(&r->options);
        } else {
            child_end(r, &open[ended++ % JOBS_MAX]);
        }
    }
}

/* Partitions are divided among lines of 500. */
static void share_partitions(struct run *r)
{
    r->seeds = (r->options.partitions + 499) / 500;
    r->options.partitions = (r->options.partitions + r->seeds - 1) / r->seeds;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 1;
}

static void report_partitions(const struct run *r)
{
    const struct totals *t = &r->sum;
    const char *format =
        r->json ? "{\"oversell_recall\":%.6f,\"oversell_precision\":%.6f,\"partitions\":%llu,"
                  "\"oversold_units_true\":%llu,\"found\":%llu,\"wrong_cases\":%llu}\n"
                : "recall %.6f, precision %.6f, %llu partitions, %llu portions oversold, %llu "
                  "found, %llu wrong cases\n";
    printf(format, share(t->right_t, t->true_t), share(t->right_t, t->found_t),
           (unsigned long long)t->partitions, (unsigned long long)t->true_t / PORTION_T,
           (unsigned long long)t->found_t / PORTION_T, (unsigned long long)t->wrong_cases);
}

static void report(const struct run *r)
{
    const struct totals *t = &r->sum;
    const char *format =
        r->json ? "{\"seeds\":%lld,\"line_hours\":%lld,\"sales\":%llu,\"online\":%llu,"
                  "\"crashes\":%llu,\"batches\":%llu,\"pulls\":%llu,\"pushes\":%llu,"
                  "\"claims\":%llu,\"failovers\":%llu,\"set_aside\":%llu,\"given_up\":%llu,"
                  "\"cases\":%llu,\"repairs\":%llu,\"violations\":%llu}\n"
                : "%lld seeds, %lld line hours, %llu sales, %llu online, %llu crashes, %llu "
                  "batches, %llu pulls, %llu pushes, %llu claims, %llu failovers, %llu set aside, "
                  "%llu given up, %llu cases, %llu repair rounds, %llu violations\n";
    printf(format, (long long)r->seeds, (long long)(r->seeds * r->options.hours),
           (unsigned long long)t->sales, (unsigned long long)t->shopped,
           (unsigned long long)t->crashes, (unsigned long long)t->batches,
           (unsigned long long)t->pulls, (unsigned long long)t->pushes,
           (unsigned long long)t->claims, (unsigned long long)t->failovers,
           (unsigned long long)t->dead, (unsigned long long)t->gave_up,
           (unsigned long long)t->cases, (unsigned long long)t->rounds,
           (unsigned long long)t->violations);
}

/* ---- options ---- */

static bool number(const char *text, int64_t low, int64_t high, int64_t *out)
{
    char *end;
    long long v = text ? strtoll(text, &end, 10) : 0;
    if (!text || *end || end == text || v < low || v > high)
        return false;
    *out = v;
    return true;
}

/* An option, or the value that one needs. */
static int usage_wrong(const char *name, const char *value, int used)
{
    if (used == 1)
        fprintf(stderr, "simline: %s is not known\n", name);
    else if (!value)
        fprintf(stderr, "simline: %s needs a value\n", name);
    else
        fprintf(stderr, "simline: %s cannot be %s\n", name, value);
    return usage(stderr);
}

static bool plant(const char *name, enum plant *out)
{
    int p = planted_find(PLANTS, PLANT_COUNT, name);
    *out = p < 0 ? PLANT_NONE : (enum plant)p;
    return p >= 0;
}

static bool option(struct run *r, const char *name, const char *value, int *used)
{
    int64_t seed = 0;
    *used = 2;
    if (strcmp(name, "--seeds") == 0)
        return number(value, 1, 1000000, &r->seeds);
    if (strcmp(name, "--hours") == 0)
        return number(value, 1, 10000, &r->options.hours);
    if (strcmp(name, "--partitions") == 0)
        return number(value, 1, 10000000, &r->options.partitions);
    if (strcmp(name, "--jobs") == 0)
        return number(value, 1, JOBS_MAX, &r->jobs);
    if (strcmp(name, "--plant") == 0)
        return value && plant(value, &r->options.plant);
    if (strcmp(name, "--first-seed") == 0) {
        bool good = number(value, 0, INT64_MAX, &seed);
        r->options.seed = (uint64_t)seed;
        return good;
    }
    *used = 1;
    r->json = r->json || strcmp(name, "--json") == 0;
    r->options.trace = r->options.trace || strcmp(name, "--trace") == 0;
    return strcmp(name, "--json") == 0 || strcmp(name, "--trace") == 0;
}

int main(int argc, char **argv)
{
    struct run r = {.options = {.seed = 1, .hours = 2}, .seeds = 1};
    r.jobs = sysconf(_SC_NPROCESSORS_ONLN);
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    if (argc == 2 && strcmp(argv[1], "--plants") == 0)
        return planted_print(PLANTS, PLANT_COUNT, stdout);
    for (int i = 1, used; i < argc; i += used) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (!option(&r, argv[i], value, &used))
            return usage_wrong(argv[i], value, used);
    }
    if (r.jobs > JOBS_MAX || r.jobs < 1)
        r.jobs = JOBS_MAX;
    if (r.options.trace) {
        r.jobs = 1;
        setvbuf(stdout, NULL, _IOLBF, 0);
    }
    if (r.options.partitions)
        share_partitions(&r);
    disk_sweep();
    run_all(&r);
    if (r.options.partitions)
        report_partitions(&r);
    else
        report(&r);
    return r.sum.violations || r.sum.wrong_cases ? 1 : 0;
}
