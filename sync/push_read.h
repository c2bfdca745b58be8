/* A message of the cloud's broker, read: what the shell may have of it, or why it may not. Whatever
 * comes in changes nothing here; a message that is refused is only counted, by this name.
 */
#ifndef SYNC_PUSH_READ_H
#define SYNC_PUSH_READ_H

#include "proto/cloud_batch.h"
#include "proto/cloud_case.h"
#include "proto/cloud_order.h"
#include "storage/journal.h"
#include "sync/queue.h"

/*  X(enum, name in status and metrics) */
#define PUSH_REFUSAL_LIST(X)                                                                       \
    X(PUSH_OVERSIZED, "oversized")     /* more than LIMIT_PACKET_BYTES */                          \
    X(PUSH_MALFORMED, "malformed")     /* no message of the protocol */                            \
    X(PUSH_FOREIGN, "foreign_store")   /* of another store, or on another topic */                 \
    X(PUSH_UNVERSIONED, "unversioned") /* of a center that knows only the base API */              \
    X(PUSH_STALE, "stale")             /* the books have it; this and the next two: the shell */   \
    X(PUSH_FORMER, "former_center")    /* from before the center failed over */                    \
    X(PUSH_EARLY, "early")             /* a hello or a pull of everything comes first */           \
    X(PUSH_NO_ROOM, "no_room")         /* the shell was behind; a pull brings it */
enum push_refusal {
#define X(e, name) e,
    PUSH_REFUSAL_LIST(X)
#undef X
        PUSH_REFUSAL_COUNT /* also: none */
};
const char *push_refusal_name(enum push_refusal refusal);

struct push_letter {
    struct letter letter;
    bool head;                 /* only `ver` counts */
    enum cloud_item_kind kind; /* UNKNOWN: its version counts, nothing else */
    uint64_t prev_ver, ver;
    uint32_t center_epoch; /* 0: not said */
    struct hlc hlc;
    struct cloud_row row;     /* kind STOCK */
    struct cloud_order order; /* kind ORDER */
    struct cloud_case found;  /* kind OVERSELL */
    struct json *doc;         /* what they borrow from */
    struct arena arena;
};
/* A letter of the caller's, or NULL and *refusal. `leaf` is the last part of the topic. NULL with
 * PUSH_NO_ROOM: out of memory. */
struct push_letter *push_read(const struct store_identity *store, struct str leaf,
                              struct str payload, enum push_refusal *refusal);
void push_letter_free(struct push_letter *letter); /* NULL is fine */

#endif
