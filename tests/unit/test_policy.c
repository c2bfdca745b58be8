/* edge/books/policy: channels share a row by its policy, and what they hold back follows whatever
 * happens to it (sync-protocol 1.5). SKU 1003 is the egg.
 */
#include "tests/unit/shop_fixture.h"

#include <stdio.h>
#include <string.h>

#include "proto/shares.h"

#define EGG    "'object_type':'2','object_id':'1003'"
#define MINUTE 60000LL
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static int setup_fifteen(void **state)
{
    return shop_setup(state, 15);
}

static enum code technician(struct shop *s, const char *verb, const char *members)
{
    return shop_do(s, "poshubctl", ROLE_ADMIN, verb, "{" EGG "%s}", members);
}

static void policy(struct shop *s, const char *members)
{
    assert_int_equal(technician(s, "stock.policy", members), 0);
}

static void channel(struct shop *s, const char *code, const char *members)
{
    assert_int_equal(pos(s, "stock.channel", "{" EGG ",'channel':'%s'%s}", code, members), 0);
}

static enum code sell(struct shop *s, enum role role, const char *order, const char *qty)
{
    return shop_do(s, role == ROLE_POS ? "till-1" : "kiosk-1", role, "order.sell",
                   "{'order_id':'%s','lines':[{'line':1,'object_id':'1003','qty':'%s'}],"
                   "'payments':[{'pay_id':'%s','tender':'CASH','amount':'%s0'}]}",
                   order, qty, order, qty);
}

static int64_t avail(struct shop *s, enum channel c)
{
    return shop_avail(s, 1003, c);
}

/* Weights 5 : 3 : 2, as in the examples of 1.5. */
static void weigh(struct shop *s)
{
    channel(s, "POS", ",'weight':5");
    channel(s, "KIOSK", ",'weight':3");
    channel(s, "ONLINE_ORDER", ",'weight':2");
}

#define assert_left(s, pos_t, kiosk_t)                                                             \
    do {                                                                                           \
        assert_int_equal(avail(s, CHANNEL_POS), pos_t);                                            \
        assert_int_equal(avail(s, CHANNEL_KIOSK), kiosk_t);                                        \
    } while (0)

/* ---- the policies ---- */

/* T20 */
static void capped_channels_share_one_pool(void **state)
{
    struct shop *s = *state;
    channel(s, "POS", ",'limit':'10'");
    channel(s, "KIOSK", ",'limit':'10'");
    policy(s, ",'policy':'CAPPED'");
    assert_int_equal(sell(s, ROLE_POS, "P1", "9"), 0);
    assert_left(s, 10, 60);
    assert_int_equal(sell(s, ROLE_KIOSK, "K1", "7"), CODE_INSUFFICIENT_STOCK);
    assert_int_equal(sell(s, ROLE_KIOSK, "K2", "6"), 0);
    assert_int_equal(sell(s, ROLE_POS, "P2", "1"), CODE_INSUFFICIENT_STOCK);
    assert_int_equal(shop_events(s, EVENT_REBALANCE), 0);
}

/* T22 */
static void a_channel_sells_no_more_than_its_limit(void **state)
{
    struct shop *s = *state;
    channel(s, "POS", ",'limit':'10'");
    policy(s, ",'policy':'CAPPED'");
    assert_int_equal(sell(s, ROLE_POS, "P1", "11"), CODE_CHANNEL_LIMIT);
    assert_int_equal(s->out.refused[0].avail_t, 100);
    assert_int_equal(sell(s, ROLE_POS, "P2", "10"), 0);
}

/* T24 */
static void hard_shares_are_the_largest_remainder(void **state)
{
    struct shop *s = *state;
    weigh(s);
    policy(s, ",'policy':'WEIGHTED_HARD'");
    assert_left(s, 80, 40);
    assert_int_equal(avail(s, CHANNEL_ONLINE_ORDER), 30);
    assert_int_equal(avail(s, CHANNEL_EMENU), 0);
    assert_int_equal(sell(s, ROLE_POS, "P1", "9"), CODE_CHANNEL_LIMIT);
    assert_int_equal(sell(s, ROLE_POS, "P2", "8"), 0);
    assert_left(s, 0, 40);
}

static void reserves_above_the_stock_are_shared_out(void **state)
{
    struct shop *s = *state;
    policy(s, ",'policy':'RESERVED'");
    channel(s, "POS", ",'reserve':'10'");
    channel(s, "KIOSK", ",'reserve':'10'");
    assert_left(s, 70, 80);
    assert_int_equal(avail(s, CHANNEL_EMENU), 0);
    assert_true(shop_events(s, EVENT_REBALANCE) >= 2);
    channel(s, "KIOSK", ",'reserve':'999999999.9'");
    assert_int_equal(avail(s, CHANNEL_POS) + avail(s, CHANNEL_KIOSK), 150);
}

