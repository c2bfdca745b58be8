/* Versions, pages and pulls of everything in the books, and ROW_STATE
 * (sync-protocol 3.5, 4.4, 4.5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/cloud_line.h"

/* ---- versions ---- */

static uint64_t applied_after(struct line *l, uint64_t prev_ver, uint64_t ver)
{
    shop_center_rows(&l->shop, &(struct center_rows){.prev_ver = prev_ver, .ver = ver});
    return l->shop.out.applied_ver;
}

static void version_moves_where_nothing_is_missing(void **state)
{
    struct line *l = *state;
    assert_int_equal(applied_after(l, 0, 100), 100);
    assert_int_equal(applied_after(l, 101, 102), 100); /* T34: 101 is missing */
    assert_int_equal(applied_after(l, 100, 101), 101);
    assert_int_equal(applied_after(l, 101, 102), 102);
    assert_int_equal(applied_after(l, 99, 101), 102);
    assert_int_equal(applied_after(l, 90, 110), 110);
    assert_int_equal(applied_after(l, 0, 0), 110);
    shop_reopen(&l->shop);
    assert_int_equal(applied_after(l, 0, 0), 110);
}

static void row_behind_a_gap_is_merged_at_once(void **state)
{
    struct line *l = *state;
    toy_counts(&l->center, SALAD, 50);
    toy_counts(&l->center, EGG, 50);
    struct cloud_row row = toy_sends(&l->center, EGG);
    shop_center_rows(&l->shop,
                     &(struct center_rows){.rows = &row, .n = 1, .prev_ver = 1, .ver = 2});
    assert_int_equal(l->shop.out.applied_ver, 0);
    assert_int_equal(shop_real(&l->shop, 1003), 50);
}

/* ---- everything anew ---- */

static void full_pull(struct line *l, const struct cloud_row *rows, uint32_t n, uint64_t ver)
{
    shop_center_rows(&l->shop, &(struct center_rows){.rows = rows,
                                                     .n = n,
                                                     .ver = ver,
                                                     .full_begins = true,
                                                     .full_ends = true,
                                                     .acked = l->center.heard});
}

static void row_that_a_full_pull_lacks_vanishes(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    sell_egg(l, "P1", 2);
    toy_counts(&l->center, SALAD, 50);
    heal(l, EGG);
    sends(l, SALAD);
    struct cloud_row row = toy_sends(&l->center, SALAD);
    full_pull(l, &row, 1, 50);
    struct stock_row r = egg(l);
    assert_true(stock_is_plain(&r) && told_stock(&l->shop));
    assert_int_equal(r.h_t, -20);
    assert_int_equal(shop_real(&l->shop, 1004), 50);
    assert_int_equal(l->shop.out.applied_ver, 50);
    assert_true(shop_sound(&l->shop));
}

/* A whole page, and then none of it: more rows than one order may touch. */
static void page_comes_and_vanishes(void **state)
{
    struct line *l = *state;
    struct cloud_row *rows = calloc(LIMIT_PULL_ROWS, sizeof *rows);
    assert_non_null(rows);
    for (uint32_t page = 0; page < 2; page++) {
        for (uint32_t i = 0; i < LIMIT_PULL_ROWS; i++) {
            struct object object = {OBJECT_SKU, 5000 + page * LIMIT_PULL_ROWS + i};
            stock_plain(object, &rows[i].row);
            rows[i].row.type = STOCK_LIMITED;
            rows[i].row.base_t = 70;
            rows[i].has_x = true;
            rows[i].over = 1 + page * LIMIT_PULL_ROWS + i;
        }
        shop_center_rows(&l->shop, &(struct center_rows){.rows = rows,
                                                         .n = LIMIT_PULL_ROWS,
                                                         .prev_ver = page * LIMIT_PULL_ROWS,
                                                         .ver = (page + 1) * LIMIT_PULL_ROWS});
        assert_int_equal(l->shop.out.applied_ver, (page + 1) * LIMIT_PULL_ROWS);
    }
    free(rows);
    assert_int_equal(shop_events(&l->shop, EVENT_CENTER_ROW), 2 * LIMIT_PULL_ROWS);
    assert_int_equal(shop_real(&l->shop, 5999), 70);
    full_pull(l, NULL, 0, 2000);
    assert_int_equal(shop_events(&l->shop, EVENT_CENTER_ROW), 4 * LIMIT_PULL_ROWS);
    struct stock_row r = shop_row(&l->shop, OBJECT_SKU, 5999);
    assert_true(stock_is_plain(&r));
    assert_true(shop_sound(&l->shop));
}

