/* A row of the center in the books (sync-protocol 4.4 to 4.6). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "edge/books/alert.h"
#include "tests/lib/cloud_line.h"

/* ---- one row ---- */

static void sale_of_the_center_counts_here(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    toy_sells(&l->center, EGG, 40);
    sends(l, EGG);
    assert_true(told_stock(&l->shop));
    assert_int_equal(shop_real(&l->shop, 1003), 60);
    assert_int_equal(shop_events(&l->shop, EVENT_CENTER_ROW), 1);
    assert_int_equal(sell_egg(l, "P1", 7), CODE_INSUFFICIENT_STOCK);
    assert_true(shop_sound(&l->shop));
    heal(l, EGG);
    expect_same(l, EGG);
}

static void lock_of_the_center_cannot_be_sold_here(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    toy_locks(&l->center, EGG, 40);
    sends(l, EGG);
    assert_int_equal(shop_avail(&l->shop, 1003, CHANNEL_POS), 60);
    toy_locks(&l->center, EGG, -40);
    sends(l, EGG);
    assert_int_equal(shop_avail(&l->shop, 1003, CHANNEL_POS), 100);
}

static void repeated_row_changes_nothing(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    toy_sells(&l->center, EGG, 40);
    sends(l, EGG);
    int events = shop_events(&l->shop, EVENT_KIND_COUNT);
    sends(l, EGG);
    assert_false(told_stock(&l->shop));
    assert_int_equal(shop_events(&l->shop, EVENT_KIND_COUNT), events);
    assert_int_equal(shop_real(&l->shop, 1003), 60);
}

static void overtaken_row_changes_nothing(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    toy_sells(&l->center, EGG, 10);
    struct cloud_row old = toy_sends(&l->center, EGG);
    toy_sells(&l->center, EGG, 10);
    sends(l, EGG);
    arrives(l, &old);
    assert_int_equal(shop_real(&l->shop, 1003), 80);
}

static void echo_is_kept_without_an_event(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    assert_int_equal(sell_egg(l, "P1", 2), CODE_OK);
    heal(l, EGG);
    assert_false(told_stock(&l->shop));
    assert_int_equal(shop_events(&l->shop, EVENT_CENTER_ROW), 0);
    assert_int_equal(egg(l).c_ver, l->center.ver);
    expect_same(l, EGG);
}

/* Everything else of it counts. */
static void row_that_tells_of_events_to_come_takes_no_counter(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    toy_sells(&l->center, EGG, 40);
    assert_int_equal(sell_egg(l, "P1", 2), CODE_OK);
    struct position at = l->shop.out.at;
    struct cloud_row row = toy_sends(&l->center, EGG);
    row.row.h_t = -90;
    row.row.h_at = (struct position){at.epoch, at.seq + 1000};
    arrives(l, &row);
    assert_int_equal(l->shop.out.bad_rows, 1);
    assert_int_equal(egg(l).h_t, -20);
    assert_true(position_cmp(egg(l).h_at, at) <= 0);
    assert_int_equal(shop_real(&l->shop, 1003), 40);
    heal(l, EGG);
    assert_int_equal(l->shop.out.bad_rows, 0);
    expect_same(l, EGG);
}

static void row_without_the_extension_is_stepped_over(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    toy_counts(&l->center, EGG, 20);
    struct cloud_row row = toy_sends(&l->center, EGG);
    row.has_x = false;
    arrives(l, &row);
    assert_int_equal(shop_real(&l->shop, 1003), 100);
}

/* T54, from the side of the books: one value was changed at the center behind everybody's back. */
static void row_that_reads_differently_is_taken_again(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    heal(l, EGG);
    toy_sells(&l->center, EGG, 30);
    sends(l, EGG);
    toy_row(&l->center, EGG)->c_t += 10;
    struct cloud_row row = toy_sends(&l->center, EGG);
    arrives(l, &row);
    assert_int_equal(shop_real(&l->shop, 1003), 70);
    shop_center_rows(&l->shop, &(struct center_rows){.rows = &row, .n = 1, .again = true});
    assert_int_equal(shop_real(&l->shop, 1003), 80);
    expect_same(l, EGG);
}

