/* The downlink's mind (sync-protocol 4.4, 4.5): which pushes go to the books and how far they move
 * the version applied, and when something is missing, so that a pull is due. Pure: no store, no
 * connection; monotonic times come in. How a pull goes is sync/pull's.
 *
 * What is heard, and what follows:
 * - push, prev_ver <= reached: its row goes to the books; reached moves to ver, and over all that
 *   is held behind it
 * - push, prev_ver > reached: its row goes to the books; the span is held; a pull is due in 300 ms
 *   unless the gap closes, at once when too many are held
 * - push, ver <= applied: stale
 * - head ahead of reached: a pull is due in 1 s unless pushes come closer; at once when it is the
 *   first since the line to the broker is up
 * - the center itself says a head below applied: a pull is due at once, which finds out more
 * - pushes lost on this side: a pull is due at once
 * - nothing: a pull is due after 60 s without a broker, after 15 min with one
 * - while everything is pulled, and before the center has accepted our history in a hello: pushes
 *   are dropped; one more pull is due at the end
 * - anything of another center epoch: dropped; of a higher one a hello is due, once
 *
 * A broker that is there and tells no head may have lost all it had: what came while it was there
 * counts as heard only with a head. Whatever a pull did not confirm, a head or a held span, is
 * forgotten with it: the message was wrong.
 *
 * The version applied is what the books say it is: `applied` is only ever copied from an outcome.
 * `reached` runs ahead of it while one command is at the writer.
 */
#ifndef SYNC_DOWNLINK_H
#define SYNC_DOWNLINK_H

#include <stdbool.h>
#include <stdint.h>

#define DOWNLINK_HELD     64 /* spans behind a gap: more pushes than a broker has under way */
#define DOWNLINK_GAP_MS   300
#define DOWNLINK_HEAD_MS  1000
#define DOWNLINK_QUIET_MS (15LL * 60 * 1000) /* between pulls while the broker would tell */
#define DOWNLINK_DEAF_MS  60000              /* and while it cannot */
#define DOWNLINK_NEVER    INT64_MAX

struct downlink_span { /* versions in (prev_ver, ver] */
    uint64_t prev_ver, ver;
};
struct downlink_held {
    struct downlink_span span;
    bool asked; /* the pull that was asked for since brings it, or it does not exist */
};
struct downlink {
    uint64_t applied, reached;
    uint64_t head;       /* the highest version heard of */
    uint64_t asked_head; /* the same when a pull was asked for */
    struct downlink_held held[DOWNLINK_HELD];
    uint32_t n_held;
    int64_t gap_since_ms, behind_since_ms; /* -1: there is none */
    int64_t pulled_ms;                     /* the last pull ended, or the line was opened */
    bool up;                               /* the broker */
    bool fresh;                            /* no head was heard since it is up */
    bool due;                              /* a pull, at once */
    bool asked;                            /* it was asked for and has not ended */
    bool full;                             /* everything is being pulled */
    bool greeted;                          /* the center knows this history */
    uint32_t center_epoch, next_epoch;     /* of the books; the highest heard of */
};

void downlink_open(struct downlink *d, uint64_t applied, int64_t now_ms);

/* The center has accepted this history in a hello, or may not any more: until then a row of another
 * history would pass for ours. center_epoch: whose versions the books hold; 0: not known yet. */
void downlink_greeted(struct downlink *d, bool greeted, uint32_t center_epoch);

/* ---- what is heard ---- */

/* Whose a message is; comes before all else that is done with it. */
enum downlink_sender {
    DOWNLINK_OURS,   /* of the center that the books follow; also where it does not say */
    DOWNLINK_FORMER, /* from before that one failed over, kept by a broker: dropped */
    DOWNLINK_NEXT,   /* the center has failed over since: dropped, and a hello is due ... */
    DOWNLINK_LATEST, /* ... which somebody was told already: dropped */
};
enum downlink_sender downlink_sender(struct downlink *d, uint32_t center_epoch);
/* What a push asks of the books. */
enum downlink_verdict {
    DOWNLINK_TAKE,  /* its row goes to the books */
    DOWNLINK_STALE, /* they have it */
    DOWNLINK_LATER, /* a pull brings it */
};
enum downlink_verdict downlink_push(struct downlink *d, struct downlink_span span, int64_t now_ms);
/* What the next command has to say of versions (center_rows.prev_ver and .ver) besides the rows of
 * all pushes taken since the last; ver 0: the version stays. There may be something to say with no
 * row at all, when a gap closed by itself. */
struct downlink_span downlink_taken(const struct downlink *d);
void downlink_head(struct downlink *d, uint64_t ver, int64_t now_ms);
/* The head, from the center itself over HTTPS, where no message of the past can come between. */
void downlink_told(struct downlink *d, uint64_t ver, int64_t now_ms);
/* The broker is there, or gone. */
void downlink_line(struct downlink *d, bool up, int64_t now_ms);
/* Pushes came and could not be kept, or the books could not take them. */
void downlink_lost(struct downlink *d);

/* ---- what the books and the puller say ---- */

/* The books stand at `applied`, and no command with pushes is at the writer. */
void downlink_applied(struct downlink *d, uint64_t applied, int64_t now_ms);
/* Everything is being pulled, or no more. At the end the books may stand lower than before. */
void downlink_full(struct downlink *d, bool full);
/* A pull has ended well, whoever asked for it: the books are level with the center, and heads from
 * before it count no more. */
void downlink_pulled(struct downlink *d, uint64_t applied, int64_t now_ms);

/* When to ask for a pull: now_ms or earlier is at once. */
int64_t downlink_due_ms(const struct downlink *d);
/* It was asked for: no second one before downlink_pulled. */
void downlink_asked(struct downlink *d);

#endif
