/* A claim (sync-protocol 3.7): this box asks the center to open an epoch for it, and takes the
 * store over with what the answer brings.
 *
 * That a claim is wanted is a record, written before the center is asked and gone with the
 * transaction that takes the answer: so an answer that was lost, or a hub that was killed, leads to
 * the same question again, and not to a box that the center fences because it never learned of its
 * own epoch.
 */
#ifndef SYNC_CLAIM_H
#define SYNC_CLAIM_H

#include "proto/cloud_row.h"
#include "proto/wire.h"
#include "sync/position.h"

/*  X(enum, what the journal says of it) */
#define CLAIM_REASON_LIST(X)                                                                       \
    X(CLAIM_BY_HAND, "CLAIM")       /* poshubctl cloud enrol or claim */                           \
    X(CLAIM_NEW_EPOCH, "NEW_EPOCH") /* the store opened one that the center does not know */       \
    X(CLAIM_ROLLBACK, "ROLLBACK")   /* the disk is older than what the center has */               \
    X(CLAIM_LATE, "ENROLMENT")      /* the first events of the store have gone */
enum claim_reason {
#define X(e, name) e,
    CLAIM_REASON_LIST(X)
#undef X
        CLAIM_REASON_COUNT
};
const char *claim_reason_name(enum claim_reason reason);

struct claim_wish {
    enum claim_reason reason;
    char token[LIMIT_TOKEN + 1]; /* "": the certificate alone has to do */
};
/* False: there is none, or the record is damaged (then it sticks to txn). */
bool claim_wish_load(struct claim_wish *out, struct txn *txn);
/* One that has a token is not replaced by one that has none. */
void claim_wish_save(const struct claim_wish *wish, struct txn *txn);
void claim_wish_drop(struct txn *txn);

/* What the books get, with the rows of the report. */
struct claim_taken {
    uint32_t epoch, center_epoch;
    uint64_t ver;
    struct position acked; /* what the center had of this box; {0,0}: it never had any */
    enum claim_reason reason;
    const struct json *orders; /* array, or NULL */
};

/* ---- what is said, and what was answered ---- */

#define CLAIM_PATH "/api/v1/poi/hub/claim"
/* `epoch`: the highest that the store or a device has seen. The text is in `buf`. */
struct str claim_encode(const struct store_identity *id, struct str box_id,
                        const struct claim_wish *wish, uint32_t epoch, char *buf, size_t n);

struct claim_reply {
    uint32_t epoch, center_epoch;
    uint64_t ver, next_ver;
    const struct json *rows, *orders; /* arrays */
    uint64_t orders_left_out;         /* open ones that the answer had no room for */
    bool more;
    struct hlc server_hlc;
};
enum code claim_decode(const struct json *v, struct claim_reply *out, char path[FIELD_PATH]);

#endif
