/* The puller's mind (sync-protocol 4.5): how a pull goes once one is wanted. Pure, as sync/uplink
 * is; whoever drives it asks pull_due_ms and pull_query, posts that, and reports what came of it.
 *
 *   a page with more   the next one at once, from where the books stand
 *   the last page      the pull is over, the books are level with the center
 *   410                the center has forgotten deletions since then: everything, from version 0
 *   new center_epoch   its versions are other ones: everything, from version 0
 *   a head below ours  its versions were lost, or we believed a wrong push. A replica may lag, so
 * it is asked again; said twice in a row, BEHIND_MS apart: everything no answer          the
 * uplink's: a hello comes first, then the same page again anything else      the same page again,
 * after a while (sync/backoff)
 *
 * A pull of everything survives a restart: where it stands is in sync_position, which moves in the
 * transaction that takes the page.
 */
#ifndef SYNC_PULL_H
#define SYNC_PULL_H

#include "proto/cloud_batch.h"
#include "sync/uplink.h"

#define PULL_NEVER INT64_MAX
#define PULL_BEHIND_MS                                                                             \
    10000 /* a replica that lags longer is told from no center that lost some                      \
           */

struct pull {
    bool due;   /* a pull is wanted, or not at its end */
    bool again; /* and once more after that */
    bool full;
    uint64_t full_ver;          /* everything up to here has come; 0: nothing yet */
    struct position full_acked; /* what the center had of the journal when it began */
    int64_t wait_until_ms;
    bool behind; /* the last answer told a head below ours, and the first such of a row came then */
    int64_t behind_since_ms;
    struct backoff backoff;
};

/* At the start and whenever the store is looked at afresh; what was wanted stays wanted. */
void pull_open(struct pull *p, const struct sync_position *known);
/* Somebody misses something: a push, a head, the clock, people. */
void pull_ask(struct pull *p);
/* The center has said its head in a hello and lets us in at that time; the books stand at
 * `applied`. */
void pull_greeted(struct pull *p, uint64_t head_ver, uint64_t applied, int64_t go_at_ms);
void pull_hurry(struct pull *p); /* whatever waits for a later time waits no more */
int64_t pull_due_ms(const struct pull *p, int64_t now_ms);

struct pull_query {
    uint64_t since_ver;
    bool full;
};
struct pull_query pull_query(const struct pull *p, uint64_t applied);

struct pull_verdict {
    enum uplink_trouble trouble; /* FINE, or why this page comes again */
    bool lost;                   /* no answer: uplink_lost */
    bool take;                   /* the page goes to the books, as follows (edge/books/center.h) */
    bool full_begins, full_ends;
    uint64_t prev_ver, ver;
    struct sync_page page; /* what the position then says */
    bool done;             /* level with the center, once the books have taken it */
};
/* `found`: of a 200 that made sense; NULL otherwise. `acked`: as the store stands now. */
struct pull_verdict pull_answered(struct pull *p, const struct pull_query *q,
                                  const struct uplink_answer *a,
                                  const struct cloud_find_reply *found, struct position acked,
                                  int64_t now_ms, const struct dice *dice);
/* The books have the page of the last verdict. */
void pull_taken(struct pull *p, const struct pull_verdict *v);
/* They could not take it: it comes again, after a while. */
void pull_failed(struct pull *p, int64_t now_ms, const struct dice *dice);

#endif
