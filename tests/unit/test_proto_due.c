#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "proto/due.h"

#define HOUR 3600000LL
#define DAY  (24 * HOUR)

/* A zone made for the test: from each instant on, an offset. */
struct made {
    struct {
        int64_t from_ms;
        int32_t offset_s;
    } steps[4];
    size_t n;
};

static int32_t made_offset(void *ctx, int64_t at_ms)
{
    const struct made *m = ctx;
    size_t i = 0;
    while (i + 1 < m->n && m->steps[i + 1].from_ms <= at_ms)
        i++;
    return m->steps[i].offset_s;
}

/* Central Europe: on at day 10, 01:00 UTC (02:00 becomes 03:00), off at day 20, 01:00 UTC. */
static struct made europe = {{{0, 3600}, {10 * DAY + HOUR, 7200}, {20 * DAY + HOUR, 3600}}, 3};
static const struct zone EUROPE = {made_offset, &europe};

static void an_hour_that_does_not_exist_is_the_next_that_does(void **state)
{
    (void)state;
    assert_int_equal(due_instant(&EUROPE, 10 * DAY + 2 * HOUR + HOUR / 2), 10 * DAY + HOUR);
    assert_int_equal(due_instant(&EUROPE, 10 * DAY + 2 * HOUR), 10 * DAY + HOUR);
    assert_int_equal(due_instant(&EUROPE, 10 * DAY + 3 * HOUR), 10 * DAY + HOUR);
    assert_int_equal(due_instant(&EUROPE, 10 * DAY + 2 * HOUR - 1), 10 * DAY + HOUR - 1);
}

static void an_hour_that_comes_twice_is_the_first(void **state)
{
    (void)state;
    assert_int_equal(due_instant(&EUROPE, 20 * DAY + 2 * HOUR + HOUR / 2), 20 * DAY + HOUR / 2);
    assert_int_equal(due_instant(&EUROPE, 20 * DAY + 2 * HOUR), 20 * DAY);
    assert_int_equal(due_instant(&EUROPE, 20 * DAY + 3 * HOUR), 20 * DAY + 2 * HOUR);
}

static void daily_is_one_local_time_whatever_the_clocks_do(void **state)
{
    (void)state;
    const struct schedule s = {5 * DAY + 3 * HOUR, true}; /* 04:00 local */
    assert_int_equal(due_latest(&s, &EUROPE, 9 * DAY + 12 * HOUR), 9 * DAY + 3 * HOUR);
    assert_int_equal(due_latest(&s, &EUROPE, 10 * DAY + 2 * HOUR - 1), 9 * DAY + 3 * HOUR);
    assert_int_equal(due_latest(&s, &EUROPE, 10 * DAY + 2 * HOUR), 10 * DAY + 2 * HOUR);
    assert_int_equal(due_next(&s, &EUROPE, 10 * DAY + 2 * HOUR), 11 * DAY + 2 * HOUR);
    assert_int_equal(due_next(&s, &EUROPE, 19 * DAY + 2 * HOUR), 20 * DAY + 3 * HOUR);
}

static void once_is_once(void **state)
{
    (void)state;
    const struct schedule once = {DAY, false}, never = {0, true};
    assert_int_equal(due_latest(&once, &ZONE_UTC, DAY - 1), 0);
    assert_int_equal(due_latest(&once, &ZONE_UTC, 9 * DAY), DAY);
    assert_int_equal(due_next(&once, &ZONE_UTC, 0), DAY);
    assert_int_equal(due_next(&once, &ZONE_UTC, DAY), 0);
    assert_int_equal(due_latest(&never, &ZONE_UTC, DAY), 0);
    assert_int_equal(due_next(&never, &ZONE_UTC, DAY), 0);
}

static void a_minute_of_the_day_comes_each_day(void **state)
{
    (void)state;
    assert_int_equal(due_at_minute(&ZONE_UTC, 0, 0), DAY);
    assert_int_equal(due_at_minute(&ZONE_UTC, 0, 1), 60000);
    assert_int_equal(due_at_minute(&ZONE_UTC, 60000, 1), DAY + 60000);
    assert_int_equal(due_at_minute(&EUROPE, 10 * DAY, 150), 10 * DAY + HOUR);
    assert_int_equal(due_at_minute(&EUROPE, 10 * DAY + HOUR, 150), 11 * DAY + HOUR / 2);
    assert_int_equal(due_at_minute(&EUROPE, 20 * DAY + HOUR / 2, 150), 21 * DAY + HOUR + HOUR / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_that_does_not_exist_is_the_next_that_does),
        cmocka_unit_test(an_hour_that_comes_twice_is_the_first),
        cmocka_unit_test(daily_is_one_local_time_whatever_the_clocks_do),
        cmocka_unit_test(once_is_once),
        cmocka_unit_test(a_minute_of_the_day_comes_each_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
