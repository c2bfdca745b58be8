#include "edge/intake.h"

#include <stdio.h>
#include <string.h>

#include "edge/log.h"
#include "proto/crypto.h"
#include "proto/topic.h"

#define SCRATCH_BYTES (4 * 1024 * 1024) /* decoded orders of a page */
#define BUSY_RETRY_MS 100               /* about the time a full queue takes */

void intake_init(struct intake *in)
{
    arena_init(&in->scratch, SCRATCH_BYTES);
}

void intake_fini(struct intake *in)
{
    request_pool_trim(&in->pool, 0);
    arena_free(&in->scratch);
}

/* ---- answers ---- */

static void send_text(struct intake *in, struct request *r, struct str text)
{
    (void)in;
    if (r->reply != NULL)
        r->reply(r->ctx, r, text);
}

static void send_written(struct intake *in, struct request *r, struct jw *w)
{
    if (!jw_ok(w)) {
        log_error("reply_too_long verb=%s", verb_name(r->command.verb));
        jw_init(w, in->reply, sizeof(in->reply));
        view_refusal(w, r->command.req_id, CODE_INTERNAL, "the answer is too long", 0);
    }
    send_text(in, r, jw_text(w));
}

void intake_answer(struct intake *in, struct request *r, struct str text)
{
    send_text(in, r, text);
    request_give(&in->pool, r);
}

static void write_refusal(struct intake *in, struct request *r, enum code code, const char *detail,
                          int64_t retry_after_ms)
{
    struct jw w;
    in->counters->refused++;
    jw_init(&w, in->reply, sizeof(in->reply));
    view_refusal(&w, r->command.req_id, code, detail, retry_after_ms);
    send_written(in, r, &w);
}

void intake_refuse(struct intake *in, struct request *r, enum code code, const char *detail,
                   int64_t retry_after_ms)
{
    r->outcome.code = code; /* for a reply that looks at it */
    write_refusal(in, r, code, detail, retry_after_ms);
    request_give(&in->pool, r);
}

static void write_outcome(struct intake *in, struct request *r)
{
    struct jw w;
    arena_reset(&in->scratch);
    jw_init(&w, in->reply, sizeof(in->reply));
    view_reply(&w, r->command.req_id, &r->outcome, &in->scratch);
    send_written(in, r, &w);
}

void intake_result(struct intake *in, struct request *r, struct str value)
{
    r->outcome.code = CODE_OK;
    r->outcome.has_value = true;
    r->outcome.value = value;
    write_outcome(in, r);
    request_give(&in->pool, r);
}

/* ---- steps 1 and 2: shape, role, channel ---- */

struct request *intake_begin(struct intake *in)
{
    struct request *r = request_take(&in->pool);
    if (r == NULL)
        return NULL;
    r->began_us = clock_mono_us();
    return r;
}

void intake_stamp(struct intake *in, struct command *c)
{
    c->wall_ms = clock_wall_ms(in->clock);
    c->uptime_ms = clock_uptime_ms(in->clock);
    c->clock_suspect = clock_suspect(in->clock);
    c->wall_lead_ms = clock_lead_ms(in->clock);
    c->day = clock_day(in->clock, c->wall_ms);
    c->seen_epoch = in->seen_epoch;
    c->enrolled = in->enrolled;
}

/* So that the device can match even the refusal of a request that does not decode. */
static void borrow_req_id(struct request *r)
{
    const struct json *id = r->doc != NULL ? json_get(r->doc, "req_id") : NULL;
    if (r->command.req_id.n == 0 && id != NULL && json_kind(id) == JSON_STRING &&
        id_is_req(json_string(id)))
        r->command.req_id = json_string(id);
}

bool intake_decode(struct intake *in, struct request *r, enum verb verb, const struct caller *who,
                   struct str body, const struct json_limits *limits)
{
    char why[JSON_WHY + FIELD_PATH] = "";
    in->counters->requests++;
    r->doc = json_parse(body.p, body.n, limits, why);
    if (r->doc == NULL) {
        intake_refuse(in, r, CODE_BAD_REQUEST, why, 0);
        return false;
    }
    enum code code = command_decode(&r->command, verb, who, r->doc, &r->arena, why);
    if (code != CODE_OK) {
        borrow_req_id(r);
        intake_refuse(in, r, code, why, 0);
        return false;
    }
    intake_stamp(in, &r->command);
    return true;
}

