#include "tests/sim/line/line.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- saying ---- */

void trace(struct world *w, const char *fmt, ...)
{
    char *text = w->trace[w->n_trace++ % TRACE_LINES];
    int at = snprintf(text, TRACE_TEXT, "%10lld ms  ", (long long)w->now_ms);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text + at, TRACE_TEXT - (size_t)at, fmt, args);
    va_end(args);
    if (w->options.trace)
        puts(text);
}

static void print_story(const struct world *w, FILE *out)
{
    uint32_t first = w->n_trace > TRACE_LINES ? w->n_trace - TRACE_LINES : 0;
    for (uint32_t i = first; i < w->n_trace && !w->options.trace; i++)
        fprintf(out, "%s\n", w->trace[i % TRACE_LINES]);
}

void line_replay(const struct line_options *o, FILE *out)
{
    fprintf(out, "replay: tools/sim --line --first-seed %llu --seeds 1 ",
            (unsigned long long)o->seed);
    if (o->partitions)
        fprintf(out, "--partitions %lld", (long long)o->partitions);
    else if (o->sparse)
        fprintf(out, "--days %lld", (long long)o->hours / 24);
    else
        fprintf(out, "--hours %lld", (long long)o->hours);
    fprintf(out, "%s%s --trace\n", o->plant ? " --plant " : "",
            o->plant ? PLANTS[o->plant].name : "");
}

void violation(struct world *w, const char *property, const char *fmt, ...)
{
    if (w->broken)
        return;
    w->broken = true;
    w->totals.violations++;
    print_story(w, stderr);
    fprintf(stderr, "violation %s at %lld ms of seed %llu: ", property, (long long)w->now_ms,
            (unsigned long long)w->options.seed);
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    line_replay(&w->options, stderr);
}

/* ---- what they sell ---- */

struct object item_object(int item)
{
    return (struct object){OBJECT_SKU, 1001 + item};
}

int item_of(struct object object)
{
    int64_t item = object.id - 1001;
    return object.type == OBJECT_SKU && item >= 0 && item < ITEMS ? (int)item : -1;
}

/* ---- time ---- */

void plan(struct world *w, int64_t in_ms, enum happening what, uint32_t id)
{
    agenda_add(&w->agenda, w->now_ms + in_ms, (int)what, id);
}

/* By some days, or by years. */
static int64_t wild_step(struct world *w)
{
    int64_t step_ms = dice_between(&w->faults, -6 * DAY_MS, 6 * DAY_MS);
    return dice_chance(&w->faults, 300) ? step_ms * dice_between(&w->faults, 10, 600) : step_ms;
}

static void step_clock(struct world *w)
{
    int64_t step_ms = dice_between(&w->faults, -20 * MINUTE_MS, 20 * MINUTE_MS);
    if (dice_chance(&w->faults, 100))
        step_ms = dice_between(&w->faults, -26 * HOUR_MS, 26 * HOUR_MS);
    if (dice_chance(&w->faults, 300)) {
        w->center.off_ms = step_ms / 4;
        trace(w, "the center's clock is off by %lld ms", (long long)w->center.off_ms);
        return;
    }
    if (dice_chance(&w->faults, w->options.sparse ? 100 : 30))
        step_ms = wild_step(w);
    w->box.kept = step_ms % 2 == 0;
    w->box.wall_off_ms = dice_chance(&w->faults, 300) ? 0 : step_ms;
    trace(w, "the box's clock is off by %lld ms%s", (long long)w->box.wall_off_ms,
          w->box.kept ? ", and kept" : "");
}

static void disaster(struct world *w)
{
    bool planted = w->options.plant == PLANT_FORMER_PUSH; /* that needs failovers */
    uint64_t d = planted ? 9 : dice_below(&w->faults, 10);
    if (w->stray || w->failed_over)
        return;
    if (d < 4)
        disk_rollback(w);
    else if (d < 6)
        disk_replace(w);
    else if (w->failsover)
        center_failover(w);
}

