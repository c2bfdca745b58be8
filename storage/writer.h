/* The one writer thread and its group commit: persist, then speak (architecture.md).
 *
 * The happy path: jobs are submitted by the loop; the thread takes all that wait (at most
 * LIMIT_BATCH), runs each inside one write transaction, commits with a full sync, and hands the
 * whole chain back through `done`. While one commit is on its way to the disk the next batch
 * gathers; callers just answered get a moment to ask again (writer.c, gather).
 *
 * What can fail: a full queue refuses at once (PH_ERR_BUSY, nothing kept). An operating error in a
 * batch throws the batch away and runs its jobs again one by one, so that only the job that meets
 * the damaged record or the full disk fails; its job.err says so. PH_ERR_IO or PH_ERR_PANIC from a
 * commit is fatal: all jobs of it get the error ("unknown until looked up") and `fatal` is called.
 */
#ifndef STORAGE_WRITER_H
#define STORAGE_WRITER_H

#include "storage/store.h"

/* First member of whatever the caller queues. Owned by the caller, lent to the writer between
 * writer_submit and done. */
struct job {
    struct job *next;
    enum ph_err err; /* PH_OK: committed. Else nothing of this job is in the store. */
    char fault[160]; /* with err: one line for people, names the record */
};

struct writer_hooks {
    void *ctx;
    /* Around every transaction: load and save what moves once per commit. An error fails it. */
    enum ph_err (*begin)(void *ctx, struct txn *txn);
    void (*execute)(void *ctx, struct txn *txn, struct job *job); /* errors stick to txn */
    void (*finish)(void *ctx, struct txn *txn);
    /* The transaction is being thrown away and its jobs run again (or fail). */
    void (*undo)(void *ctx, struct job *job);
    /* On the writer thread, after the commit: a chain in submission order. Must only hand over
     * (a lock and a wake-up). The hooks own nothing in it. */
    void (*done)(void *ctx, struct job *chain);
    void (*fatal)(void *ctx, enum ph_err err, const char *what);
};

struct writer;
struct writer_stats {
    uint64_t commits, jobs, failed;
    uint64_t last_commit_us, max_batch;
    uint64_t turns;    /* batches begun and ended: stands still in a writer that hangs */
    size_t unfinished; /* jobs that wait or are under way; 0: nothing is owed */
};
/* threaded=false: nothing runs until writer_step (the simulator). */
enum ph_err writer_open(struct writer **out, struct store *store, const struct writer_hooks *hooks,
                        bool threaded);
enum ph_err writer_submit(struct writer *w, struct job *job); /* PH_OK or PH_ERR_BUSY */
size_t writer_waiting(struct writer *w);
size_t writer_step(struct writer *w); /* one batch without the thread; returns its jobs */
struct writer_stats writer_stats(struct writer *w);
/* Drains what waits, commits it, joins the thread. NULL is fine. */
void writer_close(struct writer *w);

#endif
