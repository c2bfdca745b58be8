/* The old events that the center lacks go to it by a way of their own, beside the present ones:
 * after a claim those of the epochs before, and all that a fenced box still does. A center that
 * refuses them is asked again now and then; nothing else waits for it.
 */
#include <stdio.h>

#include "sync/talk.h"

#define SALVAGE_PATH "/api/v1/poi/hub/salvage"

/* News count for a fenced box alone: another one has told its old events once and for all. */
static bool has_news(const struct session *s)
{
    return s->uplink.state == UPLINK_HALTED && s->uplink.head_seq != s->salvage_head;
}

static int64_t salvage_due_ms(const struct session *s, int64_t now_ms)
{
    if (s->uplink.state != UPLINK_HALTED && s->uplink.state != UPLINK_READY)
        return TALK_NEVER;
    if (s->salvage_at_ms != TALK_NEVER)
        return s->salvage_at_ms;
    return has_news(s) ? now_ms : TALK_NEVER;
}

/* An epoch has a search of its own for what its center cannot digest. */
static void begin_epoch(struct session *s, uint32_t epoch)
{
    if (s->salvage_epoch == epoch)
        return;
    s->salvage_epoch = epoch;
    halving_init(&s->salvage_halving, LIMIT_BATCH_EVENTS);
}

/* The first epoch that has something to send. */
static enum ph_err build(struct session *s, struct salvage *from, struct salvage_text *out)
{
    struct txn *txn;
    struct journal j;
    struct salvage_ask ask = {.store = s->identity, .box_id = str_of(s->box_id)};
    enum ph_err err = txn_begin_read(s->store, &txn);
    if (err != PH_OK)
        return err;
    err = PH_ERR_NOT_FOUND;
    from->at.epoch = 0;
    ask.head = journal_load(&j, txn) ? j.head.at : (struct position){0, 0};
    while (err == PH_ERR_NOT_FOUND && salvage_next(txn, from->at.epoch, from)) {
        begin_epoch(s, from->at.epoch);
        ask.most = s->salvage_halving.limit;
        ask.raw_seq = s->salvage_halving.raw_seq;
        err = salvage_build(txn, &ask, from, s->buffer, BATCH_BUFFER, out);
    }
    if (txn_error(txn) != PH_OK)
        err = txn_error(txn);
    txn_abort(txn);
    return err;
}

struct reply {
    uint64_t seq; /* what follows it comes next: all up to it is there, or more is missing */
    bool good;
    bool indigestible; /* the events themselves are refused */
};

static bool says_no(const struct cloud_error *e, long status)
{
    return e->name == CLOUD_BAD_BATCH || e->name == CLOUD_BAD_REQUEST || status == 413;
}

static void note_trouble(struct session *s, enum https_result line, long status,
                         const struct cloud_error *e)
{
    struct session_facts *facts = &s->report.facts;
    facts->failures++;
    facts->salvage_failures++;
    if (line != HTTPS_ANSWERED)
        snprintf(facts->salvage_why, SESSION_WHY, "%s", https_result_text(line));
    else
        snprintf(facts->salvage_why, SESSION_WHY, "status %ld %.*s", status, (int)e->detail.n,
                 e->detail.p);
}

static struct reply read_answer(struct session *s, enum https_result line,
                                const struct https_answer *http, const struct salvage_text *said)
{
    char path[FIELD_PATH], why[JSON_WHY];
    struct fields f;
    struct cloud_error e = {0};
    struct reply r = {0};
    struct json *doc = NULL;
    if (line == HTTPS_ANSWERED)
        doc = json_parse(http->body.p, http->body.n, &JSON_CLOUD, why);
    fields_begin(&f, NULL, path);
    if (doc && http->status == 200) {
        r.good = wire_u64(&f, doc, "acked_seq", &r.seq) && r.seq <= said->last_seq;
    } else if (doc) {
        cloud_error_decode(doc, &e);
        r.good = e.name == CLOUD_SEQ_GAP && e.expected > 0 && e.expected <= said->last_seq;
        r.seq = r.good ? e.expected - 1 : 0;
        r.indigestible = says_no(&e, http->status);
    }
    if (!r.good)
        note_trouble(s, line, line == HTTPS_ANSWERED ? http->status : 0, &e);
    json_free(doc);
    return r;
}

static void later(struct session *s)
{
    s->salvage_at_ms = talk_now_ms() + backoff_next_ms(&s->salvage_backoff, &s->dice);
}

static void move(struct session *s, struct position at)
{
    struct sync_command *c = talk_work(s, SYNC_SALVAGED);
    c->salvaged = at;
    talk_consult(s);
}

static void moved(struct session *s, uint64_t seq)
{
    s->report.facts.salvage_failures = 0;
    s->report.facts.salvage_why[0] = 0;
    halving_acked(&s->salvage_halving, seq);
    backoff_reset(&s->salvage_backoff);
    s->salvage_at_ms = talk_now_ms();
}

static void post(struct session *s, const struct salvage *from, const struct salvage_text *said)
{
    struct https_answer http;
    enum https_result line = https_post(s->https, SALVAGE_PATH, said->text, &http);
    struct reply r = read_answer(s, line, &http, said);
    s->report.facts.requests++;
    if (r.good && r.seq > from->at.seq)
        moved(s, r.seq);
    else
        later(s);
    if (r.indigestible)
        halving_failed(&s->salvage_halving, from->at.seq + 1,
                       (uint32_t)(said->last_seq - from->at.seq), HALVING_REFUSED, talk_now_ms(),
                       true);
    if (r.good)
        move(s, (struct position){from->at.epoch, r.seq});
    else
        talk_consult(s);
}

static void salvage(struct session *s)
{
    struct salvage from;
    struct salvage_text said;
    s->salvage_head = s->uplink.head_seq;
    enum ph_err err = build(s, &from, &said);
    if (err == PH_OK) {
        post(s, &from, &said);
    } else if (err == PH_ERR_NOT_FOUND) {
        s->salvage_at_ms = TALK_NEVER;
    } else {
        snprintf(s->report.facts.salvage_why, SESSION_WHY, "%s", ph_err_name(err));
        s->report.facts.salvage_failures++;
        later(s);
        talk_consult(s);
    }
}

const struct talk TALK_SALVAGE = {"salvage", salvage_due_ms, salvage};
