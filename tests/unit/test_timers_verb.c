/* The shell's own command: due timers one a turn, then a slice of what has grown old. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/timers.h"
#include "tests/unit/shop_fixture.h"

#define POS_MS    (900 * 1000)
#define KIOSK_MS  (300 * 1000)
#define HOUR_MS   (3600 * 1000)
#define TRIM_ROWS 200 /* a turn's share of housekeeping, as in edge/books/admin.c */
#define EGG       "'lines':[{'line':1,'object_id':'1003','qty':'1'}]"

static int open_shop(void **state)
{
    return shop_setup(state, 900);
}

static void place(struct shop *s, const char *id)
{
    assert_int_equal(pos(s, "order.place", "{'order_id':'%s'," EGG "}", id), 0);
}

static void pass(struct shop *s, int64_t span_ms)
{
    s->wall_ms += span_ms;
    s->uptime_ms += span_ms;
}

/* Turns until nothing is left to do. */
static int all_turns(struct shop *s)
{
    int turns = 1;
    while (shop_timers(s))
        turns++;
    return turns;
}

static uint64_t entries(struct shop *s, enum table table)
{
    struct txn *txn;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    uint64_t n = txn_entries(txn, table);
    txn_abort(txn);
    return n;
}

/* ---- expiry on the uptime clock ---- */

static void an_order_expires_at_its_deadline_and_not_before(void **state)
{
    struct shop *s = *state;
    place(s, "P");
    assert_int_equal(shop_next_timer(s), s->uptime_ms + POS_MS);
    pass(s, POS_MS - 1);
    assert_false(shop_timers(s));
    assert_int_equal(shop_state(s, "P"), ORDER_PLACED);
    pass(s, 1);
    assert_true(shop_timers(s));
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
    assert_int_equal(shop_locked(s, 1003), 0);
    assert_int_equal(shop_real(s, 1003), 9000);
    assert_int_equal(shop_events(s, EVENT_ORDER_UNLOCK), 1);
    assert_int_equal(shop_next_timer(s), INT64_MAX);
}

static void the_wall_clock_expires_nothing(void **state)
{
    struct shop *s = *state;
    place(s, "P");
    s->wall_ms += 365LL * 24 * 3600 * 1000;
    all_turns(s);
    assert_int_equal(shop_state(s, "P"), ORDER_PLACED);
    s->wall_ms -= 2 * 365LL * 24 * 3600 * 1000;
    s->uptime_ms += POS_MS;
    all_turns(s);
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
}

static void each_channel_has_its_own_patience(void **state)
{
    struct shop *s = *state;
    place(s, "P");
    assert_int_equal(kiosk(s, "order.place", "{'order_id':'K'," EGG "}"), 0);
    assert_int_equal(shop_do(s, "menu-4", ROLE_EMENU, "order.place", "{'order_id':'E'," EGG "}"),
                     0);
    assert_int_equal(entries(s, TABLE_TIMER), 2);
    shop_wait(s, KIOSK_MS);
    assert_int_equal(shop_state(s, "K"), ORDER_EXPIRED);
    assert_int_equal(shop_state(s, "P"), ORDER_PLACED);
    shop_wait(s, POS_MS);
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
    assert_int_equal(shop_state(s, "E"), ORDER_PLACED);
}

static void a_timer_survives_a_restart_and_a_crash_in_its_turn(void **state)
{
    struct shop *s = *state;
    place(s, "P");
    shop_reopen(s);
    pass(s, POS_MS);
    s->crash_next = true;
    shop_timers(s);
    assert_int_equal(shop_state(s, "P"), ORDER_PLACED);
    assert_int_equal(entries(s, TABLE_TIMER), 1);
    all_turns(s);
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
    assert_int_equal(shop_events(s, EVENT_ORDER_UNLOCK), 1);
}

