/* The rules that tell a stuck line from a slow one, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/lan_watch.h"
#include "proto/stall.h"

#define SECOND     1000
#define PATIENCE   (8 * SECOND)
#define NOT_WITHIN (10 * 60 * SECOND)

/* ---- one rule ---- */

static void nothing_moves_for_the_patience_is_a_stall(void **state)
{
    struct stall s = {0};
    (void)state;
    for (int64_t t = 0; t < PATIENCE; t += SECOND)
        assert_false(stall_look(&s, true, 5, t, PATIENCE));
    assert_true(stall_look(&s, true, 5, PATIENCE, PATIENCE));
}

static void one_millisecond_less_is_none(void **state)
{
    struct stall s = {0};
    (void)state;
    for (int64_t t = 0; t < PATIENCE; t += SECOND)
        assert_false(stall_look(&s, true, 5, t, PATIENCE));
    assert_false(stall_look(&s, true, 5, PATIENCE - 1, PATIENCE));
}

static void an_idle_line_is_no_stall(void **state)
{
    struct stall s = {0};
    (void)state;
    for (int64_t t = 0; t < NOT_WITHIN; t += SECOND)
        assert_false(stall_look(&s, false, 5, t, PATIENCE));
}

/* One acknowledgement of a thousand that wait, just before the patience is over. */
static void a_long_queue_that_drains_slowly_is_no_stall(void **state)
{
    struct stall s = {0};
    (void)state;
    for (int64_t t = 0; t < NOT_WITHIN; t += SECOND)
        assert_false(stall_look(&s, true, (uint64_t)(t / (7 * SECOND)), t, PATIENCE));
}

static void something_due_after_a_quiet_hour_has_the_whole_patience(void **state)
{
    struct stall s = {0};
    int64_t due_ms = 3600 * SECOND;
    (void)state;
    stall_look(&s, false, 5, 0, PATIENCE);
    for (int64_t t = due_ms; t < due_ms + PATIENCE; t += SECOND)
        assert_false(stall_look(&s, true, 5, t, PATIENCE));
    assert_true(stall_look(&s, true, 5, due_ms + PATIENCE, PATIENCE));
}

static void who_was_away_itself_has_seen_no_stall(void **state)
{
    struct stall s = {0};
    int64_t away_ms = 3600 * SECOND;
    (void)state;
    assert_false(stall_look(&s, true, 5, 0, PATIENCE));
    assert_false(stall_look(&s, true, 5, away_ms, PATIENCE));
    assert_false(stall_look(&s, true, 6, away_ms + SECOND, PATIENCE));
}

static void a_stall_is_told_once_and_the_rule_begins_anew(void **state)
{
    struct stall s = {0};
    unsigned told = 0;
    (void)state;
    for (int64_t t = 0; t <= 2 * PATIENCE + SECOND; t += SECOND)
        told += stall_look(&s, true, 5, t, PATIENCE);
    assert_int_equal(told, 2);
}

/* ---- the connection to the broker ---- */

/* Looks each second until something is said; returns when, or NOT_WITHIN. */
static int64_t until_said(struct lan_facts *f, enum lan_stall *said,
                          void (*life)(struct lan_watch *, struct lan_facts *, int64_t))
{
    struct lan_watch w = {0};
    int64_t still_ms;
    for (int64_t t = 0; t < NOT_WITHIN; t += SECOND) {
        if (f->up && lan_watch_ask(&w, t))
            f->outstanding++;
        *said = lan_watch_look(&w, f, t, &still_ms);
        if (*said != LAN_MOVES)
            return t;
        life(&w, f, t);
    }
    return NOT_WITHIN;
}

static void answer(struct lan_watch *w, struct lan_facts *f)
{
    f->acked += f->outstanding;
    f->read += f->outstanding + w->asked - f->echoed;
    f->outstanding = 0;
    f->echoed = w->asked;
}

static void all_is_well(struct lan_watch *w, struct lan_facts *f, int64_t t)
{
    (void)t;
    answer(w, f);
}

static void silent_after_a_minute(struct lan_watch *w, struct lan_facts *f, int64_t t)
{
    if (t < 60 * SECOND)
        answer(w, f);
}

