/* Orders over their whole life: rounds, voids, adjustments, split payments, refunds, kitchen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/shop.h"

#define LINE(n, object, qty) "{'line':" #n ",'object_id':'" #object "','qty':'" qty "'}"

static enum code place(struct shop *s, const char *id)
{
    return pos(s, "order.place", "{'order_id':'%s','lines':[" LINE(1, 1001, "2") "]}", id);
}

static enum code pay(struct shop *s, const char *id, const char *pay_id, const char *amount)
{
    return pos(s, "order.pay", "{'order_id':'%s','pay_id':'%s','tender':'CASH','amount':'%s'}", id,
               pay_id, amount);
}

static enum code emenu(struct shop *s, const char *verb, const char *text)
{
    return shop_do(s, "menu-4", ROLE_EMENU, verb, "%s", text);
}

static enum code ticket(struct shop *s, const char *verb, const char *id, const char *station,
                        int round)
{
    return pos(s, verb, "{'order_id':'%s','station':'%s','round':%d}", id, station, round);
}

static void limited(struct shop *s, int sku, const char *qty)
{
    assert_int_equal(
        pos(s, "stock.set", "{'object_type':'2','object_id':'%d','qty':'%s'}", sku, qty), 0);
}

static struct order shown(struct shop *s, struct arena *arena)
{
    struct order o = {.no = 0};
    arena_init(arena, 1 << 20);
    assert_true(s->out.has_order);
    assert_true(order_unpack(s->out.order, arena, &o));
    return o;
}

static void end(struct shop *s)
{
    assert_true(shop_sound(s));
    shop_close(s);
}

/* ---- the state table: every verb in every state it is not legal in ---- */

static void bring_to(struct shop *s, enum order_state to)
{
    place(s, "P");
    if (to == ORDER_CANCELLED)
        pos(s, "order.cancel", "{'order_id':'P'}");
    if (to == ORDER_EXPIRED)
        shop_wait(s, 900 * 1000);
    if (to == ORDER_PAYING)
        pos(s, "order.pay_begin", "{'order_id':'P','pay_id':'b','tender':'CARD','amount':'20'}");
    if (to == ORDER_PAID || to == ORDER_ENDED || to == ORDER_REFUNDED)
        pay(s, "P", "p", "20");
    if (to == ORDER_ENDED)
        pos(s, "order.serve", "{'order_id':'P'}");
    if (to == ORDER_REFUNDED)
        pos(s, "order.refund", "{'order_id':'P','refund_id':'r','amount':'20'}");
    assert_int_equal(shop_state(s, "P"), to);
}

static const struct {
    const char *verb, *body;
    int none, placed, paid, paying, ended, cancelled, expired, refunded;
} TABLE[] = {
    {"order.add", "{'order_id':'P','lines':[" LINE(2, 1002, "1") "]}", 2001, 0, 2003, 2003, 2003,
     2003, 2003, 2003},
    {"order.void", "{'order_id':'P','void_id':'v','lines':[{'line':1,'qty':'1'}]}", 2001, 0, 2005,
     2003, 2005, 2003, 2003, 2005},
    {"order.update", "{'order_id':'P','table':'7'}", 2001, 0, 0, 0, 2003, 2003, 2003, 2003},
    {"order.adjust",
     "{'order_id':'P','adjust':[{'adj':1,'kind':'DISCOUNT','name':'x','amount':'-1'}]}", 2001, 0,
     2003, 2003, 2003, 2003, 2003, 2003},
    {"order.pay_begin", "{'order_id':'P','pay_id':'b2','tender':'CARD','amount':'20'}", 2001, 0,
     2003, 2003, 2003, 2003, 2003, 2003},
    {"order.pay_failed", "{'order_id':'P','pay_id':'b','tender':'CARD','amount':'20'}", 2001, 2003,
     2003, 0, 2003, 2003, 2003, 2003},
    {"order.pay", "{'order_id':'P','pay_id':'q','tender':'CASH','amount':'20'}", 2001, 0, 2003, 0,
     2003, 2009, 0, 2003},
    {"order.cancel", "{'order_id':'P'}", 2001, 0, 2005, 2003, 2005, 0, 2004, 2005},
    {"order.serve", "{'order_id':'P'}", 2001, 0, 0, 0, 0, 2003, 2003, 2003},
    {"order.refund", "{'order_id':'P','refund_id':'r9','lines':[{'line':1,'qty':'1'}]}", 2001, 2003,
     0, 2003, 0, 2003, 2003, 2008},
};

