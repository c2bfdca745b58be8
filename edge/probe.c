#include "edge/probe.h"

#include <stdio.h>
#include <string.h>

#include "proto/topic.h"

#define DEADLINE_MS 2000

void probe_init(struct probe *p, uv_loop_t *loop, struct intake *intake, const char *socket)
{
    *p = (struct probe){.loop = loop, .intake = intake, .socket = socket};
    uv_timer_init(loop, &p->deadline);
    p->deadline.data = p;
}

/* ---- the answer ---- */

static const char *detail_of(const struct probe *p)
{
    if (!trip_ok(&p->trip))
        return trip_why(&p->trip);
    if (!p->online)
        return "the device is offline";
    return p->ping_us < 0 ? "the device does not answer" : "";
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
    jw_kbool(&w, "rules_ok", trip_ok(&p->trip));
    jw_kstring(&w, "detail", str_of(detail_of(p)));
    jw_close(&w, '}');
    uv_timer_stop(&p->deadline);
    trip_end(&p->trip);
    p->request = NULL;
    intake_result(p->intake, r, jw_text(&w));
}

static void on_deadline(uv_timer_t *timer)
{
    finish(timer->data);
}

/* Never from inside a callback of the trip's own connection, which finish closes. */
static void finish_soon_if_done(void *ctx)
{
    struct probe *p = ctx;
    if (p->request != NULL && trip_ok(&p->trip) && (!p->online || p->ping_us >= 0))
        uv_timer_start(&p->deadline, on_deadline, 0, 0);
}

/* ---- the device ---- */

static void send_cmd(struct probe *p, struct str device, struct str text)
{
    char topic[TOPIC_TEXT];
    lan_publish(p->intake->lan, topic_make(topic, "dev/%.*s/cmd", (int)device.n, device.p), text,
                LAN_AT_LEAST_ONCE, false, NULL);
}

static void ping(struct probe *p)
{
    char text[96];
    int n = snprintf(text, sizeof(text), "{\"op\":\"ping\",\"nonce\":\"%s\"}", p->trip.nonce);
    p->pinged_us = clock_mono_us();
    send_cmd(p, str_of(p->device), (struct str){text, (size_t)n});
}

void probe_ponged(struct probe *p, struct str device, struct str nonce)
{
    if (p->request == NULL || !str_eq(device, str_of(p->device)) ||
        !str_eq(nonce, str_of(p->trip.nonce)) || p->ping_us >= 0)
        return;
    p->ping_us = clock_mono_us() - p->pinged_us;
    p->online = true;
    finish_soon_if_done(p);
}

/* NULL: nobody is called so, and the request was refused. */
static const struct device *find(struct probe *p, struct request *r)
{
    const struct device *device = devices_find(p->intake->devices, r->command.target);
    if (device != NULL && !device->probe)
        return device;
    intake_refuse(p->intake, r, CODE_UNKNOWN_OBJECT, "no such device", 0);
    return NULL;
}

void probe_identify(struct probe *p, struct request *r)
{
    const struct device *device = find(p, r);
    if (device == NULL)
        return;
    if (device->online)
        send_cmd(p, device->row.id, STR("{\"op\":\"identify\"}"));
    intake_result(p->intake, r,
                  device->online ? STR("{\"online\":true}") : STR("{\"online\":false}"));
}

void probe_run(struct probe *p, struct request *r)
{
    if (p->request != NULL) {
        intake_refuse(p->intake, r, CODE_BUSY, "another test is running", DEADLINE_MS);
        return;
    }
    const struct device *device = find(p, r);
    if (device == NULL)
        return;
    p->request = r;
    p->online = device->online;
    p->ping_us = -1;
    snprintf(p->device, sizeof(p->device), "%.*s", (int)device->row.id.n, device->row.id.p);
    uv_timer_start(&p->deadline, on_deadline, DEADLINE_MS, 0);
    trip_begin(&p->trip, p->loop, p->socket, p->intake->devices, device->row.role,
               finish_soon_if_done, p);
    ping(p);
}

void probe_stop(struct probe *p)
{
    if (p->request != NULL)
        finish(p);
    uv_close((uv_handle_t *)&p->deadline, NULL);
}
