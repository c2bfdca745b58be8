/* What is told of a line that got stuck and was made again: log, alert, status, metrics. Each line
 * that has a watchdog has one of these; who notices and who reconnects is elsewhere.
 *
 *   heal_stuck   nothing moves: counted once until it is healed, alert raised
 *   heal_moves   it works again: counted, the alert says how long it was stuck
 *   heal_tick    a line that has worked for HEAL_TOLD_MS since is no news any more
 */
#ifndef EDGE_HEAL_H
#define EDGE_HEAL_H

#include "edge/alerts.h"
#include "proto/json.h"

#define HEAL_TOLD_MS      60000 /* so that somebody who comes at once still reads what it was */
#define HEAL_WHY          72
#define CLOUD_HEAL_ACTION "None needed. If it goes on: look at the store's internet line."

struct heal {
    /* the caller's to fill in; texts are static */
    const char *link;   /* in log and metrics: lan, cloud, push */
    const char *alert;  /* its id */
    const char *code;   /* PH-2203 */
    const char *name;   /* for people, 20 letters at most: "LAN session" */
    const char *action; /* if it goes on */
    struct alerts *alerts;
    void (*alert_changed)(void *ctx, struct str id);
    void *ctx;

    /* its own */
    bool stuck;
    uint64_t stalls, healed;
    int64_t began_ms, healed_ms; /* of the last stall, by clock_boot_ms */
    int64_t at_ms;               /* when it was noticed; wall clock; 0: never */
    int64_t span_ms;             /* how long nothing moved: so far, or in all */
    char why[HEAL_WHY];
};

/* Nothing has moved for still_ms. `why` is copied. */
void heal_stuck(struct heal *h, const char *why, int64_t still_ms, int64_t now_ms, int64_t wall_ms);
/* Does nothing unless it was stuck. */
void heal_moves(struct heal *h, int64_t now_ms);
void heal_tick(struct heal *h, int64_t now_ms);
/* The member "stuck" of the line's object in status. */
void heal_status(const struct heal *h, struct jw *w);

#endif
