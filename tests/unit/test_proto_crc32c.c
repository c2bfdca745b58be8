#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

/* The source itself: only so can the tables be reached where the processor has the instruction. */
#include "proto/crc32c.c"

static void crc32c_of_the_check_text(void **state)
{
    (void)state;
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(crc32c(0, NULL, 0), 0);
}

/* RFC 3720 appendix B.4 */
static void crc32c_of_the_iscsi_vectors(void **state)
{
    (void)state;
    uint8_t bytes[32] = {0};
    assert_int_equal(crc32c(0, bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, 32);
    assert_int_equal(crc32c(0, bytes, 32), 0x62a8ab43);
    for (size_t i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(crc32c(0, bytes, 32), 0x46dd794e);
}

static uint32_t crc32c_by_bits(const uint8_t *p, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    return ~crc;
}

static void expect_both(const uint8_t *p, size_t n)
{
    uint32_t want = crc32c_by_bits(p, n);
    assert_int_equal(crc32c(0, p, n), want);
    assert_int_equal(~table_run(UINT32_MAX, p, n), want);
}

static void both_ways_fit_the_definition_at_every_length_and_alignment(void **state)
{
    (void)state;
    uint8_t bytes[80];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 73 + 11);
    for (size_t from = 0; from < 9; from++) {
        for (size_t n = 0; n + from <= sizeof bytes; n++)
            expect_both(bytes + from, n);
    }
}

static void crc32c_goes_on_where_it_stopped(void **state)
{
    (void)state;
    assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_of_the_check_text),
        cmocka_unit_test(crc32c_of_the_iscsi_vectors),
        cmocka_unit_test(both_ways_fit_the_definition_at_every_length_and_alignment),
        cmocka_unit_test(crc32c_goes_on_where_it_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
