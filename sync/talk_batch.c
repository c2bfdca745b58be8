/* The journal goes up in batches, one at a time. Where there is nothing to send, an empty batch
 * says now and then that the hub is there: the center calls a store offline that was silent for 15
 * s (sync-protocol 6.1). How often is the shell's to say (session_beat).
 */
#include <stdio.h>

#include "sync/talk.h"

static bool is_idle(const struct session *s)
{
    return s->uplink.state == UPLINK_READY && s->uplink.head_seq == s->uplink.from_seq;
}

static int64_t beat_due_ms(const struct session *s)
{
    int64_t due_ms = s->answered_ms + atomic_load(&s->beat_ms);
    return due_ms > s->uplink.wait_until_ms ? due_ms : s->uplink.wait_until_ms;
}

static int64_t batch_due_ms(const struct session *s, int64_t now_ms)
{
    struct uplink_step step = uplink_next(&s->uplink, now_ms);
    if (step.what == UPLINK_SEND)
        return now_ms;
    if (is_idle(s))
        return beat_due_ms(s);
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
    struct batch_ask ask = {s->identity,   &position, step->from_seq, step->most,
                            step->raw_seq, &s->rows,  s->wants_after};
    if (err == PH_OK)
        err = batch_build(txn, &ask, s->buffer, out);
    if (err != PH_OK)
        talk_blame(s, err == PH_ERR_NOT_FOUND ? SESSION_GONE : SESSION_DAMAGED, txn_fault(txn));
    snprintf(s->report.facts.damaged_why, SESSION_WHY, "%s",
             err == PH_OK || err == PH_ERR_NOT_FOUND ? "" : txn_fault(txn));
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

/* What an answer has not granted is in the next batch again, and is no reason to hurry. */
static void note_wants(struct session *s, const struct batch *batch)
{
    s->wants_told = batch->wants_mark;
    s->wants_after = batch->wants_after;
    uplink_urge(&s->uplink, false);
}

/* Then the writer is left alone: an idle store writes nothing. */
static bool brought_nothing(const struct session *s, const struct batch *batch,
                            const struct exchange *x, const struct uplink_verdict *v)
{
    return batch->last_seq < batch->first_seq && v->trouble == UPLINK_FINE && x->answer.sync &&
           x->sync.acked_seq == batch->last_seq && x->sync.ver == s->told_ver &&
           (!x->sync.rows || !json_first(x->sync.rows));
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
    if (x.answer.sync)
        note_wants(s, batch);
    if (x.answer.sync)
        talk_note_head(s, x.sync.ver);
    if (x.answer.sync && x.sync.settings)
        talk_note_settings(s, x.sync.settings);
    if (brought_nothing(s, batch, &x, &v))
        talk_consult(s);
    else
        talk_conclude(s, &x, &v);
    if (x.answer.sync)
        s->told_ver = x.sync.ver;
    exchange_end(&x);
}

static void send_batch(struct session *s)
{
    struct batch batch;
    struct uplink_step step = uplink_beat(&s->uplink);
    talk_heed(s, SESSION_NEWS);
    enum ph_err err = build(s, &step, &batch);
    if (err == PH_OK) {
        post_batch(s, &batch);
        return;
    }
    uplink_build_failed(&s->uplink, talk_now_ms(), &s->dice);
    talk_consult(s);
    talk_journal_grew(s); /* another epoch has no next batch at all */
}

const struct talk TALK_BATCH = {"batch", batch_due_ms, send_batch};
