/* sync/reconcile: when rows are compared, and what a difference leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sync/reconcile.h"

#define SKU(id)                                                                                    \
    {                                                                                              \
        OBJECT_SKU, id                                                                             \
    }
static const struct digest_pair OURS[] = {{SKU(1), 0x11}, {SKU(2), 0x22}, {SKU(3), 0x44}};
static const struct digest_pair OTHER[] = {{SKU(1), 0x11}, {SKU(2), 0x2f}, {SKU(3), 0x44}};

static struct cloud_digest_reply listed(const struct digest_pair *pairs, size_t n, bool more)
{
    return (struct cloud_digest_reply){.pairs = pairs, .n_pairs = n, .more = more};
}

static void asks(const struct reconcile *r, enum cloud_digest_want want, int64_t now_ms)
{
    struct reconcile_step step = reconcile_next(r, true, now_ms);
    assert_int_equal(step.what, RECONCILE_ASK);
    assert_int_equal(step.want, want);
}

static void root_answered(struct reconcile *r, uint64_t root, int64_t now_ms)
{
    asks(r, DIGEST_ROOT, now_ms);
    reconcile_root(r, OURS, 3, 0, &(struct cloud_digest_reply){.root = root}, now_ms);
}

/* One row that differs is known, after two exchanges. */
static void found(struct reconcile *r)
{
    struct cloud_digest_reply list = listed(OTHER, 3, false);
    reconcile_open(r, 0);
    root_answered(r, 0xff, 0);
    asks(r, DIGEST_LIST, 0);
    reconcile_list(r, OURS, 3, &list, 0);
    asks(r, DIGEST_ROWS, 0);
    assert_int_equal(r->n_differ, 1);
    assert_int_equal(r->differ[0].id, 2);
}

static void mended(struct reconcile *r)
{
    found(r);
    reconcile_rows(r, &(struct reconcile_look){.differs = true}, 0);
    assert_int_equal(reconcile_next(r, true, 0).what, RECONCILE_MEND);
    reconcile_mended(r);
}

static void equal_books_cost_one_question(void **state)
{
    struct reconcile r;
    (void)state;
    reconcile_open(&r, 0);
    root_answered(&r, 0x11 ^ 0x22 ^ 0x44, 5);
    assert_int_equal(r.last.rounds, 1);
    assert_int_equal(r.last.compared, 3);
    struct reconcile_step step = reconcile_next(&r, true, 6);
    assert_int_equal(step.what, RECONCILE_WAIT);
    assert_int_equal(step.until_ms, 5 + RECONCILE_EVERY_MS);
    asks(&r, DIGEST_ROOT, 5 + RECONCILE_EVERY_MS);
}

static void nothing_is_compared_while_events_wait(void **state)
{
    struct reconcile r;
    (void)state;
    reconcile_open(&r, 0);
    assert_int_equal(reconcile_next(&r, false, RECONCILE_EVERY_MS).what, RECONCILE_IDLE);
}

static void what_the_center_leaves_out_is_left_out_here(void **state)
{
    struct reconcile r;
    struct object hot = SKU(2);
    (void)state;
    reconcile_open(&r, 0);
    reconcile_root(&r, OURS, 3, 1,
                   &(struct cloud_digest_reply){.root = 0x11 ^ 0x44, .hot = &hot, .n_hot = 1}, 0);
    assert_int_equal(r.last.rounds, 1);
    assert_int_equal(r.last.compared, 2);
    assert_int_equal(r.last.left_out, 2);
}

static void a_reconnect_and_a_person_are_reasons(void **state)
{
    struct reconcile r;
    (void)state;
    reconcile_open(&r, 0);
    root_answered(&r, 0x11 ^ 0x22 ^ 0x44, 0);
    assert_int_equal(reconcile_next(&r, true, 1).what, RECONCILE_WAIT);
    reconcile_connected(&r, 1);
    root_answered(&r, 0x11 ^ 0x22 ^ 0x44, 1);
    assert_int_equal(reconcile_next(&r, true, 2).what, RECONCILE_WAIT);
    reconcile_demand(&r);
    root_answered(&r, 0x11 ^ 0x22 ^ 0x44, 2);
    assert_int_equal(reconcile_next(&r, true, 3).what, RECONCILE_WAIT);
    assert_int_equal(r.last.rounds, 3);
}

static void rows_of_one_side_alone_differ(void **state)
{
    static const struct digest_pair theirs[] = {{SKU(1), 0x11}, {SKU(3), 0x44}, {SKU(9), 0x99}};
    struct cloud_digest_reply list = listed(theirs, 3, false);
    struct reconcile r;
    (void)state;
    reconcile_open(&r, 0);
    root_answered(&r, 0, 0);
    reconcile_list(&r, OURS, 3, &list, 0);
    assert_int_equal(r.n_differ, 2);
    assert_int_equal(r.differ[0].id, 2);
    assert_int_equal(r.differ[1].id, 9);
}

