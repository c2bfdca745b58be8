/* The happy path
 *   submit -> queue -> take a batch -> begin, execute each, finish, commit -> done(chain)
 * What can fail
 *   - the queue is full: submit says PH_ERR_BUSY, nothing is kept
 *   - a job meets a damaged record or a full disk: the batch is undone, each job runs alone
 *   - begin or commit meets an I/O error: `fatal`, and no job is tried any more. What was in flight
 *     may or may not be on the disk; only a restart can tell.
 */
#include "storage/writer.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proto/limits.h"

struct queue {
    struct job *first, *last;
    size_t n;
};

struct writer {
    struct store *store;
    struct writer_hooks hooks;
    bool threaded;
    enum ph_err dead; /* writer thread only: the fatal error, PH_OK while alive */
    pthread_t thread;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    struct queue queue;
    size_t under_way; /* jobs of the batch that runs */
    size_t expected;  /* jobs that were under way when the last commit ended */
    size_t wanted;    /* the writer sleeps until so many wait; 0: it does not sleep for that */
    bool closing;
    struct writer_stats stats;
};

static void queue_add(struct queue *q, struct job *job)
{
    job->next = NULL;
    if (q->last != NULL)
        q->last->next = job;
    else
        q->first = job;
    q->last = job;
    q->n++;
}

/* Cuts off the first `most` jobs. */
static struct queue queue_take(struct queue *q, size_t most)
{
    struct queue batch = {q->first, q->first, 0};
    if (q->first == NULL)
        return batch;
    for (batch.n = 1; batch.n < most && batch.last->next != NULL; batch.n++)
        batch.last = batch.last->next;
    q->first = batch.last->next;
    if (q->first == NULL)
        q->last = NULL;
    q->n -= batch.n;
    batch.last->next = NULL;
    return batch;
}

/* ---- one transaction ---- */

struct outcome {
    enum ph_err err;
    bool fatal;
    size_t executed; /* jobs that saw the transaction */
    uint64_t commit_us;
    char fault[160];
};

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static bool err_is_fatal(enum ph_err err)
{
    return err == PH_ERR_IO || err == PH_ERR_PANIC;
}

/* Runs the first n jobs of the chain up to the commit. */
static void outcome_run(struct writer *w, struct txn *txn, struct job *job, size_t n,
                        struct outcome *o)
{
    o->err = w->hooks.begin(w->hooks.ctx, txn);
    for (; o->err == PH_OK && o->executed < n; job = job->next) {
        o->executed++;
        w->hooks.execute(w->hooks.ctx, txn, job);
        o->err = txn_error(txn);
    }
    if (o->err == PH_OK) {
        w->hooks.finish(w->hooks.ctx, txn);
        o->err = txn_error(txn);
    }
    const char *fault = txn_fault(txn);
    if (o->err != PH_OK)
        snprintf(o->fault, sizeof(o->fault), "%.159s", *fault ? fault : ph_err_text(o->err));
}

static void outcome_stop(struct outcome *o, const char *where, enum ph_err err)
{
    o->err = err;
    o->fatal = err_is_fatal(err);
    snprintf(o->fault, sizeof(o->fault), "%s: %s", where, ph_err_text(err));
}

static struct outcome transact(struct writer *w, struct job *jobs, size_t n)
{
    struct outcome o = {.err = PH_OK};
    struct txn *txn;
    enum ph_err err = txn_begin_write(w->store, &txn);
    if (err != PH_OK) {
        outcome_stop(&o, "begin", err);
        return o;
    }
    outcome_run(w, txn, jobs, n, &o);
    if (o.err != PH_OK) {
        txn_abort(txn);
        return o;
    }
    uint64_t start_us = now_us();
    err = txn_commit(txn);
    o.commit_us = now_us() - start_us;
    if (err != PH_OK)
        outcome_stop(&o, "commit", err);
    return o;
}

static void undo(struct writer *w, struct job *job, size_t executed)
{
    for (; executed > 0; executed--, job = job->next)
        w->hooks.undo(w->hooks.ctx, job);
}

/* ---- batches ---- */

static void count(struct writer *w, size_t jobs, const struct outcome *o)
{
    pthread_mutex_lock(&w->lock);
    struct writer_stats *s = &w->stats;
    if (o->err == PH_OK) {
        s->commits++;
        s->jobs += jobs;
        s->last_commit_us = o->commit_us;
        if (jobs > s->max_batch)
            s->max_batch = jobs;
    } else {
        s->failed += jobs;
    }
    pthread_mutex_unlock(&w->lock);
}

/* Settles the first n jobs: all of them share the outcome. */
static void settle(struct writer *w, struct job *job, size_t n, const struct outcome *o)
{
    count(w, n, o);
    for (; n > 0; n--, job = job->next) {
        job->err = o->err;
        snprintf(job->fault, sizeof(job->fault), "%s", o->fault);
    }
}

static void run(struct writer *w, struct job *jobs, size_t n);

