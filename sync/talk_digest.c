/* Do hub and center hold the same rows (sync/reconcile.h)? The digests are computed when they are
 * needed, in slices, each inside a short read transaction.
 *
 * All slices belong to one cut: the acknowledged position and the version applied as they stood at
 * the first one. A row that has moved since then has an event after the one or is newer than the
 * other, so one side or the other leaves it out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/talk.h"

#define SLICE_ROWS 250 /* rows of one read transaction: about half a millisecond */

/* ---- this side ---- */

struct cut {
    struct position acked;
    uint64_t applied_ver;
    struct digest_pair *pairs; /* of rows that count and have no event on its way; by object */
    struct object *hot;        /* rows that have one */
    size_t n, n_hot, cap;
};

static bool cut_begin(struct cut *c, struct session *s)
{
    struct talk_standing at;
    *c = (struct cut){.cap = LIMIT_ITEMS};
    if (talk_look(s, &at) != SESSION_FINE) {
        s->opened = false;
        return false;
    }
    c->acked = at.position.acked;
    c->applied_ver = at.j.head.center_version;
    c->pairs = malloc(c->cap * sizeof(*c->pairs));
    c->hot = malloc(c->cap * sizeof(*c->hot));
    return c->pairs != NULL && c->hot != NULL;
}

static void cut_end(struct cut *c)
{
    free(c->pairs);
    free(c->hot);
}

static void cut_add(struct cut *c, const struct stock_row *row)
{
    if (position_cmp(row->at, c->acked) > 0) {
        if (c->n_hot < c->cap)
            c->hot[c->n_hot++] = row->object;
    } else if (digest_counts(row) && c->n < c->cap) {
        c->pairs[c->n++] = (struct digest_pair){row->object, digest_row(row)};
    }
}

/* The rows behind `last`; true while there are more. A damaged row is the store's own trouble: it
 * is missing here, and the difference shows it. */
static bool cut_slice(struct cut *c, struct session *s, struct key *last)
{
    struct txn *txn;
    size_t n = 0;
    bool more = false;
    if (txn_begin_read(s->store, &txn) != PH_OK)
        return false;
    struct scan scan = scan_begin(txn, TABLE_STOCK, key_bytes(last), false);
    scan.skip_bad = true;
    while (!more && scan_next(&scan)) {
        struct stock_row row;
        bool seen = last->n == scan.key.n && memcmp(last->b, scan.key.p, last->n) == 0;
        if (!seen && s->rows.unpack(scan.value, &row))
            cut_add(c, &row);
        more = ++n > SLICE_ROWS;
        last->n = scan.key.n < KEY_BYTES ? scan.key.n : KEY_BYTES;
        memcpy(last->b, scan.key.p, last->n);
    }
    scan_end(&scan);
    txn_abort(txn);
    return more;
}

static int by_object(const void *a, const void *b)
{
    const struct digest_pair *x = a, *y = b;
    return object_cmp(x->object, y->object);
}

static void cut_read(struct cut *c, struct session *s)
{
    struct key last = {.n = 0};
    while (cut_slice(c, s, &last))
        ;
    qsort(c->pairs, c->n, sizeof(*c->pairs), by_object);
}

/* ---- question and answer ---- */

static struct cloud_digest question(const struct session *s, const struct cut *c)
{
    return (struct cloud_digest){.brand_id = s->identity->brand_id,
                                 .poi_id = s->identity->poi_id,
                                 .epoch = c->acked.epoch,
                                 .applied_ver = c->applied_ver,
                                 .acked_seq = c->acked.seq,
                                 .hot = c->hot,
                                 .n_hot = c->n_hot};
}

static enum uplink_trouble trouble_of(const struct exchange *x)
{
    if (!x->answer.came)
        return UPLINK_NO_ANSWER;
    if (x->answer.status == 200)
        return x->digested ? UPLINK_FINE : UPLINK_NONSENSE;
    if (x->answer.status == 404) /* a center that cannot compare is no trouble */
        return UPLINK_FINE;
    return x->answer.status >= 500 ? UPLINK_FAILING : UPLINK_SLOWED;
}

/* True with an answer to work with; the caller ends the exchange in any case. */
static bool asked(struct session *s, const struct cloud_digest *q, struct exchange *x)
{
    struct https_answer http;
    struct jw w;
    jw_init(&w, s->buffer, BATCH_BUFFER);
    cloud_digest_encode(&w, q);
    enum https_result line = https_post(s->https, EXCHANGE_DIGEST_PATH, jw_text(&w), &http);
    exchange_read_digest(x, q->want, line, &http);
    talk_note_answer(s, x, line, trouble_of(x));
    if (!x->answer.came && s->uplink.state == UPLINK_READY)
        uplink_lost(&s->uplink, x->answer.stuck, talk_now_ms(), &s->dice);
    if (!x->digested)
        reconcile_failed(&s->reconcile, x->answer.status == 404, talk_now_ms());
    return x->digested;
}

static void end_turn(struct session *s)
{
    s->report.facts.compare = s->reconcile.last;
    talk_consult(s);
}

static void compare(struct session *s, enum cloud_digest_want want)
{
    struct cut c;
    struct exchange x;
    if (!cut_begin(&c, s)) {
        cut_end(&c);
        reconcile_failed(&s->reconcile, false, talk_now_ms());
        return;
    }
    cut_read(&c, s);
    struct cloud_digest q = question(s, &c);
    q.want = want;
    q.after = s->reconcile.after;
    bool good = asked(s, &q, &x);
    if (good && want == DIGEST_ROOT)
        reconcile_root(&s->reconcile, c.pairs, c.n, (uint32_t)c.n_hot, &x.digest, talk_now_ms());
    else if (good)
        reconcile_list(&s->reconcile, c.pairs, c.n, &x.digest, talk_now_ms());
    exchange_end(&x);
    cut_end(&c);
    end_turn(s);
}

