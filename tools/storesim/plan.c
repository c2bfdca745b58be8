#include "tools/storesim/plan.h"

#include "proto/qty.h"
#include "tools/storesim/clock.h"
#include "tools/storesim/dice.h"
#include "tools/storesim/file.h"
#include "tools/storesim/guest.h"
#include "tools/storesim/held.h"
#include "tools/storesim/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BETWEEN_DAYS_MS 60000

/* ---- reading a file ---- */

struct row {
    struct str order_id, date, time;
    int64_t object_id, qty_t, of_day_ms;
    enum channel channel;
};

static bool digits(struct str text, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || *out > INT64_MAX / 100)
            return false;
        *out = *out * 10 + (text.p[i] - '0');
    }
    return text.n > 0;
}

static bool time_parse(struct str text, int64_t *ms)
{
    int64_t h, m, s;
    if (!digits(file_field(&text, ':'), &h) || !digits(file_field(&text, ':'), &m) ||
        !digits(text, &s))
        return false;
    *ms = ((h * 60 + m) * 60 + s) * 1000;
    return true;
}

static bool row_parse(struct str line, struct row *r)
{
    r->order_id = file_field(&line, ',');
    r->date = file_field(&line, ',');
    r->time = file_field(&line, ',');
    struct str object = file_field(&line, ','), qty = file_field(&line, ',');
    return time_parse(r->time, &r->of_day_ms) && digits(object, &r->object_id) &&
           qty_parse(qty, &r->qty_t) && channel_parse(line, &r->channel);
}

static enum role role_of(enum channel channel)
{
    switch (channel) {
    case CHANNEL_POS:
        return ROLE_POS;
    case CHANNEL_EMENU:
        return ROLE_EMENU;
    case CHANNEL_KIOSK:
    case CHANNEL_ONLINE_ORDER:
    case CHANNEL_COUNT:
        break;
    }
    return ROLE_KIOSK;
}

/* Where the reader stands: the order and the day of the row before. */
struct reader {
    struct str order_id, date;
    int64_t day_starts_ms, day_opens_ms;
};

static void arrival_add(struct plan *p, struct reader *at, const struct row *r)
{
    if (!str_eq(r->date, at->date)) {
        int64_t last_ms = p->n_arrivals ? p->arrivals[p->n_arrivals - 1].at_ms : 0;
        at->day_starts_ms = p->n_arrivals ? last_ms + BETWEEN_DAYS_MS : 0;
        at->day_opens_ms = r->of_day_ms;
        at->date = r->date;
        if (!p->n_arrivals)
            p->opens_ms = r->of_day_ms;
    }
    p->arrivals = memory_grow(p->arrivals, (p->n_arrivals + 1) * sizeof *p->arrivals);
    p->arrivals[p->n_arrivals++] =
        (struct arrival){.at_ms = at->day_starts_ms + r->of_day_ms - at->day_opens_ms,
                         .role = role_of(r->channel),
                         .first = p->n_lines};
    at->order_id = r->order_id;
}

static void row_add(struct plan *p, struct reader *at, const struct row *r)
{
    if (!p->n_arrivals || !str_eq(r->order_id, at->order_id) || !str_eq(r->date, at->date))
        arrival_add(p, at, r);
    p->lines = memory_grow(p->lines, (p->n_lines + 1) * sizeof *p->lines);
    p->lines[p->n_lines++] = (struct plan_line){r->object_id, r->qty_t};
    p->arrivals[p->n_arrivals - 1].n++;
}

bool plan_read(struct plan *p, const char *path, const char *day, char *why)
{
    struct str text, line;
    struct reader at = {.order_id = STR("")};
    size_t number = 1;
    if (!file_read(path, &text)) {
        snprintf(why, JSON_WHY, "%.60s: cannot be read", path);
        return false;
    }
    struct str rest = text;
    bool ok = file_line(&rest, &line);
    while (ok && file_line(&rest, &line)) {
        struct row r;
        number++;
        if (line.n == 0)
            continue;
        ok = row_parse(line, &r);
        if (ok && (!*day || str_eq(r.date, str_of(day))))
            row_add(p, &at, &r);
    }
    free((char *)text.p);
    if (!ok)
        snprintf(why, JSON_WHY, "%.60s:%zu: not a row of orders", path, number);
    else if (!p->n_arrivals)
        snprintf(why, JSON_WHY, "%.60s: no orders%s%.10s", path, *day ? " on " : "", day);
    return ok && p->n_arrivals;
}

