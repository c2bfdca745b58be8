/* The box's other direction: pushes, heads and pulls (sync-protocol 4.4, 4.5), as the minds of
 * sync/downlink and sync/pull want them. A box whose history the center has not confirmed takes no
 * push: it may be a box of yesterday.
 */
#include <string.h>

#include "proto/digest.h"
#include "tests/sim/line/line.h"

/* ---- pushes ---- */

struct row_text {
    char text[DIGEST_TEXT];
    size_t n;
    uint64_t c_ver;
};

static void row_text(struct world *w, int item, struct row_text *out)
{
    struct stock_row r;
    struct txn *txn = box_look(w);
    stock_load(txn, item_object(item), &r);
    out->n = digest_text(&r, out->text);
    out->c_ver = r.c_ver;
    txn_abort(txn);
}

/* What was merged before changes nothing (P11). */
static void check_repeat(struct world *w, int item, uint64_t ver, const struct row_text *before)
{
    struct row_text after;
    row_text(w, item, &after);
    if (after.n != before->n || memcmp(after.text, before->text, after.n) != 0)
        violation(w, "P11", "push %llu of item %d came again and changed the row",
                  (unsigned long long)ver, item);
}

/* One of a center that has failed over since is void, and one of a center that we know nothing of
 * leads to a hello. */
static bool is_ours(struct world *w, uint32_t center_epoch)
{
    enum downlink_sender from = downlink_sender(&w->box.downlink, center_epoch);
    if (w->options.plant == PLANT_FORMER_PUSH && from == DOWNLINK_FORMER)
        return true;
    if (from == DOWNLINK_NEXT)
        w->box.greets_again = true;
    if (from != DOWNLINK_OURS)
        trace(w, "box       drops a message of center epoch %u", center_epoch);
    return from == DOWNLINK_OURS;
}

static void take_push(struct world *w, const struct cloud_push *p, struct cloud_row *row)
{
    struct row_text before;
    struct downlink *d = &w->box.downlink;
    int item = item_of(row->row.object);
    if (!is_ours(w, p->center_epoch))
        return;
    enum downlink_verdict v =
        downlink_push(d, (struct downlink_span){p->prev_ver, p->ver}, w->now_ms);
    bool again = w->options.plant == PLANT_PUSH_AGAIN && v == DOWNLINK_STALE;
    if (v != DOWNLINK_TAKE && !again)
        return;
    struct downlink_span span = downlink_taken(d);
    struct center_rows in = {.rows = row, .n = 1, .prev_ver = span.prev_ver, .ver = span.ver};
    row->over = p->ver;
    if (w->box.uplink.state == UPLINK_HALTED)
        violation(w, "P8", "a box that knows of a fork takes push %llu",
                  (unsigned long long)p->ver);
    box_timers(w); /* what is due by the clock is no part of it */
    if (!w->box.store)
        return;
    row_text(w, item, &before);
    trace(w, "box       has push %llu of item %d", (unsigned long long)p->ver, item);
    if (take_rows(w, &in, NULL) && p->ver <= before.c_ver)
        check_repeat(w, item, p->ver, &before);
}

void talk_pushed(struct world *w, struct str text)
{
    char path[FIELD_PATH] = "";
    struct arena arena;
    struct cloud_push p;
    struct cloud_row row;
    if (!w->box.store || !w->box.opened)
        return;
    struct json *doc = json_parse(text.p, text.n, &JSON_PUSH, NULL);
    arena_init(&arena, 1 << 20);
    if (!doc || cloud_push_decode(doc, &arena, &p, path) != CODE_OK ||
        cloud_row_decode(p.data, &row, path) != CODE_OK)
        violation(w, "PUSH", "a push makes no sense: %s", path);
    else
        take_push(w, &p, &row);
    arena_free(&arena);
    json_free(doc);
    talk_turn(w);
}