static void run_alone(struct writer *w, struct job *jobs)
{
    for (struct job *job = jobs; job != NULL; job = job->next)
        run(w, job, 1);
}

static void die(struct writer *w, const struct outcome *o)
{
    w->dead = o->err;
    w->hooks.fatal(w->hooks.ctx, o->err, o->fault);
}

static void run(struct writer *w, struct job *jobs, size_t n)
{
    struct outcome o = {.err = PH_OK};
    if (w->dead != PH_OK)
        outcome_stop(&o, "writer has stopped", w->dead);
    else
        o = transact(w, jobs, n);
    if (o.err != PH_OK)
        undo(w, jobs, o.executed);
    if (o.err != PH_OK && !o.fatal && n > 1) {
        run_alone(w, jobs);
        return;
    }
    settle(w, jobs, n, &o);
    if (o.fatal && w->dead == PH_OK)
        die(w, &o);
}

static size_t run_batch(struct writer *w, struct queue batch)
{
    if (batch.n == 0)
        return 0;
    run(w, batch.first, batch.n);
    pthread_mutex_lock(&w->lock);
    w->expected = batch.n + w->queue.n;
    w->under_way = 0;
    w->stats.turns++;
    pthread_mutex_unlock(&w->lock);
    w->hooks.done(w->hooks.ctx, batch.first);
    return batch.n;
}

/* Callers that were just answered are about to ask again. Without a moment for them the rush splits
 * into two halves that take turns, each paying for a sync of its own. So after a commit that many
 * shared, the writer sleeps until as many wait as were under way, at most GATHER_US. One order
 * alone never waits. (PostgreSQL's commit_delay and commit_siblings are the same thought.) */
#define GATHER_MIN 8
#define GATHER_US                                                                                  \
    1500 /* 128 requests under way: 30 a commit with 200, 50 with 1500, and 15 % more */

static void gather(struct writer *w)
{
    struct timespec until;
    if (!w->threaded || w->expected < GATHER_MIN || w->closing)
        return;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += GATHER_US * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    w->wanted = w->expected < LIMIT_BATCH ? w->expected : LIMIT_BATCH;
    int rc = 0;
    while (rc == 0 && w->queue.n < w->wanted && !w->closing)
        rc = pthread_cond_timedwait(&w->wake, &w->lock, &until);
    w->wanted = 0;
}

/* Waits for jobs; an empty batch says that the writer is closing and has drained. */
static struct queue next_batch(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->threaded && w->queue.n == 0 && !w->closing)
        pthread_cond_wait(&w->wake, &w->lock);
    gather(w);
    struct queue batch = queue_take(&w->queue, LIMIT_BATCH);
    w->under_way = batch.n;
    w->stats.turns++;
    pthread_mutex_unlock(&w->lock);
    return batch;
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    while (run_batch(w, next_batch(w)) > 0)
        ;
    return NULL;
}

/* ---- interface ---- */

/* The loop owns the signals: the thread starts with all of them blocked but SIGBUS, which is the
 * thread's own when the map cannot be read. */
static int thread_start(struct writer *w)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&w->thread, NULL, writer_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0)
        pthread_setname_np(w->thread, "writer");
    return rc;
}

enum ph_err writer_open(struct writer **out, struct store *store, const struct writer_hooks *hooks,
                        bool threaded)
{
    *out = NULL;
    struct writer *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return PH_ERR_MEMORY;
    w->store = store;
    w->hooks = *hooks;
    w->threaded = threaded;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (threaded && thread_start(w) != 0) {
        w->threaded = false;
        writer_close(w);
        return PH_ERR_LIMIT;
    }
    *out = w;
    return PH_OK;
}

enum ph_err writer_submit(struct writer *w, struct job *job)
{
    pthread_mutex_lock(&w->lock);
    assert(!w->closing);
    bool full = w->queue.n >= LIMIT_QUEUE, was_empty = w->queue.n == 0;
    if (!full)
        queue_add(&w->queue, job);
    bool wake = w->wanted ? w->queue.n >= w->wanted : was_empty;
    pthread_mutex_unlock(&w->lock);
    if (wake)
        pthread_cond_signal(&w->wake);
    return full ? PH_ERR_BUSY : PH_OK;
}

size_t writer_waiting(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    size_t n = w->queue.n;
    pthread_mutex_unlock(&w->lock);
    return n;
}

size_t writer_step(struct writer *w)
{
    assert(!w->threaded);
    return run_batch(w, next_batch(w));
}

struct writer_stats writer_stats(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    struct writer_stats stats = w->stats;
    stats.unfinished = w->queue.n + w->under_way;
    pthread_mutex_unlock(&w->lock);
    return stats;
}

static void drain(struct writer *w)
{
    if (!w->threaded) {
        while (writer_step(w) > 0)
            ;
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->closing = true;
    pthread_mutex_unlock(&w->lock);
    pthread_cond_signal(&w->wake);
    pthread_join(w->thread, NULL);
}

void writer_close(struct writer *w)
{
    if (w == NULL)
        return;
    drain(w);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
