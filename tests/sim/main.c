/* sim: simulated stores, one per seed. */
#include <string.h>

#include "tests/sim/seeds.h"
#include "tests/sim/sim.h"

struct run {
    struct sim_options options;
    int64_t first, seeds, jobs;
    int plant;
    bool json;
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

static void run_seed(void *ctx, uint64_t seed, uint64_t *counters)
{
    struct sim_options o = ((struct run *)ctx)->options;
    o.seed = seed;
    struct totals t = sim_run(&o);
    memcpy(counters, &t, sizeof t);
}

static void replay(void *ctx, uint64_t seed, FILE *out)
{
    const struct sim_options *o = &((const struct run *)ctx)->options;
    fprintf(out, "replay: tools/sim --first-seed %llu --seeds 1 --hours %lld%s%s --trace\n",
            (unsigned long long)seed, (long long)o->hours, o->plant ? " --plant " : "",
            o->plant ? PLANTS[o->plant].name : "");
}

static void report(const struct run *r, const struct totals *t)
{
    long long hours = (long long)(r->seeds * r->options.hours);
    const char *format =
        r->json ? "{\"seeds\":%lld,\"store_hours\":%lld,\"orders\":%llu,\"crashes\":%llu,"
                  "\"requests\":%llu,\"restores\":%llu,\"violations\":%llu}\n"
                : "%lld seeds, %lld store hours, %llu orders, %llu crashes, %llu requests, "
                  "%llu restores, %llu violations\n";
    printf(format, (long long)r->seeds, hours, (unsigned long long)t->orders,
           (unsigned long long)t->crashes, (unsigned long long)t->requests,
           (unsigned long long)t->restores, (unsigned long long)t->violations);
}

int main(int argc, char **argv)
{
    struct run r = {.options = {.hours = 2}, .first = 1, .seeds = 1, .jobs = seeds_processors()};
    const struct seeds_number numbers[] = {{"--seeds", 1, 1000000, &r.seeds},
                                           {"--hours", 1, 10000, &r.options.hours},
                                           {"--jobs", 1, SEEDS_JOBS, &r.jobs},
                                           {"--first-seed", 0, INT64_MAX, &r.first}};
    const struct seeds_flag flags[] = {{"--json", &r.json}, {"--trace", &r.options.trace}};
    int code = seeds_options(&(struct seeds_options){.program = "sim",
                                                     .numbers = numbers,
                                                     .n_numbers = sizeof numbers / sizeof *numbers,
                                                     .flags = flags,
                                                     .n_flags = sizeof flags / sizeof *flags,
                                                     .plants = PLANTS,
                                                     .n_plants = PLANT_COUNT,
                                                     .plant = &r.plant,
                                                     .usage = usage},
                             argc, argv);
    if (code >= 0)
        return code;
    r.options.plant = (enum plant)r.plant;
    if (r.options.trace) {
        r.jobs = 1;
        setvbuf(stdout, NULL, _IOLBF, 0);
    }
    struct totals sum = {0};
    seeds_run(&(struct seeds){.first = (uint64_t)r.first,
                              .n = r.seeds,
                              .jobs = r.jobs,
                              .counters = sizeof sum / sizeof(uint64_t),
                              .ctx = &r,
                              .run = run_seed,
                              .replay = replay,
                              .forget = hub_forget},
              (uint64_t *)&sum);
    report(&r, &sum);
    return sum.violations ? 1 : 0;
}
