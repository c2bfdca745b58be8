#include "sync/push.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "proto/crypto.h"
#include "sync/backoff.h"
#include "proto/stall.h"
#include "sync/name.h"
#include "sync/patience.h"
#include "sync/push_line.h"

#define NAME_MS       5000
#define HANDSHAKE_MS  10000 /* TCP, TLS, MQTT and both subscriptions */
#define TICK_MS       1000  /* the library's housekeeping */
#define SHAKE_TICK_MS 50    /* the same while it shakes hands; it must not be asked more often */
#define HOST_BYTES    128
#define CLIENT_BYTES  160
#define FILE_BYTES    128
#define PORT_TLS      8883
#define PORT_PLAIN    1883

struct push {
    pthread_t thread;
    pthread_mutex_t lock; /* facts, state */
    struct push_facts facts;
    char state[PUSH_STATE]; /* to be said */
    size_t state_bytes;
    struct queue *out;
    atomic_bool stop;
    atomic_ullong applied;
    int bell; /* eventfd: the shell has something to say */
    struct push_options o;
    char host[HOST_BYTES], client[CLIENT_BYTES], topics[PUSH_LINE_TOPICS];
    char files[3][FILE_BYTES]; /* ca, cert, key */

    /* the thread's own */
    struct push_line line;
    struct name name;
    struct dice dice;
    struct backoff backoff;
    struct patience patience;
    struct stall silence, answers;
    int64_t still_ms;      /* a connection may be silent so long: the library has asked before */
    uint64_t acked;        /* as was looked at last */
    int64_t waits_ms;      /* since then something of ours waits; 0: nothing does */
    uint64_t said_applied; /* UINT64_MAX: nothing yet */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t roll(void *ctx)
{
    uint64_t bits;
    (void)ctx;
    random_bytes(&bits, sizeof(bits));
    return bits;
}

/* ---- facts ---- */

static void note_line(struct push *p, bool up, const char *why)
{
    pthread_mutex_lock(&p->lock);
    bool other = p->facts.up != up;
    p->facts.up = up;
    snprintf(p->facts.why, PUSH_WHY, "%s", why);
    pthread_mutex_unlock(&p->lock);
    if (other)
        p->o.wake(p->o.ctx);
}

static void note_refusal(struct push *p, enum push_refusal refusal)
{
    pthread_mutex_lock(&p->lock);
    p->facts.refused[refusal]++;
    p->facts.missed = p->facts.missed || refusal == PUSH_NO_ROOM;
    pthread_mutex_unlock(&p->lock);
}

/* In one, so that nobody sees a line that is stuck and up. */
static void note_stuck(struct push *p, const char *why)
{
    pthread_mutex_lock(&p->lock);
    p->facts.stuck++;
    p->facts.up = false;
    snprintf(p->facts.why, PUSH_WHY, "%s", why);
    pthread_mutex_unlock(&p->lock);
    p->o.wake(p->o.ctx);
}

static void on_message(void *ctx, struct str leaf, struct str payload)
{
    struct push *p = ctx;
    enum push_refusal refusal;
    struct push_letter *l = push_read(p->o.identity, leaf, payload, &refusal);
    if (l && queue_put(p->out, &l->letter) != PH_OK) {
        push_letter_free(l);
        refusal = PUSH_NO_ROOM;
    }
    if (refusal != PUSH_REFUSAL_COUNT)
        note_refusal(p, refusal);
    pthread_mutex_lock(&p->lock);
    p->facts.heard++;
    pthread_mutex_unlock(&p->lock);
    if (refusal != PUSH_REFUSAL_COUNT)
        p->o.wake(p->o.ctx); /* the queue tells of the others */
}

/* ---- one connection ---- */

static void drain_bell(struct push *p)
{
    uint64_t count;
    if (read(p->bell, &count, sizeof(count)) < 0)
        return; /* nobody has rung */
}

static void step(struct push *p, int64_t wait_ms)
{
    push_line_step(&p->line, p->bell, wait_ms);
    drain_bell(p);
}

static const char *shake_hands(struct push *p)
{
    int64_t until_ms = now_ms() + HANDSHAKE_MS;
    const char *why = NULL;
    while (!push_line_up(&p->line) && !why && !atomic_load(&p->stop) && now_ms() < until_ms) {
        step(p, SHAKE_TICK_MS);
        why = push_line_trouble(&p->line);
    }
    return why || push_line_up(&p->line) ? why : "the broker did not answer in time";
}

/* What stood in the way, or NULL. */
static const char *connect_now(struct push *p)
{
    if (!name_known(&p->name, NAME_MS, &p->stop))
        return "the name of the broker could not be looked up";
    p->said_applied = UINT64_MAX;
    p->still_ms = patience_ms(&p->patience, PUSH_STILL_MS);
    p->line.keepalive_s = (int)(p->still_ms * 5 / 8 / 1000);
    const char *why = push_line_open(&p->line);
    return why ? why : shake_hands(p);
}

/* ---- what is said ---- */

static void say_applied(struct push *p)
{
    struct jw w;
    char text[64];
    uint64_t applied = atomic_load(&p->applied);
    if (applied == p->said_applied)
        return;
    p->said_applied = applied;
    jw_init(&w, text, sizeof(text));
    cloud_ack_encode(&w, applied);
    push_line_say(&p->line, "ack", jw_text(&w));
}

static void say_state(struct push *p)
{
    char text[PUSH_STATE];
    pthread_mutex_lock(&p->lock);
    size_t n = p->state_bytes;
    memcpy(text, p->state, n);
    p->state_bytes = 0;
    pthread_mutex_unlock(&p->lock);
    if (n > 0)
        push_line_say(&p->line, "state", (struct str){text, n});
}

/* ---- the thread ---- */

static void rest(struct push *p, int64_t span_ms)
{
    int64_t until_ms = now_ms() + span_ms;
    struct pollfd fd = {.fd = p->bell, .events = POLLIN};
    for (int64_t left_ms = span_ms; left_ms > 0 && !atomic_load(&p->stop);
         left_ms = until_ms - now_ms()) {
        poll(&fd, 1, (int)left_ms);
        drain_bell(p);
    }
}

/* How long the broker takes tells how long it is to be waited for: of the patience three eighths
 * are left when the library asks, and a tick of that may be lost. */
static void measure(struct push *p)
{
    const struct push_line *l = &p->line;
    if (l->acked != p->acked && p->waits_ms != 0) {
        patience_answered(&p->patience, PUSH_STILL_MS, 2 * (now_ms() - p->waits_ms + TICK_MS));
        p->waits_ms = 0;
    }
    p->acked = l->acked;
    if (l->said > l->acked && p->waits_ms == 0)
        p->waits_ms = now_ms();
}

/* What does not come back, or NULL. A broker that gives nothing back to us may be one that does not
 * let us hear ourselves. */
static const char *stuck_why(struct push *p)
{
    const struct push_line *l = &p->line;
    int64_t patient_ms = patience_ms(&p->patience, PUSH_STILL_MS), at_ms = now_ms();
    bool waits = l->said > l->acked || (l->echoed > 0 && l->called > l->echoed);
    if (stall_look(&p->silence, true, l->heard, at_ms, p->still_ms))
        return "nothing came back from the broker";
    if (stall_look(&p->answers, waits, l->acked + l->echoed, at_ms, patient_ms))
        return "the broker took what was said and did not answer";
    return NULL;
}

/* Until the line is lost, or nothing moves on it: then it says what. */
static const char *serve(struct push *p)
{
    const char *why = NULL;
    backoff_reset(&p->backoff);
    note_line(p, true, "");
    p->silence = p->answers = (struct stall){0};
    p->acked = 0;
    p->waits_ms = 0;
    while (push_line_up(&p->line) && !why && !atomic_load(&p->stop)) {
        say_applied(p);
        say_state(p);
        measure(p);
        step(p, TICK_MS);
        measure(p);
        why = stuck_why(p);
    }
    return why;
}

/* How long until the next try. Where the broker has answered, the patience is as it was measured.
 */
static int64_t after_stall(struct push *p, const char *why, int64_t lived_ms)
{
    note_stuck(p, why);
    if (p->acked == 0)
        patience_lost(&p->patience);
    return backoff_stuck_ms(&p->backoff, lived_ms, &p->dice);
}

static void *run(void *ctx)
{
    struct push *p = ctx;
    rest(p, backoff_first_ms(&p->backoff, 0, &p->dice));
    while (!atomic_load(&p->stop)) {
        const char *why = connect_now(p);
        int64_t since_ms = now_ms(), wait_ms;
        if (!why) {
            why = serve(p);
            wait_ms = why ? after_stall(p, why, now_ms() - since_ms)
                          : backoff_first_ms(&p->backoff, now_ms() - since_ms, &p->dice);
            why = why ? why : "the connection to the broker was lost";
        } else {
            wait_ms = backoff_next_ms(&p->backoff, &p->dice);
        }
        push_line_close(&p->line);
        note_line(p, false, why);
        rest(p, wait_ms);
    }
    return NULL;
}

/* ---- the shell's side ---- */

/* "mqtts://host:port"; host 0 bytes: wrong. */
struct address {
    bool tls;
    struct str host;
    int port;
};

static struct address address_of(const char *url)
{
    struct address a = {.tls = strncmp(url, "mqtts://", 8) == 0};
    const char *host = url + (a.tls ? 8 : 7);
    if (!a.tls && strncmp(url, "mqtt://", 7) != 0)
        return a;
    size_t n = strcspn(host, ":/?#@ \t");
    char *end = NULL;
    long port = host[n] == ':' ? strtol(host + n + 1, &end, 10) : a.tls ? PORT_TLS : PORT_PLAIN;
    const char *rest_of = end ? end : host + n;
    if (*rest_of != 0 || port < 1 || port > 65535 || n >= HOST_BYTES)
        return a;
    a.host = (struct str){host, n};
    a.port = (int)port;
    return a;
}

bool push_url_good(const char *url)
{
    return address_of(url).host.n > 0;
}

static const char *copy_file(char to[FILE_BYTES], const char *path)
{
    snprintf(to, FILE_BYTES, "%s", path ? path : "");
    return path ? to : NULL;
}

static enum ph_err fill_in(struct push *p, const struct push_options *o)
{
    const struct address a = address_of(o->url);
    const struct store_identity *id = o->identity;
    if (a.host.n == 0)
        return PH_ERR_CONFIG;
    p->o = *o;
    p->dice.roll = roll;
    memcpy(p->host, a.host.p, a.host.n);
    p->name.host = p->host;
    snprintf(p->client, CLIENT_BYTES, "poi-%.*s-%.*s-%.*s", (int)id->brand_id.n, id->brand_id.p,
             (int)id->poi_id.n, id->poi_id.p, (int)o->box_id.n, o->box_id.p);
    snprintf(p->topics, PUSH_LINE_TOPICS, "poi/%.*s/%.*s", (int)id->brand_id.n, id->brand_id.p,
             (int)id->poi_id.n, id->poi_id.p);
    p->line = (struct push_line){.host = p->host,
                                 .port = a.port,
                                 .tls = a.tls,
                                 .ca_file = copy_file(p->files[0], o->ca_file),
                                 .cert_file = copy_file(p->files[1], o->cert_file),
                                 .key_file = copy_file(p->files[2], o->key_file),
                                 .client = p->client,
                                 .topics = p->topics,
                                 .message = on_message,
                                 .ctx = p};
    return PH_OK;
}

static void push_free(struct push *p)
{
    struct letter *l;
    while (p->out && (l = queue_take(p->out)))
        push_letter_free((struct push_letter *)l);
    queue_destroy(p->out);
    if (p->bell >= 0)
        close(p->bell);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

enum ph_err push_open(struct push **out, const struct push_options *options)
{
    *out = NULL;
    struct push *p = calloc(1, sizeof(*p));
    if (!p)
        return PH_ERR_MEMORY;
    pthread_mutex_init(&p->lock, NULL);
    enum ph_err err = fill_in(p, options);
    p->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    p->out = queue_create(PUSH_QUEUE, options->wake, options->ctx);
    if (err == PH_OK && (p->bell < 0 || !p->out || pthread_create(&p->thread, NULL, run, p) != 0))
        err = PH_ERR_MEMORY;
    if (err != PH_OK) {
        push_free(p);
        return err;
    }
    *out = p;
    return PH_OK;
}

static void ring(struct push *p)
{
    static const uint64_t ONE = 1;
    if (write(p->bell, &ONE, sizeof(ONE)) < 0)
        return; /* it rings already */
}

void push_look(struct push *p, struct push_facts *out)
{
    pthread_mutex_lock(&p->lock);
    *out = p->facts;
    p->facts.missed = false;
    pthread_mutex_unlock(&p->lock);
}

struct push_letter *push_take(struct push *p)
{
    return (struct push_letter *)queue_take(p->out);
}

void push_refuse(struct push *p, enum push_refusal refusal)
{
    note_refusal(p, refusal);
}

void push_ack(struct push *p, uint64_t applied_ver)
{
    if (atomic_exchange(&p->applied, applied_ver) != applied_ver)
        ring(p);
}

void push_say(struct push *p, struct str state)
{
    if (state.n > PUSH_STATE)
        return;
    pthread_mutex_lock(&p->lock);
    memcpy(p->state, state.p, state.n);
    p->state_bytes = state.n;
    pthread_mutex_unlock(&p->lock);
    ring(p);
}

void push_stop(struct push *p)
{
    atomic_store(&p->stop, true);
    ring(p);
}

void push_close(struct push *p)
{
    if (!p)
        return;
    push_stop(p);
    pthread_join(p->thread, NULL);
    name_end(&p->name);
    push_free(p);
}
