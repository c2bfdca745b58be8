/* Persisted timers. A row is (deadline, kind, id) on the uptime clock U (sync-protocol 2.5), or on
 * the disciplined wall clock for kinds that say so: whoever arms it says which by the kind.
 */
#ifndef STORAGE_TIMERS_H
#define STORAGE_TIMERS_H

#include "storage/store.h"

/* Append only; the number is on disk. */
enum timer_kind { TIMER_ORDER_EXPIRY = 1 /* uptime clock; id = order number */ };

void timer_arm(struct txn *txn, int64_t deadline_ms, enum timer_kind kind, uint64_t id);
void timer_disarm(struct txn *txn, int64_t deadline_ms, enum timer_kind kind, uint64_t id);
/* The earliest timer of any kind with deadline <= now; false if none. */
bool timer_due(struct txn *txn, int64_t now_ms, int64_t *deadline_ms, enum timer_kind *kind,
               uint64_t *id);
/* The earliest deadline at all; false if no timer is armed. */
bool timer_next(struct txn *txn, int64_t *deadline_ms);

#endif
