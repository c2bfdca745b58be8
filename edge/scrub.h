/* Reads every record of the store, a slice a tick, so that damage has a name before somebody needs
 * the record: soon after the start, then once a day, once an hour while there is damage.
 *
 * Only checksums are looked at: what a record means is the audit's matter (edge/verify).
 */
#ifndef EDGE_SCRUB_H
#define EDGE_SCRUB_H

#include "storage/key.h"
#include "storage/store.h"

#define SCRUB_NAME 128
struct scrub {
    struct key from; /* where the pass goes on; empty: at the table's beginning */
    enum table table;
    bool running;
    int64_t next_ms;        /* when the next pass begins, in the caller's clock */
    uint64_t bad, found;    /* damaged records: of this pass so far, of the last whole one */
    char first[SCRUB_NAME]; /* the first one of this pass: table and key; "" without one */
};
/* One slice, logging each damaged record. True when a pass has ended: found and first are its
 * result until the next call. All zero is a scrub whose first pass begins at once. */
bool scrub_step(struct scrub *s, struct store *store, int64_t now_ms);

#endif
