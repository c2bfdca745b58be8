#include "edge/clock.h"

#include <stdlib.h>
#include <time.h>

#define BUILT_AT_MS 1767225600000 /* when this version was made: 1 January 2026 */

static int64_t read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct clock_reading reading(void)
{
    return (struct clock_reading){.wall_ms = read_us(CLOCK_REALTIME) / 1000,
                                  .mono_ms = read_us(CLOCK_BOOTTIME) / 1000};
}

void clock_start(struct clock *c, const struct journal_head *head, const char *zone,
                 uint32_t day_start_min)
{
    if (zone[0] != 0)
        setenv("TZ", zone, 1);
    tzset();
    c->uptime = uptime_start(head, reading(), BUILT_AT_MS);
    c->day_start_min = day_start_min;
}

int64_t clock_uptime_ms(const struct clock *c)
{
    return uptime_now(&c->uptime, reading());
}

int64_t clock_wall_ms(const struct clock *c)
{
    return uptime_wall(&c->uptime, reading());
}

bool clock_suspect(const struct clock *c)
{
    return uptime_suspect(&c->uptime, reading());
}

bool clock_mended(struct clock *c)
{
    struct clock_reading now = reading();
    c->uptime.suspect = uptime_suspect(&c->uptime, now);
    if (!c->uptime.suspect || now.wall_ms < uptime_wall(&c->uptime, now) ||
        now.wall_ms >= c->uptime.wall_end_ms)
        return false;
    c->uptime.suspect = false;
    return true;
}

uint32_t clock_day(const struct clock *c, int64_t wall_ms)
{
    time_t at = (time_t)(wall_ms / 1000);
    struct tm t;
    localtime_r(&at, &t);
    if ((uint32_t)(t.tm_hour * 60 + t.tm_min) < c->day_start_min) {
        /* Noon of the day before: no change of summer time comes near it. */
        t.tm_mday--;
        t.tm_hour = 12;
        t.tm_isdst = -1;
        mktime(&t);
    }
    return (uint32_t)((t.tm_year + 1900) * 10000 + (t.tm_mon + 1) * 100 + t.tm_mday);
}

int64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_boot_ms(void)
{
    return read_us(CLOCK_BOOTTIME) / 1000;
}
