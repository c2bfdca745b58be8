/* The writer thread's side of the hub: runs commands through the books, and those of the cloud line
 * through sync/execute, one transaction for all that wait, and hands the outcomes back to the loop.
 * Between the two threads only requests move, and the settings of the books, by copy.
 */
#ifndef EDGE_CLERK_H
#define EDGE_CLERK_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "edge/clock.h"
#include "edge/request.h"

struct clerk {
    struct writer *writer;
    /* the writer thread's own */
    struct books books;
    struct books_config config;
    struct arena scratch;
    struct exhausted *exhausted;
    /* shared, under the lock */
    pthread_mutex_t lock;
    struct books_config wanted;
    struct job *done_first, *done_last;
    /* the loop's */
    uv_async_t async;
    atomic_int fatal; /* enum ph_err; not PH_OK: the store must be reopened */
    void (*on_done)(void *ctx);
    void *ctx;
};

/* Before anything else, on the caller's thread: a new store gets its head and secret, the boot
 * counter rises, the clock begins. *j keeps head and secret (its transaction is gone). */
enum ph_err clerk_boot(struct store *store, const struct books_config *config, struct clock *clock,
                       const char *zone, uint32_t day_start_min, struct journal *j);

/* on_done is called on the loop when there is something to take, or a fatal error to see. */
void clerk_init(struct clerk *c, uv_loop_t *loop, void (*on_done)(void *ctx), void *ctx);
/* `exhausted` is told what cannot be sold; borrowed until clerk_drain. */
enum ph_err clerk_open(struct clerk *c, struct store *store, const struct books_config *config,
                       struct exhausted *exhausted);
/* From the next transaction on. Its texts must stay. */
void clerk_configure(struct clerk *c, const struct books_config *config);
/* What was committed since the last call, in order. */
struct job *clerk_take(struct clerk *c);
/* Drains and ends the writer; what it did is there for one more clerk_take. */
void clerk_drain(struct clerk *c);
void clerk_fini(struct clerk *c); /* closes the loop's handle */

#endif
