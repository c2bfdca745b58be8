/* A center in a few rows of memory, for stories and scenarios: it merges the events of a hub's
 * journal, sells, counts and closes on its own, and has rows to send down. It speaks with no
 * network: the test says what arrives when. Quantities in tenths.
 */
#ifndef TESTS_TOY_CENTER_H
#define TESTS_TOY_CENTER_H

#include "proto/cloud_row.h"
#include "storage/journal.h"

#define TOY_ROWS 16

struct toy_center {
    struct stock_row rows[TOY_ROWS];
    bool deleted[TOY_ROWS];
    size_t n;
    uint64_t ver;
    int64_t now_ms; /* its clock: the test's to move */
    struct hlc hlc;
    struct position heard; /* the last event it has merged */
    struct arena texts;
};
void toy_open(struct toy_center *c, int64_t now_ms);
void toy_close(struct toy_center *c);

/* Made when missing, which is "unlimited, on sale". */
struct stock_row *toy_row(struct toy_center *c, struct object object);
/* Online, which counts what it has used where it has an entry (toy_channel). */
void toy_sells(struct toy_center *c, struct object object, int64_t q_t);
void toy_locks(struct toy_center *c, struct object object, int64_t q_t);  /* negative: unlocks */
void toy_counts(struct toy_center *c, struct object object, int64_t q_t); /* and makes it limited */
void toy_status(struct toy_center *c, struct object object, bool on_sale);
void toy_deletes(struct toy_center *c, struct object object);
/* How channels share it (proto/shares.h); release_ms: each day at its local time, 0: never. */
void toy_policy(struct toy_center *c, struct object object, enum channel_policy policy,
                uint32_t rebalance_s, int64_t release_ms);
/* Reserve and limit in tenths; limit_t AVAIL_INFINITE: none. */
void toy_channel(struct toy_center *c, struct object object, enum channel channel, uint32_t weight,
                 int64_t reserve_t, int64_t limit_t);
/* The plan comes back at that time, each day or once; 0: no more. It restores nothing itself. */
void toy_schedule(struct toy_center *c, struct object object, int64_t first_ms, bool daily);
/* The row goes down once more as news. */
void toy_repeats(struct toy_center *c, struct object object);

/* Merges what the journal has had since, at most `most` events. */
void toy_hears(struct toy_center *c, struct txn *txn, uint64_t most);
/* Passes over the next event as one that it cannot use (a dead letter); false, and it does not: it
 * is local, one of a channel's register or of a restore, or there is none. */
bool toy_sets_aside(struct toy_center *c, struct txn *txn);
/* The row as it goes down now. Texts stay until toy_close. */
struct cloud_row toy_sends(struct toy_center *c, struct object object);

#endif
