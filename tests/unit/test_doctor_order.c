/* Doctor names the cause first: which of several findings that is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/poshubctl/doctor/order.h"

struct chart {
    struct finding findings[DOCTOR_CHECKS];
    enum doctor_check order[DOCTOR_CHECKS], because[DOCTOR_CHECKS];
    size_t n;
};

static struct chart chart_of(const enum doctor_check *fails, const enum doctor_check *warns)
{
    struct chart c;
    memset(&c, 0, sizeof(c));
    for (; *fails != DOCTOR_CHECKS; fails++)
        c.findings[*fails].state = DOCTOR_FAIL;
    for (; *warns != DOCTOR_CHECKS; warns++)
        c.findings[*warns].state = DOCTOR_WARN;
    c.n = doctor_order(c.findings, c.order, c.because);
    return c;
}
#define CHECKS(...) ((const enum doctor_check[]){__VA_ARGS__ __VA_OPT__(, ) DOCTOR_CHECKS})

static void nothing_found_is_nothing_told(void **state)
{
    (void)state;
    assert_int_equal(chart_of(CHECKS(), CHECKS()).n, 0);
}

static void what_was_skipped_is_no_finding(void **state)
{
    (void)state;
    struct finding all[DOCTOR_CHECKS] = {[CHECK_RIGHTS] = {.state = DOCTOR_SKIP}};
    enum doctor_check order[DOCTOR_CHECKS], because[DOCTOR_CHECKS];
    assert_int_equal(doctor_order(all, order, because), 0);
}

static void a_failure_goes_before_a_warning(void **state)
{
    (void)state;
    struct chart c = chart_of(CHECKS(CHECK_DEVICES), CHECKS(CHECK_CLOCK));
    assert_int_equal(c.n, 2);
    assert_int_equal(c.order[0], CHECK_DEVICES);
    assert_int_equal(c.order[1], CHECK_CLOCK);
}

static void a_typo_goes_before_the_hub_that_does_not_start(void **state)
{
    (void)state;
    struct chart c = chart_of(CHECKS(CHECK_HUB, CHECK_CONFIG), CHECKS());
    assert_int_equal(c.order[0], CHECK_CONFIG);
    assert_int_equal(c.because[CHECK_HUB], CHECK_CONFIG);
    assert_int_equal(c.because[CHECK_CONFIG], DOCTOR_CHECKS);
}

static void a_wrong_clock_goes_before_all_that_certificates_do(void **state)
{
    (void)state;
    struct chart c =
        chart_of(CHECKS(CHECK_HTTPS, CHECK_CERTIFICATE, CHECK_CLOCK), CHECKS(CHECK_QUEUE));
    assert_int_equal(c.order[0], CHECK_CLOCK);
    assert_int_equal(c.because[CHECK_CERTIFICATE], CHECK_CLOCK);
    assert_int_equal(c.because[CHECK_HTTPS], CHECK_CLOCK);
    assert_int_equal(c.because[CHECK_QUEUE], CHECK_CLOCK);
}

/* A clock that nobody keeps is no reason why a certificate is refused. */
static void a_warning_explains_no_failure(void **state)
{
    (void)state;
    struct chart c = chart_of(CHECKS(CHECK_HTTPS), CHECKS(CHECK_CLOCK));
    assert_int_equal(c.order[0], CHECK_HTTPS);
    assert_int_equal(c.because[CHECK_HTTPS], DOCTOR_CHECKS);
}

/* What is explained comes last, however bad it is: a lost address and all that it brings, behind an
 * unexplained warning. */
static void what_is_explained_comes_last(void **state)
{
    (void)state;
    struct chart c = chart_of(CHECKS(CHECK_ADDRESS, CHECK_BROKER), CHECKS(CHECK_BACKUP));
    assert_int_equal(c.order[0], CHECK_ADDRESS);
    assert_int_equal(c.order[1], CHECK_BACKUP);
    assert_int_equal(c.order[2], CHECK_BROKER);
}

static void of_equals_the_deeper_one_goes_first(void **state)
{
    (void)state;
    struct chart c = chart_of(CHECKS(CHECK_VERSIONS, CHECK_BROKER, CHECK_DISK), CHECKS());
    assert_int_equal(c.order[0], CHECK_DISK);
    assert_int_equal(c.order[1], CHECK_BROKER);
    assert_int_equal(c.order[2], CHECK_VERSIONS);
}

/* No two findings explain each other, in any number of steps: one is always told first. */
static void every_set_of_findings_has_a_first_one(void **state)
{
    (void)state;
    struct finding all[DOCTOR_CHECKS];
    enum doctor_check order[DOCTOR_CHECKS], because[DOCTOR_CHECKS];
    memset(all, 0, sizeof(all));
    for (int c = 0; c < DOCTOR_CHECKS; c++)
        all[c].state = DOCTOR_FAIL;
    assert_int_equal(doctor_order(all, order, because), DOCTOR_CHECKS);
    for (int c = 0; c < DOCTOR_CHECKS; c++) {
        int steps = 0;
        for (enum doctor_check at = (enum doctor_check)c; at != DOCTOR_CHECKS; at = because[at])
            assert_true(steps++ < DOCTOR_CHECKS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_found_is_nothing_told),
        cmocka_unit_test(what_was_skipped_is_no_finding),
        cmocka_unit_test(a_failure_goes_before_a_warning),
        cmocka_unit_test(a_typo_goes_before_the_hub_that_does_not_start),
        cmocka_unit_test(a_wrong_clock_goes_before_all_that_certificates_do),
        cmocka_unit_test(a_warning_explains_no_failure),
        cmocka_unit_test(what_is_explained_comes_last),
        cmocka_unit_test(of_equals_the_deeper_one_goes_first),
        cmocka_unit_test(every_set_of_findings_has_a_first_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
