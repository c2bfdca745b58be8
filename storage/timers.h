/* Persisted timers. A row is (deadline, kind, id) on one of two clocks, and the kind says on which:
 * the uptime clock U, which only time that passed moves, or the disciplined wall clock, by which
 * people set things for a time of day (sync-protocol 2.5).
 */
#ifndef STORAGE_TIMERS_H
#define STORAGE_TIMERS_H

#include "storage/store.h"

enum timer_clock { TIMERS_UPTIME, TIMERS_WALL };

/* Append only; the number is on disk. */
enum timer_kind {
    TIMER_ORDER_EXPIRY = 1, /* uptime; id = order number */
    TIMER_REBALANCE = 2,    /* uptime; id = timer_object_id */
    TIMER_RESTORE = 3,      /* wall; likewise */
    TIMER_RELEASE = 4,      /* wall; likewise */
};
struct timer {
    int64_t deadline_ms;
    enum timer_kind kind;
    uint64_t id;
};
uint64_t timer_object_id(struct object object);
struct object timer_object(uint64_t id);

/* Any number of timers for one id; whoever arms one keeps its deadline to take it back. */
void timer_arm(struct txn *txn, int64_t deadline_ms, enum timer_kind kind, uint64_t id);
void timer_disarm(struct txn *txn, int64_t deadline_ms, enum timer_kind kind, uint64_t id);
/* The one timer of that kind and id, in place of the one there was; 0: none any more. A kind is
 * either armed or set. */
void timer_set(struct txn *txn, int64_t deadline_ms, enum timer_kind kind, uint64_t id);
int64_t timer_set_for(struct txn *txn, enum timer_kind kind, uint64_t id); /* 0: none */

/* The earliest timer of that clock with deadline <= now; false if none. */
bool timer_due(struct txn *txn, enum timer_clock clock, int64_t now_ms, struct timer *out);
/* The earliest deadline at all; false if no timer is armed. */
bool timer_next(struct txn *txn, enum timer_clock clock, int64_t *deadline_ms);

#endif
