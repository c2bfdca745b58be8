/* One restored base, two cuts (sync-protocol 1.7): whoever of hub and center hears of it first. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/digest.h"
#include "tests/lib/two_sites.h"

enum { DUE_MS = 1005000, DAY_MS = 86400000, NEXT_MS = DUE_MS + DAY_MS, WILD_MS = 3 * DAY_MS };

static void expect_one_restore(struct two_sites *s)
{
    sites_heal(s);
    center_restores(s, DUE_MS); /* again, and too late: nothing */
    row_arrives(s, &s->center);
    assert_true(str_eq(s->hub.base_id, STR("R:1005000")));
    assert_true(s->hub.base_hf && s->hub.base_cf && s->center.base_hf && s->center.base_cf);
    assert_true(str_eq(s->hub.gen_id, s->center.gen_id));
    assert_int_equal(s->hub.gen, 1);
    assert_int_equal(s->center.gen, 1);
    assert_int_equal(s->hub.status, STATUS_ON_SALE);
}

static void yesterdays_business(struct two_sites *s)
{
    sites_open(s, 10);
    hub_sells(s, 4);
    hub_locks(s, 1);
    hub_status(s, STATUS_SOLD_OUT);
    center_sells(s, 2);
    s->now_ms = DUE_MS;
}