static int expected(size_t row, enum order_state state)
{
    switch (state) {
    case ORDER_NONE:
        return TABLE[row].none;
    case ORDER_PLACED:
        return TABLE[row].placed;
    case ORDER_PAID:
        return TABLE[row].paid;
    case ORDER_PAYING:
        return TABLE[row].paying;
    case ORDER_ENDED:
        return TABLE[row].ended;
    case ORDER_CANCELLED:
        return TABLE[row].cancelled;
    case ORDER_EXPIRED:
        return TABLE[row].expired;
    case ORDER_REFUNDED:
        return TABLE[row].refunded;
    }
    return -1;
}

static void every_verb_in_every_state(void **unused)
{
    static const enum order_state STATES[] = {ORDER_NONE,    ORDER_PLACED,  ORDER_PAID,
                                              ORDER_PAYING,  ORDER_ENDED,   ORDER_CANCELLED,
                                              ORDER_EXPIRED, ORDER_REFUNDED};
    (void)unused;
    for (size_t row = 0; row < sizeof TABLE / sizeof *TABLE; row++)
        for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++) {
            struct shop s;
            shop_open(&s);
            if (STATES[i] != ORDER_NONE)
                bring_to(&s, STATES[i]);
            int before = shop_events(&s, EVENT_KIND_COUNT);
            int code = (int)pos(&s, TABLE[row].verb, "%s", TABLE[row].body);
            if (code != expected(row, STATES[i]))
                fail_msg("%s in %s: %d, expected %d", TABLE[row].verb, order_state_name(STATES[i]),
                         code, expected(row, STATES[i]));
            if (code && code != 2006 && code != 2009)
                assert_int_equal(shop_events(&s, EVENT_KIND_COUNT), before);
            end(&s);
        }
}

/* ---- money ---- */

static void split_bill_deducts_with_the_last_payment(void **state)
{
    struct shop s;
    struct arena arena;
    (void)state;
    shop_open(&s);
    limited(&s, 1001, "10");
    place(&s, "P");
    assert_int_equal(pay(&s, "P", "a", "5"), 0);
    assert_int_equal(shop_state(&s, "P"), ORDER_PLACED);
    assert_int_equal(shop_locked(&s, 1001), 20);
    shop_wait(&s, 3600 * 1000);
    assert_int_equal(shop_state(&s, "P"), ORDER_PLACED);
    assert_int_equal(pos(&s, "order.cancel", "{'order_id':'P'}"), 2003);
    assert_int_equal(pay(&s, "P", "b", "15"), 0);
    struct order o = shown(&s, &arena);
    assert_int_equal(o.state, ORDER_PAID);
    assert_int_equal(o.paid_e4, 200000);
    arena_free(&arena);
    assert_int_equal(shop_real(&s, 1001), 80);
    assert_int_equal(shop_events(&s, EVENT_ORDER_DEDUCT), 1);
    end(&s);
}

static void adjustment_changes_what_is_due(void **state)
{
    struct shop s;
    struct arena arena;
    (void)state;
    shop_open(&s);
    place(&s, "P");
    assert_int_equal(pos(&s, "order.adjust",
                         "{'order_id':'P','adjust':[{'adj':1,'kind':'DISCOUNT','name':'10%%','"
                         "amount':'-2.0049'}]}"),
                     0);
    struct order o = shown(&s, &arena);
    assert_int_equal(o.due_e4, 180000);
    assert_int_equal(o.n_adjusts, 2);
    assert_int_equal(o.adjusts[1].kind, ADJUST_ROUNDING);
    assert_int_equal(o.adjusts[1].amount_e4, 49);
    arena_free(&arena);
    assert_int_equal(
        pos(&s, "order.adjust",
            "{'order_id':'P','adjust':[{'adj':2,'kind':'DISCOUNT','name':'x','amount':'-20'}]}"),
        1010);
    end(&s);
}

static void options_price_and_consume(void **state)
{
    struct shop s;
    struct arena arena;
    (void)state;
    shop_open(&s);
    limited(&s, 1003, "5");
    assert_int_equal(
        pos(&s, "order.place",
            "{'order_id':'P','lines':[{'line':1,'object_id':'1001','qty':'2','price':'10.0000',"
            "'options':[{'option_id':'78','qty':'2'},{'option_id':'77','qty':'1'}]}]}"),
        0);
    struct order o = shown(&s, &arena);
    assert_int_equal(o.lines[0].unit_e4, 120000);
    assert_int_equal(o.due_e4, 240000);
    arena_free(&arena);
    assert_int_equal(shop_locked(&s, 1003), 40);
    assert_int_equal(pos(&s, "order.place",
                         "{'order_id':'Q','lines':[{'line':1,'object_id':'1001','qty':'1',"
                         "'options':[{'option_id':'78','qty':'2'}]}]}"),
                     1001);
    assert_int_equal(pos(&s, "order.place",
                         "{'order_id':'Q','lines':[{'line':1,'object_id':'1002','qty':'1',"
                         "'options':[{'option_id':'78','qty':'1'}]}]}"),
                     1012);
    assert_int_equal(
        pos(&s, "order.place",
            "{'order_id':'Q','lines':[{'line':1,'object_id':'1001','qty':'1','price':'9'}]}"),
        1011);
    end(&s);
}

