/* When people hear that there is no good backup, and when they hear no more of it. */
#include "edge/backup_watch.h"
#include "edge/backup_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS 1800000000000

struct scene {
    struct alerts alerts;
    struct backup_watch watch;
    int told;
};

static void on_alert(void *ctx, struct str id)
{
    struct scene *s = ctx;
    assert_true(str_eq(id, STR(BACKUP_ALERT)));
    s->told++;
}

static void set_stage(struct scene *s)
{
    *s = (struct scene){0};
    s->watch = (struct backup_watch){.alerts = &s->alerts, .alert_changed = on_alert, .ctx = s};
}

static const char *code_of(const struct scene *s)
{
    const struct alert *a = alerts_find(&s->alerts, STR(BACKUP_ALERT));
    return a != NULL ? a->code : "";
}

static void a_failure_is_told_once_and_ends_with_a_good_one(void **state)
{
    struct scene s;
    (void)state;
    set_stage(&s);
    backup_watch_failed(&s.watch, "the disk is full", NOW_MS);
    backup_watch_failed(&s.watch, "the disk is full", NOW_MS + 1);
    assert_string_equal(code_of(&s), "PH-1018");
    assert_non_null(strstr(s.alerts.list[0].text, "the disk is full"));
    assert_int_equal(s.told, 1);
    backup_watch_made(&s.watch, NOW_MS + 2);
    assert_string_equal(code_of(&s), "");
    assert_int_equal(s.told, 2);
}

static void an_old_one_is_told_behind_the_limit_and_not_before(void **state)
{
    struct scene s;
    (void)state;
    set_stage(&s);
    backup_watch_seen(&s.watch, NOW_MS);
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS, NOW_MS + BACKUP_LATE_MS);
    assert_string_equal(code_of(&s), "");
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS, NOW_MS + BACKUP_LATE_MS + 1);
    assert_string_equal(code_of(&s), "PH-1010");
    backup_watch_seen(&s.watch, NOW_MS + BACKUP_LATE_MS);
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS, NOW_MS + BACKUP_LATE_MS + 2);
    assert_string_equal(code_of(&s), "");
    assert_int_equal(s.told, 2);
}

static void a_box_that_was_off_has_time_for_its_timer(void **state)
{
    struct scene s;
    (void)state;
    set_stage(&s);
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS - 1, NOW_MS);
    assert_string_equal(code_of(&s), "");
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS, NOW_MS);
    assert_string_equal(code_of(&s), "PH-1010");
    assert_string_equal(s.alerts.list[0].text, "There is no backup of the store.");
}

/* It says why, and a good file that stood there before does not end it. */
static void a_failure_hides_the_age(void **state)
{
    struct scene s;
    (void)state;
    set_stage(&s);
    backup_watch_failed(&s.watch, "the disk is full", NOW_MS);
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS, NOW_MS);
    backup_watch_seen(&s.watch, NOW_MS);
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS, NOW_MS);
    assert_string_equal(code_of(&s), "PH-1018");
    backup_watch_made(&s.watch, NOW_MS);
    assert_string_equal(code_of(&s), "");
}

static void one_of_a_time_to_come_does_not_pass_for_young(void **state)
{
    struct scene s;
    (void)state;
    set_stage(&s);
    backup_watch_seen(&s.watch, NOW_MS + BACKUP_AHEAD_MS);
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS, NOW_MS);
    assert_string_equal(code_of(&s), "");
    backup_watch_seen(&s.watch, NOW_MS + BACKUP_AHEAD_MS + 1);
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS - 1, NOW_MS);
    assert_string_equal(code_of(&s), "");
    backup_watch_judge(&s.watch, BACKUP_GRACE_MS, NOW_MS);
    assert_string_equal(code_of(&s), "PH-1010");
    assert_non_null(strstr(s.alerts.list[0].text, "a time to come"));
    backup_watch_made(&s.watch, NOW_MS);
    assert_string_equal(code_of(&s), "");
}

static void a_directory_that_cannot_be_read_is_told_at_once(void **state)
{
    struct scene s;
    (void)state;
    set_stage(&s);
    backup_watch_seen(&s.watch, NOW_MS);
    backup_watch_blind(&s.watch, "the backups cannot be read: /b: Permission denied");
    backup_watch_judge(&s.watch, 0, NOW_MS);
    assert_string_equal(code_of(&s), "PH-1010");
    assert_non_null(strstr(s.alerts.list[0].text, "/b: Permission denied"));
    backup_watch_seen(&s.watch, NOW_MS);
    backup_watch_judge(&s.watch, 0, NOW_MS);
    assert_string_equal(code_of(&s), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_told_once_and_ends_with_a_good_one),
        cmocka_unit_test(an_old_one_is_told_behind_the_limit_and_not_before),
        cmocka_unit_test(a_box_that_was_off_has_time_for_its_timer),
        cmocka_unit_test(a_failure_hides_the_age),
        cmocka_unit_test(one_of_a_time_to_come_does_not_pass_for_young),
        cmocka_unit_test(a_directory_that_cannot_be_read_is_told_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
