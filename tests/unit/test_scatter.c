/* storage/scatter: two levels that look like one table. */
#include "tests/unit/storage_scratch.h"

#include "storage/scatter.h"

#define TABLE TABLE_ORDER_ID

/* Keys in no order: what devices call their orders. */
static struct key name_of(uint32_t i)
{
    char text[24];
    snprintf(text, sizeof text, "%04x-%u", i * 40503u % 65536u, i);
    return key_text(str_of(text));
}

static void put_number(struct txn *txn, uint32_t i, uint32_t value)
{
    struct key key = name_of(i), v = {.n = 0};
    key_add_u32(&v, value);
    scatter_put(txn, TABLE, key_bytes(&key), key_bytes(&v));
}

#define NONE UINT32_MAX
static uint32_t get_number(struct txn *txn, uint32_t i)
{
    struct key key = name_of(i);
    struct bytes v;
    return scatter_get(txn, TABLE, key_bytes(&key), &v) ? key_get_u32(v.p) : NONE;
}

static void del_number(struct txn *txn, uint32_t i)
{
    struct key key = name_of(i);
    scatter_del(txn, TABLE, key_bytes(&key));
}

static void put_many(struct txn *txn, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        put_number(txn, i, i);
}

static void has_levels(struct txn *txn, uint64_t recent, uint64_t sorted)
{
    assert_int_equal(txn_entries(txn, TABLE_RECENT), recent);
    assert_int_equal(txn_entries(txn, TABLE), sorted);
}

static void commit(struct txn *txn)
{
    scatter_settle(txn);
    assert_int_equal(txn_commit(txn), PH_OK);
}

/* One transaction that fills the first level and moves it. */
static void spill(struct scratch *s, uint32_t from)
{
    struct txn *txn = scratch_write(s);
    put_many(txn, from, from + SCATTER_RECENT);
    commit(txn);
}

static void new_entries_wait_in_the_small_table(void **state)
{
    struct txn *txn = scratch_write(*state);
    assert_int_equal(get_number(txn, 1), NONE);
    put_many(txn, 0, SCATTER_RECENT - 1);
    scatter_settle(txn);
    has_levels(txn, SCATTER_RECENT - 1, 0);
    assert_int_equal(get_number(txn, 0), 0);
    assert_int_equal(get_number(txn, SCATTER_RECENT - 2), SCATTER_RECENT - 2);
    txn_abort(txn);
}

static void a_full_one_moves_as_a_whole(void **state)
{
    struct txn *txn = scratch_write(*state);
    put_many(txn, 0, SCATTER_RECENT);
    has_levels(txn, SCATTER_RECENT, 0);
    scatter_settle(txn);
    has_levels(txn, 0, SCATTER_RECENT);
    for (uint32_t i = 0; i < SCATTER_RECENT; i++)
        assert_int_equal(get_number(txn, i), i);
    assert_int_equal(get_number(txn, SCATTER_RECENT), NONE);
    txn_abort(txn);
}

static void what_is_recent_hides_what_is_sorted(void **state)
{
    struct scratch *s = *state;
    spill(s, 0);
    struct txn *txn = scratch_write(s);
    put_number(txn, 7, 70);
    has_levels(txn, 1, SCATTER_RECENT);
    assert_int_equal(get_number(txn, 7), 70);
    assert_int_equal(get_number(txn, 8), 8);
    put_many(txn, 5000, 5000 + SCATTER_RECENT - 1);
    scatter_settle(txn);
    has_levels(txn, 0, 2 * SCATTER_RECENT - 1);
    assert_int_equal(get_number(txn, 7), 70);
    txn_abort(txn);
}

