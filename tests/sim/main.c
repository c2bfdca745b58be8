/* sim: simulated stores, one per seed, each in a process of its own: an assertion that fails in the
 * books ends that store only, and is a violation like any other.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/sim.h"

struct run {
    struct sim_options options;
    int64_t seeds, jobs;
    bool json;
    struct totals sum;
};
struct child {
    pid_t pid;
    int from;
    uint64_t seed;
};

static int usage(FILE *out)
{
    fputs("sim [--seeds N] [--hours H] [--first-seed S] [--jobs J] [--plant NAME] [--json] "
          "[--trace]\n"
          "sim --plants\n"
          "\n"
          "Runs N simulated stores for H hours each and checks them against a model. Exit 0: "
          "nothing\n"
          "was found; 1: a property was violated (the seed is printed); 2: usage.\n"
          "\n"
          "--plants lists the planted bugs, and the property that each must violate.\n",
          out);
    return out == stdout ? 0 : 2;
}

/* ---- one store ---- */

static void child_run(const struct sim_options *options, int to)
{
    struct totals t = sim_run(options);
    ssize_t n = write(to, &t, sizeof t);
    exit(n == (ssize_t)sizeof t ? 0 : 1);
}

static struct child child_start(const struct sim_options *options)
{
    int ends[2];
    fflush(NULL);
    if (pipe(ends) != 0)
        abort();
    struct child c = {fork(), ends[0], options->seed};
    if (c.pid < 0)
        abort();
    if (c.pid == 0) {
        close(ends[0]);
        child_run(options, ends[1]);
    }
    close(ends[1]);
    return c;
}

static void add(struct totals *sum, const struct totals *t)
{
    sum->orders += t->orders;
    sum->crashes += t->crashes;
    sum->requests += t->requests;
    sum->commits += t->commits;
    sum->violations += t->violations;
}

static void child_end(struct run *r, const struct child *c)
{
    int status = 0;
    struct totals t = {.violations = 0};
    ssize_t n = read(c->from, &t, sizeof t);
    close(c->from);
    waitpid(c->pid, &status, 0);
    hub_forget(c->pid); /* it may have died with its store */
    if (n != (ssize_t)sizeof t) {
        t = (struct totals){.violations = 1};
        fprintf(stderr, "violation ASSERT in seed %llu: the program died%s%s\n",
                (unsigned long long)c->seed, WIFSIGNALED(status) ? ": " : "",
                WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "");
        fprintf(stderr, "replay: tools/sim --first-seed %llu --seeds 1 --hours %lld%s%s --trace\n",
                (unsigned long long)c->seed, (long long)r->options.hours,
                r->options.plant ? " --plant " : "",
                r->options.plant ? PLANTS[r->options.plant].name : "");
    }
    add(&r->sum, &t);
}

/* ---- all ---- */

#define JOBS_MAX 64

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

static void report(const struct run *r)
{
    const struct totals *t = &r->sum;
    long long hours = (long long)(r->seeds * r->options.hours);
    const char *format =
        r->json ? "{\"seeds\":%lld,\"store_hours\":%lld,\"orders\":%llu,\"crashes\":%llu,"
                  "\"requests\":%llu,\"violations\":%llu}\n"
                : "%lld seeds, %lld store hours, %llu orders, %llu crashes, %llu requests, "
                  "%llu violations\n";
    printf(format, (long long)r->seeds, hours, (unsigned long long)t->orders,
           (unsigned long long)t->crashes, (unsigned long long)t->requests,
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
        fprintf(stderr, "sim: %s is not known\n", name);
    else if (!value)
        fprintf(stderr, "sim: %s needs a value\n", name);
    else
        fprintf(stderr, "sim: %s cannot be %s\n", name, value);
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
    run_all(&r);
    report(&r);
    return r.sum.violations ? 1 : 0;
}
