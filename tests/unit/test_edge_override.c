/* edge/override: the right PIN passes, and guessing is too slow to be worth it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/override.h"

static struct override_rule rule_of(struct str pin)
{
    struct override_rule r = {.allowed = true};
    sha256(pin.p, pin.n, r.pin);
    return r;
}

static void the_pin_passes_and_another_does_not(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_tries t = {0};
    struct override_rule r = rule_of(STR("4711"));
    assert_int_equal(override_check(&r, &t, STR("4711"), 1000, &retry_ms), CODE_OK);
    assert_int_equal(override_check(&r, &t, STR("4712"), 1000, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, &t, STR(""), 1000, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, &t, STR("4711"), 1000, &retry_ms), CODE_OK);
}

static void without_a_configured_pin_none_passes(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_tries t = {0};
    struct override_rule r = rule_of(STR(""));
    r.allowed = false;
    for (int i = 0; i <= OVERRIDE_TRIES; i++)
        assert_int_equal(override_check(&r, &t, STR(""), 1000, &retry_ms), CODE_NOT_AUTHORIZED);
}

static void five_wrong_ones_lock_the_device_until_the_first_is_forgotten(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_tries t = {0}, other = {0};
    struct override_rule r = rule_of(STR("4711"));
    for (int i = 0; i < OVERRIDE_TRIES; i++)
        assert_int_equal(override_check(&r, &t, STR("0000"), 1000 + i, &retry_ms),
                         CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, &t, STR("4711"), 2000, &retry_ms), CODE_RATE_LIMITED);
    assert_int_equal(retry_ms, 1000 + OVERRIDE_SPAN_MS - 2000);
    assert_int_equal(override_check(&r, &other, STR("4711"), 2000, &retry_ms), CODE_OK);
    int64_t free_ms = 1000 + OVERRIDE_SPAN_MS;
    assert_int_equal(override_check(&r, &t, STR("0000"), free_ms, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, &t, STR("4711"), free_ms, &retry_ms), CODE_RATE_LIMITED);
    assert_int_equal(override_check(&r, &t, STR("4711"), free_ms + 1, &retry_ms), CODE_OK);
}

static void nobody_counts_for_the_control_socket(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_rule r = rule_of(STR("4711"));
    for (int i = 0; i < 3 * OVERRIDE_TRIES; i++)
        assert_int_equal(override_check(&r, NULL, STR("1"), 1, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, NULL, STR("4711"), 1, &retry_ms), CODE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pin_passes_and_another_does_not),
        cmocka_unit_test(without_a_configured_pin_none_passes),
        cmocka_unit_test(five_wrong_ones_lock_the_device_until_the_first_is_forgotten),
        cmocka_unit_test(nobody_counts_for_the_control_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
