/* Rights under random runs: messages lost, repeated and overtaken, clocks that
 * disagree, restores with offers, top-ups, returns, boxes that are lost, modes
 * that are switched. At every instant no side has sold beyond what it had, and
 * both together no more than there is (sync-protocol 5.5, P6). Each planted bug
 * must be found.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/merge.h"
#include "proto/rights.h"
#include "proto/shares.h"

enum { RUNS = 300000, PLANTED_RUNS = 20000, STEPS = 40, ROWS_KEPT = 8, EVENTS = 256, DAYS = 8 };

#define HOUR 3600000LL
#define DAY  (24 * HOUR)

enum plant {
    PLANT_NONE,
    PLANT_OFFER_FOR_ALL_DAYS,    /* offers without `from` */
    PLANT_GRANT_BEYOND,          /* of more than the center has */
    PLANT_GRANT_BEFORE_JUDGMENT, /* the hub believes a Gr that does not know of
                                    its RESTORE */
};

struct world {
    uint64_t seed;
    enum plant plant;
    bool switches; /* modes are switched, and nothing is restored; else the other
                      way round */
    struct stock_row hub, center, rows[ROWS_KEPT];
    struct hub_effect events[EVENTS];
    size_t n_events, arrived, n_rows;
    uint64_t ver, tail;
    uint32_t epoch;
    int64_t now_ms, hub_off_ms;
    int64_t old_lh_t, old_lc_t;           /* locked in former generations */
    bool counting;                        /* a count after a takeover is on its way */
    const char *broken;                   /* what was found wrong first */
    uint64_t generations, grants, counts; /* of all runs */
};

static char ids[DAYS + 1][RESTORE_ID];

static unsigned draw(struct world *w, unsigned below)
{
    w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->seed >> 33) % below;
}

static int64_t portions(struct world *w)
{
    return 10 * (1 + (int64_t)draw(w, 4));
}

/* ---- what must hold ---- */

static int64_t true_total(const struct world *w)
{
    const struct stock_row *h = &w->hub, *c = &w->center;
    return c->base_t - c->presumed_t + (h->h_t - h->base_h_t) - h->lh_t + (c->c_t - c->base_c_t) -
           c->lc_t;
}

static void look(struct world *w)
{
    const struct stock_row *h = &w->hub, *c = &w->center;
    if (w->broken)
        return;
    if (rights_strict(h) && rights_hub(h) < 0)
        w->broken = "the hub sold what it had no right to";
    if (rights_strict(c) && rights_center(c) < 0)
        w->broken = "the center sold what it had no right to";
    if (w->counting || !str_eq(h->gen_id, c->gen_id))
        return;
    if (true_total(w) < 0)
        w->broken = "more is sold than there is";
    if (rights_strict(h) && rights_strict(c) && rights_hub(h) + rights_center(c) > true_total(w))
        w->broken = "both sides could sell the same portion";
}

/* ---- the hub ---- */

static struct position next_at(const struct world *w)
{
    return (struct position){w->epoch, w->tail + 1};
}

static struct hub_effect *say(struct world *w, unsigned parts)
{
    struct hub_effect *e = &w->events[w->n_events++];
    e->at = next_at(w);
    e->at_ms = w->now_ms + w->hub_off_ms + (draw(w, 4) == 0 ? HOUR : 0); /* a hybrid clock */
    e->parts = parts | PART_COUNTERS | PART_RETURNED;
    e->row.h_t = w->hub.h_t;
    e->row.lh_t = w->hub.lh_t;
    e->row.xr_t = w->hub.xr_t;
    e->row.gen_id = w->hub.gen_id;
    w->hub.h_at = e->at;
    w->tail++;
    return e;
}

static void hub_restores(struct world *w, int64_t due_ms)
{
    w->generations++;
    w->old_lh_t = w->hub.lh_t;
    uint64_t n = restore_hub(&w->hub, due_ms, str_of(ids[due_ms / DAY]), next_at(w));
    struct hub_effect *e = say(w, PART_GEN | PART_BASE | PART_NAMED);
    e->offer_n = n;
    e->hub_t = w->hub.gr_t;
    e->row.base_id = w->hub.base_id;
    e->row.base_t = w->hub.base_t;
    e->row.base_h_t = w->hub.base_h_t;
    e->row.base_c_t = w->hub.base_c_t;
    e->row.base_hf = true;
    e->row.base_cf = false;
    e->row.base_stamp = w->hub.base_stamp;
    e->row.plan_stamp = w->hub.plan_stamp;
}

