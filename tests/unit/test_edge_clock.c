/* edge/clock: what the center says of the time. The box's own clocks run on meanwhile, so spans are
 * checked with room for a slow machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/clock.h"

#define HOUR_MS 3600000
#define ROOM_MS 200

/* The kernel's answer, played: does a time source keep the clock? */
static bool kernel_keeps;

int adjtimex(struct timex *t)
{
    t->status = kernel_keeps ? 0 : STA_UNSYNC;
    return kernel_keeps ? TIME_OK : TIME_ERROR;
}

/* The RTC, as somebody steps it. */
static int64_t rtc_step_s;

int clock_gettime(clockid_t id, struct timespec *t)
{
    int failed = (int)syscall(SYS_clock_gettime, id, t);
    t->tv_sec += id == CLOCK_REALTIME ? rtc_step_s : 0;
    return failed;
}

static struct clock started(int64_t persisted_ms)
{
    struct journal_head head = {.wall_at_ms = persisted_ms};
    struct clock c;
    clock_start(&c, &head, "UTC", 0);
    return c;
}

static void assert_off(const struct clock *c, int64_t off_ms)
{
    struct clock plain = started(0);
    int64_t differs_ms = clock_wall_ms(c) - clock_wall_ms(&plain) - off_ms;
    assert_in_range(differs_ms + ROOM_MS, 0, 2 * ROOM_MS);
}

static void an_hour_is_stepped_and_waits_to_be_noted(void **state)
{
    struct clock c = started(0);
    (void)state;
    assert_true(clock_hear(&c, clock_wall_ms(&c) - HOUR_MS, 0, 0));
    assert_off(&c, -HOUR_MS);
    assert_in_range(-c.step_ms, HOUR_MS - ROOM_MS, HOUR_MS + ROOM_MS);
    assert_false(clock_hear(&c, clock_wall_ms(&c), 0, 0));
    clock_noted(&c, c.step_ms);
    assert_int_equal(c.step_ms, 0);
}

static void two_steps_make_one_note(void **state)
{
    struct clock c = started(0);
    (void)state;
    assert_true(clock_hear(&c, clock_wall_ms(&c) + HOUR_MS, 0, 0));
    int64_t since_ms = c.since_ms;
    assert_true(clock_hear(&c, clock_wall_ms(&c) + HOUR_MS, 0, 0));
    assert_in_range(c.step_ms, 2 * HOUR_MS - ROOM_MS, 2 * HOUR_MS + ROOM_MS);
    assert_int_equal(c.since_ms, since_ms);
}

static void less_than_half_a_second_is_slewed(void **state)
{
    struct clock c = started(0);
    (void)state;
    assert_false(clock_hear(&c, clock_wall_ms(&c) + CLOCK_STEP_MS - 100, 0, 0));
    assert_off(&c, 0);
    assert_in_range(c.slew_ms, CLOCK_STEP_MS - 100 - ROOM_MS, CLOCK_STEP_MS - 100);
    c.slew_at_ms -= 10000; /* ten seconds pass */
    assert_off(&c, 10000 / CLOCK_SLEW_PART);
    c.slew_at_ms -= HOUR_MS;
    assert_off(&c, CLOCK_STEP_MS - 100);
    assert_int_equal(c.step_ms, 0);
}

static void half_a_second_is_stepped(void **state)
{
    struct clock c = started(0);
    (void)state;
    assert_true(clock_hear(&c, clock_wall_ms(&c) + CLOCK_STEP_MS + ROOM_MS, 0, 0));
}

static void a_slow_answer_leaves_room_for_doubt(void **state)
{
    struct clock c = started(0);
    (void)state;
    assert_false(clock_hear(&c, clock_wall_ms(&c) - 5000, 8000, 0));
    assert_int_equal(c.slew_ms, 0);
    assert_false(clock_hear(&c, clock_wall_ms(&c) - 3000, 0, 3000));
    assert_true(clock_hear(&c, clock_wall_ms(&c) - 12000, 8000, 0));
}

static void a_clock_that_was_not_believed_is_set_by_the_center(void **state)
{
    struct clock plain = started(0);
    struct clock c = started(clock_wall_ms(&plain) + HOUR_MS);
    (void)state;
    assert_true(clock_suspect(&c));
    assert_true(clock_hear(&c, clock_wall_ms(&plain) + 2 * HOUR_MS, 0, 0));
    assert_false(clock_suspect(&c));
    assert_off(&c, 2 * HOUR_MS);
}

/* The box's clock stands far beyond what the store has seen last. */
static struct clock far_ahead(void)
{
    struct clock c = started(0);
    c.uptime.last.wall_ms -= 2 * UPTIME_AHEAD_MS;
    c.uptime.suspect = true;
    return c;
}

static void a_time_source_is_believed_where_the_clock_is_not(void **state)
{
    struct clock plain = started(0);
    struct clock early = started(clock_wall_ms(&plain) + HOUR_MS);
    struct clock late = far_ahead();
    (void)state;
    assert_true(clock_suspect(&early) && clock_suspect(&late));
    assert_false(clock_mended(&early) || clock_mended(&late));
    kernel_keeps = true;
    assert_true(clock_mended(&late));
    assert_false(clock_mended(&early));
    kernel_keeps = false;
    assert_false(clock_suspect(&late));
    assert_off(&late, 0);
    assert_true(clock_suspect(&early) && clock_accept(&early));
    assert_false(clock_suspect(&early));
    assert_off(&early, 0);
}

