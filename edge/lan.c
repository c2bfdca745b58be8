#include "edge/lan.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/clock.h"
#include "edge/lan_watch.h"
#include "proto/crypto.h"

#define KEEPALIVE_S    30
#define RETRY_FIRST_MS 50
#define RETRY_MAX_MS   2000
#define READS_PER_WAKE 64  /* then the loop gets its turn, so that replies go out in between */
#define IN_FLIGHT      200 /* as in the broker's configuration */
#define GOODBYE_MS     500

/* libmosquitto closes its socket before it says so, and libuv must not poll a closed one: so the
 * loop polls a copy that is ours. Outlives the connection until the loop has closed the handle. */
struct watch {
    uv_poll_t poll;
    int fd;
    int events;
};

struct lan {
    uv_loop_t *loop;
    struct mosquitto *m;
    struct lan_options o;
    struct lan_hooks hooks;
    struct watch *watch;
    uv_timer_t retry;
    unsigned attempt;
    size_t outstanding;
    uint64_t acked;
    uint64_t heard; /* packets that reached a callback: tells a read that did something */
    uint64_t echoed;
    struct lan_watch guard;
    bool up, lost, closing;
};

void lan_library_open(void)
{
    mosquitto_lib_init();
}

void lan_library_close(void)
{
    mosquitto_lib_cleanup();
}

/* ---- watching the socket ---- */

static void connect_now(uv_timer_t *timer);
static void after_call(struct lan *lan);

static void watch_free(uv_handle_t *handle)
{
    struct watch *watch = (struct watch *)handle;
    close(watch->fd);
    free(watch);
}

static void watch_end(struct lan *lan)
{
    if (lan->watch == NULL)
        return;
    uv_poll_stop(&lan->watch->poll);
    uv_close((uv_handle_t *)&lan->watch->poll, watch_free);
    lan->watch = NULL;
}

static void flush(struct lan *lan)
{
    while (lan->watch != NULL && mosquitto_want_write(lan->m)) {
        struct pollfd p = {.fd = lan->watch->fd, .events = POLLOUT};
        if (poll(&p, 1, 0) != 1 || mosquitto_loop_write(lan->m, 1) != MOSQ_ERR_SUCCESS)
            return;
    }
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct lan *lan = poll->data;
    uint64_t heard;
    (void)status;
    if (events & UV_READABLE || status < 0) {
        int turns = 0;
        do {
            heard = lan->heard;
            mosquitto_loop_read(lan->m, 1);
        } while (lan->watch != NULL && lan->heard != heard && ++turns < READS_PER_WAKE);
    }
    flush(lan);
    after_call(lan);
}

static bool watch_begin(struct lan *lan)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    if (watch == NULL)
        return false;
    watch->fd = fcntl(mosquitto_socket(lan->m), F_DUPFD_CLOEXEC, 0);
    if (watch->fd < 0 || uv_poll_init(lan->loop, &watch->poll, watch->fd) != 0) {
        if (watch->fd >= 0)
            close(watch->fd);
        free(watch);
        return false;
    }
    watch->poll.data = lan;
    lan->watch = watch;
    return true;
}

static void retry_later(struct lan *lan)
{
    uint32_t random;
    uint64_t ceiling = RETRY_MAX_MS;
    if (lan->attempt < 6)
        ceiling = (uint64_t)RETRY_FIRST_MS << lan->attempt;
    if (ceiling > RETRY_MAX_MS)
        ceiling = RETRY_MAX_MS;
    lan->attempt++;
    random_bytes(&random, sizeof(random));
    uv_timer_start(&lan->retry, connect_now, 1 + random % ceiling, 0);
}

/* After every call into the library: it may want to write, or have lost its connection. */
static void after_call(struct lan *lan)
{
    if (lan->lost) {
        lan->lost = false;
        if (!lan->closing && !lan->o.once)
            retry_later(lan);
        return;
    }
    if (lan->watch == NULL)
        return;
    int events = UV_READABLE | (mosquitto_want_write(lan->m) ? UV_WRITABLE : 0);
    if (events != lan->watch->events) {
        lan->watch->events = events;
        uv_poll_start(&lan->watch->poll, events, on_ready);
    }
}

/* ---- what the library says ---- */

static void say_echo(struct lan *lan)
{
    if (lan->o.echo_topic != NULL && lan->up && lan_watch_ask(&lan->guard, clock_mono_us() / 1000))
        lan_publish(lan, lan->o.echo_topic, STR("{}"), LAN_AT_LEAST_ONCE, false, NULL);
}

