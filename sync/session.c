#include "sync/session.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/crypto.h"
#include "sync/exchange.h"

#define FAULT_RETRY_MS 30000 /* a store that cannot speak as it stands is looked at again */
#define HELLO_BYTES    1024

struct session {
    pthread_t thread;
    struct https *https;
    struct queue *in, *out; /* to the thread; to the shell */
    struct letter news;
    atomic_bool news_is_out; /* the letter is under way or not yet heeded: no second one */
    bool news_taken;         /* the thread holds it */
    struct store *store;
    const struct store_identity *identity;
    char box_id[LIMIT_BOX_ID + 1];
    struct dice dice;
    struct uplink uplink;
    bool opened; /* the uplink knows where the store stands */
    uint64_t dead[LIMIT_BATCH_EVENTS + 1];
    struct session_report report;
    char *buffer; /* BATCH_BUFFER */
};

static const char *fault_text(enum session_fault fault)
{
    static const char *const TEXTS[] = {
#define X(e, text) text,
        SESSION_FAULT_LIST(X)
#undef X
    };
    return TEXTS[fault];
}

const char *session_text(const struct session_facts *facts)
{
    if (facts->fault != SESSION_FINE)
        return fault_text(facts->fault);
    if (facts->trouble == UPLINK_NO_ANSWER)
        return https_result_text(facts->line);
    return uplink_trouble_text(facts->trouble);
}

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

/* ---- letters ---- */

static void keep_news(struct session *s, const struct letter *letter)
{
    if (letter == &s->news)
        s->news_taken = true;
}

/* From here on the shell may say again that the journal has grown. */
static void heed_news(struct session *s)
{
    if (!s->news_taken)
        return;
    s->news_taken = false;
    atomic_store(&s->news_is_out, false);
}

static void await(struct session *s, int64_t span_ms)
{
    keep_news(s, queue_wait(s->in, span_ms));
}

static int64_t next_in_ms(const struct session *s)
{
    struct uplink_step step = uplink_next(&s->uplink, now_ms());
    int64_t span_ms = step.what == UPLINK_WAIT ? step.until_ms - now_ms() : 0;
    return span_ms > 0 ? span_ms : 0;
}

/* To the shell and back. */
static void consult(struct session *s)
{
    struct session_facts *facts = &s->report.facts;
    const struct letter *letter;
    facts->state = s->uplink.state;
    facts->up = s->opened && s->uplink.good_since_ms >= 0;
    facts->next_in_ms = s->opened ? next_in_ms(s) : FAULT_RETRY_MS;
    s->report.err = PH_OK;
    if (queue_put(s->out, &s->report.letter) != PH_OK)
        return;
    do {
        letter = queue_wait(s->in, -1);
        keep_news(s, letter);
    } while (letter && letter != &s->report.letter);
    s->report.has_work = false;
    s->report.n_rows = s->report.n_dead = 0;
}

static struct sync_command *work(struct session *s, enum sync_verb verb)
{
    s->report.has_work = true;
    s->report.work = (struct sync_work){.command = {.verb = verb}};
    return &s->report.work.command;
}

static void blame(struct session *s, enum session_fault fault, const char *why)
{
    s->report.facts.fault = fault;
    snprintf(s->report.facts.why, SESSION_WHY, "%s", why);
}

/* ---- where the store stands ---- */

struct standing {
    struct journal j;
    struct sync_position position;
    bool enrolled;
};

static enum session_fault look(struct session *s, struct standing *out)
{
    struct txn *txn;
    if (txn_begin_read(s->store, &txn) != PH_OK)
        return SESSION_UNREADABLE;
    bool whole = journal_load(&out->j, txn);
    out->enrolled = sync_position_load(&out->position, txn);
    whole = whole && txn_error(txn) == PH_OK;
    txn_abort(txn);
    if (!whole)
        return SESSION_UNREADABLE;
    if (!out->enrolled)
        return SESSION_FINE;
    if (strcmp(out->position.box_id, s->box_id) != 0)
        return SESSION_BOX;
    return out->position.acked.epoch == out->j.head.at.epoch ? SESSION_FINE : SESSION_EPOCH;
}