static void take_image(struct world *w)
{
    if (dice_chance(&w->faults, 500))
        disk_image(w);
    else
        center_image(w);
}

/* What people do, unless they rest. */
static void people_act(struct world *w, const struct entry *e)
{
    if (w->quiet)
        return;
    switch ((enum happening)e->happens) {
    case COMES_GUEST:
        guest_comes(w, e->id);
        break;
    case COMES_STAFF:
        staff_comes(w, e->id);
        break;
    case COMES_SHOPPER:
        shopper_comes(w);
        break;
    case COMES_MERCHANT:
        merchant_comes(w);
        break;
    case COMES_WEATHER:
        net_weather(w);
        break;
    case COMES_CLOCK:
        step_clock(w);
        break;
    case COMES_CRASH:
        box_crash(w);
        break;
    case COMES_IMAGE:
        take_image(w);
        break;
    case COMES_DISASTER:
        disaster(w);
        break;
    case COMES_TIMERS:
    case COMES_TURN:
    case COMES_PARCEL:
    case COMES_TIMEOUT:
    case COMES_DUE:
    case COMES_HEAD:
    case COMES_BOOT:
    case COMES_QUIET:
        break;
    }
}

struct pace {
    int64_t low_ms, high_ms;
};
static const struct pace RUSH[] = {
    [COMES_GUEST] = {5 * SECOND_MS, 60 * SECOND_MS},
    [COMES_SHOPPER] = {5 * SECOND_MS, 60 * SECOND_MS},
    [COMES_STAFF] = {MINUTE_MS, 12 * MINUTE_MS},
    [COMES_MERCHANT] = {MINUTE_MS, 15 * MINUTE_MS},
    [COMES_TIMERS] = {SECOND_MS, 10 * SECOND_MS},
    [COMES_DUE] = {SECOND_MS, 5 * SECOND_MS},
    [COMES_HEAD] = {60 * SECOND_MS, 60 * SECOND_MS},
    [COMES_WEATHER] = {10 * SECOND_MS, 10 * MINUTE_MS},
    [COMES_CLOCK] = {2 * MINUTE_MS, 20 * MINUTE_MS},
    [COMES_CRASH] = {MINUTE_MS, 40 * MINUTE_MS},
    [COMES_IMAGE] = {MINUTE_MS, 30 * MINUTE_MS},
    [COMES_DISASTER] = {10 * MINUTE_MS, HOUR_MS},
    [COMES_QUIET] = {10 * MINUTE_MS, 50 * MINUTE_MS},
};
/* Some 70 orders a day, a cut every other day, a disaster a week. */
static const struct pace SPARSE[] = {
    [COMES_GUEST] = {2 * MINUTE_MS, 70 * MINUTE_MS},
    [COMES_SHOPPER] = {5 * MINUTE_MS, 90 * MINUTE_MS},
    [COMES_STAFF] = {30 * MINUTE_MS, 10 * HOUR_MS},
    [COMES_MERCHANT] = {HOUR_MS, 16 * HOUR_MS},
    [COMES_TIMERS] = {5 * SECOND_MS, 12 * MINUTE_MS},
    [COMES_DUE] = {SECOND_MS, 10 * MINUTE_MS},
    [COMES_HEAD] = {HOUR_MS, HOUR_MS},
    [COMES_WEATHER] = {HOUR_MS, 24 * HOUR_MS},
    [COMES_CLOCK] = {2 * HOUR_MS, 60 * HOUR_MS},
    [COMES_CRASH] = {4 * HOUR_MS, 60 * HOUR_MS},
    [COMES_IMAGE] = {3 * HOUR_MS, 30 * HOUR_MS},
    [COMES_DISASTER] = {24 * HOUR_MS, 300 * HOUR_MS},
    [COMES_QUIET] = {6 * HOUR_MS, 60 * HOUR_MS},
};
_Static_assert(sizeof RUSH == sizeof SPARSE, "the same happenings");
#define PACED (sizeof RUSH / sizeof *RUSH)