static void on_connect(struct mosquitto *m, void *ctx, int rc, int flags,
                       const mosquitto_property *properties)
{
    struct lan *lan = ctx;
    (void)m, (void)flags, (void)properties;
    lan->heard++;
    if (lan->closing)
        return;
    if (rc != 0) {
        lan->hooks.down(lan->hooks.ctx, mosquitto_reason_string(rc),
                        rc == MQTT_RC_NOT_AUTHORIZED || rc == MQTT_RC_BAD_USERNAME_OR_PASSWORD);
        return;
    }
    lan->up = true;
    lan->attempt = 0;
    if (lan->o.echo_topic != NULL)
        mosquitto_subscribe_v5(m, NULL, lan->o.echo_topic, 1, 0, NULL);
    say_echo(lan);
    lan->hooks.up(lan->hooks.ctx);
}

static void on_disconnect(struct mosquitto *m, void *ctx, int rc,
                          const mosquitto_property *properties)
{
    struct lan *lan = ctx;
    bool was_up = lan->up;
    (void)m, (void)properties;
    watch_end(lan);
    lan->up = false;
    lan->lost = true;
    lan->outstanding = 0;
    if (was_up && !lan->closing)
        lan->hooks.down(lan->hooks.ctx, mosquitto_strerror(rc), false);
}

static void on_message(struct mosquitto *m, void *ctx, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    struct lan *lan = ctx;
    char *topic = NULL;
    void *data = NULL;
    uint16_t data_n = 0;
    (void)m;
    lan->heard++;
    if (lan->closing)
        return;
    if (lan->o.echo_topic != NULL && strcmp(message->topic, lan->o.echo_topic) == 0) {
        lan->echoed++;
        lan->hooks.echoed(lan->hooks.ctx);
        return;
    }
    if (properties != NULL) {
        mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC, &topic, false);
        mosquitto_property_read_binary(properties, MQTT_PROP_CORRELATION_DATA, &data, &data_n,
                                       false);
    }
    lan->hooks.message(lan->hooks.ctx,
                       &(struct lan_message){
                           .topic = str_of(message->topic),
                           .payload = {message->payload, (size_t)message->payloadlen},
                           .retained = message->retain,
                           .response_topic = str_of(topic),
                           .correlation = {data, data_n},
                       });
    free(topic);
    free(data);
}

static void on_publish(struct mosquitto *m, void *ctx, int mid, int reason,
                       const mosquitto_property *properties)
{
    struct lan *lan = ctx;
    (void)m, (void)properties;
    lan->heard++;
    lan->acked++;
    if (lan->outstanding > 0)
        lan->outstanding--;
    if (!lan->closing && lan->hooks.acked != NULL)
        lan->hooks.acked(lan->hooks.ctx, mid, reason);
}

static void on_subscribe(struct mosquitto *m, void *ctx, int mid, int n, const int *granted,
                         const mosquitto_property *properties)
{
    struct lan *lan = ctx;
    (void)m, (void)n, (void)granted, (void)properties;
    lan->heard++;
    if (!lan->closing && lan->hooks.subscribed != NULL)
        lan->hooks.subscribed(lan->hooks.ctx, mid);
}

/* ---- connecting ---- */

static struct mosquitto *client_new(struct lan *lan)
{
    struct mosquitto *m = mosquitto_new(lan->o.client_id, true, lan);
    if (m == NULL)
        return NULL;
    mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(m, MOSQ_OPT_RECEIVE_MAXIMUM, IN_FLIGHT);
    mosquitto_int_option(m, MOSQ_OPT_SEND_MAXIMUM, IN_FLIGHT);
    mosquitto_username_pw_set(m, lan->o.user, lan->o.password);
    if (lan->o.will_topic != NULL)
        mosquitto_will_set_v5(m, lan->o.will_topic, (int)lan->o.will.n, lan->o.will.p, 1, true,
                              NULL);
    mosquitto_connect_v5_callback_set(m, on_connect);
    mosquitto_disconnect_v5_callback_set(m, on_disconnect);
    mosquitto_message_v5_callback_set(m, on_message);
    mosquitto_publish_v5_callback_set(m, on_publish);
    mosquitto_subscribe_v5_callback_set(m, on_subscribe);
    return m;
}

/* A fresh client each time: an old one would repeat what it still held, after newer messages. */
static void connect_now(uv_timer_t *timer)
{
    struct lan *lan = timer->data;
    mosquitto_destroy(lan->m);
    lan->lost = false;
    lan->echoed = 0;
    lan->guard = (struct lan_watch){0};
    lan->m = client_new(lan);
    int rc = lan->m == NULL
                 ? MOSQ_ERR_NOMEM
                 : mosquitto_connect_bind_v5(lan->m, lan->o.socket, 0, KEEPALIVE_S, NULL, NULL);
    if (rc == MOSQ_ERR_SUCCESS && watch_begin(lan)) {
        after_call(lan);
        return;
    }
    lan->hooks.down(lan->hooks.ctx, rc == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(rc),
                    false);
    if (!lan->o.once)
        retry_later(lan);
}

