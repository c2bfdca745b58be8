/* The acceptance scenarios of sync-protocol 7.1, by their numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/shop.h"

/* F0: SKU 1001 limited, plan 10, base 10, LOOSE, SHARED. */
static void f0(struct shop *s)
{
    shop_open(s);
    assert_int_equal(pos(s, "stock.set", "{'object_type':'2','object_id':'1001','qty':'10'}"), 0);
}

/* F1: 15, CAPPED POS=10 KIOSK=10. */
static void f1(struct shop *s)
{
    shop_open(s);
    assert_int_equal(pos(s, "stock.set", "{'object_type':'2','object_id':'1001','qty':'15'}"), 0);
    assert_int_equal(
        pos(s, "stock.channel",
            "{'object_type':'2','object_id':'1001','channel':'POS','limited':true,'limit':'10'}"),
        0);
    assert_int_equal(
        pos(s, "stock.channel",
            "{'object_type':'2','object_id':'1001','channel':'KIOSK','limited':true,'limit':'10'}"),
        0);
}

static void end(struct shop *s)
{
    assert_true(shop_sound(s));
    shop_close(s);
}

#define LINE(n, object, qty) "{'line':" #n ",'object_id':'" #object "','qty':'" qty "'}"
#define A2                   "'lines':[" LINE(1, 1001, "2") "]"

static enum code pay(struct shop *s, const char *order, const char *pay_id, const char *amount)
{
    return pos(s, "order.pay", "{'order_id':'%s','pay_id':'%s','tender':'CASH','amount':'%s'}",
               order, pay_id, amount);
}

static void t01_lock_reserves(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    assert_int_equal(pos(&s, "order.place", "{'order_id':'P1'," A2 "}"), 0);
    struct stock_row r = shop_row(&s, OBJECT_SKU, 1001);
    assert_int_equal(stock_real(&r), 100);
    assert_int_equal(stock_locked(&r), 20);
    assert_int_equal(stock_total(&r), 80);
    assert_int_equal(r.h_t, 0);
    assert_int_equal(r.lh_t, 20);
    assert_int_equal(shop_events(&s, EVENT_ORDER_LOCK), 1);
    end(&s);
}

static void t02_t03_same_request_id(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    assert_int_equal(pos(&s, "order.place", "{'req_id':'a','order_id':'P1'," A2 "}"), 0);
    struct position at = s.out.at;
    int events = shop_events(&s, EVENT_KIND_COUNT);
    assert_int_equal(pos(&s, "order.place", "{'req_id':'a','order_id':'P1'," A2 "}"), 0);
    assert_true(s.out.replayed && position_cmp(at, s.out.at) == 0 && s.out.has_order);
    assert_int_equal(
        pos(&s, "order.place", "{'req_id':'a','order_id':'P1','lines':[" LINE(1, 1001, "3") "]}"),
        3001);
    assert_int_equal(shop_events(&s, EVENT_KIND_COUNT), events);
    assert_int_equal(shop_locked(&s, 1001), 20);
    end(&s);
}

static void t04_same_order_id(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    assert_int_equal(pos(&s, "order.place", "{'order_id':'P1'," A2 "}"), 0);
    int events = shop_events(&s, EVENT_KIND_COUNT);
    assert_int_equal(pos(&s, "order.place", "{'order_id':'P1'," A2 "}"), 0);
    assert_true(s.out.duplicate);
    assert_int_equal(shop_locked(&s, 1001), 20);
    assert_int_equal(shop_do(&s, "till-2", ROLE_POS, "order.place", "{'order_id':'P1'," A2 "}"),
                     2002);
    assert_int_equal(shop_events(&s, EVENT_KIND_COUNT), events);
    end(&s);
}

static void t06_all_or_nothing(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'1'}");
    int events = shop_events(&s, EVENT_KIND_COUNT);
    assert_int_equal(
        pos(&s, "order.place",
            "{'order_id':'P2','lines':[" LINE(1, 1001, "2") "," LINE(2, 1003, "2") "]}"),
        1001);
    assert_int_equal(s.out.n_refused, 1);
    assert_int_equal(s.out.refused[0].object_id, 1003);
    assert_int_equal(s.out.refused[0].need_t, 20);
    assert_int_equal(s.out.refused[0].avail_t, 10);
    assert_int_equal(shop_locked(&s, 1001) + shop_locked(&s, 1003), 0);
    assert_int_equal(shop_events(&s, EVENT_KIND_COUNT), events);
    end(&s);
}