static void older_row_is_not_taken_again(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    heal(l, EGG);
    struct cloud_row old = toy_sends(&l->center, EGG);
    toy_sells(&l->center, EGG, 30);
    sends(l, EGG);
    shop_center_rows(&l->shop, &(struct center_rows){.rows = &old, .n = 1, .again = true});
    assert_int_equal(shop_real(&l->shop, 1003), 70);
}

static void row_new_to_the_hub_is_named_by_the_menu(void **state)
{
    struct line *l = *state;
    struct txn *txn;
    struct stock_row mine;
    toy_counts(&l->center, SALAD, 50);
    sends(l, SALAD);
    assert_int_equal(txn_begin_read(l->shop.store, &txn), PH_OK);
    assert_true(stock_load(txn, SALAD, &mine));
    assert_true(str_eq(mine.name, STR("Salad")));
    assert_int_equal(mine.step_t, 1);
    txn_abort(txn);
    assert_int_equal(shop_avail(&l->shop, 1004, CHANNEL_KIOSK), 50);
}

/* ---- T40, T41, and the worked example of 4.6 ---- */

static void sold_out_online_and_sale_here_both_stand(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    heal(l, EGG);
    toy_status(&l->center, EGG, false);
    assert_int_equal(sell_egg(l, "P1", 2), CODE_OK);
    heal(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), 80);
    assert_int_equal(sell_egg(l, "P2", 1), CODE_SOLD_OUT);
    expect_same(l, EGG);
}

static void count_of_the_center_loses_no_sale_it_had_not_seen(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    heal(l, EGG);
    assert_int_equal(sell_egg(l, "P1", 3), CODE_OK);
    toy_counts(&l->center, EGG, 120);
    heal(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), 90);
    expect_same(l, EGG);
}

static void later_of_two_counts_wins(bool hub_is_later, int64_t real_t, struct line *l)
{
    set_egg(l, "10");
    heal(l, EGG);
    sell_egg(l, "P1", 3);
    l->shop.wall_ms += hub_is_later ? 9000 : 1000;
    set_egg(l, "12");
    sell_egg(l, "P2", 1);
    toy_sells(&l->center, EGG, 20);
    l->center.now_ms += 5000;
    toy_counts(&l->center, EGG, 200);
    toy_sells(&l->center, EGG, 10);
    heal(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), real_t);
    expect_same(l, EGG);
}

static void count_of_the_center_that_is_later_wins(void **state)
{
    later_of_two_counts_wins(false, 150, *state);
}

static void count_of_the_hub_that_is_later_wins(void **state)
{
    later_of_two_counts_wins(true, 80, *state);
}

static void count_that_is_beaten_on_its_way_is_told(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    heal(l, EGG);
    set_egg(l, "12");
    l->center.now_ms += 5000;
    toy_counts(&l->center, EGG, 200);
    sends(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), 200);
    heal(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), 200);
    expect_same(l, EGG);
}

/* A till that counts after it saw the center's count means what it counts, whatever the clocks say.
 */
static void count_after_the_centers_wins_on_a_slow_clock(void **state)
{
    struct line *l = *state;
    l->center.now_ms += 3600 * 1000;
    toy_counts(&l->center, EGG, 200);
    sends(l, EGG);
    set_egg(l, "5");
    heal(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), 50);
    expect_same(l, EGG);
}

/* ---- tombstones ---- */