static void full_refund_ends_the_order(void **state)
{
    struct shop s;
    (void)state;
    shop_open(&s);
    place(&s, "P");
    pay(&s, "P", "p", "20");
    assert_int_equal(pos(&s, "order.refund", "{'order_id':'P','refund_id':'r','amount':'20.01'}"),
                     2008);
    assert_int_equal(pos(&s, "order.refund", "{'order_id':'P','refund_id':'r','amount':'5'}"), 0);
    assert_int_equal(shop_state(&s, "P"), ORDER_PAID);
    assert_int_equal(pos(&s, "order.refund", "{'order_id':'P','refund_id':'r','amount':'6'}"),
                     2002);
    assert_int_equal(pos(&s, "order.refund", "{'order_id':'P','refund_id':'r2','amount':'15'}"), 0);
    assert_int_equal(shop_state(&s, "P"), ORDER_REFUNDED);
    end(&s);
}

/* ---- rounds and the kitchen ---- */

static void emenu_rounds_cook_before_they_are_paid(void **state)
{
    struct shop s;
    (void)state;
    shop_open(&s);
    limited(&s, 1001, "10");
    assert_int_equal(emenu(&s, "order.place", "{'order_id':'E','lines':[" LINE(1, 1001, "1") "]}"),
                     0);
    assert_int_equal(shop_kitchen(&s, "E"), KITCHEN_QUEUED);
    assert_int_equal(ticket(&s, "ticket.start", "E", "oven", 1), 0);
    assert_int_equal(shop_kitchen(&s, "E"), KITCHEN_COOKING);
    assert_int_equal(ticket(&s, "ticket.ready", "E", "oven", 1), 0);
    assert_int_equal(shop_kitchen(&s, "E"), KITCHEN_READY);
    assert_int_equal(ticket(&s, "ticket.bump", "E", "oven", 1), 0);
    assert_int_equal(pos(&s, "order.serve", "{'order_id':'E'}"), 0);
    assert_int_equal(emenu(&s, "order.add", "{'order_id':'E','lines':[" LINE(2, 1003, "1") "]}"),
                     0);
    assert_int_equal(shop_kitchen(&s, "E"), KITCHEN_QUEUED);
    assert_int_equal(emenu(&s, "order.add", "{'order_id':'E','lines':[" LINE(2, 1003, "1") "]}"),
                     0);
    assert_true(s.out.duplicate);
    assert_int_equal(emenu(&s, "order.add", "{'order_id':'E','lines':[" LINE(2, 1003, "2") "]}"),
                     2002);
    assert_int_equal(pos(&s, "order.serve", "{'order_id':'E'}"), 0);
    assert_int_equal(pay(&s, "E", "p", "20"), 0);
    assert_int_equal(shop_state(&s, "E"), ORDER_ENDED);
    end(&s);
}

static void kiosk_cooks_after_payment(void **state)
{
    struct shop s;
    (void)state;
    shop_open(&s);
    kiosk(&s, "order.place", "{'order_id':'K','lines':[" LINE(1, 1001, "1") "]}");
    assert_int_equal(ticket(&s, "ticket.start", "K", "oven", 1), 2010);
    assert_int_equal(
        kiosk(&s, "order.pay", "{'order_id':'K','pay_id':'p','tender':'CARD','amount':'10'}"), 0);
    assert_int_equal(ticket(&s, "ticket.ready", "K", "oven", 1), 2003);
    assert_int_equal(ticket(&s, "ticket.start", "K", "oven", 1), 0);
    assert_int_equal(ticket(&s, "ticket.start", "K", "oven", 1), 0);
    assert_true(s.out.duplicate);
    assert_int_equal(ticket(&s, "ticket.ready", "K", "oven", 1), 0);
    assert_int_equal(ticket(&s, "ticket.recall", "K", "oven", 1), 0);
    assert_int_equal(shop_kitchen(&s, "K"), KITCHEN_COOKING);
    end(&s);
}