static void t08_t09_pay_twice_then_cancel(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "order.place", "{'order_id':'P1'," A2 "}");
    assert_int_equal(pay(&s, "P1", "p1", "20.0000"), 0);
    assert_false(s.out.duplicate);
    assert_int_equal(pay(&s, "P1", "p1", "20.0000"), 0);
    assert_true(s.out.duplicate);
    assert_int_equal(shop_real(&s, 1001), 80);
    assert_int_equal(shop_locked(&s, 1001), 0);
    assert_int_equal(shop_events(&s, EVENT_ORDER_DEDUCT), 1);
    assert_int_equal(pos(&s, "order.cancel", "{'order_id':'P1'}"), 2005);
    assert_int_equal(shop_real(&s, 1001), 80);
    assert_int_equal(pay(&s, "P1", "p2", "20.0000"), 2003);
    end(&s);
}

static void t10_cancel_twice_unlocks_once(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "order.place", "{'order_id':'P1'," A2 "}");
    assert_int_equal(pos(&s, "order.cancel", "{'order_id':'P1'}"), 0);
    assert_int_equal(pos(&s, "order.cancel", "{'order_id':'P1'}"), 0);
    assert_true(s.out.duplicate);
    assert_int_equal(shop_locked(&s, 1001), 0);
    pos(&s, "stock.set", "{'object_type':'2','object_id':'1001','qty':'0'}");
    assert_int_equal(pay(&s, "P1", "p1", "20.0000"), 2009);
    assert_true(s.out.refund_due);
    assert_int_equal(pay(&s, "P1", "p1", "20.0000"), 2009);
    assert_int_equal(shop_events(&s, EVENT_REFUND_DUE), 1);
    assert_int_equal(shop_locked(&s, 1001), 0);
    end(&s);
}

static void t13_pay_after_expiry_without_stock(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "order.place", "{'order_id':'P1'," A2 "}");
    shop_wait(&s, 900 * 1000);
    assert_int_equal(shop_state(&s, "P1"), ORDER_EXPIRED);
    pos(&s, "stock.set", "{'object_type':'2','object_id':'1001','qty':'0'}");
    assert_int_equal(pay(&s, "P1", "p1", "20.0000"), 2006);
    assert_true(s.out.refund_due);
    assert_int_equal(shop_state(&s, "P1"), ORDER_EXPIRED);
    assert_int_equal(shop_events(&s, EVENT_REFUND_DUE), 1);
    end(&s);
}

static void late_payment_sells_when_stock_is_left(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "order.place", "{'order_id':'P1'," A2 "}");
    shop_wait(&s, 900 * 1000);
    assert_int_equal(shop_locked(&s, 1001), 0);
    assert_int_equal(pay(&s, "P1", "p1", "20.0000"), 0);
    assert_true(s.out.late);
    assert_int_equal(shop_state(&s, "P1"), ORDER_PAID);
    assert_int_equal(shop_real(&s, 1001), 80);
    assert_int_equal(shop_events(&s, EVENT_ORDER_SELL), 1);
    end(&s);
}

static void t14_pay_begin_moves_the_expiry(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "order.place", "{'order_id':'P1'," A2 "}");
    shop_wait(&s, 890 * 1000);
    assert_int_equal(pos(&s, "order.pay_begin",
                         "{'order_id':'P1','pay_id':'p1','amount':'20.0000','tender':'CARD'}"),
                     0);
    shop_wait(&s, 40 * 1000);
    assert_int_equal(pay(&s, "P1", "p1", "20.0000"), 0);
    assert_int_equal(shop_state(&s, "P1"), ORDER_PAID);
    end(&s);
}

static void t14_paying_expires_after_its_extension(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "order.place", "{'order_id':'P1'," A2 "}");
    shop_wait(&s, 890 * 1000);
    pos(&s, "order.pay_begin",
        "{'order_id':'P1','pay_id':'p1','amount':'20.0000','tender':'CARD'}");
    shop_wait(&s, 120 * 1000 - 1);
    assert_int_equal(shop_state(&s, "P1"), ORDER_PAYING);
    shop_wait(&s, 1);
    assert_int_equal(shop_state(&s, "P1"), ORDER_EXPIRED);
    end(&s);
}

static void t15_weighed_line_pays_less(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "stock.set", "{'object_type':'2','object_id':'1004','qty':'10'}");
    assert_int_equal(pos(&s, "order.place", "{'order_id':'P1','lines':[" LINE(1, 1004, "1.0") "]}"),
                     0);
    assert_int_equal(pos(&s, "order.pay",
                         "{'order_id':'P1','pay_id':'p1','tender':'CASH','amount':'8.0000',"
                         "'lines':[{'line':1,'actual_qty':'0.8'}]}"),
                     0);
    assert_int_equal(shop_real(&s, 1004), 92);
    assert_int_equal(shop_locked(&s, 1004), 0);
    assert_int_equal(shop_avail(&s, 1004, CHANNEL_POS), 92);
    end(&s);
}

