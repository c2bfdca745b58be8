/* What the center has that we have not: page after page, each taken by the books before the next is
 * asked for. */
#include <stdio.h>

#include "sync/talk.h"

#define FIND_BYTES 512

static int64_t pull_due(const struct session *s, int64_t now_ms)
{
    return s->uplink.state == UPLINK_READY ? pull_due_ms(&s->pull, now_ms) : TALK_NEVER;
}

static void note_bad(struct session *s, const struct exchange *x, uint32_t n)
{
    struct session_facts *facts = &s->report.facts;
    if (n == 0)
        return;
    facts->bad_rows += n;
    snprintf(facts->bad_why, SESSION_WHY, "%s", x->why);
}

static bool fill_in_page(struct session *s, struct exchange *x, const struct pull_query *q,
                         const struct pull_verdict *v)
{
    struct session_report *report = &s->report;
    struct exchange_page page;
    if (!exchange_page(x, q->since_ver, &page))
        return false;
    note_bad(s, x, page.n_bad);
    report->page = true;
    report->rows = page.rows;
    report->n_rows = page.n_rows;
    report->orders = page.orders;
    report->n_orders = page.n_orders;
    report->cases = page.cases;
    report->n_cases = page.n_cases;
    report->ver_before = v->prev_ver;
    report->ver = v->ver;
    report->full_begins = v->full_begins;
    report->full_ends = v->full_ends;
    report->full_acked = v->page.acked;
    struct sync_command *c = talk_work(s, SYNC_HEARD);
    c->page = v->page;
    c->server_hlc = x->find.server_hlc;
    return true;
}

/* The page, and with the last one that the pull is over: the shell hears both at once. */
static void take_page(struct session *s, struct exchange *x, const struct pull_query *q,
                      const struct pull_verdict *v)
{
    bool whole = !v->take || fill_in_page(s, x, q, v);
    if (whole && v->done)
        s->report.facts.pulls++;
    talk_consult(s);
    if (whole && s->report.err == PH_OK) {
        pull_taken(&s->pull, v);
        return;
    }
    if (whole && v->done)
        s->report.facts.pulls--;
    pull_failed(&s->pull, talk_now_ms(), &s->dice);
    s->opened = false; /* once more from where the store stands */
}

/* A line that is away is told of by the uplink. */
static void note_failures(struct session *s, const struct pull_verdict *v)
{
    struct session_facts *facts = &s->report.facts;
    if (v->lost)
        return;
    facts->pull_failures = v->trouble == UPLINK_FINE ? 0 : facts->pull_failures + 1;
    snprintf(facts->pull_why, SESSION_WHY, "%s", v->trouble == UPLINK_FINE ? "" : facts->why);
}

static void say_pull(struct session *s)
{
    struct talk_standing at;
    struct exchange x;
    struct https_answer http;
    char text[FIND_BYTES];
    if (talk_look(s, &at) != SESSION_FINE || !at.enrolled) {
        s->opened = false;
        return;
    }
    struct pull_query q = pull_query(&s->pull, at.j.head.center_version);
    struct str find =
        exchange_find(s->identity, at.j.head.at.epoch, q.since_ver, q.full, text, sizeof(text));
    enum https_result line = https_post(s->https, EXCHANGE_FIND_PATH, find, &http);
    exchange_read_find(&x, line, &http);
    struct pull_verdict v = pull_answered(&s->pull, &q, &x.answer, x.found ? &x.find : NULL,
                                          at.position.acked, talk_now_ms(), &s->dice);
    talk_note_answer(s, &x, line, v.trouble);
    note_failures(s, &v);
    if (v.lost)
        uplink_lost(&s->uplink, x.answer.stuck, talk_now_ms(), &s->dice);
    if (x.found)
        talk_note_head(s, x.find.head_ver);
    if (v.trouble == UPLINK_FINE && x.found)
        take_page(s, &x, &q, &v);
    else
        talk_consult(s);
    exchange_end(&x);
}

const struct talk TALK_PULL = {"pull", pull_due, say_pull};
