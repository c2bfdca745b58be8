/* The writer's side of the cloud line: what the center has said, carried out inside the writer's
 * transaction (architecture.md: acks and positions are commands like any other). Reads no clock,
 * does no I/O, logs nothing; errors stick to the transaction.
 */
#ifndef SYNC_EXECUTE_H
#define SYNC_EXECUTE_H

#include "proto/cloud_batch.h"
#include "sync/aside.h"
#include "sync/claim.h"
#include "sync/legacy.h"
#include "sync/salvage.h"

enum sync_verb {
    SYNC_OPEN,  /* the store has no position yet: its present epoch is sent from its first event */
    SYNC_HEARD, /* an answer of the center: failover, then ack, clock, fence; each may be missing */
    SYNC_FORGET,  /* `forget` goes from the list of what was set aside: its rows are said again */
    SYNC_WISH,    /* a claim is wanted; with `fence` no new locks until it is there */
    SYNC_CLAIMED, /* the books have opened the epoch of `claimed`: the line begins with it, and what
                   * the center lacks of older ones is salvage */
    SYNC_SALVAGED, /* the center has the old events up to `salvaged` */
};

/* A center clock further ahead of ours than this is not believed. */
#define SYNC_CLOCK_AHEAD_MS (24LL * 3600 * 1000)
/* 1 January 2026: no center's clock was right before there was this protocol. */
#define SYNC_CLOCK_OLDEST_MS 1767225600000LL

struct sync_command {
    enum sync_verb verb;
    int64_t wall_ms;               /* now, disciplined; the shell's to set */
    char box_id[LIMIT_BOX_ID + 1]; /* OPEN */
    bool failover;                 /* sync_position_failover with these two */
    uint32_t center_epoch;
    uint64_t center_acked_seq;
    bool ack; /* its wall_ms is taken from above */
    struct sync_ack acked;
    const struct cloud_dead *dead; /* of the acked epoch, borrowed; they are set aside */
    uint16_t n_dead;
    uint64_t gave_up_seq; /* so is this one, which the center never could read; 0: none */
    struct position forget;
    struct sync_page page; /* the rows of the same command are one of a pull of everything */
    const struct legacy_row *legacy; /* HEARD: borrowed; they are saved */
    uint32_t n_legacy;
    struct hlc server_hlc; /* l_ms 0: the center said none */
    bool fence; /* another box speaks for the store: no new locks, and what the center has
                 * not got by now is salvage */
    struct claim_wish wish;
    const struct claim_taken *claimed; /* borrowed; with box_id */
    struct position salvaged;
};

enum sync_done {
    SYNC_OK,
    SYNC_NOT_OPEN,  /* HEARD: there is no position */
    SYNC_TOO_LATE,  /* OPEN: the first events of the epoch have gone; nothing changed */
    SYNC_UNKNOWN,   /* FORGET: it is not on the list; CLAIMED: the books have not opened it */
    SYNC_DISAGREES, /* the center's event at its position is not ours; the ack changed nothing */
};
struct sync_result {
    enum sync_done done;
    struct sync_position position; /* as it stands now; not with NOT_OPEN and TOO_LATE */
    struct position kept;          /* with it: events up to here may be trimmed */
    uint64_t applied_ver;          /* the center's version, as it stands now */
};
/* What goes to the writer and comes back. */
struct sync_work {
    struct sync_command command;
    struct sync_result result;
};

/* `j` is the transaction's own journal head, which the caller saves. */
void sync_execute(struct sync_work *work, struct journal *j, const struct store_identity *id);

#endif
