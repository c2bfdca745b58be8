#include "tools/storesim/request.h"

#include "tools/storesim/clock.h"
#include "tools/storesim/dice.h"
#include "tools/storesim/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_WAIT_US 2000000
#define MAX_WAIT_US   10000000
#define SOON_US       200000 /* spread of repeats after a reconnect */
#define PUT_OFF_US    50000  /* first wait after BUSY and its like, doubled up to FIRST_WAIT_US */

struct request {
    struct device *device;
    enum verb verb;
    char req_id[LIMIT_REQ_ID + 1], order_id[LIMIT_ORDER_ID + 1];
    struct str body; /* owned */
    reply_fn done;
    void *ctx;
    int64_t made_us, wait_us;
    uint32_t sent, put_off;
    struct alarm again;
};
struct answer {
    int code;
    struct position at;
};

static void request_free(void *value)
{
    struct request *q = value;
    alarm_stop(&q->device->sim->alarms, &q->again);
    free((char *)q->body.p);
    free(q);
}

/* ---- sending ---- */

static void transmit(struct request *q)
{
    struct device *d = q->device;
    char topic[TOPIC_TEXT];
    topic_make(topic, "dev/%s/req/%s", d->entry.id, verb_name(q->verb));
    if (!mqtt_publish(d->link, topic, q->body, 1, false))
        return;
    if (q->sent++)
        d->sim->stats.verbs[q->verb].retries++;
    if (dice_chance(d->sim->manners.duplicate))
        mqtt_publish(d->link, topic, q->body, 1, false);
    if (dice_chance(d->sim->manners.vanish))
        mqtt_cut(d->link);
}

static void request_repeat(void *ctx)
{
    struct request *q = ctx;
    transmit(q);
    q->wait_us = q->wait_us * 3 / 2 > MAX_WAIT_US ? MAX_WAIT_US : q->wait_us * 3 / 2;
    alarm_set(&q->device->sim->alarms, &q->again,
              clock_us() + dice_between(q->wait_us * 3 / 4, q->wait_us * 5 / 4));
}

static void fresh_req_id(struct device *d, char out[LIMIT_REQ_ID + 1])
{
    snprintf(out, LIMIT_REQ_ID + 1, "%s-%" PRIu64, d->prefix, ++d->next_req);
}

struct jw *request_begin(struct device *d)
{
    char req_id[LIMIT_REQ_ID + 1];
    struct sim *s = d->sim;
    fresh_req_id(d, req_id);
    jw_init(&s->body, s->body_text, sizeof s->body_text);
    jw_open(&s->body, '{');
    jw_kstring(&s->body, "req_id", str_of(req_id));
    if (d->seen.position.epoch) {
        jw_karray(&s->body, "seen");
        jw_int(&s->body, d->seen.position.epoch);
        jw_int(&s->body, (int64_t)d->seen.position.seq);
        jw_string(&s->body, str_of(d->seen.tag));
        jw_close(&s->body, ']');
    }
    return &s->body;
}

static void enqueue(struct device *d, struct request made, struct str body)
{
    struct request *q = memory_new(sizeof *q);
    *q = made;
    q->device = d;
    q->body = (struct str){memory_text(body), body.n};
    q->made_us = clock_us();
    q->wait_us = FIRST_WAIT_US;
    q->again.ring = request_repeat;
    q->again.ctx = q;
    map_put(&d->requests, str_of(q->req_id), q);
    transmit(q);
    alarm_set(&d->sim->alarms, &q->again, clock_us() + q->wait_us);
}

static struct request request_made(enum verb verb, struct str order_id, reply_fn done, void *ctx)
{
    struct request q = {.verb = verb, .done = done, .ctx = ctx};
    assert(order_id.n <= LIMIT_ORDER_ID);
    if (order_id.n)
        memcpy(q.order_id, order_id.p, order_id.n);
    return q;
}

#define BODY_HEAD "{\"req_id\":\""

void request_send(struct device *d, enum verb verb, struct str order_id, reply_fn done, void *ctx)
{
    struct request q = request_made(verb, order_id, done, ctx);
    struct jw *w = &d->sim->body;
    jw_close(w, '}');
    assert(jw_ok(w));
    size_t head = sizeof BODY_HEAD - 1, n = 0;
    while (w->p[head + n] != '"' && n < LIMIT_REQ_ID) {
        q.req_id[n] = w->p[head + n];
        n++;
    }
    enqueue(d, q, jw_text(w));
}

