/* Events that were never acknowledged and can no longer be sent as they are, because the store has
 * another epoch by now, or another box has (sync-protocol 3.7): what is left of each old epoch, one
 * record an epoch, until the center has got it by /hub/salvage.
 *
 *   claim   the rest of every epoch below the new one is written down, with its end
 *   fence   the same, but the last one has no end: what a fenced box still does is salvage too
 *
 * A record moves with what the center has acknowledged and goes when it is at its end. The journal
 * keeps all events behind salvage_kept.
 *
 * Nothing holds it up for ever: an event whose record is damaged, or that the center cannot digest,
 * is sent as given up (sync-protocol 3.5), with what can be read of it. Where not even its hash can
 * be read, that is told as zeroes, and the event after it is given up too: the chain goes on there.
 */
#ifndef SYNC_SALVAGE_H
#define SYNC_SALVAGE_H

#include "sync/position.h"

#define SALVAGE_OPEN UINT64_MAX

struct salvage {
    struct position at; /* salvaged up to here */
    uint8_t hash[HASH_BYTES];
    uint64_t last_seq; /* the end, or SALVAGE_OPEN */
};
/* The oldest record behind epoch `after`; 0: of all. False: there is none. */
bool salvage_next(struct txn *txn, uint32_t after, struct salvage *out);

/* Writes down what is left of the epochs below `end` behind the acknowledged position. `open`: the
 * last of them goes on. A record that is there keeps its place; only its end is set. */
void salvage_begin(struct txn *txn, const struct store_identity *id,
                   const struct sync_position *known, uint32_t end, bool open);
/* The center has all of that epoch up to seq, or (back) no more than that. A place that the journal
 * or the list does not have changes nothing. */
void salvage_acked(struct txn *txn, const struct store_identity *id, struct position acked);
/* Its last event; the same as at.seq where nothing is left. `head` is the journal's last. */
uint64_t salvage_end(const struct salvage *s, struct position head);
/* How many events the records still hold; `head` is the journal's last. */
uint64_t salvage_left(struct txn *txn, struct position head);
/* Events up to here may be trimmed. */
struct position salvage_kept(struct txn *txn, struct position acked);

/* ---- what is sent ---- */

struct salvage_text {
    struct str text; /* in the caller's buffer */
    uint64_t last_seq;
};
struct salvage_ask {
    const struct store_identity *store;
    struct str box_id;
    struct position head; /* of the journal */
    uint32_t most;        /* events, 1..LIMIT_BATCH_EVENTS */
    uint64_t raw_seq;     /* this event is given up; 0: none */
};
/* The next events as one JSON text, at most LIMIT_BATCH_BYTES of them, at least one:
 *   {"brandId","poiId","box_id","epoch","first_seq","prev","events":[..]}
 * PH_ERR_NOT_FOUND: nothing waits; PH_ERR_LIMIT: the first one is larger than the buffer, whose
 * second half is room for given-up ones. */
enum ph_err salvage_build(struct txn *txn, const struct salvage_ask *ask, const struct salvage *s,
                          char *buffer, size_t n, struct salvage_text *out);

#endif
