#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/shares.h"

/* Limited, so many portions, no sales; portions everywhere below. */
static struct stock_row row_of(int64_t portions, enum channel_policy policy)
{
    struct stock_row r;
    stock_plain((struct object){OBJECT_SKU, 1001}, &r);
    r.type = STOCK_LIMITED;
    r.plan_t = r.base_t = portions * 10;
    r.policy = policy;
    return r;
}

static void weigh(struct stock_row *r, enum channel c, uint32_t weight)
{
    stock_channel(r, c)->weight = weight;
}

static void limit(struct stock_row *r, enum channel c, int64_t portions)
{
    stock_channel(r, c)->type = STOCK_LIMITED;
    stock_channel(r, c)->limit_t = portions * 10;
}

static void keep(struct stock_row *r, enum channel c, int64_t portions)
{
    stock_channel(r, c)->reserve_t = portions * 10;
}

static void sell(struct stock_row *r, enum channel c, int64_t portions)
{
    if (channel_is_hub(c))
        r->h_t -= portions * 10;
    else
        r->c_t -= portions * 10;
    stock_channel(r, c)->used_t += portions * 10;
}

static void expect(const struct stock_row *r, int64_t pos, int64_t kiosk, int64_t online)
{
    assert_int_equal(stock_avail(r, CHANNEL_POS), pos * 10);
    assert_int_equal(stock_avail(r, CHANNEL_KIOSK), kiosk * 10);
    assert_int_equal(stock_avail(r, CHANNEL_ONLINE_ORDER), online * 10);
    assert_true(shares_sound(r, SITE_HUB));
}

static void shared_and_capped_come_from_one_pool(void **state)
{
    (void)state;
    struct stock_row r = row_of(15, POLICY_CAPPED);
    limit(&r, CHANNEL_POS, 10);
    limit(&r, CHANNEL_KIOSK, 10);
    shares_begin(&r, SITE_HUB);
    expect(&r, 10, 10, 15);
    sell(&r, CHANNEL_POS, 9);
    expect(&r, 1, 6, 6);
}

static void more_reserved_than_there_is_is_shared_out(void **state)
{
    (void)state;
    struct stock_row r = row_of(15, POLICY_RESERVED);
    keep(&r, CHANNEL_POS, 10);
    keep(&r, CHANNEL_KIOSK, 10);
    shares_begin(&r, SITE_HUB);
    assert_false(shares_sound(&r, SITE_HUB));
    assert_true(shares_force(&r, SITE_HUB));
    expect(&r, 7, 8, 0);
    assert_false(shares_force(&r, SITE_HUB));
}

static void a_reserve_is_kept_and_the_rest_is_shared(void **state)
{
    (void)state;
    struct stock_row r = row_of(15, POLICY_RESERVED);
    keep(&r, CHANNEL_POS, 4);
    keep(&r, CHANNEL_KIOSK, 4);
    shares_begin(&r, SITE_HUB);
    expect(&r, 11, 11, 7);
    sell(&r, CHANNEL_POS, 11);
    expect(&r, 0, 4, 0);
    assert_true(shares_release(&r, SITE_HUB));
    expect(&r, 4, 4, 4);
    assert_false(shares_release(&r, SITE_HUB));
}

static struct stock_row weighted(enum channel_policy policy)
{
    struct stock_row r = row_of(15, policy);
    weigh(&r, CHANNEL_POS, 5);
    weigh(&r, CHANNEL_KIOSK, 3);
    weigh(&r, CHANNEL_ONLINE_ORDER, 2);
    shares_begin(&r, SITE_HUB);
    return r;
}

static void what_is_left_of_soft_shares_is_lent_out(void **state)
{
    (void)state;
    struct stock_row r = weighted(POLICY_WEIGHTED_SOFT);
    expect(&r, 8, 4, 3);
    sell(&r, CHANNEL_POS, 8);
    expect(&r, 0, 4, 3);
    assert_true(shares_rebalance(&r, SITE_HUB));
    expect(&r, 4, 2, 1);
    assert_false(shares_rebalance(&r, SITE_HUB));
}

