/* sync/pull: what each answer to a pull means, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/pull.h"

static const struct position ACKED = {7, 30};

static uint64_t most(void *ctx)
{
    (void)ctx;
    return UINT64_MAX;
}
static const struct dice DICE = {most, NULL};

static struct pull_verdict answer(struct pull *p, const struct pull_query *q, int64_t status,
                                  const struct cloud_find_reply *r, int64_t retry_after_ms)
{
    struct uplink_answer a = {
        .came = status != 0, .status = status, .retry_after_ms = retry_after_ms};
    return pull_answered(p, q, &a, r, ACKED, 1000, &DICE);
}

static struct pull_verdict page(struct pull *p, const struct pull_query *q, uint64_t next_ver,
                                bool more)
{
    struct cloud_find_reply r = {.next_ver = next_ver, .head_ver = 90, .more = more};
    return answer(p, q, 200, &r, -1);
}

static struct pull wanted(void)
{
    struct pull p = {0};
    assert_int_equal(pull_due_ms(&p, 0), PULL_NEVER);
    pull_ask(&p);
    assert_int_equal(pull_due_ms(&p, 5), 5);
    return p;
}

static void pages_go_on_until_there_is_no_more(void **state)
{
    (void)state;
    struct pull p = wanted();
    struct pull_query q = pull_query(&p, 40);
    assert_int_equal(q.since_ver, 40);
    assert_false(q.full);
    struct pull_verdict v = page(&p, &q, 60, true);
    assert_true(v.take && !v.done && !v.page.moves);
    assert_int_equal(v.prev_ver, 40);
    assert_int_equal(v.ver, 60);
    pull_taken(&p, &v);
    assert_int_equal(pull_due_ms(&p, 5), 5);
    q = pull_query(&p, 60);
    v = page(&p, &q, 90, false);
    assert_true(v.take && v.done);
    pull_taken(&p, &v);
    assert_int_equal(pull_due_ms(&p, 5), PULL_NEVER);
}

static void what_is_missed_meanwhile_is_pulled_after_it(void **state)
{
    (void)state;
    struct pull p = wanted();
    struct pull_query q = pull_query(&p, 40);
    struct pull_verdict v = page(&p, &q, 90, false);
    pull_ask(&p);
    pull_taken(&p, &v);
    assert_int_equal(pull_due_ms(&p, 5), 5);
}

static void answers_that_are_no_page_come_again_later(void **state)
{
    static const struct cloud_find_reply LAGS = {.next_ver = 39},
                                         STANDS = {.next_ver = 40, .more = true},
                                         OLD = {.legacy = true};
    static const struct {
        int64_t status;
        const struct cloud_find_reply *reply;
        enum uplink_trouble trouble;
    } TABLE[] = {
        {200, NULL, UPLINK_NONSENSE},    {200, &LAGS, UPLINK_NONSENSE},
        {200, &STANDS, UPLINK_NONSENSE}, {200, &OLD, UPLINK_NONSENSE},
        {500, NULL, UPLINK_FAILING},     {404, NULL, UPLINK_REFUSED},
        {503, NULL, UPLINK_SLOWED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        struct pull p = wanted();
        struct pull_query q = pull_query(&p, 40);
        struct pull_verdict v = answer(&p, &q, TABLE[i].status, TABLE[i].reply, -1);
        assert_int_equal(v.trouble, TABLE[i].trouble);
        assert_false(v.take || v.done || v.lost);
        assert_true(pull_due_ms(&p, 1000) > 1000);
        pull_hurry(&p);
        assert_int_equal(pull_due_ms(&p, 1000), 1000);
    }
}

static void a_center_that_names_a_span_is_given_it(void **state)
{
    (void)state;
    struct pull p = wanted();
    struct pull_query q = pull_query(&p, 40);
    assert_int_equal(answer(&p, &q, 429, NULL, 7000).trouble, UPLINK_SLOWED);
    assert_true(pull_due_ms(&p, 1000) >= 8000);
}

static void no_answer_is_for_the_uplink(void **state)
{
    (void)state;
    struct pull p = wanted();
    struct pull_query q = pull_query(&p, 40);
    assert_true(answer(&p, &q, 0, NULL, -1).lost);
    assert_int_equal(pull_due_ms(&p, 1000), 1000);
}

/* T39 */
static void forgotten_deletions_are_found_by_pulling_everything(void **state)
{
    (void)state;
    struct pull p = wanted();
    struct pull_query q = pull_query(&p, 40);
    assert_int_equal(answer(&p, &q, 410, NULL, -1).trouble, UPLINK_FINE);
    q = pull_query(&p, 40);
    assert_true(q.full);
    assert_int_equal(q.since_ver, 0);
    struct pull_verdict v = page(&p, &q, 50, true);
    assert_true(v.take && v.full_begins && !v.full_ends && v.page.moves && !v.page.done);
    assert_int_equal(v.ver, 0);
    assert_int_equal(v.page.ver, 50);
    assert_int_equal(v.page.acked.seq, ACKED.seq);
    pull_taken(&p, &v);
    q = pull_query(&p, 40);
    assert_int_equal(q.since_ver, 50);
    v = page(&p, &q, 90, false);
    assert_true(!v.full_begins && v.full_ends && v.page.done && v.done);
    assert_int_equal(v.ver, 90);
    pull_taken(&p, &v);
    assert_int_equal(pull_due_ms(&p, 5), PULL_NEVER);
    assert_false(pull_query(&p, 90).full);
}