/* ---- witnessed positions (lan-protocol 3) ---- */

static bool position_of(const struct json *seen, struct position *at, uint8_t tag[4])
{
    int64_t epoch, seq;
    const struct json *v = json_kind(seen) == JSON_ARRAY ? json_first(seen) : NULL;
    if (v == NULL || !json_integer(v, &epoch) || epoch < 0 || epoch > UINT32_MAX)
        return false;
    v = json_next(v);
    if (v == NULL || !json_integer(v, &seq) || seq < 0)
        return false;
    v = json_next(v);
    if (v == NULL || json_kind(v) != JSON_STRING || !hex_decode(json_string(v), tag, 4))
        return false;
    *at = (struct position){(uint32_t)epoch, (uint64_t)seq};
    return true;
}

/* What the loop has answered may lag behind what retained topics already show. */
static bool above_store(struct intake *in, struct position at)
{
    struct txn *txn;
    struct journal j;
    if (txn_begin_read(in->store, &txn) != PH_OK)
        return false;
    bool above = journal_load(&j, txn) && position_cmp(at, j.head.at) > 0;
    txn_abort(txn);
    return above;
}

static void check_seen(struct intake *in, const struct request *r)
{
    struct position at;
    uint8_t told[4], right[4];
    const struct json *seen = json_get(r->doc, "seen");
    if (seen == NULL || !position_of(seen, &at, told) || position_cmp(at, in->at) <= 0)
        return;
    journal_tag(in->secret, at, right);
    if (memcmp(told, right, sizeof(right)) != 0)
        in->counters->seen_bad++;
    else if (above_store(in, at))
        in->rolled_back(in->ctx, at, r->command.who.device);
}

/* ---- steps 3 and 4: remembered refusals, limits ---- */

static bool answered_before(struct intake *in, struct request *r, struct device *device)
{
    struct command *c = &r->command;
    switch (recall_find(&device->recall, c->req_id, c->content, clock_boot_ms(), &r->outcome)) {
    case RECALL_NEW:
        return false;
    case RECALL_SAME:
        in->counters->replayed++;
        write_outcome(in, r);
        break;
    case RECALL_OTHER_CONTENT:
        write_refusal(in, r, CODE_REQ_ID_REUSED, code_text(CODE_REQ_ID_REUSED), 0);
        break;
    }
    request_give(&in->pool, r);
    return true;
}

static bool over_limit(struct intake *in, struct request *r, struct device *device)
{
    int64_t retry_ms;
    if (limits_take(in->limits, &device->account->bucket, &device->bucket, r->command.verb,
                    clock_boot_ms(), &retry_ms))
        return false;
    intake_refuse(in, r, CODE_RATE_LIMITED, code_text(CODE_RATE_LIMITED), retry_ms);
    return true;
}

/* A PIN that is wrong refuses the order, also one that would not have needed it. */
static bool pin_is_wrong(struct intake *in, struct request *r, struct device *device)
{
    int64_t retry_ms;
    struct command *c = &r->command;
    if (c->override_pin.n == 0)
        return false;
    struct override_tries *tries = device != NULL ? &device->override : NULL;
    enum code code =
        override_check(in->override, &in->pin, tries, c->override_pin, clock_boot_ms(), &retry_ms);
    c->override = code == CODE_OK;
    if (c->override)
        return false;
    log_warning("override_refused device=%.*s", (int)c->who.device.n, c->who.device.p);
    intake_refuse(in, r, code, code == CODE_NOT_AUTHORIZED ? "override_pin" : "wrong PINs",
                  retry_ms);
    return true;
}

/* ---- queries ---- */

