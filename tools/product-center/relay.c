#include "tools/product-center/relay.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "proto/topic.h"
#include "tools/product-center/clock.h"
#include "tools/product-center/deliver.h"

#define ARENA_MAX   ((size_t)64 << 20)
#define HEARD_BYTES ((size_t)256 << 10)
#define STATE_BYTES 8192
#define CONNECT_MS  1000 /* between tries to reach the broker */
#define LEAD_MS     500  /* between tries to lead */
#define SCAN_MS     1000
#define LAG_MS      500
#define HEADS_MS    1000
#define SLEEP_MS    250

struct relay {
    struct relay_options o;
    struct db *db;
    struct db_conn *conn;
    struct push *push;
    struct call call;
    struct jw heard; /* JSON list for heard_save; open */
    size_t n_heard;
    struct head_cursor heads;
    int64_t heads_owed; /* in stores times ms */
    size_t stores;
    int64_t connect_at, lead_at, scan_at, lag_at, heads_at; /* uptime, ms */
    bool leads, more, stopped;
    int stop; /* eventfd */
    pthread_t thread;
};

static int64_t uptime_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what hubs say ---- */

static void heard_begin(struct relay *r)
{
    jw_init(&r->heard, r->heard.p, HEARD_BYTES);
    jw_open(&r->heard, '[');
    r->n_heard = 0;
}

/* "poi/{brand}/{poi}/{leaf}" */
static bool topic_read(struct str topic, struct str part[4])
{
    size_t n = 0, from = 0;
    for (size_t i = 0; i <= topic.n; i++) {
        if (i < topic.n && topic.p[i] != '/')
            continue;
        if (n == 4)
            return false;
        part[n++] = (struct str){topic.p + from, i - from};
        from = i + 1;
    }
    return n == 4 && id_is_order(part[1]) && id_is_order(part[2]);
}

static void heard_add(struct relay *r, const struct str part[4], const struct json *doc)
{
    char path[FIELD_PATH];
    uint64_t applied = 0;
    struct jw *w = &r->heard;
    bool known = cloud_ack_decode(doc, &applied, path) == CODE_OK;
    call_store(&r->call, part[1], part[2]);
    jw_open(w, '{');
    jw_kint(w, "shard", r->call.key.shard);
    jw_kstring(w, "brand_id", part[1]);
    jw_kstring(w, "poi_id", part[2]);
    if (known)
        jw_kint(w, "applied", (int64_t)applied);
    if (str_eq(part[3], STR("state"))) {
        jw_key(w, "state");
        jw_value(w, doc);
    }
    jw_close(w, '}');
    r->n_heard++;
}

/* What finds no room is lost: the next state says it again. */
static void on_message(void *ctx, struct str topic, struct str payload)
{
    struct relay *r = ctx;
    struct str part[4];
    if (!r->leads || payload.n > STATE_BYTES || !topic_read(topic, part) ||
        r->heard.cap - r->heard.n < 7 * STATE_BYTES)
        return;
    struct json *doc = json_parse(payload.p, payload.n, &JSON_PUSH, NULL);
    if (doc != NULL)
        heard_add(r, part, doc);
    json_free(doc);
}

/* ---- one piece of work, one transaction ---- */

static bool do_outbox(struct relay *r)
{
    return deliver_outbox(&r->call, r->push, &r->more);
}

static bool do_lag(struct relay *r)
{
    bool more;
    bool ok = deliver_lag(&r->call, r->push, &more);
    r->more |= more;
    return ok;
}

static bool do_heads(struct relay *r)
{
    r->stores = head_count(&r->call);
    r->heads_owed += (int64_t)r->stores * HEADS_MS;
    int64_t n = r->heads_owed / r->o.head_every_ms;
    r->heads_owed -= n * r->o.head_every_ms;
    return n == 0 || deliver_heads(&r->call, r->push, &r->heads, (size_t)n);
}

static bool do_heard(struct relay *r)
{
    jw_close(&r->heard, ']');
    heard_save(&r->call, jw_text(&r->heard));
    return true;
}

/* Only in the session that leads: a broken connection would be opened again as another one. */
static void transact(struct relay *r, bool (*work)(struct relay *r))
{
    if (db_socket(r->conn) < 0)
        return;
    arena_reset(&r->call.arena);
    char *text = arena_alloc(&r->call.arena, LIMIT_PACKET_BYTES);
    if (text == NULL)
        return;
    jw_init(&r->call.out, text, LIMIT_PACKET_BYTES);
    r->call.now_ms = center_clock_ms(r->o.settings);
    db_begin(r->conn);
    bool ok = work(r) && !r->call.arena.failed;
    if (!ok && db_ok(r->conn)) {
        db_rollback(r->conn);
        push_hang_up(r->push);
    } else if (db_commit(r->conn) != DB_DONE) {
        fprintf(stderr, "<4>relay failed why=%s\n", db_why(r->conn));
        r->more = false;
    }
}

