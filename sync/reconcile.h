/* The mind of reconciliation (sync-protocol 4.8): when to compare the rows with the center, what to
 * ask next, and what a difference means. Pure: no store, no connection; the rows' digests, answers
 * and monotonic times come in, one step comes out.
 *
 *           | next says              | moved by
 *   REST    | IDLE; ASK ROOT if due  | asked -> ROOT
 *   ROOT    | ASK ROOT               | roots equal -> REST, the rows are equal; else -> LIST
 *   LIST    | ASK LIST from `after`  | more -> LIST; none differs -> REST; else -> ROWS
 *   ROWS    | ASK ROWS               | equal by now -> REST; else -> REPAIR, or where that was
 *           |                        | tried -> REST, with a mismatch
 *   REPAIR  | REPAIR                 | repaired -> SETTLE
 *   SETTLE  | IDLE; ASK ROWS drained | -> ROWS
 *
 * A question without a good answer leads to REST and is asked again after a while. Root, list and
 * rows are three exchanges; equal books cost one. It compares once after each reconnect, every
 * RECONCILE_EVERY_MS, and on demand, always when nothing waits to be sent: a busy row would only be
 * left out.
 */
#ifndef SYNC_RECONCILE_H
#define SYNC_RECONCILE_H

#include "proto/cloud_digest.h"

#define RECONCILE_EVERY_MS   600000
#define RECONCILE_RETRY_MS   60000 /* after a question that was not answered */
#define RECONCILE_DIFFER_MAX 64    /* rows of one ROW_STATE; the rest differs again next time */

enum reconcile_state {
    RECONCILE_REST,
    RECONCILE_ROOT,
    RECONCILE_LIST,
    RECONCILE_ROWS,
    RECONCILE_REPAIR,
    RECONCILE_SETTLE
};

/* What came of the last comparison that came to an end. */
struct reconcile_result {
    uint32_t rounds;   /* ends so far; 0: never compared */
    uint32_t compared; /* rows on this side, without those left out */
    uint32_t left_out; /* rows with changes on their way, up or down */
    uint32_t differed; /* rows found to differ ... */
    uint32_t repaired; /* ... of which equal after the repair ... */
    uint32_t stuck;    /* ... and of which not: VIEW_MISMATCH */
};
struct reconcile {
    enum reconcile_state state;
    int64_t due_ms;
    bool demanded;       /* a person asked: due at once */
    bool tried;          /* ROW_STATE was said in this round */
    struct object after; /* LIST: the last one compared; id 0: none */
    struct object differ[RECONCILE_DIFFER_MAX];
    uint32_t n_differ;
    struct reconcile_result now, last; /* of this round; of the last that came to its end */
};

enum reconcile_do { RECONCILE_IDLE, RECONCILE_WAIT, RECONCILE_ASK, RECONCILE_MEND };
struct reconcile_step {
    enum reconcile_do what;
    int64_t until_ms;            /* WAIT */
    enum cloud_digest_want want; /* ASK; LIST goes on after r->after; ROWS: those of r->differ */
}; /* MEND: take the center's rows of r->differ as they are, say ROW_STATE for them */

/* At the start: due with the first connection. */
void reconcile_open(struct reconcile *r, int64_t now_ms);
/* The center answers again after it did not: due as soon as all is sent. A round under way ends. */
void reconcile_connected(struct reconcile *r, int64_t now_ms);
void reconcile_demand(struct reconcile *r); /* "sync diff" */
/* `drained`: the center has acknowledged the whole journal. */
struct reconcile_step reconcile_next(const struct reconcile *r, bool drained, int64_t now_ms);

/* ---- what came of an ASK ---- */

/* `ours` are the digests of all rows that count and have no event on its way; those that the center
 * left out are taken out here. Both rise by object. */
void reconcile_root(struct reconcile *r, const struct digest_pair *ours, size_t n, uint32_t hot,
                    const struct cloud_digest_reply *theirs, int64_t now_ms);
void reconcile_list(struct reconcile *r, const struct digest_pair *ours, size_t n,
                    const struct cloud_digest_reply *theirs, int64_t now_ms);
/* Which rows of r->differ are still different, in that order; `hot`: one of them has a change on
 * its way, so that nothing can be said of it (a repair waits for it, a verdict does not name it).
 */
struct reconcile_look {
    bool differs, hot;
};
void reconcile_rows(struct reconcile *r, const struct reconcile_look *looks, int64_t now_ms);
/* The writer has taken the rows and said ROW_STATE. */
void reconcile_mended(struct reconcile *r);
/* No answer, or no sense in it, or the writer could not. `never`: this center cannot compare. */
void reconcile_failed(struct reconcile *r, bool never, int64_t now_ms);

#endif
