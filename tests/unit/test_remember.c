/* Idempotency, twice (sync-protocol 2.4): by request id with the stored reply, and by business key
 * for a client that has lost its request id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/shop_fixture.h"

#define EGGS(n)      "'lines':[{'line':1,'object_id':'1003','qty':'" #n "'}]"
#define PLACE(id, n) "{'req_id':'" id "','order_id':'P'," EGGS(n) "}"
#define PAY(amount)  "'order_id':'P','pay_id':'p','tender':'CASH','amount':'" #amount "'}"
#define ABOVE_48H_MS (LIMIT_REPLY_AGE_MS + 1)

static int open_shop(void **state)
{
    return shop_setup(state, 5);
}

static int events(struct shop *s)
{
    return shop_events(s, EVENT_KIND_COUNT);
}

/* Runs it, and says whether nothing was journaled. */
static void asks_again(struct shop *s, const char *verb, const char *text, enum code code,
                       bool replayed, bool duplicate)
{
    int before = events(s);
    assert_int_equal(pos(s, verb, "%s", text), code);
    assert_int_equal(s->out.replayed, replayed);
    assert_int_equal(s->out.duplicate, duplicate);
    assert_int_equal(events(s), before);
}

static enum order_state shown_state(const struct shop *s)
{
    struct order o;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    bool readable = s->out.has_order && order_unpack(s->out.order, &arena, &o);
    arena_free(&arena);
    return readable ? o.state : ORDER_NONE;
}

/* ---- by request id ---- */

static void a_repeat_gets_the_reply_of_then(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    struct position at = s->out.at;
    uint8_t tag[4];
    memcpy(tag, s->out.tag, sizeof tag);
    assert_int_equal(pos(s, "order.pay", "{'req_id':'b'," PAY(20)), 0);
    asks_again(s, "order.place", PLACE("a", 2), CODE_OK, true, false);
    assert_int_equal(position_cmp(s->out.at, at), 0);
    assert_memory_equal(s->out.tag, tag, sizeof tag);
    assert_int_equal(shown_state(s), ORDER_PLACED);
    assert_int_equal(shop_state(s, "P"), ORDER_PAID);
    assert_int_equal(s->out.n_changes, 0);
}

static void the_reply_outlives_a_restart(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    shop_reopen(s);
    asks_again(s, "order.place", PLACE("a", 2), CODE_OK, true, false);
}

static void a_death_before_the_commit_remembers_nothing(void **state)
{
    struct shop *s = *state;
    s->crash_next = true;
    pos(s, "order.place", PLACE("a", 2));
    assert_int_equal(shop_locked(s, 1003), 0);
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    assert_false(s->out.replayed);
    assert_int_equal(shop_locked(s, 1003), 20);
}

static void other_content_or_another_verb_is_told_apart(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    asks_again(s, "order.place", PLACE("a", 3), CODE_REQ_ID_REUSED, false, false);
    asks_again(s, "order.cancel", "{'req_id':'a','order_id':'P'}", CODE_REQ_ID_REUSED, false,
               false);
    asks_again(s, "order.place", PLACE("a", 2), CODE_OK, true, false);
}

/* The hash is over the canonical body without what a retry may change. */
static void a_retry_may_look_different(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    asks_again(s, "order.place",
               "{'lines':[{'qty':'2','object_id':'1003','line':1}],'trace':'t-9','order_id':'P',"
               "'seen':[1,2,'00000000'],'req_id':'a'}",
               CODE_OK, true, false);
}

static void devices_do_not_share_request_ids(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    assert_int_equal(
        shop_do(s, "till-2", ROLE_POS, "order.place", "{'req_id':'a','order_id':'Q'," EGGS(1) "}"),
        0);
    assert_false(s->out.replayed);
    assert_int_equal(shop_locked(s, 1003), 30);
}

/* "till-1" with "12" and "till-11" with "2" run together alike: the key keeps them apart. */
static void names_that_run_together_stay_apart(void **state)
{
    struct shop *s = *state;
    assert_int_equal(shop_do(s, "till-1", ROLE_POS, "order.place", PLACE("12", 1)), 0);
    assert_int_equal(
        shop_do(s, "till-11", ROLE_POS, "order.place", "{'req_id':'2','order_id':'Q'," EGGS(1) "}"),
        0);
    assert_false(s->out.replayed);
}

static void a_refusal_is_not_kept(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 9)), CODE_INSUFFICIENT_STOCK);
    assert_int_equal(pos(s, "stock.adjust",
                         "{'object_type':'2','object_id':'1003','delta':'9',"
                         "'reason':'RECEIPT'}"),
                     0);
    assert_int_equal(pos(s, "order.place", PLACE("a", 9)), 0);
    assert_false(s->out.replayed);
}