static enum session_fault enrol(struct session *s, struct standing *at)
{
    struct sync_command *c = work(s, SYNC_OPEN);
    memcpy(c->box_id, s->box_id, sizeof(c->box_id));
    consult(s);
    if (s->report.err != PH_OK)
        return SESSION_UNREADABLE;
    if (s->report.work.result.done == SYNC_TOO_LATE)
        return SESSION_GONE;
    return look(s, at);
}

static void open_uplink(struct session *s)
{
    struct standing at;
    enum session_fault fault = look(s, &at);
    if (fault == SESSION_FINE && !at.enrolled)
        fault = enrol(s, &at);
    blame(s, fault, "");
    s->opened = fault == SESSION_FINE && at.enrolled;
    if (!s->opened) {
        consult(s);
        await(s, FAULT_RETRY_MS);
        return;
    }
    uplink_open(&s->uplink, &at.position, at.j.head.at.seq, now_ms(), &s->dice);
}

/* True when there is something new to send. */
static bool journal_grew(struct session *s)
{
    struct standing at;
    uint64_t known = s->uplink.head_seq;
    heed_news(s);
    if (look(s, &at) != SESSION_FINE) {
        s->opened = false;
        return true;
    }
    uplink_news(&s->uplink, at.j.head.at.seq, now_ms());
    return s->uplink.head_seq != known;
}

/* ---- the exchange ---- */

static void note_answer(struct session *s, const struct exchange *x, enum https_result line,
                        const struct uplink_verdict *v)
{
    struct session_facts *facts = &s->report.facts;
    const struct str detail = x->answer.error ? x->error.detail : (struct str){"", 0};
    facts->line = line;
    facts->requests++;
    facts->trouble = v->trouble;
    facts->fault = SESSION_FINE;
    facts->why[0] = 0;
    if (v->trouble == UPLINK_FINE)
        return;
    facts->failures++;
    if (line != HTTPS_ANSWERED)
        snprintf(facts->why, SESSION_WHY, "%s", https_why(s->https));
    else if (x->why[0] != 0)
        snprintf(facts->why, SESSION_WHY, "%s", x->why);
    else
        snprintf(facts->why, SESSION_WHY, "status %d %s %.*s", (int)x->answer.status,
                 cloud_error_text(x->error.name), (int)detail.n, detail.p);
}

static void note_dead(struct session *s, const struct cloud_sync_reply *r)
{
    struct session_facts *facts = &s->report.facts;
    if (!r || r->n_dead == 0)
        return;
    const struct cloud_dead *last = &r->dead[r->n_dead - 1];
    facts->dead += r->n_dead;
    facts->dead_seq = last->seq;
    snprintf(facts->dead_reason, sizeof(facts->dead_reason), "%.*s", (int)last->reason.n,
             last->reason.p);
}

/* Only a center that names the epoch of another box takes the right to sell. */
static bool is_fenced(const struct session *s, const struct exchange *x)
{
    return x->answer.error && x->error.name == CLOUD_FENCED && x->error.epoch > s->uplink.epoch;
}

/* Where there are rows only the books may move the version: rows that they could not take must come
 * again by a pull. */
static void take_rows(struct session *s, struct exchange *x)
{
    struct session_report *report = &s->report;
    bool good = exchange_rows(x, &report->rows, &report->n_rows);
    report->ver_before = report->work.command.acked.ver_before;
    report->ver = report->work.command.acked.ver;
    if (good && report->n_rows == 0)
        return;
    report->work.command.acked.ver = report->ver_before;
    if (good)
        return;
    report->facts.failures++;
    snprintf(report->facts.why, SESSION_WHY, "%s", x->why);
}

