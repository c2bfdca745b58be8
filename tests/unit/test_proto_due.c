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

/* Far east, where the wall is most of a day ahead of UTC: on at day 10, off two nights later. */
static void a_step_that_is_soon_taken_back_is_seen(void **state)
{
    (void)state;
    struct made east = {{{0, 11 * 3600}, {10 * DAY, 13 * 3600}, {11 * DAY + 23 * HOUR, 11 * 3600}},
                        3};
    const struct zone z = {made_offset, &east};
    assert_int_equal(due_instant(&z, 10 * DAY + 21 * HOUR), 10 * DAY + 8 * HOUR);
    assert_int_equal(due_instant(&z, 12 * DAY + 12 * HOUR), 12 * DAY + HOUR);
    const struct schedule s = {8 * DAY + 10 * HOUR, true};
    assert_int_equal(due_next(&s, &z, 9 * DAY + 10 * HOUR), 10 * DAY + 8 * HOUR);
    assert_int_equal(due_next(&s, &z, 10 * DAY + 8 * HOUR), 11 * DAY + 8 * HOUR);
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

/* ---- 400 days of made zones, against a walk through every quarter of an hour ---- */

enum { ZONES = 150, DAYS = 400, QUARTERS = 96 };
#define QUARTER (DAY / QUARTERS)

static uint64_t seed;

static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

/* Steps at quarters of an hour, forward and back, by a quarter up to two hours; now and then, far
 * from UTC, one skips or repeats a whole day. */
static struct made some_zone(void)
{
    struct made m = {{{0, (int32_t)(draw(81) * 900) - 36000}}, 4};
    for (size_t i = 1; i < m.n; i++) {
        int32_t by_s = (int32_t)(1 + draw(8)) * 900, old_s = m.steps[i - 1].offset_s;
        bool whole_day = draw(7) == 0 && (old_s < -28800 || old_s > 28800);
        m.steps[i].from_ms = (int64_t)(i * 110 + draw(60)) * DAY + draw(QUARTERS) * QUARTER;
        m.steps[i].offset_s = old_s + (old_s > 0 ? -1 : 1) * (whole_day ? 86400 : by_s);
        if (!whole_day && draw(2))
            m.steps[i].offset_s = old_s - (old_s > 0 ? -1 : 1) * by_s;
    }
    return m;
}

/* The first quarter at which clocks have come to the local time: what the header says, word by
 * word. */
static int64_t first_at(struct made *m, int64_t local_ms, int64_t from_ms)
{
    while (from_ms + (int64_t)made_offset(m, from_ms) * 1000 < local_ms)
        from_ms += QUARTER;
    return from_ms;
}

static void every_day_is_due_once_and_in_order(void **state)
{
    (void)state;
    for (seed = 1; seed <= ZONES;) {
        uint64_t next = seed + 1;
        struct made m = some_zone();
        const struct zone z = {made_offset, &m};
        int64_t first_ms = 20 * DAY + draw(QUARTERS) * QUARTER, last_ms = first_ms;
        int64_t local0_ms = first_ms + (int64_t)made_offset(&m, first_ms) * 1000;
        const struct schedule s = {first_ms, true};
        for (int64_t day = 1; day <= DAYS; day++) {
            int64_t due_ms = first_at(&m, local0_ms + day * DAY, last_ms);
            assert_int_equal(due_instant(&z, local0_ms + day * DAY), due_ms);
            assert_int_equal(due_latest(&s, &z, due_ms), due_ms);
            if (due_ms > last_ms) {
                assert_int_equal(due_next(&s, &z, last_ms), due_ms);
                assert_int_equal(due_next(&s, &z, due_ms - 1), due_ms);
                assert_int_equal(due_latest(&s, &z, due_ms - 1), last_ms);
                int64_t between_ms = last_ms + draw((unsigned)(due_ms - last_ms));
                assert_int_equal(due_latest(&s, &z, between_ms), last_ms);
                assert_int_equal(due_next(&s, &z, between_ms), due_ms);
            }
            last_ms = due_ms;
        }
        seed = next;
    }
}

static void a_schedule_begins_after_it_was_asked_for(void **state)
{
    (void)state;
    struct schedule once = {5 * DAY, false}, daily = {5 * DAY, true}; /* 01:00 local */
    assert_true(due_begin(&once, &EUROPE, 5 * DAY - 1));
    assert_int_equal(once.first_ms, 5 * DAY);
    assert_false(due_begin(&once, &EUROPE, 5 * DAY));
    assert_true(due_begin(&daily, &EUROPE, 5 * DAY - 1));
    assert_int_equal(daily.first_ms, 5 * DAY);
    assert_true(due_begin(&daily, &EUROPE, 5 * DAY));
    assert_int_equal(daily.first_ms, 6 * DAY);
    assert_true(due_begin(&daily, &EUROPE, 12 * DAY));
    assert_int_equal(daily.first_ms, 13 * DAY - HOUR);
}

/* 02:30 is not there on day 10. */
static void a_schedule_begins_at_a_time_that_clocks_show(void **state)
{
    (void)state;
    int64_t eve_ms = 9 * DAY + 12 * HOUR;
    struct schedule once = {0, false}, daily = {0, true}, old = {3 * DAY + HOUR + HOUR / 2, true};
    assert_false(due_begin_at_minute(&once, &EUROPE, eve_ms, 150));
    assert_true(due_begin_at_minute(&once, &EUROPE, eve_ms, 180));
    assert_int_equal(once.first_ms, 10 * DAY + HOUR);
    assert_true(due_begin_at_minute(&once, &EUROPE, 19 * DAY + 12 * HOUR, 150)); /* comes twice */
    assert_int_equal(once.first_ms, 20 * DAY + HOUR / 2);
    assert_true(due_begin_at_minute(&daily, &EUROPE, eve_ms, 150));
    assert_int_equal(daily.first_ms, 11 * DAY + HOUR / 2);
    assert_int_equal(due_next(&daily, &EUROPE, daily.first_ms), 12 * DAY + HOUR / 2);
    assert_true(due_begin(&old, &EUROPE, eve_ms));
    assert_int_equal(old.first_ms, 11 * DAY + HOUR / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_that_does_not_exist_is_the_next_that_does),
        cmocka_unit_test(an_hour_that_comes_twice_is_the_first),
        cmocka_unit_test(a_step_that_is_soon_taken_back_is_seen),
        cmocka_unit_test(daily_is_one_local_time_whatever_the_clocks_do),
        cmocka_unit_test(once_is_once),
        cmocka_unit_test(a_minute_of_the_day_comes_each_day),
        cmocka_unit_test(a_schedule_begins_after_it_was_asked_for),
        cmocka_unit_test(a_schedule_begins_at_a_time_that_clocks_show),
        cmocka_unit_test(every_day_is_due_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
