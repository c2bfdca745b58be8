/* The uplink's mind (sync-protocol 3.4, 3.5, 4.3, 6.2): what to do next, and what an answer of the
 * center means. Pure: no store, no connection; monotonic times and chance come in, one step and
 * verdicts come out. Whoever drives it asks uplink_next, does that, and reports what came of it.
 *
 *              | next says        | reports that move it
 *   AWAY       | WAIT, then HELLO | hello_sent -> GREETING
 *   GREETING   | IDLE             | hello good -> READY; bad -> AWAY; not our history -> HALTED
 *   READY      | SEND, WAIT, IDLE | sent -> FLYING; build_failed -> READY, later
 *              |                  | lost, ask_again -> AWAY
 *   FLYING     | IDLE             | acked, gap -> READY; wait, too large -> READY; anything else
 *              |                  | -> AWAY; not our history -> HALTED
 *   HALTED     | HALT             | only uplink_open, after a claim, gets out of it
 *
 * uplink_halt leads to HALTED from everywhere; an answer that comes then counts no more.
 *
 * One batch is in flight at most. After a failure a hello comes before the next batch: so a batch
 * that fails again and again is known to fail while the center as a whole is there, a lost answer
 * is learned instead of repeated, and a center that is coming back says how fast it may be asked.
 * An answer to a batch from a center that has failed over leads to a hello too, and so does a push
 * from it (uplink_ask_again).
 */
#ifndef SYNC_UPLINK_H
#define SYNC_UPLINK_H

#include "proto/cloud_batch.h"
#include "sync/backoff.h"
#include "sync/batch.h"
#include "sync/halving.h"

#define UPLINK_LINGER_MS 150

/*  X(enum, name in status and log) */
#define UPLINK_STATE_LIST(X)                                                                       \
    X(UPLINK_AWAY, "away")                                                                         \
    X(UPLINK_GREETING, "greeting")                                                                 \
    X(UPLINK_READY, "ready")                                                                       \
    X(UPLINK_FLYING, "flying")                                                                     \
    X(UPLINK_HALTED, "halted")
enum uplink_state {
#define X(e, name) e,
    UPLINK_STATE_LIST(X)
#undef X
        UPLINK_STATE_COUNT
};
const char *uplink_state_name(enum uplink_state state);

struct uplink {
    enum uplink_state state;
    uint32_t epoch, center_epoch;
    uint64_t from_seq, head_seq;  /* acknowledged as far as is known here; the journal's last */
    uint64_t first_seq, last_seq; /* in flight */
    uint8_t tail[HASH_BYTES];     /* hash of last_seq */
    int64_t wait_until_ms;        /* AWAY and READY: nothing before */
    int64_t waiting_since_ms;     /* READY: the oldest event that no batch has held; -1: none */
    int64_t good_since_ms;        /* the center has answered well since then; -1: it does not */
    bool stuck;                   /* the last one that got no answer: nothing moved any more */
    bool gapped;                  /* one SEQ_GAP was obeyed since the last ack or hello */
    bool urgent;                  /* the next batch has something that must not linger */
    struct halving halving;
    struct backoff backoff;
};

enum uplink_do {
    UPLINK_IDLE,  /* wait for news or for an answer */
    UPLINK_WAIT,  /* ask again at until_ms */
    UPLINK_HELLO, /* say hello, then uplink_hello_sent */
    UPLINK_SEND,  /* batch_build with from_seq, most, raw_seq; then uplink_sent or _build_failed */
    UPLINK_HALT,  /* this box may not speak for the store: claim a new epoch */
};
struct uplink_step {
    enum uplink_do what;
    int64_t until_ms;
    uint64_t from_seq, raw_seq;
    uint32_t most;
};

