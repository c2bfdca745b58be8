/* After each commit: the model decides the same requests, in the same order, and whatever differs
 * is a violation. Replies that leave are kept in a ledger, to be looked up after every crash.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define BUILT_AT_MS 1767225600000
#define RTC_LIFE_MS (20LL * 365 * 24 * HOUR_MS)

/* ---- the uptime clock (sync-protocol 2.5), reckoned apart ---- */

int64_t judge_uptime(const struct sim *s)
{
    return s->judge.uptime_base_ms + s->now_ms - s->judge.since_ms;
}

void judge_boot(struct sim *s, int64_t wall_ms)
{
    struct judge *j = &s->judge;
    bool plausible = wall_ms >= (j->hlc_ms > j->kept_wall_ms ? j->hlc_ms : j->kept_wall_ms) &&
                     wall_ms >= BUILT_AT_MS && wall_ms < BUILT_AT_MS + RTC_LIFE_MS;
    int64_t gap_ms = plausible && j->kept_wall_ms ? wall_ms - j->kept_wall_ms : 0;
    if (gap_ms < 0)
        gap_ms = 0;
    if (gap_ms > 24 * HOUR_MS)
        gap_ms = 24 * HOUR_MS;
    j->uptime_base_ms = j->kept_uptime_ms += gap_ms;
    j->since_ms = s->now_ms;
}

static void clocks_kept(struct judge *j, const struct visit *v)
{
    if (v->at.uptime_ms > j->kept_uptime_ms)
        j->kept_uptime_ms = v->at.uptime_ms;
    j->kept_wall_ms = v->at.wall_ms;
    j->kept_suspect = v->command.clock_suspect;
    if (position_cmp(v->before, v->after) != 0 && v->at.wall_ms > j->hlc_ms)
        j->hlc_ms = v->at.wall_ms;
}

/* ---- what will be compared ---- */

static void touch(struct judge *j, struct model_order *o)
{
    for (uint32_t i = 0; i < j->n_touched; i++)
        if (j->touched[i] == o)
            return;
    if (o && j->n_touched < sizeof j->touched / sizeof *j->touched)
        j->touched[j->n_touched++] = o;
}

/* ---- timers ---- */

static void expired(struct sim *s, const struct visit *v, const struct change *c)
{
    struct model_order *o = model_order(&s->model, c->text.p, c->text.n);
    if (!o) {
        sim_violation(s, "EXPIRY", "an order expired that nobody placed");
        return;
    }
    const char *why = model_expire(&s->model, o, v->at.uptime_ms);
    sim_trace(s, "hub       %s expires", o->order_id);
    if (why)
        sim_violation(s, o->deadline_ms > v->at.uptime_ms ? "P12" : "EXPIRY",
                      "%s expired, but %s: %lld ms are left", o->order_id, why,
                      (long long)(o->deadline_ms - v->at.uptime_ms));
    touch(&s->judge, o);
    s->judge.touched_rows = (1u << ROW_COUNT) - 1;
}

static void judge_timers(struct sim *s, const struct visit *v)
{
    for (uint16_t i = 0; i < v->outcome.n_changes; i++)
        if (v->outcome.changes[i].kind == CHANGE_ORDER)
            expired(s, v, &v->outcome.changes[i]);
    struct model_order *late = v->outcome.more ? NULL : model_overdue(&s->model, v->at.uptime_ms);
    if (late)
        sim_violation(s, "EXPIRY", "%s was to expire %lld ms ago", late->order_id,
                      (long long)(v->at.uptime_ms - late->deadline_ms));
}

/* ---- requests ---- */

static void reply_hash(struct str text, uint8_t out[32])
{
    static const char *const SKIP[] = {"replayed", NULL};
    struct json *doc = json_parse(text.p, text.n, &JSON_IMPORT, NULL);
    memset(out, 0, 32);
    if (doc)
        json_canonical_hash(doc, STR(""), SKIP, out);
    json_free(doc);
}

