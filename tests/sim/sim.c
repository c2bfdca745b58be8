#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- saying ---- */

void sim_trace(struct sim *s, const char *fmt, ...)
{
    char *line = s->trace[s->n_trace++ % TRACE_LINES];
    int at = snprintf(line, TRACE_TEXT, "%10lld ms  ", (long long)s->now_ms);
    va_list args;
    va_start(args, fmt);
    vsnprintf(line + at, TRACE_TEXT - (size_t)at, fmt, args);
    va_end(args);
    if (s->options.trace)
        puts(line);
}

static void print_story(const struct sim *s, FILE *out)
{
    uint32_t first = s->n_trace > TRACE_LINES ? s->n_trace - TRACE_LINES : 0;
    for (uint32_t i = first; i < s->n_trace && !s->options.trace; i++)
        fprintf(out, "%s\n", s->trace[i % TRACE_LINES]);
}

static void print_replay(const struct sim *s, FILE *out)
{
    const struct sim_options *o = &s->options;
    fprintf(out, "replay: tools/sim --first-seed %llu --seeds 1 --hours %lld%s%s --trace\n",
            (unsigned long long)o->seed, (long long)o->hours, o->plant ? " --plant " : "",
            o->plant ? PLANTS[o->plant].name : "");
}

void sim_violation(struct sim *s, const char *property, const char *fmt, ...)
{
    if (s->broken)
        return;
    s->broken = true;
    s->totals.violations++;
    print_story(s, stderr);
    fprintf(stderr, "violation %s at %lld ms of seed %llu: ", property, (long long)s->now_ms,
            (unsigned long long)s->options.seed);
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    print_replay(s, stderr);
}

/* ---- what the world does ---- */

static void plan(struct sim *s, enum happening happens, int64_t low_ms, int64_t high_ms)
{
    agenda_add(&s->agenda, s->now_ms + dice_between(&s->world, low_ms, high_ms), (int)happens, 0);
}

static void set_clock(struct sim *s)
{
    int64_t *off_ms = &s->hub.wall_off_ms;
    uint64_t d = dice_below(&s->faults, 10);
    if (d < 4)
        *off_ms = dice_between(&s->faults, -5 * MINUTE_MS, 5 * MINUTE_MS);
    else if (d < 7)
        *off_ms = dice_between(&s->faults, -12 * HOUR_MS, 24 * HOUR_MS);
    else
        *off_ms = 0;
    sim_trace(s, "clock set, %lld ms off", (long long)*off_ms);
    plan(s, HAPPENS_CLOCK, MINUTE_MS, HOUR_MS);
}

static void fill_storage(struct sim *s)
{
    s->model.storage_full = s->hub.config.refuse_new_orders = !s->model.storage_full;
    sim_trace(s, "storage is %s", s->model.storage_full ? "full" : "free");
    if (s->model.storage_full)
        plan(s, HAPPENS_STORAGE, MINUTE_MS, 4 * MINUTE_MS);
    else
        plan(s, HAPPENS_STORAGE, HOUR_MS / 2, 4 * HOUR_MS);
}