static void a_long_list_is_compared_page_by_page(void **state)
{
    struct reconcile r;
    struct cloud_digest_reply first = listed(OTHER, 1, true), rest = listed(OTHER + 1, 2, false);
    (void)state;
    reconcile_open(&r, 0);
    root_answered(&r, 0, 0);
    reconcile_list(&r, OURS, 3, &first, 0);
    assert_int_equal(r.n_differ, 0);
    assert_int_equal(r.after.id, 1);
    asks(&r, DIGEST_LIST, 0);
    reconcile_list(&r, OURS, 3, &rest, 0);
    assert_int_equal(r.n_differ, 1);
}

static void more_rows_than_one_event_takes_wait_for_the_next_round(void **state)
{
    struct digest_pair many[RECONCILE_DIFFER_MAX + 1];
    struct cloud_digest_reply none = {0};
    struct reconcile r;
    (void)state;
    for (size_t i = 0; i <= RECONCILE_DIFFER_MAX; i++)
        many[i] = (struct digest_pair){{OBJECT_SKU, (int64_t)i + 1}, 7};
    reconcile_open(&r, 0);
    reconcile_root(&r, many, RECONCILE_DIFFER_MAX + 1, 0, &none, 0);
    reconcile_list(&r, many, RECONCILE_DIFFER_MAX + 1, &none, 0);
    assert_int_equal(r.n_differ, RECONCILE_DIFFER_MAX);
    assert_int_equal(r.now.differed, RECONCILE_DIFFER_MAX + 1);
}

static void a_change_that_passed_is_no_difference(void **state)
{
    struct reconcile r;
    struct cloud_digest_reply same = listed(OURS, 3, false);
    (void)state;
    reconcile_open(&r, 0);
    root_answered(&r, 0, 0);
    reconcile_list(&r, OURS, 3, &same, 0);
    assert_int_equal(r.state, RECONCILE_REST);
    assert_int_equal(r.last.differed, 0);
    found(&r);
    reconcile_rows(&r, &(struct reconcile_look){.differs = false}, 0);
    assert_int_equal(r.state, RECONCILE_REST);
    found(&r);
    reconcile_rows(&r, &(struct reconcile_look){.differs = true, .hot = true}, 0);
    assert_int_equal(r.state, RECONCILE_REST);
}

static void a_mended_row_is_looked_at_once_all_is_sent(void **state)
{
    struct reconcile r;
    (void)state;
    mended(&r);
    assert_int_equal(reconcile_next(&r, false, 0).what, RECONCILE_IDLE);
    asks(&r, DIGEST_ROWS, 0);
    reconcile_rows(&r, &(struct reconcile_look){.differs = false}, 0);
    assert_int_equal(r.last.repaired, 1);
    assert_int_equal(r.last.stuck, 0);
}

static void a_row_that_stays_different_is_named_and_not_mended_for_ever(void **state)
{
    struct reconcile r;
    (void)state;
    mended(&r);
    reconcile_rows(&r, &(struct reconcile_look){.differs = true}, 0);
    assert_int_equal(r.last.stuck, 1);
    assert_int_equal(r.last.repaired, 0);
    assert_int_equal(reconcile_next(&r, true, 1).what, RECONCILE_WAIT);
}

static void a_question_that_fails_is_asked_again_later(void **state)
{
    struct reconcile r;
    (void)state;
    found(&r);
    reconcile_failed(&r, false, 100);
    assert_int_equal(reconcile_next(&r, true, 100).until_ms, 100 + RECONCILE_RETRY_MS);
    assert_int_equal(r.last.rounds, 0);
    asks(&r, DIGEST_ROOT, 100 + RECONCILE_RETRY_MS);
    reconcile_failed(&r, true, 100);
    assert_int_equal(reconcile_next(&r, true, 100).until_ms, 100 + RECONCILE_EVERY_MS);
}

static void a_cut_ends_the_round(void **state)
{
    struct reconcile r;
    (void)state;
    mended(&r);
    reconcile_connected(&r, 10);
    asks(&r, DIGEST_ROOT, 10);
    assert_int_equal(r.n_differ, 0);
    assert_false(r.tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_books_cost_one_question),
        cmocka_unit_test(nothing_is_compared_while_events_wait),
        cmocka_unit_test(what_the_center_leaves_out_is_left_out_here),
        cmocka_unit_test(a_reconnect_and_a_person_are_reasons),
        cmocka_unit_test(rows_of_one_side_alone_differ),
        cmocka_unit_test(a_long_list_is_compared_page_by_page),
        cmocka_unit_test(more_rows_than_one_event_takes_wait_for_the_next_round),
        cmocka_unit_test(a_change_that_passed_is_no_difference),
        cmocka_unit_test(a_mended_row_is_looked_at_once_all_is_sent),
        cmocka_unit_test(a_row_that_stays_different_is_named_and_not_mended_for_ever),
        cmocka_unit_test(a_question_that_fails_is_asked_again_later),
        cmocka_unit_test(a_cut_ends_the_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