static void every_part_of_a_reply_comes_back(void **state)
{
    struct shop *s = *state;
    const char *count = "{'req_id':'c','object_type':'2','object_id':'1003','qty':'4'}";
    assert_int_equal(pos(s, "stock.set", "%s", count), 0);
    asks_again(s, "stock.set", count, CODE_OK, true, false);
    struct stock_row row;
    assert_true(s->out.has_stock && !s->out.has_order);
    assert_true(stock_unpack(s->out.stock, &row));
    assert_int_equal(stock_real(&row), 40);

    char closed[512];
    assert_int_equal(pos(s, "order.place", PLACE("a", 1)), 0);
    assert_int_equal(shop_do(s, "poshubctl", ROLE_ADMIN, "day.close", "{'req_id':'d'}"), 0);
    snprintf(closed, sizeof closed, "%.*s", (int)s->out.value.n, s->out.value.p);
    assert_int_equal(shop_do(s, "poshubctl", ROLE_ADMIN, "day.close", "{'req_id':'d'}"), 0);
    assert_true(s->out.replayed && s->out.has_value);
    assert_true(str_eq(s->out.value, str_of(closed)));
}

/* ---- refusals that are effects ---- */

static void a_refund_that_is_due_stays_due(void **state)
{
    struct shop *s = *state;
    const char *late = "{'req_id':'l'," PAY(50);
    assert_int_equal(pos(s, "order.place", PLACE("a", 5)), 0);
    shop_wait(s, 900 * 1000);
    assert_int_equal(pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'1'}"), 0);
    assert_int_equal(pos(s, "order.pay", "%s", late), CODE_LATE_PAY_NO_STOCK);
    assert_int_equal(pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'9'}"), 0);
    asks_again(s, "order.pay", late, CODE_LATE_PAY_NO_STOCK, true, false);
    assert_true(s->out.refund_due);
    assert_string_equal(s->out.detail, code_text(CODE_LATE_PAY_NO_STOCK));
    asks_again(s, "order.pay", "{'req_id':'m'," PAY(50), CODE_LATE_PAY_NO_STOCK, false, true);
    assert_true(s->out.refund_due);
    assert_string_equal(s->out.detail, code_text(CODE_LATE_PAY_NO_STOCK));
    assert_int_equal(shop_events(s, EVENT_REFUND_DUE), 1);
}

static void a_late_payment_that_was_taken_says_so_again(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    shop_wait(s, 900 * 1000);
    assert_int_equal(pos(s, "order.pay", "{'req_id':'l'," PAY(20)), 0);
    asks_again(s, "order.pay", "{'req_id':'l'," PAY(20), CODE_OK, true, false);
    assert_true(s->out.late);
}

/* ---- by business key ---- */

/* Each step, the same step under another request id, and other content under the same key. */
static const struct {
    const char *verb, *body, *other;
} STEPS[] = {
    {"order.place", "{'order_id':'P'," EGGS(2) "}", "{'order_id':'P'," EGGS(1) "}"},
    {"order.add", "{'order_id':'P','lines':[{'line':2,'object_id':'1004','qty':'1'}]}",
     "{'order_id':'P','lines':[{'line':2,'object_id':'1004','qty':'2'}]}"},
    {"order.void", "{'order_id':'P','void_id':'v','lines':[{'line':2,'qty':'1'}]}",
     "{'order_id':'P','void_id':'v','lines':[{'line':1,'qty':'1'}]}"},
    {"order.adjust", "{'order_id':'P','adjust':[{'adj':1,'kind':'TIP','name':'t','amount':'1'}]}",
     "{'order_id':'P','adjust':[{'adj':1,'kind':'TIP','name':'t','amount':'2'}]}"},
    {"order.pay_begin", "{'order_id':'P','pay_id':'k','tender':'CARD','amount':'21'}",
     "{'order_id':'P','pay_id':'k','tender':'CARD','amount':'20'}"},
    {"order.pay_failed", "{'order_id':'P','pay_id':'k','tender':'CARD','amount':'21'}",
     "{'order_id':'P','pay_id':'k','tender':'CARD','amount':'20'}"},
    {"order.pay", "{" PAY(21), "{" PAY(20)},
    {"order.refund", "{'order_id':'P','refund_id':'r','amount':'1'}",
     "{'order_id':'P','refund_id':'r','amount':'2'}"},
};

static void a_client_without_its_request_id_is_caught(void **state)
{
    struct shop *s = *state;
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        assert_int_equal(pos(s, STEPS[i].verb, "%s", STEPS[i].body), 0);
        assert_false(s->out.duplicate);
        asks_again(s, STEPS[i].verb, STEPS[i].body, CODE_OK, false, true);
        assert_true(s->out.has_order);
        asks_again(s, STEPS[i].verb, STEPS[i].other, CODE_ORDER_EXISTS_DIFFERENT, false, false);
    }
}

