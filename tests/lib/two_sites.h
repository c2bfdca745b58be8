/* One row at a hub and at a center that write to it and hear of each other when the test says so.
 * Portions in, tenths inside. Every write of the hub is kept as the effect its event would carry.
 */
#ifndef TESTS_TWO_SITES_H
#define TESTS_TWO_SITES_H

#include "proto/merge.h"
#include "proto/rights.h"
#include "proto/shares.h"

#define SITES_EVENTS 256

struct two_sites {
    struct stock_row hub, center;
    struct hub_effect events[SITES_EVENTS];
    size_t n_events, arrived; /* events the center has merged: the first `arrived` */
    uint64_t ver;
    int64_t now_ms;     /* the center's clock */
    int64_t hub_off_ms; /* how far the hub's clock is ahead of it */
    struct hlc hub_hlc, center_hlc;
    char ids[SITES_EVENTS * 2][24]; /* of bases */
    size_t n_ids;
};
/* F0: SKU 1001, limited, so many portions planned and there; nothing sold. Clocks agree. */
void sites_open(struct two_sites *s, int64_t portions);

/* The hub writes; each returns the event's index. */
size_t hub_sells(struct two_sites *s, int64_t portions);
size_t hub_locks(struct two_sites *s, int64_t portions);
size_t hub_sets(struct two_sites *s, int64_t portions);
size_t hub_status(struct two_sites *s, enum stock_status status);
size_t hub_plans(struct two_sites *s, int64_t portions);
size_t hub_limits(struct two_sites *s, enum channel c, int64_t portions);
size_t hub_restores(struct two_sites *s, int64_t due_ms); /* SITES_EVENTS: it has already */
/* The center writes. */
void center_sells(struct two_sites *s, int64_t portions);
void center_sets(struct two_sites *s, int64_t portions);
void center_status(struct two_sites *s, enum stock_status status);
void center_plans(struct two_sites *s, int64_t portions);
void center_limits(struct two_sites *s, enum channel c, int64_t portions, uint32_t weight);
void center_restores(struct two_sites *s, int64_t due_ms);

/* Delivery of the next event, or of one that was delivered before. */
struct merge event_arrives(struct two_sites *s, size_t i);
struct merge row_arrives(struct two_sites *s, const struct stock_row *row);
/* All events up, then the row down. */
void sites_heal(struct two_sites *s);

#endif