/* What a center cannot even take of ROW_STATE would be said for ever. */
static bool can_be_said_again(struct txn *txn, uint32_t epoch, uint64_t seq)
{
    struct event e;
    return journal_read(txn, (struct position){epoch, seq}, &e) && e.kind != EVENT_ROW_STATE;
}

static void say_again(struct session *s, const struct exchange *x, uint64_t gave_up_seq)
{
    struct session_report *report = &s->report;
    struct txn *txn;
    const uint16_t n = x->answer.sync ? x->sync.n_dead : 0;
    if ((n == 0 && gave_up_seq == 0) || txn_begin_read(s->store, &txn) != PH_OK)
        return;
    for (uint16_t i = 0; i < n && report->n_dead < LIMIT_BATCH_EVENTS; i++) {
        if (can_be_said_again(txn, s->uplink.epoch, x->sync.dead[i].seq))
            s->dead[report->n_dead++] = x->sync.dead[i].seq;
    }
    if (gave_up_seq != 0 && can_be_said_again(txn, s->uplink.epoch, gave_up_seq))
        s->dead[report->n_dead++] = gave_up_seq;
    txn_abort(txn);
    report->dead = s->dead;
    report->dead_epoch = s->uplink.epoch;
    if (report->n_dead == 0)
        return;
    work(s, SYNC_HEARD);
    consult(s);
}

static void fork_found(struct session *s)
{
    uplink_halt(&s->uplink);
    s->report.facts.trouble = UPLINK_FORKED;
    consult(s);
}

static void conclude(struct session *s, struct exchange *x, const struct uplink_verdict *v)
{
    struct hlc clock = exchange_clock(x);
    bool fence = v->halt && is_fenced(s, x);
    if (v->ack || v->failover || fence || clock.l_ms > 0) {
        struct sync_command *c = work(s, SYNC_HEARD);
        c->failover = v->failover;
        c->center_epoch = v->center_epoch;
        c->center_acked_seq = v->center_acked_seq;
        c->ack = v->ack;
        c->acked = v->acked;
        c->server_hlc = clock;
        c->fence = fence;
        if (v->ack)
            take_rows(s, x);
    }
    consult(s);
    if (s->report.err != PH_OK)
        s->opened = false; /* the store has not heard it: once more from where that stands */
    else if (s->report.work.result.done == SYNC_DISAGREES)
        fork_found(s);
    else
        say_again(s, x, v->gave_up_seq);
}

static void say_hello(struct session *s)
{
    struct standing at;
    struct exchange x;
    struct https_answer http;
    char text[HELLO_BYTES];
    if (look(s, &at) != SESSION_FINE) {
        s->opened = false;
        return;
    }
    struct str hello =
        exchange_hello(s->identity, str_of(s->box_id), &at.j.head, text, sizeof(text));
    uplink_news(&s->uplink, at.j.head.at.seq, now_ms());
    uplink_hello_sent(&s->uplink);
    enum https_result line = https_post(s->https, EXCHANGE_HELLO_PATH, hello, &http);
    exchange_read_hello(&x, line, &http);
    struct uplink_verdict v = uplink_hello_answered(&s->uplink, &x.answer, now_ms(), &s->dice);
    note_answer(s, &x, line, &v);
    conclude(s, &x, &v);
    exchange_end(&x);
}

static enum ph_err build(struct session *s, const struct uplink_step *step, struct batch *out)
{
    struct txn *txn;
    struct sync_position position;
    enum ph_err err = txn_begin_read(s->store, &txn);
    if (err != PH_OK)
        return err;
    err = sync_position_load(&position, txn) ? PH_OK : PH_ERR_NOT_FOUND;
    struct batch_ask ask = {s->identity, &position, step->from_seq, step->most, step->raw_seq};
    if (err == PH_OK)
        err = batch_build(txn, &ask, s->buffer, out);
    if (err != PH_OK)
        blame(s, err == PH_ERR_NOT_FOUND ? SESSION_GONE : SESSION_DAMAGED, txn_fault(txn));
    txn_abort(txn);
    return err;
}

