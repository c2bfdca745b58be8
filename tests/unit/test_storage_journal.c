/* storage/journal: the chain is the one of sync-protocol 3.1, and shows every edit, gap and cut. */
#include "tests/unit/storage_scratch.h"

#include "proto/crypto.h"
#include "storage/journal.h"

#define NOW_MS 1769565600123LL

static const struct store_identity ID = {{"1", 1}, {"1", 1}};
static const uint8_t SECRET[32] = "0123456789abcdef0123456789abcde";
static const struct position BEGIN = {0, 0};

static void assert_hex(const uint8_t hash[HASH_BYTES], const char *want)
{
    char hex[SHA256_HEX + 1] = "";
    hex_encode(hash, HASH_BYTES, hex);
    assert_string_equal(hex, want);
}

static struct journal journal_on(struct txn *txn)
{
    struct journal j;
    assert_true(journal_load(&j, txn));
    return j;
}

/* n events of one second each, bodies {"n":1}, {"n":2}, ... */
static void add_events(struct scratch *s, int n)
{
    char body[32];
    struct txn *txn = scratch_write(s);
    struct journal j = journal_on(txn);
    for (int i = 1; i <= n; i++) {
        int len = snprintf(body, sizeof(body), "{\"n\":%d}", i);
        journal_append(&j, EVENT_CONFIG, NOW_MS + i * 1000, (struct str){body, (size_t)len});
    }
    journal_save(&j);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void create(struct scratch *s)
{
    struct journal j;
    struct txn *txn = scratch_write(s);
    assert_false(journal_load(&j, txn));
    journal_create(&j, txn, &ID, SECRET);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static int setup(void **state)
{
    scratch_setup(state);
    create(*state);
    return 0;
}

static struct journal_verdict verify_by(struct scratch *s, uint64_t most)
{
    struct journal_verdict v = {.ok = false};
    struct position from = BEGIN;
    uint8_t tail[HASH_BYTES] = {0};
    struct txn *txn = scratch_read(s);
    while (journal_verify_slice(txn, &ID, &from, tail, most, &v))
        ;
    txn_abort(txn);
    return v;
}

static struct journal_verdict verify(struct scratch *s)
{
    return verify_by(s, 1000);
}

/* ---- form ---- */

static void vectors_of_the_protocol_match(void **state)
{
    static const struct str BODY =
        STR("{\"channel\":\"POS\",\"lines\":[{\"eff\":[{\"H\":0,\"Lh\":20,\"lk_a\":20,\"lk_b\":0,"
            "\"object_id\":1001,\"object_type\":2,\"q_t\":20,\"real_a\":100,\"real_b\":100}],"
            "\"object_id\":1001,\"object_type\":2,\"q_t\":20}],\"order_id\":\"P1\"}");
    struct txn *txn = scratch_write(*state);
    struct journal j = journal_on(txn);
    struct event e;
    j.head.at.epoch = 6;
    journal_open_epoch(&j, &ID);
    assert_hex(j.head.tail, "506e4020270ee2848486068f58606b9eaa39e7d5aa2a2b73e873e54374d1c5e6");
    struct position at = journal_append(&j, EVENT_ORDER_LOCK, NOW_MS, BODY);
    assert_int_equal(at.epoch, 7);
    assert_int_equal(at.seq, 1);
    assert_true(journal_read(txn, at, &e));
    assert_hex(e.bh, "debd6b12756733da63ddb11532b39daacd801eeacb8a3bb1b1b378ad6638cf4a");
    assert_hex(e.hash, "f7b98e2bb3d32ccd264002b21a933d552470efcdf68cb0d24d9252699ad5f7c6");
    assert_hex(j.head.tail, "f7b98e2bb3d32ccd264002b21a933d552470efcdf68cb0d24d9252699ad5f7c6");
    txn_abort(txn);
}

static void new_store_starts_at_epoch_one(void **state)
{
    struct txn *txn = scratch_read(*state);
    struct journal j = journal_on(txn);
    uint8_t genesis[HASH_BYTES];
    journal_genesis(&ID, 1, genesis);
    assert_int_equal(j.head.at.epoch, 1);
    assert_int_equal(j.head.at.seq, 0);
    assert_int_equal(j.head.next_order, 1);
    assert_int_equal(j.head.next_reply, 1);
    assert_memory_equal(j.head.tail, genesis, HASH_BYTES);
    assert_memory_equal(j.secret, SECRET, sizeof(SECRET));
    txn_abort(txn);
}

static void head_comes_back_whole(void **state)
{
    struct scratch *s = *state;
    struct txn *txn = scratch_write(s);
    struct journal j = journal_on(txn);
    j.head = (struct journal_head){
        .at = {3, UINT64_MAX},
        .hlc = {INT64_MAX, 65535},
        .center_version = 88120,
        .uptime_ms = 12345678901,
        .wall_at_ms = NOW_MS,
        .next_order = UINT64_MAX,
        .next_reply = 7,
        .boot = UINT32_MAX,
        .day = 20260128,
        .pickup_last = {1, 2, 3, 4, 5, 6, 7, 999},
        .clock_suspect = true,
        .fenced = true,
        .oldest_body = {2, 9},
        .wall_lead_ms = -5,
        .seen_epoch = 9,
    };
    memset(j.head.tail, 0xAB, HASH_BYTES);
    struct journal_head want = j.head;
    journal_save(&j);
    assert_int_equal(txn_commit(txn), PH_OK);
    txn = scratch_read(s);
    j = journal_on(txn);
    txn_abort(txn);
    assert_int_equal(position_cmp(j.head.at, want.at), 0);
    assert_int_equal(position_cmp(j.head.oldest_body, want.oldest_body), 0);
    assert_memory_equal(j.head.tail, want.tail, HASH_BYTES);
    assert_int_equal(hlc_cmp(j.head.hlc, want.hlc), 0);
    assert_int_equal(j.head.center_version, want.center_version);
    assert_int_equal(j.head.uptime_ms, want.uptime_ms);
    assert_int_equal(j.head.wall_at_ms, want.wall_at_ms);
    assert_true(j.head.next_order == want.next_order);
    assert_int_equal(j.head.next_reply, want.next_reply);
    assert_int_equal(j.head.boot, want.boot);
    assert_int_equal(j.head.day, want.day);
    assert_memory_equal(j.head.pickup_last, want.pickup_last, sizeof(want.pickup_last));
    assert_true(j.head.clock_suspect && j.head.fenced);
    assert_int_equal(j.head.wall_lead_ms, -5);
    assert_int_equal(j.head.seen_epoch, 9);
}

/* Stores of before have no lead of the wall clock at the end of their head. */
static void an_older_head_reads_as_one_without_a_lead(void **state)
{
    struct scratch *s = *state;
    struct txn *txn = scratch_write(s);
    struct journal j = journal_on(txn);
    struct key key = key_text(STR("head"));
    struct bytes value;
    uint8_t older[256];
    j.head.boot = 7;
    journal_save(&j); /* a lead of 0 is one byte, and so is what was witnessed */
    assert_true(txn_get(txn, TABLE_META, key_bytes(&key), &value));
    size_t n = value.n - 2;
    memcpy(older, value.p, n);
    txn_put(txn, TABLE_META, key_bytes(&key), (struct bytes){older, n});
    j.head.boot = 0;
    assert_true(journal_load(&j, txn));
    assert_int_equal(j.head.boot, 7);
    assert_int_equal(j.head.wall_lead_ms, 0);
    txn_abort(txn);
}

static void event_reads_back_as_it_was_written(void **state)
{
    struct event e;
    struct txn *txn = scratch_write(*state);
    struct journal j = journal_on(txn);
    j.head.center_version = 88120;
    j.head.clock_suspect = true;
    journal_append(&j, EVENT_TICKET, NOW_MS, STR("{}"));
    struct position at = journal_append(&j, EVENT_DAY_CLOSE, NOW_MS - 5000, STR("{\"n\":2}"));
    assert_true(journal_read(txn, at, &e));
    assert_int_equal(position_cmp(e.at, (struct position){1, 2}), 0);
    assert_int_equal(e.hlc.l_ms, NOW_MS);
    assert_int_equal(e.hlc.c, 1);
    assert_int_equal(e.cv, 88120);
    assert_int_equal(e.kind, EVENT_DAY_CLOSE);
    assert_true(e.suspect);
    assert_true(str_eq(e.body, STR("{\"n\":2}")));
    assert_false(journal_read(txn, (struct position){1, 3}, &e));
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
}

static void walks_go_both_ways_and_across_epochs(void **state)
{
    struct scratch *s = *state;
    struct event e;
    uint64_t sum = 0;
    add_events(s, 3);
    struct txn *txn = scratch_write(s);
    struct journal j = journal_on(txn);
    journal_open_epoch(&j, &ID);
    journal_append(&j, EVENT_EPOCH_OPEN, NOW_MS, STR("{}"));
    struct journal_scan scan = journal_scan_begin(txn, (struct position){1, 2}, false);
    while (journal_scan_next(&scan, &e))
        sum = sum * 100 + e.at.epoch * 10 + e.at.seq;
    journal_scan_end(&scan);
    assert_int_equal(sum, 121321);
    scan = journal_scan_begin(txn, BEGIN, true);
    assert_true(journal_scan_next(&scan, &e));
    assert_int_equal(e.kind, EVENT_EPOCH_OPEN);
    assert_true(journal_scan_next(&scan, &e));
    assert_int_equal(e.at.seq, 3);
    journal_scan_end(&scan);
    txn_abort(txn);
}

static void tag_is_four_bytes_of_the_mac(void **state)
{
    (void)state;
    uint8_t tag[4], mac[32];
    hmac_sha256(SECRET, 32, "7|1042", 6, mac);
    journal_tag(SECRET, (struct position){7, 1042}, tag);
    assert_memory_equal(tag, mac, 4);
}

/* ---- verification ---- */

static void whole_journal_verifies_in_any_slices(void **state)
{
    struct scratch *s = *state;
    assert_true(verify(s).ok);
    add_events(s, 10);
    for (uint64_t most = 1; most <= 11; most++) {
        struct journal_verdict v = verify_by(s, most);
        assert_true(v.ok);
        assert_int_equal(v.events, 10);
        assert_int_equal(v.bodies, 10);
    }
}

static void new_epoch_verifies_from_its_own_genesis(void **state)
{
    struct scratch *s = *state;
    add_events(s, 3);
    struct txn *txn = scratch_write(s);
    struct journal j = journal_on(txn);
    j.head.at.epoch = 4;
    journal_open_epoch(&j, &ID);
    journal_save(&j);
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_true(verify(s).ok);
    add_events(s, 2);
    struct journal_verdict v = verify(s);
    assert_true(v.ok);
    assert_int_equal(v.events, 5);
}

static struct key key_at(uint64_t seq)
{
    struct key key = {.n = 0};
    key_add_u32(&key, 1);
    key_add_u64(&key, seq);
    return key;
}

static void assert_bad(struct scratch *s, uint64_t seq, const char *why)
{
    struct journal_verdict v = verify_by(s, 3);
    assert_false(v.ok);
    assert_int_equal(v.bad_at.epoch, 1);
    assert_int_equal(v.bad_at.seq, seq);
    if (strstr(v.why, why) == NULL)
        fail_msg("'%s' does not say '%s'", v.why, why);
}

static void edited_body_is_found(void **state)
{
    struct scratch *s = *state;
    struct key key = key_at(4);
    add_events(s, 9);
    struct txn *txn = scratch_write(s);
    txn_put(txn, TABLE_BODY, key_bytes(&key), bytes_z("{\"n\":5}"));
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_bad(s, 4, "the body does not match its hash");
}

static void edited_header_is_found(void **state)
{
    struct scratch *s = *state;
    struct key from = key_at(3), to = key_at(4);
    struct bytes value;
    uint8_t copy[128];
    add_events(s, 9);
    struct txn *txn = scratch_write(s);
    assert_true(txn_get(txn, TABLE_JOURNAL, key_bytes(&from), &value));
    memcpy(copy, value.p, value.n);
    txn_put(txn, TABLE_JOURNAL, key_bytes(&to), (struct bytes){copy, value.n});
    assert_int_equal(txn_commit(txn), PH_OK);
    assert_bad(s, 4, "the chain is broken");
}

static void delete_row(struct scratch *s, enum table table, uint64_t seq)
{
    struct key key = key_at(seq);
    struct txn *txn = scratch_write(s);
    txn_del(txn, table, key_bytes(&key));
    assert_int_equal(txn_commit(txn), PH_OK);
}

static void gap_is_found(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    delete_row(s, TABLE_JOURNAL, 5);
    assert_bad(s, 6, "missing");
}

static void missing_start_is_found(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    delete_row(s, TABLE_JOURNAL, 1);
    assert_bad(s, 2, "missing");
}

static void cut_end_is_found(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    delete_row(s, TABLE_JOURNAL, 9);
    assert_bad(s, 9, "ends elsewhere");
}

static void missing_body_is_found(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    delete_row(s, TABLE_BODY, 7);
    assert_bad(s, 7, "the body is missing");
}

static void damage_on_disk_is_named(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    scratch_close(s);
    assert_true(scratch_damage(s, "{\"n\":8}") > 0);
    scratch_open(s, SCRATCH_MAP);
    assert_bad(s, 8, "table body, key 000000010000000000000008: checksum");
}

static void wrong_store_does_not_verify(void **state)
{
    struct scratch *s = *state;
    const struct store_identity other = {{"1", 1}, {"2", 1}};
    struct journal_verdict v = {.ok = false};
    struct position from = BEGIN;
    uint8_t tail[HASH_BYTES] = {0};
    add_events(s, 2);
    struct txn *txn = scratch_read(s);
    assert_false(journal_verify_slice(txn, &other, &from, tail, 10, &v));
    txn_abort(txn);
    assert_false(v.ok);
    assert_int_equal(v.bad_at.seq, 1);
}

/* ---- trimming ---- */

static uint64_t trim(struct scratch *s, uint64_t upto, int64_t body_ms, int64_t header_ms,
                     uint64_t most)
{
    struct txn *txn = scratch_write(s);
    struct journal j = journal_on(txn);
    uint64_t n =
        journal_trim(&j, (struct position){1, upto}, NOW_MS + body_ms, NOW_MS + header_ms, most);
    journal_save(&j);
    assert_int_equal(txn_commit(txn), PH_OK);
    return n;
}

static void assert_left(struct scratch *s, uint64_t headers, uint64_t bodies)
{
    struct txn *txn = scratch_read(s);
    assert_int_equal(txn_entries(txn, TABLE_JOURNAL), headers);
    assert_int_equal(txn_entries(txn, TABLE_BODY), bodies);
    txn_abort(txn);
    struct journal_verdict v = verify(s);
    if (!v.ok)
        fail_msg("%s", v.why);
    assert_int_equal(v.events, headers);
    assert_int_equal(v.bodies, bodies);
}

static void trim_takes_bodies_then_headers_and_still_verifies(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    assert_int_equal(trim(s, 9, 5000, 0, 100), 4);
    assert_left(s, 9, 5);
    assert_int_equal(trim(s, 9, 5000, 3000, 100), 2);
    assert_left(s, 7, 5);
    assert_int_equal(trim(s, 9, 5000, 3000, 100), 0);
}

static void trim_never_takes_what_is_not_acknowledged(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    assert_int_equal(trim(s, 0, 1000000, 1000000, 100), 0);
    assert_int_equal(trim(s, 3, 1000000, 1000000, 100), 6);
    assert_left(s, 6, 6);
}

static void trim_goes_by_portions(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    assert_int_equal(trim(s, 9, 1000000, 0, 4), 4);
    assert_int_equal(trim(s, 9, 1000000, 0, 4), 4);
    assert_int_equal(trim(s, 9, 1000000, 0, 4), 1);
    assert_left(s, 9, 0);
}

static void trim_keeps_the_last_header_and_the_journal_goes_on(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    assert_int_equal(trim(s, 9, 1000000, 1000000, 100), 17);
    assert_left(s, 1, 0);
    add_events(s, 2);
    assert_left(s, 3, 2);
}

static void trim_keeps_the_order_of_header_and_body(void **state)
{
    struct scratch *s = *state;
    add_events(s, 9);
    assert_int_equal(trim(s, 9, 3000, 1000000, 100), 4);
    assert_left(s, 7, 7);
}

int main(void)
{
#define JOURNAL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(vectors_of_the_protocol_match),
        JOURNAL_TEST(new_store_starts_at_epoch_one),
        JOURNAL_TEST(head_comes_back_whole),
        JOURNAL_TEST(an_older_head_reads_as_one_without_a_lead),
        JOURNAL_TEST(event_reads_back_as_it_was_written),
        JOURNAL_TEST(walks_go_both_ways_and_across_epochs),
        cmocka_unit_test(tag_is_four_bytes_of_the_mac),
        JOURNAL_TEST(whole_journal_verifies_in_any_slices),
        JOURNAL_TEST(new_epoch_verifies_from_its_own_genesis),
        JOURNAL_TEST(edited_body_is_found),
        JOURNAL_TEST(edited_header_is_found),
        JOURNAL_TEST(gap_is_found),
        JOURNAL_TEST(missing_start_is_found),
        JOURNAL_TEST(cut_end_is_found),
        JOURNAL_TEST(missing_body_is_found),
        JOURNAL_TEST(damage_on_disk_is_named),
        JOURNAL_TEST(wrong_store_does_not_verify),
        JOURNAL_TEST(trim_takes_bodies_then_headers_and_still_verifies),
        JOURNAL_TEST(trim_never_takes_what_is_not_acknowledged),
        JOURNAL_TEST(trim_goes_by_portions),
        JOURNAL_TEST(trim_keeps_the_last_header_and_the_journal_goes_on),
        JOURNAL_TEST(trim_keeps_the_order_of_header_and_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