struct lan *lan_open(uv_loop_t *loop, const struct lan_options *options,
                     const struct lan_hooks *hooks)
{
    struct lan *lan = calloc(1, sizeof(*lan));
    if (lan == NULL)
        return NULL;
    lan->loop = loop;
    lan->o = *options;
    lan->hooks = *hooks;
    uv_timer_init(loop, &lan->retry);
    lan->retry.data = lan;
    uv_timer_start(&lan->retry, connect_now, 0, 0);
    return lan;
}

static void lan_free(uv_handle_t *handle)
{
    struct lan *lan = handle->data;
    mosquitto_destroy(lan->m);
    free(lan);
}

/* A socket that is closed with something unread in it resets the other side, which then takes us
 * for dead and publishes our will. */
static void hear_out(struct lan *lan)
{
    while (lan->watch != NULL && lan->up && lan->outstanding > 0) {
        struct pollfd p = {.fd = lan->watch->fd, .events = POLLIN};
        flush(lan);
        if (lan->watch == NULL || poll(&p, 1, GOODBYE_MS) != 1 ||
            mosquitto_loop_read(lan->m, 1) != MOSQ_ERR_SUCCESS)
            return;
    }
}

void lan_close(struct lan *lan)
{
    if (lan == NULL)
        return;
    lan->closing = true;
    uv_timer_stop(&lan->retry);
    hear_out(lan);
    if (lan->m != NULL)
        mosquitto_disconnect_v5(lan->m, 0, NULL);
    while (lan->watch != NULL && mosquitto_want_write(lan->m)) {
        struct pollfd p = {.fd = lan->watch->fd, .events = POLLOUT};
        if (poll(&p, 1, GOODBYE_MS) != 1 || mosquitto_loop_write(lan->m, 1) != MOSQ_ERR_SUCCESS)
            break;
    }
    watch_end(lan);
    uv_close((uv_handle_t *)&lan->retry, lan_free);
}

bool lan_is_up(const struct lan *lan)
{
    return lan != NULL && lan->up;
}

/* A broker that stands still, or a connection that swallows, would keep us silent for good. */
static bool is_stuck(struct lan *lan)
{
    const struct lan_facts facts = {.up = lan->up,
                                    .outstanding = lan->outstanding,
                                    .acked = lan->acked,
                                    .read = lan->heard,
                                    .echoed = lan->echoed};
    int64_t still_ms = 0;
    enum lan_stall stall = lan_watch_look(&lan->guard, &facts, clock_mono_us() / 1000, &still_ms);
    if (stall == LAN_MOVES)
        return false;
    if (lan->hooks.stuck != NULL)
        lan->hooks.stuck(lan->hooks.ctx, lan_stall_text(stall), still_ms);
    return true;
}

void lan_tick(struct lan *lan)
{
    if (lan->watch == NULL)
        return;
    say_echo(lan);
    if (lan->watch != NULL && is_stuck(lan))
        shutdown(lan->watch->fd, SHUT_RDWR);
    mosquitto_loop_misc(lan->m);
    after_call(lan);
}

/* ---- sending ---- */

static bool publish(struct lan *lan, const char *topic, struct str payload, int qos, bool retain,
                    int *mid, const mosquitto_property *properties)
{
    if (!lan_is_up(lan))
        return false;
    lan->outstanding++; /* first: QoS 0 is reported as done inside the call */
    int rc = mosquitto_publish_v5(lan->m, mid, topic, (int)payload.n, payload.p, qos, retain,
                                  properties);
    if (rc != MOSQ_ERR_SUCCESS && lan->outstanding > 0)
        lan->outstanding--;
    after_call(lan);
    return rc == MOSQ_ERR_SUCCESS;
}

bool lan_publish(struct lan *lan, const char *topic, struct str payload, int qos, bool retain,
                 int *mid)
{
    return publish(lan, topic, payload, qos, retain, mid, NULL);
}

bool lan_reply(struct lan *lan, const char *topic, struct str payload, struct str correlation)
{
    mosquitto_property *properties = NULL;
    if (correlation.n > 0 &&
        mosquitto_property_add_binary(&properties, MQTT_PROP_CORRELATION_DATA, correlation.p,
                                      (uint16_t)correlation.n) != MOSQ_ERR_SUCCESS)
        return false;
    bool sent = publish(lan, topic, payload, LAN_AT_LEAST_ONCE, false, NULL, properties);
    mosquitto_property_free_all(&properties);
    return sent;
}

bool lan_subscribe(struct lan *lan, const char *filter, int qos, int *mid)
{
    if (!lan_is_up(lan))
        return false;
    int rc = mosquitto_subscribe_v5(lan->m, mid, filter, qos, MQTT_SUB_OPT_NO_LOCAL, NULL);
    after_call(lan);
    return rc == MOSQ_ERR_SUCCESS;
}

void lan_unsubscribe(struct lan *lan, const char *filter)
{
    if (!lan_is_up(lan))
        return;
    mosquitto_unsubscribe(lan->m, NULL, filter);
    after_call(lan);
}

size_t lan_outstanding(const struct lan *lan)
{
    return lan->outstanding;
}
