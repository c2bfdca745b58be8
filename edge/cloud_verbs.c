#include "edge/cloud_verbs.h"

#include <stdio.h>

#include "edge/cloud_salvage.h"
#include "sync/aside.h"

#define CURSOR_TEXT 64
#define NO_LINE     "this store has no cloud line: [cloud] of poshub.conf"

static void refuse(struct cloud *c, struct request *r, const char *why)
{
    intake_refuse(c->intake, r, CODE_BAD_REQUEST, why, 0);
}

/* ---- a word to the session ---- */

static void tell(struct cloud *c, struct request *r, enum session_word word)
{
    if (c->session == NULL) {
        refuse(c, r, NO_LINE);
        return;
    }
    session_tell(c->session, word);
    intake_result(c->intake, r, STR("{}"));
}

/* No event tells of such a change: who made it is noted, once it is certain to be carried out. */
static void tell_noted(struct cloud *c, struct request *r, enum session_word word)
{
    if (c->session != NULL)
        intake_note(c->intake, &r->command);
    tell(c, r, word);
}

/* ---- queue.list: what was set aside ---- */

/* "epoch.seq"; nothing is the beginning. */
static bool cursor_parse(struct str text, struct position *out)
{
    char copy[CURSOR_TEXT], end;
    unsigned long long seq = 0;
    unsigned epoch = 0;
    *out = (struct position){0, 0};
    if (text.n == 0)
        return true;
    snprintf(copy, sizeof(copy), "%.*s", (int)text.n, text.p);
    if (sscanf(copy, "%u.%llu%c", &epoch, &seq, &end) != 2)
        return false;
    *out = (struct position){epoch, seq};
    return true;
}

static void write_entry(struct jw *w, struct txn *txn, const struct aside *a)
{
    struct event e;
    jw_open(w, '{');
    jw_kint(w, "epoch", a->at.epoch);
    jw_kint(w, "seq", (int64_t)a->at.seq);
    jw_kint(w, "set_aside_at_ms", a->at_ms);
    jw_kstring(w, "reason", a->reason);
    jw_kbool(w, "gave_up", a->gave_up);
    if (journal_read(txn, a->at, &e)) {
        jw_kstring(w, "kind", str_of(event_kind_name(e.kind)));
        jw_kint(w, "at_ms", e.hlc.l_ms);
    }
    jw_close(w, '}');
}

/* One more than the page holds says that there is another page. */
static void write_page(struct jw *w, struct txn *txn, struct position after, uint32_t limit)
{
    struct aside a;
    uint32_t n = 0;
    bool more;
    struct aside_scan s = aside_scan_begin(txn, after);
    jw_karray(w, "aside");
    while ((more = aside_scan_next(&s, &a)) && n < limit) {
        write_entry(w, txn, &a);
        after = a.at;
        n++;
    }
    aside_scan_end(&s);
    jw_close(w, ']');
    if (more) {
        char cursor[CURSOR_TEXT];
        snprintf(cursor, sizeof(cursor), "%u.%llu", after.epoch, (unsigned long long)after.seq);
        jw_kstring(w, "cursor", str_of(cursor));
    }
}

static void write_list(struct jw *w, struct cloud *c, struct txn *txn, const struct command *ask)
{
    struct position after = {0, 0};
    cursor_parse(ask->cursor, &after);
    jw_open(w, '{');
    jw_kint(w, "code", CODE_OK);
    jw_kstring(w, "name", str_of(code_name(CODE_OK)));
    jw_kint(w, "waiting", (int64_t)cloud_waiting(c));
    jw_karray(w, "acked");
    jw_int(w, c->position.acked.epoch);
    jw_int(w, (int64_t)c->position.acked.seq);
    jw_close(w, ']');
    cloud_salvage_list(txn, c->intake->at, w);
    write_page(w, txn, after, ask->limit);
    jw_close(w, '}');
}

