/* The store is taken over: the center is asked for an epoch, all its rows are fetched, and the
 * books take them in one transaction. Comes before everything else, because without its epoch the
 * store has nothing to say.
 *
 *   wished   by hand, by an epoch of our own, by a rollback: a record in the store (sync/claim.h)
 *   asked    /hub/claim, then find-to-pos as long as there is more
 *   taken    rows, orders, epoch, position, and the wish is gone
 *
 * What can fail: the line and the center, then the wish stays and is tried again after a while.
 */
#include "sync/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_BYTES 1024
#define CLAIM_REST_MS 10000
#define PAGES_MAX     (LIMIT_ITEMS / LIMIT_PULL_ROWS + 8)
#define ROW_ROOM      (LIMIT_ITEMS * sizeof(struct cloud_row) + 4096)

/* ---- wishes ---- */

void talk_wish(struct session *s, enum claim_reason reason, bool fence)
{
    struct sync_command *c = talk_work(s, SYNC_WISH);
    c->wish.reason = reason;
    c->fence = fence;
    talk_consult(s);
    s->opened = false;
}

/* A name that says that this box's own history is behind it or ahead of it: where another box
 * has taken over, people decide. */
void talk_halted(struct session *s, const struct exchange *x)
{
    enum cloud_error_name name = x->answer.error ? x->error.name : CLOUD_OTHER;
    if (name == CLOUD_UNKNOWN_EPOCH) {
        talk_blame(s, SESSION_EPOCH, "");
        talk_wish(s, CLAIM_NEW_EPOCH, false);
    } else if (s->report.facts.trouble == UPLINK_FORKED)
        talk_wish(s, CLAIM_ROLLBACK, true);
}

/* ---- what the center gives ---- */

/* Texts of rows live in the documents. */
struct taking {
    struct json *docs[PAGES_MAX];
    uint32_t n_docs;
    struct arena arena;
    struct cloud_row *rows;
    uint32_t n_rows;
    struct claim_taken taken;
    uint64_t next_ver, orders_left_out;
    bool more;
    struct hlc server_hlc;
    const char *why; /* what made no sense */
    char path[FIELD_PATH];
};

static bool no_sense(struct taking *t, const char *why)
{
    t->why = why;
    return false;
}

static bool take_row(struct taking *t, const struct json *v)
{
    struct cloud_item item;
    if (cloud_item_decode(v, &item, t->path) != CODE_OK)
        return no_sense(t, "rows");
    if (item.kind != CLOUD_ITEM_STOCK)
        return true;
    if (t->n_rows == LIMIT_ITEMS)
        return no_sense(t, "more rows than a store can have");
    struct cloud_row *row = &t->rows[t->n_rows];
    if (cloud_row_decode(item.data, row, t->path) != CODE_OK || !row->has_x)
        return no_sense(t, "rows");
    if (item.over != 0)
        row->over = item.over;
    t->n_rows++;
    return true;
}

/* One that changed between two pages comes twice: the later one counts. */
static void drop_older(struct taking *t, uint32_t from)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->n_rows; i++) {
        bool again = false;
        for (uint32_t k = from; i < from && k < t->n_rows && !again; k++)
            again = t->rows[k].row.object.id == t->rows[i].row.object.id &&
                    t->rows[k].row.object.type == t->rows[i].row.object.type;
        if (!again)
            t->rows[kept++] = t->rows[i];
    }
    t->n_rows = kept;
}

static bool take_rows(struct taking *t, const struct json *rows)
{
    uint32_t from = t->n_rows;
    for (const struct json *v = json_first(rows); v; v = json_next(v))
        if (!take_row(t, v))
            return false;
    if (from > 0)
        drop_older(t, from);
    return true;
}