static void deleted_row_is_unlimited_and_its_sales_count(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    heal(l, EGG);
    toy_deletes(&l->center, EGG);
    assert_int_equal(sell_egg(l, "P1", 2), CODE_OK);
    heal(l, EGG);
    struct stock_row r = egg(l);
    assert_true(stock_is_plain(&r) && told_stock(&l->shop));
    assert_int_equal(r.h_t, -20);
    assert_int_equal(sell_egg(l, "P2", 50), CODE_OK);
    heal(l, EGG);
    expect_same(l, EGG);
}

/* ---- generations ---- */

static void opens_generation(struct line *l, struct object object, const char *gen_id)
{
    struct stock_row *r = toy_row(&l->center, object);
    r->gen_id = str_of(gen_id);
    r->c_ver = ++l->center.ver;
    sends(l, object);
}

/* What is weighed more than was reserved is of the new generation, the rest is not: none of it
 * comes back to stock. */
static void line_over_a_new_generation_is_paid_and_refunded(void **state)
{
    struct line *l = *state;
    struct shop *s = &l->shop;
    pos(s, "order.place", "{'order_id':'P1','lines':[{'line':1,'object_id':'1004','qty':'1'}]}");
    hears(l);
    opens_generation(l, SALAD, "R:1769551200000");
    pos(s, "order.pay",
        "{'order_id':'P1','pay_id':'p','tender':'CASH','amount':'12',"
        "'lines':[{'line':1,'actual_qty':'1.2'}]}");
    assert_int_equal(s->out.code, CODE_OK);
    pos(s, "order.refund",
        "{'order_id':'P1','refund_id':'r','lines':[{'line':1,'qty':'1.2','restock':true}]}");
    assert_int_equal(s->out.code, CODE_OK);
    assert_int_equal(shop_row(s, OBJECT_SKU, 1004).h_t, -12);
    assert_int_equal(shop_locked(s, 1004), 0);
    assert_true(shop_sound(s));
}

/* ---- oversell ---- */

static void portions_sold_twice_are_alerted_with_the_case(void **state)
{
    struct line *l = *state;
    struct txn *txn;
    struct alert_row a;
    set_egg(l, "10");
    hears(l);
    assert_int_equal(sell_egg(l, "P1", 8), CODE_OK);
    toy_sells(&l->center, EGG, 50);
    sends(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), -30);
    assert_int_equal(txn_begin_read(l->shop.store, &txn), PH_OK);
    assert_true(alert_load(txn, STR("short-2-1003"), &a));
    assert_true(str_eq(a.kind, STR("OVERSELL")) && str_eq(a.case_id, STR("ov:1:2:1003:")));
    txn_abort(txn);
}

#define LINE_TEST(f) cmocka_unit_test_setup_teardown(f, line_open, line_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LINE_TEST(sale_of_the_center_counts_here),
        LINE_TEST(lock_of_the_center_cannot_be_sold_here),
        LINE_TEST(repeated_row_changes_nothing),
        LINE_TEST(overtaken_row_changes_nothing),
        LINE_TEST(echo_is_kept_without_an_event),
        LINE_TEST(row_that_tells_of_events_to_come_takes_no_counter),
        LINE_TEST(row_without_the_extension_is_stepped_over),
        LINE_TEST(row_that_reads_differently_is_taken_again),
        LINE_TEST(older_row_is_not_taken_again),
        LINE_TEST(row_new_to_the_hub_is_named_by_the_menu),
        LINE_TEST(sold_out_online_and_sale_here_both_stand),
        LINE_TEST(count_of_the_center_loses_no_sale_it_had_not_seen),
        LINE_TEST(count_of_the_center_that_is_later_wins),
        LINE_TEST(count_of_the_hub_that_is_later_wins),
        LINE_TEST(count_that_is_beaten_on_its_way_is_told),
        LINE_TEST(count_after_the_centers_wins_on_a_slow_clock),
        LINE_TEST(deleted_row_is_unlimited_and_its_sales_count),
        LINE_TEST(line_over_a_new_generation_is_paid_and_refunded),
        LINE_TEST(portions_sold_twice_are_alerted_with_the_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