static void what_ends_an_order_disarms_it(void **state)
{
    static const struct {
        const char *verb, *body;
    } ENDS[] = {
        {"order.pay", "{'order_id':'P','pay_id':'p','tender':'CASH','amount':'10'}"},
        {"order.pay", "{'order_id':'P','pay_id':'p','tender':'CASH','amount':'1'}"}, /* a part */
        {"order.cancel", "{'order_id':'P'}"},
        {"order.void", "{'order_id':'P','void_id':'v','lines':[{'line':1,'qty':'1'}]}"},
    };
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        struct shop s;
        shop_open(&s);
        place(&s, "P");
        assert_int_equal(pos(&s, ENDS[i].verb, "%s", ENDS[i].body), 0);
        assert_int_equal(entries(&s, TABLE_TIMER), 0);
        enum order_state before = shop_state(&s, "P");
        shop_wait(&s, 2 * POS_MS);
        assert_int_equal(shop_state(&s, "P"), before);
        assert_true(shop_sound(&s));
        shop_close(&s);
    }
    (void)state;
}

static void money_given_back_arms_it_again(void **state)
{
    struct shop *s = *state;
    place(s, "P");
    assert_int_equal(
        pos(s, "order.pay", "{'order_id':'P','pay_id':'p','tender':'CASH','amount':'4'}"), 0);
    shop_wait(s, POS_MS);
    assert_int_equal(pos(s, "order.refund", "{'order_id':'P','refund_id':'r','amount':'4'}"), 0);
    assert_int_equal(shop_next_timer(s), s->uptime_ms + POS_MS);
    shop_wait(s, POS_MS);
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
}

static void a_payment_in_flight_moves_the_deadline_five_times_at_most(void **state)
{
    struct shop *s = *state;
    place(s, "P");
    pass(s, POS_MS - 1000);
    for (int i = 0; i < LIMIT_PAYING_EXTENSIONS + 2; i++) {
        int64_t before_ms = shop_next_timer(s);
        assert_int_equal(pos(s, "order.pay_begin",
                             "{'order_id':'P','pay_id':'p%d','tender':'CARD','amount':'10'}", i),
                         0);
        int64_t wanted_ms = i < LIMIT_PAYING_EXTENSIONS ? s->uptime_ms + 120000 : before_ms;
        assert_int_equal(shop_next_timer(s), wanted_ms);
        assert_int_equal(entries(s, TABLE_TIMER), 1);
        assert_int_equal(pos(s, "order.pay_failed",
                             "{'order_id':'P','pay_id':'p%d','tender':'CARD','amount':'10'}", i),
                         0);
        pass(s, 10000);
    }
    shop_wait(s, 120000);
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
}

/* ---- bounded turns ---- */

static void one_expiry_a_turn_while_there_is_more(void **state)
{
    struct shop *s = *state;
    place(s, "P1");
    pass(s, 1);
    place(s, "P2");
    place(s, "P3");
    pass(s, POS_MS);
    assert_true(shop_timers(s));
    assert_int_equal(shop_state(s, "P1"), ORDER_EXPIRED);
    assert_int_equal(shop_state(s, "P2"), ORDER_PLACED);
    assert_true(shop_timers(s));
    assert_int_equal(shop_state(s, "P2"), ORDER_EXPIRED);
    assert_int_equal(shop_state(s, "P3"), ORDER_PLACED);
    assert_true(shop_timers(s));
    assert_int_equal(shop_state(s, "P3"), ORDER_EXPIRED);
    assert_false(shop_timers(s));
    assert_int_equal(s->out.n_changes, 0);
}

static void place_many(struct shop *s, int n)
{
    char id[16];
    for (int i = 0; i < n; i++) {
        snprintf(id, sizeof id, "M%d", i);
        place(s, id);
        assert_int_equal(pos(s, "order.cancel", "{'order_id':'%s'}", id), 0);
    }
}

static void old_replies_go_a_slice_a_turn(void **state)
{
    struct shop *s = *state;
    place_many(s, TRIM_ROWS); /* two replies each */
    uint64_t before = entries(s, TABLE_REPLY);
    pass(s, LIMIT_REPLY_AGE_MS + 1);
    assert_true(shop_timers(s));
    assert_int_equal(entries(s, TABLE_REPLY), before - TRIM_ROWS);
    assert_true(shop_timers(s));
    assert_int_equal(entries(s, TABLE_REPLY), before - 2 * TRIM_ROWS);
    all_turns(s);
    assert_int_equal(entries(s, TABLE_REPLY), 0);
    assert_int_equal(entries(s, TABLE_ORDER_DONE), TRIM_ROWS);
}

