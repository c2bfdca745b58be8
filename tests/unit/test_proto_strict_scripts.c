/* Schedules by hand for bugs that random ones do not meet: each oversells with the bug, and
 * sells no more than there is without it (sync-protocol 5.5). Portions.
 */
#include "tests/lib/two_sites.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PLAN = 10, PORTION_T = 10, DUE_MS = 1005000, NEXT_MS = 1009000 };

static void open_strict(struct two_sites *s, uint32_t hub_weight, uint32_t center_weight)
{
    sites_open(s, PLAN);
    stock_channel(&s->hub, CHANNEL_POS)->weight = hub_weight;
    stock_channel(&s->hub, CHANNEL_ONLINE_ORDER)->weight = center_weight;
    s->hub.mode = s->hub.mode_in_force = MODE_STRICT;
    s->center = s->hub;
}

static void row_goes_down(struct two_sites *s)
{
    s->center.c_ver = ++s->ver;
    row_arrives(s, &s->center);
}

static int64_t or_nothing(int64_t total_t)
{
    return total_t > 0 ? total_t / PORTION_T : 0;
}

/* Both sell all that they believe is theirs. Returns what was sold. */
static int64_t both_sell_out(struct two_sites *s)
{
    int64_t hub = or_nothing(shares_total(&s->hub, SITE_HUB));
    int64_t center = or_nothing(shares_total(&s->center, SITE_CENTER));
    hub_sells(s, hub);
    center_sells(s, center);
    return hub + center;
}

static void offer(struct two_sites *s, int64_t from_ms, bool without_from)
{
    assert_true(rights_make_offer(&s->center, from_ms));
    if (without_from)
        s->center.offers[s->center.n_offers - 1].from_ms = 0;
    rights_take_offer(&s->hub, &s->center.offers[s->center.n_offers - 1]);
}

/* ---- an offer without `from` ---- */

/* The center restores and, as nothing was agreed, counts all of the plan as its own. Its offer for
 * the days after that reaches a hub whose clock is behind, and which has yet to restore. */
static int64_t late_hub(bool without_from)
{
    struct two_sites s;
    open_strict(&s, 7, 3);
    s.now_ms = DUE_MS;
    center_restores(&s, DUE_MS);
    offer(&s, NEXT_MS, without_from);
    hub_restores(&s, DUE_MS);
    return both_sell_out(&s);
}

static void an_offer_says_from_when(void **state)
{
    (void)state;
    assert_int_equal(late_hub(false), PLAN);
    assert_true(late_hub(true) > PLAN);
}

/* ---- rights that the center gave before it knew ---- */

static void judge_nothing_first(struct two_sites *s, bool unjudged)
{
    if (unjudged)
        s->hub.gen_op = s->hub.gr_op = (struct position){0, 0};
}

/* The hub restored by the offer that it had; the center, which does not know which that was, by the
 * largest. Its guess comes down before it has heard. */
static int64_t guessed(bool unjudged)
{
    struct two_sites s;
    open_strict(&s, 3, 7);
    offer(&s, DUE_MS, false);
    rights_offer_acked(&s.center, 1);
    s.center.channels[0].weight = 7;
    s.center.channels[1].weight = 3;
    assert_true(rights_make_offer(&s.center, DUE_MS)); /* and it is lost */
    s.now_ms = DUE_MS;
    center_restores(&s, DUE_MS);
    size_t restore = hub_restores(&s, DUE_MS);
    s.events[restore].parts |= PART_NAMED;
    s.events[restore].offer_n = 1;
    s.events[restore].hub_t = s.hub.gr_t;
    judge_nothing_first(&s, unjudged);
    row_goes_down(&s);
    event_arrives(&s, restore);
    return both_sell_out(&s);
}

static void a_restore_is_judged_before_rights_are_taken(void **state)
{
    (void)state;
    assert_int_equal(guessed(false), PLAN);
    assert_true(guessed(true) > PLAN);
}

/* In LOOSE the center sells on until it hears of the hub's acknowledgement of STRICT. Its row that
 * comes down before that has the rights of long ago. */
static int64_t switched(bool unjudged)
{
    enum { SOLD = 4 };
    struct two_sites s;
    open_strict(&s, 7, 3);
    s.hub.mode = s.hub.mode_in_force = s.center.mode_in_force = MODE_LOOSE;
    s.hub.gr_t = s.center.gr_t = 7 * PORTION_T;
    center_sells(&s, SOLD);
    row_goes_down(&s);
    rights_ack_mode(&s.hub, (struct position){7, s.n_events + 1});
    judge_nothing_first(&s, unjudged);
    row_goes_down(&s);
    int64_t hub = or_nothing(shares_total(&s.hub, SITE_HUB));
    int64_t center = or_nothing(shares_total(&s.center, SITE_CENTER));
    return SOLD + hub + center;
}