/* ---- single rows ---- */

static const struct cloud_row *row_of(const struct cloud_row *rows, uint32_t n, struct object o)
{
    for (uint32_t i = 0; i < n; i++)
        if (object_cmp(rows[i].row.object, o) == 0)
            return &rows[i];
    return NULL;
}

static bool reads_alike(const struct stock_row *mine, const struct stock_row *theirs)
{
    if (!digest_counts(mine) && !digest_counts(theirs))
        return true;
    return digest_row(mine) == digest_row(theirs);
}

static void show_row(char out[SESSION_ROW_TEXT], const struct stock_row *row)
{
    char text[DIGEST_TEXT];
    size_t n = digest_text(row, text);
    snprintf(out, SESSION_ROW_TEXT, "%.*s", (int)n, text);
}

struct look {
    const struct cut *cut;
    const struct cloud_row *rows; /* what the center has sent */
    uint32_t n;
};

static struct reconcile_look look_at(struct session *s, struct txn *txn, const struct look *look,
                                     struct object o)
{
    const struct cloud_row *sent = row_of(look->rows, look->n, o);
    struct session_facts *facts = &s->report.facts;
    struct stock_row mine, theirs;
    struct reconcile_look out;
    s->rows.load(txn, o, &mine);
    stock_plain(o, &theirs);
    if (sent != NULL)
        theirs = sent->row;
    out.hot = position_cmp(mine.at, look->cut->acked) > 0 ||
              (sent != NULL && sent->over > look->cut->applied_ver);
    out.differs = !reads_alike(&mine, &theirs);
    if (!out.differs || out.hot)
        return out;
    facts->odd_object = o;
    show_row(facts->odd_here, &mine);
    show_row(facts->odd_there, &theirs);
    return out;
}

static bool look_at_all(struct session *s, const struct look *look,
                        struct reconcile_look out[RECONCILE_DIFFER_MAX])
{
    struct txn *txn;
    if (txn_begin_read(s->store, &txn) != PH_OK)
        return false;
    for (uint32_t i = 0; i < s->reconcile.n_differ; i++)
        out[i] = look_at(s, txn, look, s->reconcile.differ[i]);
    bool whole = txn_error(txn) == PH_OK;
    txn_abort(txn);
    return whole;
}

static bool tell_shell(struct session *s)
{
    talk_work(s, SYNC_HEARD);
    talk_consult(s);
    return s->report.err == PH_OK;
}

/* The center's rows come in as they are, then the hub says its counters: both sides have heard the
 * other's word on what is the other's. */
static void mend(struct session *s, struct look *look)
{
    struct session_report *report = &s->report;
    const struct reconcile *r = &s->reconcile;
    report->rows = look->rows;
    report->n_rows = look->n;
    report->again = true;
    report->ver_before = report->ver = 0;
    bool good = look->n == 0 || tell_shell(s);
    report->objects = r->differ;
    report->n_objects = r->n_differ;
    good = good && tell_shell(s);
    if (!good) {
        reconcile_failed(&s->reconcile, false, talk_now_ms());
        return;
    }
    reconcile_mended(&s->reconcile);
    talk_journal_grew(s);
}

static void examine(struct session *s, struct exchange *x, const struct cut *c)
{
    struct reconcile_look looks[RECONCILE_DIFFER_MAX];
    struct look look = {.cut = c};
    if (!exchange_rows(x, &look.rows, &look.n) || !look_at_all(s, &look, looks)) {
        reconcile_failed(&s->reconcile, false, talk_now_ms());
        return;
    }
    reconcile_rows(&s->reconcile, looks, talk_now_ms());
    if (s->reconcile.state == RECONCILE_REPAIR)
        mend(s, &look);
}

static void ask_rows(struct session *s)
{
    struct talk_standing at;
    struct exchange x;
    if (talk_look(s, &at) != SESSION_FINE) {
        s->opened = false;
        return;
    }
    struct cut c = {.acked = at.position.acked, .applied_ver = at.j.head.center_version};
    struct cloud_digest q = question(s, &c);
    q.want = DIGEST_ROWS;
    q.objects = s->reconcile.differ;
    q.n_objects = s->reconcile.n_differ;
    if (asked(s, &q, &x))
        examine(s, &x, &c);
    exchange_end(&x);
    end_turn(s);
}

/* ---- the talk ---- */

static bool is_drained(const struct session *s)
{
    return s->uplink.head_seq == s->uplink.from_seq;
}

static int64_t digest_due_ms(const struct session *s, int64_t now_ms)
{
    if (s->uplink.state != UPLINK_READY)
        return TALK_NEVER;
    struct reconcile_step step = reconcile_next(&s->reconcile, is_drained(s), now_ms);
    switch (step.what) {
    case RECONCILE_ASK:
        return now_ms > s->uplink.wait_until_ms ? now_ms : s->uplink.wait_until_ms;
    case RECONCILE_WAIT:
        return step.until_ms;
    case RECONCILE_MEND: /* done with the answer that asked for it */
    case RECONCILE_IDLE:
        break;
    }
    return TALK_NEVER;
}

static void speak(struct session *s)
{
    struct reconcile_step step = reconcile_next(&s->reconcile, is_drained(s), talk_now_ms());
    if (step.what != RECONCILE_ASK)
        return;
    if (step.want == DIGEST_ROWS)
        ask_rows(s);
    else
        compare(s, step.want);
}

const struct talk TALK_DIGEST = {"digest", digest_due_ms, speak};
