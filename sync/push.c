#include "sync/push.h"

#include <errno.h>
#include <mosquitto.h>
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
#include "sync/name.h"

#define KEEPALIVE_S    60
#define NAME_MS        5000
#define HANDSHAKE_MS   10000 /* TCP, TLS, MQTT and both subscriptions */
#define TICK_MS        1000  /* the library's housekeeping */
#define SHAKE_TICK_MS  50    /* the same while it shakes hands; it must not be asked more often */
#define READS_AT_ONE   64
#define GOODBYE_MS     200
#define HOST_BYTES     128
#define CLIENT_BYTES   160
#define FILE_BYTES     128
#define PORT_TLS       8883
#define PORT_PLAIN     1883
#define TOPICS         2
#define TOPIC_TEXT     128
#define REFUSED_BY_QOS 0x80

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
    bool tls;
    char host[HOST_BYTES];
    int port;
    char client[CLIENT_BYTES];
    char files[3][FILE_BYTES]; /* ca, cert, key */

    /* the thread's own */
    struct mosquitto *m;
    struct name name;
    struct dice dice;
    struct backoff backoff;
    bool let_in, gone, refused;
    int subscribed;
    uint64_t read;         /* packets that reached a callback */
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

static const char *topic(const struct push *p, const char *leaf, char out[TOPIC_TEXT])
{
    const struct store_identity *id = p->o.identity;
    snprintf(out, TOPIC_TEXT, "poi/%.*s/%.*s/%s", (int)id->brand_id.n, id->brand_id.p,
             (int)id->poi_id.n, id->poi_id.p, leaf);
    return out;
}

/* ---- what the library says ---- */

static void on_connect(struct mosquitto *m, void *ctx, int rc)
{
    struct push *p = ctx;
    char text[TOPIC_TEXT];
    static const char *const LEAVES[TOPICS] = {"down", "head"};
    p->read++;
    p->let_in = rc == 0;
    p->refused = rc != 0;
    for (int i = 0; i < TOPICS && rc == 0; i++)
        mosquitto_subscribe(m, NULL, topic(p, LEAVES[i], text), 1);
}

static void on_subscribe(struct mosquitto *m, void *ctx, int mid, int n, const int *granted)
{
    struct push *p = ctx;
    (void)m, (void)mid;
    p->read++;
    for (int i = 0; i < n; i++) {
        p->refused = p->refused || granted[i] >= REFUSED_BY_QOS;
        p->subscribed++;
    }
}

static void on_disconnect(struct mosquitto *m, void *ctx, int rc)
{
    struct push *p = ctx;
    (void)m, (void)rc;
    p->gone = true;
}

