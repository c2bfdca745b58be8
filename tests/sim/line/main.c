/* simline: simulated cloud lines, one per seed. */
#include <string.h>

#include "tests/sim/line/line.h"
#include "tests/sim/seeds.h"

#define YEAR_DAYS  365
#define WORLD_DAYS 73 /* of a world in a run of years: five make one */

struct run {
    struct line_options options;
    struct seeds_ask ask;
    int64_t days, years;
    struct totals sum;
};

static int usage(FILE *out)
{
    fputs("simline [--seeds N] [--hours H] [--first-seed S] [--jobs J] [--plant "
          "NAME] [--json] "
          "[--trace]\n"
          "simline --days D | --years N [--seeds N] ..\n"
          "simline --partitions N [--first-seed S] [--jobs J] [--json]\n"
          "simline --plants\n"
          "\n"
          "Runs N simulated cloud lines (a store, its center, a bad network) for "
          "H hours each and\n"
          "checks them against the truth. With --days: for D days each, of a "
          "small store, in\n"
          "which little happens. With --years: as many such worlds as make N "
          "years. With\n"
          "--partitions: N short partitions in which both sides sell the same "
          "few rows, and how\n"
          "much of what was oversold was found. Exit 0: nothing was found; 1: a "
          "property was\n"
          "violated (the seed is printed); 2: usage.\n"
          "\n"
          "--plants lists the planted bugs, and the property that each must "
          "violate.\n",
          out);
    return out == stdout ? 0 : 2;
}

static void run_seed(void *ctx, uint64_t seed, uint64_t *counters)
{
    struct line_options o = ((struct run *)ctx)->options;
    o.seed = seed;
    struct totals t = o.partitions ? partitions_run(&o) : line_run(&o);
    memcpy(counters, &t, sizeof t);
}

static void replay(void *ctx, uint64_t seed, FILE *out)
{
    struct line_options o = ((struct run *)ctx)->options;
    o.seed = seed;
    line_replay(&o, out);
}

/* Partitions are divided among lines of 500. */
static void share_partitions(struct run *r)
{
    r->ask.n = (r->options.partitions + 499) / 500;
    r->options.partitions = (r->options.partitions + r->ask.n - 1) / r->ask.n;
}

static void share_years(struct run *r)
{
    if (!r->days)
        r->days = WORLD_DAYS;
    if (r->years)
        r->ask.n = (r->years * YEAR_DAYS + r->days - 1) / r->days;
    r->options.hours = r->days * 24;
    r->options.sparse = true;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 1;
}

static void report_partitions(const struct run *r)
{
    const struct totals *t = &r->sum;
    const char *format = r->ask.json ? "{\"oversell_recall\":%.6f,\"oversell_"
                                       "precision\":%.6f,\"partitions\":%llu,"
                                       "\"oversold_units_true\":%llu,\"found\":%llu,"
                                       "\"wrong_cases\":%llu}\n"
                                     : "recall %.6f, precision %.6f, %llu "
                                       "partitions, %llu portions oversold, %llu "
                                       "found, %llu wrong cases\n";
    printf(format, share(t->right_t, t->true_t), share(t->right_t, t->found_t),
           (unsigned long long)t->partitions, (unsigned long long)t->true_t / PORTION_T,
           (unsigned long long)t->found_t / PORTION_T, (unsigned long long)t->wrong_cases);
}

static void report(const struct run *r)
{
    const struct totals *t = &r->sum;
    const char *format = r->ask.json
                             ? "{\"seeds\":%lld,\"line_hours\":%lld,\"sales\":%llu,\"online\":%"
                               "llu,"
                               "\"crashes\":%llu,\"batches\":%llu,\"pulls\":%llu,\"pushes\":%llu,"
                               "\"claims\":%llu,\"failovers\":%llu,\"set_aside\":%llu,\"given_"
                               "up\":%llu,"
                               "\"cases\":%llu,\"repairs\":%llu,"
                             : "%lld seeds, %lld line hours, %llu sales, %llu online, %llu "
                               "crashes, %llu "
                               "batches, %llu pulls, %llu pushes, %llu claims, %llu failovers, "
                               "%llu set aside, "
                               "%llu given up, %llu cases, %llu repair rounds\n";
    printf(format, (long long)r->ask.n, (long long)(r->ask.n * r->options.hours),
           (unsigned long long)t->sales, (unsigned long long)t->shopped,
           (unsigned long long)t->crashes, (unsigned long long)t->batches,
           (unsigned long long)t->pulls, (unsigned long long)t->pushes,
           (unsigned long long)t->claims, (unsigned long long)t->failovers,
           (unsigned long long)t->dead, (unsigned long long)t->gave_up,
           (unsigned long long)t->cases, (unsigned long long)t->rounds);
}