/* Whatever the hub does, it first does what is due by its clock. */
static void hub_is_due(struct world *w)
{
    int64_t due_ms = (w->now_ms + w->hub_off_ms) / DAY * DAY;
    if (!w->switches && due_ms > w->hub.restored_ms)
        hub_restores(w, due_ms);
}

/* In LOOSE anything may be oversold: only what would leave the center's rights
 * alone is asked. */
static int64_t hub_may_sell(struct world *w)
{
    if (rights_strict(&w->hub))
        return stock_total(&w->hub);
    int64_t others_t = rights_center(&w->center) + w->hub.xr_t - w->center.xr_t;
    others_t = rights_strict(&w->center) ? others_t : 0;
    return true_total(w) - others_t;
}

static void hub_sells(struct world *w)
{
    int64_t q_t = portions(w);
    hub_is_due(w);
    if (w->hub.lh_t > 0 && draw(w, 2)) {
        bool old = w->old_lh_t > 0;
        w->hub.lh_t -= 10;
        w->old_lh_t -= old ? 10 : 0;
        w->hub.h_t -= old || draw(w, 2) ? 10 : 0;
    } else if (hub_may_sell(w) < q_t) {
        return;
    } else if (draw(w, 2)) {
        w->hub.lh_t += q_t;
    } else {
        w->hub.h_t -= q_t;
    }
    say(w, 0);
}

static void hub_receives(struct world *w)
{
    hub_is_due(w);
    w->hub.h_t += portions(w);
    say(w, 0);
}

static void hub_returns(struct world *w)
{
    hub_is_due(w);
    if (rights_strict(&w->hub) && rights_return(&w->hub, portions(w)) > 0)
        say(w, 0);
}

static void take_offers(struct world *w, const struct stock_row *row)
{
    for (uint16_t i = 0; i < row->n_offers; i++)
        if (rights_take_offer(&w->hub, &row->offers[i]))
            say(w, PART_OFFER_ACK)->offer_n = row->offers[i].n;
}

/* Since offers say from when on they apply, it is all the same whether the hub
 * sees them before the row's generation or after it. */
static void row_arrives(struct world *w, const struct stock_row *row)
{
    hub_is_due(w);
    if (draw(w, 2))
        take_offers(w, row);
    int64_t due_ms = merge_restore_due(&w->hub, row);
    if (due_ms > 0)
        hub_restores(w, due_ms);
    if (w->plant == PLANT_GRANT_BEFORE_JUDGMENT)
        w->hub.gen_op = w->hub.gr_op = (struct position){0, 0};
    merge_center_row(&w->hub, row);
    w->counting &= w->hub.gen_id.n == 0 || w->hub.gen_id.p[0] != 'T';
    if (w->hub.mode != w->hub.mode_in_force) {
        rights_ack_mode(&w->hub, next_at(w));
        say(w, PART_MODE)->row.mode = w->hub.mode_in_force;
    }
    take_offers(w, row);
}

/* ---- the center ---- */

static void commit(struct world *w)
{
    w->center.c_ver = ++w->ver;
    w->rows[w->n_rows++ % ROWS_KEPT] = w->center;
}

/* In LOOSE only what it knows for certain to be there. */
static int64_t center_may_sell(struct world *w)
{
    if (rights_strict(&w->center))
        return rights_center(&w->center);
    int64_t others_t = rights_strict(&w->hub) && rights_hub(&w->hub) > 0 ? rights_hub(&w->hub) : 0;
    return w->arrived == w->n_events ? true_total(w) - others_t : 0;
}

static void center_sells(struct world *w)
{
    int64_t q_t = portions(w);
    if (w->center.lc_t > 0 && draw(w, 2)) {
        bool old = w->old_lc_t > 0;
        w->center.lc_t -= 10;
        w->old_lc_t -= old ? 10 : 0;
        w->center.c_t -= old || draw(w, 2) ? 10 : 0;
    } else if (center_may_sell(w) < q_t) {
        return;
    } else if (draw(w, 2)) {
        w->center.lc_t += q_t;
    } else {
        w->center.c_t -= q_t;
    }
    commit(w);
}

static void center_is_asked(struct world *w)
{
    int64_t want_t = rights_want(&w->hub, draw(w, 2) ? portions(w) : 0);
    for (unsigned n = draw(w, 3); n > 0 && want_t > 0 && rights_grantable(&w->center); n--) {
        w->grants += rights_grant(&w->center, want_t) > 0;
        if (w->plant == PLANT_GRANT_BEYOND)
            w->center.gr_t += 10;
        commit(w);
    }
}

