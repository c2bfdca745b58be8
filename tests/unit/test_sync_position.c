/* sync/position: it stands on the disk with what it stands for, and goes back only for a newer
 * center. */
#include "tests/unit/storage_scratch.h"

#include "sync/position.h"

#define NOW_MS 1769565600123LL

static const struct store_identity ID = {{"1", 1}, {"1", 1}};
static const uint8_t SECRET[32] = "0123456789abcdef0123456789abcde";

static void add_events(struct txn *txn, int n)
{
    struct journal j;
    assert_true(journal_load(&j, txn));
    for (int i = 0; i < n; i++)
        journal_append(&j, EVENT_CONFIG, NOW_MS + i, STR("{\"n\":1}"));
    journal_save(&j);
}

/* A store of six events in epoch 1, enrolled with nothing acknowledged. */
static int setup(void **state)
{
    struct journal j;
    scratch_setup(state);
    struct txn *txn = scratch_write(*state);
    struct sync_position p;
    assert_false(sync_position_load(&p, txn));
    assert_int_equal(txn_error(txn), PH_OK);
    journal_create(&j, txn, &ID, SECRET);
    add_events(txn, 6);
    sync_position_open(&p, &ID, 1, STR("BX-01"));
    p.center_epoch = 3;
    sync_position_save(&p, txn);
    assert_int_equal(txn_commit(txn), PH_OK);
    return 0;
}

static struct sync_position position_of(struct txn *txn)
{
    struct sync_position p;
    assert_true(sync_position_load(&p, txn));
    return p;
}

static void assert_hash_of(struct txn *txn, const struct sync_position *p, uint64_t seq)
{
    struct event e;
    uint8_t genesis[HASH_BYTES];
    journal_genesis(&ID, 1, genesis);
    assert_int_equal(p->acked.epoch, 1);
    assert_int_equal(p->acked.seq, seq);
    if (seq > 0)
        assert_true(journal_read(txn, p->acked, &e));
    assert_memory_equal(p->acked_hash, seq > 0 ? e.hash : genesis, HASH_BYTES);
}

static enum sync_acked ack(struct sync_position *p, struct txn *txn, uint64_t seq, int64_t wall_ms)
{
    struct journal j;
    assert_true(journal_load(&j, txn));
    return sync_position_ack(p, &j, &(struct sync_ack){.seq = seq, .wall_ms = wall_ms});
}

static void an_enrolled_store_begins_at_the_genesis(void **state)
{
    struct txn *txn = scratch_read(*state);
    struct sync_position p = position_of(txn);
    assert_hash_of(txn, &p, 0);
    assert_string_equal(p.box_id, "BX-01");
    assert_int_equal(p.acked_at_ms, 0);
    txn_abort(txn);
}

static void it_comes_back_whole(void **state)
{
    struct scratch *s = *state;
    struct sync_position want = {
        .acked = {UINT32_MAX, UINT64_MAX},
        .acked_hash = {1, 2, 3},
        .acked_at_ms = INT64_MAX,
        .center_epoch = UINT32_MAX,
        .full_pull = true,
        .full_pull_ver = UINT64_MAX,
        .full_pull_acked = {UINT32_MAX, UINT64_MAX},
        .box_id = "01234567890123456789012345678901",
    };
    struct txn *txn = scratch_write(s);
    sync_position_save(&want, txn);
    assert_int_equal(txn_commit(txn), PH_OK);
    scratch_reopen(s);
    txn = scratch_read(s);
    struct sync_position p = position_of(txn);
    assert_int_equal(position_cmp(p.acked, want.acked), 0);
    assert_memory_equal(p.acked_hash, want.acked_hash, HASH_BYTES);
    assert_int_equal(p.acked_at_ms, want.acked_at_ms);
    assert_int_equal(p.center_epoch, want.center_epoch);
    assert_true(p.full_pull);
    assert_int_equal(p.full_pull_ver, want.full_pull_ver);
    assert_int_equal(position_cmp(p.full_pull_acked, want.full_pull_acked), 0);
    assert_string_equal(p.box_id, want.box_id);
    txn_abort(txn);
}

static void an_ack_moves_forward_only(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = position_of(txn);
    assert_int_equal(ack(&p, txn, 4, NOW_MS), SYNC_MOVED);
    assert_hash_of(txn, &p, 4);
    assert_int_equal(p.acked_at_ms, NOW_MS);
    assert_int_equal(ack(&p, txn, 4, NOW_MS + 1), SYNC_STANDS);
    assert_int_equal(ack(&p, txn, 3, NOW_MS + 1), SYNC_STANDS);
    assert_hash_of(txn, &p, 4);
    assert_int_equal(p.acked_at_ms, NOW_MS);
    assert_int_equal(ack(&p, txn, 6, NOW_MS + 1), SYNC_MOVED);
    assert_hash_of(txn, &p, 6);
    txn_abort(txn);
}

static void an_ack_of_what_was_never_written_changes_nothing(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = position_of(txn);
    assert_int_equal(ack(&p, txn, 7, NOW_MS), SYNC_FORK);
    assert_hash_of(txn, &p, 0);
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
}

static void an_ack_of_another_history_is_a_fork(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = position_of(txn);
    struct journal j;
    struct event e;
    struct sync_ack said = {.seq = 4, .has_tail = true, .ver_before = 0, .ver = 3};
    assert_true(journal_load(&j, txn));
    assert_int_equal(sync_position_ack(&p, &j, &said), SYNC_FORK);
    assert_hash_of(txn, &p, 0);
    assert_int_equal(j.head.center_version, 0);
    assert_true(journal_read(txn, (struct position){1, 4}, &e));
    memcpy(said.tail, e.hash, HASH_BYTES);
    assert_int_equal(sync_position_ack(&p, &j, &said), SYNC_MOVED);
    assert_hash_of(txn, &p, 4);
    txn_abort(txn);
}

