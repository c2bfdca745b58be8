/* Where the store stands with its center: one record, moved inside the writer's transaction
 * together with what it stands for (the rows of a pulled page, the events of an ack).
 *
 * The applied center version is not here: it is `center_version` of the journal's head, because
 * every event carries it. A transaction that moves it has the journal loaded anyway.
 */
#ifndef SYNC_POSITION_H
#define SYNC_POSITION_H

#include "proto/limits.h"
#include "storage/journal.h"

struct sync_position {
    struct position acked;          /* the center has all up to here; seq 0: nothing of the epoch */
    uint8_t acked_hash[HASH_BYTES]; /* its hash, or the epoch's genesis: `prev` of the next batch */
    int64_t acked_at_ms;            /* wall clock of the last ack that moved it; 0: none yet */
    uint32_t center_epoch;          /* versions compare as (center_epoch, ver) */
    bool full_pull;                 /* a pull of everything has begun and not ended ... */
    uint64_t full_pull_ver;         /* ... and goes on behind this version */
    struct position full_pull_acked; /* `acked` as it was when that pull began */
    char box_id[LIMIT_BOX_ID + 1];   /* as enrolled */
};

/* False: the store was never enrolled, or the record is damaged (then it sticks to txn). */
bool sync_position_load(struct sync_position *out, struct txn *txn);
void sync_position_save(const struct sync_position *p, struct txn *txn);

/* Enrolment or claim: `epoch` is ours, nothing of it is acknowledged. box_id (at most LIMIT_BOX_ID)
 * is copied; the center's epoch and the pull are kept. */
void sync_position_open(struct sync_position *p, const struct store_identity *id, uint32_t epoch,
                        struct str box_id);

/* What the center has said of its position in our journal, as the writer carries it out. */
struct sync_ack {
    uint64_t seq;             /* it has committed all up to here, in the acked epoch */
    bool has_tail;            /* false: the center has not said it */
    uint8_t tail[HASH_BYTES]; /* the hash that it has there */
    uint64_t ver_before, ver; /* its version before and after; equal: nothing of it is an echo */
    int64_t wall_ms;          /* now */
};
enum sync_acked {
    SYNC_MOVED,
    SYNC_STANDS, /* all of that was known: a repeated answer */
    SYNC_FORK, /* the center's event there is another one, or ours is not there: nothing changed */
};
/* Moves the position forward, never back. Where our applied version was the center's before, the
 * versions up to `ver` are our own echoes and the journal head takes them. */
enum sync_acked sync_position_ack(struct sync_position *p, struct journal *j,
                                  const struct sync_ack *ack);

/* A page of a pull of everything, which the books take in the same transaction. */
struct sync_page {
    bool moves; /* false: a page of another pull; nothing changes here */
    bool done;  /* it was the last one */
    uint64_t ver;
    struct position acked;
};
void sync_position_page(struct sync_position *p, const struct sync_page *page);

/* Failover: a center with a higher center_epoch has only what is up to acked_seq. True if this
 * center is newer than the one known; its epoch is then taken, the position goes back where it
 * must, and a pull of everything begins, because its versions are other ones. False, and nothing
 * changed: the center is not newer, or the journal no longer has the event to go on from. */
bool sync_position_failover(struct sync_position *p, struct txn *txn,
                            const struct store_identity *id, uint32_t center_epoch,
                            uint64_t acked_seq);

#endif
