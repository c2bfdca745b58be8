/* What time it is: the box's two clocks, and what storage/uptime makes of them; the business day in
 * the store's own time zone.
 */
#ifndef EDGE_CLOCK_H
#define EDGE_CLOCK_H

#include "proto/due.h"
#include "storage/uptime.h"

/* Below this error the wall clock is slewed towards the center's, by CLOCK_SLEW_PART of the time
 * that passes, and never goes back; from here on it is stepped (sync-protocol 3.3). */
#define CLOCK_STEP_MS   500
#define CLOCK_SLEW_PART 100 /* 10 ms a second: half a second in less than a minute */

/* No box has this program earlier: what a clock says before it, it does not know. With the package
 * it is the date of the release ($SOURCE_DATE_EPOCH, CMakeLists.txt); ms. */
#define CLOCK_BUILT_MS (PH_BUILT_AT * INT64_C(1000))

struct clock {
    struct uptime uptime;
    bool held;          /* the center's clock differs: the RTC is followed no more ... */
    int64_t rtc_ms;     /* ... and this was what it said less clock_boot_ms */
    int64_t off_ms;     /* the center's clock less the RTC, as far as it is taken */
    int64_t slew_ms;    /* still to be taken, bit by bit ... */
    int64_t slew_at_ms; /* ... since then, by clock_boot_ms */
    int64_t heard_ms;   /* when the center's clock was heard last, or the start; disciplined */
    int64_t step_ms, since_ms; /* a step that no event tells of yet; 0: none */
    uint32_t day_start_min;    /* local time at which the business day begins */
};
/* `zone` is an IANA name, empty for the box's; it holds for the whole process. */
void clock_start(struct clock *c, const struct journal_head *head, const char *zone,
                 uint32_t day_start_min);
int64_t clock_uptime_ms(const struct clock *c); /* U */
int64_t clock_wall_ms(const struct clock *c);   /* disciplined */
bool clock_suspect(const struct clock *c);
/* Does a time source keep the box's own clock, by which certificates are judged and logs are
 * written? The kernel's word (adjtimex), and where it may not be asked, as in the service's
 * sandbox, systemd-timesyncd's; *off_ms, where it is asked for: at most so far off, -1: nobody
 * says. That the center was heard is no answer to this: it corrects the books' time alone. */
enum clock_source { CLOCK_UNCHECKED, CLOCK_UNSYNCED, CLOCK_SYNCED };
enum clock_source clock_source(int64_t *off_ms);
int64_t clock_lead_ms(const struct clock *c); /* of the wall clock (uptime_lead) */
/* The center said its clock: `center_ms` was right at some time within the last age_ms + span_ms,
 * and not within the last age_ms. True: the clock was stepped, and c->step_ms waits to be noted. */
bool clock_hear(struct clock *c, int64_t center_ms, int64_t span_ms, int64_t age_ms);
/* An event tells of a step of so much. */
void clock_noted(struct clock *c, int64_t step_ms);
/* Once a second: true when an RTC that was implausible at the start has become plausible. */
bool clock_mended(struct clock *c);
/* Somebody who stands before it says that the box's clock is right, and not what the center has
 * said. False: it cannot be, since it is before the release or past the end of its life. */
bool clock_accept(struct clock *c);
/* What the box itself says, plausible or not (with the center's correction). */
int64_t clock_box_ms(const struct clock *c);
/* By which certificates are dated: the disciplined clock, and while the box's own is doubted the
 * earlier of the two. One from an earlier clock is valid by both; of one from a later clock every
 * device whose clock is right says "not yet valid". */
int64_t clock_papers_ms(const struct clock *c);
/* yyyymmdd of the business day at that wall time. */
uint32_t clock_day(const struct clock *c, int64_t wall_ms);
/* The store's time zone, as clock_start has set it. Any thread may ask. */
struct zone clock_zone(void);
/* CLOCK_MONOTONIC, for spans. */
int64_t clock_mono_us(void);
/* Milliseconds since the box started, asleep or not; for limits and ages within this run. */
int64_t clock_boot_ms(void);

#endif