/* ---- guests of the file ---- */

static int64_t due_us(const struct plan *p, size_t i)
{
    return p->sim->begun_us + (int64_t)((double)p->arrivals[i].at_ms * 1000.0 / p->sim->speed);
}

static void from_file(struct plan *p)
{
    const struct arrival *a = &p->arrivals[p->next++];
    struct wish wish = {.n_lines = 0};
    for (size_t i = 0; i < a->n; i++) {
        const struct plan_line *l = &p->lines[a->first + i];
        if (!wish_add(&wish, &p->sim->menu, l->object_id, l->qty_t, false))
            stats_fault(&p->sim->stats, "orders: object %" PRId64 " is not on the menu",
                        l->object_id);
    }
    if (!guest_arrives(p->sim, a->role, &wish))
        guest_arrives(p->sim, ROLE_POS, &wish);
}

static void file_bell(void *ctx)
{
    struct plan *p = ctx;
    while (p->next < p->n_arrivals && due_us(p, p->next) <= clock_us())
        from_file(p);
    p->done = p->next == p->n_arrivals;
    if (!p->done)
        alarm_set(&p->sim->alarms, &p->bell, due_us(p, p->next));
}

/* ---- guests by chance ---- */

static enum role chance_role(const struct sim *sim)
{
    static const enum role MIX[] = {ROLE_KIOSK, ROLE_KIOSK, ROLE_EMENU, ROLE_POS};
    for (int tries = 0; tries < 32; tries++) {
        enum role role = MIX[dice_between(0, 3)];
        if (device_count(sim, role))
            return role;
    }
    return ROLE_POS;
}

static bool shown_sold_out(const struct device *d, const struct dish *dish)
{
    return held_sold_out(d, OBJECT_SKU, dish->object_id) ||
           (dish->spu_id && held_sold_out(d, OBJECT_SPU, dish->spu_id));
}

/* Most guests do not ask for what the screen shows as sold out. */
static const struct dish *chance_dish(const struct sim *sim, enum role role)
{
    const struct menu *m = &sim->menu;
    const struct device *d = device_of_role(sim, role, 0);
    const struct dish *dish = NULL;
    for (int tries = 0; tries < 8; tries++) {
        dish = m->single[dice_between(0, (int64_t)m->n_single - 1)];
        if (!d || !shown_sold_out(d, dish) || dice_chance(0.05))
            break;
    }
    return dish;
}

static void by_chance(struct plan *p)
{
    struct wish wish = {.n_lines = 0};
    enum role role = chance_role(p->sim);
    int64_t n = dice_between(1, dice_between(1, 5));
    for (int64_t i = 0; i < n; i++) {
        const struct dish *dish = chance_dish(p->sim, role);
        wish_add(&wish, &p->sim->menu, dish->object_id, dish->step_t * dice_between(1, 2), true);
    }
    guest_arrives(p->sim, role, &wish);
}

static void chance_bell(void *ctx)
{
    struct plan *p = ctx;
    int64_t at_us = p->bell.at_us;
    p->done = clock_us() - p->sim->begun_us >= p->seconds * 1000000;
    if (p->done)
        return;
    by_chance(p);
    alarm_set(&p->sim->alarms, &p->bell, at_us + dice_wait_us(1e6 / p->rate));
}

/* ---- the whole ---- */

void plan_start(struct plan *p, struct sim *sim)
{
    p->sim = sim;
    sim->begun_us = clock_us();
    sim->store_begun_ms = p->opens_ms;
    p->bell.ring = p->rate > 0 ? chance_bell : file_bell;
    p->bell.ctx = p;
    alarm_set(&sim->alarms, &p->bell, sim->begun_us);
}

void plan_stop(struct plan *p)
{
    alarm_stop(&p->sim->alarms, &p->bell);
    p->done = true;
}

double plan_progress(const struct plan *p)
{
    if (p->done)
        return 1;
    if (p->rate > 0)
        return (double)(clock_us() - p->sim->begun_us) / ((double)p->seconds * 1e6);
    return (double)p->next / (double)p->n_arrivals;
}

void plan_finish(struct plan *p)
{
    free(p->arrivals);
    free(p->lines);
}
