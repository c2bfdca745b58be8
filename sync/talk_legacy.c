/* A center that knows only the base API: while hello says so, rows are posted one by one, the
 * journal counts as acknowledged when the center has all rows up to there, and the center's rows
 * are fetched as a plain list (sync/legacy.h). Hello goes on asking; the first one that is answered
 * ends this talk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/talk.h"

#define PULL_MS  60000
#define LOOK_MS  1000 /* nobody tells of news while hello is away */
#define RETRY_MS 5000

static int64_t legacy_due_ms(const struct session *s, int64_t now_ms)
{
    (void)now_ms;
    if (!s->legacy.on || s->uplink.state != UPLINK_AWAY)
        return TALK_NEVER;
    return s->legacy.due_ms;
}

static void later(struct session *s, int64_t span_ms)
{
    s->legacy.due_ms = talk_now_ms() + span_ms;
}

/* ---- question and answer ---- */

static enum uplink_trouble trouble_of(const struct exchange *x)
{
    if (!x->answer.came)
        return UPLINK_NO_ANSWER;
    if (x->answer.status == 200)
        return x->doc != NULL ? UPLINK_FINE : UPLINK_NONSENSE;
    if (x->answer.status == 409)
        return UPLINK_FINE;
    return x->answer.status >= 500 ? UPLINK_FAILING : UPLINK_REFUSED;
}

/* False: nothing can be done with the answer now. The caller ends the exchange in any case. */
static bool asked(struct session *s, const char *path, struct str text, struct exchange *x)
{
    struct https_answer http;
    enum https_result line = https_post(s->https, path, text, &http);
    exchange_read_legacy(x, line, &http);
    enum uplink_trouble trouble = trouble_of(x);
    talk_note_answer(s, x, line, trouble);
    s->legacy.good = trouble == UPLINK_FINE;
    if (trouble != UPLINK_FINE)
        later(s, RETRY_MS);
    return trouble == UPLINK_FINE;
}

/* The records, and with them rows and position, in one transaction. */
static bool tell_shell(struct session *s, const struct legacy_row *rows, uint32_t n)
{
    struct sync_command *c = talk_work(s, SYNC_HEARD);
    c->legacy = rows;
    c->n_legacy = n;
    talk_consult(s);
    if (s->report.err != PH_OK)
        later(s, RETRY_MS);
    return s->report.err == PH_OK;
}

/* ---- rows that the center has said ---- */

struct page {
    struct legacy_row *records;
    struct legacy_merge *merges;
    struct cloud_row *rows;
    uint32_t n_records, n_rows;
    bool full;
};

static bool page_begin(struct page *p)
{
    *p = (struct page){.n_records = 0};
    p->records = calloc(LIMIT_PULL_ROWS, sizeof(*p->records));
    p->merges = calloc(LIMIT_PULL_ROWS, sizeof(*p->merges));
    p->rows = calloc(LIMIT_PULL_ROWS, sizeof(*p->rows));
    return p->records != NULL && p->merges != NULL && p->rows != NULL;
}

static void page_end(struct page *p)
{
    free(p->records);
    free(p->merges);
    free(p->rows);
}

static void hear(struct session *s, struct txn *txn, struct page *p, struct position acked,
                 const struct json *v)
{
    char path[FIELD_PATH];
    struct cloud_row theirs;
    struct stock_row mine;
    if (cloud_row_decode(v, &theirs, path) != CODE_OK)
        return;
    if (p->n_records == LIMIT_PULL_ROWS) {
        p->full = true;
        return;
    }
    struct legacy_row *l = &p->records[p->n_records], was;
    struct legacy_merge *m = &p->merges[p->n_rows];
    legacy_load(l, txn, theirs.row.object);
    was = *l;
    s->rows.load(txn, theirs.row.object, &mine);
    if (legacy_hear(l, &mine, &theirs, acked, m)) {
        p->rows[p->n_rows] = m->row;
        p->rows[p->n_rows++].row.base_id = str_of(m->base_id);
    }
    if (memcmp(&was, l, sizeof(was)) != 0)
        p->n_records++;
}

/* One value, or all of a list. */
static bool hear_all(struct session *s, struct page *p, const struct json *one,
                     const struct json *list)
{
    struct talk_standing at;
    struct txn *txn;
    if (talk_look(s, &at) != SESSION_FINE || txn_begin_read(s->store, &txn) != PH_OK)
        return false;
    if (one != NULL)
        hear(s, txn, p, at.position.acked, one);
    for (const struct json *v = list != NULL ? json_first(list) : NULL; v; v = json_next(v))
        hear(s, txn, p, at.position.acked, v);
    bool whole = txn_error(txn) == PH_OK;
    txn_abort(txn);
    return whole;
}

