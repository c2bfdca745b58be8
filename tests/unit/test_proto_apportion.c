#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/apportion.h"

enum { PORTION_T = 10 };

static struct share of(const char *code, int64_t weight)
{
    return (struct share){.code = str_of(code), .weight = weight, .got_t = -1};
}

static void expect(const struct share *shares, int64_t a, int64_t b, int64_t c)
{
    const int64_t want_t[] = {a * PORTION_T, b * PORTION_T, c * PORTION_T};
    for (int i = 0; i < 3; i++)
        assert_int_equal(shares[i].got_t, want_t[i]);
}

static void the_heavier_of_two_equal_rests_gets_the_last_step(void **state)
{
    (void)state;
    struct share s[] = {of("POS", 5), of("KIOSK", 3), of("ONLINE_ORDER", 2)};
    assert_int_equal(apportion(150, PORTION_T, s, 3), 0);
    expect(s, 8, 4, 3);
}

static void equal_weights_are_decided_by_the_code(void **state)
{
    (void)state;
    struct share s[] = {of("POS", 1), of("ONLINE_ORDER", 1), of("KIOSK", 1)};
    assert_int_equal(apportion(100, PORTION_T, s, 3), 0);
    expect(s, 3, 3, 4);
}

static void part_of_a_step_goes_to_the_free_pool(void **state)
{
    (void)state;
    struct share s[] = {of("A", 1), of("B", 1), of("C", 0)};
    assert_int_equal(apportion(75, PORTION_T, s, 3), 5);
    expect(s, 4, 3, 0);
}

/* Reserves of 10 and 10 on 15: a forced rebalance divides by the unmet reserves, in tenths. */
static void unmet_reserves_divide_what_there_is(void **state)
{
    (void)state;
    struct share s[] = {of("POS", 100), of("KIOSK", 100), of("EMENU", 0)};
    assert_int_equal(apportion(150, PORTION_T, s, 3), 0);
    expect(s, 7, 8, 0);
}

/* WEIGHTED_SOFT 8/4/3 after POS sold its 8. */
static void a_rebalance_lends_the_unsold_rest(void **state)
{
    (void)state;
    struct share s[] = {of("POS", 5), of("KIOSK", 3), of("ONLINE_ORDER", 2)};
    assert_int_equal(apportion(70, PORTION_T, s, 3), 0);
    expect(s, 4, 2, 1);
}

static void hub_and_center_split_by_their_summed_weights(void **state)
{
    (void)state;
    struct share s[] = {of("hub", 6), of("center", 4)};
    assert_int_equal(apportion(150, PORTION_T, s, 2), 0);
    assert_int_equal(s[0].got_t, 90);
    assert_int_equal(s[1].got_t, 60);
}

static void without_weights_all_is_free(void **state)
{
    (void)state;
    struct share s[] = {of("POS", 0), of("KIOSK", -3), of("EMENU", 0)};
    assert_int_equal(apportion(75, PORTION_T, s, 3), 75);
    expect(s, 0, 0, 0);
    assert_int_equal(apportion(75, PORTION_T, s, 0), 75);
}

static void less_than_nothing_is_nothing(void **state)
{
    (void)state;
    struct share s[] = {of("POS", 5), of("KIOSK", 3), of("EMENU", 2)};
    assert_int_equal(apportion(-40, PORTION_T, s, 3), 0);
    expect(s, 0, 0, 0);
}

static void weights_may_be_the_largest_quantities(void **state)
{
    (void)state;
    struct share s[] = {of("POS", 9999999999), of("KIOSK", 9999999999), of("EMENU", 1)};
    assert_int_equal(apportion(9999999999, 1, s, 3), 0);
    assert_int_equal(s[0].got_t, 4999999999);
    assert_int_equal(s[1].got_t, 4999999999);
    assert_int_equal(s[2].got_t, 1);
}

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* Nothing is lost, nobody is a step away from the exact quota, and the order does not matter. */
static void any_division_is_exact_and_fair(void **state)
{
    (void)state;
    static const char *const codes[] = {"A", "B", "C", "D", "E"};
    uint64_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        struct share s[5], back[5];
        int64_t total_t = (int64_t)(next(&seed) % 2000), step_t = 1 + (int64_t)(next(&seed) % 12);
        int64_t sum = 0, got_t = 0;
        for (int i = 0; i < 5; i++) {
            s[i] = back[4 - i] = of(codes[i], (int64_t)(next(&seed) % 8));
            sum += s[i].weight;
        }
        int64_t free_t = apportion(total_t, step_t, s, 5);
        assert_int_equal(apportion(total_t, step_t, back, 5), free_t);
        for (int i = 0; i < 5; i++) {
            int64_t off = s[i].got_t / step_t * sum - total_t / step_t * s[i].weight;
            assert_true(sum == 0 || (off > -sum && off < sum));
            assert_int_equal(s[i].got_t, back[4 - i].got_t);
            got_t += s[i].got_t;
        }
        assert_int_equal(got_t + free_t, total_t);
        assert_true(sum == 0 || free_t < step_t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_heavier_of_two_equal_rests_gets_the_last_step),
        cmocka_unit_test(equal_weights_are_decided_by_the_code),
        cmocka_unit_test(part_of_a_step_goes_to_the_free_pool),
        cmocka_unit_test(unmet_reserves_divide_what_there_is),
        cmocka_unit_test(a_rebalance_lends_the_unsold_rest),
        cmocka_unit_test(hub_and_center_split_by_their_summed_weights),
        cmocka_unit_test(without_weights_all_is_free),
        cmocka_unit_test(less_than_nothing_is_nothing),
        cmocka_unit_test(weights_may_be_the_largest_quantities),
        cmocka_unit_test(any_division_is_exact_and_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
