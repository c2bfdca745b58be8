/* A center that knows only the base API (base-api.md; sync-protocol 4.2): rows are written and read
 * whole, a token says whether the row is the one that was seen last. What must be known of a row
 * from one exchange to the next, and what a row of such a center means here.
 *
 * `updated_at` is the token: opaque, echoed byte by byte. At that token the center's number holds
 * what the hub had sold up to H = h_t, and nothing after it; so a number that somebody else wrote
 * there is taken with the sales since then, and no sale is lost. A post whose answer did not come
 * is remembered: the number it wrote is known again when it is seen.
 */
#ifndef SYNC_LEGACY_H
#define SYNC_LEGACY_H

#include "proto/cloud_row.h"
#include "storage/journal.h"

struct legacy_row {
    struct object object;
    bool known; /* the center has said its row once */
    char token[LIMIT_TIME_TEXT + 1];
    int64_t h_t;
    uint64_t agreed; /* legacy_hash of what both had last; 0: nothing */
    bool in_flight;  /* a post with these two is not answered yet */
    int64_t sent_h_t, sent_real_t;
};
/* A row that was never exchanged is all zero but its object, and false. */
bool legacy_load(struct legacy_row *out, struct txn *txn, struct object object);
void legacy_save(const struct legacy_row *l, struct txn *txn);

#define LEGACY_BODY 8192 /* a row of STOCK_CHANNELS channels takes 2 KiB */
/* The row as the base API says it, under its token. A number below zero is said as 0: an oversold
 * row is sold out. */
struct str legacy_body(const struct stock_row *row, const struct legacy_row *l,
                       const struct store_identity *store, char buf[LEGACY_BODY]);
/* Of what the base API can say about a row. */
uint64_t legacy_hash(const struct stock_row *row);
int64_t legacy_real_t(const struct stock_row *row); /* as legacy_body says it */

/* A row of the center as one that the books can merge (edge/books/center.h with `again`). */
struct legacy_merge {
    struct cloud_row row; /* texts: `base_id`, and those of the row that was heard */
    char base_id[LIMIT_GEN_ID + 1];
};
/* The center's row was heard: `l` learns its token. True when it says something that `mine` does
 * not: *out is then to be merged in the transaction that saves `l`. `acked`: the hub's events that
 * the center has judged. The first row ever heard of an object is taken as it stands. */
bool legacy_hear(struct legacy_row *l, const struct stock_row *mine, const struct cloud_row *theirs,
                 struct position acked, struct legacy_merge *out);
/* `mine` goes out; and the center has taken it, which had that legacy_hash, under a new token (""
 * where it told none). */
void legacy_sent(struct legacy_row *l, const struct stock_row *mine);
void legacy_taken(struct legacy_row *l, uint64_t hash, struct str token);

#endif
