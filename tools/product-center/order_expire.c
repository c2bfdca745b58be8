#include "tools/product-center/order_expire.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "tools/product-center/order_save.h"
#include "tools/product-center/settings.h"

#define ARENA_MAX  ((size_t)8 << 20)
#define OUT_BYTES  4096 /* only refusals are written */
#define LOOK_MS    1000
#define PUT_OFF_MS 3600000LL /* an order whose record is damaged holds up no other */
#define ID_BYTES   40

static const struct db_statement LEAD = {"SELECT pg_try_advisory_xact_lock(7043003)"};
static const struct db_statement DUE = {
    "SELECT brand_id, poi_id, order_id FROM center_order WHERE side = 0 AND expires_ms > 0 AND"
    " expires_ms <= $1 ORDER BY expires_ms LIMIT 1"};

static const struct db_statement PUT_OFF = {
    "UPDATE center_order SET expires_ms = $5 WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
    " AND order_id = $4"};

struct expiry {
    struct db *db;
    struct call call;
    char out[OUT_BYTES];
    char brand[ID_BYTES], poi[ID_BYTES], order_id[ID_BYTES]; /* what is being expired */
    int stop;                                                /* eventfd */
    pthread_t thread;
};

static int64_t now_ms(const struct settings *s)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int64_t ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    return s->faults != NULL ? ms + faults_clock_ms(s->faults) : ms;
}

/* It may have been paid since. */
static void expire(struct call *c, struct str order_id)
{
    struct order o;
    order_open(c, order_id, &o);
    bool due = o.m->status == ORDER_PLACED && o.m->expires_ms > 0 && o.m->expires_ms <= c->now_ms;
    if (due && order_release(c, &o, ORDER_EXPIRED))
        order_save(c, &o);
}

/* A copy that outlives the transaction. */
static struct str keep(char to[ID_BYTES], struct str v)
{
    int n = snprintf(to, ID_BYTES, "%.*s", (int)v.n, v.p);
    return (struct str){to, (size_t)n};
}

/* False: no order is due, or another process sees to it. */
static bool expire_oldest(struct expiry *e)
{
    struct call *c = &e->call;
    struct db_args a = {0};
    arg_int(&a, c->now_ms);
    const struct db_rows *lead = db_query(c->db, &LEAD, NULL);
    if (rows_count(lead) != 1 || !rows_bool(lead, 0, 0))
        return false;
    const struct db_rows *r = db_query(c->db, &DUE, &a);
    if (rows_count(r) == 0)
        return false;
    call_store(c, keep(e->brand, rows_text(r, 0, 0)), keep(e->poi, rows_text(r, 0, 1)));
    expire(c, keep(e->order_id, rows_text(r, 0, 2)));
    return true;
}

static void put_off(struct expiry *e)
{
    struct call *c = &e->call;
    struct db_args a = {0};
    fprintf(stderr, "<3>order does not expire poi=%s order=%s answer=%.*s\n", e->poi, e->order_id,
            (int)c->out.n, c->out.p);
    db_rollback(c->db);
    db_begin(c->db);
    arg_store(&a, &c->key);
    arg_text(&a, str_of(e->order_id));
    arg_int(&a, c->now_ms + PUT_OFF_MS);
    db_run(c->db, &PUT_OFF, &a);
    db_commit(c->db);
}

/* One order, one transaction. */
static bool turn(struct expiry *e)
{
    struct call *c = &e->call;
    arena_reset(&c->arena);
    jw_init(&c->out, e->out, sizeof(e->out));
    c->scratch = (struct jw){0};
    c->refused = false;
    c->now_ms = now_ms(c->settings);
    db_begin(c->db);
    bool more = expire_oldest(e);
    if (c->refused) {
        put_off(e);
        return true;
    }
    return db_commit(c->db) == DB_DONE && more;
}

static void *run(void *ctx)
{
    struct expiry *e = ctx;
    struct pollfd fd = {.fd = e->stop, .events = POLLIN};
    for (bool more = false; poll(&fd, 1, more ? 0 : LOOK_MS) == 0;)
        more = turn(e);
    return NULL;
}

static void expiry_free(struct expiry *e)
{
    if (e->call.db != NULL)
        db_give(e->db, e->call.db);
    db_close(e->db);
    arena_free(&e->call.arena);
    if (e->stop >= 0)
        close(e->stop);
    free(e);
}

struct expiry *expiry_start(const char *db, const struct settings *settings, char *why)
{
    struct expiry *e = calloc(1, sizeof(*e));
    if (e == NULL)
        return NULL;
    arena_init(&e->call.arena, ARENA_MAX);
    e->call.settings = settings;
    e->stop = eventfd(0, EFD_CLOEXEC);
    e->db = db_open(db, 1, why);
    e->call.db = e->db != NULL ? db_take(e->db) : NULL;
    if (e->call.db != NULL && e->stop >= 0 && pthread_create(&e->thread, NULL, run, e) == 0)
        return e;
    expiry_free(e);
    return NULL;
}

void expiry_stop(struct expiry *e)
{
    eventfd_write(e->stop, 1);
    pthread_join(e->thread, NULL);
    expiry_free(e);
}