static void queue_list(struct cloud *c, struct request *r)
{
    struct jw w;
    struct txn *txn = NULL;
    struct position after;
    if (!cursor_parse(r->command.cursor, &after)) {
        refuse(c, r, "cursor");
        return;
    }
    if (!c->intake->enrolled) {
        refuse(c, r, "this store was never enrolled with a center: nothing waits for one");
        return;
    }
    jw_init(&w, c->intake->reply, sizeof(c->intake->reply));
    if (txn_begin_read(c->intake->store, &txn) == PH_OK)
        write_list(&w, c, txn, &r->command);
    bool good = txn != NULL && txn_error(txn) == PH_OK && jw_ok(&w);
    txn_abort(txn);
    if (good)
        intake_answer(c->intake, r, jw_text(&w));
    else
        intake_refuse(c->intake, r, CODE_INTERNAL, "the list cannot be read", 0);
}

/* ---- queue.retry ---- */

static bool is_set_aside(struct cloud *c, struct position at)
{
    struct txn *txn;
    struct aside a;
    if (txn_begin_read(c->intake->store, &txn) != PH_OK)
        return false;
    bool known = aside_get(txn, at, &a);
    txn_abort(txn);
    return known;
}

/* The event's rows are said again, and it leaves the list in the same transaction. */
static void say_again(struct cloud *c, struct request *r)
{
    struct position at = r->command.event;
    struct sync_work *work = arena_alloc(&r->arena, sizeof(*work));
    struct state_ask *ask = arena_alloc(&r->arena, sizeof(*ask));
    uint64_t *seq = arena_alloc(&r->arena, sizeof(*seq));
    if (work == NULL || ask == NULL || seq == NULL) {
        intake_refuse(c->intake, r, CODE_INTERNAL, "out of memory", 0);
        return;
    }
    *seq = at.seq;
    *ask = (struct state_ask){.dead = seq, .n_dead = 1, .dead_epoch = at.epoch};
    *work = (struct sync_work){.command = {.verb = SYNC_FORGET, .forget = at}};
    r->command.noted = r->command.verb;
    r->command.verb = VERB_ROW_STATE;
    r->command.state_ask = ask;
    r->sync = work;
    intake_admit(c->intake, r, NULL);
}

static void queue_retry(struct cloud *c, struct request *r)
{
    if (r->command.event.seq == 0)
        tell(c, r, SESSION_SYNC_NOW);
    else if (is_set_aside(c, r->command.event))
        say_again(c, r);
    else
        refuse(c, r, "this event was not set aside by the center: see queue list");
}

bool cloud_verb(struct cloud *c, struct request *r)
{
    switch ((unsigned)r->command.verb) {
    case VERB_SYNC_NOW:
        tell(c, r, SESSION_SYNC_NOW);
        return true;
    case VERB_SYNC_PAUSE:
        tell_noted(c, r, SESSION_PAUSE);
        return true;
    case VERB_SYNC_RESUME:
        tell_noted(c, r, SESSION_RESUME);
        return true;
    case VERB_SYNC_DIFF:
        tell(c, r, SESSION_DIFF);
        return true;
    case VERB_QUEUE_LIST:
        queue_list(c, r);
        return true;
    case VERB_QUEUE_RETRY:
        queue_retry(c, r);
        return true;
    case VERB_OVERSELL_RESOLVE:
        cloud_resolve_run(&c->resolve, c->session, c->session != NULL && c->facts.up, r);
        return true;
    case VERB_CLOUD_TEST:
        cloud_read_papers(c);
        tell(c, r, SESSION_SYNC_NOW);
        return true;
    case VERB_CLOUD_ENROL:
        cloud_enrol_run(&c->enrol, r, c->session != NULL);
        return true;
    case VERB_CLOUD_CLAIM:
        cloud_claim_run(&c->enrol, r, c->session != NULL);
        return true;
    default:
        return false;
    }
}
