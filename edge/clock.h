/* What time it is: the box's two clocks, and what storage/uptime makes of them; the business day in
 * the store's own time zone.
 */
#ifndef EDGE_CLOCK_H
#define EDGE_CLOCK_H

#include "storage/uptime.h"

struct clock {
    struct uptime uptime;
    uint32_t day_start_min; /* local time at which the business day begins */
};
/* `zone` is an IANA name, empty for the box's; it holds for the whole process. */
void clock_start(struct clock *c, const struct journal_head *head, const char *zone,
                 uint32_t day_start_min);
int64_t clock_uptime_ms(const struct clock *c); /* U */
int64_t clock_wall_ms(const struct clock *c);   /* disciplined */
bool clock_suspect(const struct clock *c);
/* Once a second: true when an implausible RTC has become plausible. One that is found implausible
 * stays so until then. */
bool clock_mended(struct clock *c);
/* yyyymmdd of the business day at that wall time. */
uint32_t clock_day(const struct clock *c, int64_t wall_ms);
/* CLOCK_MONOTONIC, for spans. */
int64_t clock_mono_us(void);
/* Milliseconds since the box started, asleep or not; for limits and ages within this run. */
int64_t clock_boot_ms(void);

#endif
