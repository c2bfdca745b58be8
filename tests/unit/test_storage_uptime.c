/* storage/uptime: no step of the wall clock moves U; a restart moves it by at most a day. */
#include "tests/unit/storage_scratch.h"

#include "proto/limits.h"
#include "storage/uptime.h"

#define BUILD_MS 1769565600000LL /* January 2026 */
#define HOUR_MS  3600000LL
#define YEAR_MS  (8766 * HOUR_MS)

/* Persisted at U = 5 h, wall clock one year after the build. */
static struct journal_head persisted(void)
{
    return (struct journal_head){
        .hlc = {BUILD_MS + YEAR_MS, 0},
        .uptime_ms = 5 * HOUR_MS,
        .wall_at_ms = BUILD_MS + YEAR_MS,
    };
}

static struct clock_reading at(int64_t wall_ms, int64_t mono_ms)
{
    return (struct clock_reading){.wall_ms = wall_ms, .mono_ms = mono_ms};
}

static struct clock_reading kept(struct clock_reading now)
{
    now.kept = true;
    return now;
}

static struct uptime start_at(int64_t wall_ms)
{
    struct journal_head head = persisted();
    return uptime_start(&head, at(wall_ms, 777), BUILD_MS);
}

static int64_t gap_after(int64_t wall_ms)
{
    struct uptime u = start_at(wall_ms);
    return uptime_now(&u, at(wall_ms, 777)) - 5 * HOUR_MS;
}

static void restart_adds_the_time_it_took(void **state)
{
    (void)state;
    int64_t stopped_ms = persisted().wall_at_ms;
    assert_int_equal(gap_after(stopped_ms), 0);
    assert_int_equal(gap_after(stopped_ms + 90000), 90000);
    assert_int_equal(gap_after(stopped_ms + LIMIT_RESTART_GAP_MS), LIMIT_RESTART_GAP_MS);
    assert_int_equal(gap_after(stopped_ms + LIMIT_RESTART_GAP_MS + 1), LIMIT_RESTART_GAP_MS);
    assert_int_equal(gap_after(stopped_ms + UPTIME_AHEAD_MS), LIMIT_RESTART_GAP_MS);
}

static void first_start_begins_at_zero(void **state)
{
    (void)state;
    struct journal_head head = {.uptime_ms = 0};
    struct clock_reading now = at(BUILD_MS + HOUR_MS, 5);
    struct uptime u = uptime_start(&head, now, BUILD_MS);
    assert_false(u.suspect);
    assert_int_equal(uptime_now(&u, now), 0);
}

static void a_clock_before_the_build_is_none(void **state)
{
    (void)state;
    struct journal_head head = {.uptime_ms = 0};
    struct clock_reading early = at(BUILD_MS - 1, 5), just = at(BUILD_MS, 5);
    struct uptime u = uptime_start(&head, early, BUILD_MS);
    assert_true(u.suspect);
    assert_int_equal(uptime_wall(&u, early), BUILD_MS);
    assert_false(uptime_start(&head, just, BUILD_MS).suspect);
}

static void clock_step_does_not_move_uptime(void **state)
{
    (void)state;
    struct uptime u = start_at(persisted().wall_at_ms);
    int64_t at_start_ms = uptime_now(&u, at(0, 777));
    struct clock_reading back = at(persisted().wall_at_ms - 5 * HOUR_MS, 1777);
    struct clock_reading ahead = at(persisted().wall_at_ms + YEAR_MS, 2777);
    assert_int_equal(uptime_now(&u, back) - at_start_ms, 1000);
    assert_int_equal(uptime_now(&u, ahead) - at_start_ms, 2000);
    assert_int_equal(uptime_wall(&u, ahead), ahead.wall_ms);
}

static void clock_of_1970_is_suspect_and_goes_on_from_what_was_kept(void **state)
{
    (void)state;
    struct uptime u = start_at(12000);
    assert_true(u.suspect);
    assert_int_equal(gap_after(12000), 0);
    assert_int_equal(uptime_wall(&u, at(12000, 777)), persisted().hlc.l_ms);
    assert_int_equal(uptime_wall(&u, at(13000, 1777)), persisted().hlc.l_ms + 1000);
}

static void a_start_over_a_year_after_the_last_goes_on_from_that(void **state)
{
    (void)state;
    int64_t last_ms = persisted().wall_at_ms, most_ms = last_ms + UPTIME_AHEAD_MS;
    assert_false(start_at(most_ms).suspect);
    struct uptime u = start_at(most_ms + 1);
    assert_true(u.suspect);
    assert_int_equal(gap_after(most_ms + 1), 0);
    assert_int_equal(uptime_wall(&u, at(most_ms + 6, 782)), last_ms + 5);
    assert_int_equal(uptime_lead(&u, at(most_ms + 6, 782)), 0);
}

