/* edge/books: a whole menu comes back in one transaction, and nobody is left untold. */
#include "tests/unit/shop_fixture.h"

#include "edge/books/stock.h"
#include "proto/shares.h"
#include "storage/timers.h"

#define FIRST         5000
#define OUTCOME_BYTES (4 << 20) /* as the hub has (edge/request.c) */

static const uint8_t SECRET[32] = {7};

static int open_shop(void **state)
{
    return shop_setup(state, 15);
}

static struct object nth(int n)
{
    return (struct object){OBJECT_SKU, FIRST + n};
}

/* As many rows as said, sold out, with a plan of 1 that is there again at due_ms. */
static void rows_are_due(struct txn *txn, int n, int64_t due_ms)
{
    struct stock_row r;
    for (int i = 0; i < n; i++) {
        stock_plain(nth(i), &r);
        r.type = STOCK_LIMITED;
        r.plan_t = 10;
        r.auto_restore = 1;
        r.restore_at_ms = due_ms;
        stock_save(txn, &r);
        timer_set(txn, due_ms, TIMER_RESTORE, timer_object_id(r.object));
    }
}

static void restore_rows(struct shop *s, int n, struct outcome *out)
{
    struct txn *txn;
    struct books b;
    struct stock_row r;
    struct command c = {.verb = VERB_TIMERS,
                        .who = {.role = ROLE_ADMIN},
                        .wall_ms = s->wall_ms + 1000,
                        .uptime_ms = s->uptime_ms + 1000};
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    rows_are_due(txn, n, c.wall_ms);
    assert_int_equal(books_begin(&b, txn, &s->config, &s->scratch, SECRET), PH_OK);
    books_execute(&b, &c, out);
    assert_int_equal(txn_error(txn), PH_OK);
    for (int i = 0; i < n; i++) {
        assert_true(stock_load(txn, nth(i), &r));
        assert_int_equal(stock_total(&r), 10);
    }
    txn_abort(txn);
}

/* Up to OUTCOME_ROWS each is named; one more, and all is to be told. The outcome keeps room for
 * what the command itself has to say. */
static void many_rows_come_back_and_all_are_told(void **state)
{
    for (int more = 0; more < 2; more++) {
        struct outcome out = {.code = CODE_OK};
        arena_init(&out.arena, OUTCOME_BYTES);
        restore_rows(*state, OUTCOME_ROWS + more, &out);
        assert_int_equal(out.n_changes, OUTCOME_ROWS);
        assert_int_equal(out.all_changed, more == 1);
        assert_false(out.arena.failed);
        arena_free(&out.arena);
    }
}

static void what_finds_no_room_is_told_with_all(void **state)
{
    struct outcome out = {.code = CODE_OK};
    arena_init(&out.arena, 1 << 16);
    restore_rows(*state, 1000, &out);
    assert_true(out.n_changes < 1000);
    assert_true(out.all_changed);
    arena_free(&out.arena);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_shop, shop_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(many_rows_come_back_and_all_are_told),
        TEST(what_finds_no_room_is_told_with_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
