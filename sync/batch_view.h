/* The hub's view of the rows that a batch has moved, as base API bodies: `objects` of a batch
 * (sync-protocol 4.3). For consumers that know nothing of events, and for the center to check its
 * own rows against; quantities are taken from the events.
 *
 * Only the batch that reaches the end of the journal has a view: rows read while more events wait
 * are not those after the batch.
 */
#ifndef SYNC_BATCH_VIEW_H
#define SYNC_BATCH_VIEW_H

#include "proto/json.h"
#include "sync/position.h"
#include "sync/rows.h"

#define VIEW_OBJECTS 200 /* what is more is left out; nothing is lost with it */

/* Writes one value for each row that the events in (from_seq, upto_seq] have moved, into an array
 * that is open; rows that do not fit any more are left out. */
void batch_view_write(struct jw *w, struct txn *txn, const struct rows_reader *reader,
                      uint32_t epoch, uint64_t from_seq, uint64_t upto_seq);

#endif