/* Every key is still known when the order has gone on, and after a restart. */
static void keys_are_kept_as_long_as_the_order(void **state)
{
    struct shop *s = *state;
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        assert_int_equal(pos(s, STEPS[i].verb, "%s", STEPS[i].body), 0);
    assert_int_equal(pos(s, "order.serve", "{'order_id':'P'}"), 0);
    assert_int_equal(shop_state(s, "P"), ORDER_ENDED);
    shop_wait(s, ABOVE_48H_MS);
    shop_reopen(s);
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++)
        asks_again(s, STEPS[i].verb, STEPS[i].body, CODE_OK, false, true);
}

static void cancel_twice_is_one_cancel(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    assert_int_equal(pos(s, "order.cancel", "{'order_id':'P'}"), 0);
    asks_again(s, "order.cancel", "{'order_id':'P'}", CODE_OK, false, true);
    asks_again(s, "order.place", PLACE("b", 2), CODE_BAD_TRANSITION, false, false);
    assert_int_equal(shop_locked(s, 1003), 0);
}

/* ---- how long ---- */

static void a_reply_is_kept_for_48_hours(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    shop_wait(s, LIMIT_REPLY_AGE_MS);
    asks_again(s, "order.place", PLACE("a", 2), CODE_OK, true, false);
}

/* A box that starts with a clock that is days ahead, and a device that asks again. */
static void a_wall_clock_that_jumps_forgets_nothing(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    s->wall_ms += 2 * LIMIT_REPLY_AGE_MS;
    shop_wait(s, 1000);
    asks_again(s, "order.place", PLACE("a", 2), CODE_OK, true, false);
}

static void after_that_the_business_key_answers(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    assert_int_equal(pos(s, "order.pay", "{'req_id':'b'," PAY(20)), 0);
    shop_wait(s, ABOVE_48H_MS);
    asks_again(s, "order.place", PLACE("a", 2), CODE_OK, false, true);
    asks_again(s, "order.pay", "{'req_id':'b'," PAY(20), CODE_OK, false, true);
}

static void only_the_old_are_forgotten(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    shop_wait(s, 1000);
    assert_int_equal(pos(s, "order.pay", "{'req_id':'b'," PAY(20)), 0);
    shop_wait(s, LIMIT_REPLY_AGE_MS);
    asks_again(s, "order.place", PLACE("a", 2), CODE_OK, false, true);
    asks_again(s, "order.pay", "{'req_id':'b'," PAY(20), CODE_OK, true, false);
}

/* A forgotten id can be used again: its old index entry points nowhere. */
static void a_forgotten_id_is_free(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 1)), 0);
    shop_wait(s, ABOVE_48H_MS);
    const char *next = "{'req_id':'a','order_id':'Q'," EGGS(1) "}";
    assert_int_equal(pos(s, "order.place", "%s", next), 0);
    assert_false(s->out.replayed);
    asks_again(s, "order.place", next, CODE_OK, true, false);
}

/* As if so many other replies had been written since. */
static void skip_reply_numbers(struct shop *s, uint64_t n)
{
    struct txn *txn;
    struct journal j;
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    assert_true(journal_load(&j, txn));
    j.head.next_reply += n;
    journal_save(&j);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void a_million_newer_replies_push_it_out(void **state)
{
    struct shop *s = *state;
    assert_int_equal(pos(s, "order.place", PLACE("a", 2)), 0);
    skip_reply_numbers(s, LIMIT_REPLIES - 1);
    shop_wait(s, 1);
    asks_again(s, "order.place", PLACE("a", 2), CODE_OK, true, false);
    skip_reply_numbers(s, 1);
    shop_wait(s, 1);
    asks_again(s, "order.place", PLACE("a", 2), CODE_OK, false, true);
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(a_repeat_gets_the_reply_of_then),
        SHOP_TEST(the_reply_outlives_a_restart),
        SHOP_TEST(a_death_before_the_commit_remembers_nothing),
        SHOP_TEST(other_content_or_another_verb_is_told_apart),
        SHOP_TEST(a_retry_may_look_different),
        SHOP_TEST(devices_do_not_share_request_ids),
        SHOP_TEST(names_that_run_together_stay_apart),
        SHOP_TEST(a_refusal_is_not_kept),
        SHOP_TEST(every_part_of_a_reply_comes_back),
        SHOP_TEST(a_refund_that_is_due_stays_due),
        SHOP_TEST(a_late_payment_that_was_taken_says_so_again),
        SHOP_TEST(a_client_without_its_request_id_is_caught),
        SHOP_TEST(keys_are_kept_as_long_as_the_order),
        SHOP_TEST(cancel_twice_is_one_cancel),
        SHOP_TEST(a_reply_is_kept_for_48_hours),
        SHOP_TEST(a_wall_clock_that_jumps_forgets_nothing),
        SHOP_TEST(after_that_the_business_key_answers),
        SHOP_TEST(only_the_old_are_forgotten),
        SHOP_TEST(a_forgotten_id_is_free),
        SHOP_TEST(a_million_newer_replies_push_it_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