static void hard_shares_are_not_lent(void **state)
{
    (void)state;
    struct stock_row r = weighted(POLICY_WEIGHTED_HARD);
    expect(&r, 8, 4, 3);
    sell(&r, CHANNEL_POS, 8);
    assert_false(shares_rebalance(&r, SITE_HUB));
    expect(&r, 0, 4, 3);
    assert_int_equal(stock_avail(&r, CHANNEL_EMENU), 0); /* no entry, no share */
    shares_release(&r, SITE_HUB);
    expect(&r, 7, 7, 7);
}

static void without_weights_everything_is_in_the_pool(void **state)
{
    (void)state;
    struct stock_row r = row_of(15, POLICY_WEIGHTED_HARD);
    weigh(&r, CHANNEL_POS, 0);
    shares_begin(&r, SITE_HUB);
    expect(&r, 15, 15, 15);
}

static void growth_alone_is_shared_out(void **state)
{
    (void)state;
    struct stock_row r = weighted(POLICY_WEIGHTED_HARD);
    sell(&r, CHANNEL_POS, 8);
    r.h_t += 100;
    shares_grow(&r, SITE_HUB, 100);
    expect(&r, 5, 7, 5);
    r.h_t -= 50; /* waste */
    shares_grow(&r, SITE_HUB, -50);
    assert_true(shares_force(&r, SITE_HUB));
    expect(&r, 3, 5, 4);
}

/* 6:4 of 15: the store has 9 of them to share among its own, the center 6. */
static void strict_reckons_with_the_own_side_alone(void **state)
{
    (void)state;
    struct stock_row r = row_of(15, POLICY_WEIGHTED_HARD);
    weigh(&r, CHANNEL_POS, 4);
    weigh(&r, CHANNEL_KIOSK, 2);
    weigh(&r, CHANNEL_ONLINE_ORDER, 4);
    r.mode = r.mode_in_force = MODE_STRICT;
    r.gr_t = 90;
    struct stock_row center = r;
    shares_begin(&r, SITE_HUB);
    shares_begin(&center, SITE_CENTER);
    expect(&r, 6, 3, 0);
    struct str online = STR("ONLINE_ORDER");
    assert_int_equal(shares_total(&center, SITE_CENTER), 60);
    assert_int_equal(shares_avail(&center, SITE_CENTER, 60, online), 60);
    assert_int_equal(shares_avail(&center, SITE_CENTER, 60, STR("POS")), 0);
}

static void the_wish_for_strict_changes_nothing_yet(void **state)
{
    (void)state;
    struct stock_row r = row_of(15, POLICY_SHARED);
    r.mode = MODE_STRICT;
    expect(&r, 15, 15, 15);
}

static void unlimited_has_nothing_to_share(void **state)
{
    (void)state;
    struct stock_row r = weighted(POLICY_WEIGHTED_SOFT);
    r.type = STOCK_UNLIMITED;
    shares_begin(&r, SITE_HUB);
    assert_int_equal(shares_unmet(&r, SITE_HUB), 0);
    assert_int_equal(stock_avail(&r, CHANNEL_POS), AVAIL_INFINITE);
    assert_false(shares_force(&r, SITE_HUB) || shares_rebalance(&r, SITE_HUB));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_and_capped_come_from_one_pool),
        cmocka_unit_test(more_reserved_than_there_is_is_shared_out),
        cmocka_unit_test(a_reserve_is_kept_and_the_rest_is_shared),
        cmocka_unit_test(what_is_left_of_soft_shares_is_lent_out),
        cmocka_unit_test(hard_shares_are_not_lent),
        cmocka_unit_test(without_weights_everything_is_in_the_pool),
        cmocka_unit_test(growth_alone_is_shared_out),
        cmocka_unit_test(strict_reckons_with_the_own_side_alone),
        cmocka_unit_test(the_wish_for_strict_changes_nothing_yet),
        cmocka_unit_test(unlimited_has_nothing_to_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
