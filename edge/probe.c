#include "edge/probe.h"

#include <stdio.h>
#include <string.h>

#include "proto/topic.h"

#define DEADLINE_MS 2000
#define REFUSED     128 /* MQTT 5 reason codes from here on are failures */

void probe_init(struct probe *p, uv_loop_t *loop, struct intake *intake, const char *socket)
{
    *p = (struct probe){.loop = loop, .intake = intake, .socket = socket};
    uv_timer_init(loop, &p->deadline);
    p->deadline.data = p;
}

/* ---- the answer ---- */

static const char *detail_of(const struct probe *p)
{
    if (p->lan == NULL || !p->replied)
        return "the role's requests or replies do not pass the broker";
    if (!p->read)
        return "the role cannot read what it should";
    if (!p->refused)
        return "the broker lets the role write what it should not";
    if (!p->online)
        return "the device is offline";
    return p->ping_us < 0 ? "the device does not answer" : "";
}

static bool rules_ok(const struct probe *p)
{
    return p->replied && p->read && p->refused;
}

static void finish(struct probe *p)
{
    char text[512];
    struct jw w;
    struct request *r = p->request;
    jw_init(&w, text, sizeof(text));
    jw_open(&w, '{');
    jw_kbool(&w, "online", p->online);
    jw_key(&w, "ping_ms");
    if (p->ping_us < 0)
        jw_null(&w);
    else
        jw_int(&w, (p->ping_us + 500) / 1000);
    jw_kbool(&w, "rules_ok", rules_ok(p));
    jw_kstring(&w, "detail", str_of(detail_of(p)));
    jw_close(&w, '}');
    uv_timer_stop(&p->deadline);
    lan_close(p->lan);
    p->lan = NULL;
    p->request = NULL;
    intake_result(p->intake, r, jw_text(&w));
}

static void on_deadline(uv_timer_t *timer)
{
    finish(timer->data);
}

/* Never from inside a callback of the probe's own connection, which finish closes. */
static void finish_soon_if_done(struct probe *p)
{
    if (p->request != NULL && rules_ok(p) && (!p->online || p->ping_us >= 0))
        uv_timer_start(&p->deadline, on_deadline, 0, 0);
}

/* ---- the probe user ---- */

static void on_up(void *ctx)
{
    struct probe *p = ctx;
    char topic[TOPIC_TEXT];
    lan_subscribe(p->lan, topic_make(topic, "dev/%s/res/#", p->id), LAN_AT_LEAST_ONCE, NULL);
    lan_subscribe(p->lan, topic_make(topic, "hub"), LAN_AT_MOST_ONCE, NULL);
    char request[96];
    int n = snprintf(request, sizeof(request), "{\"req_id\":\"%s\"}", p->nonce);
    topic_make(topic, "dev/%s/req/time.get", p->id);
    lan_publish(p->lan, topic, (struct str){request, (size_t)n}, LAN_AT_LEAST_ONCE, false, NULL);
    /* A place where nobody listens, should it get through. */
    topic_make(topic, "dev/" PROBE_PREFIX "forbidden/req/none");
    lan_publish(p->lan, topic, STR("{}"), LAN_AT_LEAST_ONCE, false, &p->forbidden_mid);
}

static void on_down(void *ctx, const char *why, bool refused)
{
    (void)ctx, (void)why, (void)refused;
}

static void on_message(void *ctx, const struct lan_message *m)
{
    struct probe *p = ctx;
    enum topic_kind kind = topic_parse(m->topic).kind;
    p->read = p->read || kind == TOPIC_HUB;
    p->replied = p->replied || kind == TOPIC_RES;
    finish_soon_if_done(p);
}

static void on_acked(void *ctx, int mid, int reason)
{
    struct probe *p = ctx;
    if (mid == p->forbidden_mid)
        p->refused = reason >= REFUSED;
    finish_soon_if_done(p);
}

static void role_begin(struct probe *p)
{
    snprintf(p->id, sizeof(p->id), PROBE_PREFIX "%s", role_name(p->role));
    const struct lan_options options = {
        .socket = p->socket,
        .client_id = p->id,
        .user = p->id,
        .password = p->intake->devices->probes[p->role].password,
        .once = true,
    };
    const struct lan_hooks hooks = {
        .ctx = p, .up = on_up, .down = on_down, .message = on_message, .acked = on_acked};
    p->lan = lan_open(p->loop, &options, &hooks);
}

/* ---- the device ---- */

static void ping(struct probe *p)
{
    char topic[TOPIC_TEXT], text[96];
    int n = snprintf(text, sizeof(text), "{\"op\":\"ping\",\"nonce\":\"%s\"}", p->nonce);
    p->pinged_us = clock_mono_us();
    lan_publish(p->intake->lan, topic_make(topic, "dev/%s/cmd", p->device),
                (struct str){text, (size_t)n}, LAN_AT_LEAST_ONCE, false, NULL);
}

void probe_ponged(struct probe *p, struct str device, struct str nonce)
{
    if (p->request == NULL || !str_eq(device, str_of(p->device)) ||
        !str_eq(nonce, str_of(p->nonce)) || p->ping_us >= 0)
        return;
    p->ping_us = clock_mono_us() - p->pinged_us;
    p->online = true;
    finish_soon_if_done(p);
}

void probe_run(struct probe *p, struct request *r)
{
    const struct device *device = devices_find(p->intake->devices, r->command.target);
    if (p->request != NULL) {
        intake_refuse(p->intake, r, CODE_BUSY, "another test is running", DEADLINE_MS);
        return;
    }
    if (device == NULL || device->probe) {
        intake_refuse(p->intake, r, CODE_UNKNOWN_OBJECT, "no such device", 0);
        return;
    }
    p->request = r;
    p->role = device->row.role;
    p->online = device->online;
    p->replied = p->read = p->refused = false;
    p->ping_us = -1;
    p->forbidden_mid = 0;
    snprintf(p->device, sizeof(p->device), "%.*s", (int)device->row.id.n, device->row.id.p);
    device_password(p->nonce);
    uv_timer_start(&p->deadline, on_deadline, DEADLINE_MS, 0);
    role_begin(p);
    ping(p);
}

void probe_stop(struct probe *p)
{
    if (p->request != NULL)
        finish(p);
    uv_close((uv_handle_t *)&p->deadline, NULL);
}
