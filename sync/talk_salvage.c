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

/* The first epoch that has something to send. */
static enum ph_err build(struct session *s, struct salvage *from, struct salvage_text *out)
{
    struct txn *txn;
    uint32_t epoch = 0;
    enum ph_err err = txn_begin_read(s->store, &txn);
    if (err != PH_OK)
        return err;
    err = PH_ERR_NOT_FOUND;
    while (err == PH_ERR_NOT_FOUND && salvage_next(txn, epoch, from)) {
        err =
            salvage_build(txn, s->identity, str_of(s->box_id), from, s->buffer, BATCH_BUFFER, out);
        epoch = from->at.epoch;
    }
    if (txn_error(txn) != PH_OK)
        err = txn_error(txn);
    txn_abort(txn);
    return err;
}

/* Where the next text begins: behind what it has acknowledged, or where it says that something is
 * missing. False: neither. */
static bool read_answer(const struct https_answer *http, const struct salvage_text *said,
                        uint64_t *seq)
{
    char path[FIELD_PATH], why[JSON_WHY];
    struct fields f;
    struct cloud_error e = {0};
    struct json *doc = json_parse(http->body.p, http->body.n, &JSON_CLOUD, why);
    bool good = false;
    fields_begin(&f, NULL, path);
    if (doc && http->status == 200) {
        good = wire_u64(&f, doc, "acked_seq", seq) && *seq <= said->last_seq;
    } else if (doc) {
        cloud_error_decode(doc, &e);
        good = e.name == CLOUD_SEQ_GAP && e.expected > 0 && e.expected <= said->last_seq;
        *seq = good ? e.expected - 1 : 0;
    }
    json_free(doc);
    return good;
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

static void post(struct session *s, const struct salvage *from, const struct salvage_text *said)
{
    struct https_answer http;
    uint64_t seq = 0;
    enum https_result line = https_post(s->https, SALVAGE_PATH, said->text, &http);
    bool good = line == HTTPS_ANSWERED && read_answer(&http, said, &seq);
    s->report.facts.requests++;
    if (good)
        move(s, (struct position){from->at.epoch, seq});
    if (good && seq > from->at.seq) {
        backoff_reset(&s->salvage_backoff);
        s->salvage_at_ms = talk_now_ms();
        return;
    }
    s->report.facts.failures++;
    later(s);
}

static void salvage(struct session *s)
{
    struct salvage from;
    struct salvage_text said;
    s->salvage_head = s->uplink.head_seq;
    enum ph_err err = build(s, &from, &said);
    if (err == PH_OK)
        post(s, &from, &said);
    else if (err == PH_ERR_NOT_FOUND)
        s->salvage_at_ms = TALK_NEVER;
    else
        later(s);
}

const struct talk TALK_SALVAGE = {"salvage", salvage_due_ms, salvage};
