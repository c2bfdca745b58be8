/* sync/halving: one poisonous event is found and given up, and delays the others as little as can
 * be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/halving.h"

#define FULL 200

static enum halving_step crash(struct halving *h, uint64_t first, uint32_t n, int64_t now_ms)
{
    return halving_failed(h, first, n, HALVING_NO_ANSWER, now_ms, true);
}

static void three_failures_of_the_same_first_event_halve_the_batch(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, FULL);
    assert_int_equal(crash(&h, 1041, 200, 0), HALVING_AGAIN);
    assert_int_equal(crash(&h, 1041, 200, 1), HALVING_AGAIN);
    assert_int_equal(h.limit, 200);
    assert_int_equal(crash(&h, 1041, 200, 2), HALVING_SMALLER);
    assert_int_equal(h.limit, 100);
}

static void events_that_join_a_failing_batch_do_not_start_the_count_over(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, FULL);
    crash(&h, 1, 100, 0);
    crash(&h, 1, 120, 1);
    assert_int_equal(crash(&h, 1, 130, 2), HALVING_SMALLER);
    assert_int_equal(h.limit, 65);
}

static void an_ack_between_failures_forgets_them(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, FULL);
    crash(&h, 1, 200, 0);
    crash(&h, 1, 200, 1);
    halving_acked(&h, 200);
    assert_int_equal(crash(&h, 201, 200, 2), HALVING_AGAIN);
    assert_int_equal(crash(&h, 201, 200, 3), HALVING_AGAIN);
    assert_int_equal(h.limit, 200);
}

static void a_refusal_for_size_or_form_halves_at_once(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, FULL);
    assert_int_equal(halving_failed(&h, 1, 200, HALVING_REFUSED, 0, true), HALVING_SMALLER);
    assert_int_equal(h.limit, 100);
}

static void while_hello_fails_no_event_is_to_blame(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, FULL);
    for (int i = 0; i < 100; i++)
        assert_int_equal(halving_failed(&h, 1, 200, HALVING_NO_ANSWER, i * 60000, false),
                         HALVING_AGAIN);
    assert_int_equal(h.limit, 200);
    for (int i = 0; i < 100; i++)
        assert_int_equal(halving_failed(&h, 1, 1, HALVING_NO_ANSWER, i * 60000, false),
                         HALVING_AGAIN);
    assert_int_equal(h.raw_seq, 0);
}

static void one_event_is_given_up_after_five_failures_and_two_minutes(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, FULL);
    for (int i = 0; i < 9; i++)
        assert_int_equal(crash(&h, 50, 1, 1000 + i * 10000), HALVING_AGAIN);
    assert_int_equal(crash(&h, 50, 1, 120999), HALVING_AGAIN);
    assert_int_equal(crash(&h, 50, 1, 121000), HALVING_RAW);
    assert_int_equal(h.raw_seq, 50);
    halving_acked(&h, 50);
    assert_int_equal(h.raw_seq, 0);
}

static void two_minutes_alone_do_not_give_up(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, FULL);
    for (int i = 0; i < 4; i++)
        assert_int_equal(crash(&h, 50, 1, i * 100000), HALVING_AGAIN);
    assert_int_equal(crash(&h, 50, 1, 400000), HALVING_RAW);
}

/* ---- the search, against a center that crashes on one event ---- */

struct search {
    struct halving h;
    uint64_t acked;
    int64_t now_ms;
    uint32_t failures, requests;
};

static void send(struct search *s, uint64_t poison, uint64_t last)
{
    uint64_t first = s->acked + 1;
    uint64_t n = s->h.raw_seq == first ? 1 : s->h.limit;
    if (n > last - s->acked)
        n = last - s->acked;
    s->requests++;
    s->now_ms += 1000;
    if (first <= poison && poison < first + n && s->h.raw_seq != poison) {
        s->failures++;
        s->now_ms += 4000;
        crash(&s->h, first, (uint32_t)n, s->now_ms);
    } else {
        s->acked = first + n - 1;
        halving_acked(&s->h, s->acked);
    }
}

static void the_one_poison_is_found_wherever_it_is(void **state)
{
    (void)state;
    for (uint64_t poison = 1; poison <= 200; poison++) {
        struct search s = {.acked = 0};
        uint32_t before_single = 0;
        halving_init(&s.h, FULL);
        while (s.acked < 1000) {
            send(&s, poison, 1000);
            if (!s.h.alone)
                before_single = s.failures;
        }
        assert_in_range(before_single, 3, 12);
        assert_in_range(s.now_ms, 120000, 300000);
        assert_int_equal(s.h.limit, FULL);
        assert_int_equal(s.h.suspect_last, 0);
    }
}

static void two_poisons_in_one_batch_are_both_found(void **state)
{
    (void)state;
    struct search s = {.acked = 0};
    halving_init(&s.h, FULL);
    while (s.acked < 100)
        send(&s, 90, 400);
    while (s.acked < 400)
        send(&s, 110, 400);
    assert_int_equal(s.h.raw_seq, 0);
    assert_in_range(s.failures, 2 * HALVING_GIVE_UP, 80);
}

static void batches_grow_again_behind_the_suspect_range(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, FULL);
    for (int i = 0; i < 3; i++)
        crash(&h, 1, 200, i);
    assert_int_equal(h.limit, 100);
    halving_acked(&h, 100);
    assert_int_equal(h.limit, 50);
    halving_acked(&h, 150);
    assert_int_equal(h.limit, 25);
    halving_acked(&h, 200);
    assert_int_equal(h.limit, 50);
    halving_acked(&h, 250);
    assert_int_equal(h.limit, 100);
    halving_acked(&h, 350);
    assert_int_equal(h.limit, 200);
}

static void a_batch_of_one_stays_possible(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, 1);
    halving_acked(&h, 1);
    assert_int_equal(h.limit, 1);
    assert_int_equal(crash(&h, 2, 1, 0), HALVING_AGAIN);
    halving_acked(&h, 2);
    assert_int_equal(h.limit, 1);
}

static void a_smaller_center_is_sent_less_and_a_larger_one_more(void **state)
{
    (void)state;
    struct halving h;
    halving_init(&h, FULL);
    halving_resize(&h, 50);
    assert_int_equal(h.limit, 50);
    halving_acked(&h, 50);
    assert_int_equal(h.limit, 50);
    halving_resize(&h, FULL);
    assert_int_equal(h.limit, 50);
    halving_acked(&h, 100);
    assert_int_equal(h.limit, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_failures_of_the_same_first_event_halve_the_batch),
        cmocka_unit_test(events_that_join_a_failing_batch_do_not_start_the_count_over),
        cmocka_unit_test(an_ack_between_failures_forgets_them),
        cmocka_unit_test(a_refusal_for_size_or_form_halves_at_once),
        cmocka_unit_test(while_hello_fails_no_event_is_to_blame),
        cmocka_unit_test(one_event_is_given_up_after_five_failures_and_two_minutes),
        cmocka_unit_test(two_minutes_alone_do_not_give_up),
        cmocka_unit_test(the_one_poison_is_found_wherever_it_is),
        cmocka_unit_test(two_poisons_in_one_batch_are_both_found),
        cmocka_unit_test(batches_grow_again_behind_the_suspect_range),
        cmocka_unit_test(a_batch_of_one_stays_possible),
        cmocka_unit_test(a_smaller_center_is_sent_less_and_a_larger_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
