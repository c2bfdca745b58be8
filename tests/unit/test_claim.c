/* A claim in the books (sync-protocol 3.7): what stands when this box takes the store over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/rights.h"
#include "tests/lib/cloud_line.h"

#define EPOCH 8

static struct journal_head head_of(struct shop *s)
{
    struct txn *txn;
    struct journal j;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    assert_true(journal_load(&j, txn));
    txn_abort(txn);
    return j.head;
}

/* With the rows of the toy and these orders; `acked`: what it had judged. */
static enum code claim(struct line *l, uint32_t epoch, struct position acked, const char *orders)
{
    struct cloud_row rows[TOY_ROWS];
    char text[2048];
    size_t n = 0;
    for (; orders && orders[n]; n++)
        text[n] = orders[n] == '\'' ? '"' : orders[n];
    struct json *doc = orders ? json_parse(text, n, &JSON_CLOUD, NULL) : NULL;
    assert_true(!orders || doc);
    for (size_t i = 0; i < l->center.n; i++) {
        l->center.rows[i].h_at = (struct position){epoch, 0};
        rows[i] = toy_sends(&l->center, l->center.rows[i].object);
    }
    const struct center_claim in = {.rows = rows,
                                    .n = (uint32_t)l->center.n,
                                    .epoch = epoch,
                                    .ver = l->center.ver,
                                    .acked = acked,
                                    .box_id = STR("BX-02"),
                                    .why = STR("test"),
                                    .orders = doc ? json_get(doc, "orders") : NULL};
    shop_claim(&l->shop, &in);
    l->center.heard = (struct position){epoch, 0};
    json_free(doc);
    return l->shop.out.code;
}

static void epoch_is_the_centers_and_opens_with_its_event(void **state)
{
    struct line *l = *state;
    struct event e;
    struct txn *txn;
    assert_int_equal(claim(l, EPOCH, (struct position){0, 0}, NULL), CODE_OK);
    assert_int_equal(head_of(&l->shop).at.epoch, EPOCH);
    assert_int_equal(txn_begin_read(l->shop.store, &txn), PH_OK);
    assert_true(journal_read(txn, (struct position){EPOCH, 1}, &e));
    assert_int_equal(e.kind, EVENT_EPOCH_OPEN);
    assert_non_null(memmem(e.body.p, e.body.n, "\"box_id\":\"BX-02\"", 16));
    txn_abort(txn);
}

static void epoch_that_is_not_above_ours_changes_nothing(void **state)
{
    struct line *l = *state;
    struct position before = head_of(&l->shop).at;
    assert_int_equal(claim(l, before.epoch, (struct position){0, 0}, NULL), CODE_BAD_REQUEST);
    struct position after = head_of(&l->shop).at;
    assert_int_equal(position_cmp(before, after), 0);
    assert_int_equal(claim(l, before.epoch + 1, (struct position){0, 0}, NULL), CODE_OK);
}

static void epoch_is_above_what_a_device_has_seen(void **state)
{
    struct line *l = *state;
    l->shop.seen_epoch = EPOCH;
    assert_int_equal(claim(l, EPOCH, (struct position){0, 0}, NULL), CODE_BAD_REQUEST);
    assert_int_equal(claim(l, EPOCH + 1, (struct position){0, 0}, NULL), CODE_OK);
}

static void h_is_the_centers_even_if_it_is_less(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    assert_int_equal(sell_egg(l, "P1", 2), CODE_OK);
    hears(l);
    struct position acked = head_of(&l->shop).at;
    assert_int_equal(sell_egg(l, "P2", 3), CODE_OK);
    assert_int_equal(shop_real(&l->shop, 1003), 50);
    assert_int_equal(claim(l, EPOCH, acked, NULL), CODE_OK);
    assert_int_equal(egg(l).h_t, -20);
    assert_int_equal(shop_real(&l->shop, 1003), 80);
    toy_sells(&l->center, EGG, 30); /* salvage */
    heal(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), 50);
    expect_same(l, EGG);
}

