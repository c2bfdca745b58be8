/* The next batch of the journal for the center (sync-protocol 3.4, 4.3), as one JSON text: events
 * in order from a given one on, at most LIMIT_BATCH_EVENTS and LIMIT_BATCH_BYTES, at least one.
 * Reads one transaction, keeps nothing.
 */
#ifndef SYNC_BATCH_H
#define SYNC_BATCH_H

#include "proto/json.h"
#include "sync/position.h"
#include "sync/rows.h"

/* What a buffer must hold: the text, and behind it the room to write one given-up event. One event
 * of LIMIT_EFFECTS movements takes about 600 KiB, a third more as base64. */
#define BATCH_BUFFER (2u * 1024 * 1024)

struct batch_ask {
    const struct store_identity *store; /* as enrolled */
    const struct sync_position *known;
    uint64_t from_seq;              /* the events after this one, in the acked epoch */
    uint32_t most;                  /* events, 1..LIMIT_BATCH_EVENTS */
    uint64_t raw_seq;               /* this event is sent as given up, alone; 0: none */
    const struct rows_reader *rows; /* for the view (sync/batch_view.h); NULL: without one */
    struct object wants_after;      /* of the wants, those behind this object come first */
};
struct batch {
    struct str text;                        /* in the caller's buffer */
    uint64_t first_seq, last_seq, head_seq; /* last_seq = first_seq - 1: nothing waits */
    uint8_t tail[HASH_BYTES];               /* hash of last_seq */
    uint64_t wants_mark;                    /* of all wants in the store (storage/want.h) */
    struct object wants_after;              /* the last one that this batch holds */
};

/* Each batch holds the wants of the store, LIMIT_WANTS at most. Nothing waiting gives an empty
 * batch, which is legal. Failures leave *out undefined: PH_ERR_NOT_FOUND   the journal has not (any
 * more) the event to go on from, or has left the acked epoch: what is left of that one is for
 * salvage PH_ERR_BAD_RECORD  the first event is damaged (txn_fault names it); events before a
 * damaged one make a batch of their own PH_ERR_LIMIT       the one event is larger than the buffer
 */
enum ph_err batch_build(struct txn *txn, const struct batch_ask *ask, char buffer[BATCH_BUFFER],
                        struct batch *out);

/* One event as it stands in a batch. */
void batch_event(struct jw *w, const struct event *e);

#endif
