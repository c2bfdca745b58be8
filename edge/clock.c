#include "edge/clock.h"

#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define TIMESYNCD "/run/systemd/timesync/synchronized" /* is there once it has set the clock */

static int64_t read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct clock_reading raw(void)
{
    return (struct clock_reading){.wall_ms = read_us(CLOCK_REALTIME) / 1000,
                                  .mono_ms = read_us(CLOCK_BOOTTIME) / 1000};
}

/* How much of the slew is done by now. */
static int64_t slewed_ms(const struct clock *c, int64_t mono_ms)
{
    int64_t most_ms = (mono_ms - c->slew_at_ms) / CLOCK_SLEW_PART;
    if (c->slew_ms < 0)
        return -c->slew_ms < most_ms ? c->slew_ms : -most_ms;
    return c->slew_ms < most_ms ? c->slew_ms : most_ms;
}

/* While the RTC is held it goes on as if nobody stepped it: who sets it right says the same again
 * that the center has said, and would count twice. */
static struct clock_reading box_reading(const struct clock *c)
{
    struct clock_reading now = raw();
    if (c->held)
        now.wall_ms = now.mono_ms + c->rtc_ms;
    return now;
}

/* An RTC that the center's clock differs from is held from then on, until they agree. */
static void follow(struct clock *c, int64_t center_ms, int64_t doubt_ms)
{
    struct clock_reading rtc = raw(), box = box_reading(c);
    int64_t off_ms = center_ms - rtc.wall_ms, most_ms = CLOCK_STEP_MS + doubt_ms;
    bool held = off_ms >= most_ms || off_ms <= -most_ms;
    if (held && !c->held)
        c->rtc_ms = rtc.wall_ms - rtc.mono_ms;
    else if (!held && c->held)
        c->off_ms += box.wall_ms - rtc.wall_ms;
    c->held = held;
}

static struct clock_reading reading(const struct clock *c)
{
    struct clock_reading now = box_reading(c);
    now.wall_ms += c->off_ms + slewed_ms(c, now.mono_ms);
    if (uptime_suspect(&c->uptime, now))
        now.kept = clock_source(NULL) == CLOCK_SYNCED;
    return now;
}

void clock_start(struct clock *c, const struct journal_head *head, const char *zone,
                 uint32_t day_start_min)
{
    if (zone[0] != 0)
        setenv("TZ", zone, 1);
    tzset();
    struct clock_reading now = raw();
    now.kept = clock_source(NULL) == CLOCK_SYNCED;
    c->uptime = uptime_start(head, now, CLOCK_BUILT_MS);
    c->held = false;
    c->rtc_ms = c->off_ms = c->slew_ms = c->slew_at_ms = c->step_ms = c->since_ms = 0;
    c->heard_ms = clock_wall_ms(c);
    c->day_start_min = day_start_min;
}

int64_t clock_uptime_ms(const struct clock *c)
{
    return uptime_now(&c->uptime, raw());
}

int64_t clock_wall_ms(const struct clock *c)
{
    return uptime_wall(&c->uptime, reading(c));
}

bool clock_suspect(const struct clock *c)
{
    return uptime_suspect(&c->uptime, reading(c));
}

enum clock_source clock_source(int64_t *off_ms)
{
    struct timex t = {0};
    int state = adjtimex(&t);
    if (off_ms != NULL)
        *off_ms = state < 0 ? -1 : t.maxerror / 1000;
    if (state < 0)
        return access(TIMESYNCD, F_OK) == 0 ? CLOCK_SYNCED : CLOCK_UNCHECKED;
    return state == TIME_ERROR || (t.status & STA_UNSYNC) ? CLOCK_UNSYNCED : CLOCK_SYNCED;
}

int64_t clock_lead_ms(const struct clock *c)
{
    return uptime_lead(&c->uptime, reading(c));
}

bool clock_mended(struct clock *c)
{
    return uptime_look(&c->uptime, reading(c));
}

bool clock_accept(struct clock *c)
{
    if (!uptime_accept(&c->uptime, raw()))
        return false;
    c->held = false;
    c->off_ms = c->slew_ms = 0;
    return true;
}

int64_t clock_box_ms(const struct clock *c)
{
    return reading(c).wall_ms;
}

int64_t clock_papers_ms(const struct clock *c)
{
    struct clock_reading now = reading(c);
    int64_t wall_ms = uptime_wall(&c->uptime, now);
    return now.wall_ms >= CLOCK_BUILT_MS && now.wall_ms < wall_ms ? now.wall_ms : wall_ms;
}

static void step(struct clock *c, int64_t error_ms)
{
    struct clock_reading now = box_reading(c);
    int64_t before_ms = clock_wall_ms(c);
    c->off_ms = before_ms + error_ms - now.wall_ms;
    c->slew_ms = 0;
    if (c->step_ms == 0)
        c->since_ms = c->heard_ms;
    c->step_ms += error_ms;
}

void clock_noted(struct clock *c, int64_t step_ms)
{
    c->step_ms -= step_ms;
}

bool clock_hear(struct clock *c, int64_t center_ms, int64_t span_ms, int64_t age_ms)
{
    int64_t now_ms = clock_wall_ms(c), doubt_ms = span_ms / 2;
    int64_t error_ms = center_ms + doubt_ms + age_ms - now_ms;
    int64_t size_ms = error_ms < 0 ? -error_ms : error_ms;
    if (center_ms < CLOCK_BUILT_MS || center_ms >= c->uptime.wall_end_ms)
        return false;
    follow(c, center_ms + doubt_ms + age_ms, doubt_ms);
    bool stepped = size_ms >= CLOCK_STEP_MS + doubt_ms || clock_suspect(c);
    if (stepped) {
        step(c, error_ms);
    } else if (size_ms > doubt_ms) {
        int64_t mono_ms = raw().mono_ms;
        c->off_ms += slewed_ms(c, mono_ms);
        c->slew_ms = error_ms;
        c->slew_at_ms = mono_ms;
    }
    uptime_heard(&c->uptime, reading(c));
    c->heard_ms = clock_wall_ms(c);
    return stepped;
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

static int32_t local_offset(void *ctx, int64_t at_ms)
{
    time_t at = (time_t)(at_ms / 1000 - (at_ms % 1000 < 0));
    struct tm t;
    (void)ctx;
    localtime_r(&at, &t);
    return (int32_t)t.tm_gmtoff;
}

struct zone clock_zone(void)
{
    return (struct zone){local_offset, NULL};
}

int64_t clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_boot_ms(void)
{
    return read_us(CLOCK_BOOTTIME) / 1000;
}
