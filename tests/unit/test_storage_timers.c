/* storage/timers: due ones come in the order of their deadlines. */
#include "tests/unit/storage_scratch.h"

#include "storage/timers.h"

static uint64_t due_id(struct txn *txn, int64_t now_ms)
{
    struct timer due;
    if (!timer_due(txn, TIMERS_UPTIME, now_ms, &due))
        return 0;
    assert_int_equal(due.kind, TIMER_ORDER_EXPIRY);
    timer_disarm(txn, due.deadline_ms, due.kind, due.id);
    return due.id;
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
    assert_false(timer_next(txn, TIMERS_UPTIME, &deadline_ms));
    timer_arm(txn, 500, TIMER_ORDER_EXPIRY, 1);
    timer_arm(txn, 400, TIMER_ORDER_EXPIRY, 2);
    assert_true(timer_next(txn, TIMERS_UPTIME, &deadline_ms));
    assert_int_equal(deadline_ms, 400);
    timer_disarm(txn, 400, TIMER_ORDER_EXPIRY, 2);
    timer_disarm(txn, 400, TIMER_ORDER_EXPIRY, 2);
    assert_true(timer_next(txn, TIMERS_UPTIME, &deadline_ms));
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

#define EGG 7

/* A restart that adds to one clock adds nothing to the other. */
static void each_kind_keeps_to_its_own_clock(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct timer due;
    timer_set(txn, 100, TIMER_RESTORE, EGG);
    timer_set(txn, 200, TIMER_RELEASE, EGG);
    timer_set(txn, 300, TIMER_REBALANCE, EGG);
    assert_false(timer_due(txn, TIMERS_UPTIME, 299, &due));
    assert_true(timer_due(txn, TIMERS_UPTIME, 300, &due));
    assert_int_equal(due.kind, TIMER_REBALANCE);
    assert_false(timer_due(txn, TIMERS_WALL, 99, &due));
    assert_true(timer_due(txn, TIMERS_WALL, 300, &due));
    assert_int_equal(due.kind, TIMER_RESTORE);
    assert_int_equal(due.deadline_ms, 100);
    assert_int_equal(due.id, EGG);
    txn_abort(txn);
}

static void a_timer_that_is_set_moves(void **state)
{
    struct txn *txn = scratch_write(*state);
    int64_t next_ms;
    timer_set(txn, 100, TIMER_RESTORE, EGG);
    timer_set(txn, 150, TIMER_RESTORE, EGG + 1);
    timer_set(txn, 900, TIMER_RESTORE, EGG);
    assert_int_equal(timer_set_for(txn, TIMER_RESTORE, EGG), 900);
    assert_true(timer_next(txn, TIMERS_WALL, &next_ms));
    assert_int_equal(next_ms, 150);
    timer_set(txn, 0, TIMER_RESTORE, EGG + 1);
    timer_set(txn, 0, TIMER_RESTORE, EGG + 1);
    assert_int_equal(timer_set_for(txn, TIMER_RESTORE, EGG + 1), 0);
    assert_true(timer_next(txn, TIMERS_WALL, &next_ms));
    assert_int_equal(next_ms, 900);
    timer_set(txn, 0, TIMER_RESTORE, EGG);
    assert_false(timer_next(txn, TIMERS_WALL, &next_ms));
    txn_abort(txn);
}

static void objects_have_ids_of_their_own(void **state)
{
    static const struct object OBJECTS[] = {
        {OBJECT_SPU, 1}, {OBJECT_SKU, 1}, {OBJECT_SPU, INT64_MAX}, {OBJECT_SKU, INT64_MAX}};
    (void)state;
    for (size_t i = 0; i < sizeof OBJECTS / sizeof *OBJECTS; i++) {
        struct object back = timer_object(timer_object_id(OBJECTS[i]));
        assert_int_equal(back.type, OBJECTS[i].type);
        assert_int_equal(back.id, OBJECTS[i].id);
        for (size_t k = 0; k < i; k++)
            assert_true(timer_object_id(OBJECTS[k]) != timer_object_id(OBJECTS[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(due_timers_fire_in_order),  SCRATCH_TEST(next_deadline_is_the_earliest),
        SCRATCH_TEST(timers_survive_a_restart),  SCRATCH_TEST(each_kind_keeps_to_its_own_clock),
        SCRATCH_TEST(a_timer_that_is_set_moves), cmocka_unit_test(objects_have_ids_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