static void deleted_is_gone_from_both_levels(void **state)
{
    struct scratch *s = *state;
    spill(s, 0);
    struct txn *txn = scratch_write(s);
    put_number(txn, 1, 10);   /* on both levels */
    put_number(txn, 6000, 6); /* recent only */
    del_number(txn, 1);
    del_number(txn, 2); /* sorted only */
    del_number(txn, 6000);
    del_number(txn, 6001); /* on none */
    assert_int_equal(get_number(txn, 1), NONE);
    assert_int_equal(get_number(txn, 2), NONE);
    assert_int_equal(get_number(txn, 6000), NONE);
    has_levels(txn, 0, SCATTER_RECENT - 2);
    put_number(txn, 2, 20);
    assert_int_equal(get_number(txn, 2), 20);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void both_levels_outlive_a_restart(void **state)
{
    struct scratch *s = *state;
    spill(s, 0);
    struct txn *txn = scratch_write(s);
    put_number(txn, 9000, 9);
    commit(txn);
    scratch_reopen(s);
    txn = scratch_read(s);
    has_levels(txn, 1, SCATTER_RECENT);
    assert_int_equal(get_number(txn, 3), 3);
    assert_int_equal(get_number(txn, 9000), 9);
    assert_int_equal(get_number(txn, 9001), NONE);
    txn_abort(txn);
}

static void an_undone_move_leaves_the_levels_as_they_were(void **state)
{
    struct scratch *s = *state;
    struct txn *txn = scratch_write(s);
    put_many(txn, 0, 10);
    commit(txn);
    txn = scratch_write(s);
    put_many(txn, 10, SCATTER_RECENT);
    scatter_settle(txn);
    txn_abort(txn);
    txn = scratch_read(s);
    has_levels(txn, 10, 0);
    assert_int_equal(get_number(txn, 9), 9);
    assert_int_equal(get_number(txn, 10), NONE);
    txn_abort(txn);
}

/* The same key in two tables is two entries, on the first level and on the second. */
static void tables_do_not_mix(void **state)
{
    struct scratch *s = *state;
    struct bytes v, key = bytes_z("same");
    struct txn *txn = scratch_write(s);
    scatter_put(txn, TABLE_ORDER_ID, key, bytes_z("order"));
    assert_false(scatter_get(txn, TABLE_REPLY_ID, key, &v));
    scatter_put(txn, TABLE_REPLY_ID, key, bytes_z("reply"));
    put_many(txn, 0, SCATTER_RECENT);
    scatter_settle(txn);
    has_levels(txn, 0, SCATTER_RECENT + 1);
    assert_int_equal(txn_entries(txn, TABLE_REPLY_ID), 1);
    scatter_del(txn, TABLE_ORDER_ID, key);
    assert_false(scatter_get(txn, TABLE_ORDER_ID, key, &v));
    assert_true(scatter_get(txn, TABLE_REPLY_ID, key, &v));
    assert_memory_equal(v.p, "reply", v.n);
    txn_abort(txn);
}

static void the_longest_key_fits(void **state)
{
    struct txn *txn = scratch_write(*state);
    char text[KEY_BYTES - 1];
    struct bytes v, key = {text, sizeof text};
    memset(text, 'k', sizeof text);
    scatter_put(txn, TABLE, key, bytes_z("long"));
    put_many(txn, 0, SCATTER_RECENT);
    scatter_settle(txn);
    assert_true(scatter_get(txn, TABLE, key, &v));
    assert_memory_equal(v.p, "long", v.n);
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
}

/* A damaged entry of the first level sticks; it does not uncover an older one below. */
static void damage_above_does_not_uncover_what_is_below(void **state)
{
    struct scratch *s = *state;
    struct bytes v, key = bytes_z("order-1");
    struct txn *txn = scratch_write(s);
    scatter_put(txn, TABLE, key, bytes_z("old value"));
    put_many(txn, 0, SCATTER_RECENT);
    commit(txn);
    txn = scratch_write(s);
    scatter_put(txn, TABLE, key, bytes_z("new value"));
    commit(txn);
    scratch_close(s);
    assert_true(scratch_damage(s, "new value") > 0);
    scratch_open(s, SCRATCH_MAP);
    txn = scratch_read(s);
    assert_false(scatter_get(txn, TABLE, key, &v));
    assert_int_equal(txn_error(txn), PH_ERR_BAD_RECORD);
    txn_abort(txn);
}

/* Against a plain array: random puts and deletes over several moves. */
#define MODEL 4000
static void many_moves_agree_with_a_plain_array(void **state)
{
    static uint32_t model[MODEL];
    uint32_t seed = 1;
    for (uint32_t i = 0; i < MODEL; i++)
        model[i] = NONE;
    for (uint32_t round = 0; round < 60; round++) {
        struct txn *txn = scratch_write(*state);
        for (uint32_t n = 0; n < 200; n++) {
            seed = seed * 1664525u + 1013904223u;
            uint32_t i = (seed >> 8) % MODEL;
            if (seed >> 30 == 0) {
                del_number(txn, i);
                model[i] = NONE;
            } else {
                put_number(txn, i, seed >> 1);
                model[i] = seed >> 1;
            }
        }
        commit(txn);
    }
    struct txn *txn = scratch_read(*state);
    assert_true(txn_entries(txn, TABLE) > SCATTER_RECENT);
    for (uint32_t i = 0; i < MODEL; i++)
        assert_int_equal(get_number(txn, i), model[i]);
    txn_abort(txn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(new_entries_wait_in_the_small_table),
        SCRATCH_TEST(a_full_one_moves_as_a_whole),
        SCRATCH_TEST(what_is_recent_hides_what_is_sorted),
        SCRATCH_TEST(deleted_is_gone_from_both_levels),
        SCRATCH_TEST(both_levels_outlive_a_restart),
        SCRATCH_TEST(an_undone_move_leaves_the_levels_as_they_were),
        SCRATCH_TEST(tables_do_not_mix),
        SCRATCH_TEST(the_longest_key_fits),
        SCRATCH_TEST(damage_above_does_not_uncover_what_is_below),
        SCRATCH_TEST(many_moves_agree_with_a_plain_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
