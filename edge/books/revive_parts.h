/* The parts of a revival, for revive*.c alone. */
#ifndef BOOKS_REVIVE_PARTS_H
#define BOOKS_REVIVE_PARTS_H

#include "edge/books/turn.h"

struct revive_ask;
struct revive_told;
struct revival {
    struct txn *txn; /* of the new store */
    const struct revive_ask *ask;
    struct revive_told *told;
    struct position at; /* the last event that the new store has */
    uint8_t tail[HASH_BYTES];
    bool whole; /* so far all of the replaced store could be read */
};

/* ---- records (revive_take.c) ---- */
/* The replaced store's journal holds the backup's last event: it goes on from there. */
bool revive_related(struct revival *r);
/* All that can be read of it, into the new store; the journal up to the first gap. */
void revive_take(struct revival *r);

/* ---- sums (revive_rows.c) ---- */
/* Rows whose record is lost get the counters that events behind `from` say. */
void revive_count(struct turn *t, struct position from);
/* What is locked and used is at least what the open orders hold, and each is found by its id. */
void revive_settle(struct turn *t);

#endif
