#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/digest.h"
#include "tests/lib/two_sites.h"

static void both_have(const struct two_sites *s, int64_t real)
{
    assert_int_equal(stock_real(&s->hub), real * 10);
    assert_int_equal(stock_real(&s->center), real * 10);
    assert_true(digest_row(&s->hub) == digest_row(&s->center));
}

/* ---- the rules of 4.6 ---- */

static void sales_of_both_sides_count(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    hub_sells(&s, 8);
    center_sells(&s, 5);
    sites_heal(&s);
    both_have(&s, -3);
}

/* T40 */
static void a_sale_stands_against_a_manual_sold_out(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    center_status(&s, STATUS_SOLD_OUT);
    assert_int_equal(s.center.c_ver, 101);
    hub_sells(&s, 2);
    sites_heal(&s);
    both_have(&s, 8);
    assert_int_equal(s.hub.status, STATUS_SOLD_OUT);
    assert_int_equal(stock_avail(&s.hub, CHANNEL_POS), 0);
}

/* T41 */
static void what_a_count_had_not_seen_is_subtracted(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    hub_sells(&s, 3);
    center_sets(&s, 12);
    sites_heal(&s);
    both_have(&s, 9);
}

static void counts_on_both_sides(struct two_sites *s, bool hub_later)
{
    sites_open(s, 10);
    hub_sells(s, 3);
    center_sells(s, 2);
    s->hub_off_ms = hub_later ? 1000 : -1000;
    hub_sets(s, 12);
    center_sets(s, 20);
    hub_sells(s, 1);
    center_sells(s, 1);
}

/* The worked example under 4.6, both ways. */
static void the_later_of_two_counts_wins(void **state)
{
    (void)state;
    struct two_sites s;
    counts_on_both_sides(&s, false);
    event_arrives(&s, 0);
    assert_int_equal(event_arrives(&s, 1).superseded, PART_BASE);
    sites_heal(&s);
    both_have(&s, 15);

    counts_on_both_sides(&s, true);
    sites_heal(&s);
    both_have(&s, 8);
}

/* The row comes down first: the hub's count is still on its way and stands or falls by its stamp.
 */
static void a_row_that_overtakes_the_events_changes_nothing(void **state)
{
    (void)state;
    struct two_sites s;
    counts_on_both_sides(&s, false);
    assert_int_equal(row_arrives(&s, &s.center).superseded, PART_BASE);
    assert_int_equal(stock_real(&s.hub), 150);
    center_sets(&s, 20); /* beats the center's own count, not the hub's once more */
    assert_int_equal(row_arrives(&s, &s.center).superseded, 0);
    sites_heal(&s);
    both_have(&s, 16);

    counts_on_both_sides(&s, true);
    assert_int_equal(row_arrives(&s, &s.center).superseded, 0);
    assert_int_equal(stock_real(&s.hub), 80);
    sites_heal(&s);
    both_have(&s, 8);
}

static void registers_go_to_the_greater_stamp(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    hub_status(&s, STATUS_SOLD_OUT);
    center_plans(&s, 30);
    s.now_ms += 10;
    center_status(&s, STATUS_ON_SALE);
    hub_plans(&s, 20);
    hub_limits(&s, CHANNEL_POS, 4);
    center_limits(&s, CHANNEL_KIOSK, 6, 3);
    sites_heal(&s);
    both_have(&s, 10);
    assert_int_equal(s.hub.status, STATUS_ON_SALE);
    assert_int_equal(s.hub.plan_t, 200);
    assert_int_equal(stock_channel_room(&s.center, CHANNEL_POS), 40);
    assert_int_equal(stock_channel_room(&s.hub, CHANNEL_KIOSK), 60);
}

static void at_the_same_instant_the_hub_wins(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    center_status(&s, STATUS_ON_SALE);
    hub_status(&s, STATUS_SOLD_OUT);
    assert_int_equal(s.hub.status_stamp.l_ms, s.center.status_stamp.l_ms);
    sites_heal(&s);
    both_have(&s, 10);
    assert_int_equal(s.center.status, STATUS_SOLD_OUT);
}

/* The hub's event says nothing of weights: those of the center stay. */
static void a_limit_leaves_the_weights_alone(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    center_limits(&s, CHANNEL_POS, 5, 7);
    s.now_ms += 10;
    hub_limits(&s, CHANNEL_POS, 4);
    sites_heal(&s);
    both_have(&s, 10);
    assert_int_equal(s.hub.channels[0].limit_t, 40);
    assert_int_equal(s.hub.channels[0].weight, 7);
}

