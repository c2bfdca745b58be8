/* Latency buckets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/histogram.h"

static void nothing_measured_shows_zero(void **state)
{
    (void)state;
    struct histogram h = {0};
    assert_int_equal(histogram_permille(&h, 990), 0);
}

static void a_percentile_is_right_to_an_eighth(void **state)
{
    (void)state;
    static const int64_t values[] = {1, 7, 100, 999, 5000, 123456, 9999999};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct histogram h = {0};
        histogram_add(&h, values[i]);
        int64_t shown = histogram_permille(&h, 500);
        assert_true(shown >= values[i]);
        assert_true(shown <= values[i] + values[i] / 4);
    }
}

static void ranks_are_counted_from_below(void **state)
{
    (void)state;
    struct histogram h = {0};
    for (int i = 0; i < 989; i++)
        histogram_add(&h, 100);
    for (int i = 0; i < 11; i++)
        histogram_add(&h, 100000);
    assert_true(histogram_permille(&h, 500) < 130);
    assert_true(histogram_permille(&h, 989) < 130);
    assert_true(histogram_permille(&h, 990) >= 100000);
}

static void extremes_have_a_place(void **state)
{
    (void)state;
    struct histogram h = {0};
    histogram_add(&h, -5);
    histogram_add(&h, INT64_MAX);
    assert_int_equal(histogram_permille(&h, 500), 0);
    assert_true(histogram_permille(&h, 1000) > 10000000);
    assert_int_equal(h.count, 2);
}

static void two_turns_forget(void **state)
{
    (void)state;
    struct histogram h = {0};
    histogram_add(&h, 100);
    histogram_turn(&h);
    assert_true(histogram_permille(&h, 500) >= 100);
    histogram_turn(&h);
    assert_int_equal(histogram_permille(&h, 500), 0);
    assert_int_equal(h.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_measured_shows_zero),
        cmocka_unit_test(a_percentile_is_right_to_an_eighth),
        cmocka_unit_test(ranks_are_counted_from_below),
        cmocka_unit_test(extremes_have_a_place),
        cmocka_unit_test(two_turns_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
