#include "sync/queue.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct letter *first, **last;
    size_t length, most;
    bool closed;
    void (*wake)(void *ctx);
    void *ctx;
};

/* A step of the wall clock must not stretch a wait. */
static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

struct queue *queue_create(size_t most, void (*wake)(void *ctx), void *ctx)
{
    struct queue *q = calloc(1, sizeof(*q));
    if (!q)
        return NULL;
    pthread_mutex_init(&q->lock, NULL);
    cond_init(&q->filled);
    q->last = &q->first;
    q->most = most;
    q->wake = wake;
    q->ctx = ctx;
    return q;
}

void queue_destroy(struct queue *q)
{
    if (!q)
        return;
    assert(!q->first);
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

enum ph_err queue_put(struct queue *q, struct letter *letter)
{
    pthread_mutex_lock(&q->lock);
    bool refused = q->closed || q->length >= q->most;
    if (!refused) {
        letter->next = NULL;
        *q->last = letter;
        q->last = &letter->next;
        q->length++;
        pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    if (refused)
        return PH_ERR_BUSY;
    if (q->wake)
        q->wake(q->ctx);
    return PH_OK;
}

static struct letter *take_locked(struct queue *q)
{
    struct letter *letter = q->first;
    if (!letter)
        return NULL;
    q->first = letter->next;
    if (!q->first)
        q->last = &q->first;
    q->length--;
    letter->next = NULL;
    return letter;
}

struct letter *queue_take(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct letter *letter = take_locked(q);
    pthread_mutex_unlock(&q->lock);
    return letter;
}

static struct timespec deadline_in(int64_t ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

struct letter *queue_wait(struct queue *q, int64_t timeout_ms)
{
    struct timespec until = deadline_in(timeout_ms < 0 ? 0 : timeout_ms);
    int rc = 0;
    pthread_mutex_lock(&q->lock);
    while (!q->first && !q->closed && rc != ETIMEDOUT)
        rc = timeout_ms < 0 ? pthread_cond_wait(&q->filled, &q->lock)
                            : pthread_cond_timedwait(&q->filled, &q->lock, &until);
    struct letter *letter = take_locked(q);
    pthread_mutex_unlock(&q->lock);
    return letter;
}

size_t queue_length(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t length = q->length;
    pthread_mutex_unlock(&q->lock);
    return length;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

bool queue_closed(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool closed = q->closed;
    pthread_mutex_unlock(&q->lock);
    return closed;
}