void request_send_again(struct device *d, enum verb verb, struct str order_id, reply_fn done,
                        void *ctx)
{
    struct request q = request_made(verb, order_id, done, ctx);
    struct str first = jw_text(&d->sim->body);
    const char *rest = memchr(first.p + sizeof BODY_HEAD - 1, '"', first.n);
    char body[LIMIT_REQUEST_BYTES + LIMIT_REQ_ID];
    fresh_req_id(d, q.req_id);
    int n = snprintf(body, sizeof body, BODY_HEAD "%s%.*s", q.req_id,
                     (int)(first.p + first.n - rest), rest);
    enqueue(d, q, (struct str){body, (size_t)n});
}

void request_repeat_all(struct device *d)
{
    struct request *q;
    for (size_t i = 0; (q = map_next(&d->requests, &i));) {
        q->wait_us = FIRST_WAIT_US;
        alarm_set(&d->sim->alarms, &q->again, clock_us() + dice_between(0, SOON_US));
    }
}

/* ---- replies ---- */

static bool flag_of(const struct json *body, const char *key)
{
    const struct json *v = json_get(body, key);
    return v && json_kind(v) == JSON_BOOL && json_bool(v);
}

static bool reply_read(const struct json *body, struct reply *r)
{
    int64_t code;
    const struct json *v = json_get(body, "code");
    if (!v || !json_integer(v, &code))
        return false;
    *r = (struct reply){.code = (int)code, .body = body, .order = json_get(body, "order")};
    r->replayed = flag_of(body, "replayed");
    r->duplicate = flag_of(body, "duplicate");
    at_read(body, &r->at);
    return true;
}

static bool has_effect(enum verb verb, int code)
{
    return verb_writes(verb) &&
           (code == CODE_OK || code == CODE_LATE_PAY_NO_STOCK || code == CODE_ORDER_CANCELLED);
}

/* A second final reply must say what the first one said. */
static void compare_answers(struct device *d, struct str req_id, const struct answer *first,
                            const struct reply *r)
{
    bool same = first->code == r->code && position_cmp(first->at, r->at.position) == 0;
    if (!same)
        stats_fault(&d->sim->stats, "%s %.*s: answered %d at %" PRIu64 ", then %d at %" PRIu64,
                    d->entry.id, (int)req_id.n, req_id.p, first->code, first->at.seq, r->code,
                    r->at.position.seq);
}

static void wait_and_repeat(struct request *q, const struct json *body)
{
    int64_t after_ms = 0;
    const struct json *v = json_get(body, "retry_after_ms");
    if (v)
        json_integer(v, &after_ms);
    int64_t wait_us = PUT_OFF_US << (q->put_off < 5 ? q->put_off++ : 5);
    if (wait_us < after_ms * 1000)
        wait_us = after_ms * 1000;
    alarm_set(&q->device->sim->alarms, &q->again,
              clock_us() + dice_between(wait_us, wait_us * 3 / 2));
}

/* What changed nothing is not remembered by the hub: asked again it tells of the state of then. */
static void note_answer(struct device *d, const struct request *q, const struct reply *r)
{
    struct answer *a = memory_new(sizeof *a);
    *a = (struct answer){r->code, r->at.position};
    map_put(&d->answered, str_of(q->req_id), a);
}

static void finish(struct device *d, struct request *q, const struct reply *r)
{
    struct sim *s = d->sim;
    stats_reply(&s->stats, q->verb, r->code, clock_us() - q->made_us);
    if (r->replayed)
        s->stats.verbs[q->verb].replayed++;
    if (has_effect(q->verb, r->code)) {
        if (!r->duplicate)
            note_answer(d, q, r);
        if (s->acked) {
            fprintf(s->acked, "%s %s %s %d\n", verb_name(q->verb), q->req_id,
                    q->order_id[0] ? q->order_id : "-", r->code);
            fflush(s->acked);
        }
    }
    if (q->done)
        q->done(d, r, q->ctx);
}

void request_answer(struct device *d, const struct json *body)
{
    struct reply r;
    const struct json *v = json_get(body, "req_id");
    struct str req_id = v && json_kind(v) == JSON_STRING ? json_string(v) : STR("");
    if (!reply_read(body, &r)) {
        stats_fault(&d->sim->stats, "%s: a reply without a code", d->entry.id);
        return;
    }
    const struct answer *before = map_get(&d->answered, req_id);
    if (before && code_is_final((enum code)r.code))
        compare_answers(d, req_id, before, &r);
    struct request *q = map_get(&d->requests, req_id);
    if (!q)
        return;
    if (!code_is_final((enum code)r.code)) {
        stats_put_off(&d->sim->stats, q->verb, r.code);
        wait_and_repeat(q, body);
        return;
    }
    map_take(&d->requests, req_id);
    finish(d, q, &r);
    request_free(q);
}

void request_finish(struct device *d)
{
    map_finish(&d->requests, request_free);
    map_finish(&d->answered, free);
}