static void on_message(struct mosquitto *m, void *ctx, const struct mosquitto_message *message)
{
    struct push *p = ctx;
    enum push_refusal refusal;
    const char *leaf = strrchr(message->topic, '/');
    struct str payload = {message->payload, (size_t)message->payloadlen};
    (void)m;
    p->read++;
    struct push_letter *l =
        push_read(p->o.identity, str_of(leaf ? leaf + 1 : ""), payload, &refusal);
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

static bool client_make(struct push *p)
{
    p->let_in = p->gone = p->refused = false;
    p->subscribed = 0;
    p->said_applied = UINT64_MAX;
    p->m = mosquitto_new(p->client, true, p);
    if (!p->m)
        return false;
    mosquitto_connect_callback_set(p->m, on_connect);
    mosquitto_subscribe_callback_set(p->m, on_subscribe);
    mosquitto_disconnect_callback_set(p->m, on_disconnect);
    mosquitto_message_callback_set(p->m, on_message);
    mosquitto_int_option(p->m, MOSQ_OPT_TCP_NODELAY, 1);
    return true;
}

static int client_connect(struct push *p)
{
    int rc = MOSQ_ERR_SUCCESS;
    if (p->tls)
        rc = mosquitto_tls_set(p->m, p->o.ca_file, NULL, p->o.cert_file, p->o.key_file, NULL);
    if (p->tls && rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_tls_opts_set(p->m, 1, "tlsv1.2", NULL); /* that, or later ones */
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_connect_async(p->m, p->host, p->port, KEEPALIVE_S);
    return rc;
}

static void drain_bell(struct push *p)
{
    uint64_t count;
    if (read(p->bell, &count, sizeof(count)) < 0)
        return; /* nobody has rung */
}

/* One read takes one packet; more may be in the library's own buffers, where poll cannot see them.
 */
static void read_more(struct push *p)
{
    uint64_t before = p->read - 1;
    for (int i = 0; i < READS_AT_ONE && p->read != before && mosquitto_socket(p->m) >= 0; i++) {
        before = p->read;
        mosquitto_loop_read(p->m, 1);
    }
}

/* While hands are shaken the socket is always ready to write, and asking at once would be all that
 * this thread does. */
static void step(struct push *p, int64_t wait_ms, bool shaking)
{
    int out = !shaking && mosquitto_want_write(p->m) ? POLLOUT : 0;
    struct pollfd fds[] = {{.fd = p->bell, .events = POLLIN},
                           {.fd = mosquitto_socket(p->m), .events = (short)(POLLIN | out)}};
    uint64_t before = p->read;
    poll(fds, 2, (int)wait_ms);
    drain_bell(p);
    if (mosquitto_loop(p->m, 0, 1) != MOSQ_ERR_SUCCESS)
        p->gone = true;
    if (!p->gone && p->read != before)
        read_more(p);
}

static bool is_up(const struct push *p)
{
    return p->let_in && p->subscribed >= TOPICS && !p->refused && !p->gone;
}

static const char *shake_hands(struct push *p)
{
    int64_t until_ms = now_ms() + HANDSHAKE_MS;
    while (!is_up(p) && !p->gone && !p->refused && !atomic_load(&p->stop) && now_ms() < until_ms)
        step(p, SHAKE_TICK_MS, !p->let_in);
    if (p->refused)
        return "the broker does not let this box hear its store";
    if (p->gone)
        return p->tls ? "the broker closed the connection: certificates, or not the broker"
                      : "the broker closed the connection";
    return is_up(p) ? NULL : "the broker did not answer in time";
}

/* What stood in the way, or NULL. */
static const char *connect_now(struct push *p)
{
    if (!name_known(&p->name, NAME_MS, &p->stop))
        return "the name of the broker could not be looked up";
    if (!client_make(p))
        return "out of memory";
    int rc = client_connect(p);
    if (rc != MOSQ_ERR_SUCCESS)
        return rc == MOSQ_ERR_ERRNO   ? strerror(errno)
               : rc == MOSQ_ERR_INVAL ? "the certificates cannot be read"
                                      : mosquitto_strerror(rc);
    return shake_hands(p);
}

static void hang_up(struct push *p)
{
    if (p->m && is_up(p)) {
        mosquitto_disconnect(p->m);
        mosquitto_loop(p->m, GOODBYE_MS, 1);
    }
    mosquitto_destroy(p->m);
    p->m = NULL;
}

/* ---- what is said ---- */

static void publish(struct push *p, const char *leaf, struct str text)
{
    char to[TOPIC_TEXT];
    mosquitto_publish(p->m, NULL, topic(p, leaf, to), (int)text.n, text.p, 0, false);
}

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
    publish(p, "ack", jw_text(&w));
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
        publish(p, "state", (struct str){text, n});
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

/* Until the line is lost. */
static void serve(struct push *p)
{
    backoff_reset(&p->backoff);
    note_line(p, true, "");
    while (is_up(p) && !atomic_load(&p->stop)) {
        say_applied(p);
        say_state(p);
        step(p, TICK_MS, false);
    }
}

static void *run(void *ctx)
{
    struct push *p = ctx;
    rest(p, backoff_first_ms(&p->backoff, 0, &p->dice));
    while (!atomic_load(&p->stop)) {
        const char *why = connect_now(p);
        int64_t since_ms = now_ms(), wait_ms;
        if (!why) {
            serve(p);
            why = "the connection to the broker was lost";
            wait_ms = backoff_first_ms(&p->backoff, now_ms() - since_ms, &p->dice);
        } else {
            wait_ms = backoff_next_ms(&p->backoff, &p->dice);
        }
        hang_up(p);
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
    p->o.ca_file = copy_file(p->files[0], o->ca_file);
    p->o.cert_file = copy_file(p->files[1], o->cert_file);
    p->o.key_file = copy_file(p->files[2], o->key_file);
    p->tls = a.tls;
    p->port = a.port;
    memcpy(p->host, a.host.p, a.host.n);
    p->name.host = p->host;
    p->dice.roll = roll;
    snprintf(p->client, CLIENT_BYTES, "poi-%.*s-%.*s-%.*s", (int)id->brand_id.n, id->brand_id.p,
             (int)id->poi_id.n, id->poi_id.p, (int)o->box_id.n, o->box_id.p);
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