static void own_echoes_move_the_applied_version(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = position_of(txn);
    struct journal j;
    assert_true(journal_load(&j, txn));
    j.head.center_version = 88120;
    struct sync_ack said = {.seq = 4, .ver_before = 88120, .ver = 88123};
    assert_int_equal(sync_position_ack(&p, &j, &said), SYNC_MOVED);
    assert_int_equal(j.head.center_version, 88123);
    said = (struct sync_ack){.seq = 5, .ver_before = 88124, .ver = 88126};
    assert_int_equal(sync_position_ack(&p, &j, &said), SYNC_MOVED);
    assert_int_equal(j.head.center_version, 88123);
    said = (struct sync_ack){.seq = 5, .ver_before = 88123, .ver = 88100};
    assert_int_equal(sync_position_ack(&p, &j, &said), SYNC_STANDS);
    assert_int_equal(j.head.center_version, 88123);
    txn_abort(txn);
}

static void a_transaction_thrown_away_moves_nothing(void **state)
{
    struct scratch *s = *state;
    struct txn *txn = scratch_write(s);
    struct sync_position p = position_of(txn);
    assert_int_equal(ack(&p, txn, 4, NOW_MS), SYNC_MOVED);
    sync_position_save(&p, txn);
    txn_abort(txn);
    txn = scratch_read(s);
    p = position_of(txn);
    assert_hash_of(txn, &p, 0);
    txn_abort(txn);
}

static void a_newer_center_takes_the_position_back(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = position_of(txn);
    ack(&p, txn, 6, NOW_MS);
    assert_true(sync_position_failover(&p, txn, &ID, 4, 2));
    assert_hash_of(txn, &p, 2);
    assert_int_equal(p.center_epoch, 4);
    assert_true(p.full_pull);
    assert_int_equal(p.full_pull_ver, 0);
    assert_int_equal(p.full_pull_acked.seq, 2);
    sync_position_page(&p, &(struct sync_page){.moves = true, .ver = 9});
    assert_true(sync_position_failover(&p, txn, &ID, 5, 0));
    assert_int_equal(p.full_pull_ver, 0);
    assert_hash_of(txn, &p, 0);
    txn_abort(txn);
}

static void the_first_center_ever_has_no_other_versions(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = position_of(txn);
    p.center_epoch = 0;
    assert_true(sync_position_failover(&p, txn, &ID, 1, 0));
    assert_false(p.full_pull);
    txn_abort(txn);
}

static void a_newer_center_that_has_more_leaves_it_to_the_ack(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = position_of(txn);
    ack(&p, txn, 2, NOW_MS);
    assert_true(sync_position_failover(&p, txn, &ID, 4, 5));
    assert_hash_of(txn, &p, 2);
    assert_int_equal(p.center_epoch, 4);
    txn_abort(txn);
}

static void the_same_center_takes_nothing_back(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = position_of(txn);
    ack(&p, txn, 6, NOW_MS);
    assert_false(sync_position_failover(&p, txn, &ID, 3, 2));
    assert_false(sync_position_failover(&p, txn, &ID, 2, 2));
    assert_hash_of(txn, &p, 6);
    assert_int_equal(p.center_epoch, 3);
    txn_abort(txn);
}

static void where_the_journal_has_forgotten_nothing_goes_back(void **state)
{
    struct txn *txn = scratch_write(*state);
    struct sync_position p = position_of(txn);
    struct journal j;
    ack(&p, txn, 6, NOW_MS);
    assert_true(journal_load(&j, txn));
    journal_trim(&j, (struct position){1, 4}, NOW_MS + 100, NOW_MS + 100, 100);
    assert_false(sync_position_failover(&p, txn, &ID, 4, 2));
    assert_hash_of(txn, &p, 6);
    assert_int_equal(p.center_epoch, 3);
    txn_abort(txn);
}

static void a_record_cut_short_is_named(void **state)
{
    struct sync_position p;
    struct txn *txn = scratch_write(*state);
    put_z(txn, TABLE_SYNC, "position", "\1\2");
    assert_false(sync_position_load(&p, txn));
    assert_int_equal(txn_error(txn), PH_ERR_BAD_RECORD);
    txn_abort(txn);
}

#define POSITION_TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        POSITION_TEST(an_enrolled_store_begins_at_the_genesis),
        POSITION_TEST(it_comes_back_whole),
        POSITION_TEST(an_ack_moves_forward_only),
        POSITION_TEST(an_ack_of_what_was_never_written_changes_nothing),
        POSITION_TEST(an_ack_of_another_history_is_a_fork),
        POSITION_TEST(own_echoes_move_the_applied_version),
        POSITION_TEST(a_transaction_thrown_away_moves_nothing),
        POSITION_TEST(a_newer_center_takes_the_position_back),
        POSITION_TEST(the_first_center_ever_has_no_other_versions),
        POSITION_TEST(a_newer_center_that_has_more_leaves_it_to_the_ack),
        POSITION_TEST(the_same_center_takes_nothing_back),
        POSITION_TEST(where_the_journal_has_forgotten_nothing_goes_back),
        POSITION_TEST(a_record_cut_short_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