/* A turn that the caller prepares in the same transaction, and that is thrown away. */
struct turn_of_timers {
    struct shop *s;
    struct txn *txn;
    struct outcome out;
};

static void turn_begin(struct turn_of_timers *t, struct shop *s)
{
    *t = (struct turn_of_timers){.s = s};
    arena_init(&t->out.arena, 1 << 20);
    assert_int_equal(txn_begin_write(s->store, &t->txn), PH_OK);
}

/* The command's clocks are the shop's. */
static void turn_command(struct turn_of_timers *t, struct command c)
{
    struct books b;
    static const uint8_t SECRET[32] = {7};
    c.verb = VERB_TIMERS;
    c.who.role = ROLE_ADMIN;
    c.wall_ms = t->s->wall_ms;
    c.uptime_ms = t->s->uptime_ms;
    assert_int_equal(books_begin(&b, t->txn, &t->s->config, &t->s->scratch, SECRET), PH_OK);
    books_execute(&b, &c, &t->out);
    journal_save(&b.j);
}

static void turn_run(struct turn_of_timers *t, bool clock_suspect)
{
    turn_command(t, (struct command){.clock_suspect = clock_suspect});
}

static void turn_throw_away(struct turn_of_timers *t)
{
    txn_abort(t->txn);
    arena_free(&t->out.arena);
}

/* Bodies go after 7 days, headers after 60, ended orders with their ids after 90. */
static void what_is_old_goes_in_its_own_time(void **state)
{
    struct shop *s = *state;
    place_many(s, 3);
    uint64_t headers = entries(s, TABLE_JOURNAL);
    shop_wait(s, LIMIT_BODY_AGE_MS);
    assert_int_equal(entries(s, TABLE_BODY), headers);
    shop_wait(s, 1);
    assert_int_equal(entries(s, TABLE_BODY), 0);
    assert_int_equal(entries(s, TABLE_JOURNAL), headers);
    place(s, "P");
    shop_wait(s, LIMIT_HEADER_AGE_MS - LIMIT_BODY_AGE_MS);
    assert_int_equal(entries(s, TABLE_JOURNAL), 2); /* P placed and expired */
    assert_int_equal(entries(s, TABLE_ORDER_DONE), 4);
    shop_wait(s, LIMIT_ORDER_AGE_MS - LIMIT_HEADER_AGE_MS);
    assert_int_equal(entries(s, TABLE_ORDER_DONE), 1);
    assert_int_equal(shop_state(s, "M0"), ORDER_NONE);
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
}

/* An enrolled store keeps what its center has not got, whatever its age. */
static void what_the_center_lacks_stays(void **state)
{
    struct shop *s = *state;
    struct turn_of_timers t;
    place_many(s, 3);
    uint64_t all = entries(s, TABLE_JOURNAL);
    s->wall_ms += 2 * LIMIT_HEADER_AGE_MS;
    turn_begin(&t, s);
    turn_command(&t, (struct command){.enrolled = true, .acked = {1, 2}});
    assert_int_equal(txn_entries(t.txn, TABLE_BODY), all - 2);
    assert_int_equal(txn_entries(t.txn, TABLE_JOURNAL), all - 2);
    turn_command(&t, (struct command){.enrolled = true});
    assert_int_equal(txn_entries(t.txn, TABLE_JOURNAL), all - 2);
    turn_command(&t, (struct command){.enrolled = true, .acked = {2, 0}});
    assert_int_equal(txn_entries(t.txn, TABLE_JOURNAL), 1); /* the chain goes on from it */
    turn_throw_away(&t);
}

static void an_open_order_is_never_too_old(void **state)
{
    struct shop *s = *state;
    assert_int_equal(shop_do(s, "menu-4", ROLE_EMENU, "order.place", "{'order_id':'E'," EGG "}"),
                     0);
    shop_wait(s, 2 * LIMIT_ORDER_AGE_MS);
    assert_int_equal(shop_state(s, "E"), ORDER_PLACED);
    assert_int_equal(
        pos(s, "order.pay", "{'order_id':'E','pay_id':'e','tender':'CASH','amount':'10'}"), 0);
}

/* ---- rows that are not what they should be ---- */