/* The box before went without a word on it; this one was never in STRICT itself. */
static void mode_that_nobody_acknowledged_is(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    struct stock_row *row = toy_row(&l->center, EGG);
    row->mode = MODE_LOOSE;
    row->mode_in_force = MODE_STRICT;
    assert_int_equal(claim(l, EPOCH, head_of(&l->shop).at, NULL), CODE_OK);
    assert_int_equal(shop_events(&l->shop, EVENT_MODE_ACK), 1);
    assert_int_equal(egg(l).mode_in_force, MODE_LOOSE);
    row->mode = row->mode_in_force = MODE_STRICT;
    assert_int_equal(claim(l, EPOCH + 1, head_of(&l->shop).at, NULL), CODE_OK);
    assert_int_equal(shop_events(&l->shop, EVENT_MODE_ACK), 1);
    assert_int_equal(egg(l).mode_in_force, MODE_STRICT);
}

static void count_that_the_center_has_not_judged_is_said_again(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    struct position acked = head_of(&l->shop).at;
    assert_int_equal(sell_egg(l, "P1", 2), CODE_OK);
    set_egg(l, "20");
    assert_int_equal(sell_egg(l, "P2", 1), CODE_OK);
    assert_int_equal(claim(l, EPOCH, acked, NULL), CODE_OK);
    assert_int_equal(shop_real(&l->shop, 1003), 190);
    heal(l, EGG);
    assert_int_equal(shop_real(&l->shop, 1003), 190);
    expect_same(l, EGG);
}

static void later_count_of_the_center_stands(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    hears(l);
    struct position acked = head_of(&l->shop).at;
    set_egg(l, "20");
    l->center.now_ms = l->shop.wall_ms + 60000;
    toy_counts(&l->center, EGG, 70);
    assert_int_equal(claim(l, EPOCH, acked, NULL), CODE_OK);
    assert_int_equal(shop_real(&l->shop, 1003), 70);
    heal(l, EGG);
    expect_same(l, EGG);
}

static void store_that_the_center_never_knew_says_all_it_has(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    assert_int_equal(pos(&l->shop, "stock.channel",
                         "{'object_type':'2','object_id':'1003','channel':'KIOSK','limited':true,"
                         "'limit':'4'}"),
                     CODE_OK);
    pos(&l->shop, "stock.sold_out", "{'object_type':'2','object_id':'1004'}");
    assert_int_equal(sell_egg(l, "P1", 3), CODE_OK);
    int locks = shop_events(&l->shop, EVENT_ORDER_LOCK);
    assert_int_equal(pos(&l->shop, "order.place",
                         "{'order_id':'O1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}"),
                     CODE_OK);
    assert_int_equal(claim(l, EPOCH, (struct position){0, 0}, NULL), CODE_OK);
    assert_int_equal(shop_events(&l->shop, EVENT_ORDER_LOCK), locks + 2);
    hears(l);
    assert_int_equal(stock_real(toy_row(&l->center, EGG)), 70);
    assert_int_equal(toy_row(&l->center, EGG)->lh_t, 10);
    assert_int_equal(toy_row(&l->center, SALAD)->status, STATUS_SOLD_OUT);
    sends(l, EGG);
    expect_same(l, EGG);
    sends(l, SALAD);
    expect_same(l, SALAD);
}

static void row_that_the_center_has_no_more_goes(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    heal(l, EGG);
    struct position acked = head_of(&l->shop).at;
    l->center.n = 0;
    assert_int_equal(claim(l, EPOCH, acked, NULL), CODE_OK);
    assert_int_equal(egg(l).type, STOCK_UNLIMITED);
}

static void lock_that_was_given_back_unheard_is_given_back_there(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    assert_int_equal(pos(&l->shop, "order.place",
                         "{'order_id':'O1','lines':[{'line':1,'object_id':'1003','qty':'3'}]}"),
                     CODE_OK);
    hears(l);
    struct position acked = head_of(&l->shop).at;
    assert_int_equal(pos(&l->shop, "order.cancel", "{'order_id':'O1'}"), CODE_OK);
    assert_int_equal(toy_row(&l->center, EGG)->lh_t, 30);
    assert_int_equal(claim(l, EPOCH, acked, NULL), CODE_OK);
    hears(l);
    assert_int_equal(toy_row(&l->center, EGG)->lh_t, 0);
}