static void a_reserve_is_kept_for_its_channel(void **state)
{
    struct shop *s = *state;
    policy(s, ",'policy':'RESERVED'");
    channel(s, "POS", ",'reserve':'4'");
    channel(s, "KIOSK", ",'reserve':'4'");
    assert_left(s, 110, 110);
    assert_int_equal(sell(s, ROLE_POS, "P1", "11"), 0);
    assert_left(s, 0, 40);
    assert_int_equal(sell(s, ROLE_POS, "P2", "1"), CODE_CHANNEL_RESERVED);
}

static void soft_shares_move_on_from_time_to_time(void **state)
{
    struct shop *s = *state;
    weigh(s);
    policy(s, ",'policy':'WEIGHTED_SOFT'");
    assert_left(s, 80, 40);
    assert_int_equal(sell(s, ROLE_POS, "P1", "8"), 0);
    assert_left(s, 0, 40);
    int before = shop_events(s, EVENT_REBALANCE);
    shop_wait(s, 899000);
    assert_left(s, 0, 40);
    shop_wait(s, 1000);
    assert_left(s, 40, 20);
    assert_int_equal(shop_events(s, EVENT_REBALANCE), before + 1);
    shop_wait(s, 900000);
    assert_int_equal(shop_events(s, EVENT_REBALANCE), before + 1);
}

static void a_policy_that_ends_ends_its_timer(void **state)
{
    struct shop *s = *state;
    weigh(s);
    policy(s, ",'policy':'WEIGHTED_SOFT','rebalance_s':60");
    assert_int_equal(shop_next_timer(s), s->uptime_ms + MINUTE);
    policy(s, ",'policy':'CAPPED'");
    assert_int_equal(shop_next_timer(s), INT64_MAX);
    policy(s, ",'policy':'WEIGHTED_SOFT'");
    assert_int_equal(shop_next_timer(s), s->uptime_ms + MINUTE);
    policy(s, ",'rebalance_s':0");
    assert_int_equal(shop_next_timer(s), s->uptime_ms + 15 * MINUTE);
}

static void after_the_release_nothing_is_held_back(void **state)
{
    struct shop *s = *state;
    policy(s, ",'policy':'RESERVED','release_at':'20:00'");
    channel(s, "KIOSK", ",'reserve':'10'");
    assert_left(s, 50, 150);
    int64_t release_ms = due_at_minute(&ZONE_UTC, s->wall_ms, 20 * 60);
    shop_wait(s, release_ms - s->wall_ms - 1);
    assert_left(s, 50, 150);
    int before = shop_events(s, EVENT_REBALANCE);
    shop_wait(s, 1);
    assert_left(s, 150, 150);
    assert_int_equal(shop_events(s, EVENT_REBALANCE), before + 1);
    shop_wait(s, DAY);
    assert_int_equal(shop_events(s, EVENT_REBALANCE), before + 1);
    channel(s, "POS", ",'weight':6"); /* what is released stays so, whatever is set */
    channel(s, "KIOSK", ",'reserve':'8'");
    assert_left(s, 150, 150);
    assert_int_equal(shop_events(s, EVENT_REBALANCE), before + 1);
    policy(s, ",'release_at':'never'");
    channel(s, "KIOSK", ",'reserve':'9'");
    assert_left(s, 60, 150);
    shop_wait(s, DAY);
    assert_left(s, 60, 150);
}

/* The sale that comes first at 20:00 sells what was held back until then. */
static void a_release_precedes_the_command_that_came_with_it(void **state)
{
    struct shop *s = *state;
    policy(s, ",'policy':'RESERVED','release_at':'20:00'");
    channel(s, "KIOSK", ",'reserve':'10'");
    int64_t release_ms = due_at_minute(&ZONE_UTC, s->wall_ms, 20 * 60);
    s->uptime_ms += release_ms - s->wall_ms;
    s->wall_ms = release_ms;
    assert_int_equal(sell(s, ROLE_POS, "P1", "15"), 0);
}

/* ---- what changes supply ---- */

static void a_receipt_is_shared_out_alone(void **state)
{
    struct shop *s = *state;
    weigh(s);
    policy(s, ",'policy':'WEIGHTED_HARD'");
    assert_int_equal(sell(s, ROLE_POS, "P1", "8"), 0);
    assert_int_equal(pos(s, "stock.adjust", "{" EGG ",'delta':'10','reason':'RECEIPT'}"), 0);
    assert_left(s, 50, 70);
}