static const struct pace *pace_of(const struct world *w, size_t what)
{
    return w->options.sparse ? &SPARSE[what] : &RUSH[what];
}

/* After a while of its own. */
static void again(struct world *w, enum happening what, uint32_t id)
{
    const struct pace *p = pace_of(w, (size_t)what);
    plan(w, dice_between(&w->chance, p->low_ms, p->high_ms), what, id);
}

static void happen(struct world *w, const struct entry *e)
{
    switch ((enum happening)e->happens) {
    case COMES_TIMERS:
        box_timers(w);
        break;
    case COMES_TURN:
        talk_turn(w);
        break;
    case COMES_PARCEL:
        net_arrives(w, e->id);
        break;
    case COMES_TIMEOUT:
        talk_timeout(w, e->id);
        break;
    case COMES_DUE:
        center_restores(w);
        break;
    case COMES_HEAD:
        center_head(w);
        break;
    case COMES_BOOT:
        box_boot(w);
        break;
    case COMES_QUIET:
        quiet(w);
        break;
    case COMES_GUEST:
    case COMES_SHOPPER:
    case COMES_STAFF:
    case COMES_MERCHANT:
    case COMES_WEATHER:
    case COMES_CLOCK:
    case COMES_CRASH:
    case COMES_IMAGE:
    case COMES_DISASTER:
        people_act(w, e);
        break;
    }
    if ((size_t)e->happens < PACED && pace_of(w, (size_t)e->happens)->high_ms > 0)
        again(w, (enum happening)e->happens, e->id);
}

bool world_step(struct world *w)
{
    if (w->broken)
        return false;
    struct entry e = agenda_take(&w->agenda);
    w->now_ms = e.at_ms;
    happen(w, &e);
    return !w->broken;
}

/* ---- begin and end ---- */

void world_open(struct world *w, const struct line_options *options)
{
    *w = (struct world){.options = *options, .end_ms = options->hours * HOUR_MS, .slow_ms = 100};
    w->chance = dice_make(options->seed, 11);
    w->faults = dice_make(options->seed, 12);
    w->net = dice_make(options->seed, 13);
    w->people = dice_make(options->seed, 14);
    w->plants = dice_make(options->seed, 15);
    w->clocks = zone_open(&w->zone, options->seed);
    w->failsover = true;
    center_open(w);
    box_open(w);
    people_open(w);
    plan(w, 0, COMES_TURN, 0);
    plan(w, SECOND_MS, COMES_TIMERS, 0);
    plan(w, SECOND_MS, COMES_HEAD, 0);
}

void world_close(struct world *w)
{
    box_close(w);
    center_close(w);
    net_free(w);
    truth_free(&w->truth);
    truth_free(&w->truth_image);
    agenda_free(&w->agenda);
}

static void plan_life(struct world *w)
{
    for (uint32_t till = 0; till < TILLS; till++)
        again(w, COMES_GUEST, till);
    again(w, COMES_DUE, 0);
    static const enum happening LATER[] = {COMES_SHOPPER, COMES_STAFF,    COMES_MERCHANT,
                                           COMES_WEATHER, COMES_CLOCK,    COMES_CRASH,
                                           COMES_IMAGE,   COMES_DISASTER, COMES_QUIET};
    for (size_t i = 0; i < sizeof LATER / sizeof *LATER; i++)
        again(w, LATER[i], 0);
}

struct totals line_run(const struct line_options *options)
{
    struct world *w = malloc(sizeof *w);
    if (!w)
        abort();
    world_open(w, options);
    rules_open(w);
    plan_life(w);
    while (w->now_ms < w->end_ms && world_step(w))
        ;
    quiet(w);
    truth_sum_restores(w);
    struct totals totals = w->totals;
    world_close(w);
    free(w);
    return totals;
}