static void a_kept_clock_is_believed_however_far_ahead(void **state)
{
    (void)state;
    struct journal_head head = persisted();
    int64_t end_of_32_bits_ms = 2147483648000LL, end_ms = BUILD_MS + 20 * YEAR_MS;
    struct clock_reading far = kept(at(end_of_32_bits_ms, 777));
    struct uptime u = uptime_start(&head, far, BUILD_MS);
    assert_false(u.suspect);
    assert_int_equal(uptime_now(&u, far) - head.uptime_ms, LIMIT_RESTART_GAP_MS);
    assert_int_equal(uptime_wall(&u, far), end_of_32_bits_ms);
    struct clock_reading before = kept(at(head.wall_at_ms - 1, 777));
    u = uptime_start(&head, before, BUILD_MS);
    assert_true(uptime_suspect(&u, before));
    assert_false(uptime_look(&u, before));
    assert_true(uptime_start(&head, kept(at(end_ms, 777)), BUILD_MS).suspect);
}

static void a_store_that_has_seen_no_time_believes_any(void **state)
{
    (void)state;
    struct journal_head head = {.uptime_ms = 0};
    struct clock_reading now = at(BUILD_MS + 19 * YEAR_MS, 5);
    struct uptime u = uptime_start(&head, now, BUILD_MS);
    assert_false(u.suspect);
    assert_false(uptime_suspect(&u, now));
}

/* A center or a time source had set it right when it was stopped. */
static void a_store_whose_clock_was_set_right_starts_by_that(void **state)
{
    (void)state;
    struct journal_head head = persisted();
    head.hlc.l_ms = head.wall_at_ms + 12 * YEAR_MS;
    struct clock_reading now = at(head.wall_at_ms + HOUR_MS, 777);
    struct uptime u = uptime_start(&head, now, BUILD_MS);
    assert_false(u.suspect);
    assert_int_equal(uptime_wall(&u, now), now.wall_ms);
    head.hlc.l_ms = head.wall_at_ms + UPTIME_OFF_MS;
    assert_true(uptime_start(&head, now, BUILD_MS).suspect);
    head.hlc.l_ms++;
    assert_false(uptime_start(&head, now, BUILD_MS).suspect);
}

static void a_running_clock_that_jumps_over_a_year_ahead_is_not_believed(void **state)
{
    (void)state;
    int64_t last_ms = persisted().wall_at_ms, most_ms = last_ms + UPTIME_AHEAD_MS;
    struct uptime u = start_at(last_ms);
    assert_false(uptime_suspect(&u, at(most_ms + 1000, 1777)));
    assert_true(uptime_suspect(&u, at(most_ms + 1001, 1777)));
    assert_false(uptime_suspect(&u, kept(at(most_ms + 1001, 1777))));
    assert_false(uptime_look(&u, at(most_ms + 1001, 1777)));
    assert_int_equal(uptime_wall(&u, at(most_ms + 1002, 1778)), last_ms + 1001);
    /* and back to what it was, a little slow */
    assert_false(uptime_suspect(&u, at(last_ms + 1900, 2777)));
}

static void a_running_clock_goes_over_a_year_by_itself(void **state)
{
    (void)state;
    int64_t last_ms = persisted().wall_at_ms;
    struct uptime u = start_at(last_ms);
    for (int64_t day = 1; day <= 900; day++)
        assert_false(uptime_look(&u, at(last_ms + day * 24 * HOUR_MS, 777 + day * 24 * HOUR_MS)));
    assert_false(u.suspect);
    /* steps are measured against the last look */
    assert_false(uptime_look(&u, at(last_ms + 900 * 24 * HOUR_MS + UPTIME_AHEAD_MS, 778)));
}

static void what_was_not_believed_at_the_start_can_be_later(void **state)
{
    (void)state;
    int64_t last_ms = persisted().wall_at_ms;
    struct uptime slow = start_at(last_ms - 1), fast = start_at(last_ms + 12 * YEAR_MS);
    assert_false(uptime_look(&slow, at(last_ms + 999, 1777)));
    assert_true(uptime_look(&slow, at(last_ms + 2000, 2777)));
    assert_false(slow.suspect);
    struct uptime by_source = fast;
    assert_false(uptime_look(&fast, at(last_ms + 12 * YEAR_MS + 1000, 1777)));
    assert_true(uptime_look(&fast, at(last_ms + HOUR_MS, 2777)));
    assert_true(uptime_look(&by_source, kept(at(last_ms + 12 * YEAR_MS + 1000, 1777))));
    assert_false(uptime_suspect(&by_source, at(last_ms + 12 * YEAR_MS + 2000, 2777)));
}