static bool take_claim(struct taking *t, const struct json *doc, uint32_t above)
{
    struct claim_reply r;
    if (claim_decode(doc, &r, t->path) != CODE_OK)
        return no_sense(t, "claim");
    if (r.epoch <= above)
        return no_sense(t, "its epoch is not above ours");
    t->taken.epoch = r.epoch;
    t->taken.center_epoch = r.center_epoch;
    t->taken.ver = r.ver;
    t->taken.orders = r.orders;
    t->orders_left_out = r.orders_left_out;
    t->next_ver = r.next_ver;
    t->more = r.more;
    t->server_hlc = r.server_hlc;
    return take_rows(t, r.rows);
}

static bool take_page(struct taking *t, const struct json *doc)
{
    struct cloud_find_reply r;
    if (cloud_find_reply_decode(doc, &r, t->path) != CODE_OK || r.legacy)
        return no_sense(t, "find-to-pos");
    if (r.more && r.next_ver <= t->next_ver)
        return no_sense(t, "next_ver does not rise");
    t->next_ver = r.next_ver;
    t->more = r.more;
    if (r.next_ver > t->taken.ver)
        t->taken.ver = r.next_ver;
    return take_rows(t, r.rows);
}

/* ---- asking ---- */

static void note(struct session *s, enum https_result line, enum uplink_trouble trouble,
                 const char *why)
{
    struct session_facts *facts = &s->report.facts;
    facts->line = line;
    facts->requests++;
    facts->trouble = trouble;
    facts->fault = SESSION_FINE;
    facts->failures += trouble != UPLINK_FINE;
    snprintf(facts->why, SESSION_WHY, "%s", why);
}

static void note_refusal(struct session *s, const struct https_answer *http,
                         const struct cloud_error *e)
{
    char why[SESSION_WHY];
    bool slowed = http->status == 429 || http->status == 503;
    snprintf(why, sizeof(why), "claim: status %ld %.*s", http->status, (int)e->detail.n,
             e->detail.p);
    note(s, HTTPS_ANSWERED,
         slowed                ? UPLINK_SLOWED
         : http->status >= 500 ? UPLINK_FAILING
                               : UPLINK_REFUSED,
         why);
    if (str_eq(e->name_text, STR("BAD_TOKEN")))
        s->report.facts.fault = SESSION_TOKEN;
}

/* The answer's document, which `t` keeps; NULL, and it is noted why. */
static const struct json *ask(struct session *s, struct taking *t, const char *path,
                              struct str text)
{
    struct https_answer http;
    struct cloud_error e = {0};
    char why[JSON_WHY] = "";
    enum https_result line = https_post(s->https, path, text, &http);
    if (line != HTTPS_ANSWERED) {
        note(s, line, UPLINK_NO_ANSWER, https_why(s->https));
        return NULL;
    }
    struct json *doc = json_parse(http.body.p, http.body.n, &JSON_CLOUD, why);
    if (doc)
        t->docs[t->n_docs++] = doc;
    if (http.status != 200) {
        if (doc)
            cloud_error_decode(doc, &e);
        note_refusal(s, &http, &e);
        return NULL;
    }
    if (!doc)
        note(s, line, UPLINK_NONSENSE, why);
    return doc;
}

static const struct json *ask_page(struct session *s, struct taking *t)
{
    char text[REQUEST_BYTES];
    struct jw w;
    struct cloud_find find = {.brand_id = s->identity->brand_id,
                              .poi_id = s->identity->poi_id,
                              .proto2 = true,
                              .epoch = t->taken.epoch,
                              .since_ver = t->next_ver,
                              .limit = LIMIT_PULL_ROWS};
    if (t->n_docs == PAGES_MAX)
        return NULL;
    jw_init(&w, text, sizeof(text));
    cloud_find_encode(&w, &find);
    return ask(s, t, "/api/v1/poi/stock/find-to-pos", jw_text(&w));
}

