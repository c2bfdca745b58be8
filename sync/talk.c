#include "sync/talk.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "storage/want.h"

int64_t talk_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- letters ---- */

/* The bell may ring again at once: the words are looked at after it was taken. */
static void take_bell(struct session *s, const struct letter *letter)
{
    if (letter == &s->bell)
        atomic_store(&s->bell_is_out, false);
}

/* A word may have been said while a report was away, which took the bell. News have their own
 * heeders. */
static bool words_wait(struct session *s)
{
    return (atomic_load(&s->words) & ~(1u << SESSION_NEWS)) != 0;
}

void talk_await(struct session *s, int64_t span_ms)
{
    if (!words_wait(s))
        take_bell(s, queue_wait(s->in, span_ms));
}

bool talk_heed(struct session *s, enum session_word word)
{
    unsigned bit = 1u << word;
    return (atomic_fetch_and(&s->words, ~bit) & bit) != 0;
}

/* ---- the report ---- */

static int64_t next_in_ms(const struct session *s)
{
    int64_t now_ms = talk_now_ms();
    struct uplink_step step = uplink_next(&s->uplink, now_ms);
    int64_t span_ms = step.what == UPLINK_WAIT ? step.until_ms - now_ms : 0;
    return span_ms > 0 ? span_ms : 0;
}

/* A center that answers well, and hears no more of this box, does not hear us. */
static bool is_good(const struct uplink *u)
{
    return u->good_since_ms >= 0 && u->state != UPLINK_HALTED;
}

void talk_consult(struct session *s)
{
    struct session_facts *facts = &s->report.facts;
    const struct letter *letter;
    facts->state = s->uplink.state;
    facts->up = s->opened && !s->paused && (is_good(&s->uplink) || s->legacy.good);
    facts->greeted = s->opened && s->greeted && s->uplink.state != UPLINK_HALTED;
    facts->next_in_ms = s->opened ? next_in_ms(s) : TALK_RETRY_MS;
    s->report.err = PH_OK;
    if (queue_put(s->out, &s->report.letter) != PH_OK)
        return;
    do {
        letter = queue_wait(s->in, -1);
        take_bell(s, letter);
    } while (letter && letter != &s->report.letter);
    s->report.has_work = false;
    s->report.settings = NULL;
    s->report.n_rows = s->report.n_orders = s->report.n_cases = s->report.n_dead =
        s->report.n_objects = 0;
    s->report.again = s->report.page = s->report.full_begins = s->report.full_ends = false;
}

struct sync_command *talk_work(struct session *s, enum sync_verb verb)
{
    s->report.has_work = true;
    s->report.work = (struct sync_work){.command = {.verb = verb}};
    return &s->report.work.command;
}

void talk_blame(struct session *s, enum session_fault fault, const char *why)
{
    s->report.facts.fault = fault;
    snprintf(s->report.facts.why, SESSION_WHY, "%s", why);
}

/* ---- where the store stands ---- */

enum session_fault talk_look(struct session *s, struct talk_standing *out)
{
    struct txn *txn;
    struct claim_wish wish;
    struct want wants[LIMIT_WANTS];
    if (txn_begin_read(s->store, &txn) != PH_OK)
        return SESSION_UNREADABLE;
    bool whole = journal_load(&out->j, txn);
    out->enrolled = sync_position_load(&out->position, txn);
    bool wished = claim_wish_load(&wish, txn);
    want_list(txn, s->wants_after, wants, &out->wants_mark);
    s->report.facts.fenced = out->j.head.fenced;
    whole = whole && txn_error(txn) == PH_OK;
    txn_abort(txn);
    if (!whole)
        return SESSION_UNREADABLE;
    if (wished)
        return SESSION_CLAIM;
    if (!out->enrolled)
        return SESSION_FINE;
    if (strcmp(out->position.box_id, s->box_id) != 0)
        return SESSION_BOX;
    return out->position.acked.epoch == out->j.head.at.epoch ? SESSION_FINE : SESSION_EPOCH;
}

static enum session_fault enrol(struct session *s, struct talk_standing *at)
{
    struct sync_command *c = talk_work(s, SYNC_OPEN);
    memcpy(c->box_id, s->box_id, sizeof(c->box_id));
    talk_consult(s);
    if (s->report.err != PH_OK)
        return SESSION_UNREADABLE;
    if (s->report.work.result.done == SYNC_TOO_LATE)
        return SESSION_GONE;
    return talk_look(s, at);
}

/* An enrolment may have brought a certificate, or another one. */
static void show_papers(struct session *s)
{
    struct stat st;
    if (!s->cert_file || stat(s->cert_file, &st) != 0 || access(s->key_file, R_OK) != 0 ||
        memcmp(&st.st_mtim, &s->papers_at, sizeof(st.st_mtim)) == 0)
        return;
    if (https_show(s->https, s->cert_file, s->key_file) == PH_OK)
        s->papers_at = st.st_mtim;
}

void talk_open(struct session *s)
{
    show_papers(s);
    struct talk_standing at;
    if (talk_claim(s))
        return;
    enum session_fault fault = talk_look(s, &at);
    if (fault == SESSION_FINE && !at.enrolled)
        fault = enrol(s, &at);
    if (fault == SESSION_EPOCH || fault == SESSION_GONE) {
        talk_blame(s, fault, "");
        talk_wish(s, fault == SESSION_EPOCH ? CLAIM_NEW_EPOCH : CLAIM_LATE, false);
        return;
    }
    talk_blame(s, fault, "");
    s->report.facts.damaged_why[0] = 0;
    s->opened = fault == SESSION_FINE && at.enrolled;
    if (!s->opened) {
        talk_consult(s);
        talk_await(s, TALK_RETRY_MS);
        return;
    }
    s->greeted = false;
    s->salvage_at_ms = talk_now_ms();
    pull_open(&s->pull, &at.position);
    uplink_open(&s->uplink, &at.position, at.j.head.at.seq, talk_now_ms(), &s->dice);
    if (s->claimed)
        uplink_hurry(&s->uplink, talk_now_ms());
    s->claimed = false;
    reconcile_open(&s->reconcile, talk_now_ms());
}

bool talk_journal_grew(struct session *s)
{
    struct talk_standing at;
    uint64_t known = s->uplink.head_seq;
    talk_heed(s, SESSION_NEWS);
    if (talk_look(s, &at) != SESSION_FINE) {
        s->opened = false;
        return true;
    }
    uplink_news(&s->uplink, at.j.head.at.seq, talk_now_ms());
    uplink_urge(&s->uplink, at.wants_mark != 0 && at.wants_mark != s->wants_told);
    return s->uplink.head_seq != known || (s->uplink.urgent && s->uplink.state == UPLINK_READY);
}
