#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "proto/decimal.h"
#include "proto/limits.h"
#include "proto/qty.h"

static void expect_qty(const char *text, int64_t want_t)
{
    int64_t got_t = -1;
    assert_true(qty_parse(str_of(text), &got_t));
    assert_int_equal(got_t, want_t);
}

static void refuse_qty(const char *text)
{
    int64_t got_t = 77;
    assert_false(qty_parse(str_of(text), &got_t));
    assert_int_equal(got_t, 77);
}

static void expect_money(const char *text, int64_t want_e4)
{
    int64_t got_e4 = -1;
    assert_true(money_parse(str_of(text), &got_e4));
    assert_int_equal(got_e4, want_e4);
}

/* T16 of sync-protocol 7.1, as far as parsing goes: "0" and "-1" are for the rules to refuse. */
static void qty_is_exact_or_refused(void **state)
{
    (void)state;
    refuse_qty("0.25");
    refuse_qty("8.55");
    expect_qty("0", 0);
    expect_qty("-1", -10);
    expect_qty("8.50", 85);
    expect_qty("8.5000000000000000000000000", 85);
    expect_qty("0.5", 5);
    expect_qty("2", 20);
    expect_qty("-0", 0);
}

static void qty_takes_plain_decimals_only(void **state)
{
    (void)state;
    const char *const texts[] = {"",      "-",   ".5",  "5.",  "+5",      " 5",
                                 "5 ",    "1e2", "0x1", "--1", "1-",      "1..2",
                                 "1.2.3", "1,5", "-.5", "nan", "\xd9\xa1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refuse_qty(texts[i]);
    int64_t got_t;
    assert_false(qty_parse((struct str){"5\0", 2}, &got_t));
    assert_false(qty_parse((struct str){NULL, 0}, &got_t));
}

static void qty_ends_at_its_limit(void **state)
{
    (void)state;
    expect_qty("999999999.9", LIMIT_QTY_T);
    expect_qty("-999999999.9", -LIMIT_QTY_T);
    refuse_qty("1000000000");
    refuse_qty("99999999999999999999999999999999");
}

static void money_has_four_decimals_at_most(void **state)
{
    (void)state;
    expect_money("12.75", 127500);
    expect_money("12.7500", 127500);
    expect_money("-0.0001", -1);
    expect_money("99999999999.9999", LIMIT_MONEY_E4);
    int64_t got_e4;
    assert_false(money_parse(STR("0.00001"), &got_e4));
    assert_false(money_parse(STR("100000000000"), &got_e4));
}

static void expect_formats(int64_t v, const char *qty, const char *money)
{
    char text[DECIMAL_TEXT];
    assert_int_equal(qty_format(v, text), strlen(qty));
    assert_string_equal(text, qty);
    assert_int_equal(money_format(v, text), strlen(money));
    assert_string_equal(text, money);
}

static void formats_have_the_decimals_of_the_wire(void **state)
{
    (void)state;
    expect_formats(80, "8", "0.0080");
    expect_formats(85, "8.5", "0.0085");
    expect_formats(0, "0", "0.0000");
    expect_formats(-5, "-0.5", "-0.0005");
    expect_formats(127500, "12750", "12.7500");
    expect_formats(INT64_MIN, "-922337203685477580.8", "-922337203685477.5808");
    expect_formats(INT64_MAX, "922337203685477580.7", "922337203685477.5807");
}

static void decimal_writes_every_length(void **state)
{
    (void)state;
    char text[DECIMAL_DIGITS];
    uint64_t v = 1;
    for (size_t n = 1; n <= 20; n++, v *= 10) {
        assert_int_equal(decimal_u64(v, text), n);
        assert_int_equal(text[0], '1');
        assert_int_equal(decimal_u64(v - 1, text), n == 1 ? 1 : n - 1);
    }
    assert_int_equal(decimal_u64(UINT64_MAX, text), 20);
    assert_memory_equal(text, "18446744073709551615", 20);
    assert_int_equal(decimal_i64(INT64_MIN, text), 20);
    assert_memory_equal(text, "-9223372036854775808", 20);
}

static void line_amount_rounds_half_away_from_zero(void **state)
{
    (void)state;
    int64_t got_e4;
    assert_true(money_line_amount(20, 137500, &got_e4));
    assert_int_equal(got_e4, 275000);
    assert_true(money_line_amount(5, 1, &got_e4));
    assert_int_equal(got_e4, 1);
    assert_true(money_line_amount(4, 1, &got_e4));
    assert_int_equal(got_e4, 0);
    assert_true(money_line_amount(-5, 1, &got_e4));
    assert_int_equal(got_e4, -1);
}

static void line_amount_refuses_what_does_not_fit(void **state)
{
    (void)state;
    int64_t got_e4 = 77;
    assert_true(money_line_amount(10, LIMIT_MONEY_E4, &got_e4));
    assert_int_equal(got_e4, LIMIT_MONEY_E4);
    got_e4 = 77;
    assert_false(money_line_amount(11, LIMIT_MONEY_E4, &got_e4));
    assert_false(money_line_amount(LIMIT_QTY_T, LIMIT_MONEY_E4, &got_e4));
    assert_false(money_line_amount(-LIMIT_QTY_T, LIMIT_MONEY_E4, &got_e4));
    assert_int_equal(got_e4, 77);
}

static void money_rounds_to_the_currency(void **state)
{
    (void)state;
    assert_int_equal(money_round(127550, 2), 127600);
    assert_int_equal(money_round(127549, 2), 127500);
    assert_int_equal(money_round(-127550, 2), -127600);
    assert_int_equal(money_round(5000, 0), 10000);
    assert_int_equal(money_round(4999, 0), 0);
    assert_int_equal(money_round(127553, 4), 127553);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qty_is_exact_or_refused),
        cmocka_unit_test(qty_takes_plain_decimals_only),
        cmocka_unit_test(qty_ends_at_its_limit),
        cmocka_unit_test(money_has_four_decimals_at_most),
        cmocka_unit_test(formats_have_the_decimals_of_the_wire),
        cmocka_unit_test(decimal_writes_every_length),
        cmocka_unit_test(line_amount_rounds_half_away_from_zero),
        cmocka_unit_test(line_amount_refuses_what_does_not_fit),
        cmocka_unit_test(money_rounds_to_the_currency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
