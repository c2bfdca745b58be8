/* sim: simulated stores, one per seed. */
#include <string.h>

#include "tests/sim/seeds.h"
#include "tests/sim/sim.h"

struct run {
    struct sim_options options;
    struct seeds_ask ask;
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
    long long hours = (long long)(r->ask.n * r->options.hours);
    const char *format =
        r->ask.json ? "{\"seeds\":%lld,\"store_hours\":%lld,\"orders\":%llu,\"crashes\":%llu,"
                      "\"requests\":%llu,\"restores\":%llu,\"violations\":%llu}\n"
                    : "%lld seeds, %lld store hours, %llu orders, %llu crashes, %llu requests, "
                      "%llu restores, %llu violations\n";
    printf(format, (long long)r->ask.n, hours, (unsigned long long)t->orders,
           (unsigned long long)t->crashes, (unsigned long long)t->requests,
           (unsigned long long)t->restores, (unsigned long long)t->violations);
}

int main(int argc, char **argv)
{
    struct run r = {.ask = {0}};
    int code = seeds_options(
        &(struct seeds_options){
            .program = "sim", .plants = PLANTS, .n_plants = PLANT_COUNT, .usage = usage},
        argc, argv, &r.ask);
    if (code >= 0)
        return code;
    r.options = (struct sim_options){
        .hours = r.ask.hours, .plant = (enum plant)r.ask.plant, .trace = r.ask.trace};
    struct totals sum = {0};
    seeds_run(&(struct seeds){.first = (uint64_t)r.ask.first,
                              .n = r.ask.n,
                              .jobs = r.ask.jobs,
                              .counters = sizeof sum / sizeof(uint64_t),
                              .ctx = &r,
                              .run = run_seed,
                              .replay = replay,
                              .forget = hub_forget},
              (uint64_t *)&sum);
    report(&r, &sum);
    return sum.violations ? 1 : 0;
}
