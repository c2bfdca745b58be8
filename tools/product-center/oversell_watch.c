#include "tools/product-center/oversell_watch.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "tools/product-center/oversell_act.h"
#include "tools/product-center/settings.h"

#define ARENA_MAX ((size_t)32 << 20)
#define OUT_BYTES 4096 /* only refusals are written */
#define LOOK_MS   1000
#define STORES    20 /* of one look */
#define ID_BYTES  40

struct due_store {
    int shard;
    char brand[ID_BYTES], poi[ID_BYTES];
};
struct oversell_watch {
    struct db *db;
    struct call call;
    struct due_store due[STORES];
    char out[OUT_BYTES];
    int stop; /* eventfd */
    pthread_t thread;
};

static int64_t now_ms(const struct settings *s)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int64_t ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    return s->faults != NULL ? ms + faults_clock_ms(s->faults) : ms;
}

static void begin(struct oversell_watch *w)
{
    struct call *c = &w->call;
    arena_reset(&c->arena);
    jw_init(&c->out, w->out, sizeof(w->out));
    c->refused = false;
    c->now_ms = now_ms(c->settings);
    db_begin(c->db);
}

static void keep(char to[ID_BYTES], struct str v)
{
    snprintf(to, ID_BYTES, "%.*s", (int)v.n, v.p);
}

static size_t stores_due(struct oversell_watch *w)
{
    size_t n;
    begin(w);
    const struct store_key *keys = oversell_cases_due(&w->call, STORES, &n);
    for (size_t i = 0; i < n; i++) {
        w->due[i].shard = keys[i].shard;
        keep(w->due[i].brand, keys[i].brand);
        keep(w->due[i].poi, keys[i].poi);
    }
    return db_commit(w->call.db) == DB_DONE ? n : 0;
}

/* ---- one store ---- */

static bool is_due(const struct call *c, const struct oversell_case *k)
{
    return k->due_ms > 0 && k->due_ms <= c->now_ms;
}

static void look(struct call *c)
{
    struct store s;
    store_lock(c, &s);
    oversell_evaluate(c, &s, NULL, 0); /* opens those that waited */
    store_save(c, &s);
    struct oversell_cases cases = oversell_cases_load(c, NULL, 0);
    for (size_t i = 0; i < cases.n && !c->refused; i++)
        if (cases.at[i].state == CASE_OPEN && is_due(c, &cases.at[i]))
            oversell_act_by_policy(c, &s, &cases.at[i]);
}

static void put_off(struct call *c)
{
    fprintf(stderr, "<3>oversell is stuck poi=%.*s answer=%.*s\n", (int)c->key.poi.n, c->key.poi.p,
            (int)c->out.n, c->out.p);
    db_rollback(c->db);
    db_begin(c->db);
}

static void look_at(struct oversell_watch *w, const struct due_store *due)
{
    struct call *c = &w->call;
    begin(w);
    c->key = (struct store_key){due->shard, str_of(due->brand), str_of(due->poi)};
    look(c);
    if (c->refused || c->arena.failed)
        put_off(c);
    oversell_cases_put_off(c); /* what could not be done */
    if (db_commit(c->db) != DB_DONE)
        fprintf(stderr, "<4>oversell failed why=%s\n", db_why(c->db));
}

/* ---- beginning and end ---- */

static void *run(void *ctx)
{
    struct oversell_watch *w = ctx;
    struct pollfd fd = {.fd = w->stop, .events = POLLIN};
    while (poll(&fd, 1, LOOK_MS) == 0) {
        size_t n = stores_due(w);
        for (size_t i = 0; i < n; i++)
            look_at(w, &w->due[i]);
    }
    return NULL;
}

static void watch_free(struct oversell_watch *w)
{
    if (w->call.db != NULL)
        db_give(w->db, w->call.db);
    db_close(w->db);
    arena_free(&w->call.arena);
    if (w->stop >= 0)
        close(w->stop);
    free(w);
}

struct oversell_watch *oversell_watch_start(const char *db, const struct settings *settings,
                                            char *why)
{
    struct oversell_watch *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return NULL;
    arena_init(&w->call.arena, ARENA_MAX);
    w->call.settings = settings;
    w->stop = eventfd(0, EFD_CLOEXEC);
    w->db = db_open(db, 1, why);
    w->call.db = w->db != NULL ? db_take(w->db) : NULL;
    if (w->call.db != NULL && w->stop >= 0 && pthread_create(&w->thread, NULL, run, w) == 0)
        return w;
    watch_free(w);
    return NULL;
}

void oversell_watch_stop(struct oversell_watch *w)
{
    if (w == NULL)
        return;
    eventfd_write(w->stop, 1);
    pthread_join(w->thread, NULL);
    watch_free(w);
}