static struct pull_verdict told_head(struct pull *p, uint64_t head_ver, int64_t now_ms)
{
    struct pull_query q = pull_query(p, 40);
    struct cloud_find_reply r = {.next_ver = head_ver, .head_ver = head_ver};
    struct uplink_answer a = {.came = true, .status = 200, .retry_after_ms = -1};
    return pull_answered(p, &q, &a, &r, ACKED, now_ms, &DICE);
}

static void a_head_below_ours_is_believed_when_it_stays(void **state)
{
    (void)state;
    struct pull p = wanted();
    assert_int_equal(told_head(&p, 39, 1000).trouble, UPLINK_NONSENSE);
    assert_int_equal(told_head(&p, 39, 1000 + PULL_BEHIND_MS - 1).trouble, UPLINK_NONSENSE);
    assert_false(pull_query(&p, 40).full);
    assert_int_equal(told_head(&p, 39, 1000 + PULL_BEHIND_MS).trouble, UPLINK_FINE);
    assert_true(pull_query(&p, 40).full);
    assert_int_equal(pull_query(&p, 40).since_ver, 0);
}

static void a_replica_that_lags_and_catches_up_moves_nothing(void **state)
{
    (void)state;
    struct pull p = wanted();
    assert_int_equal(told_head(&p, 39, 1000).trouble, UPLINK_NONSENSE);
    struct pull_verdict v = told_head(&p, 41, 5000);
    pull_taken(&p, &v);
    assert_int_equal(told_head(&p, 39, 1000 + PULL_BEHIND_MS).trouble, UPLINK_NONSENSE);
    assert_false(pull_query(&p, 40).full);
}

static void a_410_to_everything_is_no_reason_to_begin_again(void **state)
{
    (void)state;
    struct pull p = wanted();
    struct pull_query q = pull_query(&p, 40);
    answer(&p, &q, 410, NULL, -1);
    q = pull_query(&p, 40);
    assert_int_equal(answer(&p, &q, 410, NULL, -1).trouble, UPLINK_REFUSED);
    assert_true(pull_due_ms(&p, 1000) > 1000);
}

static void a_pull_of_everything_goes_on_after_a_restart(void **state)
{
    (void)state;
    struct pull p = {0};
    struct sync_position known = {
        .full_pull = true, .full_pull_ver = 55, .full_pull_acked = {7, 12}};
    pull_open(&p, &known);
    assert_int_equal(pull_due_ms(&p, 5), 5);
    struct pull_query q = pull_query(&p, 40);
    assert_true(q.full);
    assert_int_equal(q.since_ver, 55);
    struct pull_verdict v = page(&p, &q, 90, false);
    assert_true(!v.full_begins && v.full_ends);
    assert_int_equal(v.page.acked.seq, 12);
}

static void a_hello_that_is_ahead_pulls_when_it_may(void **state)
{
    (void)state;
    struct pull p = {0};
    pull_greeted(&p, 40, 40, 0);
    assert_int_equal(pull_due_ms(&p, 5), PULL_NEVER);
    pull_greeted(&p, 41, 40, 300);
    assert_int_equal(pull_due_ms(&p, 5), 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_go_on_until_there_is_no_more),
        cmocka_unit_test(what_is_missed_meanwhile_is_pulled_after_it),
        cmocka_unit_test(answers_that_are_no_page_come_again_later),
        cmocka_unit_test(a_center_that_names_a_span_is_given_it),
        cmocka_unit_test(no_answer_is_for_the_uplink),
        cmocka_unit_test(forgotten_deletions_are_found_by_pulling_everything),
        cmocka_unit_test(a_head_below_ours_is_believed_when_it_stays),
        cmocka_unit_test(a_replica_that_lags_and_catches_up_moves_nothing),
        cmocka_unit_test(a_410_to_everything_is_no_reason_to_begin_again),
        cmocka_unit_test(a_pull_of_everything_goes_on_after_a_restart),
        cmocka_unit_test(a_hello_that_is_ahead_pulls_when_it_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
