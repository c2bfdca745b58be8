/* A center that answers and takes nothing is told from one that is slow, asks to wait, or is not
 * to blame; in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/cloud_watch.h"

#define SECOND 1000
#define HOUR_S 3600

struct line {
    struct cloud_watch watch;
    struct session_facts facts;
    uint64_t acked, waiting;
    int64_t now_ms;
};

static struct line line_up(void)
{
    return (struct line){.facts = {.state = UPLINK_READY, .up = true}, .acked = 7, .waiting = 3};
}

/* One second in which the center answers so often. */
static bool second(struct line *l, uint64_t answers)
{
    l->facts.requests += answers;
    l->now_ms += SECOND;
    return cloud_watch_look(&l->watch, &l->facts, l->acked, l->waiting, l->now_ms);
}

static bool seconds(struct line *l, int n, uint64_t answers)
{
    bool stuck = false;
    for (int i = 0; i < n; i++)
        stuck = second(l, answers) || stuck;
    return stuck;
}

static void answers_without_movement_are_a_stall_within_seven_seconds(void **state)
{
    struct line l = line_up();
    (void)state;
    assert_false(second(&l, 0));
    assert_false(seconds(&l, CLOUD_STILL_MS / SECOND, 2 * CLOUD_ANSWERS));
    assert_true(second(&l, 2 * CLOUD_ANSWERS));
}

static void one_answer_less_is_none(void **state)
{
    struct line l = line_up();
    (void)state;
    second(&l, 0);
    second(&l, CLOUD_ANSWERS - 1);
    assert_false(seconds(&l, HOUR_S, 0));
    assert_false(second(&l, 1));
    assert_true(seconds(&l, CLOUD_STILL_MS / SECOND, 0));
}

static void a_position_that_moves_begins_anew(void **state)
{
    struct line l = line_up();
    (void)state;
    for (int i = 0; i < HOUR_S; i++) {
        l.acked += i % 6 == 0;
        assert_false(second(&l, CLOUD_ANSWERS));
    }
}

/* Each request takes 24 s, and every other one is a batch. */
static void a_slow_center_is_not_stuck(void **state)
{
    struct line l = line_up();
    (void)state;
    for (int i = 0; i < HOUR_S; i++) {
        l.acked += i % 48 == 0;
        assert_false(second(&l, i % 24 == 0));
    }
}

static void a_center_that_asks_to_wait_is_left_alone(void **state)
{
    struct line l = line_up();
    (void)state;
    l.facts.trouble = UPLINK_SLOWED;
    l.facts.next_in_ms = 600 * SECOND;
    assert_false(seconds(&l, HOUR_S, CLOUD_ANSWERS));
    l.facts.next_in_ms = UPLINK_LINGER_MS;
    assert_true(seconds(&l, 2 * CLOUD_STILL_MS / SECOND, CLOUD_ANSWERS));
}

static void what_cannot_be_sent_is_no_fault_of_the_line(void **state)
{
    struct line l = line_up();
    (void)state;
    l.facts.fault = SESSION_DAMAGED;
    assert_false(seconds(&l, HOUR_S, CLOUD_ANSWERS));
    l = line_up();
    l.facts.up = false;
    assert_false(seconds(&l, HOUR_S, CLOUD_ANSWERS));
    l = line_up();
    l.facts.state = UPLINK_HALTED;
    assert_false(seconds(&l, HOUR_S, CLOUD_ANSWERS));
}

static void an_idle_line_is_not_stuck(void **state)
{
    struct line l = line_up();
    (void)state;
    l.waiting = 0;
    assert_false(seconds(&l, HOUR_S, CLOUD_ANSWERS));
    l.waiting = 1;
    assert_false(second(&l, 1));
}

#define T(name) cmocka_unit_test(name)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(answers_without_movement_are_a_stall_within_seven_seconds),
        T(one_answer_less_is_none),
        T(a_position_that_moves_begins_anew),
        T(a_slow_center_is_not_stuck),
        T(a_center_that_asks_to_wait_is_left_alone),
        T(what_cannot_be_sent_is_no_fault_of_the_line),
        T(an_idle_line_is_not_stuck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
