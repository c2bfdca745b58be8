#include "tools/product-center/push.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEEPALIVE_S  30
#define CONNECT_MS   5000
#define IN_FLIGHT    200
#define HOST_BYTES   128
#define TURNS_AT_ONE 256

struct push {
    struct mosquitto *m;
    struct push_hooks hooks;
    char host[HOST_BYTES]; /* or the socket's path, port 0 */
    int port;
    bool up;
    size_t waiting; /* published and not acknowledged */
    uint64_t heard; /* packets that reached a callback: tells a read that did something */
};

static int64_t uptime_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what the library says ---- */

static void on_connect(struct mosquitto *m, void *ctx, int rc)
{
    struct push *p = ctx;
    (void)m;
    p->heard++;
    p->up = rc == 0;
}

static void on_disconnect(struct mosquitto *m, void *ctx, int rc)
{
    struct push *p = ctx;
    (void)m, (void)rc;
    p->up = false;
}

static void on_publish(struct mosquitto *m, void *ctx, int mid)
{
    struct push *p = ctx;
    (void)m, (void)mid;
    p->heard++;
    if (p->waiting > 0)
        p->waiting--;
}

static void on_message(struct mosquitto *m, void *ctx, const struct mosquitto_message *message)
{
    struct push *p = ctx;
    (void)m;
    p->heard++;
    p->hooks.message(p->hooks.ctx, str_of(message->topic),
                     (struct str){message->payload, (size_t)message->payloadlen});
}

/* ---- the connection ---- */

static bool address_parse(struct push *p, const char *address)
{
    const char *colon = strrchr(address, ':');
    size_t n = address[0] == '/' ? strlen(address) : colon != NULL ? (size_t)(colon - address) : 0;
    if (n == 0 || n >= sizeof(p->host))
        return false;
    memcpy(p->host, address, n);
    if (address[0] == '/')
        return true;
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    p->port = (int)port;
    return *end == 0 && port >= 1 && port <= 65535;
}

struct push *push_open(const char *address, const struct push_hooks *hooks, char *why)
{
    struct push *p = calloc(1, sizeof(*p));
    if (p == NULL || !address_parse(p, address)) {
        snprintf(why, PUSH_WHY, "%.100s: want a broker as 127.0.0.1:1883 or /path", address);
        free(p);
        return NULL;
    }
    p->hooks = *hooks;
    mosquitto_lib_init();
    return p;
}

void push_close(struct push *p)
{
    if (p == NULL)
        return;
    if (p->up)
        mosquitto_disconnect(p->m);
    mosquitto_destroy(p->m);
    mosquitto_lib_cleanup();
    free(p);
}

void push_hang_up(struct push *p)
{
    mosquitto_destroy(p->m);
    p->m = NULL;
    p->up = false;
    p->waiting = 0;
}

static void client_make(struct push *p)
{
    push_hang_up(p);
    p->m = mosquitto_new(NULL, true, p);
    if (p->m == NULL)
        return;
    mosquitto_int_option(p->m, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_max_inflight_messages_set(p->m, IN_FLIGHT);
    mosquitto_connect_callback_set(p->m, on_connect);
    mosquitto_disconnect_callback_set(p->m, on_disconnect);
    mosquitto_publish_callback_set(p->m, on_publish);
    mosquitto_message_callback_set(p->m, on_message);
}

/* Waits for the socket and lets the library work. */
static void step(struct push *p, int64_t wait_ms)
{
    struct pollfd fd = {.fd = mosquitto_socket(p->m),
                        .events = (short)(POLLIN | (push_wants_write(p) ? POLLOUT : 0))};
    if (fd.fd >= 0)
        poll(&fd, 1, (int)wait_ms);
    push_turn(p);
}

bool push_connect(struct push *p, char *why)
{
    client_make(p);
    int rc = p->m != NULL ? mosquitto_connect(p->m, p->host, p->port, KEEPALIVE_S) : MOSQ_ERR_NOMEM;
    int64_t until = uptime_ms() + CONNECT_MS;
    while (rc == MOSQ_ERR_SUCCESS && !p->up && push_socket(p) >= 0 && uptime_ms() < until)
        step(p, until - uptime_ms());
    if (!p->up)
        snprintf(why, PUSH_WHY, "%.100s",
                 rc == MOSQ_ERR_ERRNO ? strerror(errno)
                 : rc != 0            ? mosquitto_strerror(rc)
                                      : "the broker does not let the center in");
    return p->up;
}

bool push_is_up(const struct push *p)
{
    return p->up;
}

int push_socket(const struct push *p)
{
    return p->m != NULL ? mosquitto_socket(p->m) : -1;
}

bool push_wants_write(const struct push *p)
{
    return push_socket(p) >= 0 && mosquitto_want_write(p->m);
}

/* One read takes one packet; several may be in the library's own buffer. */
void push_turn(struct push *p)
{
    uint64_t heard;
    if (push_socket(p) < 0)
        return;
    int turns = 0;
    do {
        heard = p->heard;
        mosquitto_loop_read(p->m, 1);
    } while (push_socket(p) >= 0 && p->heard != heard && ++turns < TURNS_AT_ONE);
    if (push_wants_write(p))
        mosquitto_loop_write(p->m, 1);
    if (push_socket(p) >= 0)
        mosquitto_loop_misc(p->m);
}

/* ---- messages ---- */

bool push_subscribe(struct push *p, const char *filter)
{
    return p->up && mosquitto_subscribe(p->m, NULL, filter, 0) == MOSQ_ERR_SUCCESS;
}

bool push_publish(struct push *p, const char *topic, struct str payload, bool retain)
{
    if (!p->up || mosquitto_publish(p->m, NULL, topic, (int)payload.n, payload.p, 1, retain) !=
                      MOSQ_ERR_SUCCESS)
        return false;
    p->waiting++;
    return true;
}

bool push_flush(struct push *p, int64_t wait_ms)
{
    int64_t until = uptime_ms() + wait_ms;
    while (p->up && p->waiting > 0 && uptime_ms() < until)
        step(p, until - uptime_ms());
    return p->up && p->waiting == 0;
}
