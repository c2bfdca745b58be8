#include "tools/storesim/show.h"

#include "proto/qty.h"
#include "tools/storesim/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define BAR_CELLS    24
#define BAR_EVERY_US 100000

void show(const struct sim *sim, const struct device *d, const struct order *o, const char *fmt,
          ...)
{
    if (!sim->show)
        return;
    double gone_ms = (double)(clock_us() - sim->begun_us) / 1000.0 * sim->speed;
    int64_t t_s = (sim->store_begun_ms + (int64_t)gone_ms) / 1000;
    char what[200];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    printf("%02d:%02d:%02d  %-10s %-6s %s\n", (int)(t_s / 3600 % 24), (int)(t_s / 60 % 60),
           (int)(t_s % 60), d->entry.id, o ? o->number : "", what);
}

const char *show_lines(const struct order *o, uint16_t round, char out[SHOW_LINES])
{
    size_t n = 0;
    out[0] = '\0';
    for (uint16_t i = 0; i < o->n_lines && n < SHOW_LINES; i++) {
        const struct line *l = &o->lines[i];
        char qty[DECIMAL_TEXT];
        if (l->round != round)
            continue;
        qty_format(l->qty_t, qty);
        int got = snprintf(out + n, SHOW_LINES - n, "%s%sx %s", n ? ", " : "", qty, l->dish->name);
        n += (size_t)got;
    }
    if (n >= SHOW_LINES)
        memcpy(out + SHOW_LINES - 4, "...", 4);
    return out;
}

const char *show_money(const struct sim *sim, int64_t e4, char out[SHOW_MONEY])
{
    _Static_assert(SHOW_MONEY >= DECIMAL_TEXT, "money_format writes that much");
    int decimals = sim->menu.decimals;
    size_t n = money_format(e4, out); /* always four decimals */
    out[decimals ? n - 4 + (size_t)decimals : n - 5] = '\0';
    return out;
}

void show_progress(const struct sim *sim, double done, size_t open, size_t waiting)
{
    static int64_t next_us;
    char bar[BAR_CELLS + 1];
    if (!isatty(STDERR_FILENO) || clock_us() < next_us)
        return;
    next_us = clock_us() + BAR_EVERY_US;
    for (int i = 0; i < BAR_CELLS; i++)
        bar[i] = i < (int)(done * BAR_CELLS) ? '#' : '.';
    bar[BAR_CELLS] = '\0';
    fprintf(stderr, "\r[%s] %3d%%  %zu orders, %zu open, %zu requests waiting, %zu faults ", bar,
            (int)(done * 100), sim->orders.count, open, waiting, sim->stats.n_faults);
}

void show_progress_end(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}
