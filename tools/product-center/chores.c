#include "tools/product-center/chores.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tools/product-center/clock.h"
#include "tools/product-center/order_expire.h"
#include "tools/product-center/oversell_watch.h"
#include "tools/product-center/restores.h"
#include "tools/product-center/silence.h"
#include "tools/product-center/sweep.h"

#define ARENA_MAX ((size_t)32 << 20)
#define OUT_BYTES 4096 /* only refusals are written */
#define LOOK_MS   500

static const struct chore CHORES[] = {{"sweep", SWEEP_EVERY_MS, sweep_piece},
                                      {"oversell", OVERSELL_WATCH_EVERY_MS, oversell_watch_piece},
                                      {"restore", RESTORES_EVERY_MS, restores_piece},
                                      {"expire", ORDER_EXPIRE_EVERY_MS, order_expire_piece},
                                      {"forget", ORDER_FORGET_EVERY_MS, order_forget_piece},
                                      {"silence", SILENCE_EVERY_MS, silence_piece}};
#define N_CHORES (sizeof(CHORES) / sizeof(CHORES[0]))

static const struct db_statement ALONE = {
    "SELECT pg_try_advisory_xact_lock(7043100, hashtext($1))"};

struct chores {
    struct db *db;
    struct call call;
    char out[OUT_BYTES];
    int64_t due_ms[N_CHORES], seen_ms;
    int stop; /* eventfd */
    pthread_t thread;
};

static bool alone(struct call *c, const char *name)
{
    struct db_args a = {0};
    arg_text(&a, str_of(name));
    const struct db_rows *r = db_query(c->db, &ALONE, &a);
    return rows_count(r) == 1 && rows_bool(r, 0, 0);
}

/* True: there is more. */
static bool piece_do(struct chores *s, const struct chore *chore)
{
    struct call *c = &s->call;
    arena_reset(&c->arena);
    jw_init(&c->out, s->out, sizeof(s->out));
    c->scratch = (struct jw){0};
    c->refused = false;
    db_begin(c->db);
    bool more = false;
    if (alone(c, chore->name)) {
        c->now_ms = center_clock_ms(c->settings); /* the pieces before took their time */
        more = chore->piece(c);
    }
    if (c->refused && db_ok(c->db)) {
        fprintf(stderr, "<3>chore refused name=%s answer=%.*s\n", chore->name, (int)c->out.n,
                c->out.p);
        db_rollback(c->db);
        return false;
    }
    if (db_commit(c->db) == DB_DONE)
        return more;
    fprintf(stderr, "<4>chore failed name=%s why=%s\n", chore->name, db_why(c->db));
    return false;
}

/* One piece of each chore that is due. True: one has more to do. */
static bool turn(struct chores *s)
{
    bool any = false;
    int64_t now = center_clock_ms(s->call.settings);
    for (size_t i = 0; i < N_CHORES; i++) {
        if (now < s->due_ms[i] && now >= s->seen_ms) /* a clock set back is no reason to wait */
            continue;
        bool more = piece_do(s, &CHORES[i]);
        s->due_ms[i] = more ? now : now + CHORES[i].every_ms;
        any |= more;
    }
    s->seen_ms = now;
    return any;
}

static void *run(void *ctx)
{
    struct chores *s = ctx;
    struct pollfd fd = {.fd = s->stop, .events = POLLIN};
    for (bool more = false; poll(&fd, 1, more ? 0 : LOOK_MS) == 0;)
        more = turn(s);
    return NULL;
}

static void chores_free(struct chores *s)
{
    if (s->call.db != NULL)
        db_give(s->db, s->call.db);
    db_close(s->db);
    arena_free(&s->call.arena);
    if (s->stop >= 0)
        close(s->stop);
    free(s);
}

struct chores *chores_start(const char *db, const struct settings *settings, char *why)
{
    struct chores *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return NULL;
    arena_init(&s->call.arena, ARENA_MAX);
    s->call.settings = settings;
    s->stop = eventfd(0, EFD_CLOEXEC);
    s->db = db_open(db, 1, why);
    s->call.db = s->db != NULL ? db_take(s->db) : NULL;
    if (s->call.db != NULL && s->stop >= 0 && pthread_create(&s->thread, NULL, run, s) == 0)
        return s;
    chores_free(s);
    return NULL;
}

void chores_stop(struct chores *s)
{
    eventfd_write(s->stop, 1);
    pthread_join(s->thread, NULL);
    chores_free(s);
}