/* The figures of generations and rights. */
static void report_rules(const struct run *r)
{
    const struct totals *t = &r->sum;
    double years = (double)r->ask.n * (double)r->options.hours / 24 / YEAR_DAYS;
    const char *format =
        r->ask.json ? "\"sim_store_years\":%.2f,\"partitions\":%llu,\"restores\":%"
                      "llu,\"due\":%llu,"
                      "\"restored_once\":%llu,\"restored_twice\":%llu,\"missed\":%"
                      "llu,\"by_lost_boxes\":%llu,\"put_aside\":%llu,\"by_wild_clocks\":%llu,\"top_"
                      "ups\":%llu,"
                      "\"offers\":%llu,\"mode_changes\":%llu,\"takeovers\":%llu,\"returns\":%llu,"
                      "\"overrides\":%llu,"
                      "\"strict_oversold\":%.1f,\"sim_violations\":%llu}\n"
                    : "%.2f store-years, %llu partitions, %llu restores of the "
                      "center, of %llu due times of "
                      "the store %llu restored once, %llu twice, %llu missed, and %llu by "
                      "boxes that were lost, %llu put aside, "
                      "%llu by clocks that were wildly ahead, %llu top-ups, %llu offers, "
                      "%llu mode changes, %llu takeover counts, %llu returns, %llu "
                      "overrides, %.1f oversold in "
                      "STRICT, %llu violations\n";
    printf(format, years, (unsigned long long)t->cuts, (unsigned long long)t->restores,
           (unsigned long long)t->due, (unsigned long long)t->executed,
           (unsigned long long)t->twice, (unsigned long long)t->missed, (unsigned long long)t->lost,
           (unsigned long long)t->aside, (unsigned long long)t->wild,
           (unsigned long long)t->top_ups, (unsigned long long)t->offers,
           (unsigned long long)t->mode_acks, (unsigned long long)t->takeovers,
           (unsigned long long)t->returns, (unsigned long long)t->overrides,
           (double)t->strict_oversold_t / PORTION_T, (unsigned long long)t->violations);
}

static void run_all(struct run *r)
{
    seeds_run(&(struct seeds){.first = (uint64_t)r->ask.first,
                              .n = r->ask.n,
                              .jobs = r->ask.jobs,
                              .counters = sizeof r->sum / sizeof(uint64_t),
                              .ctx = r,
                              .run = run_seed,
                              .replay = replay,
                              .forget = box_forget},
              (uint64_t *)&r->sum);
}

int main(int argc, char **argv)
{
    struct run r = {.ask = {0}};
    const struct seeds_number numbers[] = {{"--days", 1, 10000, &r.days},
                                           {"--years", 1, 100000, &r.years},
                                           {"--partitions", 1, 10000000, &r.options.partitions}};
    int code = seeds_options(&(struct seeds_options){.program = "simline",
                                                     .numbers = numbers,
                                                     .n_numbers = sizeof numbers / sizeof *numbers,
                                                     .plants = PLANTS,
                                                     .n_plants = PLANT_COUNT,
                                                     .usage = usage},
                             argc, argv, &r.ask);
    if (code >= 0)
        return code;
    r.options.hours = r.ask.hours;
    r.options.plant = (enum plant)r.ask.plant;
    r.options.trace = r.ask.trace;
    if (r.options.partitions)
        share_partitions(&r);
    if (r.years || r.days)
        share_years(&r);
    disk_sweep();
    run_all(&r);
    if (r.options.partitions)
        report_partitions(&r);
    else {
        report(&r);
        report_rules(&r);
    }
    return r.sum.violations || r.sum.wrong_cases ? 1 : 0;
}
