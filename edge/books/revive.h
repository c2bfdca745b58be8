/* A backup comes to life (docs/control-api.md, "backup and restore"). It is as old as it is; what
 * the store has done since stands in the store that it replaces, as far as that can still be read.
 *
 *   the replaced store           | what the new one gets of it
 *   goes on from the backup      | every record that can be read: rows, orders, replies, the
 * journal | behind the backup's position. The backup's stand where it cannot some of it cannot be
 * read    | the counters of rows from the journal, what is locked from the | orders; and the store
 * is fenced is another one, or gone      | nothing; and the store is fenced
 *
 * In any case a new epoch is opened, above every one that either of the two has known. Fenced means
 * that nobody knows for certain what was sold since: nothing is until the center's claim has said
 * it, or somebody has counted (store.confirm).
 */
#ifndef BOOKS_REVIVE_H
#define BOOKS_REVIVE_H

#include "edge/books/books.h"
#include "storage/check.h"

/* Where the epoch of the replaced store cannot be read: more than a store opens between two
 * backups. */
#define REVIVE_EPOCHS 64
/* Likewise numbers that it may have given to orders since: a busy day has 1,500. */
#define REVIVE_ORDERS 100000
#define REVIVE_PICKUP 300 /* of a channel's LIMIT_PICKUP, which start over every day */

struct revive_ask {
    const struct books_config *config;
    struct store *old;              /* NULL: nothing of it can be read */
    const struct check_report *was; /* of `old`: what of it can */
    struct str who;                 /* has it done, as the journal calls them */
    struct str why;                 /* of the epoch, for the journal; at most LIMIT_NOTE */
};
struct revive_told {
    uint32_t epoch;
    bool fenced;
    uint64_t records; /* taken from the replaced store */
    uint64_t events;  /* of its journal, behind the backup's position */
    struct position backup_at, now_at;
    const char *lost; /* static text: why it is fenced; "" where it is not */
};
/* In a write transaction of the store that was copied from the backup; the caller commits. */
enum ph_err revive(struct txn *txn, const struct revive_ask *ask, struct revive_told *out);

#endif