static void center_offers(struct world *w)
{
    struct stock_row *c = &w->center;
    if (w->switches)
        return;
    c->channels[draw(w, 2)].weight = draw(w, 10);
    if (draw(w, 3) == 0) {
        c->plan_t = 10 * (int64_t)(5 + draw(w, 20));
        c->plan_stamp = (struct stamp){w->now_ms, (uint32_t)w->ver, ORIGIN_CENTER};
    }
    int64_t latest_ms = c->restored_ms > w->now_ms ? c->restored_ms : w->now_ms;
    if (rights_make_offer(c, (latest_ms / DAY + 1) * DAY) && w->plant == PLANT_OFFER_FOR_ALL_DAYS)
        c->offers[c->n_offers - 1].from_ms = 0;
    commit(w);
}

static void center_is_due(struct world *w)
{
    int64_t due_ms = w->now_ms / DAY * DAY;
    if (w->switches || due_ms <= w->center.restored_ms)
        return;
    w->old_lc_t = w->center.lc_t;
    restore_center(&w->center, due_ms, str_of(ids[due_ms / DAY]));
    commit(w);
}

static void center_switches(struct world *w)
{
    if (!w->switches)
        return;
    w->center.mode = draw(w, 2) ? MODE_STRICT : MODE_LOOSE;
    commit(w);
}

/* The count after a takeover has this part alone. */
static void center_counts(struct world *w, const struct hub_effect *e)
{
    static const char *const TAKEOVERS[] = {"T:8", "T:9", "T:10", "T:11"};
    if (e->parts & PART_STATUS && w->center.presumed_t > 0) {
        w->center.base_stamp = (struct stamp){e->at_ms, 0, ORIGIN_HUB};
        rights_takeover_count(&w->center, str_of(TAKEOVERS[w->epoch % 4]), e->row.base_t);
        w->old_lc_t = w->center.lc_t;
        w->counts++;
    }
}

static void event_arrives(struct world *w, size_t i)
{
    struct str gen_id = w->center.gen_id;
    if (merge_hub_event(&w->center, &w->events[i], w->now_ms).changed) {
        if (!str_eq(gen_id, w->center.gen_id))
            w->old_lc_t = w->center.lc_t;
        center_counts(w, &w->events[i]);
        if (rights_grantable(&w->center))
            rights_cover(&w->center);
        commit(w);
    }
    if (i == w->arrived)
        w->arrived++;
}

/* ---- a box is lost ---- */

static void box_is_lost(struct world *w)
{
    if (w->switches || w->epoch == 9 || w->counting)
        return;
    rights_presume(&w->center);
    commit(w);
    w->n_events = w->arrived = 0;
    w->tail = 0;
    w->epoch++;
    stock_plain(w->hub.object, &w->hub);
    struct stock_row said = w->center;
    said.h_at = (struct position){w->epoch, 0};
    w->center.h_at = said.h_at;
    merge_center_row(&w->hub, &said);
    w->hub.lh_t = w->old_lh_t = w->center.lh_t; /* its orders are known at the center */
    rights_ack_mode(&w->hub, next_at(w));
    say(w, PART_MODE)->row.mode = MODE_STRICT;
    commit(w);
}

/* Nothing is locked in the store, and staff count at least what the center may
 * still hand out. */
static void hub_counts(struct world *w)
{
    if (w->hub.presumed_t == 0 || w->hub.lh_t > 0 || w->counting || w->center.presumed_t == 0)
        return;
    hub_is_due(w);
    if (w->hub.presumed_t == 0)
        return;
    int64_t v_t = w->center.lc_t + rights_center(&w->center) + portions(w);
    w->counting = true;
    w->hub.presumed_t = 0;
    w->hub.gr_t -= rights_hub(&w->hub);
    w->hub.gr_op = next_at(w);
    say(w, PART_STATUS)->row.base_t = v_t;
}

/* ---- the whole ---- */

static void delivery(struct world *w)
{
    if (draw(w, 2)) {
        for (unsigned n = draw(w, 4); n > 0 && w->arrived < w->n_events; n--)
            event_arrives(w, draw(w, 4) ? w->arrived : draw(w, (unsigned)w->arrived + 1));
    } else if (w->n_rows > 0) {
        size_t kept = w->n_rows < ROWS_KEPT ? w->n_rows : ROWS_KEPT;
        size_t back = draw(w, 2) ? 0 : draw(w, (unsigned)kept);
        row_arrives(w, &w->rows[(w->n_rows - 1 - back) % ROWS_KEPT]);
    }
}

