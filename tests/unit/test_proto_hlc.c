#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/hlc.h"

static void expect(struct hlc got, int64_t l_ms, uint32_t c)
{
    assert_int_equal(got.l_ms, l_ms);
    assert_int_equal(got.c, c);
}

static void a_later_wall_clock_resets_the_counter(void **state)
{
    (void)state;
    expect(hlc_tick((struct hlc){100, 5}, 101), 101, 0);
}

static void a_clock_that_stands_or_goes_back_counts(void **state)
{
    (void)state;
    expect(hlc_tick((struct hlc){100, 5}, 100), 100, 6);
    expect(hlc_tick((struct hlc){100, 5}, 3), 100, 6);
}

static void a_full_counter_borrows_the_next_millisecond(void **state)
{
    (void)state;
    expect(hlc_tick((struct hlc){100, 65534}, 100), 100, 65535);
    expect(hlc_tick((struct hlc){100, 65535}, 100), 101, 0);
    expect(hlc_receive((struct hlc){100, 3}, (struct hlc){100, 65535}, 100), 101, 0);
}

static void receive_takes_the_greatest_of_the_three(void **state)
{
    (void)state;
    expect(hlc_receive((struct hlc){100, 5}, (struct hlc){90, 9}, 80), 100, 6);
    expect(hlc_receive((struct hlc){90, 5}, (struct hlc){100, 9}, 80), 100, 10);
    expect(hlc_receive((struct hlc){100, 5}, (struct hlc){100, 9}, 80), 100, 10);
    expect(hlc_receive((struct hlc){100, 9}, (struct hlc){100, 5}, 100), 100, 10);
    expect(hlc_receive((struct hlc){100, 5}, (struct hlc){90, 9}, 120), 120, 0);
}

static void stamps_are_ordered_by_time_counter_and_origin(void **state)
{
    (void)state;
    struct stamp center = {100, 1, ORIGIN_CENTER}, hub = {100, 1, ORIGIN_HUB};
    struct stamp timer = {100, 1, ORIGIN_TIMER};
    assert_true(stamp_cmp(center, hub) < 0);
    assert_true(stamp_cmp(timer, hub) > 0);
    assert_int_equal(stamp_cmp(hub, hub), 0);
    assert_true(stamp_cmp((struct stamp){100, 2, ORIGIN_CENTER}, timer) > 0);
    assert_true(stamp_cmp((struct stamp){99, 9, ORIGIN_TIMER}, center) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_later_wall_clock_resets_the_counter),
        cmocka_unit_test(a_clock_that_stands_or_goes_back_counts),
        cmocka_unit_test(a_full_counter_borrows_the_next_millisecond),
        cmocka_unit_test(receive_takes_the_greatest_of_the_three),
        cmocka_unit_test(stamps_are_ordered_by_time_counter_and_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
