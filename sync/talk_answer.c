/* What an answer to a hello or a batch asks of the store: rows first, then the ack, the clock and
 * the fence, all in one transaction; rows of events that were set aside are said again after it.
 */
#include <stdio.h>
#include <string.h>

#include "sync/talk.h"

static void note_clock(struct session *s, const struct exchange *x)
{
    struct session_facts *facts = &s->report.facts;
    facts->center_ms = exchange_clock(x).l_ms;
    facts->center_span_ms = https_took_ms(s->https);
    facts->center_at_ms = talk_now_ms();
}

/* What has no name the status alone tells, as a redirect or a page of a proxy. */
static void say_status(const struct uplink_answer *a, char why[SESSION_WHY])
{
    const struct cloud_error *e = a->error;
    const struct str name = e && e->name != CLOUD_OTHER ? str_of(cloud_error_text(e->name))
                            : e                         ? e->name_text
                                                        : STR("");
    if (a->status == 200)
        snprintf(why, SESSION_WHY, "its numbers do not fit those of this store");
    else
        snprintf(why, SESSION_WHY, "status %d %.*s %.*s", (int)a->status, (int)name.n, name.p,
                 e ? (int)e->detail.n : 0, e ? e->detail.p : "");
}

/* Perhaps another connection, or another address of the name, leads to one that is well. What a
 * center has understood and refused it would refuse there too. */
static bool is_out_of_order(const struct exchange *x, enum uplink_trouble trouble)
{
    return trouble == UPLINK_NONSENSE || (trouble == UPLINK_FAILING && x->answer.status >= 500);
}

void talk_note_answer(struct session *s, const struct exchange *x, enum https_result line,
                      enum uplink_trouble trouble)
{
    struct session_facts *facts = &s->report.facts;
    facts->line = line;
    facts->requests++;
    if (line == HTTPS_ANSWERED)
        s->answered_ms = talk_now_ms();
    note_clock(s, x);
    facts->trouble = trouble;
    facts->fault = SESSION_FINE;
    facts->why[0] = 0;
    if (trouble == UPLINK_FINE)
        return;
    facts->failures++;
    if (is_out_of_order(x, trouble))
        https_renew(s->https);
    if (line != HTTPS_ANSWERED)
        snprintf(facts->why, SESSION_WHY, "%s", https_why(s->https));
    else if (x->why[0] != 0)
        snprintf(facts->why, SESSION_WHY, "%s", x->why);
    else
        say_status(&x->answer, facts->why);
}

void talk_note_settings(struct session *s, const struct json *v)
{
    struct cloud_settings said = {0};
    struct session_facts *facts = &s->report.facts;
    char path[FIELD_PATH] = "";
    if (v && cloud_settings_decode(v, &said, path) != CODE_OK) {
        facts->bad_settings++;
        memcpy(facts->settings_at, path, sizeof(path));
        return;
    }
    facts->settings_at[0] = '\0';
    s->settings = said;
    s->report.settings = &s->settings;
}

void talk_note_head(struct session *s, uint64_t head_ver)
{
    s->report.facts.head_ver = head_ver;
    s->report.facts.heads++;
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

/* Counters heal by ROW_STATE. A base or a register that the center put aside still stands here
 * alone, and to the center its row is no news: once ROW_STATE is there too, the comparison finds
 * it. */
static void compare_again(struct session *s, const struct exchange *x)
{
    if (!s->said_again || !x->answer.sync)
        return;
    s->said_again = false;
    reconcile_demand(&s->reconcile);
}

static void say_again(struct session *s, const struct exchange *x, uint64_t gave_up_seq)
{
    struct session_report *report = &s->report;
    struct txn *txn;
    const uint16_t n = x->answer.sync ? x->sync.n_dead : 0;
    compare_again(s, x);
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
    s->said_again = true;
    talk_work(s, SYNC_HEARD);
    talk_consult(s);
}

static void fork_found(struct session *s)
{
    uplink_halt(&s->uplink);
    s->report.facts.trouble = UPLINK_FORKED;
    talk_wish(s, CLAIM_ROLLBACK, true);
}

void talk_conclude(struct session *s, struct exchange *x, const struct uplink_verdict *v)
{
    struct hlc clock = exchange_clock(x);
    bool fence = v->halt && is_fenced(s, x);
    if (v->ack || v->failover || fence || clock.l_ms > 0) {
        struct sync_command *c = talk_work(s, SYNC_HEARD);
        c->failover = v->failover;
        c->center_epoch = v->center_epoch;
        c->center_acked_seq = v->center_acked_seq;
        c->ack = v->ack;
        c->acked = v->acked;
        c->server_hlc = clock;
        c->fence = fence;
        c->gave_up_seq = v->gave_up_seq;
        if (x->answer.sync) {
            c->dead = x->sync.dead;
            c->n_dead = x->sync.n_dead;
        }
        if (v->ack)
            take_rows(s, x);
    }
    talk_consult(s);
    if (s->report.err != PH_OK)
        s->opened = false; /* the store has not heard it: once more from where that stands */
    else if (s->report.work.result.done == SYNC_DISAGREES)
        fork_found(s);
    else if (v->halt)
        talk_halted(s, x);
    else
        say_again(s, x, v->gave_up_seq);
}