static void no_acks_after_a_minute(struct lan_watch *w, struct lan_facts *f, int64_t t)
{
    uint64_t acked = f->acked, outstanding = f->outstanding;
    answer(w, f);
    if (t < 60 * SECOND)
        return;
    f->acked = acked;
    f->outstanding = outstanding;
}

static void no_echo_after_a_minute(struct lan_watch *w, struct lan_facts *f, int64_t t)
{
    uint64_t echoed = f->echoed;
    answer(w, f);
    if (t >= 60 * SECOND)
        f->echoed = echoed;
}

/* Devices ask all the time; what is said to ourselves stands behind 14 s of it. */
static void rush(struct lan_watch *w, struct lan_facts *f, int64_t t)
{
    const uint64_t late = 7; /* echoes, one each second tick */
    f->read += 3000;
    f->outstanding += 40;
    f->acked += f->outstanding / 100;
    f->outstanding -= f->outstanding / 100;
    if (t % (4 * SECOND) == 0) {
        f->acked++;
        f->outstanding--;
    }
    if (w->asked > f->echoed + late)
        f->echoed++;
}

static void mute(struct lan_watch *w, struct lan_facts *f, int64_t t)
{
    (void)w, (void)f, (void)t;
}

static void a_quiet_night_says_nothing(void **state)
{
    struct lan_facts f = {.up = true};
    enum lan_stall said;
    (void)state;
    assert_int_equal(until_said(&f, &said, all_is_well), NOT_WITHIN);
}

static void a_busy_rush_with_slow_acknowledgements_says_nothing(void **state)
{
    struct lan_facts f = {.up = true};
    enum lan_stall said;
    (void)state;
    assert_int_equal(until_said(&f, &said, rush), NOT_WITHIN);
}

static void silence_is_known_within_eight_seconds(void **state)
{
    struct lan_facts f = {.up = true};
    enum lan_stall said;
    (void)state;
    assert_in_range(until_said(&f, &said, silent_after_a_minute), 60 * SECOND, 68 * SECOND);
    assert_int_equal(said, LAN_SILENT);
}

static void swallowed_acknowledgements_are_known_within_eight_seconds(void **state)
{
    struct lan_facts f = {.up = true};
    enum lan_stall said;
    (void)state;
    assert_in_range(until_said(&f, &said, no_acks_after_a_minute), 60 * SECOND, 68 * SECOND);
    assert_int_equal(said, LAN_NO_ACKS);
}

static void a_broker_that_routes_nothing_is_known_within_half_a_minute(void **state)
{
    struct lan_facts f = {.up = true};
    enum lan_stall said;
    (void)state;
    assert_in_range(until_said(&f, &said, no_echo_after_a_minute), 60 * SECOND, 85 * SECOND);
    assert_int_equal(said, LAN_NO_ECHO);
}

static void a_broker_that_does_not_greet_is_given_up(void **state)
{
    struct lan_facts f = {.up = false};
    enum lan_stall said;
    (void)state;
    assert_int_equal(until_said(&f, &said, mute), 3 * SECOND);
    assert_int_equal(said, LAN_NO_GREETING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_moves_for_the_patience_is_a_stall),
        cmocka_unit_test(one_millisecond_less_is_none),
        cmocka_unit_test(an_idle_line_is_no_stall),
        cmocka_unit_test(a_long_queue_that_drains_slowly_is_no_stall),
        cmocka_unit_test(something_due_after_a_quiet_hour_has_the_whole_patience),
        cmocka_unit_test(who_was_away_itself_has_seen_no_stall),
        cmocka_unit_test(a_stall_is_told_once_and_the_rule_begins_anew),
        cmocka_unit_test(a_quiet_night_says_nothing),
        cmocka_unit_test(a_busy_rush_with_slow_acknowledgements_says_nothing),
        cmocka_unit_test(silence_is_known_within_eight_seconds),
        cmocka_unit_test(swallowed_acknowledgements_are_known_within_eight_seconds),
        cmocka_unit_test(a_broker_that_routes_nothing_is_known_within_half_a_minute),
        cmocka_unit_test(a_broker_that_does_not_greet_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
