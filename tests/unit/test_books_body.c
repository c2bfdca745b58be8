/* What journal bodies say of stock rows, so that a center can merge them (sync-protocol 1.7, 3.2).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

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

/* The body of the last event holds that text, once. */
static bool last_says(struct shop *s, const char *text)
{
    struct txn *txn;
    struct event e;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    struct journal_scan scan = journal_scan_begin(txn, (struct position){0, 0}, true);
    assert_true(journal_scan_next(&scan, &e));
    const char *at = memmem(e.body.p, e.body.n, text, strlen(text));
    size_t rest = at ? (size_t)(e.body.p + e.body.n - at) - 1 : 0;
    bool once = at && !memmem(at + 1, rest, text, strlen(text));
    journal_scan_end(&scan);
    txn_abort(txn);
    return once;
}

static void count_names_the_base_and_what_it_had_seen(void **state)
{
    struct shop *s = *state;
    pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'5'}");
    assert_true(last_says(s, "{\"base\":{\"c\":0,\"h\":0,\"id\":\"S:1.3\",\"v_t\":50},\"basis\""));
    pos(s, "order.sell",
        "{'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}],"
        "'payments':[{'pay_id':'p','tender':'CASH','amount':'20'}]}");
    assert_int_equal(s->out.code, CODE_OK);
    pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'9'}");
    assert_true(
        last_says(s, "{\"base\":{\"c\":0,\"h\":-20,\"id\":\"S:1.5\",\"v_t\":90},\"basis\""));
}

static void weighed_line_moves_its_row_once(void **state)
{
    struct shop *s = *state;
    pos(s, "order.place", "{'order_id':'P1','lines':[{'line':1,'object_id':'1004','qty':'1'}]}");
    pos(s, "order.pay",
        "{'order_id':'P1','pay_id':'p','tender':'CASH','amount':'8',"
        "'lines':[{'line':1,'actual_qty':'0.8'}]}");
    assert_int_equal(s->out.code, CODE_OK);
    assert_true(last_says(s, "\"eff\":[{\"H\":-8,\"Lh\":0,\"lk_a\":0,\"lk_b\":10,"
                             "\"object_id\":1004,\"object_type\":2,\"q_t\":8,"
                             "\"real_a\":-8,\"real_b\":0,\"used\":8}]"));
}

static void row_of_two_lines_moves_with_each(void **state)
{
    struct shop *s = *state;
    pos(s, "order.place",
        "{'order_id':'P1','lines':[{'line':1,'object_id':'1001','qty':'1'},"
        "{'line':2,'object_id':'1002','qty':'2'}]}");
    assert_int_equal(s->out.code, CODE_OK);
    assert_true(last_says(s, "{\"H\":0,\"Lh\":10,\"lk_a\":10,\"lk_b\":0,\"object_id\":500,"));
    assert_true(last_says(s, "{\"H\":0,\"Lh\":30,\"lk_a\":30,\"lk_b\":10,\"object_id\":500,"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(count_names_the_base_and_what_it_had_seen, up, down),
        cmocka_unit_test_setup_teardown(weighed_line_moves_its_row_once, up, down),
        cmocka_unit_test_setup_teardown(row_of_two_lines_moves_with_each, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