static bool fetch(struct session *s, struct taking *t, const struct claim_wish *wish,
                  uint32_t epoch)
{
    char text[REQUEST_BYTES];
    struct str claim =
        claim_encode(s->identity, str_of(s->box_id), wish, epoch, text, sizeof(text));
    const struct json *doc = ask(s, t, CLAIM_PATH, claim);
    bool good = doc && take_claim(t, doc, epoch);
    while (good && t->more) {
        doc = ask_page(s, t);
        good = doc && take_page(t, doc);
    }
    if (t->why)
        note(s, HTTPS_ANSWERED, UPLINK_NONSENSE, t->why);
    return good;
}

/* ---- the books ---- */

static void hand_over(struct session *s, const struct taking *t)
{
    struct session_report *report = &s->report;
    struct sync_command *c = talk_work(s, SYNC_CLAIMED);
    note(s, HTTPS_ANSWERED, UPLINK_FINE, "");
    c->claimed = &t->taken;
    c->server_hlc = t->server_hlc;
    memcpy(c->box_id, s->box_id, sizeof(c->box_id));
    report->claim = &t->taken;
    report->facts.orders_left_out = t->orders_left_out;
    report->rows = t->rows;
    report->n_rows = t->n_rows;
    talk_consult(s);
    report->claim = NULL;
}

static bool books_have_it(const struct session *s)
{
    return s->report.err == PH_OK && s->report.work.result.done == SYNC_OK;
}

static bool wished(struct session *s, struct talk_standing *at, struct claim_wish *wish)
{
    struct txn *txn;
    if (txn_begin_read(s->store, &txn) != PH_OK)
        return false;
    bool there = claim_wish_load(wish, txn) && journal_load(&at->j, txn);
    at->enrolled = there && sync_position_load(&at->position, txn);
    s->report.facts.fenced = there && at->j.head.fenced;
    there = there && txn_error(txn) == PH_OK;
    txn_abort(txn);
    return there;
}

static void try_again_later(struct session *s)
{
    s->claim_at_ms = talk_now_ms() + backoff_next_ms(&s->claim_backoff, &s->dice);
    talk_consult(s);
}

/* A center that does not know the epoch it has just opened is not asked in a circle. */
static void taken(struct session *s)
{
    backoff_reset(&s->claim_backoff);
    s->claim_at_ms = talk_now_ms() + CLAIM_REST_MS;
    s->claimed = true;
}

/* A new epoch is above all that anybody has seen of this store. */
static uint32_t epoch_seen(const struct session *s, const struct talk_standing *at)
{
    uint32_t witnessed = atomic_load(&s->seen_epoch);
    return witnessed > at->j.head.at.epoch ? witnessed : at->j.head.at.epoch;
}

static void claim(struct session *s, const struct talk_standing *at, const struct claim_wish *wish)
{
    struct taking *t = calloc(1, sizeof(*t));
    if (t) {
        arena_init(&t->arena, ROW_ROOM);
        t->rows = arena_alloc(&t->arena, LIMIT_ITEMS * sizeof(*t->rows));
    }
    if (t && t->rows) {
        t->taken.reason = wish->reason;
        if (at->enrolled && at->position.center_epoch != 0)
            t->taken.acked = at->position.acked;
    }
    bool good = t && t->rows && fetch(s, t, wish, epoch_seen(s, at));
    if (good)
        hand_over(s, t);
    if (good && books_have_it(s))
        taken(s);
    else
        try_again_later(s);
    for (uint32_t i = 0; t && i < t->n_docs; i++)
        json_free(t->docs[i]);
    if (t)
        arena_free(&t->arena);
    free(t);
}

bool talk_claim(struct session *s)
{
    struct talk_standing at;
    struct claim_wish wish;
    if (!wished(s, &at, &wish))
        return false;
    int64_t now_ms = talk_now_ms();
    if (memcmp(&wish, &s->wish, sizeof(wish)) != 0)
        s->claim_at_ms = 0; /* somebody wishes for another one */
    s->wish = wish;
    if (now_ms < s->claim_at_ms)
        talk_await(s, s->claim_at_ms - now_ms);
    else
        claim(s, &at, &wish);
    return true;
}