static void channel_cannot_sell_its_share_twice(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    assert_int_equal(pos(&l->shop, "stock.channel",
                         "{'object_type':'2','object_id':'1003','channel':'POS','limited':true,"
                         "'limit':'4'}"),
                     CODE_OK);
    hears(l);
    struct position acked = head_of(&l->shop).at;
    assert_int_equal(sell_egg(l, "P1", 3), CODE_OK);
    assert_int_equal(pos(&l->shop, "order.serve", "{'order_id':'P1'}"), CODE_OK);
    assert_int_equal(shop_avail(&l->shop, 1003, CHANNEL_POS), 10);
    assert_int_equal(claim(l, EPOCH, acked, NULL), CODE_OK);
    assert_int_equal(shop_avail(&l->shop, 1003, CHANNEL_POS), 10);
}

/* Less than the order gives back, as the center says it of a later position: the share is whole
 * then, no more. */
static void share_is_never_more_than_whole(void **state)
{
    struct line *l = *state;
    set_egg(l, "10");
    assert_int_equal(pos(&l->shop, "stock.channel",
                         "{'object_type':'2','object_id':'1003','channel':'POS','limited':true,"
                         "'limit':'4'}"),
                     CODE_OK);
    assert_int_equal(pos(&l->shop, "order.place",
                         "{'order_id':'O1','lines':[{'line':1,'object_id':'1003','qty':'3'}]}"),
                     CODE_OK);
    pos(&l->shop, "stock.sold_out", "{'object_type':'2','object_id':'1004'}");
    hears(l);
    struct cloud_row row = toy_sends(&l->center, EGG);
    struct stock_channel *theirs = stock_channel(&row.row, CHANNEL_POS);
    assert_non_null(theirs);
    theirs->used_t = -50;
    row.row.h_at = head_of(&l->shop).at;
    row.row.c_ver = row.over = ++l->center.ver;
    arrives(l, &row);
    assert_int_equal(shop_avail(&l->shop, 1003, CHANNEL_POS), 40);
    assert_int_equal(pos(&l->shop, "order.cancel", "{'order_id':'O1'}"), CODE_OK);
    assert_int_equal(shop_avail(&l->shop, 1003, CHANNEL_POS), 40);
    assert_int_equal(sell_egg(l, "P1", 4), CODE_OK);
    assert_int_equal(shop_avail(&l->shop, 1003, CHANNEL_POS), 0);
}

#define DUE_MS 1769551200000LL
#define ORDER                                                                                      \
    "{'adjust':[],'channel':'POS','day':'20260128','device':'till-9','due_e4':200000,"             \
    "'kitchen':'%s','lines':[{'amount_e4':200000,'eff':[],'line':1,'name':'Egg','object_id':1003," \
    "'object_type':2,'price_e4':100000,'q_t':20,'round':1,'station':'bar','unit_e4':100000}],"     \
    "'number':'A042','order_id':'%s','origin':'HUB','state':'%s'%s}"
#define PAID ",'payments':[{'amount_e4':200000,'pay_id':'p-1','tender':'CASH'}]"

