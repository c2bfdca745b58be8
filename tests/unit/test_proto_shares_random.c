/* Channel policies under random sales, counts, growth, releases and rebalances:
 * a sale of one channel takes nothing that is kept for another, never more than
 * its cap, and what is there can be sold (sync-protocol 1.5, I5, P10). Each
 * planted bug must be found.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/rights.h"
#include "proto/shares.h"

enum { CASES = 200000, PLANTED_CASES = 5000, STEPS = 12 };

enum plant {
    PLANT_NONE,
    PLANT_TOTAL_ALONE,  /* a sale looks at the total only (INC-5) */
    PLANT_NO_FORCE,     /* what waste took stays reserved */
    PLANT_SHARES_TWICE, /* growth is handed out as if nothing had been before */
};

struct world {
    uint64_t seed;
    enum plant plant;
    enum site site;
    struct stock_row r;
    const char *broken;
};

static const char *const CODES[] = {"POS", "KIOSK", "EMENU", "ONLINE_ORDER", "DELIVERY"};

static unsigned draw(struct world *w, unsigned below)
{
    w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->seed >> 33) % below;
}

static void fault(struct world *w, bool bad, const char *what)
{
    if (bad && !w->broken)
        w->broken = what;
}

static int64_t quantity(struct world *w, unsigned steps)
{
    return (int64_t)draw(w, steps) * w->r.step_t;
}

static void open_channels(struct world *w)
{
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        if (draw(w, 4) == 0)
            continue;
        struct stock_channel *ch = &w->r.channels[w->r.n_channels++];
        *ch = (struct stock_channel){.code = str_of(CODES[i]), .status = STATUS_ON_SALE};
        ch->type = draw(w, 4) ? STOCK_UNLIMITED : STOCK_LIMITED;
        ch->limit_t = quantity(w, 30);
        ch->reserve_t = quantity(w, 12);
        ch->weight = draw(w, 3) ? draw(w, 10) : 0;
        ch->deleted = draw(w, 10) == 0;
    }
}

static void open_world(struct world *w, uint64_t seed, enum plant plant)
{
    static const int64_t STEP[] = {10, 5, 1, 30};
    memset(w, 0, sizeof *w);
    w->seed = seed * 2654435761u + 1;
    w->plant = plant;
    w->site = draw(w, 2) ? SITE_HUB : SITE_CENTER;
    stock_plain((struct object){OBJECT_SKU, 1}, &w->r);
    w->r.type = STOCK_LIMITED;
    w->r.step_t = STEP[draw(w, 4)];
    w->r.base_t = quantity(w, 40) + draw(w, 10);
    w->r.policy = (enum channel_policy)draw(w, POLICY_COUNT);
    open_channels(w);
    if (draw(w, 3) == 0) {
        w->r.mode_in_force = MODE_STRICT;
        w->r.gr_t = rights_split(&w->r, w->r.base_t);
    }
    shares_begin(&w->r, w->site);
    shares_force(&w->r, w->site);
}

/* ---- what must hold ---- */

static int64_t kept(const struct stock_channel *ch)
{
    return ch->m_t > ch->used_t ? ch->m_t - ch->used_t : 0;
}

static int64_t avail(const struct world *w, const struct stock_channel *ch)
{
    return shares_avail(&w->r, w->site, shares_total(&w->r, w->site), ch->code);
}

static bool is_capped(const struct world *w)
{
    for (uint16_t i = 0; i < w->r.n_channels; i++)
        if (w->r.channels[i].type == STOCK_LIMITED && !w->r.channels[i].deleted)
            return true;
    return false;
}

/* Without caps some channel can sell what is there: all but a part of a step,
 * which WEIGHTED_HARD gives to nobody. */
static void look_for_dead_stock(struct world *w)
{
    int64_t total_t = shares_total(&w->r, w->site), best_t = 0, sum_t = 0;
    bool any = false;
    for (uint16_t i = 0; i < w->r.n_channels; i++) {
        const struct stock_channel *ch = &w->r.channels[i];
        if (!shares_counts(&w->r, ch, w->site))
            continue;
        int64_t avail_t = avail(w, ch);
        any = true;
        best_t = avail_t > best_t ? avail_t : best_t;
        sum_t += avail_t;
        fault(w, avail_t > total_t && avail_t > 0, "a channel may sell more than there is");
    }
    bool hard = w->r.policy == POLICY_WEIGHTED_HARD;
    if (any && !is_capped(w) && !hard)
        fault(w, total_t > 0 && best_t == 0, "what is there nobody can sell");
    if (any && !is_capped(w))
        fault(w, sum_t < shares_unmet(&w->r, w->site), "what is kept cannot be sold");
}