static void waste_is_taken_from_what_is_still_owed(void **state)
{
    struct shop *s = *state;
    weigh(s);
    policy(s, ",'policy':'WEIGHTED_SOFT'");
    assert_int_equal(pos(s, "stock.adjust", "{" EGG ",'delta':'-5','reason':'WASTE'}"), 0);
    assert_int_equal(
        avail(s, CHANNEL_POS) + avail(s, CHANNEL_KIOSK) + avail(s, CHANNEL_ONLINE_ORDER), 100);
    assert_int_equal(pos(s, "stock.set", "{" EGG ",'qty':'0'}"), 0);
    assert_left(s, 0, 0);
}

static void an_order_given_back_is_the_channels_again(void **state)
{
    struct shop *s = *state;
    weigh(s);
    policy(s, ",'policy':'WEIGHTED_HARD'");
    assert_int_equal(pos(s, "order.place",
                         "{'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'8'}]}"),
                     0);
    assert_left(s, 0, 40);
    int before = shop_events(s, EVENT_REBALANCE);
    assert_int_equal(pos(s, "order.cancel", "{'order_id':'P1'}"), 0);
    assert_left(s, 80, 40);
    assert_int_equal(shop_events(s, EVENT_REBALANCE), before);
}

static void a_count_opens_the_shares_of_what_was_unlimited(void **state)
{
    struct shop *s = *state;
    weigh(s);
    policy(s, ",'policy':'WEIGHTED_HARD'");
    assert_int_equal(pos(s, "stock.plan", "{" EGG ",'limited':false}"), 0);
    assert_int_equal(avail(s, CHANNEL_POS), AVAIL_INFINITE);
    assert_int_equal(pos(s, "stock.set", "{" EGG ",'qty':'15'}"), 0);
    assert_left(s, 80, 40);
}

/* ---- bad input ---- */

static void weights_of_zero_leave_all_in_the_pool(void **state)
{
    struct shop *s = *state;
    weigh(s);
    policy(s, ",'policy':'WEIGHTED_HARD'");
    channel(s, "POS", ",'weight':0");
    assert_int_equal(avail(s, CHANNEL_POS), 0);
    channel(s, "KIOSK", ",'weight':0");
    channel(s, "ONLINE_ORDER", ",'weight':0");
    assert_left(s, 150, 150);
}

static void a_cap_below_what_was_sold_closes_the_channel(void **state)
{
    struct shop *s = *state;
    policy(s, ",'policy':'CAPPED'");
    assert_int_equal(sell(s, ROLE_POS, "P1", "5"), 0);
    channel(s, "POS", ",'limit':'3'");
    assert_left(s, 0, 100);
    assert_int_equal(sell(s, ROLE_POS, "P2", "1"), CODE_CHANNEL_LIMIT);
    channel(s, "POS", ",'limit':'0'");
    assert_left(s, 0, 100);
    channel(s, "POS", ",'limited':false");
    assert_left(s, 100, 100);
}

static void channel_fields_are_checked(void **state)
{
    static const char *const BAD[] = {"'channel':'DRIVE_IN','weight':5",
                                      "'weight':5",
                                      "'channel':'POS'",
                                      "'channel':'POS','weight':10001",
                                      "'channel':'POS','weight':-1",
                                      "'channel':'POS','weight':1.5",
                                      "'channel':'POS','weight':'5'",
                                      "'channel':'POS','limited':true"};
    struct shop *s = *state;
    int events = shop_events(s, EVENT_KIND_COUNT);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_int_equal(pos(s, "stock.channel", "{" EGG ",%s}", BAD[i]), CODE_BAD_REQUEST);
    static const char *const BAD_QTY[] = {"'reserve':'-1'", "'reserve':'0.25'",
                                          "'reserve':'1000000000'", "'limit':'1000000000'"};
    for (size_t i = 0; i < sizeof BAD_QTY / sizeof *BAD_QTY; i++)
        assert_int_equal(pos(s, "stock.channel", "{" EGG ",'channel':'POS',%s}", BAD_QTY[i]),
                         CODE_BAD_QUANTITY);
    assert_int_equal(shop_events(s, EVENT_KIND_COUNT), events);
    channel(s, "POS", ",'weight':10000,'reserve':'999999999.9'");
    channel(s, "POS", ",'weight':0,'reserve':'0'");
}

