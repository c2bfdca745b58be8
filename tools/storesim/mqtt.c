#include "tools/storesim/mqtt.h"

#include "tools/storesim/clock.h"
#include "tools/storesim/dice.h"

#include <assert.h>
#include <mosquitto.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define KEEPALIVE_S      30
#define RETRY_MIN_US     50000
#define RETRY_MAX_US     2000000
#define MISC_EVERY_US    1000000
#define READS_PER_WAKEUP 32 /* keeps one busy link from starving the others */
#define LINKS_MAX        512

struct mqtt_link {
    struct mosquitto *mosq;
    struct mqtt_events events;
    void *ctx;
    char *host;
    int port;
    bool up, cut;
    int64_t retry_at_us, retry_wait_us, misc_at_us;
};

void mqtt_init(void)
{
    mosquitto_lib_init();
}

void mqtt_finish(void)
{
    mosquitto_lib_cleanup();
}

static void link_retry_later(struct mqtt_link *l)
{
    l->retry_at_us = clock_us() + dice_between(l->retry_wait_us / 2, l->retry_wait_us);
    l->retry_wait_us = l->retry_wait_us * 2 > RETRY_MAX_US ? RETRY_MAX_US : l->retry_wait_us * 2;
}

static void on_connect(struct mosquitto *mosq, void *ctx, int rc)
{
    struct mqtt_link *l = ctx;
    (void)mosq;
    if (rc != 0)
        return; /* refused: the broker closes, and on_disconnect sets the next try */
    l->up = true;
    l->retry_wait_us = RETRY_MIN_US;
    l->events.up(l->ctx);
}

static void on_disconnect(struct mosquitto *mosq, void *ctx, int rc)
{
    struct mqtt_link *l = ctx;
    (void)mosq, (void)rc;
    bool was_up = l->up;
    l->up = l->cut = false;
    link_retry_later(l);
    if (was_up)
        l->events.down(l->ctx);
}

static void on_message(struct mosquitto *mosq, void *ctx, const struct mosquitto_message *m)
{
    struct mqtt_link *l = ctx;
    (void)mosq;
    l->events.message(l->ctx, str_of(m->topic), (struct str){m->payload, (size_t)m->payloadlen});
}

static bool link_configure(struct mqtt_link *l, const struct mqtt_config *c)
{
    mosquitto_connect_callback_set(l->mosq, on_connect);
    mosquitto_disconnect_callback_set(l->mosq, on_disconnect);
    mosquitto_message_callback_set(l->mosq, on_message);
    if (mosquitto_int_option(l->mosq, MOSQ_OPT_TCP_NODELAY, 1))
        return false;
    if (c->password && mosquitto_username_pw_set(l->mosq, c->id, c->password))
        return false;
    return !c->will_topic ||
           !mosquitto_will_set(l->mosq, c->will_topic, (int)strlen(c->will), c->will, 1, true);
}

struct mqtt_link *mqtt_open(const struct mqtt_config *config, const struct mqtt_events *events,
                            void *ctx)
{
    struct mqtt_link *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->events = *events;
    l->ctx = ctx;
    l->port = config->port;
    l->retry_wait_us = RETRY_MIN_US;
    l->host = strdup(config->host);
    l->mosq = mosquitto_new(config->id, true, l);
    if (!l->host || !l->mosq || !link_configure(l, config)) {
        mqtt_close(l);
        return NULL;
    }
    return l;
}

void mqtt_close(struct mqtt_link *l)
{
    if (!l)
        return;
    if (l->mosq) {
        mosquitto_disconnect_callback_set(l->mosq, NULL);
        mosquitto_disconnect(l->mosq);
        mosquitto_destroy(l->mosq);
    }
    free(l->host);
    free(l);
}

bool mqtt_is_up(const struct mqtt_link *l)
{
    return l->up;
}

bool mqtt_publish(struct mqtt_link *l, const char *topic, struct str payload, int qos, bool retain)
{
    return l->up && !l->cut &&
           mosquitto_publish(l->mosq, NULL, topic, (int)payload.n, payload.p, qos, retain) == 0;
}

bool mqtt_subscribe(struct mqtt_link *l, const char *topic, int qos)
{
    return l->up && mosquitto_subscribe(l->mosq, NULL, topic, qos) == 0;
}

void mqtt_cut(struct mqtt_link *l)
{
    l->cut = l->up;
}

static void link_connect(struct mqtt_link *l)
{
    if (mosquitto_connect(l->mosq, l->host, l->port, KEEPALIVE_S))
        link_retry_later(l);
}

static bool readable_now(int fd)
{
    int waiting = 0;
    return ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0;
}

static void link_read(struct mqtt_link *l, int fd)
{
    for (int i = 0; i < READS_PER_WAKEUP; i++) {
        if (mosquitto_loop_read(l->mosq, 1))
            return;
        if (mosquitto_socket(l->mosq) != fd || !readable_now(fd))
            return;
    }
}

static void link_turn(struct mqtt_link *l, int fd, short happened)
{
    if (happened & (POLLIN | POLLHUP | POLLERR))
        link_read(l, fd);
    if (mosquitto_socket(l->mosq) >= 0 && mosquitto_want_write(l->mosq))
        mosquitto_loop_write(l->mosq, 1);
    if (l->cut && mosquitto_socket(l->mosq) >= 0 && !mosquitto_want_write(l->mosq))
        shutdown(mosquitto_socket(l->mosq), SHUT_RDWR);
    if (clock_us() >= l->misc_at_us) {
        l->misc_at_us = clock_us() + MISC_EVERY_US;
        mosquitto_loop_misc(l->mosq);
    }
}

void mqtt_poll(struct mqtt_link *const *links, size_t n, int wait_ms)
{
    struct pollfd fds[LINKS_MAX];
    assert(n <= LINKS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct mqtt_link *l = links[i];
        if (mosquitto_socket(l->mosq) < 0 && clock_us() >= l->retry_at_us)
            link_connect(l);
        fds[i].fd = mosquitto_socket(l->mosq);
        fds[i].events = (short)(POLLIN | (mosquitto_want_write(l->mosq) ? POLLOUT : 0));
        fds[i].revents = 0;
    }
    poll(fds, (nfds_t)n, wait_ms);
    for (size_t i = 0; i < n; i++)
        if (fds[i].fd >= 0)
            link_turn(links[i], fds[i].fd, fds[i].revents);
}
