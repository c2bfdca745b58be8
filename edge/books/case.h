/* The center's cases of oversell, kept so that staff see on the box whose order is short of what
 * (sync-protocol 5.3). The center decides; the hub reads.
 */
#ifndef BOOKS_CASE_H
#define BOOKS_CASE_H

#include "proto/arena.h"
#include "proto/cloud_case.h"
#include "proto/json.h"
#include "proto/pack.h"
#include "storage/store.h"

struct case_row {
    struct cloud_case said;
    int64_t since_at_ms, changed_at_ms; /* when the hub heard of it first, and last */
};
#define CASE_BYTES (512 + 96 * LIMIT_CASE_CLAIMS)

/* By object and generation, in `arena`. False: not there, or damaged: no order may wait for what
 * the center can say again. */
bool case_load(struct txn *txn, struct object object, struct str gen_id, struct arena *arena,
               struct case_row *out);
bool case_unpack(struct bytes packed, struct arena *arena, struct case_row *out);
void case_save(struct txn *txn, const struct case_row *k);
bool case_is_over(const struct case_row *k); /* COVERED or CLOSED */

/* One object: {"case","state","object_type","object_id","over","at_risk","supply","cause",
 * "ranking","confident","since_at_ms","changed_at_ms","claims":[{"side","order_id","line","qty",
 * "short","served","waived","wish"}],"left_out"}; quantities as on the LAN, wish and left_out where
 * there is something. With txn, channel and number of orders that are known here, read into
 * `arena`. */
void case_view(struct jw *w, const struct case_row *k, struct txn *txn, struct arena *arena);

#endif
