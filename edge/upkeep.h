/* What the hub does by itself: timers that are due, the day's end, a look at the disk now and then,
 * once a minute housekeeping, and reading the whole store for damage. Driven by one tick a second,
 * and woken between two of them at the instant for which somebody set the clock.
 */
#ifndef EDGE_UPKEEP_H
#define EDGE_UPKEEP_H

#include "edge/alerts.h"
#include "edge/clerk.h"
#include "edge/config.h"
#include "edge/intake.h"
#include "edge/scrub.h"
#include "edge/status.h"

struct upkeep {
    struct intake *intake;
    struct clerk *clerk;
    const struct config *config;
    struct books_config *books; /* the loop's copy; refuse_new_orders is ours */
    struct alerts *alerts;
    struct hub_facts *facts;
    struct counters *counters;
    void (*alert_changed)(void *ctx, struct str id);
    void (*clock_changed)(void *ctx);
    void (*wake_in)(void *ctx, int64_t span_ms); /* the latest call counts; span_ms > 0 */
    void *ctx;
    bool timers_running, day_running;
    bool met_full; /* something did not fit since the last look: full, whatever the numbers say */
    int64_t next_minute_ms, next_disk_ms, next_day_ms;
    struct scrub scrub;
    uint64_t drops_known;
    int64_t drops_quiet_ms; /* when the alert about them ends; 0: there is none */
};
#define UPKEEP_TICK_MS 1000
void upkeep_tick(struct upkeep *u);
/* As asked for by wake_in, or because a device has witnessed a later position than the store's. */
void upkeep_wake(struct upkeep *u);
/* A command came back from the writer. */
void upkeep_done(struct upkeep *u, const struct request *r);

#endif
