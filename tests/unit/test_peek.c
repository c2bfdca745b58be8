/* A sale looked at without the writer: what the look refuses, and what it leaves to the writer.
 * That both say the same is seen to by tests/lib/second_look.h at each command of a shop. */
#include "edge/books/peek.h"
#include "storage/timers.h"
#include "tests/unit/shop_fixture.h"

#define EGG                                                                                        \
    {                                                                                              \
        OBJECT_SKU, 1003                                                                           \
    }
#define EGGS(n) "'lines':[{'line':1,'object_id':'1003','qty':'" #n "'}]"

static int open_shop(void **state)
{
    return shop_setup(state, 2);
}

/* Would the command that ran last be refused now, if it came for the first time? */
static bool refuses(struct shop *s, struct peek *peek)
{
    struct arena scratch;
    struct txn *txn;
    struct outcome out = {0};
    struct command c = s->cmd;
    c.req_id = STR("never-seen");
    c.wall_ms = s->wall_ms;
    arena_init(&scratch, 1 << 20);
    arena_init(&out.arena, 1 << 20);
    peek->config = &s->config;
    peek->scratch = &scratch;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    bool refused = peek_sale(peek, txn, &c, &out);
    txn_abort(txn);
    arena_free(&out.arena);
    arena_free(&scratch);
    return refused;
}

static bool looks_refused(struct shop *s)
{
    struct peek peek = {0};
    return refuses(s, &peek);
}

/* The writer refuses it with that code, and so does the look. */
static void is_refused(struct shop *s, const char *text, enum code code)
{
    assert_int_equal(pos(s, "order.place", "%s", text), code);
    assert_true(looks_refused(s));
}

static void with_row(struct shop *s, void (*change)(struct stock_row *r))
{
    struct txn *txn;
    struct stock_row r;
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    stock_load(txn, (struct object)EGG, &r);
    change(&r);
    stock_save(txn, &r);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void what_stock_refuses_the_look_refuses(void **state)
{
    struct shop *s = *state;
    is_refused(s, "{'order_id':'A'," EGGS(3) "}", CODE_INSUFFICIENT_STOCK);
    assert_int_equal(pos(s, "stock.channel",
                         "{'object_type':'2','object_id':'1003','channel':'POS','limit':'1'}"),
                     CODE_OK);
    is_refused(s, "{'order_id':'A'," EGGS(2) "}", CODE_CHANNEL_LIMIT);
    assert_int_equal(pos(s, "stock.channel",
                         "{'object_type':'2','object_id':'1003','channel':'POS','on_sale':false}"),
                     CODE_OK);
    is_refused(s, "{'order_id':'A'," EGGS(1) "}", CODE_CHANNEL_CLOSED);
    assert_int_equal(pos(s, "stock.sold_out", "{'object_type':'2','object_id':'1003'}"), CODE_OK);
    is_refused(s, "{'order_id':'A'," EGGS(1) "}", CODE_SOLD_OUT);
}

static void a_round_is_looked_at_too(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", "{'order_id':'A'," EGGS(2) "}"), CODE_OK);
    assert_int_equal(
        pos(s, "order.add", "{'order_id':'A','lines':[{'line':2,'object_id':'1003','qty':'1'}]}"),
        CODE_INSUFFICIENT_STOCK);
    assert_true(looks_refused(s));
    assert_int_equal(
        pos(s, "order.add", "{'order_id':'A','lines':[{'line':1,'object_id':'1003','qty':'1'}]}"),
        CODE_ORDER_EXISTS_DIFFERENT);
    assert_false(looks_refused(s));
}

static void what_may_be_sold_or_is_known_is_the_writers(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", "{'order_id':'A'," EGGS(2) "}"), CODE_OK);
    assert_false(looks_refused(s)); /* known, and nothing is left */
    assert_int_equal(pos(s, "order.place", "{'order_id':'A'," EGGS(1) "}"),
                     CODE_ORDER_EXISTS_DIFFERENT);
    assert_false(looks_refused(s));
    assert_int_equal(pos(s, "order.place", "{'order_id':'B'," EGGS(1) "}"),
                     CODE_INSUFFICIENT_STOCK);
    assert_true(looks_refused(s));
    assert_int_equal(pos(s, "order.pay_begin", "{'order_id':'A','pay_id':'p','amount':'1'}"), 0);
    assert_false(looks_refused(s)); /* takes nothing */
}

/* Step 8 comes before stock. */
static void a_refusal_for_another_reason_is_the_writers(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place",
                         "{'order_id':'A','lines':[{'line':1,'object_id':'1003','qty':'9'},"
                         "{'line':2,'object_id':'9999','qty':'1'}]}"),
                     CODE_UNKNOWN_OBJECT);
    assert_false(looks_refused(s));
    s->config.refuse_new_orders = true;
    assert_int_equal(pos(s, "order.place", "{'order_id':'A'," EGGS(9) "}"), CODE_STORAGE_FULL);
    assert_false(looks_refused(s));
}

static void what_is_due_is_the_writers(void **state)
{
    struct shop *s = *state;
    struct txn *txn;
    is_refused(s, "{'order_id':'A'," EGGS(3) "}", CODE_INSUFFICIENT_STOCK);
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    timer_set(txn, s->wall_ms + 1000, TIMER_RESTORE, timer_object_id((struct object)EGG));
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_true(looks_refused(s));
    s->wall_ms += 1000;
    assert_false(looks_refused(s));
    s->wall_ms -= 2 * 3600 * 1000; /* timers are armed anew */
    assert_false(looks_refused(s));
}

static void to_strict(struct stock_row *r)
{
    r->mode = r->mode_in_force = MODE_STRICT;
    r->gr_t = 10;
    r->plan_t = 100;
}

/* The first time is noted for the center, and only the writer can do that. */
static void lacking_rights_are_asked_for_once(void **state)
{
    struct shop *s = *state;
    with_row(s, to_strict);
    assert_int_equal(pos(s, "order.place", "{'order_id':'A'," EGGS(2) "}"), CODE_STRICT_EXHAUSTED);
    assert_true(looks_refused(s));
    struct command more = s->cmd;
    more.lines[0].qty_t = 50;
    s->cmd = more;
    assert_false(looks_refused(s));
}

/* What is kept of a commit must not outlive it. */
static void the_next_commit_is_seen(void **state)
{
    struct shop *s = *state;
    struct peek peek = {0};
    assert_int_equal(pos(s, "order.place", "{'order_id':'A'," EGGS(3) "}"),
                     CODE_INSUFFICIENT_STOCK);
    struct command asked = s->cmd;
    struct line_request line = asked.lines[0];
    asked.order_id = STR("A");
    asked.who.device = STR("till-1");
    asked.lines = &line;
    for (int n = 0; n < 5; n++) {
        s->cmd = asked;
        assert_true(refuses(s, &peek));
        assert_int_equal(pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'3'}"),
                         0);
        s->cmd = asked;
        assert_false(refuses(s, &peek));
        assert_int_equal(pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'2'}"),
                         0);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_shop, shop_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_stock_refuses_the_look_refuses),
        TEST(a_round_is_looked_at_too),
        TEST(what_may_be_sold_or_is_known_is_the_writers),
        TEST(a_refusal_for_another_reason_is_the_writers),
        TEST(what_is_due_is_the_writers),
        TEST(lacking_rights_are_asked_for_once),
        TEST(the_next_commit_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