static void each_side_restores_at_its_own_cut(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    hub_restores(&s, DUE_MS);
    center_restores(&s, DUE_MS);
    assert_int_equal(s.center.base_h_t, 0); /* provisional: nothing heard of the hub */
    while (s.arrived + 1 < s.n_events)
        event_arrives(&s, s.arrived);
    assert_int_equal(event_arrives(&s, s.arrived).superseded, 0);
    hub_sells(&s, 2);
    center_sells(&s, 1);
    expect_one_restore(&s);
    assert_int_equal(s.hub.base_h_t, -50);
    assert_int_equal(s.hub.base_c_t, -20);
    assert_int_equal(stock_total(&s.hub), (10 - 2 - 1) * 10);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

static void the_center_hears_of_the_restore_before_its_own(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    hub_restores(&s, DUE_MS);
    sites_heal(&s); /* it has made its own cut at once */
    assert_true(s.center.base_cf && s.center.restored_ms == DUE_MS);
    center_sells(&s, 1);
    center_restores(&s, DUE_MS);
    expect_one_restore(&s);
    assert_int_equal(s.hub.base_c_t, -20);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

static void the_hub_hears_of_the_restore_before_its_own(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    center_restores(&s, DUE_MS);
    size_t before = s.n_events;
    row_arrives(&s, &s.center);
    assert_int_equal(s.n_events, before + 1); /* its own, before it takes the row */
    assert_true(s.hub.base_hf && s.hub.base_cf);
    assert_int_equal(stock_channel(&s.hub, CHANNEL_POS)->used_t, 0);
    hub_restores(&s, DUE_MS);
    assert_int_equal(s.n_events, before + 1);
    expect_one_restore(&s);
    assert_int_equal(s.center.base_h_t, -50);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* The hub's log went past the due time without a restore, so the center settled h itself; then the
 * restore comes after all. */
static void the_hubs_cut_is_the_hubs_to_say(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    center_restores(&s, DUE_MS);
    s.center.base_hf = true;
    hub_restores(&s, DUE_MS);
    row_arrives(&s, &s.center);
    assert_int_equal(s.hub.base_h_t, -50);
    expect_one_restore(&s);
    assert_int_equal(s.center.base_h_t, -50);
    s.center.base_c_t -= 10; /* and the center's is the center's */
    center_sells(&s, 1);
    row_arrives(&s, &s.center);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

static void a_restore_on_its_way_ends_a_takeovers_generation(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    s.center.gen_id = STR("T:7");
    center_sells(&s, 1);
    row_arrives(&s, &s.center);
    assert_true(str_eq(s.hub.gen_id, STR("T:7")));
    hub_restores(&s, DUE_MS);
    center_sells(&s, 1);
    row_arrives(&s, &s.center);
    assert_true(str_eq(s.hub.gen_id, STR("R:1005000")));
    center_restores(&s, DUE_MS);
    sites_heal(&s);
    assert_int_equal(s.hub.gen, 2);
    assert_true(str_eq(s.center.gen_id, STR("R:1005000")));
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

static void the_newer_plan_gives_the_restored_value(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    s.now_ms = DUE_MS - 10;
    center_plans(&s, 30);
    hub_restores(&s, DUE_MS);
    center_restores(&s, DUE_MS);
    row_arrives(&s, &s.center);
    assert_int_equal(s.hub.base_t, 300);
    expect_one_restore(&s);
    assert_int_equal(s.hub.base_t, 300);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* The hub's log passes the due time without a restore, which settles its cut; but not by a clock
 * that is days ahead, while the time has not come (the center's was ahead, too). */
static void a_wild_clock_ends_no_generation_before_its_time(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    center_restores(&s, NEXT_MS);
    s.hub_off_ms = 2 * DAY_MS;
    hub_status(&s, STATUS_ON_SALE);
    while (s.arrived < s.n_events)
        event_arrives(&s, s.arrived);
    assert_false(s.center.base_hf);
    s.now_ms = NEXT_MS - STAMP_AHEAD_MAX_MS + 1;
    hub_status(&s, STATUS_SOLD_OUT);
    event_arrives(&s, s.arrived);
    assert_true(s.center.base_hf);
}

/* RESTORE against SET: D against the count's clock. */
static void a_count_after_the_due_time_beats_the_restore(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    s.now_ms = DUE_MS + 500;
    center_sets(&s, 25);
    hub_restores(&s, DUE_MS);
    sites_heal(&s);
    assert_int_equal(s.hub.base_t, 250);
    assert_true(str_eq(s.hub.gen_id, STR("R:1005000")));
    assert_int_equal(s.hub.gen, 1);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* The restore is on its way up, the center counts without knowing of it. */
static void a_generation_is_opened_once_although_its_base_lost(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    hub_restores(&s, DUE_MS);
    s.now_ms = DUE_MS + 500;
    center_sets(&s, 25);
    row_arrives(&s, &s.center);
    center_sells(&s, 1);
    row_arrives(&s, &s.center);
    sites_heal(&s);
    assert_true(str_eq(s.hub.gen_id, STR("R:1005000")));
    assert_int_equal(s.hub.gen, 1);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* A wild restore of the hub is put aside, and it goes back to the one before; then the center fails
 * over to an image from before that one, and hears of it again. */
static void a_restore_that_was_agreed_is_not_done_again_for_an_image(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    struct stock_row image = s.center;
    hub_restores(&s, DUE_MS);
    sites_heal(&s);
    hub_restores(&s, DUE_MS + WILD_MS);
    s.center.h_at = s.events[s.n_events - 1].at;
    center_sells(&s, 1);
    row_arrives(&s, &s.center);
    assert_true(str_eq(s.hub.gen_id, STR("R:1005000")));
    s.center = image;
    s.hub.c_ver = 0;
    s.arrived = 0;
    row_arrives(&s, &s.center);
    assert_true(str_eq(s.hub.gen_id, STR("R:1005000")));
    assert_int_equal(stock_total(&s.hub), 10 * 10);
    assert_int_equal(hub_restores(&s, DUE_MS), SITES_EVENTS);
    size_t had = s.n_events;
    s.n_events--; /* the wild one is put aside once more */
    sites_heal(&s);
    s.center.h_at = s.events[had - 1].at;
    center_sells(&s, 1);
    row_arrives(&s, &s.center);
    assert_int_equal(s.n_events, had - 1);
    assert_true(str_eq(s.hub.base_id, STR("R:1005000")));
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* The hub restores at the next day's due time, finds out that its clock is ahead, and forgets it;
 * the center has followed it meanwhile, and the hub has not heard that. */
static void a_restore_ahead_that_only_the_center_keeps(struct two_sites *s)
{
    yesterdays_business(s);
    s->now_ms = DUE_MS - 1000;
    hub_restores(s, NEXT_MS);
    s->hub.restored_ms = 0;
    s->hub.base_stamp = (struct stamp){0, 0, ORIGIN_TIMER}; /* as its restore doubts it */
    while (s->arrived < s->n_events)
        event_arrives(s, s->arrived);
    assert_true(str_eq(s->center.base_id, STR("R:87405000")));
    assert_int_equal(s->center.base_c_t, -20);
}

/* Then it restores at today's, and the center hears of that too late to take the other back: of the
 * generation after it the base is the one that the center has cut, and the hub comes back to it. */
static void a_restore_behind_the_centers_generation_is_no_base(void **state)
{
    (void)state;
    struct two_sites s;
    a_restore_ahead_that_only_the_center_keeps(&s);
    hub_sells(&s, 3);
    center_sells(&s, 2);
    s.now_ms = DUE_MS;
    size_t today = hub_restores(&s, DUE_MS);
    while (s.arrived < today)
        event_arrives(&s, s.arrived);
    s.now_ms = NEXT_MS;
    assert_int_equal(event_arrives(&s, today).superseded & PART_BASE, PART_BASE);
    sites_heal(&s); /* the hub restores at the next day's once more */
    sites_heal(&s);
    assert_true(str_eq(s.hub.gen_id, STR("R:87405000")));
    assert_true(str_eq(s.hub.base_id, STR("R:87405000")));
    assert_true(s.center.base_hf && s.center.base_cf && s.hub.base_hf && s.hub.base_cf);
    assert_int_equal(s.hub.base_c_t, -20);
    assert_int_equal(stock_total(&s.hub), (10 - 2) * 10);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* Or the center counts, and at the due time itself the hub opens that generation again. */
static void a_generation_that_is_opened_again_beats_no_count_in_it(void **state)
{
    (void)state;
    struct two_sites s;
    a_restore_ahead_that_only_the_center_keeps(&s);
    s.now_ms = DUE_MS;
    hub_sells(&s, 3);
    event_arrives(&s, s.arrived);
    center_sets(&s, 25);
    center_sells(&s, 2);
    s.now_ms = NEXT_MS;
    size_t again = hub_restores(&s, NEXT_MS);
    assert_true(again < SITES_EVENTS);
    assert_int_equal(event_arrives(&s, again).superseded & PART_BASE, PART_BASE);
    sites_heal(&s);
    assert_int_equal(stock_total(&s.hub), (25 - 2 - 1) * 10);
    assert_true(s.center.base_cf && s.hub.base_cf);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* The hub's clock was a day ahead when it restored; it has found that out, and restores when it is
 * time. */
static void a_clock_was_ahead(struct two_sites *s)
{
    yesterdays_business(s);
    hub_restores(s, NEXT_MS);
    hub_sells(s, 3);
    s->hub.restored_ms = s->hub.base_stamp.l_ms = s->hub.status_stamp.l_ms = 0;
}

/* And then the next due time comes, for both. */
static void expect_the_next_day(struct two_sites *s)
{
    assert_true(str_eq(s->center.gen_id, STR("R:1005000")));
    assert_true(str_eq(s->center.base_id, STR("R:1005000")));
    assert_true(str_eq(s->hub.gen_id, STR("R:1005000")));
    assert_int_equal(stock_total(&s->hub), 10 * 10);
    assert_true(digest_row(&s->hub) == digest_row(&s->center));
    hub_sells(s, 2);
    s->now_ms = NEXT_MS;
    center_restores(s, NEXT_MS);
    hub_restores(s, NEXT_MS);
    sites_heal(s);
    assert_true(str_eq(s->center.base_id, STR("R:87405000")));
    assert_int_equal(stock_total(&s->hub), 10 * 10);
    assert_true(digest_row(&s->hub) == digest_row(&s->center));
}

static void a_restore_before_its_time_is_taken_back(void **state)
{
    (void)state;
    struct two_sites s;
    a_clock_was_ahead(&s);
    sites_heal(&s);
    assert_true(str_eq(s.center.gen_id, STR("R:87405000")));
    s.hub.restored_ms = 0;
    hub_restores(&s, DUE_MS);
    sites_heal(&s);
    expect_the_next_day(&s);
}

/* The center has heard of the first of the two restores only, and the hub does not follow it. */
static void a_restore_that_will_be_taken_back_is_not_followed(void **state)
{
    (void)state;
    struct two_sites s;
    a_clock_was_ahead(&s);
    hub_restores(&s, DUE_MS);
    size_t had = s.n_events;
    while (s.arrived + 1 < s.n_events)
        event_arrives(&s, s.arrived);
    assert_int_equal(row_arrives(&s, &s.center).superseded, 0);
    assert_int_equal(s.n_events, had);
    assert_true(str_eq(s.hub.base_id, STR("R:1005000")));
    sites_heal(&s);
    assert_int_equal(s.n_events, had);
    expect_the_next_day(&s);
}

/* What the center restored, or has since restored too, stays. */
static void a_restore_whose_time_has_come_is_not_taken_back(void **state)
{
    (void)state;
    struct two_sites s;
    a_clock_was_ahead(&s);
    sites_heal(&s);
    s.hub.restored_ms = 0;
    hub_restores(&s, DUE_MS);
    s.now_ms = NEXT_MS;
    while (s.arrived < s.n_events)
        event_arrives(&s, s.arrived);
    assert_true(str_eq(s.center.gen_id, STR("R:87405000")));
    hub_restores(&s, NEXT_MS);
    sites_heal(&s);
    assert_true(str_eq(s.hub.base_id, STR("R:87405000")));
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

/* The hub finds out that its clock was ahead, and takes an earlier time for its last. By the time
 * that its restore gets there the center follows it: then no due time up to it is left. */
static void a_restore_that_the_center_takes_after_all_is_done(void **state)
{
    (void)state;
    struct two_sites s;
    yesterdays_business(&s);
    hub_restores(&s, DUE_MS);
    hub_sells(&s, 3);
    s.hub.restored_ms = DUE_MS - 1000;
    row_arrives(&s, &s.center);
    assert_int_equal(s.hub.restored_ms, DUE_MS - 1000); /* not judged yet */
    sites_heal(&s);
    assert_true(s.hub.restored_ms == DUE_MS && s.hub.agreed_ms == DUE_MS);
    assert_int_equal(hub_restores(&s, DUE_MS - 500), SITES_EVENTS);
    assert_int_equal(stock_total(&s.hub), (10 - 3) * 10);
    assert_true(digest_row(&s.hub) == digest_row(&s.center));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_side_restores_at_its_own_cut),
        cmocka_unit_test(the_center_hears_of_the_restore_before_its_own),
        cmocka_unit_test(the_hub_hears_of_the_restore_before_its_own),
        cmocka_unit_test(the_hubs_cut_is_the_hubs_to_say),
        cmocka_unit_test(a_restore_on_its_way_ends_a_takeovers_generation),
        cmocka_unit_test(the_newer_plan_gives_the_restored_value),
        cmocka_unit_test(a_count_after_the_due_time_beats_the_restore),
        cmocka_unit_test(a_generation_is_opened_once_although_its_base_lost),
        cmocka_unit_test(a_wild_clock_ends_no_generation_before_its_time),
        cmocka_unit_test(a_restore_that_was_agreed_is_not_done_again_for_an_image),
        cmocka_unit_test(a_restore_behind_the_centers_generation_is_no_base),
        cmocka_unit_test(a_generation_that_is_opened_again_beats_no_count_in_it),
        cmocka_unit_test(a_restore_before_its_time_is_taken_back),
        cmocka_unit_test(a_restore_that_will_be_taken_back_is_not_followed),
        cmocka_unit_test(a_restore_whose_time_has_come_is_not_taken_back),
        cmocka_unit_test(a_restore_that_the_center_takes_after_all_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
