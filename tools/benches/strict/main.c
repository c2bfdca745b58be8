/* What STRICT costs in a busy hour without a line, and what it saves: one scarce item, a store and
 * an online shop that want it at 7 to 3, days of 10 to 50 portions. Part of the day is over when
 * the line is cut (rights were topped up meanwhile); the hour's guests come at random (Poisson),
 * each for one portion. The rules are proto/rights, as on both sides; there is no disk and no
 * message.
 *
 *   bench_strict --hours N --load PERCENT --seed K     one line of JSON
 *
 * load: the guests expected in the hour, in percent of the portions that are left when it begins.
 * The same guests are also served in two other ways:
 *   LOOSE: each side sells as long as it believes that there is one;
 *   floor: what is left is cut by weight at the very moment that the line is. Who does not know
 *     which guests will come can hardly cut it better (the best cut for each number left wins some
 *     tenths of a percent here and there). So this is the price of selling nothing twice, and what
 *     is refused beyond it the price of rights that have drifted from the weights.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/rights.h"

#define PORTION_T     10
#define STORE_WEIGHT  7
#define ONLINE_WEIGHT 3
#define PLAN_MIN      10
#define PLAN_MAX      50
#define GUESTS_MAX    400

struct options {
    uint64_t hours, load, seed;
};
struct sums {
    uint64_t guests, refused_meanwhile, refused, sold, oversold, left_over, floor_refused;
    uint64_t loose_sold, loose_oversold;
};

/* splitmix64 */
static uint64_t roll(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t *state, uint64_t n)
{
    return roll(state) % n;
}

/* How many come when so many are expected, in thousandths: each thousandth part of the time brings
 * one or none. */
static uint32_t guests_come(uint64_t *state, uint64_t expected_e3)
{
    uint32_t n = 0;
    for (int i = 0; i < 1000 && n < GUESTS_MAX; i++)
        n += below(state, 1000000) < expected_e3;
    return n;
}

/* ---- one item ---- */

static void open_day(struct stock_row *r, int64_t portions)
{
    stock_plain((struct object){OBJECT_SKU, 1001}, r);
    r->type = STOCK_LIMITED;
    r->base_t = r->plan_t = portions * PORTION_T;
    r->mode = MODE_STRICT;
    stock_channel(r, CHANNEL_POS)->weight = STORE_WEIGHT;
    stock_channel(r, CHANNEL_ONLINE_ORDER)->weight = ONLINE_WEIGHT;
    rights_mode_acked(r, MODE_STRICT);
}

static bool sell(struct stock_row *r, bool in_store)
{
    if ((in_store ? rights_hub(r) : rights_center(r)) < PORTION_T)
        return false;
    *(in_store ? &r->h_t : &r->c_t) -= PORTION_T;
    return true;
}

static bool wants_in_store(uint64_t *state)
{
    return below(state, STORE_WEIGHT + ONLINE_WEIGHT) < STORE_WEIGHT;
}

/* With the line up: what runs low is topped up, as in the protocol. */
static void connected(struct stock_row *r, uint64_t *state, uint32_t guests)
{
    for (; guests > 0; guests--) {
        sell(r, wants_in_store(state));
        int64_t want_t = rights_want(r, 0);
        if (want_t > 0 && rights_grantable(r))
            rights_grant(r, want_t);
    }
}

/* One guest where one side has *own_t left and the other other_t: true when refused in vain. */
static bool refused_in_vain(int64_t *own_t, int64_t other_t)
{
    bool sold = *own_t >= PORTION_T;
    *own_t -= sold ? PORTION_T : 0;
    return !sold && other_t >= PORTION_T;
}

static void hour(struct stock_row *r, uint64_t *state, uint32_t guests, struct sums *sums)
{
    int64_t store_t = stock_real(r), online_t = store_t, had_t = store_t;
    int64_t cut_store_t = rights_split(r, had_t), cut_online_t = had_t - cut_store_t;
    for (uint32_t i = 0; i < guests; i++) {
        bool in_store = wants_in_store(state), sold = sell(r, in_store);
        int64_t elsewhere_t = in_store ? rights_center(r) : rights_hub(r);
        int64_t *seen_t = in_store ? &store_t : &online_t;
        sums->sold += sold;
        sums->refused += !sold;
        sums->refused_meanwhile += !sold && elsewhere_t >= PORTION_T;
        sums->floor_refused += in_store ? refused_in_vain(&cut_store_t, cut_online_t)
                                        : refused_in_vain(&cut_online_t, cut_store_t);
        sums->loose_sold += *seen_t >= PORTION_T;
        *seen_t -= *seen_t >= PORTION_T ? PORTION_T : 0;
    }
    int64_t loose_t = (had_t - store_t) + (had_t - online_t) - had_t;
    sums->guests += guests;
    sums->oversold += stock_real(r) < 0 ? (uint64_t)(-stock_real(r) / PORTION_T) : 0;
    sums->left_over += (uint64_t)(stock_real(r) / PORTION_T);
    sums->loose_oversold += loose_t > 0 ? (uint64_t)(loose_t / PORTION_T) : 0;
}

static void one_day(const struct options *o, uint64_t *state, struct sums *sums)
{
    struct stock_row r;
    uint64_t portions = PLAN_MIN + below(state, PLAN_MAX - PLAN_MIN + 1);
    open_day(&r, (int64_t)portions);
    connected(&r, state, guests_come(state, portions * below(state, 600)));
    uint64_t left = (uint64_t)(stock_real(&r) / PORTION_T);
    hour(&r, state, guests_come(state, left * o->load * 10), sums);
}

/* ---- the whole ---- */

static bool number(const char *text, uint64_t *out)
{
    char *end;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0;
}

static bool options_parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){.hours = 20000, .load = 100, .seed = 1};
    for (int i = 1; i < argc; i += 2) {
        uint64_t *to = strcmp(argv[i], "--hours") == 0  ? &o->hours
                       : strcmp(argv[i], "--load") == 0 ? &o->load
                       : strcmp(argv[i], "--seed") == 0 ? &o->seed
                                                        : NULL;
        if (!to || i + 1 == argc || !number(argv[i + 1], to))
            return false;
    }
    return o->load <= 300 && o->hours > 0;
}

int main(int argc, char **argv)
{
    struct options o;
    struct sums s = {0};
    if (!options_parse(argc, argv, &o)) {
        fprintf(stderr, "usage: bench_strict [--hours N] [--load PERCENT, 0 to 300] [--seed K]\n");
        return 2;
    }
    uint64_t state = o.seed;
    for (uint64_t i = 0; i < o.hours; i++)
        one_day(&o, &state, &s);
    printf("{\"hours\":%" PRIu64 ",\"load_percent\":%" PRIu64 ",\"guests\":%" PRIu64
           ",\"sold\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"refused_meanwhile\":%" PRIu64
           ",\"floor_refused\":%" PRIu64 ",\"left_over\":%" PRIu64 ",\"oversold\":%" PRIu64
           ",\"loose_sold\":%" PRIu64 ",\"loose_oversold\":%" PRIu64 "}\n",
           o.hours, o.load, s.guests, s.sold, s.refused, s.refused_meanwhile, s.floor_refused,
           s.left_over, s.oversold, s.loose_sold, s.loose_oversold);
    return s.oversold == 0 ? 0 : 1;
}