static void step(struct world *w)
{
    switch (draw(w, 16)) {
    case 0:
        hub_receives(w);
        break;
    case 1:
        hub_returns(w);
        break;
    case 2:
        center_offers(w);
        break;
    case 3:
        center_is_asked(w);
        break;
    case 4:
        center_switches(w);
        break;
    case 5:
        if (draw(w, 8) == 0)
            box_is_lost(w);
        else
            hub_counts(w);
        break;
    case 6:
        w->now_ms += (int64_t)draw(w, 16) * HOUR;
        center_is_due(w);
        break;
    case 7:
    case 8:
    case 9:
        center_sells(w);
        break;
    case 10:
    case 11:
    case 12:
        hub_sells(w);
        break;
    default:
        delivery(w);
        break;
    }
    look(w);
}

static void open_world(struct world *w, uint64_t seed, enum plant plant)
{
    static const int64_t off_ms[] = {0, 0, 200000, -200000, -2 * HOUR};
    w->seed = seed * 2654435761u + 1;
    w->plant = plant;
    w->switches = seed % 3 == 0;
    w->n_events = w->arrived = w->n_rows = 0;
    w->ver = 100;
    w->tail = 0;
    w->epoch = 7;
    w->old_lh_t = w->old_lc_t = 0;
    w->counting = false;
    w->broken = NULL;
    w->now_ms = DAY / 2;
    w->hub_off_ms = off_ms[draw(w, 5)];
    stock_plain((struct object){OBJECT_SKU, 1001}, &w->center);
    w->center.type = STOCK_LIMITED;
    w->center.plan_t = w->center.base_t = 150;
    stock_channel(&w->center, CHANNEL_POS)->weight = 6;
    stock_channel(&w->center, CHANNEL_ONLINE_ORDER)->weight = 4;
    w->hub = w->center;
    w->center.mode = MODE_STRICT;
    rights_mode_acked(&w->center, MODE_STRICT);
    w->hub.mode = w->hub.mode_in_force = MODE_STRICT;
    w->hub.gr_t = w->center.gr_t;
}

/* Everything comes through: then both know the same. */
static void quiet(struct world *w)
{
    for (int i = 0; i < 4; i++) {
        while (w->arrived < w->n_events)
            event_arrives(w, w->arrived);
        commit(w);
        row_arrives(w, &w->center);
        look(w);
    }
    bool same = str_eq(w->hub.gen_id, w->center.gen_id) && w->hub.gr_t == w->center.gr_t &&
                w->hub.xr_t == w->center.xr_t && w->hub.presumed_t == w->center.presumed_t &&
                rights_hub(&w->hub) == rights_hub(&w->center);
    if (!w->broken && w->center.gen_id.n > 0 && !w->center.base_hf)
        w->broken = "the cut of the hub is not known in the end";
    if (!w->broken && !same)
        w->broken = "both sides do not agree in the end";
}

static const char *run(struct world *w, uint64_t seed, enum plant plant)
{
    open_world(w, seed, plant);
    for (int i = 0; i < STEPS && !w->broken; i++)
        step(w);
    if (!w->broken)
        quiet(w);
    return w->broken;
}

static void no_run_sells_what_is_not_there(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        const char *broken = run(w, seed, PLANT_NONE);
        if (broken)
            fail_msg("seed %llu: %s", (unsigned long long)seed, broken);
    }
    assert_true(w->generations > RUNS / 3 && w->grants > RUNS / 5 && w->counts > RUNS / 50);
}

static bool is_found(struct world *w, enum plant plant)
{
    for (uint64_t seed = 0; seed < PLANTED_RUNS; seed++)
        if (run(w, seed, plant))
            return true;
    return false;
}

static void planted_bugs_are_found(void **state)
{
    assert_true(is_found(*state, PLANT_OFFER_FOR_ALL_DAYS));
    assert_true(is_found(*state, PLANT_GRANT_BEYOND));
    assert_true(is_found(*state, PLANT_GRANT_BEFORE_JUDGMENT));
}

static int make_world(void **state)
{
    for (int i = 0; i <= DAYS; i++)
        restore_id(i * DAY, ids[i]);
    *state = calloc(1, sizeof(struct world));
    return *state ? 0 : -1;
}

static int drop_world(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_run_sells_what_is_not_there),
        cmocka_unit_test(planted_bugs_are_found),
    };
    return cmocka_run_group_tests(tests, make_world, drop_world);
}