static void happen(struct sim *s, const struct entry *e)
{
    switch (e->happens) {
    case HAPPENS_TICK:
        guests_tick(s, e->id);
        break;
    case HAPPENS_ARRIVAL:
        hub_receive(s, e->id);
        break;
    case HAPPENS_ANSWER:
        lan_answer(s, e->id);
        break;
    case HAPPENS_RETRY:
        lan_retry(s, e->id);
        break;
    case HAPPENS_COMMIT:
        if (s->hub.store && s->hub.commit_planned && e->id == s->hub.life)
            hub_commit(s);
        break;
    case HAPPENS_TIMERS:
        hub_timers(s);
        plan(s, HAPPENS_TIMERS, SECOND_MS, SECOND_MS);
        break;
    case HAPPENS_CRASH:
        hub_crash(s);
        plan(s, HAPPENS_CRASH, 5 * MINUTE_MS, HOUR_MS);
        break;
    case HAPPENS_BOOT:
        hub_boot(s);
        break;
    case HAPPENS_CLOCK:
        set_clock(s);
        break;
    case HAPPENS_WEATHER:
        lan_weather(s);
        break;
    case HAPPENS_STORAGE:
        fill_storage(s);
        break;
    case HAPPENS_OFFICE:
        office_tick(s);
        plan(s, HAPPENS_OFFICE, 2 * HOUR_MS, 5 * HOUR_MS);
        break;
    case HAPPENS_SHARES:
        office_shares(s);
        plan(s, HAPPENS_SHARES, MINUTE_MS, 8 * MINUTE_MS);
        break;
    case HAPPENS_AUDIT:
        judge_all(s);
        plan(s, HAPPENS_AUDIT, 10 * MINUTE_MS, 20 * MINUTE_MS);
        break;
    case HAPPENS_CENTER:
        center_acts(s);
        plan(s, HAPPENS_CENTER, 2 * SECOND_MS, MINUTE_MS);
        break;
    case HAPPENS_UPLINK:
        center_hears(s);
        plan(s, HAPPENS_UPLINK, SECOND_MS, MINUTE_MS);
        break;
    case HAPPENS_ROW:
        center_row_arrives(s, e->id);
        break;
    case HAPPENS_ORDER:
        center_order_arrives(s, e->id);
        break;
    }
}

static void world_init(struct sim *s)
{
    plan(s, HAPPENS_TIMERS, SECOND_MS, SECOND_MS);
    plan(s, HAPPENS_CRASH, MINUTE_MS, HOUR_MS);
    plan(s, HAPPENS_CLOCK, MINUTE_MS, HOUR_MS);
    plan(s, HAPPENS_STORAGE, HOUR_MS / 4, 4 * HOUR_MS);
    plan(s, HAPPENS_OFFICE, HOUR_MS / 4, 2 * HOUR_MS);
    plan(s, HAPPENS_SHARES, 0, MINUTE_MS);
    plan(s, HAPPENS_AUDIT, 10 * MINUTE_MS, 20 * MINUTE_MS);
    plan(s, HAPPENS_WEATHER, 0, 0);
    plan(s, HAPPENS_CENTER, SECOND_MS, MINUTE_MS);
    plan(s, HAPPENS_UPLINK, SECOND_MS, MINUTE_MS);
}

/* ---- the run ---- */

static void sim_init(struct sim *s, const struct sim_options *options)
{
    uint64_t seed = options->seed, stream = 0;
    s->options = *options;
    s->end_ms = options->hours * HOUR_MS;
    s->world = dice_make(seed, ++stream);
    s->lan = dice_make(seed, ++stream);
    s->guests = dice_make(seed, ++stream);
    s->faults = dice_make(seed, ++stream);
    s->plants = dice_make(seed, ++stream);
    center_init(s, ++stream);
    s->zone = wall_open(&s->wall, seed, START_AT_MS);
    s->enrolled = dice_chance(&s->world, 500);
    model_init(&s->model, &s->wall, s->enrolled);
    hub_init(s);
    guests_init(s);
    world_init(s);
    hub_boot(s);
}

static void sim_fini(struct sim *s)
{
    hub_fini(s);
    for (uint32_t i = 0; i < s->n_asks; i++) {
        ask_fini(s->asks[i]);
        free(s->asks[i]);
    }
    free(s->asks);
    free(s->tabs);
    free(s->replies);
    center_free(&s->center);
    model_free(&s->model);
    judge_free(&s->judge);
    agenda_free(&s->agenda);
}

struct totals sim_run(const struct sim_options *options)
{
    struct sim *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    sim_init(s, options);
    while (!s->broken) {
        struct entry e = agenda_take(&s->agenda);
        if (e.at_ms > s->end_ms)
            break;
        s->now_ms = e.at_ms;
        happen(s, &e);
    }
    if (!s->hub.store && !s->broken)
        hub_boot(s);
    center_heal(s);
    judge_all(s);
    struct totals totals = s->totals;
    sim_fini(s);
    free(s);
    return totals;
}