static void what_channels_used_goes_with_their_owner(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    hub_sells(&s, 2);
    stock_channel(&s.center, CHANNEL_ONLINE_ORDER)->used_t = 30;
    stock_channel(&s.center, CHANNEL_POS)->used_t = 999;
    center_sells(&s, 3);
    sites_heal(&s);
    hub_sells(&s, 1);
    center_sells(&s, 1);
    row_arrives(&s, &s.center);
    assert_int_equal(stock_channel(&s.hub, CHANNEL_POS)->used_t, 30);
    assert_int_equal(stock_channel(&s.hub, CHANNEL_ONLINE_ORDER)->used_t, 30);
    sites_heal(&s);
    assert_int_equal(stock_channel(&s.center, CHANNEL_POS)->used_t, 30);
}

static void a_third_partys_channel_is_the_centers(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    s.center.channels[s.center.n_channels++] = (struct stock_channel){.code = STR("WHEELS"),
                                                                      .status = STATUS_SOLD_OUT,
                                                                      .type = STOCK_UNLIMITED,
                                                                      .used_t = 20,
                                                                      .stamp = {5, 0, 0}};
    center_sells(&s, 2);
    sites_heal(&s);
    both_have(&s, 8);
    assert_int_equal(stock_channel_coded(&s.hub, STR("WHEELS"))->used_t, 20);
}

/* In a failover: the hub's setting was judged, and the row has it no more. */
static void settings_that_the_center_lost_are_lost(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    struct stock_row image = s.center;
    event_arrives(&s, hub_limits(&s, CHANNEL_POS, 4));
    stock_channel(&s.hub, CHANNEL_POS)->used_t = 20;
    assert_int_equal(stock_channel_room(&s.hub, CHANNEL_POS), 20);
    row_arrives(&s, &image);
    assert_int_equal(stock_channel_room(&s.hub, CHANNEL_POS), 20); /* is still on its way */
    image.h_at = s.center.h_at;
    image.c_ver = s.hub.c_ver + 1;
    row_arrives(&s, &image);
    assert_int_equal(stock_channel_room(&s.hub, CHANNEL_POS), AVAIL_INFINITE);
    assert_int_equal(stock_channel(&s.hub, CHANNEL_POS)->used_t, 20);
}

static void a_row_with_more_channels_than_fit_says_so(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    hub_limits(&s, CHANNEL_POS, 4);
    static const char codes[] = "ABCDEFGHIJKLMNOP";
    for (uint16_t i = 0; i < STOCK_CHANNELS; i++)
        s.center.channels[i] = (struct stock_channel){.code = {codes + i, 1}};
    s.center.n_channels = STOCK_CHANNELS;
    assert_true(event_arrives(&s, 0).full);
    assert_int_equal(s.center.n_channels, STOCK_CHANNELS);
    assert_true(row_arrives(&s, &s.center).full);
    assert_int_equal(s.hub.n_channels, STOCK_CHANNELS);
    assert_int_equal(stock_channel_room(&s.hub, CHANNEL_POS), 40);
}

/* ---- repeats, clocks, the judge ---- */

static void repeats_and_stragglers_change_nothing(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    hub_sells(&s, 2);
    hub_status(&s, STATUS_SOLD_OUT);
    center_sells(&s, 1);
    struct stock_row old = s.center;
    sites_heal(&s);
    uint64_t digest = digest_row(&s.hub);
    assert_false(event_arrives(&s, 0).changed);
    assert_false(event_arrives(&s, 1).changed);
    assert_false(row_arrives(&s, &old).changed);
    assert_false(row_arrives(&s, &s.center).changed);
    both_have(&s, 7);
    assert_true(digest_row(&s.hub) == digest);
}

/* An event that was lost for good heals with the next one (D3, T33). */
static void a_refused_event_heals_with_the_next(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    hub_sells(&s, 1);
    hub_sells(&s, 1);
    s.arrived = 1; /* the first one is a dead letter */
    sites_heal(&s);
    both_have(&s, 8);
}

/* A refused register: the center's value comes back once a later event has passed it. */
static void a_refused_register_is_taken_back(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    hub_status(&s, STATUS_SOLD_OUT);
    s.arrived = 1;
    center_sells(&s, 1);
    row_arrives(&s, &s.center);
    assert_int_equal(s.hub.status, STATUS_SOLD_OUT);
    hub_locks(&s, 0); /* ROW_STATE */
    sites_heal(&s);
    both_have(&s, 9);
    assert_int_equal(s.hub.status, STATUS_ON_SALE);
}

/* T43 */
static void a_clock_years_ahead_is_brought_back(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    s.hub_off_ms = 12LL * 365 * 86400 * 1000;
    hub_sets(&s, 12);
    sites_heal(&s);
    assert_int_equal(s.hub.base_stamp.l_ms, s.now_ms + STAMP_AHEAD_MAX_MS);
    both_have(&s, 12);
    hub_sells(&s, 1); /* something is on its way, and yet: */
    center_sets(&s, 20);
    row_arrives(&s, &s.center);
    assert_int_equal(s.hub.base_t, 200);
    sites_heal(&s);
    both_have(&s, 19);
}

