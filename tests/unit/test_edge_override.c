/* edge/override: the right PIN passes, and guessing is too slow to be worth it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/override.h"

static const uint8_t SALT[OVERRIDE_SALT] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#define SALT_HEX "000102030405060708090a0b0c0d0e0f"
#define HASH_HEX "ea8726ee913c8f8689664e9257fa5d983ac08c359c791de8698e2c4906bbf80e"

static struct override_rule rule_of(struct str pin)
{
    char text[OVERRIDE_TEXT];
    struct override_rule r;
    override_keep(pin, SALT, text);
    assert_true(override_parse(str_of(text), &r));
    return r;
}

/* As if nothing had been said before. */
static enum code check(const struct override_rule *r, struct override_tries *t, struct str said,
                       int64_t now_ms, int64_t *retry_ms)
{
    struct override_known none = {0};
    return override_check(r, &none, t, said, now_ms, retry_ms);
}

/* As another program computes it (hashlib.pbkdf2_hmac). */
static void what_is_kept_is_pbkdf2(void **state)
{
    (void)state;
    char text[OVERRIDE_TEXT];
    override_keep(STR("4711"), SALT, text);
    assert_string_equal(text, "pbkdf2$20000$" SALT_HEX "$" HASH_HEX);
}

static void what_is_no_kept_form_allows_nobody(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "4711",
        HASH_HEX,
        "pbkdf2$",
        "pbkdf2$20000$" SALT_HEX,
        "pbkdf2$20000$" SALT_HEX "$",
        "pbkdf2$20000$" SALT_HEX "$" HASH_HEX "$",
        "pbkdf2$20000$" SALT_HEX "$" HASH_HEX "0",
        "pbkdf2$20000$00$" HASH_HEX,
        "pbkdf2$$" SALT_HEX "$" HASH_HEX,
        "pbkdf2$ 20000$" SALT_HEX "$" HASH_HEX,
        "pbkdf2$9999$" SALT_HEX "$" HASH_HEX,
        "pbkdf2$40001$" SALT_HEX "$" HASH_HEX,
        "pbkdf2$4294987296$" SALT_HEX "$" HASH_HEX,
        "sha256$20000$" SALT_HEX "$" HASH_HEX,
    };
    struct override_rule r = {.allowed = true};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        assert_false(override_parse(str_of(WRONG[i]), &r));
        assert_false(r.allowed);
    }
    assert_true(override_parse(STR(""), &r));
    assert_false(r.allowed);
    assert_true(override_parse(STR("pbkdf2$10000$" SALT_HEX "$" HASH_HEX), &r));
    assert_true(override_parse(STR("pbkdf2$40000$" SALT_HEX "$" HASH_HEX), &r));
    assert_int_equal(r.rounds, OVERRIDE_ROUNDS_MAX);
}

