#include "edge/clerk.h"

#include <string.h>

#include "edge/log.h"
#include "proto/crypto.h"
#include "storage/identity.h"

#define SCRATCH_BYTES                                                                              \
    (16 * 1024 * 1024) /* what one command may decode: a day's sums, an import                     \
                        */

/* ---- boot ---- */

enum ph_err clerk_boot(struct store *store, const struct books_config *config, struct clock *clock,
                       const char *zone, uint32_t day_start_min, struct journal *j)
{
    struct txn *txn;
    struct books books;
    struct arena scratch;
    uint8_t fresh[sizeof(j->secret)];
    enum ph_err err = txn_begin_write(store, &txn);
    if (err != PH_OK)
        return err;
    random_bytes(fresh, sizeof(fresh));
    arena_init(&scratch, SCRATCH_BYTES);
    err = books_begin(&books, txn, config, &scratch, fresh);
    if (err == PH_OK) {
        struct journal_head *head = &books.j.head;
        clock_start(clock, head, zone, day_start_min);
        head->boot++;
        head->uptime_ms = clock_uptime_ms(clock);
        head->wall_at_ms = clock_wall_ms(clock);
        head->clock_suspect = clock_suspect(clock);
        head->wall_lead_ms = clock_lead_ms(clock);
        books_rearm(&books, head->wall_at_ms);
        identity_keep(txn, &config->identity);
        books_finish(&books);
        *j = books.j;
        j->txn = NULL;
    } else {
        log_error("boot_fault what=\"%s\"", txn_fault(txn));
    }
    arena_free(&scratch);
    if (err != PH_OK) {
        txn_abort(txn);
        return err;
    }
    return txn_commit(txn);
}

/* ---- on the writer thread ---- */

static enum ph_err begin(void *ctx, struct txn *txn)
{
    struct clerk *c = ctx;
    static const uint8_t unused[32]; /* the store has its secret since it booted */
    pthread_mutex_lock(&c->lock);
    c->config = c->wanted;
    pthread_mutex_unlock(&c->lock);
    enum ph_err err = books_begin(&c->books, txn, &c->config, &c->scratch, unused);
    c->books.exhausted = c->exhausted;
    exhausted_undone(c->exhausted);
    return err;
}

static void execute(void *ctx, struct txn *txn, struct job *job)
{
    struct clerk *c = ctx;
    struct request *r = request_of(job);
    (void)txn;
    if (!r->no_command)
        books_execute(&c->books, &r->command, &r->outcome);
    if (r->sync != NULL)
        sync_execute(r->sync, &c->books.j, &c->config.identity);
}

static void finish(void *ctx, struct txn *txn)
{
    struct clerk *c = ctx;
    (void)txn;
    books_finish(&c->books);
}

static void undo(void *ctx, struct job *job)
{
    struct clerk *c = ctx;
    exhausted_undone(c->exhausted);
    request_undo(request_of(job));
}

static void done(void *ctx, struct job *chain)
{
    struct clerk *c = ctx;
    struct job *last = chain;
    exhausted_committed(c->exhausted);
    while (last->next != NULL)
        last = last->next;
    pthread_mutex_lock(&c->lock);
    if (c->done_last != NULL)
        c->done_last->next = chain;
    else
        c->done_first = chain;
    c->done_last = last;
    pthread_mutex_unlock(&c->lock);
    uv_async_send(&c->async);
}

static void fatal(void *ctx, enum ph_err err, const char *what)
{
    struct clerk *c = ctx;
    log_error("storage_fatal err=%s what=\"%s\"", ph_err_name(err), what);
    atomic_store(&c->fatal, (int)err);
    uv_async_send(&c->async);
}

/* ---- on the loop ---- */

static void on_async(uv_async_t *async)
{
    struct clerk *c = async->data;
    c->on_done(c->ctx);
}

void clerk_init(struct clerk *c, uv_loop_t *loop, void (*on_done)(void *ctx), void *ctx)
{
    *c = (struct clerk){.on_done = on_done, .ctx = ctx};
    pthread_mutex_init(&c->lock, NULL);
    arena_init(&c->scratch, SCRATCH_BYTES);
    uv_async_init(loop, &c->async, on_async);
    c->async.data = c;
}

enum ph_err clerk_open(struct clerk *c, struct store *store, const struct books_config *config,
                       struct exhausted *exhausted)
{
    const struct writer_hooks hooks = {.ctx = c,
                                       .begin = begin,
                                       .execute = execute,
                                       .finish = finish,
                                       .undo = undo,
                                       .done = done,
                                       .fatal = fatal};
    c->wanted = *config;
    c->exhausted = exhausted;
    return writer_open(&c->writer, store, &hooks, true);
}

void clerk_configure(struct clerk *c, const struct books_config *config)
{
    pthread_mutex_lock(&c->lock);
    c->wanted = *config;
    pthread_mutex_unlock(&c->lock);
}

struct job *clerk_take(struct clerk *c)
{
    pthread_mutex_lock(&c->lock);
    struct job *chain = c->done_first;
    c->done_first = c->done_last = NULL;
    pthread_mutex_unlock(&c->lock);
    return chain;
}

void clerk_drain(struct clerk *c)
{
    writer_close(c->writer);
    c->writer = NULL;
}

void clerk_fini(struct clerk *c)
{
    arena_free(&c->scratch);
    pthread_mutex_destroy(&c->lock);
    uv_close((uv_handle_t *)&c->async, NULL);
}