static void row_the_center_has_not_heard_of_stays(void **state)
{
    struct line *l = *state;
    hears(l);
    set_egg(l, "10");
    full_pull(l, NULL, 0, 50);
    assert_int_equal(shop_real(&l->shop, 1003), 100);
}

static void promised_row_stays(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    pos(&l->shop, "order.place",
        "{'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}");
    hears(l);
    full_pull(l, NULL, 0, 50);
    assert_int_equal(shop_avail(&l->shop, 1003, CHANNEL_POS), 90);
}

static void center_that_failed_over_is_taken_with_its_lower_versions(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    struct cloud_row old = toy_sends(&l->center, EGG);
    l->center.ver = 40;
    toy_sells(&l->center, EGG, 40);
    struct cloud_row row = toy_sends(&l->center, EGG);
    shop_center_rows(&l->shop, &(struct center_rows){.rows = &row, .n = 1, .ver = 41});
    assert_int_equal(applied_after(l, 0, 41), 41);
    full_pull(l, &old, 1, 5);
    assert_int_equal(shop_real(&l->shop, 1003), 100);
    assert_int_equal(l->shop.out.applied_ver, 5);
}

/* ---- ROW_STATE ---- */

static void row_state_heals_a_dead_sale(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    assert_int_equal(sell_egg(l, "P1", 2), CODE_OK);
    uint64_t dead = l->shop.out.at.seq;
    l->center.heard.seq = dead; /* put aside */
    shop_row_state(&l->shop, &(struct state_ask){.dead = &dead, .n_dead = 1, .dead_epoch = 1});
    assert_int_equal(shop_events(&l->shop, EVENT_ROW_STATE), 1);
    heal(l, EGG);
    expect_same(l, EGG);
    assert_int_equal(stock_real(toy_row(&l->center, EGG)), 80);
    assert_int_equal(toy_row(&l->center, EGG)->channels[0].used_t, 20);
}

static void row_state_of_nothing_is_no_event(void **state)
{
    struct line *l = *state;
    const uint64_t dead = 4711;
    const struct object object = EGG;
    shop_row_state(&l->shop,
                   &(struct state_ask){
                       .objects = &object, .n = 1, .dead = &dead, .n_dead = 1, .dead_epoch = 1});
    assert_int_equal(shop_events(&l->shop, EVENT_ROW_STATE), 0);
}

static void refused_count_is_taken_back(void **state)
{
    struct line *l = *state;
    const struct object object = EGG;
    set_egg(l, "10");
    heal(l, EGG);
    set_egg(l, "50");
    l->center.heard.seq++; /* put aside */
    shop_row_state(&l->shop, &(struct state_ask){.objects = &object, .n = 1});
    toy_sells(&l->center, EGG, 10);
    heal(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), 90);
    expect_same(l, EGG);
}

#define LINE_TEST(f) cmocka_unit_test_setup_teardown(f, line_open, line_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LINE_TEST(version_moves_where_nothing_is_missing),
        LINE_TEST(row_behind_a_gap_is_merged_at_once),
        LINE_TEST(row_that_a_full_pull_lacks_vanishes),
        LINE_TEST(page_comes_and_vanishes),
        LINE_TEST(row_the_center_has_not_heard_of_stays),
        LINE_TEST(promised_row_stays),
        LINE_TEST(center_that_failed_over_is_taken_with_its_lower_versions),
        LINE_TEST(row_state_heals_a_dead_sale),
        LINE_TEST(row_state_of_nothing_is_no_event),
        LINE_TEST(refused_count_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
