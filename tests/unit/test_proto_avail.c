#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/avail.h"

enum { POS, KIOSK, CHANNELS };

static int64_t portions(int64_t n)
{
    return n >= AVAIL_INFINITE ? AVAIL_INFINITE : n * 10;
}

static struct channel_share share(int64_t reserve, int64_t cap, int64_t used)
{
    return (struct channel_share){portions(reserve), portions(cap), portions(used)};
}

static void expect(int64_t total, const struct channel_share *shares, int64_t pos, int64_t kiosk)
{
    assert_int_equal(avail_channel(portions(total), shares, CHANNELS, POS), portions(pos));
    assert_int_equal(avail_channel(portions(total), shares, CHANNELS, KIOSK), portions(kiosk));
}

static void real_is_base_plus_what_moved_since(void **state)
{
    (void)state;
    struct real_parts r = {.base_t = 100, .base_h_t = -30, .base_c_t = 5, .h_t = -50, .c_t = 15};
    assert_int_equal(avail_real(&r), 90);
}

static void shared_is_first_come(void **state)
{
    (void)state;
    const struct channel_share shares[] = {share(0, AVAIL_INFINITE, 3),
                                           share(0, AVAIL_INFINITE, 0)};
    expect(12, shares, 12, 12);
}

/* INC-5: limits of 10 and 10 on 15, POS sold 9. The total holds too. */
static void capped_channels_are_held_to_the_total_too(void **state)
{
    (void)state;
    const struct channel_share shares[] = {share(0, 10, 9), share(0, 10, 0)};
    expect(15 - 9, shares, 1, 6);
}

static void capped_channels_sell_no_more_than_there_is(void **state)
{
    (void)state;
    struct channel_share shares[] = {share(0, 10, 0), share(0, 10, 0)};
    int64_t total_t = 150, sold_t = 0;
    for (size_t c = 0; c < CHANNELS; c++) {
        int64_t take_t = avail_channel(total_t, shares, CHANNELS, c);
        shares[c].used_t += take_t;
        total_t -= take_t;
        sold_t += take_t;
    }
    assert_int_equal(sold_t, 150);
}

static void a_reserve_is_out_of_reach_of_the_others(void **state)
{
    (void)state;
    const struct channel_share before[] = {share(4, AVAIL_INFINITE, 0),
                                           share(4, AVAIL_INFINITE, 0)};
    expect(15, before, 11, 11);
    const struct channel_share after[] = {share(4, AVAIL_INFINITE, 11),
                                          share(4, AVAIL_INFINITE, 0)};
    expect(15 - 11, after, 0, 4);
}

static void hard_shares_are_not_borrowed(void **state)
{
    (void)state;
    const struct channel_share shares[] = {share(8, 8, 8), share(4, 4, 0)};
    expect(4, shares, 0, 4);
}

static void without_limits_there_is_no_limit(void **state)
{
    (void)state;
    const struct channel_share shares[] = {share(4, AVAIL_INFINITE, 9), share(3, 10, 4)};
    expect(AVAIL_INFINITE, shares, AVAIL_INFINITE, 6);
}

static void availability_is_never_negative(void **state)
{
    (void)state;
    const struct channel_share shares[] = {share(0, 5, 9), share(20, AVAIL_INFINITE, 0)};
    expect(10, shares, 0, 10);
    expect(-3, shares, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_is_base_plus_what_moved_since),
        cmocka_unit_test(shared_is_first_come),
        cmocka_unit_test(capped_channels_are_held_to_the_total_too),
        cmocka_unit_test(capped_channels_sell_no_more_than_there_is),
        cmocka_unit_test(a_reserve_is_out_of_reach_of_the_others),
        cmocka_unit_test(hard_shares_are_not_borrowed),
        cmocka_unit_test(without_limits_there_is_no_limit),
        cmocka_unit_test(availability_is_never_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
