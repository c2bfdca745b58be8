/* edge/scrub: every damaged record is found and named, whatever stands around it; and storage/peek,
 * which reads past one. */
#include "tests/unit/storage_scratch.h"

#include "edge/scrub.h"
#include "storage/peek.h"

#define ROWS 10000 /* more than one slice */

static void fill(struct scratch *s)
{
    struct txn *txn;
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    txn_put(txn, TABLE_STOCK, bytes_z("a"), bytes_z("bad stock"));
    txn_put(txn, TABLE_DEVICE, bytes_z("d-1"), bytes_z("bad device one"));
    txn_put(txn, TABLE_DEVICE, bytes_z("d-2"), bytes_z("bad device two"));
    txn_put(txn, TABLE_DEVICE, bytes_z("d-3"), bytes_z("good device"));
    for (uint64_t i = 0; i < ROWS; i++) {
        struct key key = key_u64(i);
        txn_append(txn, TABLE_REPLY, key_bytes(&key),
                   bytes_z(i == ROWS - 1 ? "bad reply" : "reply"));
    }
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void damage(struct scratch *s, const char *const *needles, size_t n)
{
    scratch_close(s);
    for (size_t i = 0; i < n; i++)
        assert_true(scratch_damage(s, needles[i]) > 0);
    scratch_open(s, SCRATCH_MAP);
}

/* How many slices one pass took. */
static int pass(struct scrub *scrub, struct scratch *s, int64_t now_ms)
{
    int slices = 1;
    while (!scrub_step(scrub, s->store, now_ms))
        assert_true(++slices < 100);
    return slices;
}

static void scrub_finds_nothing_in_a_whole_store(void **state)
{
    struct scratch *s = *state;
    struct scrub scrub = {0};
    fill(s);
    assert_true(pass(&scrub, s, 0) > 1);
    assert_int_equal(scrub.found, 0);
    assert_string_equal(scrub.first, "");
}

static void scrub_names_the_first_and_counts_all(void **state)
{
    static const char *const BAD[] = {"bad stock", "bad device one", "bad device two", "bad reply"};
    struct scratch *s = *state;
    struct scrub scrub = {0};
    fill(s);
    damage(s, BAD, 4);
    pass(&scrub, s, 0);
    assert_int_equal(scrub.found, 4);
    assert_string_equal(scrub.first, "table stock, key a: checksum does not match");
}

static void scrub_comes_again_in_a_day_or_sooner_after_damage(void **state)
{
    static const char *const BAD[] = {"bad stock"};
    const int64_t hour_ms = 3600 * 1000;
    struct scratch *s = *state;
    struct scrub scrub = {0};
    fill(s);
    pass(&scrub, s, 0);
    assert_false(scrub_step(&scrub, s->store, 23 * hour_ms));
    assert_false(scrub.running);
    damage(s, BAD, 1);
    pass(&scrub, s, 24 * hour_ms);
    assert_int_equal(scrub.found, 1);
    assert_false(scrub_step(&scrub, s->store, 24 * hour_ms + 1));
    assert_false(scrub.running);
    pass(&scrub, s, 25 * hour_ms);
    assert_int_equal(scrub.found, 1);
}

static void peek_takes_damage_for_nothing_there(void **state)
{
    static const char *const BAD[] = {"bad device one"};
    struct scratch *s = *state;
    struct txn *txn;
    struct bytes value;
    fill(s);
    damage(s, BAD, 1);
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    assert_false(txn_peek(txn, TABLE_DEVICE, bytes_z("d-1"), &value));
    assert_true(txn_peek(txn, TABLE_DEVICE, bytes_z("d-3"), &value));
    assert_memory_equal(value.p, "good device", value.n);
    assert_false(txn_peek(txn, TABLE_DEVICE, bytes_z("d-0"), &value));
    assert_false(txn_peek(txn, TABLE_DEVICE, bytes_z("d-4"), &value));
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(scrub_finds_nothing_in_a_whole_store),
        SCRATCH_TEST(scrub_names_the_first_and_counts_all),
        SCRATCH_TEST(scrub_comes_again_in_a_day_or_sooner_after_damage),
        SCRATCH_TEST(peek_takes_damage_for_nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
