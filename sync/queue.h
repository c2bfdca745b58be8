/* A bounded message queue between the shell's loop and a plain thread: one for each direction.
 *
 *   to the thread   the loop puts and never waits, the thread waits in queue_wait
 *   to the loop     the thread puts, `wake` tells the loop, the loop takes all there is
 *
 * What can fail: a full or closed queue refuses, and whoever wanted to put keeps the letter;
 * nothing grows, nothing is dropped. Any number of threads may use one queue.
 */
#ifndef SYNC_QUEUE_H
#define SYNC_QUEUE_H

#include "proto/err.h"
#include "proto/types.h"

/* First member of whatever is sent. Who puts it gives it away, who takes it owns it. */
struct letter {
    struct letter *next;
};

struct queue;
/* At most `most` letters wait. `wake` (may be NULL) is called on the putting thread after every
 * put, without a lock held: it may only pass a signal on. NULL: out of memory. */
struct queue *queue_create(size_t most, void (*wake)(void *ctx), void *ctx);
/* No thread uses it any more and it is empty. NULL is fine. */
void queue_destroy(struct queue *q);

/* PH_ERR_BUSY: full or closed; the letter is still the caller's. */
enum ph_err queue_put(struct queue *q, struct letter *letter);
/* The oldest letter, or NULL. */
struct letter *queue_take(struct queue *q);
/* The same, but waits up to timeout_ms for one (negative: as long as it takes). NULL: none came, or
 * the queue is closed and empty. */
struct letter *queue_wait(struct queue *q, int64_t timeout_ms);
size_t queue_length(struct queue *q);

/* Nothing more goes in; what waits can still be taken; whoever waits wakes up. */
void queue_close(struct queue *q);
bool queue_closed(struct queue *q);

#endif
