/* edge/guard: which starts count as a loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/guard.h"

static char dir[] = "/tmp/poshub-guard-XXXXXX", store[64];

static int begin(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/poshub-guard-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(store, sizeof store, "%s/db", dir);
    return 0;
}

static int end(void **state)
{
    char file[96];
    (void)state;
    snprintf(file, sizeof file, "%s.starts", store);
    unlink(file);
    return rmdir(dir);
}

static unsigned start(int64_t boot_ms)
{
    struct guard g;
    return guard_begin(&g, store, boot_ms);
}

static void test_bad_ends_are_counted(void **state)
{
    (void)state;
    assert_int_equal(start(1000), 0);
    assert_int_equal(start(2000), 1);
    assert_int_equal(start(3000), 2);
    assert_int_equal(start(4000), GUARD_STARTS);
}

static void test_what_is_long_ago_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(start(1000), 0);
    assert_int_equal(start(1000 + GUARD_SPAN_MS - 1), 1);
    assert_int_equal(start(1000 + GUARD_SPAN_MS), 1);
}

static void test_an_orderly_end_forgets(void **state)
{
    struct guard g;
    (void)state;
    start(1000);
    guard_begin(&g, store, 2000);
    guard_end(&g);
    assert_int_equal(start(3000), 0);
}

static void test_a_healthy_life_forgets(void **state)
{
    struct guard g;
    (void)state;
    start(1000);
    guard_begin(&g, store, 2000);
    guard_tick(&g, 2000 + GUARD_HEALTHY_MS - 1);
    assert_int_equal(start(70000), 2);
    guard_tick(&g, 2000 + GUARD_HEALTHY_MS);
    assert_int_equal(start(71000), 0);
}

static void test_another_boot_does_not_count(void **state)
{
    char file[96];
    (void)state;
    snprintf(file, sizeof file, "%s.starts", store);
    FILE *f = fopen(file, "we");
    assert_non_null(f);
    for (int i = 0; i < GUARD_STARTS; i++)
        fprintf(f, "00000000-1111-2222-3333-444444444444 %d\n", i);
    fclose(f);
    assert_int_equal(start(10), 0);
    assert_int_equal(start(11), 1);
}

static void test_rubbish_in_the_file_is_no_loop(void **state)
{
    char file[96];
    (void)state;
    snprintf(file, sizeof file, "%s.starts", store);
    FILE *f = fopen(file, "we");
    assert_non_null(f);
    for (int i = 0; i < 4000; i++)
        fputc(i * 7 % 256, f);
    fclose(f);
    assert_int_equal(start(10), 0);
}

static void test_a_place_that_cannot_be_written_is_no_loop(void **state)
{
    struct guard g;
    (void)state;
    assert_int_equal(guard_begin(&g, "/proc/nowhere/db", 1), 0);
    guard_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bad_ends_are_counted, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_long_ago_does_not_count, begin, end),
        cmocka_unit_test_setup_teardown(test_an_orderly_end_forgets, begin, end),
        cmocka_unit_test_setup_teardown(test_a_healthy_life_forgets, begin, end),
        cmocka_unit_test_setup_teardown(test_another_boot_does_not_count, begin, end),
        cmocka_unit_test_setup_teardown(test_rubbish_in_the_file_is_no_loop, begin, end),
        cmocka_unit_test(test_a_place_that_cannot_be_written_is_no_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