static void answer_query(struct intake *in, struct request *r)
{
    struct txn *txn;
    struct journal j;
    struct jw w;
    bool answered = false;
    enum ph_err err = txn_begin_read(in->store, &txn);
    arena_reset(&in->scratch);
    jw_init(&w, in->reply, sizeof(in->reply));
    if (err == PH_OK && journal_load(&j, txn)) {
        const struct query q = {.txn = txn,
                                .head = &j.head,
                                .secret = j.secret,
                                .now_u_ms = r->command.uptime_ms,
                                .wall_ms = r->command.wall_ms,
                                .scratch = &in->scratch,
                                .identity = in->identity,
                                .zone = in->zone};
        answered = query_execute(&q, &r->command, &w);
        err = txn_error(txn);
    }
    if (err != PH_OK)
        log_error("query_fault verb=%s err=%s what=\"%s\"", verb_name(r->command.verb),
                  ph_err_name(err), txn != NULL ? txn_fault(txn) : "");
    txn_abort(txn);
    if (err == PH_OK && answered) {
        send_written(in, r, &w);
        request_give(&in->pool, r);
        return;
    }
    in->counters->faults += err != PH_OK;
    intake_refuse(in, r, err != PH_OK ? CODE_INTERNAL : CODE_BAD_REQUEST, "cannot be answered", 0);
}

/* ---- a verdict ---- */

static void remember(const struct request *r, struct device *device)
{
    const struct outcome *o = &r->outcome;
    bool effect =
        o->code == CODE_OK || o->code == CODE_LATE_PAY_NO_STOCK || o->code == CODE_ORDER_CANCELLED;
    if (effect || o->replayed || o->code == CODE_REQ_ID_REUSED || !code_is_final(o->code))
        return;
    if (device != NULL)
        recall_keep(&device->recall, r->command.req_id, r->command.content, o, clock_boot_ms());
}

static void count(struct intake *in, const struct request *r)
{
    const struct outcome *o = &r->outcome;
    enum verb verb = r->command.verb;
    bool order = verb == VERB_ORDER_PLACE || verb == VERB_ORDER_SELL;
    in->counters->refused += o->code != CODE_OK;
    in->counters->replayed += o->replayed;
    in->counters->orders += order && o->code == CODE_OK && !o->replayed && !o->duplicate;
    if (r->reply != NULL && r->call == NULL)
        histogram_add(&in->counters->latency, clock_mono_us() - r->began_us);
    if (position_cmp(o->at, in->at) > 0)
        in->at = o->at;
}

/* The verdict is in r->outcome: counted, remembered, and answered if somebody waits. */
static void answer(struct intake *in, struct request *r, struct device *device)
{
    count(in, r);
    remember(r, device);
    if (r->reply != NULL)
        write_outcome(in, r);
}

/* ---- what cannot be sold ---- */

static bool refused_fast(struct intake *in, struct request *r, struct device *device)
{
    if (!soldout_refuses(in->soldout, device, r))
        return false;
    in->counters->refused_fast++;
    answer(in, r, device);
    request_give(&in->pool, r);
    return true;
}

/* ---- on to the writer ---- */

void intake_admit(struct intake *in, struct request *r, struct device *device)
{
    bool writes = verb_writes(r->command.verb);
    check_seen(in, r);
    if (device != NULL && writes && answered_before(in, r, device))
        return;
    if (device != NULL && over_limit(in, r, device))
        return;
    if (r->command.verb == VERB_PONG) {
        in->ponged(in->ctx, r->command.who.device, r->command.nonce);
        request_give(&in->pool, r);
        return;
    }
    if (!writes) {
        answer_query(in, r);
        return;
    }
    if (pin_is_wrong(in, r, device))
        return;
    if (!in->stopping && device != NULL && refused_fast(in, r, device))
        return;
    r->of_device = device != NULL;
    if (in->stopping || writer_submit(in->writer, &r->job) != PH_OK)
        intake_refuse(in, r, CODE_BUSY, code_text(CODE_BUSY), BUSY_RETRY_MS);
    else if (device != NULL)
        device->with_writer++;
}

bool intake_own(struct intake *in, enum verb verb, bool put_off)
{
    struct request *r = intake_begin(in);
    if (r == NULL)
        return false;
    r->command = (struct command){.verb = verb,
                                  .put_off = put_off,
                                  .acked = in->acked,
                                  .clock_step_ms = verb == VERB_TIMERS ? in->clock->step_ms : 0,
                                  .clock_since_ms = in->clock->since_ms,
                                  .who = {.device = STR("hub"), .role = ROLE_ADMIN}};
    intake_stamp(in, &r->command);
    if (!in->stopping && writer_submit(in->writer, &r->job) == PH_OK)
        return true;
    request_give(&in->pool, r);
    return false;
}

