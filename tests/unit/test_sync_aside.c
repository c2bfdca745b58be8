/* sync/aside: what the center could not take stays on a list. */
#include "sync/aside.h"
#include "sync/position.h"
#include "tests/unit/storage_scratch.h"

static struct aside of(uint32_t epoch, uint64_t seq, const char *reason)
{
    return (struct aside){
        .at = {epoch, seq}, .at_ms = 1000 + (int64_t)seq, .reason = str_of(reason)};
}

static void put(struct txn *txn, uint32_t epoch, uint64_t seq)
{
    struct aside a = of(epoch, seq, "BAD_BODY");
    aside_put(txn, &a);
}

static void it_is_listed_oldest_first_beside_the_position(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = {.acked = {8, 70}};
    struct aside a;
    sync_position_save(&p, txn);
    put(txn, 8, 2);
    put(txn, 7, 300);
    put(txn, 8, 1);
    struct aside_scan s = aside_scan_begin(txn, (struct position){0, 0});
    assert_true(aside_scan_next(&s, &a) && a.at.epoch == 7 && a.at.seq == 300);
    assert_true(aside_scan_next(&s, &a) && a.at.epoch == 8 && a.at.seq == 1);
    assert_int_equal(a.at_ms, 1001);
    assert_true(str_eq(a.reason, STR("BAD_BODY")));
    assert_true(aside_scan_next(&s, &a) && a.at.seq == 2);
    assert_false(aside_scan_next(&s, &a));
    aside_scan_end(&s);
    s = aside_scan_begin(txn, (struct position){8, 1});
    assert_true(aside_scan_next(&s, &a) && a.at.seq == 2);
    aside_scan_end(&s);
    assert_int_equal(aside_count(txn), 3);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void the_first_word_about_an_event_stays(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct aside a = of(7, 5, "UNKNOWN_KIND"), later = of(7, 5, "CONSTRAINT"), out;
    a.gave_up = true;
    aside_put(txn, &a);
    aside_put(txn, &later);
    assert_true(aside_get(txn, a.at, &out));
    assert_true(out.gave_up && str_eq(out.reason, STR("UNKNOWN_KIND")));
    assert_true(aside_drop(txn, a.at));
    assert_false(aside_drop(txn, a.at));
    assert_false(aside_get(txn, a.at, &out));
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void a_reason_is_cut_at_its_limit(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct aside out, a = of(7, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH");
    aside_put(txn, &a);
    assert_true(aside_get(txn, a.at, &out));
    assert_int_equal(out.reason.n, LIMIT_ASIDE_REASON);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void the_oldest_make_room(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct aside out;
    for (uint64_t seq = 1; seq <= LIMIT_ASIDE; seq++)
        put(txn, 7, seq);
    assert_true(aside_get(txn, (struct position){7, 1}, &out));
    put(txn, 7, LIMIT_ASIDE + 1);
    assert_int_equal(aside_count(txn), LIMIT_ASIDE);
    assert_false(aside_get(txn, (struct position){7, 1}, &out));
    assert_true(aside_get(txn, (struct position){7, LIMIT_ASIDE + 1}, &out));
    assert_int_equal(txn_commit(txn), PH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_listed_oldest_first_beside_the_position,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(the_first_word_about_an_event_stays, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_reason_is_cut_at_its_limit, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(the_oldest_make_room, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
