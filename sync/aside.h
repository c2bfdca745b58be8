/* What the center could not take: events that it has set aside (dead letters, sync-protocol 3.5),
 * each with its reason. Their rows are said again (ROW_STATE) and nothing waits for them, but they
 * stay on this list, for whoever asks what the cloud lacks, until they are dropped by hand or the
 * list is full of newer ones.
 */
#ifndef SYNC_ASIDE_H
#define SYNC_ASIDE_H

#include "storage/journal.h"

#define LIMIT_ASIDE        1000 /* then the oldest go; a store has a handful in a year */
#define LIMIT_ASIDE_REASON 32

struct aside {
    struct position at;
    int64_t at_ms;     /* when the center said so; wall clock */
    bool gave_up;      /* the center fell over it each time: sent raw, to be stored as it is */
    struct str reason; /* "UNKNOWN_KIND"; cut at LIMIT_ASIDE_REASON; lives as long as the txn */
};
/* Once more of the same event changes nothing. */
void aside_put(struct txn *txn, const struct aside *a);
/* False: it is not on the list. */
bool aside_drop(struct txn *txn, struct position at);
bool aside_get(struct txn *txn, struct position at, struct aside *out);

/* Oldest first, behind `after`; {0, 0} from the beginning. */
struct aside_scan {
    struct scan scan;
};
struct aside_scan aside_scan_begin(struct txn *txn, struct position after);
bool aside_scan_next(struct aside_scan *s, struct aside *out);
void aside_scan_end(struct aside_scan *s);
uint32_t aside_count(struct txn *txn);

#endif
