#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/pack.h"

struct record {
    int64_t i64;
    uint64_t u64;
    uint32_t u32;
    uint16_t u16, count;
    uint8_t u8, fixed[4];
    bool flag;
    enum channel channel;
    struct str text;
};

static void fields(struct pack *p, struct record *r)
{
    pack_i64(p, &r->i64);
    pack_u64(p, &r->u64);
    pack_u32(p, &r->u32);
    pack_u16(p, &r->u16);
    pack_count(p, &r->count, 100);
    pack_u8(p, &r->u8);
    pack_bytes(p, r->fixed, sizeof r->fixed);
    pack_bool(p, &r->flag);
    pack_enum(p, &r->channel);
    pack_str(p, &r->text, 8);
}

static const struct record LARGE = {.i64 = INT64_MIN,
                                    .u64 = UINT64_MAX,
                                    .u32 = UINT32_MAX,
                                    .u16 = UINT16_MAX,
                                    .count = 100,
                                    .u8 = 255,
                                    .fixed = {1, 2, 3, 4},
                                    .flag = true,
                                    .channel = CHANNEL_EMENU,
                                    .text = {"12345678", 8}};

static void expect_equal(const struct record *a, const struct record *b)
{
    assert_int_equal(a->i64, b->i64);
    assert_int_equal(a->u64, b->u64);
    assert_int_equal(a->u32, b->u32);
    assert_int_equal(a->u16, b->u16);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->u8, b->u8);
    assert_memory_equal(a->fixed, b->fixed, sizeof a->fixed);
    assert_int_equal(a->flag, b->flag);
    assert_int_equal(a->channel, b->channel);
    assert_true(str_eq(a->text, b->text));
}

static size_t written(struct record r, uint8_t *buf, size_t cap)
{
    struct pack p;
    pack_writer(&p, buf, cap);
    fields(&p, &r);
    return pack_ok(&p) ? p.at : 0;
}

static void a_record_comes_back_as_it_went(void **state)
{
    (void)state;
    uint8_t buf[128];
    struct record back = {0};
    struct pack p;
    pack_reader(&p, buf, written(LARGE, buf, sizeof buf));
    fields(&p, &back);
    assert_true(pack_done(&p));
    expect_equal(&back, &LARGE);
}

static void every_truncation_is_bad_and_never_read_past(void **state)
{
    (void)state;
    uint8_t buf[128];
    size_t full = written(LARGE, buf, sizeof buf);
    for (size_t n = 0; n < full; n++) {
        uint8_t exact[128];
        struct record back = {0};
        struct pack p;
        memcpy(exact + sizeof exact - n, buf, n);
        pack_reader(&p, exact + sizeof exact - n, n);
        fields(&p, &back);
        assert_false(pack_ok(&p));
        assert_int_equal(back.text.n, 0);
    }
}

static void every_full_buffer_is_bad_and_never_written_past(void **state)
{
    (void)state;
    uint8_t buf[128];
    size_t full = written(LARGE, buf, sizeof buf);
    for (size_t n = 0; n < full; n++) {
        memset(buf, 0xee, sizeof buf);
        assert_int_equal(written(LARGE, buf, n), 0);
        assert_int_equal(buf[n], 0xee);
    }
    assert_int_equal(written(LARGE, buf, full), full);
}

static size_t i64_size(int64_t v)
{
    uint8_t buf[16];
    struct pack p;
    pack_writer(&p, buf, sizeof buf);
    pack_i64(&p, &v);
    return p.at;
}

static void small_numbers_take_one_byte(void **state)
{
    (void)state;
    assert_int_equal(i64_size(0), 1);
    assert_int_equal(i64_size(63), 1);
    assert_int_equal(i64_size(-64), 1);
    assert_int_equal(i64_size(64), 2);
    assert_int_equal(i64_size(INT64_MAX), 10);
}