static void send_batch(struct session *s, const struct uplink_step *step)
{
    struct batch batch;
    struct exchange x;
    struct https_answer http;
    heed_news(s);
    enum ph_err err = build(s, step, &batch);
    if (err != PH_OK || batch.last_seq < batch.first_seq) {
        uplink_build_failed(&s->uplink, now_ms(), &s->dice);
        consult(s);
        journal_grew(s); /* another epoch has no next batch at all */
        return;
    }
    uplink_sent(&s->uplink, &batch);
    enum https_result line = https_post(s->https, EXCHANGE_SYNC_PATH, batch.text, &http);
    exchange_read_sync(&x, line, &http);
    struct uplink_verdict v = uplink_answered(&s->uplink, &x.answer, now_ms(), &s->dice);
    note_answer(s, &x, line, &v);
    note_dead(s, x.answer.sync);
    conclude(s, &x, &v);
    exchange_end(&x);
}

/* ---- the thread ---- */

static void step_once(struct session *s)
{
    struct uplink_step step = uplink_next(&s->uplink, now_ms());
    switch (step.what) {
    case UPLINK_HELLO:
        say_hello(s);
        break;
    case UPLINK_SEND:
        send_batch(s, &step);
        break;
    case UPLINK_WAIT:
        await(s, step.until_ms - now_ms());
        break;
    case UPLINK_IDLE:
        if (!journal_grew(s))
            await(s, -1);
        break;
    case UPLINK_HALT:
        await(s, -1); /* until the hub starts again, after a claim */
        break;
    }
}

/* The library writes to connections that the center may have closed. */
static void block_pipe_signal(void)
{
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
}

static void *run(void *ctx)
{
    struct session *s = ctx;
    block_pipe_signal();
    while (!queue_closed(s->in)) {
        if (s->opened)
            step_once(s);
        else
            open_uplink(s);
    }
    return NULL;
}

/* ---- the shell's side ---- */

static void session_free(struct session *s)
{
    https_close(s->https);
    queue_destroy(s->in);
    queue_destroy(s->out);
    free(s->buffer);
    free(s);
}

enum ph_err session_open(struct session **out, const struct session_options *options)
{
    *out = NULL;
    struct session *s = calloc(1, sizeof(*s));
    if (!s)
        return PH_ERR_MEMORY;
    s->store = options->store;
    s->identity = options->identity;
    s->dice.roll = roll;
    memcpy(s->box_id, options->box_id.p, options->box_id.n);
    s->in = queue_create(2, NULL, NULL);
    s->out = queue_create(1, options->wake, options->ctx);
    s->buffer = malloc(BATCH_BUFFER);
    enum ph_err err = s->in && s->out && s->buffer ? PH_OK : PH_ERR_MEMORY;
    if (err == PH_OK)
        err = https_open(&s->https, &options->https);
    if (err == PH_OK && pthread_create(&s->thread, NULL, run, s) != 0)
        err = PH_ERR_MEMORY;
    if (err != PH_OK) {
        session_free(s);
        return err;
    }
    *out = s;
    return PH_OK;
}

void session_news(struct session *s)
{
    if (!atomic_exchange(&s->news_is_out, true) && queue_put(s->in, &s->news) != PH_OK)
        atomic_store(&s->news_is_out, false);
}

struct session_report *session_take(struct session *s)
{
    return (struct session_report *)queue_take(s->out);
}

void session_answer(struct session *s, struct session_report *report)
{
    /* Refused once the session is stopped: then nobody waits for it. */
    (void)queue_put(s->in, &report->letter);
}

void session_stop(struct session *s)
{
    https_stop(s->https);
    queue_close(s->in);
}

static void empty(struct queue *q)
{
    while (queue_take(q))
        ;
}

void session_close(struct session *s)
{
    if (!s)
        return;
    session_stop(s);
    pthread_join(s->thread, NULL);
    empty(s->in);
    empty(s->out);
    session_free(s);
}
