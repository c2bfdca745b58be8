#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "proto/shard.h"

static void expect(const char *text, uint32_t seed, uint32_t hash)
{
    assert_int_equal(murmur3_32(text, strlen(text), seed), hash);
}

static void murmur3_gives_the_known_values(void **state)
{
    (void)state;
    expect("", 0, 0);
    expect("", 1, 0x514e28b7);
    expect("", 0xffffffff, 0x81f16f39);
    expect("test", 0, 0xba6bd213);
    expect("Hello, world!", 0, 0xc0363e43);
    expect("The quick brown fox jumps over the lazy dog", 0, 0x2e4ff723);
    expect("abc", 0, 0xb3dd93fa);
}

static void every_length_of_tail_counts(void **state)
{
    (void)state;
    expect("aaaa", 0x9747b28c, 0x5a97808a);
    expect("aaa", 0x9747b28c, 0x283e0130);
    expect("aa", 0x9747b28c, 0x5d211726);
    expect("a", 0x9747b28c, 0x7fa09ea6);
}

static void bytes_above_127_are_unsigned(void **state)
{
    (void)state;
    expect("\xff\xff\xff\xff", 0, 0x76293b50);
    expect("\x21\x43\x65\x87", 0, 0xf55b516b);
    expect("\x21\x43\x65", 0, 0x7e4a8634);
    expect("\x21\x43", 0, 0xa0f7b07a);
    expect("\x21", 0, 0x72661cf4);
}

static void a_shard_is_the_low_ten_bits_of_the_decimal_text(void **state)
{
    (void)state;
    assert_int_equal(shard_of(STR("1")), murmur3_32("1", 1, 0) & 1023);
    assert_int_equal(shard_of(STR("9007199254740993")),
                     murmur3_32("9007199254740993", 16, 0) & 1023);
}

/* 20,000 stores: no bucket is far from its share of 19.5, none is empty. */
static void stores_spread_over_all_shards(void **state)
{
    (void)state;
    int stores[SHARD_COUNT] = {0};
    char poi[16];
    for (int i = 1; i <= 20000; i++) {
        snprintf(poi, sizeof poi, "%d", i);
        stores[shard_of(str_of(poi))]++;
    }
    for (int i = 0; i < SHARD_COUNT; i++)
        assert_in_range(stores[i], 3, 45);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(murmur3_gives_the_known_values),
        cmocka_unit_test(every_length_of_tail_counts),
        cmocka_unit_test(bytes_above_127_are_unsigned),
        cmocka_unit_test(a_shard_is_the_low_ten_bits_of_the_decimal_text),
        cmocka_unit_test(stores_spread_over_all_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