static struct key order_key(struct shop *s, const char *id)
{
    struct arena arena;
    struct order o;
    struct txn *txn;
    arena_init(&arena, 1 << 20);
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    assert_true(order_find(txn, str_of(id), &arena, &o));
    struct key key = key_u64(o.no);
    txn_abort(txn);
    arena_free(&arena);
    return key;
}

static void a_timer_without_an_order_is_silent(void **state)
{
    struct shop *s = *state;
    struct txn *txn;
    int events = shop_events(s, EVENT_KIND_COUNT);
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    timer_arm(txn, s->uptime_ms, TIMER_ORDER_EXPIRY, 4711);
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_true(shop_timers(s));
    assert_false(shop_timers(s));
    assert_int_equal(entries(s, TABLE_TIMER), 0);
    assert_int_equal(shop_events(s, EVENT_KIND_COUNT), events);
}

/* A second timer of an order that was paid: the race is lost in silence. */
static void a_timer_too_many_takes_nothing(void **state)
{
    struct shop *s = *state;
    place(s, "P");
    struct key key = order_key(s, "P");
    assert_int_equal(
        pos(s, "order.pay", "{'order_id':'P','pay_id':'p','tender':'CASH','amount':'10'}"), 0);
    struct txn *txn;
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    timer_arm(txn, s->uptime_ms, TIMER_ORDER_EXPIRY, key_get_u64(key.b));
    assert_int_equal(txn_commit(txn), PH_OK);
    int events = shop_events(s, EVENT_KIND_COUNT);
    all_turns(s);
    assert_int_equal(shop_state(s, "P"), ORDER_PAID);
    assert_int_equal(shop_events(s, EVENT_KIND_COUNT), events);
    assert_int_equal(entries(s, TABLE_TIMER), 0);
}

/* What the shell does after the first due timer met a damaged record. */
static void put_off(struct shop *s)
{
    struct turn_of_timers t;
    struct books b;
    struct command c = {.verb = VERB_TIMERS,
                        .who = {.role = ROLE_ADMIN},
                        .wall_ms = s->wall_ms,
                        .uptime_ms = s->uptime_ms,
                        .put_off = true};
    static const uint8_t SECRET[32] = {7};
    turn_begin(&t, s);
    assert_int_equal(books_begin(&b, t.txn, &s->config, &s->scratch, SECRET), PH_OK);
    books_execute(&b, &c, &t.out);
    books_finish(&b);
    assert_int_equal(txn_commit(t.txn), PH_OK);
    assert_true(t.out.more);
    arena_free(&t.out.arena);
}

static void a_timer_put_off_lets_those_behind_it_through(void **state)
{
    struct shop *s = *state;
    place(s, "P");
    pass(s, 1);
    place(s, "Q");
    pass(s, POS_MS);
    put_off(s);
    all_turns(s);
    assert_int_equal(shop_state(s, "P"), ORDER_PLACED);
    assert_int_equal(shop_state(s, "Q"), ORDER_EXPIRED);
    pass(s, HOUR_MS);
    all_turns(s);
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
}

/* As when the order's deadline has moved while its timer was put off. */
static void a_timer_too_early_takes_nothing(void **state)
{
    struct shop *s = *state;
    struct txn *txn;
    place(s, "P");
    struct key key = order_key(s, "P");
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    timer_arm(txn, s->uptime_ms, TIMER_ORDER_EXPIRY, key_get_u64(key.b));
    assert_int_equal(txn_commit(txn), PH_OK);
    all_turns(s);
    assert_int_equal(shop_state(s, "P"), ORDER_PLACED);
    pass(s, POS_MS);
    all_turns(s);
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
}

/* Cut off anywhere, an order's record is named as damaged, and the turn as a whole does nothing. */
static void a_damaged_order_is_named_and_nothing_is_done(void **state)
{
    struct shop *s = *state;
    struct bytes whole;
    place(s, "P");
    pass(s, POS_MS);
    struct key key = order_key(s, "P");
    for (size_t n = 0, most = 1; n < most; n++) {
        uint8_t cut[ORDER_BYTES];
        struct turn_of_timers t;
        turn_begin(&t, s);
        assert_true(txn_get(t.txn, TABLE_ORDER_OPEN, key_bytes(&key), &whole));
        most = whole.n;
        memcpy(cut, whole.p, n);
        txn_put(t.txn, TABLE_ORDER_OPEN, key_bytes(&key), (struct bytes){cut, n});
        turn_run(&t, false);
        assert_int_equal(txn_error(t.txn), PH_ERR_BAD_RECORD);
        assert_non_null(strstr(txn_fault(t.txn), "order_open"));
        turn_throw_away(&t);
    }
    assert_int_equal(shop_state(s, "P"), ORDER_PLACED);
    all_turns(s);
    assert_int_equal(shop_state(s, "P"), ORDER_EXPIRED);
}