static void policy_fields_are_checked(void **state)
{
    static const char *const BAD[] = {
        "",
        ",'policy':'FAIR'",
        ",'policy':5",
        ",'rebalance_s':59",
        ",'rebalance_s':86401",
        ",'rebalance_s':-1",
        ",'release_at':''",
        ",'release_at':'Never'",
        ",'release_at':'24:00'",
        ",'release_at':'20:60'",
        ",'release_at':'8:00'",
        ",'release_at':'20.00'",
        ",'release_at':2000",
    };
    struct shop *s = *state;
    int events = shop_events(s, EVENT_KIND_COUNT);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_int_equal(technician(s, "stock.policy", BAD[i]), CODE_BAD_REQUEST);
    assert_int_equal(shop_do(s, "till-1", ROLE_POS, "stock.policy", "{" EGG ",'policy':'CAPPED'}"),
                     CODE_NOT_AUTHORIZED);
    assert_int_equal(shop_do(s, "poshubctl", ROLE_ADMIN, "stock.policy",
                             "{'object_type':'2','object_id':'9','policy':'CAPPED'}"),
                     CODE_UNKNOWN_OBJECT);
    assert_int_equal(shop_events(s, EVENT_KIND_COUNT), events);
    policy(s, ",'rebalance_s':60");
    policy(s, ",'rebalance_s':86400");
    policy(s, ",'release_at':'23:59'");
    policy(s, ",'release_at':'00:00'");
}

static void a_store_with_a_center_leaves_policies_to_it(void **state)
{
    struct shop *s = *state;
    s->enrolled = true;
    assert_int_equal(technician(s, "stock.policy", ",'policy':'CAPPED'"), CODE_BAD_REQUEST);
    assert_string_equal(s->out.detail, "the policy is set by the center");
    assert_int_equal(shop_events(s, EVENT_POLICY_SET), 0);
    channel(s, "POS", ",'weight':5");
}

/* Any order of settings and sales leaves shares that are sound: shop_sound audits I5. */
static void shares_stay_sound_whatever_is_set(void **state)
{
    static const char *const POLICIES[] = {"SHARED", "CAPPED", "WEIGHTED_HARD", "WEIGHTED_SOFT",
                                           "RESERVED"};
    static const char *const CHANNELS[] = {"POS", "KIOSK", "EMENU", "ONLINE_ORDER"};
    struct shop *s = *state;
    unsigned dice = 12345;
    char text[160];
    for (int i = 0; i < 600; i++) {
        dice = dice * 1103515245 + 12345;
        unsigned a = dice >> 16 & 7, b = dice >> 20 & 15;
        if (a == 0) {
            snprintf(text, sizeof text, ",'policy':'%s'", POLICIES[b % 5]);
            policy(s, text);
        } else if (a == 1) {
            snprintf(text, sizeof text, ",'weight':%u,'reserve':'%u','limit':'%u'", b % 4, b, b);
            channel(s, CHANNELS[b % 4], text);
        } else if (a == 2) {
            pos(s, "stock.adjust", "{" EGG ",'delta':'%d','reason':'FOUND'}", (int)b - 7);
        } else if (a == 3) {
            pos(s, "stock.set", "{" EGG ",'qty':'%u'}", b);
        } else if (a == 4) {
            shop_wait(s, 10 * MINUTE);
        } else {
            snprintf(text, sizeof text, "R%d", i);
            sell(s, a == 5 ? ROLE_KIOSK : ROLE_POS, text, b % 2 ? "1" : "3");
        }
        if (i % 50 == 0)
            assert_true(shop_sound(s));
    }
}

#define FIFTEEN_TEST(f) cmocka_unit_test_setup_teardown(f, setup_fifteen, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIFTEEN_TEST(capped_channels_share_one_pool),
        FIFTEEN_TEST(a_channel_sells_no_more_than_its_limit),
        FIFTEEN_TEST(hard_shares_are_the_largest_remainder),
        FIFTEEN_TEST(reserves_above_the_stock_are_shared_out),
        FIFTEEN_TEST(a_reserve_is_kept_for_its_channel),
        FIFTEEN_TEST(soft_shares_move_on_from_time_to_time),
        FIFTEEN_TEST(a_policy_that_ends_ends_its_timer),
        FIFTEEN_TEST(after_the_release_nothing_is_held_back),
        FIFTEEN_TEST(a_release_precedes_the_command_that_came_with_it),
        FIFTEEN_TEST(a_receipt_is_shared_out_alone),
        FIFTEEN_TEST(waste_is_taken_from_what_is_still_owed),
        FIFTEEN_TEST(an_order_given_back_is_the_channels_again),
        FIFTEEN_TEST(a_count_opens_the_shares_of_what_was_unlimited),
        FIFTEEN_TEST(weights_of_zero_leave_all_in_the_pool),
        FIFTEEN_TEST(a_cap_below_what_was_sold_closes_the_channel),
        FIFTEEN_TEST(channel_fields_are_checked),
        FIFTEEN_TEST(policy_fields_are_checked),
        FIFTEEN_TEST(a_store_with_a_center_leaves_policies_to_it),
        FIFTEEN_TEST(shares_stay_sound_whatever_is_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