/* The hub's clock fell back between two of its counts: the second one counts (D5). */
static void the_hubs_own_order_is_not_a_matter_of_clocks(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    s.hub_off_ms = 12LL * 365 * 86400 * 1000;
    hub_sets(&s, 12);
    event_arrives(&s, 0);
    struct stock_row judged = s.center;
    s.hub_off_ms = 0;
    s.hub_hlc = (struct hlc){0};
    s.hub.base_stamp = (struct stamp){0};
    hub_sets(&s, 7);
    row_arrives(&s, &judged);
    assert_int_equal(stock_real(&s.hub), 70);
    sites_heal(&s);
    assert_true(stamp_cmp(s.center.base_stamp, judged.base_stamp) >= 0);
    both_have(&s, 7);
}

/* Only what the hub does not know yet has to be sent back to it. */
static void an_event_that_is_taken_as_it_is_needs_no_answer(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    assert_false(event_arrives(&s, hub_sells(&s, 1)).differs);
    assert_false(event_arrives(&s, hub_sets(&s, 5)).differs);
    assert_false(event_arrives(&s, hub_limits(&s, CHANNEL_POS, 5)).differs);
    s.hub_off_ms = 10 * STAMP_AHEAD_MAX_MS;
    assert_true(event_arrives(&s, hub_sets(&s, 6)).differs);
    s.hub_off_ms = -1000;
    s.hub_hlc = (struct hlc){0};
    center_status(&s, STATUS_ON_SALE);
    struct merge m = event_arrives(&s, hub_status(&s, STATUS_SOLD_OUT));
    assert_true(m.differs && m.superseded == PART_STATUS);
}

static void stamps_follow_what_they_replace(void **state)
{
    (void)state;
    struct stamp seen = {500, 3, ORIGIN_HUB};
    struct stamp after = merge_stamp_after(seen, (struct hlc){400, 0}, ORIGIN_CENTER);
    assert_true(stamp_cmp(after, seen) > 0 && after.l_ms == 500);
    after = merge_stamp_after(seen, (struct hlc){600, 1}, ORIGIN_CENTER);
    assert_true(after.l_ms == 600 && after.c == 1);
    struct stamp timer = {9000000, 0, ORIGIN_TIMER};
    assert_int_equal(stamp_cmp(merge_stamp_bounded(timer, 9000000), timer), 0);
    assert_int_equal(merge_stamp_bounded(timer, 8999999).l_ms, 8999999);
    struct stamp center = {9000000, 0, ORIGIN_CENTER};
    assert_int_equal(stamp_cmp(merge_stamp_bounded(center, 0), center), 0);
    assert_int_equal(merge_stamp_bounded((struct stamp){9000000, 4, 1}, 0).l_ms, 300000);
    assert_int_equal(merge_stamp_bounded((struct stamp){300000, 4, 1}, 0).c, 4);
}

/* A box that took over continues from what the center knows. */
static void a_later_position_at_the_center_is_taken(void **state)
{
    (void)state;
    struct two_sites s;
    sites_open(&s, 10);
    s.center.h_t = -40;
    s.center.lh_t = 10;
    s.center.h_at = (struct position){8, 0};
    center_sells(&s, 1);
    row_arrives(&s, &s.center);
    assert_int_equal(s.hub.h_t, -40);
    assert_int_equal(s.hub.lh_t, 0); /* comes back with its orders */
    assert_int_equal(position_cmp(s.hub.h_at, s.center.h_at), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sales_of_both_sides_count),
        cmocka_unit_test(a_sale_stands_against_a_manual_sold_out),
        cmocka_unit_test(what_a_count_had_not_seen_is_subtracted),
        cmocka_unit_test(the_later_of_two_counts_wins),
        cmocka_unit_test(a_row_that_overtakes_the_events_changes_nothing),
        cmocka_unit_test(registers_go_to_the_greater_stamp),
        cmocka_unit_test(at_the_same_instant_the_hub_wins),
        cmocka_unit_test(a_limit_leaves_the_weights_alone),
        cmocka_unit_test(what_channels_used_goes_with_their_owner),
        cmocka_unit_test(a_third_partys_channel_is_the_centers),
        cmocka_unit_test(settings_that_the_center_lost_are_lost),
        cmocka_unit_test(a_row_with_more_channels_than_fit_says_so),
        cmocka_unit_test(repeats_and_stragglers_change_nothing),
        cmocka_unit_test(a_refused_event_heals_with_the_next),
        cmocka_unit_test(a_refused_register_is_taken_back),
        cmocka_unit_test(a_clock_years_ahead_is_brought_back),
        cmocka_unit_test(the_hubs_own_order_is_not_a_matter_of_clocks),
        cmocka_unit_test(an_event_that_is_taken_as_it_is_needs_no_answer),
        cmocka_unit_test(stamps_follow_what_they_replace),
        cmocka_unit_test(a_later_position_at_the_center_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
