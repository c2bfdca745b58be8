/* How long a silent line is waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/patience.h"

#define FIRST_MS 6000

static void each_loss_doubles_it_to_an_end(void **state)
{
    struct patience p = {0};
    (void)state;
    assert_int_equal(patience_ms(&p, FIRST_MS), FIRST_MS);
    patience_lost(&p);
    assert_int_equal(patience_ms(&p, FIRST_MS), 2 * FIRST_MS);
    patience_lost(&p);
    assert_int_equal(patience_ms(&p, FIRST_MS), 4 * FIRST_MS);
    patience_lost(&p);
    assert_int_equal(patience_ms(&p, FIRST_MS), 4 * FIRST_MS);
}

static void a_stall_is_known_within_half_a_minute_whatever_came_before(void **state)
{
    struct patience p = {0};
    (void)state;
    for (int i = 0; i < 10; i++)
        patience_lost(&p);
    assert_true(patience_ms(&p, 8000) == PATIENCE_MAX_MS && PATIENCE_MAX_MS < 30000);
}

static void a_quick_answer_makes_it_short_again(void **state)
{
    struct patience p = {0};
    (void)state;
    patience_lost(&p);
    patience_lost(&p);
    patience_answered(&p, FIRST_MS, FIRST_MS / 2);
    assert_int_equal(patience_ms(&p, FIRST_MS), FIRST_MS);
    patience_answered(&p, FIRST_MS, FIRST_MS / 2 + 1);
    assert_int_equal(patience_ms(&p, FIRST_MS), 2 * FIRST_MS);
}

/* A center that takes 11 s for everything: one try is lost, then no more. */
static void a_slow_center_is_heard_to_the_end(void **state)
{
    struct patience p = {0};
    unsigned lost = 0;
    (void)state;
    for (int i = 0; i < 100; i++) {
        if (patience_ms(&p, FIRST_MS) > 11000)
            patience_answered(&p, FIRST_MS, 11000);
        else {
            patience_lost(&p);
            lost++;
        }
    }
    assert_int_equal(lost, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_loss_doubles_it_to_an_end),
        cmocka_unit_test(a_stall_is_known_within_half_a_minute_whatever_came_before),
        cmocka_unit_test(a_quick_answer_makes_it_short_again),
        cmocka_unit_test(a_slow_center_is_heard_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