void talk_head(struct world *w, struct str text)
{
    char path[FIELD_PATH] = "";
    struct cloud_head head = {0};
    if (!w->box.store || !w->box.opened)
        return;
    struct json *doc = json_parse(text.p, text.n, &JSON_PUSH, NULL);
    if (!doc || cloud_head_decode(doc, &head, path) != CODE_OK)
        violation(w, "PUSH", "a head makes no sense: %s", path);
    else if (is_ours(w, head.center_epoch))
        downlink_head(&w->box.downlink, head.ver, w->now_ms);
    json_free(doc);
    talk_turn(w);
}

/* ---- pulls ---- */

int64_t pull_at_ms(struct world *w)
{
    struct box *b = &w->box;
    if (b->uplink.state != UPLINK_READY)
        return NEVER_MS;
    if (downlink_due_ms(&b->downlink) <= w->now_ms) {
        downlink_asked(&b->downlink);
        pull_ask(&b->pull);
    }
    int64_t pull_ms = pull_due_ms(&b->pull, w->now_ms), due_ms = downlink_due_ms(&b->downlink);
    return pull_ms < due_ms ? pull_ms : due_ms;
}

void pull_say(struct world *w)
{
    char text[512];
    struct box *b = &w->box;
    b->query = pull_query(&b->pull, box_head(w).center_version);
    w->totals.pulls++;
    trace(w, "box       pulls since %llu%s", (unsigned long long)b->query.since_ver,
          b->query.full ? ", everything" : "");
    talk_say(w, SAID_FIND, EXCHANGE_FIND_PATH,
             exchange_find(&b->config.identity, b->uplink.epoch, b->query.since_ver, b->query.full,
                           text, sizeof text));
}

static bool take_page(struct world *w, struct exchange *x, const struct pull_verdict *v)
{
    struct exchange_page page;
    if (!exchange_page(x, w->box.query.since_ver, &page) || page.n_bad > 0)
        violation(w, "ROWS", "a page makes no sense: %s", x->why);
    struct center_rows in = {.rows = page.rows,
                             .n = page.n_rows,
                             .prev_ver = v->prev_ver,
                             .ver = v->ver,
                             .full_begins = v->full_begins,
                             .full_ends = v->full_ends,
                             .acked = v->page.acked};
    struct sync_work sync = {
        .command = {.verb = SYNC_HEARD, .page = v->page, .server_hlc = x->find.server_hlc}};
    if (!take_rows(w, &in, &sync))
        return false;
    struct sync_position p;
    if (v->full_ends && talk_position(w, &p) && p.center_epoch == w->center.center_epoch)
        w->failed_over = false;
    return true;
}

static void page_answered(struct world *w, struct exchange *x, const struct pull_verdict *v)
{
    struct box *b = &w->box;
    if (v->trouble != UPLINK_FINE || !x->found || (v->take && !take_page(w, x, v)))
        return;
    pull_taken(&b->pull, v);
    downlink_full(&b->downlink, b->pull.full);
    downlink_applied(&b->downlink, box_head(w).center_version, w->now_ms);
    if (v->done)
        downlink_pulled(&b->downlink, b->downlink.applied, w->now_ms);
}

void talk_found(struct world *w, enum https_result line, const struct https_answer *http)
{
    struct exchange x;
    struct sync_position p;
    struct box *b = &w->box;
    struct dice dice = talk_dice(w);
    talk_position(w, &p);
    exchange_read_find(&x, line, http);
    struct pull_verdict v = pull_answered(&b->pull, &b->query, &x.answer, x.found ? &x.find : NULL,
                                          p.acked, w->now_ms, &dice);
    if (v.trouble != UPLINK_FINE)
        trace(w, "box       pulls in vain: %s", uplink_trouble_text(v.trouble));
    if (v.lost)
        uplink_lost(&b->uplink, false, w->now_ms, &dice);
    page_answered(w, &x, &v);
    exchange_end(&x);
}
