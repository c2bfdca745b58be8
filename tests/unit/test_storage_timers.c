/* storage/timers: due ones come in the order of their deadlines. */
#include "tests/unit/storage_scratch.h"

#include "storage/timers.h"

static uint64_t due_id(struct txn *txn, int64_t now_ms)
{
    int64_t deadline_ms;
    enum timer_kind kind;
    uint64_t id;
    if (!timer_due(txn, now_ms, &deadline_ms, &kind, &id))
        return 0;
    assert_int_equal(kind, TIMER_ORDER_EXPIRY);
    timer_disarm(txn, deadline_ms, kind, id);
    return id;
}

static void due_timers_fire_in_order(void **state)
{
    struct txn *txn = scratch_write(*state);
    timer_arm(txn, 70000, TIMER_ORDER_EXPIRY, 3);
    timer_arm(txn, 300, TIMER_ORDER_EXPIRY, 2);
    timer_arm(txn, 300, TIMER_ORDER_EXPIRY, 1);
    timer_arm(txn, 299, TIMER_ORDER_EXPIRY, 9);
    assert_int_equal(due_id(txn, 298), 0);
    assert_int_equal(due_id(txn, 300), 9);
    assert_int_equal(due_id(txn, 300), 1);
    assert_int_equal(due_id(txn, 300), 2);
    assert_int_equal(due_id(txn, 300), 0);
    assert_int_equal(due_id(txn, 70000), 3);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void next_deadline_is_the_earliest(void **state)
{
    int64_t deadline_ms;
    struct txn *txn = scratch_write(*state);
    assert_false(timer_next(txn, &deadline_ms));
    timer_arm(txn, 500, TIMER_ORDER_EXPIRY, 1);
    timer_arm(txn, 400, TIMER_ORDER_EXPIRY, 2);
    assert_true(timer_next(txn, &deadline_ms));
    assert_int_equal(deadline_ms, 400);
    timer_disarm(txn, 400, TIMER_ORDER_EXPIRY, 2);
    timer_disarm(txn, 400, TIMER_ORDER_EXPIRY, 2);
    assert_true(timer_next(txn, &deadline_ms));
    assert_int_equal(deadline_ms, 500);
    txn_abort(txn);
}

static void timers_survive_a_restart(void **state)
{
    struct scratch *s = *state;
    struct txn *txn = scratch_write(s);
    timer_arm(txn, 300, TIMER_ORDER_EXPIRY, 5);
    assert_int_equal(txn_commit(txn), PH_OK);
    scratch_reopen(s);
    txn = scratch_write(s);
    assert_int_equal(due_id(txn, 300), 5);
    txn_abort(txn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(due_timers_fire_in_order),
        SCRATCH_TEST(next_deadline_is_the_earliest),
        SCRATCH_TEST(timers_survive_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
