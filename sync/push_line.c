#include "sync/push_line.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define READS_AT_ONE   64
#define GOODBYE_MS     200
#define SUBSCRIBED     2
#define ECHO           "state"
#define TOPIC_TEXT     (PUSH_LINE_TOPICS + 8)
#define REFUSED_BY_QOS 0x80

static const char *topic(const struct push_line *l, const char *leaf, char out[TOPIC_TEXT])
{
    snprintf(out, TOPIC_TEXT, "%s/%s", l->topics, leaf);
    return out;
}

/* ---- what the library says ---- */

static void on_connect(struct mosquitto *m, void *ctx, int rc)
{
    struct push_line *l = ctx;
    char text[TOPIC_TEXT];
    static const char *const LEAVES[SUBSCRIBED] = {"down", "head"};
    l->read++;
    l->let_in = rc == 0;
    l->refused = rc != 0;
    for (int i = 0; i < SUBSCRIBED && rc == 0; i++)
        mosquitto_subscribe(m, NULL, topic(l, LEAVES[i], text), 1);
    if (rc == 0)
        mosquitto_subscribe(m, &l->echo_mid, topic(l, ECHO, text), 1);
}

static void on_subscribe(struct mosquitto *m, void *ctx, int mid, int n, const int *granted)
{
    struct push_line *l = ctx;
    (void)m;
    l->read++;
    for (int i = 0; mid != l->echo_mid && i < n; i++) {
        l->refused = l->refused || granted[i] >= REFUSED_BY_QOS;
        l->subscribed++;
    }
}

static void on_disconnect(struct mosquitto *m, void *ctx, int rc)
{
    struct push_line *l = ctx;
    (void)m, (void)rc;
    l->gone = true;
}

static void on_message(struct mosquitto *m, void *ctx, const struct mosquitto_message *message)
{
    struct push_line *l = ctx;
    const char *leaf = strrchr(message->topic, '/');
    (void)m;
    l->read++;
    if (leaf && strcmp(leaf + 1, ECHO) == 0) {
        l->echoed++;
        return;
    }
    l->message(l->ctx, str_of(leaf ? leaf + 1 : ""),
               (struct str){message->payload, (size_t)message->payloadlen});
}

static void on_publish(struct mosquitto *m, void *ctx, int mid)
{
    struct push_line *l = ctx;
    (void)m, (void)mid;
    l->acked++;
}

/* ---- opening ---- */

static bool client_make(struct push_line *l)
{
    l->let_in = l->gone = l->refused = false;
    l->subscribed = l->echo_mid = 0;
    l->heard = l->said = l->acked = l->called = l->echoed = 0;
    l->m = mosquitto_new(l->client, true, l);
    if (!l->m)
        return false;
    mosquitto_connect_callback_set(l->m, on_connect);
    mosquitto_subscribe_callback_set(l->m, on_subscribe);
    mosquitto_disconnect_callback_set(l->m, on_disconnect);
    mosquitto_message_callback_set(l->m, on_message);
    mosquitto_publish_callback_set(l->m, on_publish);
    mosquitto_int_option(l->m, MOSQ_OPT_TCP_NODELAY, 1);
    return true;
}

static int client_connect(struct push_line *l)
{
    int rc = MOSQ_ERR_SUCCESS;
    if (l->tls)
        rc = mosquitto_tls_set(l->m, l->ca_file, NULL, l->cert_file, l->key_file, NULL);
    if (l->tls && rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_tls_opts_set(l->m, 1, "tlsv1.2", NULL); /* that, or later ones */
    if (rc == MOSQ_ERR_SUCCESS)
        rc = mosquitto_connect_async(l->m, l->host, l->port, l->keepalive_s);
    return rc;
}

const char *push_line_open(struct push_line *l)
{
    if (!client_make(l))
        return "out of memory";
    int rc = client_connect(l);
    if (rc == MOSQ_ERR_SUCCESS)
        return NULL;
    return rc == MOSQ_ERR_ERRNO   ? strerror(errno)
           : rc == MOSQ_ERR_INVAL ? "the certificates cannot be read"
                                  : mosquitto_strerror(rc);
}

/* ---- driving ---- */

/* One read takes one packet; more may be in the library's own buffers, where poll cannot see them.
 */
static void read_more(struct push_line *l)
{
    uint64_t before = l->read - 1;
    for (int i = 0; i < READS_AT_ONE && l->read != before && mosquitto_socket(l->m) >= 0; i++) {
        before = l->read;
        mosquitto_loop_read(l->m, 1);
    }
}

/* While hands are shaken the socket is always ready to write, and asking at once would be all that
 * this thread does. A refused connection stays ready for ever, while the library goes on writing
 * its greeting to it. */
void push_line_step(struct push_line *l, int wake, int64_t wait_ms)
{
    int out = l->let_in && mosquitto_want_write(l->m) ? POLLOUT : 0;
    struct pollfd fds[] = {{.fd = wake, .events = POLLIN},
                           {.fd = mosquitto_socket(l->m), .events = (short)(POLLIN | out)}};
    uint64_t before = l->read;
    poll(fds, 2, (int)wait_ms);
    l->heard += (fds[1].revents & POLLIN) != 0;
    if ((fds[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 ||
        mosquitto_loop(l->m, 0, 1) != MOSQ_ERR_SUCCESS)
        l->gone = true;
    if (!l->gone && l->read != before)
        read_more(l);
}

bool push_line_up(const struct push_line *l)
{
    return l->let_in && l->subscribed >= SUBSCRIBED && !l->refused && !l->gone;
}

const char *push_line_trouble(const struct push_line *l)
{
    if (l->refused)
        return "the broker does not let this box hear its store";
    if (!l->gone)
        return NULL;
    return l->tls ? "the broker closed the connection: certificates, or not the broker"
                  : "the broker closed the connection";
}

void push_line_say(struct push_line *l, const char *leaf, struct str text)
{
    char to[TOPIC_TEXT];
    if (mosquitto_publish(l->m, NULL, topic(l, leaf, to), (int)text.n, text.p, 1, false) !=
        MOSQ_ERR_SUCCESS)
        return;
    l->said++;
    l->called += strcmp(leaf, ECHO) == 0;
}

void push_line_close(struct push_line *l)
{
    if (l->m && push_line_up(l)) {
        mosquitto_disconnect(l->m);
        mosquitto_loop(l->m, GOODBYE_MS, 1);
    }
    mosquitto_destroy(l->m);
    l->m = NULL;
}
