/* The box learns that its history is not the center's: it was rolled back, or it is new. It claims
 * an epoch, what it sold alone is salvaged, and it goes on from the center's counters (3.7). The
 * requests of that go through at once or not at all.
 */
#include <string.h>

#include "proto/cloud_event.h"
#include "tests/sim/line/line.h"

/* ---- what it did alone ---- */

static bool center_has(const struct world *w, const struct event *e)
{
    const struct center *c = &w->center;
    return e->at.epoch == c->s.epoch && e->at.seq <= c->s.acked &&
           memcmp(e->hash, c->hashes[e->at.seq], HASH_BYTES) == 0;
}

/* Each event says H after it; what it moved is the difference to the one before. */
static void follow(struct world *w, const struct event *e, int64_t h_t[ITEMS],
                   int64_t alone_t[ITEMS], struct arena *arena)
{
    char path[FIELD_PATH];
    struct event_facts f;
    struct json *body = json_parse(e->body.p, e->body.n, &JSON_IMPORT, NULL);
    struct cloud_event event = {.known = true, .kind_no = e->kind, .body = body};
    if (!body || cloud_event_facts(&event, arena, &f, path) != CODE_OK)
        violation(w, "BODY", "event %llu has no facts", (unsigned long long)e->at.seq);
    else
        for (uint32_t i = 0; i < f.n_effects; i++) {
            int item = item_of(f.effects[i].object);
            if (item < 0)
                continue;
            if (!center_has(w, e))
                alone_t[item] += f.effects[i].h_t - h_t[item];
            h_t[item] = f.effects[i].h_t;
        }
    json_free(body);
}

static void find_alone(struct world *w, int64_t alone_t[ITEMS])
{
    struct arena arena;
    struct event e;
    int64_t h_t[ITEMS] = {0};
    struct txn *txn = box_look(w);
    struct position from = {box_head(w).at.epoch, 1};
    struct journal_scan scan = journal_scan_begin(txn, from, false);
    arena_init(&arena, 8 << 20);
    while (journal_scan_next(&scan, &e)) {
        arena_reset(&arena);
        if (cloud_event_is_whole(e.kind))
            follow(w, &e, h_t, alone_t, &arena);
    }
    journal_scan_end(&scan);
    arena_free(&arena);
    txn_abort(txn);
}

static void salvage(struct world *w, struct position at)
{
    int64_t alone_t[ITEMS] = {0};
    find_alone(w, alone_t);
    for (int i = 0; i < ITEMS; i++) {
        struct row_truth *r = &w->truth.rows[i];
        if (r->stray_h_t)
            truth_center_moved(w, i, r->stray_h_t, w->center.s.ver + 1);
        if (alone_t[i])
            center_salvages(w, at, i, alone_t[i]);
        r->stray_h_t = 0;
    }
}

/* ---- the new epoch ---- */

static void open_epoch(struct world *w, uint32_t epoch)
{
    struct work k = {.command = {.verb = VERB_STORE_CONFIRM,
                                 .seen_epoch = epoch - 1,
                                 .who = {.device = STR("hub"), .role = ROLE_ADMIN}}};
    box_run(w, &k);
    if (k.out.code != CODE_OK || box_head(w).at.epoch != epoch)
        violation(w, "EPOCH", "epoch %u is not open: %d %s", epoch, (int)k.out.code, k.out.detail);
    work_end(&k);
}

static void open_position(struct world *w, uint32_t epoch)
{
    struct sync_position p;
    struct txn *txn;
    if (txn_begin_write(w->box.store, &txn) != PH_OK)
        return;
    sync_position_load(&p, txn);
    sync_position_open(&p, &w->box.config.identity, epoch, STR("BX-01"));
    p.center_epoch = w->center.center_epoch;
    sync_position_save(&p, txn);
    if (txn_commit(txn) != PH_OK)
        violation(w, "STORE", "the position cannot be written");
}

static void take_all_rows(struct world *w, uint32_t epoch)
{
    struct cloud_row rows[ITEMS];
    struct center_rows in = {.rows = rows,
                             .n = ITEMS,
                             .ver = w->center.s.ver,
                             .full_begins = true,
                             .full_ends = true,
                             .acked = {epoch, 0}};
    for (int i = 0; i < ITEMS; i++) {
        w->truth.rows[i].box_h_t = truth_hub_sum(&w->truth.rows[i]);
        rows[i] = center_row(w, i, w->center.s.rows[i].c_ver);
    }
    take_rows(w, &in, NULL);
}

/* The center may know the orders of an old image as ended, or as refunded: open ones are cancelled,
 * before the center's counters come, and from paid ones nothing comes back. */
static void drop_old_orders(struct world *w)
{
    for (uint32_t i = 0; i < w->truth.n_sales && !w->broken; i++) {
        struct sale *s = &w->truth.sales[i];
        if (s->state == SALE_LOCKED)
            sale_cancel(w, i);
        s->back_t[0] = s->q_t[0];
    }
}

static void say_all_rows(struct world *w)
{
    struct object objects[ITEMS];
    for (int i = 0; i < ITEMS; i++)
        objects[i] = item_object(i);
    say_rows_again(w, &(struct state_ask){.objects = objects, .n = ITEMS});
}

void claim_epoch(struct world *w)
{
    if (net_is_cut(w) || w->now_ms < w->center.down_until_ms) {
        plan(w, 10 * SECOND_MS, COMES_TURN, 0);
        return;
    }
    if (!w->stray)
        violation(w, "P8", "the box halts although its history is the center's");
    w->calm = true;
    drop_old_orders(w);
    /* what the center has not heard by now it will never hear */
    truth_events_lost(w, (struct position){w->center.s.epoch, w->center.s.acked});
    struct position at = box_head(w).at;
    if (w->aside)
        truth_aside_lost(w);
    salvage(w, at);
    uint32_t epoch = center_claim(w, at.epoch);
    w->stray = false;
    w->seen_applied = 0;
    open_epoch(w, epoch);
    open_position(w, epoch);
    take_all_rows(w, epoch);
    say_all_rows(w);
    w->failed_over = false;
    talk_forget(&w->box);
    w->calm = false;
    plan(w, 0, COMES_TURN, 0);
}
