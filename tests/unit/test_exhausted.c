/* The flags of what is exhausted: when they rise and when they fall. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/books/exhausted.h"

#define ITEM  1003
#define OTHER 1004
#define SPU   500

static struct exhausted *X; /* of the test that runs */

static int create(void **state)
{
    (void)state;
    X = exhausted_create();
    return X ? 0 : -1;
}

static int destroy(void **state)
{
    (void)state;
    exhausted_destroy(X);
    return 0;
}

static struct object sku(int64_t id)
{
    return (struct object){OBJECT_SKU, id};
}

static struct object spu(int64_t id)
{
    return (struct object){OBJECT_SPU, id};
}

static bool hit(int64_t object_id)
{
    return exhausted_hit(X, object_id, CHANNEL_KIOSK, 10);
}

static void note(int64_t object_id, struct object limit, int64_t left_t)
{
    exhausted_note(X, object_id, limit, CHANNEL_KIOSK, left_t);
}

static void flag(int64_t object_id, struct object limit, int64_t left_t)
{
    note(object_id, limit, left_t);
    exhausted_committed(X);
}

/* The row is saved with so much to sell on every channel. */
static void save(struct object object, int64_t avail_t)
{
    struct stock_row r;
    stock_plain(object, &r);
    r.type = STOCK_LIMITED;
    r.base_t = avail_t;
    exhausted_row(X, &r);
}

/* ---- when they rise ---- */

static void a_refusal_is_flagged_after_its_commit(void **state)
{
    (void)state;
    note(ITEM, sku(ITEM), 0);
    assert_false(hit(ITEM));
    exhausted_committed(X);
    assert_true(hit(ITEM));
    assert_false(hit(OTHER));
    assert_false(exhausted_hit(X, ITEM, CHANNEL_POS, 10));
}

static void what_was_undone_is_not_flagged(void **state)
{
    (void)state;
    note(ITEM, sku(ITEM), 0);
    exhausted_undone(X);
    exhausted_committed(X);
    assert_false(hit(ITEM));
}

static void what_came_back_in_the_same_transaction_is_not_flagged(void **state)
{
    (void)state;
    note(ITEM, sku(ITEM), 0);
    note(OTHER, spu(SPU), 0);
    save(sku(ITEM), 10);
    save(spu(SPU), 10);
    exhausted_committed(X);
    assert_false(hit(ITEM));
    assert_false(hit(OTHER));
}

static void a_refusal_after_it_came_back_counts(void **state)
{
    (void)state;
    note(ITEM, sku(ITEM), 0);
    save(sku(ITEM), 10);
    note(ITEM, sku(ITEM), 0); /* the last one was sold */
    exhausted_committed(X);
    assert_true(hit(ITEM));
}

static void more_than_is_left_is_flagged(void **state)
{
    (void)state;
    flag(ITEM, sku(ITEM), 20);
    assert_false(exhausted_hit(X, ITEM, CHANNEL_KIOSK, 20));
    assert_true(exhausted_hit(X, ITEM, CHANNEL_KIOSK, 21));
}

/* ---- when they fall ---- */

static void a_row_that_has_more_takes_its_flag_away(void **state)
{
    (void)state;
    flag(ITEM, sku(ITEM), 0);
    save(sku(OTHER), 10);
    save(spu(ITEM), 10);
    save(sku(ITEM), 0);
    assert_true(hit(ITEM));
    save(sku(ITEM), 1);
    assert_false(hit(ITEM));
}

static void an_spus_row_frees_all_its_items(void **state)
{
    (void)state;
    flag(ITEM, spu(SPU), 0);
    flag(OTHER, spu(SPU), 0);
    save(sku(ITEM), 100);
    save(spu(SPU + 1), 100);
    assert_true(hit(ITEM) && hit(OTHER));
    save(spu(SPU), 10);
    assert_false(hit(ITEM) || hit(OTHER));
}

static void one_channel_falls_alone(void **state)
{
    struct stock_row r;
    (void)state;
    exhausted_note(X, ITEM, sku(ITEM), CHANNEL_POS, 0);
    flag(ITEM, sku(ITEM), 0);
    stock_plain(sku(ITEM), &r);
    stock_channel(&r, CHANNEL_POS)->status = STATUS_SOLD_OUT;
    exhausted_row(X, &r);
    assert_true(exhausted_hit(X, ITEM, CHANNEL_POS, 10));
    assert_false(hit(ITEM));
}

/* The flag of one row says nothing of another. */
static void the_row_that_stands_in_the_way_may_change(void **state)
{
    (void)state;
    flag(ITEM, sku(ITEM), 0);
    flag(ITEM, spu(SPU), 0);
    save(sku(ITEM), 10);
    assert_true(hit(ITEM));
    save(spu(SPU), 10);
    assert_false(hit(ITEM));
}

static void a_menu_drops_all(void **state)
{
    (void)state;
    flag(ITEM, sku(ITEM), 0);
    flag(OTHER, spu(SPU), 0);
    note(ITEM + 7, sku(ITEM + 7), 0);
    exhausted_forget(X);
    exhausted_committed(X);
    assert_false(hit(ITEM) || hit(OTHER) || hit(ITEM + 7));
    flag(ITEM, sku(ITEM), 0);
    assert_true(hit(ITEM));
}

static int flagged(int64_t first, int64_t n)
{
    int count = 0;
    for (int64_t id = first; id < first + n; id++)
        count += hit(id);
    return count;
}

/* What has no room goes the longer way; what falls makes room. */
static void a_full_table_flags_no_more(void **state)
{
    const int64_t many = 4 * EXHAUSTED_ITEMS;
    (void)state;
    for (int64_t id = 1; id <= many; id++)
        flag(id, sku(id), 0);
    assert_int_equal(flagged(1, many), EXHAUSTED_ITEMS);
    for (int64_t id = 1; id <= many; id++)
        save(sku(id), 10);
    assert_int_equal(flagged(1, many), 0);
    for (int64_t id = many + 1; id <= 2 * many; id++)
        flag(id, sku(id), 0);
    assert_int_equal(flagged(many + 1, many), EXHAUSTED_ITEMS);
}

static void notes_past_the_limit_are_dropped(void **state)
{
    (void)state;
    for (int64_t id = 1; id <= EXHAUSTED_NOTES + 1; id++)
        note(id, sku(id), 0);
    exhausted_committed(X);
    assert_int_equal(flagged(1, EXHAUSTED_NOTES + 1), EXHAUSTED_NOTES);
}

static void nobody_has_to_look(void **state)
{
    struct stock_row r;
    (void)state;
    stock_plain(sku(ITEM), &r);
    exhausted_note(NULL, ITEM, sku(ITEM), CHANNEL_POS, 0);
    exhausted_row(NULL, &r);
    exhausted_forget(NULL);
    exhausted_undone(NULL);
    exhausted_committed(NULL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, create, destroy)
    const struct CMUnitTest tests[] = {
        TEST(a_refusal_is_flagged_after_its_commit),
        TEST(what_was_undone_is_not_flagged),
        TEST(what_came_back_in_the_same_transaction_is_not_flagged),
        TEST(a_refusal_after_it_came_back_counts),
        TEST(more_than_is_left_is_flagged),
        TEST(a_row_that_has_more_takes_its_flag_away),
        TEST(an_spus_row_frees_all_its_items),
        TEST(one_channel_falls_alone),
        TEST(the_row_that_stands_in_the_way_may_change),
        TEST(a_menu_drops_all),
        TEST(a_full_table_flags_no_more),
        TEST(notes_past_the_limit_are_dropped),
        TEST(nobody_has_to_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
