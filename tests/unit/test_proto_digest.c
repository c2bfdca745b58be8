#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/digest.h"

#define VECTOR 0xc5ec05db50e1df89u

/* The row of the vector in sync-protocol 4.8. */
static struct stock_row vector_row(void)
{
    struct stock_row r;
    stock_plain((struct object){OBJECT_SKU, 1001}, &r);
    r.type = STOCK_LIMITED;
    r.plan_t = r.base_t = 100;
    r.h_t = -20;
    r.c_t = -10;
    r.lh_t = 10;
    struct stock_channel *pos = stock_channel(&r, CHANNEL_POS);
    pos->type = STOCK_LIMITED;
    pos->limit_t = 100;
    pos->weight = 1;
    return r;
}

static void the_vector_holds(void **state)
{
    (void)state;
    struct stock_row r = vector_row();
    char text[DIGEST_TEXT];
    size_t n = digest_text(&r, text);
    const char *want = "v1|2|1001|I=100,0,0|-20,-10|10,0|0,0|0.0.0=1|0.0.0=2,100,2,0|0.0.0=L,S|"
                       "POS:0.0.0=1,2,100,1,0;";
    assert_int_equal(n, strlen(want));
    assert_memory_equal(text, want, n);
    assert_true(digest_row(&r) == VECTOR);
}

static void channels_are_sorted_by_code(void **state)
{
    (void)state;
    struct stock_row a = vector_row(), b;
    stock_channel(&a, CHANNEL_KIOSK)->status = STATUS_SOLD_OUT;
    stock_channel(&a, CHANNEL_EMENU)->weight = 3;
    b = a;
    b.channels[0] = a.channels[2];
    b.channels[2] = a.channels[0];
    assert_true(digest_row(&a) == digest_row(&b));
    assert_true(digest_row(&a) != VECTOR);
}

static void an_entry_that_only_counts_says_nothing(void **state)
{
    (void)state;
    struct stock_row r = vector_row();
    stock_channel(&r, CHANNEL_KIOSK)->used_t = 30;
    assert_true(digest_row(&r) == VECTOR);
    *stock_channel(&r, CHANNEL_EMENU) = (struct stock_channel){
        .code = STR("EMENU"), .status = STATUS_SOLD_OUT, .stamp = {5, 0, 0}, .deleted = true};
    assert_true(digest_row(&r) == VECTOR);
}

static void a_cap_that_does_not_count_is_left_out(void **state)
{
    (void)state;
    struct stock_row a = vector_row(), b;
    a.channels[0].type = STOCK_UNLIMITED;
    b = a;
    b.channels[0].limit_t = 0;
    assert_true(digest_row(&a) == digest_row(&b));
}

static void what_is_the_hubs_own_business_is_not_in_it(void **state)
{
    (void)state;
    struct stock_row r = vector_row();
    r.name = STR("Soup");
    r.step_t = 1;
    r.at = r.h_at = r.status_op = (struct position){7, 12};
    r.c_ver = 99;
    r.short_alerted = true;
    assert_true(digest_row(&r) == VECTOR);
}

static void any_part_that_counts_changes_it(void **state)
{
    (void)state;
    struct stock_row r[11];
    for (int i = 0; i < 11; i++)
        r[i] = vector_row();
    r[0].base_id = STR("S:7.3");
    r[1].base_h_t = 1;
    r[2].h_t--;
    r[3].lc_t = 5;
    r[4].gr_t = 90;
    r[5].status = STATUS_SOLD_OUT;
    r[6].status_stamp.origin = ORIGIN_HUB;
    r[7].restore_at_ms = 1769551200000;
    r[8].mode = MODE_STRICT;
    r[9].channels[0].reserve_t = 10;
    r[10].policy = POLICY_RESERVED;
    for (int i = 0; i < 11; i++) {
        assert_true(digest_row(&r[i]) != VECTOR);
        for (int k = 0; k < i; k++)
            assert_true(digest_row(&r[i]) != digest_row(&r[k]));
    }
}

static void the_root_leaves_out_what_was_put_in_twice(void **state)
{
    (void)state;
    struct stock_row a = vector_row(), b = vector_row();
    b.object.id = 1002;
    uint64_t root = digest_row(&a) ^ digest_row(&b);
    assert_true((root ^ digest_row(&b)) == digest_row(&a));
}

static void the_longest_row_fits(void **state)
{
    (void)state;
    struct stock_row r = vector_row();
    const struct stamp far = {INT64_MIN, UINT32_MAX, UINT32_MAX};
    r.object.id = r.base_t = r.base_h_t = r.base_c_t = r.h_t = r.c_t = INT64_MIN;
    r.lh_t = r.lc_t = r.gr_t = r.xr_t = r.plan_t = r.restore_at_ms = INT64_MIN;
    r.base_id = STR("R:12345678901234567890123456789012345678901234567");
    r.status_stamp = r.plan_stamp = r.policy_stamp = far;
    static const char codes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    for (r.n_channels = 0; r.n_channels < STOCK_CHANNELS; r.n_channels++)
        r.channels[r.n_channels] = (struct stock_channel){.code = {codes + r.n_channels, 16},
                                                          .type = STOCK_LIMITED,
                                                          .limit_t = INT64_MIN,
                                                          .reserve_t = INT64_MIN,
                                                          .weight = UINT32_MAX,
                                                          .stamp = far};
    char text[DIGEST_TEXT];
    assert_in_range(digest_text(&r, text), 1000, DIGEST_TEXT - 1);
}

static void hex_goes_there_and_back(void **state)
{
    (void)state;
    char hex[DIGEST_HEX];
    uint64_t v = 7;
    digest_format(VECTOR, hex);
    assert_string_equal(hex, "c5ec05db50e1df89");
    assert_true(digest_parse(str_of(hex), &v) && v == VECTOR);
    digest_format(9, hex);
    assert_string_equal(hex, "0000000000000009");
    assert_false(digest_parse(STR("c5ec05db50e1df8"), &v));
    assert_false(digest_parse(STR("C5EC05DB50E1DF89"), &v));
    assert_true(v == VECTOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_holds),
        cmocka_unit_test(channels_are_sorted_by_code),
        cmocka_unit_test(an_entry_that_only_counts_says_nothing),
        cmocka_unit_test(a_cap_that_does_not_count_is_left_out),
        cmocka_unit_test(what_is_the_hubs_own_business_is_not_in_it),
        cmocka_unit_test(any_part_that_counts_changes_it),
        cmocka_unit_test(the_root_leaves_out_what_was_put_in_twice),
        cmocka_unit_test(the_longest_row_fits),
        cmocka_unit_test(hex_goes_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
