/* The journal goes up in batches, one at a time. */
#include <stdio.h>

#include "sync/talk.h"

static int64_t batch_due_ms(const struct session *s, int64_t now_ms)
{
    struct uplink_step step = uplink_next(&s->uplink, now_ms);
    if (step.what == UPLINK_SEND)
        return now_ms;
    return step.what == UPLINK_WAIT && s->uplink.state == UPLINK_READY ? step.until_ms : TALK_NEVER;
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
        talk_blame(s, err == PH_ERR_NOT_FOUND ? SESSION_GONE : SESSION_DAMAGED, txn_fault(txn));
    txn_abort(txn);
    return err;
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

static void post_batch(struct session *s, const struct batch *batch)
{
    struct exchange x;
    struct https_answer http;
    uplink_sent(&s->uplink, batch);
    enum https_result line = https_post(s->https, EXCHANGE_SYNC_PATH, batch->text, &http);
    exchange_read_sync(&x, line, &http);
    struct uplink_verdict v = uplink_answered(&s->uplink, &x.answer, talk_now_ms(), &s->dice);
    talk_note_answer(s, &x, line, v.trouble);
    note_dead(s, x.answer.sync);
    talk_conclude(s, &x, &v);
    exchange_end(&x);
}

static void send_batch(struct session *s)
{
    struct batch batch;
    struct uplink_step step = uplink_next(&s->uplink, talk_now_ms());
    talk_heed(s, SESSION_NEWS);
    enum ph_err err = build(s, &step, &batch);
    if (err == PH_OK && batch.last_seq >= batch.first_seq) {
        post_batch(s, &batch);
        return;
    }
    uplink_build_failed(&s->uplink, talk_now_ms(), &s->dice);
    talk_consult(s);
    talk_journal_grew(s); /* another epoch has no next batch at all */
}

const struct talk TALK_BATCH = {"batch", batch_due_ms, send_batch};
