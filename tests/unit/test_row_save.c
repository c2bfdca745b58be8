/* The alert of a row that has less than was promised (I3), and of one that is oversold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "edge/books/alert.h"
#include "tests/lib/shop.h"

static int up(void **state)
{
    static struct shop shop;
    shop_open(&shop);
    *state = &shop;
    return 0;
}

static int down(void **state)
{
    shop_close(*state);
    return 0;
}

static void adjust(struct shop *s, const char *delta)
{
    pos(s, "stock.adjust", "{'object_type':'2','object_id':'1003','delta':'%s','reason':'WASTE'}",
        delta);
    assert_int_equal(s->out.code, CODE_OK);
}

/* Two are there and both promised. */
static void promise_two(struct shop *s)
{
    pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'2'}");
    pos(s, "order.place", "{'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}]}");
    assert_int_equal(s->out.code, CODE_OK);
}

static bool told(const struct shop *s)
{
    for (uint16_t i = 0; i < s->out.n_changes; i++)
        if (s->out.changes[i].kind == CHANGE_ALERT)
            return true;
    return false;
}

static void expect_alert(struct shop *s, const char *kind, const char *text, const char *case_id,
                         int64_t since_at_ms)
{
    struct txn *txn;
    struct alert_row a;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    assert_true(alert_load(txn, STR("short-2-1003"), &a));
    assert_true(str_eq(a.kind, str_of(kind)));
    assert_true(str_eq(a.text, str_of(text)));
    assert_true(str_eq(a.case_id, str_of(case_id)));
    assert_int_equal(a.since_at_ms, since_at_ms);
    txn_abort(txn);
}

static bool is_alerted(struct shop *s)
{
    struct txn *txn;
    struct alert_row a;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    bool there = alert_load(txn, STR("short-2-1003"), &a);
    txn_abort(txn);
    return there;
}

static void promise_without_goods_is_a_shortage(void **state)
{
    struct shop *s = *state;
    promise_two(s);
    assert_false(is_alerted(s));
    adjust(s, "-1");
    assert_true(told(s));
    expect_alert(s, "SHORTAGE", "SKU 1003: promised 1 more than there are", "", s->wall_ms);
}

static void goods_below_zero_are_an_oversell_with_the_centers_case(void **state)
{
    struct shop *s = *state;
    promise_two(s);
    adjust(s, "-3");
    expect_alert(s, "OVERSELL", "SKU 1003: sold 1 more than there were",
                 "ov:1:2:1003:", s->wall_ms);
}

static void alert_follows_the_numbers_since_it_began(void **state)
{
    struct shop *s = *state;
    int64_t since_ms = s->wall_ms;
    promise_two(s);
    adjust(s, "-1");
    s->wall_ms += 5000;
    adjust(s, "-0.5");
    assert_true(told(s));
    expect_alert(s, "SHORTAGE", "SKU 1003: promised 1.5 more than there are", "", since_ms);
    adjust(s, "-1");
    expect_alert(s, "OVERSELL", "SKU 1003: sold 0.5 more than there were",
                 "ov:1:2:1003:", since_ms);
}

static void alert_that_says_nothing_new_is_not_told(void **state)
{
    struct shop *s = *state;
    promise_two(s);
    adjust(s, "-1");
    pos(s, "stock.sold_out", "{'object_type':'2','object_id':'1003'}");
    assert_int_equal(s->out.code, CODE_OK);
    assert_false(told(s));
}

static void alert_ends_with_the_shortage(void **state)
{
    struct shop *s = *state;
    promise_two(s);
    adjust(s, "-3");
    pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'2'}");
    assert_true(told(s));
    assert_false(is_alerted(s));
}

static void alert_of_an_older_hub_is_read(void **state)
{
    struct alert_row a;
    static const uint8_t OLD[] = {1, 'a', 1, 'K', 1, 't', 2, 3, 4};
    (void)state;
    assert_true(alert_unpack((struct bytes){OLD, sizeof OLD}, &a));
    assert_true(str_eq(a.text, STR("t")));
    assert_int_equal(a.case_id.n, 0);
}

#define SHOP_TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(promise_without_goods_is_a_shortage),
        SHOP_TEST(goods_below_zero_are_an_oversell_with_the_centers_case),
        SHOP_TEST(alert_follows_the_numbers_since_it_began),
        SHOP_TEST(alert_that_says_nothing_new_is_not_told),
        SHOP_TEST(alert_ends_with_the_shortage),
        cmocka_unit_test(alert_of_an_older_hub_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