static void every_power_of_two_and_its_neighbours_come_back(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        for (uint64_t near = 0; near < 3; near++) {
            uint64_t v = ((uint64_t)1 << bit) + near - 1, back;
            uint8_t buf[10];
            struct pack p;
            pack_writer(&p, buf, sizeof buf);
            pack_u64(&p, &v);
            pack_reader(&p, buf, p.at);
            pack_u64(&p, &back);
            assert_true(pack_done(&p));
            assert_int_equal(back, v);
        }
    }
}

static bool u64_reads(const char *bytes, size_t n)
{
    struct pack p;
    uint64_t v = 1;
    pack_reader(&p, bytes, n);
    pack_u64(&p, &v);
    if (!pack_ok(&p))
        assert_int_equal(v, 0);
    return pack_done(&p);
}

static void only_the_shortest_form_of_a_number_is_read(void **state)
{
    (void)state;
    assert_true(u64_reads("\x80\x01", 2));
    assert_false(u64_reads("\x80\x00", 2));
    assert_true(u64_reads("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10));
    assert_false(u64_reads("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10));
    assert_false(u64_reads("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
}

static void numbers_too_large_for_their_field_are_bad(void **state)
{
    (void)state;
    uint64_t big = (uint64_t)UINT32_MAX + 1;
    uint8_t buf[10];
    uint32_t u32 = 1;
    uint16_t u16 = 1;
    struct pack w, p;
    pack_writer(&w, buf, sizeof buf);
    pack_u64(&w, &big);
    pack_reader(&p, buf, w.at);
    pack_u32(&p, &u32);
    assert_false(pack_ok(&p));
    pack_reader(&p, buf, w.at);
    pack_u16(&p, &u16);
    assert_false(pack_ok(&p));
    assert_int_equal(u32 + u16, 0);
}

static void counts_and_texts_over_their_limit_are_bad_both_ways(void **state)
{
    (void)state;
    uint8_t buf[128];
    struct record r = LARGE;
    r.count = 101;
    assert_int_equal(written(r, buf, sizeof buf), 0);
    r = LARGE;
    r.text = STR("123456789");
    assert_int_equal(written(r, buf, sizeof buf), 0);
    struct pack p;
    uint16_t count = 1;
    pack_reader(&p, "\x65", 1);
    pack_count(&p, &count, 100);
    assert_false(pack_ok(&p));
    assert_int_equal(count, 0);
}

static void a_flag_is_zero_or_one(void **state)
{
    (void)state;
    struct pack p;
    bool flag = true;
    pack_reader(&p, "\x02", 1);
    pack_bool(&p, &flag);
    assert_false(pack_ok(&p));
    assert_false(flag);
}

static void after_an_error_reads_give_zeroes(void **state)
{
    (void)state;
    struct pack p;
    uint8_t byte = 9, fixed[2] = {9, 9};
    int64_t number = 9;
    pack_reader(&p, "\x05", 1);
    pack_bytes(&p, fixed, 2);
    pack_u8(&p, &byte);
    pack_i64(&p, &number);
    assert_false(pack_ok(&p));
    assert_int_equal(fixed[0] + fixed[1] + byte + number, 0);
}

static void left_over_bytes_are_not_done(void **state)
{
    (void)state;
    struct pack p;
    uint8_t byte;
    pack_reader(&p, "\x05\x06", 2);
    pack_u8(&p, &byte);
    assert_true(pack_ok(&p));
    assert_false(pack_done(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_went),
        cmocka_unit_test(every_truncation_is_bad_and_never_read_past),
        cmocka_unit_test(every_full_buffer_is_bad_and_never_written_past),
        cmocka_unit_test(small_numbers_take_one_byte),
        cmocka_unit_test(every_power_of_two_and_its_neighbours_come_back),
        cmocka_unit_test(only_the_shortest_form_of_a_number_is_read),
        cmocka_unit_test(numbers_too_large_for_their_field_are_bad),
        cmocka_unit_test(counts_and_texts_over_their_limit_are_bad_both_ways),
        cmocka_unit_test(a_flag_is_zero_or_one),
        cmocka_unit_test(after_an_error_reads_give_zeroes),
        cmocka_unit_test(left_over_bytes_are_not_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