static void look(struct world *w)
{
    fault(w, !shares_sound(&w->r, w->site), "more is kept than there is");
    look_for_dead_stock(w);
}

/* ---- what happens ---- */

static void move(struct world *w, int64_t q_t)
{
    if (w->site == SITE_HUB)
        w->r.h_t += q_t;
    else
        w->r.c_t += q_t;
}

static void sale(struct world *w)
{
    if (w->r.n_channels == 0)
        return;
    struct stock_channel *ch = &w->r.channels[draw(w, w->r.n_channels)];
    int64_t before_t = shares_unmet(&w->r, w->site) - kept(ch), q_t = quantity(w, 12);
    int64_t may_t = w->plant == PLANT_TOTAL_ALONE ? shares_total(&w->r, w->site) : avail(w, ch);
    if (!shares_counts(&w->r, ch, w->site) || q_t > may_t)
        return;
    fault(w, q_t > shares_room(&w->r, w->site, ch->code), "more is sold than the cap");
    ch->used_t += q_t;
    move(w, -q_t);
    fault(w, shares_unmet(&w->r, w->site) - kept(ch) != before_t, "another's share was lowered");
}

static void refund(struct world *w)
{
    if (w->r.n_channels == 0)
        return;
    struct stock_channel *ch = &w->r.channels[draw(w, w->r.n_channels)];
    if (!shares_counts(&w->r, ch, w->site) || ch->used_t < w->r.step_t)
        return;
    ch->used_t -= w->r.step_t;
    move(w, w->r.step_t);
    shares_force(&w->r, w->site); /* of what is short, even that is shared */
}

static void supply_changes(struct world *w)
{
    int64_t growth_t = quantity(w, 12) - quantity(w, 12);
    move(w, growth_t);
    shares_grow(&w->r, w->site, growth_t);
    if (w->plant == PLANT_SHARES_TWICE)
        shares_grow(&w->r, w->site, growth_t);
    if (w->plant == PLANT_NO_FORCE || w->plant == PLANT_SHARES_TWICE)
        return;
    fault(w, shares_force(&w->r, w->site) && shares_force(&w->r, w->site), "forced twice");
}

static void hand_out_anew(struct world *w)
{
    if (draw(w, 6) == 0) {
        shares_release(&w->r, w->site);
        fault(w, shares_unmet(&w->r, w->site) != 0, "something is kept after the release");
    } else if (shares_rebalance(&w->r, w->site)) {
        fault(w, shares_rebalance(&w->r, w->site), "rebalanced twice");
    }
}

static void step(struct world *w)
{
    switch (draw(w, 8)) {
    case 0:
        supply_changes(w);
        break;
    case 1:
        hand_out_anew(w);
        break;
    case 2:
        refund(w);
        break;
    default:
        sale(w);
        break;
    }
    look(w);
}

static const char *run(struct world *w, uint64_t seed, enum plant plant)
{
    open_world(w, seed, plant);
    look(w);
    for (int i = 0; i < STEPS && !w->broken; i++)
        step(w);
    return w->broken;
}

static void every_case_is_sound(void **state)
{
    (void)state;
    struct world w;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        const char *broken = run(&w, seed, PLANT_NONE);
        if (broken)
            fail_msg("seed %llu: %s", (unsigned long long)seed, broken);
    }
}

static bool is_found(enum plant plant)
{
    struct world w;
    for (uint64_t seed = 0; seed < PLANTED_CASES; seed++)
        if (run(&w, seed, plant))
            return true;
    return false;
}

static void planted_bugs_are_found(void **state)
{
    (void)state;
    assert_true(is_found(PLANT_TOTAL_ALONE));
    assert_true(is_found(PLANT_NO_FORCE));
    assert_true(is_found(PLANT_SHARES_TWICE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_is_sound),
        cmocka_unit_test(planted_bugs_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