static void open_orders_of_the_old_box_go_on_here(void **state)
{
    struct line *l = *state;
    char orders[2048];
    toy_counts(&l->center, EGG, 100);
    toy_row(&l->center, EGG)->lh_t = 20;
    toy_row(&l->center, EGG)->h_t = -20;
    snprintf(orders, sizeof orders, "{'orders':[" ORDER "," ORDER "]}", "NONE", "O1", "PLACED", "",
             "QUEUED", "O2", "PAID", PAID);
    assert_int_equal(claim(l, EPOCH, (struct position){0, 0}, orders), CODE_OK);
    assert_int_equal(shop_state(&l->shop, "O1"), ORDER_PLACED);
    assert_int_equal(shop_state(&l->shop, "O2"), ORDER_PAID);
    assert_int_equal(shop_kitchen(&l->shop, "O2"), KITCHEN_QUEUED);
    assert_int_equal(shop_locked(&l->shop, 1003), 20);
    assert_int_equal(pos(&l->shop, "order.cancel", "{'order_id':'O1'}"), CODE_OK);
    assert_int_equal(shop_locked(&l->shop, 1003), 0);
    assert_int_equal(pos(&l->shop, "order.refund",
                         "{'order_id':'O2','refund_id':'r-1','lines':[{'line':1,'qty':'2',"
                         "'restock':true}]}"),
                     CODE_OK);
    heal(l, EGG);
    expect_same(l, EGG);
}

/* Placed before the restore that both sides have done: what it held is in nobody's plan. */
static void open_order_of_yesterday_gives_nothing_back_to_today(void **state)
{
    struct line *l = *state;
    char orders[2048], placed[64];
    toy_counts(&l->center, EGG, 100);
    struct stock_row *row = toy_row(&l->center, EGG);
    row->lh_t = 20;
    row->plan_t = 100;
    restore_center(row, DUE_MS, STR("R:1769551200000"));
    row->base_hf = true;
    for (int64_t late_ms = 0; late_ms <= 1; late_ms++) {
        char id[] = {'O', (char)('1' + late_ms), 0};
        snprintf(placed, sizeof placed, ",'placed_ms':%lld", (long long)(DUE_MS + late_ms));
        snprintf(orders, sizeof orders, "{'orders':[" ORDER "]}", "NONE", id, "PLACED", placed);
        assert_int_equal(claim(l, EPOCH + (uint32_t)late_ms, (struct position){0, 0}, orders),
                         CODE_OK);
        int64_t left_t = shop_real(&l->shop, 1003) - shop_locked(&l->shop, 1003);
        assert_int_equal(pos(&l->shop, "order.cancel", "{'order_id':'%s'}", id), CODE_OK);
        assert_int_equal(shop_real(&l->shop, 1003) - shop_locked(&l->shop, 1003),
                         left_t + 20 * late_ms);
    }
}

static void order_that_is_here_already_is_not_made_twice(void **state)
{
    struct line *l = *state;
    char orders[2048];
    set_egg(l, "10");
    assert_int_equal(pos(&l->shop, "order.place",
                         "{'order_id':'O1','lines':[{'line':1,'object_id':'1003','qty':'3'}]}"),
                     CODE_OK);
    hears(l);
    struct position acked = head_of(&l->shop).at;
    snprintf(orders, sizeof orders, "{'orders':[" ORDER ",{'order_id':7}]}", "NONE", "O1", "PLACED",
             "");
    assert_int_equal(claim(l, EPOCH, acked, orders), CODE_OK);
    assert_int_equal(shop_locked(&l->shop, 1003), 30);
    assert_int_equal(pos(&l->shop, "order.cancel", "{'order_id':'O1'}"), CODE_OK);
    heal(l, EGG);
    expect_same(l, EGG);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, line_open, line_close)
    const struct CMUnitTest tests[] = {
        T(epoch_is_the_centers_and_opens_with_its_event),
        T(epoch_that_is_not_above_ours_changes_nothing),
        T(epoch_is_above_what_a_device_has_seen),
        T(h_is_the_centers_even_if_it_is_less),
        T(mode_that_nobody_acknowledged_is),
        T(count_that_the_center_has_not_judged_is_said_again),
        T(later_count_of_the_center_stands),
        T(store_that_the_center_never_knew_says_all_it_has),
        T(row_that_the_center_has_no_more_goes),
        T(lock_that_was_given_back_unheard_is_given_back_there),
        T(channel_cannot_sell_its_share_twice),
        T(share_is_never_more_than_whole),
        T(open_orders_of_the_old_box_go_on_here),
        T(open_order_of_yesterday_gives_nothing_back_to_today),
        T(order_that_is_here_already_is_not_made_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
