/* Token buckets in virtual milliseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/limits.h"

#define T0 1000

static bool take(struct limits *l, struct bucket *account, struct bucket *device, int64_t at_ms,
                 int64_t *retry_ms)
{
    return limits_take(l, account, device, VERB_ORDER_LIST, at_ms, retry_ms);
}

static void a_burst_passes_then_the_rate_holds(void **state)
{
    (void)state;
    struct limits l = {.config.device = {10, 3}};
    struct bucket account = {0}, device = {0};
    int64_t retry_ms;
    for (int i = 0; i < 3; i++)
        assert_true(take(&l, &account, &device, T0, &retry_ms));
    assert_false(take(&l, &account, &device, T0, &retry_ms));
    assert_int_equal(retry_ms, 100);
    assert_false(take(&l, &account, &device, T0 + 99, &retry_ms));
    assert_int_equal(retry_ms, 1);
    assert_true(take(&l, &account, &device, T0 + 100, &retry_ms));
    assert_false(take(&l, &account, &device, T0 + 100, &retry_ms));
}

static void a_long_pause_fills_no_more_than_the_burst(void **state)
{
    (void)state;
    struct limits l = {.config.device = {10, 2}};
    struct bucket account = {0}, device = {0};
    int64_t retry_ms, later_ms = T0 + 365LL * 24 * 3600 * 1000;
    assert_true(take(&l, &account, &device, T0, &retry_ms));
    assert_true(take(&l, &account, &device, later_ms, &retry_ms));
    assert_true(take(&l, &account, &device, later_ms, &retry_ms));
    assert_false(take(&l, &account, &device, later_ms, &retry_ms));
}

static void zero_means_no_limit(void **state)
{
    (void)state;
    struct limits l = {0};
    struct bucket account = {0}, device = {0};
    int64_t retry_ms;
    for (int i = 0; i < 10000; i++)
        assert_true(take(&l, &account, &device, T0, &retry_ms));
}

static void a_refusal_takes_from_no_bucket(void **state)
{
    (void)state;
    struct limits l = {.config = {.global = {10, 2}, .device = {10, 1}}};
    struct bucket account = {0}, greedy = {0}, modest = {0};
    int64_t retry_ms;
    assert_true(take(&l, &account, &greedy, T0, &retry_ms));
    for (int i = 0; i < 5; i++)
        assert_false(take(&l, &account, &greedy, T0, &retry_ms));
    assert_true(take(&l, &account, &modest, T0, &retry_ms));
}

static void devices_of_one_account_share(void **state)
{
    (void)state;
    struct limits l = {.config.account = {1, 2}};
    struct bucket account = {0}, other = {0}, a = {0}, b = {0};
    int64_t retry_ms;
    assert_true(take(&l, &account, &a, T0, &retry_ms));
    assert_true(take(&l, &account, &b, T0, &retry_ms));
    assert_false(take(&l, &account, &a, T0, &retry_ms));
    assert_int_equal(retry_ms, 1000);
    assert_true(take(&l, &other, &a, T0, &retry_ms));
}

static void a_verb_has_its_own_limit(void **state)
{
    (void)state;
    struct limits l = {0};
    struct bucket account = {0}, device = {0};
    int64_t retry_ms;
    l.config.verbs[VERB_ORDER_LIST] = (struct rate){1, 1};
    assert_true(take(&l, &account, &device, T0, &retry_ms));
    assert_false(take(&l, &account, &device, T0, &retry_ms));
    assert_true(limits_take(&l, &account, &device, VERB_ORDER_PLACE, T0, &retry_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_then_the_rate_holds),
        cmocka_unit_test(a_long_pause_fills_no_more_than_the_burst),
        cmocka_unit_test(zero_means_no_limit),
        cmocka_unit_test(a_refusal_takes_from_no_bucket),
        cmocka_unit_test(devices_of_one_account_share),
        cmocka_unit_test(a_verb_has_its_own_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