static void check_verdict(struct sim *s, const struct ask *a, const struct visit *v,
                          const struct verdict *m)
{
    const struct outcome *o = &v->outcome;
    const char *property = "VERDICT";
    if (o->code == m->code && o->replayed == m->replayed && o->duplicate == m->duplicate &&
        (m->replayed || (o->late == m->late && o->refund_due == m->refund_due)))
        return;
    bool lost = o->code == CODE_ORDER_NOT_FOUND || o->code == CODE_TICKET_NOT_FOUND;
    if (lost && o->code != m->code)
        property = "P3";
    else if (o->replayed != m->replayed || o->duplicate != m->duplicate)
        property = "P11";
    else if (o->code != CODE_OK && m->code == CODE_OK)
        property = "REFUSAL";
    else if (m->code == CODE_INSUFFICIENT_STOCK || m->code == CODE_CHANNEL_LIMIT)
        property = "I2";
    else if (m->code == CODE_CHANNEL_RESERVED)
        property = "P10";
    sim_violation(s, property,
                  "%s %s %s: the hub says %d replayed=%d duplicate=%d late=%d refund_due=%d (%s), "
                  "the model %d replayed=%d duplicate=%d late=%d refund_due=%d",
                  verb_name(a->verb), a->order_id, a->req_id, o->code, o->replayed, o->duplicate,
                  o->late, o->refund_due, o->detail, m->code, m->replayed, m->duplicate, m->late,
                  m->refund_due);
}

/* Only what changes the books has an event, and what has one is remembered. */
static void check_effect(struct sim *s, const struct ask *a, const struct visit *v,
                         const struct verdict *m)
{
    bool event = shares_has_event(s, v);
    if (event != m->effect)
        sim_violation(s, "P11", "%s %s: %s event, but %s effect was due", verb_name(a->verb),
                      a->order_id, event ? "an" : "no", m->effect ? "an" : "no");
}

/* I3: no order makes a row promise more than there is. */
static void check_shorts(struct sim *s, const struct ask *a, const struct visit *v)
{
    for (int r = 0; r < ROW_COUNT && a->row < 0; r++)
        if (v->rows_after[r].short_t > v->rows_before[r].short_t)
            sim_violation(s, "I3", "%s %s raised the shortage of %lld from %lld to %lld tenths",
                          verb_name(a->verb), a->order_id, (long long)row_object(r).id,
                          (long long)v->rows_before[r].short_t,
                          (long long)v->rows_after[r].short_t);
}

static void check_tickets_told(struct sim *s, const struct ask *a, const struct visit *v,
                               const struct verdict *m)
{
    int told = 0;
    for (uint16_t i = 0; i < v->outcome.n_changes; i++)
        told += v->outcome.changes[i].kind == CHANGE_TICKET;
    if (told < m->new_tickets)
        sim_violation(s, "TICKET", "%s %s: %d tickets are due, the kitchen is told of %d",
                      verb_name(a->verb), a->order_id, m->new_tickets, told);
}

static void check_reply(struct sim *s, const struct verdict *m, struct str text)
{
    struct heard h;
    const struct model_order *o = m->order;
    if (!lan_read(text, &h) || h.code != m->code) {
        sim_violation(s, "REPLY", "not the reply to a verdict of %d: %.*s", m->code, (int)text.n,
                      text.p);
        return;
    }
    if (m->replayed || !h.has_order || !o)
        return;
    if (h.state != o->state || h.due_e4 != o->due_e4 || h.paid_e4 != o->paid_e4 ||
        h.refunded_e4 != o->refunded_e4 || h.n_lines != o->n_lines)
        sim_violation(
            s, "REPLY", "%s is %s, due %lld, paid %lld, refunded %lld, %d lines; not %.*s",
            o->order_id, order_state_name(o->state), (long long)o->due_e4, (long long)o->paid_e4,
            (long long)o->refunded_e4, o->n_lines, (int)text.n, text.p);
}