bool intake_note(struct intake *in, const struct command *done)
{
    struct request *r = intake_begin(in);
    if (r == NULL)
        return false;
    r->command = (struct command){.verb = VERB_NOTE, .noted = done->verb, .who = done->who};
    r->command.who.device = arena_str(&r->arena, done->who.device);
    r->command.who.by = arena_str(&r->arena, done->who.by);
    r->command.target = arena_str(&r->arena, done->target);
    intake_stamp(in, &r->command);
    if (!in->stopping && writer_submit(in->writer, &r->job) == PH_OK)
        return true;
    request_give(&in->pool, r);
    return false;
}

/* ---- back from the writer ---- */

void intake_settle(struct intake *in, struct request *r)
{
    struct device *device = devices_find(in->devices, r->command.who.device);
    if (r->of_device && device != NULL && device->with_writer > 0) /* 0: it was paired anew */
        device->with_writer--;
    if (r->job.err != PH_OK) {
        in->counters->faults++;
        log_error("command_fault verb=%s err=%s what=\"%s\"", verb_name(r->command.verb),
                  ph_err_name(r->job.err), r->job.fault);
        if (r->job.err == PH_ERR_IO || r->job.err == PH_ERR_PANIC)
            return; /* it may be on the disk or not: only the next start can tell */
        write_refusal(in, r, CODE_INTERNAL, code_text(CODE_INTERNAL), BUSY_RETRY_MS);
        return;
    }
    answer(in, r, device);
}

/* ---- from the LAN ---- */

static void reply_lan(void *ctx, struct request *r, struct str text)
{
    struct intake *in = ctx;
    if (!lan_reply(in->lan, r->reply_topic.p, text, r->correlation))
        in->counters->dropped++;
}

/* dev/<id>/res, or what the device asked for below it. False: it asked for a foreign topic. */
static bool choose_topic(struct request *r, struct str device, struct str wanted)
{
    char own[TOPIC_TEXT];
    topic_make(own, "dev/%.*s/res", (int)device.n, device.p);
    size_t n = strlen(own);
    bool fits = wanted.n < TOPIC_TEXT && wanted.n >= n && memcmp(wanted.p, own, n) == 0 &&
                (wanted.n == n || wanted.p[n] == '/') && memchr(wanted.p, '#', wanted.n) == NULL &&
                memchr(wanted.p, '+', wanted.n) == NULL && memchr(wanted.p, 0, wanted.n) == NULL;
    struct str topic = fits ? wanted : (struct str){own, n};
    char *copy = arena_alloc(&r->arena, topic.n + 1);
    if (copy != NULL)
        memcpy(copy, topic.p, topic.n);
    r->reply_topic = (struct str){copy != NULL ? copy : "", topic.n};
    return wanted.n == 0 || fits;
}

/* Before the body was looked at: only its req_id matters. */
static void refuse_unread(struct intake *in, struct request *r, struct str body, const char *what)
{
    in->counters->requests++;
    r->doc = json_parse(body.p, body.n, &JSON_REQUEST, NULL);
    borrow_req_id(r);
    intake_refuse(in, r, CODE_BAD_REQUEST, what, 0);
}

void intake_lan(struct intake *in, const struct lan_message *m)
{
    struct caller who;
    struct topic topic = topic_parse(m->topic);
    struct device *device =
        topic.kind == TOPIC_REQ ? devices_find(in->devices, topic.device) : NULL;
    struct request *r = device != NULL && !m->retained ? intake_begin(in) : NULL;
    enum verb verb;
    if (r == NULL) {
        in->counters->dropped++;
        return;
    }
    device->last_seen_ms = clock_wall_ms(in->clock);
    r->reply = reply_lan;
    r->ctx = in;
    r->correlation = arena_str(&r->arena, m->correlation);
    if (!choose_topic(r, topic.device, m->response_topic)) {
        refuse_unread(in, r, m->payload, "response topic");
        return;
    }
    if (!verb_parse(topic.name, &verb)) {
        refuse_unread(in, r, m->payload, "verb");
        return;
    }
    device_caller(device, &r->arena, &who);
    if (intake_decode(in, r, verb, &who, m->payload, &JSON_REQUEST))
        intake_admit(in, r, device);
}
