/* The hash of one journal event: SHA-256 of the canonical JSON of
 * {"bh","cv","hlc","kind","prev","seq"} (sync-protocol 3.1), written directly: this is the busiest
 * text of the writer thread.
 */
#ifndef STORAGE_CHAIN_H
#define STORAGE_CHAIN_H

#include "storage/journal.h"

/* Uses at.seq, hlc, cv, kind and bh of the event. `out` may be e->hash. */
void chain_hash(const struct event *e, const uint8_t prev[HASH_BYTES], uint8_t out[HASH_BYTES]);

#endif