/* ---- leading ---- */

static void reach_broker(struct relay *r, int64_t now)
{
    char why[PUSH_WHY] = "";
    if (r->leads) {
        r->leads = false;
        lead_leave(r->conn);
    }
    if (now < r->connect_at)
        return;
    r->connect_at = now + CONNECT_MS;
    if (!push_connect(r->push, why))
        fprintf(stderr, "<4>no broker why=%s\n", why);
    else
        fprintf(stderr, "<6>broker reached\n");
}

static void reach_lead(struct relay *r, int64_t now)
{
    if (now < r->lead_at)
        return;
    r->lead_at = now + LEAD_MS;
    if (!lead_take(r->conn))
        return;
    r->leads = true;
    r->scan_at = r->lag_at = now;
    r->heads_at = now + HEADS_MS;
    heard_begin(r);
    push_subscribe(r->push, "poi/+/+/ack");
    push_subscribe(r->push, "poi/+/+/state");
    fprintf(stderr, "<6>relay leads\n");
}

static bool due(int64_t *at, int64_t now, int64_t every_ms)
{
    if (now < *at)
        return false;
    *at = now + every_ms;
    return true;
}

static void lead(struct relay *r, int64_t now)
{
    bool more = r->more;
    r->more = false;
    if (due(&r->scan_at, now, SCAN_MS) || more)
        transact(r, do_outbox);
    if (r->n_heard > 0) {
        transact(r, do_heard);
        heard_begin(r);
    }
    if (push_is_up(r->push) && (due(&r->lag_at, now, LAG_MS) || more))
        transact(r, do_lag);
    if (push_is_up(r->push) && due(&r->heads_at, now, HEADS_MS))
        transact(r, do_heads);
}

static void work(struct relay *r)
{
    int64_t now = uptime_ms();
    if (db_socket(r->conn) < 0)
        r->leads = false; /* the session is gone, and what it held */
    if (!push_is_up(r->push))
        reach_broker(r, now);
    if (push_is_up(r->push) && !r->leads)
        reach_lead(r, now);
    if (push_is_up(r->push) && r->leads)
        lead(r, now);
}

/* Until the database, the broker or relay_stop has something, or it is time to look. */
static void wait(struct relay *r)
{
    short out = push_wants_write(r->push) ? POLLOUT : 0;
    struct pollfd fd[] = {{.fd = r->stop, .events = POLLIN},
                          {.fd = db_socket(r->conn), .events = POLLIN},
                          {.fd = push_socket(r->push), .events = (short)(POLLIN | out)}};
    r->more |= db_notified(r->conn); /* one may have come with the rows of a statement */
    bool at_once = r->more || (r->leads && r->n_heard > 0);
    poll(fd, 3, at_once ? 0 : SLEEP_MS);
    r->stopped = fd[0].revents != 0;
    r->more |= db_notified(r->conn);
    push_turn(r->push);
}

static void *run(void *ctx)
{
    struct relay *r = ctx;
    while (!r->stopped) {
        work(r);
        wait(r);
    }
    return NULL;
}

/* ---- beginning and end ---- */

static void relay_free(struct relay *r)
{
    if (r->conn != NULL)
        db_give(r->db, r->conn);
    db_close(r->db);
    push_close(r->push);
    arena_free(&r->call.arena);
    free(r->heard.p);
    if (r->stop >= 0)
        close(r->stop);
    free(r);
}

static bool prepare(struct relay *r, char *why)
{
    struct push_hooks hooks = {.ctx = r, .message = on_message};
    r->heard.p = malloc(HEARD_BYTES);
    r->stop = eventfd(0, EFD_CLOEXEC);
    r->push = push_open(r->o.mqtt, &hooks, why);
    r->db = r->push != NULL ? db_open(r->o.db, 1, why) : NULL;
    if (r->db == NULL || r->heard.p == NULL || r->stop < 0)
        return false;
    r->conn = r->call.db = db_take(r->db);
    heard_begin(r);
    return true;
}

struct relay *relay_start(const struct relay_options *o, char *why)
{
    struct relay *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    r->o = *o;
    arena_init(&r->call.arena, ARENA_MAX);
    if (prepare(r, why) && pthread_create(&r->thread, NULL, run, r) == 0)
        return r;
    relay_free(r);
    return NULL;
}

void relay_stop(struct relay *r)
{
    eventfd_write(r->stop, 1);
    pthread_join(r->thread, NULL);
    relay_free(r);
}
