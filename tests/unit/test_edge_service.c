/* edge/service: what systemd is told, and when its watchdog goes hungry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "edge/service.h"

static char told[16][SERVICE_LINE + 16];
static size_t n_told;

static void hear(const char *state)
{
    assert_true(n_told < 16);
    snprintf(told[n_told++], sizeof told[0], "%s", state);
}

static size_t heard(const char *state)
{
    size_t n = 0;
    for (size_t i = 0; i < n_told; i++)
        n += strcmp(told[i], state) == 0;
    n_told = 0;
    return n;
}

static struct service begin(void)
{
    struct service s;
    service_init(&s, 1000);
    s.tell = hear;
    s.watched = true;
    n_told = 0;
    return s;
}

static void test_ready_when_the_broker_is_there(void **state)
{
    (void)state;
    struct service s = begin();
    struct writer_stats w = {0};
    service_tick(&s, 1001, &w, false, "waiting");
    assert_int_equal(heard("READY=1"), 0);
    service_tick(&s, 1002, &w, true, "waiting");
    assert_int_equal(heard("READY=1"), 1);
    service_tick(&s, 1003, &w, true, "waiting");
    assert_int_equal(heard("READY=1"), 0);
}

static void test_ready_without_a_broker_in_the_end(void **state)
{
    (void)state;
    struct service s = begin();
    struct writer_stats w = {0};
    service_tick(&s, 1000 + SERVICE_READY_MS - 1, &w, false, "");
    assert_int_equal(heard("READY=1"), 0);
    service_tick(&s, 1000 + SERVICE_READY_MS, &w, false, "");
    assert_int_equal(heard("READY=1"), 1);
}

static void test_a_line_is_told_once(void **state)
{
    (void)state;
    struct service s = begin();
    struct writer_stats w = {0};
    service_tick(&s, 1001, &w, true, "Selling.");
    assert_int_equal(heard("STATUS=Selling."), 1);
    service_tick(&s, 1002, &w, true, "Selling.");
    assert_int_equal(heard("STATUS=Selling."), 0);
    service_tick(&s, 1003, &w, true, "Not selling.");
    assert_int_equal(heard("STATUS=Not selling."), 1);
}

static void test_a_long_line_is_cut_and_still_told_once(void **state)
{
    (void)state;
    struct service s = begin();
    struct writer_stats w = {0};
    char line[2 * SERVICE_LINE];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = 0;
    service_tick(&s, 1001, &w, true, line);
    size_t before = n_told;
    service_tick(&s, 1002, &w, true, line);
    assert_int_equal(n_told, before + 1); /* the watchdog alone */
}

static void test_an_idle_writer_feeds(void **state)
{
    (void)state;
    struct service s = begin();
    struct writer_stats w = {.turns = 7};
    service_tick(&s, 1001, &w, true, "");
    service_tick(&s, 1002, &w, true, "");
    assert_int_equal(heard("WATCHDOG=1"), 2);
}

static void test_a_writer_that_hangs_starves(void **state)
{
    (void)state;
    struct service s = begin();
    struct writer_stats w = {.turns = 7, .unfinished = 1};
    service_tick(&s, 1001, &w, true, ""); /* it has moved since the beginning */
    assert_int_equal(heard("WATCHDOG=1"), 1);
    service_tick(&s, 1002, &w, true, "");
    service_tick(&s, 1003, &w, true, "");
    assert_int_equal(heard("WATCHDOG=1"), 0);
    w.turns++;
    service_tick(&s, 1004, &w, true, "");
    assert_int_equal(heard("WATCHDOG=1"), 1);
}

static void test_nobody_watches(void **state)
{
    (void)state;
    struct service s = begin();
    struct writer_stats w = {0};
    s.watched = false;
    service_tick(&s, 1001, &w, true, "");
    assert_int_equal(heard("WATCHDOG=1"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready_when_the_broker_is_there),
        cmocka_unit_test(test_ready_without_a_broker_in_the_end),
        cmocka_unit_test(test_a_line_is_told_once),
        cmocka_unit_test(test_a_long_line_is_cut_and_still_told_once),
        cmocka_unit_test(test_an_idle_writer_feeds),
        cmocka_unit_test(test_a_writer_that_hangs_starves),
        cmocka_unit_test(test_nobody_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