/*  X(enum, what it says to people) */
#define UPLINK_TROUBLE_LIST(X)                                                                     \
    X(UPLINK_FINE, "")                                                                             \
    X(UPLINK_NO_ANSWER, "the center does not answer")                                              \
    X(UPLINK_SLOWED, "the center asks to wait")                                                    \
    X(UPLINK_FAILING, "the center fails on what it is sent")                                       \
    X(UPLINK_REFUSED, "the center refuses this box")                                               \
    X(UPLINK_OLD_CENTER, "the center knows the base interface only")                               \
    X(UPLINK_NONSENSE, "the center's answer makes no sense")                                       \
    X(UPLINK_FENCED, "another box speaks for this store now")                                      \
    X(UPLINK_FORKED, "the center knows another history of this store: it was rolled back")
enum uplink_trouble {
#define X(e, text) e,
    UPLINK_TROUBLE_LIST(X)
#undef X
};
const char *uplink_trouble_text(enum uplink_trouble trouble);

/* What an answer asks of the others. All zeroes: nothing. */
struct uplink_verdict {
    enum uplink_trouble trouble;
    bool ack; /* the writer is to carry out `acked` (its wall_ms is the shell's to set) */
    struct sync_ack acked;
    bool failover; /* before that: sync_position_failover with these two */
    uint32_t center_epoch;
    uint64_t center_acked_seq;
    uint64_t gave_up_seq; /* acknowledged blindly: its rows need a ROW_STATE; 0: none */
    bool halt;            /* no new locks until a claim (4004) */
};

/* At the start, after enrolment and after a claim; no answer may be under way. */
void uplink_open(struct uplink *u, const struct sync_position *known, uint64_t head_seq,
                 int64_t now_ms, const struct dice *dice);
/* The journal has grown to head_seq. */
void uplink_news(struct uplink *u, uint64_t head_seq, int64_t now_ms);
/* There is a want that the center has not heard, or (false) none any more: READY sends at once, if
 * need be a batch without events. */
void uplink_urge(struct uplink *u, bool urgent);
/* The center has failed over, a push says: a hello asks what it has lost. */
void uplink_ask_again(struct uplink *u, int64_t now_ms);
/* Somebody wants to see it tried now: whatever waits for a later time waits no more. */
void uplink_hurry(struct uplink *u, int64_t now_ms);
struct uplink_step uplink_next(const struct uplink *u, int64_t now_ms);
/* The SEND with which an idle line says that the hub is there: whatever waits, or an empty batch.
 * Only while READY. */
struct uplink_step uplink_beat(const struct uplink *u);

void uplink_hello_sent(struct uplink *u);
void uplink_sent(struct uplink *u, const struct batch *batch);
/* The writer has found a fork (sync_position_ack): the center knows another history. */
void uplink_halt(struct uplink *u);
/* Something else than a hello or a batch got no answer: a hello comes before anything more. Only
 * while READY. */
void uplink_lost(struct uplink *u, bool stuck, int64_t now_ms, const struct dice *dice);
/* No batch could be made (batch_build): a damaged event, or one that is gone. Tried again after a
 * while; the shell has the reason and raises the alert. */
void uplink_build_failed(struct uplink *u, int64_t now_ms, const struct dice *dice);

/* The answer to a hello or a batch. */
struct uplink_answer {
    bool came;                             /* false: no connection, no trust, no answer in time */
    bool stuck;                            /* and it did not because nothing moved any more */
    int64_t status;                        /* of HTTP */
    int64_t retry_after_ms;                /* of the header; -1: none */
    const struct cloud_error *error;       /* status not 200; NULL: the body said nothing */
    const struct cloud_hello_reply *hello; /* status 200 to a hello; NULL: it was nonsense */
    const struct cloud_sync_reply *sync;   /* status 200 to a batch; NULL: it was nonsense */
};
struct uplink_verdict uplink_hello_answered(struct uplink *u, const struct uplink_answer *a,
                                            int64_t now_ms, const struct dice *dice);
/* The reply's rows and `dead` are the caller's: rows to the books, in the same transaction before
 * the ack; dead ones get a ROW_STATE. */
struct uplink_verdict uplink_answered(struct uplink *u, const struct uplink_answer *a,
                                      int64_t now_ms, const struct dice *dice);

#endif