static void the_pin_passes_and_another_does_not(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_tries t = {0};
    struct override_rule r = rule_of(STR("4711"));
    assert_int_equal(check(&r, &t, STR("4711"), 1000, &retry_ms), CODE_OK);
    assert_int_equal(check(&r, &t, STR("4712"), 1000, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(check(&r, &t, STR(""), 1000, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(check(&r, &t, STR("4711"), 1000, &retry_ms), CODE_OK);
}

static void without_a_configured_pin_none_passes(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_tries t = {0};
    struct override_rule r = {0};
    for (int i = 0; i <= OVERRIDE_TRIES; i++)
        assert_int_equal(check(&r, &t, STR(""), 1000, &retry_ms), CODE_NOT_AUTHORIZED);
}

static void five_wrong_ones_lock_the_device_until_the_first_is_forgotten(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_tries t = {0}, other = {0};
    struct override_rule r = rule_of(STR("4711"));
    for (int i = 0; i < OVERRIDE_TRIES; i++)
        assert_int_equal(check(&r, &t, STR("0000"), 1000 + i, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(check(&r, &t, STR("4711"), 2000, &retry_ms), CODE_RATE_LIMITED);
    assert_int_equal(retry_ms, 1000 + OVERRIDE_SPAN_MS - 2000);
    assert_int_equal(check(&r, &other, STR("4711"), 2000, &retry_ms), CODE_OK);
    int64_t free_ms = 1000 + OVERRIDE_SPAN_MS;
    assert_int_equal(check(&r, &t, STR("0000"), free_ms, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(check(&r, &t, STR("4711"), free_ms, &retry_ms), CODE_RATE_LIMITED);
    assert_int_equal(check(&r, &t, STR("4711"), free_ms + 1, &retry_ms), CODE_OK);
}

static void nobody_counts_for_the_control_socket(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_rule r = rule_of(STR("4711"));
    for (int i = 0; i < 3 * OVERRIDE_TRIES; i++)
        assert_int_equal(check(&r, NULL, STR("1"), 1, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(check(&r, NULL, STR("4711"), 1, &retry_ms), CODE_OK);
}

/* The rule is spoilt, so that whatever is derived anew is wrong. */
static void a_right_pin_is_derived_once_in_a_while(void **state)
{
    (void)state;
    int64_t retry_ms, end_ms = 1000 + OVERRIDE_KNOWN_MS;
    struct override_known k = {0};
    struct override_rule r = rule_of(STR("4711"));
    assert_int_equal(override_check(&r, &k, NULL, STR("4711"), 1000, &retry_ms), CODE_OK);
    r.hash[0] ^= 1;
    assert_int_equal(override_check(&r, &k, NULL, STR("4711"), 1001, &retry_ms), CODE_OK);
    assert_int_equal(override_check(&r, &k, NULL, STR("4712"), 1001, &retry_ms),
                     CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, &k, NULL, STR("471"), 1001, &retry_ms),
                     CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, &k, NULL, (struct str){"4711\0", 5}, 1001, &retry_ms),
                     CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, &k, NULL, STR(""), 1001, &retry_ms), CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, &k, NULL, STR("4711"), end_ms - 1, &retry_ms), CODE_OK);
    assert_int_equal(override_check(&r, &k, NULL, STR("4711"), end_ms, &retry_ms),
                     CODE_NOT_AUTHORIZED);
}

static void a_new_rule_knows_no_pin_of_the_old_one(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_known k = {0};
    struct override_rule r = rule_of(STR("4711")), other = rule_of(STR("0815")), none = {0};
    assert_int_equal(override_check(&r, &k, NULL, STR("4711"), 1000, &retry_ms), CODE_OK);
    assert_int_equal(override_check(&none, &k, NULL, STR("4711"), 1000, &retry_ms),
                     CODE_NOT_AUTHORIZED);
    override_forget(&k);
    assert_int_equal(override_check(&other, &k, NULL, STR("4711"), 1000, &retry_ms),
                     CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&other, &k, NULL, STR("0815"), 1000, &retry_ms), CODE_OK);
}

static void a_pin_that_is_known_does_not_open_a_locked_device(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct override_known k = {0};
    struct override_tries t = {0};
    struct override_rule r = rule_of(STR("4711"));
    assert_int_equal(override_check(&r, &k, &t, STR("4711"), 1000, &retry_ms), CODE_OK);
    for (int i = 0; i < OVERRIDE_TRIES; i++)
        assert_int_equal(override_check(&r, &k, &t, STR("0000"), 1000, &retry_ms),
                         CODE_NOT_AUTHORIZED);
    assert_int_equal(override_check(&r, &k, &t, STR("4711"), 1001, &retry_ms), CODE_RATE_LIMITED);
}

/* Its length is the decoder's to check; here it is no more than wrong. */
static void the_longest_pin_is_known_too(void **state)
{
    (void)state;
    int64_t retry_ms;
    char pin[LIMIT_PIN + 1];
    struct override_known k = {0};
    memset(pin, '7', sizeof(pin));
    struct override_rule r = rule_of((struct str){pin, LIMIT_PIN});
    const struct str longest = {pin, LIMIT_PIN}, longer = {pin, LIMIT_PIN + 1};
    assert_int_equal(override_check(&r, &k, NULL, longest, 1, &retry_ms), CODE_OK);
    r.hash[0] ^= 1;
    assert_int_equal(override_check(&r, &k, NULL, longest, 2, &retry_ms), CODE_OK);
    assert_int_equal(override_check(&r, &k, NULL, longer, 2, &retry_ms), CODE_NOT_AUTHORIZED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_pbkdf2),
        cmocka_unit_test(what_is_no_kept_form_allows_nobody),
        cmocka_unit_test(the_pin_passes_and_another_does_not),
        cmocka_unit_test(without_a_configured_pin_none_passes),
        cmocka_unit_test(five_wrong_ones_lock_the_device_until_the_first_is_forgotten),
        cmocka_unit_test(nobody_counts_for_the_control_socket),
        cmocka_unit_test(a_right_pin_is_derived_once_in_a_while),
        cmocka_unit_test(a_new_rule_knows_no_pin_of_the_old_one),
        cmocka_unit_test(a_pin_that_is_known_does_not_open_a_locked_device),
        cmocka_unit_test(the_longest_pin_is_known_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