static void t16_quantities(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    static const struct {
        const char *qty;
        int code;
    } CASES[] = {{"0.25", 1007}, {"0", 1007}, {"-1", 1007}, {"8.50", 0}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_int_equal(
            pos(&s, "order.place",
                "{'order_id':'Q%zu','lines':[{'line':1,'object_id':'1004','qty':'%s'}]}", i,
                CASES[i].qty),
            CASES[i].code);
    assert_int_equal(shop_locked(&s, 1004), 85);
    assert_int_equal(pos(&s, "order.place", "{'order_id':'Q9','lines':[" LINE(1, 1001, "0.5") "]}"),
                     1008);
    end(&s);
}

static void t17_refund_restocks_once(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "order.place", "{'order_id':'P1'," A2 "}");
    pay(&s, "P1", "p1", "20.0000");
    assert_int_equal(
        pos(&s, "order.refund",
            "{'order_id':'P1','refund_id':'r1','lines':[{'line':1,'qty':'1','restock':true}]}"),
        0);
    assert_int_equal(shop_real(&s, 1001), 90);
    assert_int_equal(
        pos(&s, "order.refund",
            "{'order_id':'P1','refund_id':'r2','lines':[{'line':1,'qty':'2','restock':true}]}"),
        2008);
    assert_int_equal(shop_real(&s, 1001), 90);
    end(&s);
}

static void t19_spu_limits_its_skus_together(void **state)
{
    struct shop s;
    (void)state;
    shop_open(&s);
    pos(&s, "stock.set", "{'object_type':'1','object_id':'500','qty':'3'}");
    assert_int_equal(
        pos(&s, "order.place",
            "{'order_id':'P1','lines':[" LINE(1, 1001, "2") "," LINE(2, 1002, "2") "]}"),
        1001);
    assert_int_equal(s.out.n_refused, 2);
    assert_int_equal(s.out.refused[0].limit_by, OBJECT_SPU);
    assert_int_equal(s.out.refused[0].need_t, 40);
    assert_int_equal(s.out.refused[0].avail_t, 30);
    end(&s);
}

static void t20_caps_share_one_pool(void **state)
{
    struct shop s;
    (void)state;
    f1(&s);
    assert_int_equal(pos(&s, "order.place", "{'order_id':'P1','lines':[" LINE(1, 1001, "9") "]}"),
                     0);
    assert_int_equal(shop_avail(&s, 1001, CHANNEL_KIOSK), 60);
    assert_int_equal(shop_avail(&s, 1001, CHANNEL_POS), 10);
    assert_int_equal(kiosk(&s, "order.place", "{'order_id':'K1','lines':[" LINE(1, 1001, "7") "]}"),
                     1001);
    assert_int_equal(kiosk(&s, "order.place", "{'order_id':'K2','lines':[" LINE(1, 1001, "6") "]}"),
                     0);
    assert_int_equal(pos(&s, "order.place", "{'order_id':'P2','lines':[" LINE(1, 1001, "1") "]}"),
                     1001);
    end(&s);
}

static void t22_channel_limit_speaks(void **state)
{
    struct shop s;
    (void)state;
    f1(&s);
    assert_int_equal(pos(&s, "order.place", "{'order_id':'P1','lines':[" LINE(1, 1001, "11") "]}"),
                     1002);
    assert_int_equal(s.out.refused[0].avail_t, 100);
    end(&s);
}

static void t26_closed_channel(void **state)
{
    struct shop s;
    (void)state;
    f0(&s);
    pos(&s, "stock.channel",
        "{'object_type':'2','object_id':'1001','channel':'POS','on_sale':false}");
    assert_int_equal(pos(&s, "order.place", "{'order_id':'P1'," A2 "}"), 1004);
    assert_int_equal(kiosk(&s, "order.place", "{'order_id':'K1'," A2 "}"), 0);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t01_lock_reserves),
        cmocka_unit_test(t02_t03_same_request_id),
        cmocka_unit_test(t04_same_order_id),
        cmocka_unit_test(t06_all_or_nothing),
        cmocka_unit_test(t08_t09_pay_twice_then_cancel),
        cmocka_unit_test(t10_cancel_twice_unlocks_once),
        cmocka_unit_test(t13_pay_after_expiry_without_stock),
        cmocka_unit_test(late_payment_sells_when_stock_is_left),
        cmocka_unit_test(t14_pay_begin_moves_the_expiry),
        cmocka_unit_test(t14_paying_expires_after_its_extension),
        cmocka_unit_test(t15_weighed_line_pays_less),
        cmocka_unit_test(t16_quantities),
        cmocka_unit_test(t17_refund_restocks_once),
        cmocka_unit_test(t19_spu_limits_its_skus_together),
        cmocka_unit_test(t20_caps_share_one_pool),
        cmocka_unit_test(t22_channel_limit_speaks),
        cmocka_unit_test(t26_closed_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
