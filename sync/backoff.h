/* When the hub asks the center again (sync-protocol 6.2), so that 20,000 hubs that lost the line
 * together do not come back together. Pure: the failures are counted here, the time is the
 * caller's, the chance comes in as `dice`. All spans are milliseconds to wait from now.
 *
 * Where the spans no longer grow, the lower half is left out: hubs that have failed that often are
 * spread already, and it costs most attempts. So the last is back after 40 s, not after 60, and a
 * center that comes back is asked by no more at once (tools/bench fleet).
 *
 *   line lost         -> backoff_first_ms    spread over 30 s, or 2 s for a young connection
 *   line was stuck    -> backoff_stuck_ms    1 s: each hub finds out at a time of its own
 *   attempt failed    -> backoff_next_ms     full jitter U(0, 1 s * 2^n); at last U(19 s, 38 s)
 *   center named one  -> backoff_guided_ms   429 or 503: its span, then U(0, 2 s)
 *   attempt worked    -> backoff_reset
 */
#ifndef SYNC_BACKOFF_H
#define SYNC_BACKOFF_H

#include <stdint.h>

#define BACKOFF_SPREAD_MS    30000  /* first attempt after an old connection dropped */
#define BACKOFF_YOUNG_MS     2000   /* the same after a young one */
#define BACKOFF_STUCK_MS     1000   /* the same after one that was open and silent */
#define BACKOFF_OLD_AFTER_MS 600000 /* a connection of this age is old */
#define BACKOFF_OLD_FAILURES 5      /* and what its drop counts as */
#define BACKOFF_STEP_MS      1000
#define BACKOFF_MAX_MS       38000              /* and from then on half of it at least */
#define BACKOFF_SLOT_SPAN_MS 2000               /* spread behind a span that the center named */
#define BACKOFF_ASKED_MAX_MS (60LL * 60 * 1000) /* a center that names more is not believed */

/* Chance, from outside. `roll` gives 64 even random bits. */
struct dice {
    uint64_t (*roll)(void *ctx);
    void *ctx;
};

/* All zeroes: nothing has failed. */
struct backoff {
    uint32_t failures; /* in a row */
};

/* `connected_ms`: how long the connection that dropped had lasted; 0: there was none. Failures
 * start over: after a young connection with none; an old one was perhaps everybody's, so what
 * follows its first attempt is spread as widely (short steps would meet a center that comes back
 * within half a minute with 6,500 attempts a second). */
int64_t backoff_first_ms(struct backoff *b, int64_t connected_ms, const struct dice *dice);
/* The same for a connection that was open and silent. Whoever hangs up on it does so some seconds
 * after it had something to say: hubs that got stuck together come back as spread as they talk. */
int64_t backoff_stuck_ms(struct backoff *b, int64_t connected_ms, const struct dice *dice);
/* Counts one more failure; n of the formula is the failures in a row, this one included. */
int64_t backoff_next_ms(struct backoff *b, const struct dice *dice);
/* `asked_ms` is what the center named; it is cut to 0..BACKOFF_ASKED_MAX_MS. */
int64_t backoff_guided_ms(int64_t asked_ms, const struct dice *dice);
void backoff_reset(struct backoff *b);

#endif
