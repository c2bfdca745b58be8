/* storage/key: order on disk is the order of the numbers. */
#include "tests/unit/storage_scratch.h"

static void numbers_sort_as_numbers(void **state)
{
    (void)state;
    static const uint64_t RISING[] = {0, 1, 255, 256, 65535, 65536, UINT32_MAX, UINT64_MAX};
    for (size_t i = 0; i + 1 < sizeof(RISING) / sizeof(RISING[0]); i++) {
        struct key low = key_u64(RISING[i]), high = key_u64(RISING[i + 1]);
        assert_int_equal(low.n, 8);
        assert_true(memcmp(low.b, high.b, 8) < 0);
        assert_true(key_get_u64(low.b) == RISING[i]);
    }
}

static void parts_stand_in_the_order_they_were_added(void **state)
{
    (void)state;
    static const uint8_t WANT[] = {'p', 'o', 's', 0, 7, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 3, 4};
    struct key key = {.n = 0};
    key_add_text(&key, STR("pos"));
    key_add_u8(&key, 7);
    key_add_u32(&key, 0x102);
    key_add_u64(&key, 0x304);
    struct bytes bytes = key_bytes(&key);
    assert_int_equal(bytes.n, sizeof(WANT));
    assert_memory_equal(bytes.p, WANT, sizeof(WANT));
    assert_int_equal(key_get_u32(key.b + 5), 0x102);
}

static void text_keys_have_no_end_mark(void **state)
{
    (void)state;
    struct key key = key_text(STR("head"));
    assert_int_equal(key.n, 4);
    assert_memory_equal(key.b, "head", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_sort_as_numbers),
        cmocka_unit_test(parts_stand_in_the_order_they_were_added),
        cmocka_unit_test(text_keys_have_no_end_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
