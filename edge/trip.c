#include "edge/trip.h"

#include <stdio.h>

#include "edge/clock.h"
#include "proto/topic.h"

#define REFUSED 128 /* MQTT 5 reason codes from here on are failures */

bool trip_ok(const struct trip *t)
{
    return t->replied && t->read && t->refused;
}

const char *trip_why(const struct trip *t)
{
    if (t->allowed)
        return "the broker lets the role write what it should not";
    if (!t->replied)
        return "the role's requests or replies do not pass the broker";
    if (!t->read)
        return "the role cannot read what it should";
    return t->refused ? "" : "the broker does not say what the role may";
}

static void on_up(void *ctx)
{
    struct trip *t = ctx;
    char topic[TOPIC_TEXT], request[96];
    lan_subscribe(t->lan, topic_make(topic, "dev/%s/res/#", t->id), LAN_AT_LEAST_ONCE, NULL);
    lan_subscribe(t->lan, topic_make(topic, "hub"), LAN_AT_MOST_ONCE, NULL);
    int n = snprintf(request, sizeof(request), "{\"req_id\":\"%s\"}", t->nonce);
    topic_make(topic, "dev/%s/req/time.get", t->id);
    t->asked_us = clock_mono_us();
    lan_publish(t->lan, topic, (struct str){request, (size_t)n}, LAN_AT_LEAST_ONCE, false,
                &t->request_mid);
    /* A place where nobody listens, should it get through. */
    topic_make(topic, "dev/" PROBE_PREFIX "forbidden/req/none");
    lan_publish(t->lan, topic, STR("{}"), LAN_AT_LEAST_ONCE, false, &t->forbidden_mid);
}

static void on_down(void *ctx, const char *why, bool refused)
{
    struct trip *t = ctx;
    (void)why, (void)refused;
    t->cut = true;
    t->news(t->ctx);
}

static void on_message(void *ctx, const struct lan_message *m)
{
    struct trip *t = ctx;
    enum topic_kind kind = topic_parse(m->topic).kind;
    t->read = t->read || kind == TOPIC_HUB;
    if (kind == TOPIC_RES && !t->replied)
        t->reply_us = clock_mono_us() - t->asked_us;
    t->replied = t->replied || kind == TOPIC_RES;
    t->news(t->ctx);
}

static void on_acked(void *ctx, int mid, int reason)
{
    struct trip *t = ctx;
    bool refused = reason >= REFUSED;
    if (mid == t->forbidden_mid) {
        t->refused = refused;
        t->allowed = !refused;
    } else if (mid == t->request_mid) {
        t->barred = refused;
    }
    t->news(t->ctx);
}

void trip_begin(struct trip *t, uv_loop_t *loop, const char *socket, const struct devices *devices,
                enum role role, void (*news)(void *ctx), void *ctx)
{
    *t = (struct trip){.reply_us = -1, .news = news, .ctx = ctx};
    snprintf(t->id, sizeof(t->id), PROBE_PREFIX "%s", role_name(role));
    device_password(t->nonce);
    snprintf(t->client, sizeof(t->client), "%s-%.8s", t->id, t->nonce);
    const struct lan_options options = {
        .socket = socket,
        .client_id = t->client,
        .user = t->id,
        .password = devices->probes[role].password,
        .once = true,
    };
    const struct lan_hooks hooks = {
        .ctx = t, .up = on_up, .down = on_down, .message = on_message, .acked = on_acked};
    t->lan = lan_open(loop, &options, &hooks);
    t->cut = t->lan == NULL;
}

void trip_end(struct trip *t)
{
    lan_close(t->lan);
    t->lan = NULL;
}