static void a_mode_is_judged_before_rights_are_taken(void **state)
{
    (void)state;
    assert_int_equal(switched(false), PLAN);
    assert_true(switched(true) > PLAN);
}

/* ---- a limit that is set while the center sells without one ---- */

static void limits(struct two_sites *s, enum stock_type type)
{
    s->hub.type = type;
    hub_plans(s, PLAN);
}

/* With the event before it. */
static void mode_follows(struct two_sites *s)
{
    struct hub_effect *e = &s->events[s->n_events - 1];
    rights_ack_mode(&s->hub, e->at);
    e->parts |= PART_MODE;
    e->row.mode = s->hub.mode_in_force;
}

/* Both went on without a limit; of the 10 that are counted then the center has sold some, and
 * nobody has told the store. Without the rule the store counts by what it has heard: as many as
 * there were. */
static int64_t limited_again(bool without_rule)
{
    enum { SOLD = 8 };
    struct two_sites s;
    open_strict(&s, 5, 5);
    s.hub.gr_t = s.center.gr_t = 5 * PORTION_T;
    limits(&s, STOCK_UNLIMITED);
    if (!without_rule)
        mode_follows(&s);
    sites_heal(&s);
    center_sells(&s, SOLD);
    limits(&s, STOCK_LIMITED);
    if (!without_rule) {
        hub_sets(&s, PLAN);
        mode_follows(&s);
    }
    int64_t hub = or_nothing(shares_total(&s.hub, SITE_HUB));
    hub_sells(&s, hub);
    sites_heal(&s);
    return SOLD + hub + both_sell_out(&s);
}

static void a_limit_is_judged_before_rights_are_taken(void **state)
{
    (void)state;
    assert_int_equal(limited_again(false), PLAN);
    assert_true(limited_again(true) > PLAN);
}

/* ---- a mode of before the hub's own restore ---- */

static void hub_receives(struct two_sites *s, int64_t portions)
{
    hub_sells(s, -portions);
}

/* The store, whose clock is behind, ends the limit and sets one again, and portions come in
 * between; its center has restored by then. They are of the generation before: the store's restore
 * ends them. Without the rule the first word after the center's cut makes that final, and they
 * count twice. */
static int64_t acked_behind(bool final)
{
    struct two_sites s;
    open_strict(&s, 0, 10);
    s.now_ms = DUE_MS;
    s.hub_off_ms = -60000;
    center_restores(&s, DUE_MS);
    limits(&s, STOCK_UNLIMITED);
    mode_follows(&s);
    hub_receives(&s, 5);
    limits(&s, STOCK_LIMITED);
    hub_sets(&s, PLAN);
    mode_follows(&s);
    while (s.arrived < s.n_events) {
        event_arrives(&s, s.arrived);
        s.center.base_hf |= final;
    }
    int64_t sold = both_sell_out(&s);
    sites_heal(&s);
    return sold + both_sell_out(&s);
}

static void a_mode_of_before_the_restore_is_judged_as_that(void **state)
{
    (void)state;
    assert_int_equal(acked_behind(false), PLAN);
    assert_true(acked_behind(true) > PLAN);
}

/* The center has counted with an offer beyond its plan. A hub that has switched since does not use
 * it, and nobody sells what it was more than the plan. */
static void an_offer_that_a_switch_ends_is_nobodys(void **state)
{
    (void)state;
    struct two_sites s;
    open_strict(&s, 10, 0);
    offer(&s, DUE_MS, false);
    center_plans(&s, PLAN / 2);
    s.now_ms = DUE_MS;
    s.hub_off_ms = -60000;
    center_restores(&s, DUE_MS);
    assert_int_equal(s.center.base_t, PLAN * PORTION_T);
    limits(&s, STOCK_UNLIMITED);
    mode_follows(&s);
    limits(&s, STOCK_LIMITED);
    mode_follows(&s);
    sites_heal(&s);
    sites_heal(&s);
    assert_int_equal(s.center.gr_t, 0);
    assert_int_equal(both_sell_out(&s), PLAN / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_offer_says_from_when),
        cmocka_unit_test(a_restore_is_judged_before_rights_are_taken),
        cmocka_unit_test(a_mode_is_judged_before_rights_are_taken),
        cmocka_unit_test(a_limit_is_judged_before_rights_are_taken),
        cmocka_unit_test(a_mode_of_before_the_restore_is_judged_as_that),
        cmocka_unit_test(an_offer_that_a_switch_ends_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