static void judge_ask(struct sim *s, const struct visit *v, struct str text)
{
    const struct ask *a = s->asks[v->ask];
    uint8_t hash[32];
    struct verdict m;
    model_ask(&s->model, a, &v->at, &m);
    if (m.may_be_forgotten && !v->outcome.replayed) {
        s->model.replies[a->req].ask = NULL;
        model_ask(&s->model, a, &v->at, &m);
    }
    check_shorts(s, a, v);
    check_verdict(s, a, v, &m);
    check_effect(s, a, v, &m);
    check_tickets_told(s, a, v, &m);
    if (s->broken)
        return;
    reply_hash(text, hash);
    if (m.replayed && memcmp(hash, model_reply(&s->model, a->req)->text, 32) != 0)
        sim_violation(s, "P11", "a repeat is answered differently: %.*s", (int)text.n, text.p);
    check_reply(s, &m, text);
    if (m.effect)
        model_remember(&s->model, a, &v->at, m.code, hash);
    touch(&s->judge, m.order);
    s->judge.touched_rows |= m.rows;
    s->totals.orders += m.effect && (a->verb == VERB_ORDER_PLACE || a->verb == VERB_ORDER_SELL);
}

static void trace_visit(struct sim *s, const struct visit *v)
{
    char what[TRACE_TEXT - 80];
    const struct ask *a = s->asks[v->ask];
    ask_show(a, what, sizeof what);
    sim_trace(s, "%-9s %s %s -> %d%s%s%s", s->devices[a->device].who.device.p, a->req_id, what,
              v->outcome.code, v->outcome.replayed ? " replayed" : "",
              v->outcome.duplicate ? " duplicate" : "", v->outcome.late ? " late" : "");
}

static void judge_center_row(struct sim *s, const struct visit *v)
{
    const struct stock_row *theirs = &v->row.row;
    for (int r = 0; r < ROW_COUNT; r++) {
        struct object object = row_object(r);
        if (object.id != theirs->object.id || object.type != theirs->object.type)
            continue;
        sim_trace(s, "center    row %lld ver %llu: C %lld Lc %lld base %.*s%s -> %d events",
                  (long long)object.id, (unsigned long long)v->row.over, (long long)theirs->c_t,
                  (long long)theirs->lc_t, (int)theirs->base_id.n, theirs->base_id.p,
                  theirs->status == STATUS_SOLD_OUT ? " closed" : "",
                  (int)(v->after.seq - v->before.seq));
        model_center_row(&s->model, &s->model.rows[r], theirs, &v->at);
        s->judge.touched_rows |= 1u << r;
    }
}

static void judge_online_order(struct sim *s, const struct visit *v)
{
    struct verdict m;
    bool event = shares_has_event(s, v);
    const struct online_order *o = v->online;
    model_online_order(&s->model, o, &v->at, &m);
    sim_trace(s, "center    order %s ver %llu %s%s", o->asked.order_id, (unsigned long long)o->over,
              order_state_name(o->state), m.effect ? "" : " changes nothing");
    if (event != m.effect)
        sim_violation(s, "P11", "%s ver %llu: %s event, but %s effect was due", o->asked.order_id,
                      (unsigned long long)o->over, event ? "an" : "no", m.effect ? "an" : "no");
    touch(&s->judge, m.order);
}

void judge_visit(struct sim *s, const struct visit *v, const struct str *text)
{
    shares_clock(s, v);
    shares_judge(s, v);
    if (text) {
        trace_visit(s, v);
        judge_ask(s, v, *text);
        center_note_writes(s, v);
    } else if (v->online) {
        judge_online_order(s, v);
    } else if (v->command.verb == VERB_CENTER_ROW) {
        judge_center_row(s, v);
    } else if (v->command.verb == VERB_ROW_STATE) {
        center_is_told(s, v);
        s->judge.touched_rows = (1u << ROW_COUNT) - 1;
    } else {
        judge_timers(s, v);
    }
    clocks_kept(&s->judge, v);
}