static void a_damaged_stock_row_is_named_and_nothing_is_done(void **state)
{
    struct shop *s = *state;
    struct turn_of_timers t;
    struct key key = stock_key((struct object){OBJECT_SKU, 1003});
    place(s, "P");
    pass(s, POS_MS);
    turn_begin(&t, s);
    txn_put(t.txn, TABLE_STOCK, key_bytes(&key), (struct bytes){"?", 1});
    turn_run(&t, false);
    assert_int_equal(txn_error(t.txn), PH_ERR_BAD_RECORD);
    assert_non_null(strstr(txn_fault(t.txn), "stock"));
    turn_throw_away(&t);
    assert_int_equal(shop_locked(s, 1003), 10);
}

static void a_damaged_timer_key_is_named(void **state)
{
    struct shop *s = *state;
    struct turn_of_timers t;
    turn_begin(&t, s);
    txn_put(t.txn, TABLE_TIMER, (struct bytes){"short", 5}, (struct bytes){"", 0});
    turn_run(&t, false);
    assert_int_equal(txn_error(t.txn), PH_ERR_BAD_RECORD);
    assert_non_null(strstr(txn_fault(t.txn), "timer"));
    turn_throw_away(&t);
}

/* Nothing is thrown away by a clock that nobody believes; unpaid orders still expire. */
static void a_suspect_clock_trims_nothing(void **state)
{
    struct shop *s = *state;
    struct turn_of_timers t;
    place_many(s, 3);
    place(s, "P");
    pass(s, 2 * LIMIT_ORDER_AGE_MS);
    turn_begin(&t, s);
    uint64_t replies = txn_entries(t.txn, TABLE_REPLY), done = txn_entries(t.txn, TABLE_ORDER_DONE);
    turn_run(&t, true);
    assert_int_equal(txn_entries(t.txn, TABLE_TIMER), 0);
    assert_int_equal(txn_entries(t.txn, TABLE_ORDER_DONE), done + 1);
    turn_run(&t, true);
    assert_int_equal(txn_entries(t.txn, TABLE_REPLY), replies);
    assert_int_equal(txn_entries(t.txn, TABLE_ORDER_DONE), done + 1);
    assert_int_equal(txn_error(t.txn), PH_OK);
    turn_throw_away(&t);
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, open_shop, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(an_order_expires_at_its_deadline_and_not_before),
        SHOP_TEST(the_wall_clock_expires_nothing),
        SHOP_TEST(each_channel_has_its_own_patience),
        SHOP_TEST(a_timer_survives_a_restart_and_a_crash_in_its_turn),
        cmocka_unit_test(what_ends_an_order_disarms_it),
        SHOP_TEST(money_given_back_arms_it_again),
        SHOP_TEST(a_payment_in_flight_moves_the_deadline_five_times_at_most),
        SHOP_TEST(one_expiry_a_turn_while_there_is_more),
        SHOP_TEST(old_replies_go_a_slice_a_turn),
        SHOP_TEST(what_is_old_goes_in_its_own_time),
        SHOP_TEST(what_the_center_lacks_stays),
        SHOP_TEST(an_open_order_is_never_too_old),
        SHOP_TEST(a_timer_without_an_order_is_silent),
        SHOP_TEST(a_timer_too_many_takes_nothing),
        SHOP_TEST(a_timer_too_early_takes_nothing),
        SHOP_TEST(a_timer_put_off_lets_those_behind_it_through),
        SHOP_TEST(a_damaged_order_is_named_and_nothing_is_done),
        SHOP_TEST(a_damaged_stock_row_is_named_and_nothing_is_done),
        SHOP_TEST(a_damaged_timer_key_is_named),
        SHOP_TEST(a_suspect_clock_trims_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
