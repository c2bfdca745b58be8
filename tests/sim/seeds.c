#include "tests/sim/seeds.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- one world ---- */

struct child {
    pid_t pid; /* 0: free */
    int from;
    uint64_t seed;
};

static void child_run(const struct seeds *s, uint64_t seed, int to)
{
    uint64_t counted[SEEDS_COUNTERS] = {0};
    size_t size = s->counters * sizeof *counted;
    s->run(s->ctx, seed, counted);
    exit(write(to, counted, size) == (ssize_t)size ? 0 : 1);
}

static struct child child_start(const struct seeds *s, uint64_t seed)
{
    int ends[2];
    fflush(NULL);
    if (pipe(ends) != 0)
        abort();
    struct child c = {fork(), ends[0], seed};
    if (c.pid < 0)
        abort();
    if (c.pid == 0) {
        close(ends[0]);
        child_run(s, seed, ends[1]);
    }
    close(ends[1]);
    return c;
}

static void child_died(const struct seeds *s, const struct child *c, int status, uint64_t *counted)
{
    memset(counted, 0, s->counters * sizeof *counted);
    counted[0] = 1;
    fprintf(stderr, "violation ASSERT in seed %llu: the program died%s%s\n",
            (unsigned long long)c->seed, WIFSIGNALED(status) ? ": " : "",
            WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "");
    s->replay(s->ctx, c->seed, stderr);
}

static void child_end(const struct seeds *s, struct child *c, int status, uint64_t *sum)
{
    uint64_t counted[SEEDS_COUNTERS] = {0};
    size_t size = s->counters * sizeof *counted;
    ssize_t n = read(c->from, counted, size);
    close(c->from);
    s->forget(c->pid);
    if (n != (ssize_t)size)
        child_died(s, c, status, counted);
    for (size_t i = 0; i < s->counters; i++)
        sum[i] += counted[i];
    c->pid = 0;
}

/* ---- all ---- */

static struct child *child_find(struct child open[SEEDS_JOBS], pid_t pid)
{
    for (int i = 0; i < SEEDS_JOBS; i++)
        if (open[i].pid == pid)
            return &open[i];
    return NULL;
}

void seeds_run(const struct seeds *s, uint64_t *sum)
{
    struct child open[SEEDS_JOBS] = {{0}};
    int64_t started = 0, ended = 0;
    if (s->counters > SEEDS_COUNTERS)
        abort();
    while (ended < s->n) {
        if (started < s->n && started - ended < s->jobs) {
            *child_find(open, 0) = child_start(s, s->first + (uint64_t)started++);
            continue;
        }
        int status = 0;
        struct child *c = child_find(open, waitpid(-1, &status, 0));
        if (!c)
            abort();
        child_end(s, c, status, sum);
        ended++;
    }
}

/* ---- options ---- */

#define COMMON 4

int64_t seeds_processors(void)
{
    int64_t n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 || n > SEEDS_JOBS ? SEEDS_JOBS : n;
}

static bool number(const char *text, const struct seeds_number *n)
{
    char *end;
    long long v = text ? strtoll(text, &end, 10) : 0;
    if (!text || *end || end == text || v < n->low || v > n->high)
        return false;
    *n->out = v;
    return true;
}

/* NULL: the option is none of these. */
static const struct seeds_number *find(const struct seeds_number *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, list[i].name) == 0)
            return &list[i];
    return NULL;
}

static const struct seeds_number *find_number(const struct seeds_options *o, const char *name,
                                              const struct seeds_number common[COMMON])
{
    const struct seeds_number *n = find(common, COMMON, name);
    return n ? n : find(o->numbers, o->n_numbers, name);
}

static bool *find_flag(struct seeds_ask *out, const char *name)
{
    if (strcmp(name, "--json") == 0)
        return &out->json;
    return strcmp(name, "--trace") == 0 ? &out->trace : NULL;
}

/* True when the option is known: *used arguments belong to it, and *good says whether they are. */
static bool option(const struct seeds_options *o, const char *name, const char *value,
                   struct seeds_ask *out, int *used, bool *good)
{
    const struct seeds_number common[COMMON] = {{"--seeds", 1, 1000000, &out->n},
                                                {"--hours", 1, 10000, &out->hours},
                                                {"--jobs", 1, SEEDS_JOBS, &out->jobs},
                                                {"--first-seed", 0, INT64_MAX, &out->first}};
    const struct seeds_number *n = find_number(o, name, common);
    bool *flag = find_flag(out, name);
    *used = flag ? 1 : 2;
    *good = true;
    if (flag)
        return *flag = true;
    if (n) {
        *good = number(value, n);
        return true;
    }
    if (strcmp(name, "--plant") != 0)
        return false;
    out->plant = value ? planted_find(o->plants, o->n_plants, value) : -1;
    *good = out->plant >= 0;
    return true;
}

static int wrong(const struct seeds_options *o, const char *name, const char *value, bool known)
{
    if (!known)
        fprintf(stderr, "%s: %s is not known\n", o->program, name);
    else if (!value)
        fprintf(stderr, "%s: %s needs a value\n", o->program, name);
    else
        fprintf(stderr, "%s: %s cannot be %s\n", o->program, name, value);
    return o->usage(stderr);
}

int seeds_options(const struct seeds_options *o, int argc, char **argv, struct seeds_ask *out)
{
    bool good;
    *out = (struct seeds_ask){.hours = 2, .first = 1, .n = 1, .jobs = seeds_processors()};
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return o->usage(stdout);
    if (argc == 2 && strcmp(argv[1], "--plants") == 0)
        return planted_print(o->plants, o->n_plants, stdout);
    for (int i = 1, used; i < argc; i += used) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool known = option(o, argv[i], value, out, &used, &good);
        if (!known || !good)
            return wrong(o, argv[i], value, known);
    }
    if (out->trace) {
        out->jobs = 1;
        setvbuf(stdout, NULL, _IOLBF, 0);
    }
    return -1;
}