static void food_begun_does_not_come_back_by_itself(void **state)
{
    struct shop s;
    (void)state;
    shop_open(&s);
    limited(&s, 1001, "10");
    limited(&s, 1003, "10");
    emenu(&s, "order.place",
          "{'order_id':'E','lines':[" LINE(1, 1001, "2") "," LINE(2, 1003, "2") "]}");
    ticket(&s, "ticket.start", "E", "oven", 1);
    assert_int_equal(pos(&s, "order.cancel", "{'order_id':'E'}"), 0);
    assert_int_equal(shop_avail(&s, 1001, CHANNEL_POS), 80);
    assert_int_equal(shop_avail(&s, 1003, CHANNEL_POS), 100);
    assert_int_equal(ticket(&s, "ticket.bump", "E", "bar", 1), 0);
    end(&s);
}

static void voiding_everything_cancels(void **state)
{
    struct shop s;
    (void)state;
    shop_open(&s);
    limited(&s, 1001, "10");
    place(&s, "P");
    assert_int_equal(
        pos(&s, "order.void", "{'order_id':'P','void_id':'v1','lines':[{'line':1,'qty':'1'}]}"), 0);
    assert_int_equal(shop_locked(&s, 1001), 10);
    assert_int_equal(
        pos(&s, "order.void", "{'order_id':'P','void_id':'v1','lines':[{'line':1,'qty':'1'}]}"), 0);
    assert_true(s.out.duplicate);
    assert_int_equal(shop_locked(&s, 1001), 10);
    assert_int_equal(
        pos(&s, "order.void", "{'order_id':'P','void_id':'v2','lines':[{'line':1,'qty':'1'}]}"), 0);
    assert_int_equal(shop_state(&s, "P"), ORDER_CANCELLED);
    assert_int_equal(shop_locked(&s, 1001), 0);
    end(&s);
}

static void count_below_promises_raises_a_shortage(void **state)
{
    struct shop s;
    (void)state;
    shop_open(&s);
    limited(&s, 1001, "10");
    place(&s, "P");
    limited(&s, 1001, "1");
    bool alerted = false;
    for (uint16_t i = 0; i < s.out.n_changes; i++)
        alerted = alerted || s.out.changes[i].kind == CHANGE_ALERT;
    assert_true(alerted);
    assert_int_equal(place(&s, "Q"), 1001);
    assert_int_equal(pay(&s, "P", "p", "20"), 0);
    assert_int_equal(shop_real(&s, 1001), -10);
    end(&s);
}

static void orders_survive_a_restart(void **state)
{
    struct shop s;
    (void)state;
    shop_open(&s);
    limited(&s, 1001, "10");
    place(&s, "P");
    shop_reopen(&s);
    assert_int_equal(place(&s, "P"), 0);
    assert_true(s.out.duplicate);
    assert_int_equal(shop_locked(&s, 1001), 20);
    assert_int_equal(pay(&s, "P", "p", "20"), 0);
    end(&s);
}

static void pickup_numbers_skip_open_orders(void **state)
{
    struct shop s;
    struct arena arena;
    (void)state;
    shop_open(&s);
    place(&s, "P");
    struct order first = shown(&s, &arena);
    arena_free(&arena);
    assert_int_equal(first.pickup, 1);
    assert_int_equal(shop_do(&s, "poshubctl", ROLE_ADMIN, "day.close", "{}"), 0);
    place(&s, "Q");
    struct order second = shown(&s, &arena);
    assert_int_equal(second.pickup, 2);
    assert_int_equal(second.day, 20260129);
    arena_free(&arena);
    end(&s);
}

static void clock_steps_expire_nothing(void **state)
{
    struct shop s;
    (void)state;
    shop_open(&s);
    place(&s, "P");
    s.wall_ms += 86400LL * 1000;
    shop_wait(&s, 0);
    assert_int_equal(shop_state(&s, "P"), ORDER_PLACED);
    s.wall_ms -= 2 * 86400LL * 1000;
    shop_wait(&s, 899 * 1000);
    assert_int_equal(shop_state(&s, "P"), ORDER_PLACED);
    shop_wait(&s, 1000);
    assert_int_equal(shop_state(&s, "P"), ORDER_EXPIRED);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_in_every_state),
        cmocka_unit_test(split_bill_deducts_with_the_last_payment),
        cmocka_unit_test(adjustment_changes_what_is_due),
        cmocka_unit_test(options_price_and_consume),
        cmocka_unit_test(full_refund_ends_the_order),
        cmocka_unit_test(emenu_rounds_cook_before_they_are_paid),
        cmocka_unit_test(kiosk_cooks_after_payment),
        cmocka_unit_test(food_begun_does_not_come_back_by_itself),
        cmocka_unit_test(voiding_everything_cancels),
        cmocka_unit_test(count_below_promises_raises_a_shortage),
        cmocka_unit_test(orders_survive_a_restart),
        cmocka_unit_test(pickup_numbers_skip_open_orders),
        cmocka_unit_test(clock_steps_expire_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