/* False: the store could not, or there was no news in it. */
static bool take(struct session *s, const struct json *one, const struct json *list)
{
    struct page p;
    bool taken = page_begin(&p) && hear_all(s, &p, one, list);
    if (taken && p.n_records > 0) {
        s->report.rows = p.rows;
        s->report.n_rows = p.n_rows;
        s->report.again = true;
        s->report.ver_before = s->report.ver = 0;
        taken = tell_shell(s, p.records, p.n_records);
    }
    if (!taken || p.full)
        s->legacy.pull_ms = talk_now_ms();
    taken = taken && p.n_records > 0;
    page_end(&p);
    return taken;
}

static void fetch(struct session *s)
{
    char path[FIELD_PATH];
    struct exchange x;
    struct cloud_find_reply reply;
    struct cloud_find q = {.brand_id = s->identity->brand_id, .poi_id = s->identity->poi_id};
    struct jw w;
    jw_init(&w, s->buffer, BATCH_BUFFER);
    cloud_find_encode(&w, &q);
    s->legacy.pull_ms = talk_now_ms() + PULL_MS;
    if (asked(s, EXCHANGE_FIND_PATH, jw_text(&w), &x)) {
        if (x.doc != NULL && cloud_find_reply_decode(x.doc, &reply, path) == CODE_OK &&
            reply.legacy)
            take(s, NULL, reply.rows);
        else
            later(s, RETRY_MS);
    } else if (!x.answer.came) {
        s->legacy.pull_ms = talk_now_ms();
    }
    exchange_end(&x);
}

/* ---- rows that the center lacks ---- */

struct next {
    struct legacy_row record;
    struct stock_row row;
    struct str body;
    uint64_t hash, head_seq; /* the journal's last when it was looked for */
    bool found, whole;
};

static bool is_wanted(struct txn *txn, const struct stock_row *row, struct position acked,
                      struct next *out)
{
    if (position_cmp(row->at, acked) <= 0)
        return false;
    legacy_load(&out->record, txn, row->object);
    out->hash = legacy_hash(row);
    return out->hash != out->record.agreed;
}

/* The body is written while the row's texts are there. */
static void find_next(struct session *s, struct next *out, char body[LEGACY_BODY])
{
    struct sync_position position;
    struct journal j;
    struct txn *txn;
    *out = (struct next){.found = false};
    if (txn_begin_read(s->store, &txn) != PH_OK)
        return;
    bool known = journal_load(&j, txn) && sync_position_load(&position, txn);
    struct scan scan = scan_begin(txn, TABLE_STOCK, (struct bytes){0}, false);
    scan.skip_bad = true;
    while (known && !out->found && scan_next(&scan))
        out->found =
            s->rows.unpack(scan.value, &out->row) && is_wanted(txn, &out->row, position.acked, out);
    if (out->found)
        out->body = legacy_body(&out->row, &out->record, s->identity, body);
    scan_end(&scan);
    out->head_seq = known ? j.head.at.seq : 0;
    out->whole = known && txn_error(txn) == PH_OK;
    txn_abort(txn);
}

static void post(struct session *s, struct next *n)
{
    char path[FIELD_PATH];
    struct exchange x;
    struct cloud_row row;
    legacy_sent(&n->record, &n->row);
    if (!tell_shell(s, &n->record, 1))
        return;
    if (asked(s, EXCHANGE_SYNC_PATH, n->body, &x)) {
        const struct json *told = x.answer.status == 200 ? cloud_row_reply(x.doc) : NULL;
        bool read = told != NULL && cloud_row_decode(told, &row, path) == CODE_OK;
        if (x.answer.status == 200) {
            legacy_taken(&n->record, n->hash, read ? row.updated_at : (struct str){"", 0});
            tell_shell(s, &n->record, 1);
        } else if (x.answer.error != NULL && x.error.row_json != NULL) {
            if (!take(s, x.error.row_json, NULL))
                later(s, RETRY_MS);
        } else {
            s->legacy.pull_ms = talk_now_ms();
        }
    } else { /* whether it was taken has to be known before another one goes */
        s->legacy.pull_ms = talk_now_ms();
    }
    exchange_end(&x);
}

/* All rows up to there are at the center: so is what the journal says of them. */
static void acknowledge(struct session *s, uint64_t head_seq)
{
    struct sync_command *c = talk_work(s, SYNC_HEARD);
    c->ack = true;
    c->acked = (struct sync_ack){.seq = head_seq};
    talk_consult(s);
    if (s->report.err != PH_OK)
        later(s, RETRY_MS);
}

static void say_rows(struct session *s)
{
    char body[LEGACY_BODY];
    struct next n;
    find_next(s, &n, body);
    if (!n.whole)
        later(s, RETRY_MS);
    else if (n.found)
        post(s, &n);
    else
        acknowledge(s, n.head_seq);
}

static void speak(struct session *s)
{
    struct talk_standing at;
    if (talk_look(s, &at) != SESSION_FINE) {
        s->opened = false;
        return;
    }
    if (talk_now_ms() >= s->legacy.pull_ms)
        fetch(s);
    else if (at.position.acked.seq < at.j.head.at.seq)
        say_rows(s);
    else
        later(s, LOOK_MS);
}

const struct talk TALK_LEGACY = {"legacy", legacy_due_ms, speak};