static void a_running_clock_before_the_build_is_none(void **state)
{
    (void)state;
    struct uptime u = start_at(persisted().wall_at_ms);
    assert_false(uptime_suspect(&u, at(BUILD_MS, 778)));
    assert_true(uptime_suspect(&u, kept(at(BUILD_MS - 1, 778))));
}

static void clock_past_twenty_years_is_suspect(void **state)
{
    (void)state;
    struct journal_head first = {.uptime_ms = 0};
    int64_t end_ms = BUILD_MS + 20 * YEAR_MS;
    assert_false(uptime_start(&first, at(end_ms - 1, 777), BUILD_MS).suspect);
    assert_true(uptime_start(&first, at(end_ms, 777), BUILD_MS).suspect);
    assert_int_equal(gap_after(BUILD_MS + 20 * YEAR_MS), 0);
}

static void running_clock_past_twenty_years_is_not_believed(void **state)
{
    (void)state;
    struct uptime u = start_at(persisted().wall_at_ms);
    struct clock_reading last = kept(at(BUILD_MS + 20 * YEAR_MS - 1, 1777)),
                         past = kept(at(last.wall_ms + 1, 2777));
    assert_false(uptime_suspect(&u, last));
    assert_int_equal(uptime_wall(&u, last), last.wall_ms);
    assert_true(uptime_suspect(&u, past));
    assert_int_equal(uptime_wall(&u, past), persisted().hlc.l_ms + 2000);
}

static int64_t lead_after(int64_t wall_ms, int64_t kept_ms)
{
    struct journal_head head = persisted();
    struct clock_reading now = at(wall_ms, 777);
    head.wall_lead_ms = kept_ms;
    struct uptime u = uptime_start(&head, now, BUILD_MS);
    return uptime_lead(&u, now);
}

static void a_box_is_off_for_two_days_and_not_longer(void **state)
{
    (void)state;
    int64_t stopped_ms = persisted().wall_at_ms;
    assert_int_equal(lead_after(stopped_ms + UPTIME_OFF_MS, 0), 0);
    assert_int_equal(lead_after(stopped_ms + UPTIME_OFF_MS + 1, 0), UPTIME_OFF_MS + 1);
    assert_int_equal(lead_after(stopped_ms + HOUR_MS, 7), 7);
    assert_int_equal(lead_after(12000, 7), 7); /* the clock of 1970 */
}

static void steps_of_a_running_clock_add_up_until_the_center_is_heard(void **state)
{
    (void)state;
    int64_t wall_ms = persisted().wall_at_ms;
    struct uptime u = start_at(wall_ms);
    struct clock_reading ahead = at(wall_ms + 30 * HOUR_MS + 1000, 1777),
                         more = at(wall_ms + 60 * HOUR_MS + 2000, 2777),
                         back = at(wall_ms + 5 * HOUR_MS + 3000, 3777);
    assert_int_equal(uptime_lead(&u, ahead), 30 * HOUR_MS);
    assert_int_equal(uptime_lead(&u, more), 60 * HOUR_MS);
    assert_int_equal(uptime_lead(&u, back), 5 * HOUR_MS);
    uptime_heard(&u, more);
    assert_int_equal(uptime_lead(&u, more), 0);
    assert_int_equal(uptime_lead(&u, back), -55 * HOUR_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restart_adds_the_time_it_took),
        cmocka_unit_test(first_start_begins_at_zero),
        cmocka_unit_test(a_clock_before_the_build_is_none),
        cmocka_unit_test(clock_step_does_not_move_uptime),
        cmocka_unit_test(clock_of_1970_is_suspect_and_goes_on_from_what_was_kept),
        cmocka_unit_test(a_start_over_a_year_after_the_last_goes_on_from_that),
        cmocka_unit_test(a_kept_clock_is_believed_however_far_ahead),
        cmocka_unit_test(a_store_that_has_seen_no_time_believes_any),
        cmocka_unit_test(a_store_whose_clock_was_set_right_starts_by_that),
        cmocka_unit_test(a_running_clock_that_jumps_over_a_year_ahead_is_not_believed),
        cmocka_unit_test(a_running_clock_goes_over_a_year_by_itself),
        cmocka_unit_test(what_was_not_believed_at_the_start_can_be_later),
        cmocka_unit_test(a_running_clock_before_the_build_is_none),
        cmocka_unit_test(clock_past_twenty_years_is_suspect),
        cmocka_unit_test(a_box_is_off_for_two_days_and_not_longer),
        cmocka_unit_test(steps_of_a_running_clock_add_up_until_the_center_is_heard),
        cmocka_unit_test(running_clock_past_twenty_years_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