/* ---- after the commit ---- */

void judge_commit(struct sim *s)
{
    struct judge *j = &s->judge;
    struct txn *txn = hub_look(s);
    for (uint32_t i = 0; i < j->n_touched; i++)
        compare_order(s, txn, j->touched[i]);
    for (int r = 0; r < ROW_COUNT; r++)
        if (j->touched_rows & 1u << r)
            compare_row(s, txn, r);
    watch_journal(s, txn);
    if (txn_error(txn) != PH_OK)
        sim_violation(s, "STORE", "%s", txn_fault(txn));
    txn_abort(txn);
    j->n_touched = j->touched_rows = 0;
}

/* ---- replies that left ---- */

void judge_acknowledged(struct sim *s, const struct visit *v)
{
    struct judge *j = &s->judge;
    if (v->outcome.replayed || v->outcome.duplicate || !shares_has_event(s, v))
        return;
    if (j->n_acked == j->cap_acked) {
        j->cap_acked = j->cap_acked ? 2 * j->cap_acked : 256;
        j->acked = realloc(j->acked, j->cap_acked * sizeof *j->acked);
        if (!j->acked)
            abort();
    }
    j->acked[j->n_acked++] = (struct acknowledged){v->outcome.at, v->ask};
}

/* What it moved may have made channels hold less, which is said after it. */
static bool read_own_event(struct txn *txn, struct position at, struct event *e)
{
    bool there = journal_read(txn, at, e);
    for (; there && e->kind == EVENT_REBALANCE; there = journal_read(txn, at, e))
        at.seq--;
    return there;
}

/* P3: what a reply named is there. */
static void check_acknowledged(struct sim *s, struct txn *txn)
{
    struct judge *j = &s->judge;
    for (; j->checked_acked < j->n_acked && !s->broken; j->checked_acked++) {
        const struct acknowledged *k = &j->acked[j->checked_acked];
        const struct ask *a = s->asks[k->ask];
        struct event e;
        bool there = read_own_event(txn, k->at, &e);
        if (there && a->order_id[0] && e.body.n)
            there = memmem(e.body.p, e.body.n, a->order_id, strlen(a->order_id)) != NULL;
        if (!there || !model_reply(&s->model, a->req))
            sim_violation(s, "P3", "%s %s %s was answered at %u/%llu, but is gone", a->req_id,
                          verb_name(a->verb), a->order_id, k->at.epoch,
                          (unsigned long long)k->at.seq);
    }
}

/* ---- everything ---- */

static void audit_books(struct sim *s, struct txn *txn)
{
    char why[160] = "";
    if (!books_audit(txn, why))
        sim_violation(s, "AUDIT", "%s", why);
}

static void verify_chain(struct sim *s, struct txn *txn)
{
    uint8_t tail[HASH_BYTES] = {0};
    struct position from = {0, 0};
    struct journal_verdict v = {.ok = true};
    while (journal_verify_slice(txn, &s->hub.config.identity, &from, tail, 1000, &v))
        ;
    if (!v.ok)
        sim_violation(s, "CHAIN", "%s", v.why);
}

void judge_all(struct sim *s)
{
    if (!s->hub.store || s->broken)
        return;
    struct txn *txn = hub_look(s);
    check_acknowledged(s, txn);
    for (uint32_t i = 0; i < s->model.n_orders && !s->broken; i++)
        compare_order(s, txn, s->model.orders[i]);
    for (int r = 0; r < ROW_COUNT && !s->broken; r++)
        compare_row(s, txn, r);
    watch_journal(s, txn);
    watch_lines(s);
    audit_books(s, txn);
    verify_chain(s, txn);
    if (txn_error(txn) != PH_OK)
        sim_violation(s, "STORE", "%s", txn_fault(txn));
    txn_abort(txn);
}

void judge_free(struct judge *j)
{
    free(j->acked);
    free(j->lines);
}