/* The earlier of the two, while the box's own is doubted. */
static void papers_are_dated_by_a_clock_that_devices_share(void **state)
{
    struct clock plain = started(0);
    int64_t now_ms = clock_wall_ms(&plain);
    struct clock early = started(now_ms + 12 * UPTIME_AHEAD_MS);
    struct clock late = far_ahead();
    struct clock corrected = started(0);
    (void)state;
    assert_in_range(clock_papers_ms(&early), now_ms, now_ms + ROOM_MS);
    int64_t last_ms = now_ms - 2 * UPTIME_AHEAD_MS;
    assert_in_range(clock_papers_ms(&late), last_ms, last_ms + ROOM_MS);
    clock_hear(&corrected, now_ms + HOUR_MS, 0, 0);
    assert_in_range(clock_papers_ms(&corrected), now_ms + HOUR_MS - ROOM_MS,
                    now_ms + HOUR_MS + ROOM_MS);
}

static void a_clock_that_has_heard_the_center_is_not_ahead_of_it(void **state)
{
    struct clock c = started(0);
    (void)state;
    c.uptime.lead_ms = 100 * HOUR_MS;
    /* Two clocks, read one after the other: a millisecond may end between them. */
    assert_in_range(clock_lead_ms(&c), 100 * HOUR_MS - 1, 100 * HOUR_MS + ROOM_MS);
    clock_hear(&c, clock_wall_ms(&c), 0, 0);
    assert_in_range(clock_lead_ms(&c), 0, ROOM_MS);
}

static void assert_wall(const struct clock *c, int64_t wall_ms)
{
    assert_in_range(clock_wall_ms(c), wall_ms - ROOM_MS, wall_ms + ROOM_MS);
}

/* The center is heard, and then somebody sets the box's clock right: that is one error, not two. A
 * clock that agrees with the center's is followed. */
static void a_step_of_the_box_is_not_added_to_the_centers(void **state)
{
    struct clock c = started(0);
    int64_t now_ms = clock_wall_ms(&c);
    (void)state;
    assert_true(clock_hear(&c, now_ms + HOUR_MS, 0, 0));
    rtc_step_s = HOUR_MS / 1000;
    assert_wall(&c, now_ms + HOUR_MS);
    assert_false(clock_hear(&c, now_ms + HOUR_MS, 0, 0));
    assert_wall(&c, now_ms + HOUR_MS);
    rtc_step_s = 3 * HOUR_MS / 1000;
    assert_wall(&c, now_ms + 3 * HOUR_MS);
    rtc_step_s = 0;
}

static void who_stands_before_the_box_is_believed_more_than_the_center(void **state)
{
    struct clock c = started(0);
    int64_t now_ms = clock_wall_ms(&c);
    (void)state;
    assert_true(clock_hear(&c, now_ms + HOUR_MS, 0, 0));
    assert_true(clock_accept(&c));
    assert_wall(&c, now_ms);
}

static void a_center_of_before_its_time_is_not_believed(void **state)
{
    struct clock c = started(0);
    (void)state;
    assert_false(clock_hear(&c, 1000, 0, 0));
    assert_false(clock_hear(&c, c.uptime.wall_end_ms, 0, 0));
    assert_off(&c, 0);
}

/* Central Europe, by its rule and by no list of zones: 2 hours ahead in July, 1 in January. */
static void the_zone_knows_daylight_saving(void **state)
{
    struct journal_head head = {.uptime_ms = 0};
    struct clock c;
    (void)state;
    clock_start(&c, &head, "CET-1CEST,M3.5.0,M10.5.0/3", 0);
    struct zone z = clock_zone();
    assert_int_equal(z.offset_s(z.ctx, 1768521600000), 3600);
    assert_int_equal(z.offset_s(z.ctx, 1784160000000), 7200);
    assert_int_equal(z.offset_s(z.ctx, 1774745999999), 3600);
    assert_int_equal(z.offset_s(z.ctx, 1774746000000), 7200);
    assert_int_equal(z.offset_s(z.ctx, -1), 3600);
    clock_start(&c, &head, "UTC", 0);
    assert_int_equal(z.offset_s(z.ctx, 1784160000000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_hour_is_stepped_and_waits_to_be_noted),
        cmocka_unit_test(two_steps_make_one_note),
        cmocka_unit_test(less_than_half_a_second_is_slewed),
        cmocka_unit_test(half_a_second_is_stepped),
        cmocka_unit_test(a_slow_answer_leaves_room_for_doubt),
        cmocka_unit_test(a_clock_that_was_not_believed_is_set_by_the_center),
        cmocka_unit_test(a_time_source_is_believed_where_the_clock_is_not),
        cmocka_unit_test(papers_are_dated_by_a_clock_that_devices_share),
        cmocka_unit_test(a_clock_that_has_heard_the_center_is_not_ahead_of_it),
        cmocka_unit_test(a_step_of_the_box_is_not_added_to_the_centers),
        cmocka_unit_test(who_stands_before_the_box_is_believed_more_than_the_center),
        cmocka_unit_test(a_center_of_before_its_time_is_not_believed),
        cmocka_unit_test(the_zone_knows_daylight_saving),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
