/* sync/batch: what goes up is what the journal says, in order, chained, and no more than may. */
#include "tests/unit/storage_scratch.h"

#include "proto/cloud_batch.h"
#include "proto/cloud_event.h"
#include "storage/want.h"
#include "sync/batch.h"

#define NOW_MS 1769565600123LL

static const struct store_identity ID = {{"1", 1}, {"1", 1}};
static const uint8_t SECRET[32] = "0123456789abcdef0123456789abcde";

static char buffer[BATCH_BUFFER];
static char large[500000];

static int setup(void **state)
{
    struct journal j;
    scratch_setup(state);
    struct txn *txn = scratch_write(*state);
    journal_create(&j, txn, &ID, SECRET);
    j.head.center_version = 88120;
    journal_save(&j);
    assert_int_equal(txn_commit(txn), PH_OK);
    return 0;
}

static void add(struct txn *txn, enum event_kind kind, struct str body)
{
    struct journal j;
    assert_true(journal_load(&j, txn));
    journal_append(&j, kind, NOW_MS, body);
    journal_save(&j);
}

static void add_many(struct txn *txn, int n)
{
    for (int i = 0; i < n; i++)
        add(txn, EVENT_STOCK_ADJUST, STR("{\"n\":1}"));
}

/* {"n":"xxx..."} of n bytes */
static void add_large(struct txn *txn, size_t n)
{
    assert_true(n <= sizeof(large));
    memset(large, 'x', n);
    memcpy(large, "{\"n\":\"", 6);
    memcpy(large + n - 2, "\"}", 2);
    add(txn, EVENT_STOCK_ADJUST, (struct str){large, n});
}

static struct sync_position enrolled(void)
{
    struct sync_position p = {.center_epoch = 1};
    sync_position_open(&p, &ID, 1, STR("BX-01"));
    return p;
}

static enum ph_err build(struct txn *txn, const struct sync_position *p, struct batch_ask ask,
                         struct batch *out)
{
    ask.store = &ID;
    ask.known = p;
    if (ask.most == 0)
        ask.most = LIMIT_BATCH_EVENTS;
    return batch_build(txn, &ask, buffer, out);
}

/* Reads the text as a center does: form, sequence, chain. Returns the first event's value. */
static struct json *read_batch(const struct batch *b, struct cloud_sync *s)
{
    char why[JSON_WHY], path[FIELD_PATH];
    struct json_limits limits = {LIMIT_CLOUD_BYTES, LIMIT_CLOUD_DEPTH, LIMIT_CLOUD_TOKENS};
    struct arena arena;
    struct cloud_event e;
    uint8_t prev[HASH_BYTES];
    struct json *doc = json_parse(b->text.p, b->text.n, &limits, why);
    assert_non_null(doc);
    arena_init(&arena, 65536);
    assert_int_equal(cloud_sync_decode(doc, &arena, s, path), CODE_OK);
    assert_int_equal(s->n_events, b->last_seq + 1 - b->first_seq);
    memcpy(prev, s->prev, HASH_BYTES);
    uint64_t seq = s->first_seq;
    for (const struct json *v = json_first(s->events); v; v = json_next(v), seq++) {
        assert_int_equal(cloud_event_decode(v, &e, path), CODE_OK);
        assert_int_equal(e.seq, seq);
        assert_true(cloud_event_follows(&e, prev));
        assert_true(cloud_event_body_is_whole(&e));
        memcpy(prev, e.hash, HASH_BYTES);
    }
    assert_memory_equal(prev, b->tail, HASH_BYTES);
    arena_free(&arena);
    return doc;
}

static void assert_range(const struct batch *b, uint64_t first, uint64_t last, uint64_t head)
{
    struct cloud_sync s;
    json_free(read_batch(b, &s));
    assert_int_equal(b->first_seq, first);
    assert_int_equal(b->last_seq, last);
    assert_int_equal(b->head_seq, head);
    assert_int_equal(s.first_seq, first);
    assert_int_equal(s.last_seq, last);
    assert_int_equal(s.head_seq, head);
    assert_int_equal(s.epoch, 1);
    assert_int_equal(s.applied_ver, 88120);
}

static void all_that_waits_goes_in_one_batch(void **state)
{
    struct batch b;
    struct sync_position p = enrolled();
    struct txn *txn = scratch_write(*state);
    add_many(txn, 3);
    assert_int_equal(build(txn, &p, (struct batch_ask){0}, &b), PH_OK);
    assert_range(&b, 1, 3, 3);
    txn_abort(txn);
}

static void nothing_waiting_is_an_empty_batch(void **state)
{
    struct batch b;
    struct sync_position p = enrolled();
    struct txn *txn = scratch_write(*state);
    assert_int_equal(build(txn, &p, (struct batch_ask){0}, &b), PH_OK);
    assert_range(&b, 1, 0, 0);
    add_many(txn, 2);
    assert_int_equal(build(txn, &p, (struct batch_ask){.from_seq = 2}, &b), PH_OK);
    assert_range(&b, 3, 2, 2);
    txn_abort(txn);
}

/* ---- wants ---- */

static void wants_of(struct txn *txn, struct object after, struct cloud_sync *s, struct batch *b)
{
    struct sync_position p = enrolled();
    assert_int_equal(build(txn, &p, (struct batch_ask){.wants_after = after}, b), PH_OK);
    json_free(read_batch(b, s));
}

static void want_of(struct txn *txn, int64_t id, int64_t q_t, const char *req)
{
    struct want w = {.object = {OBJECT_SKU, id}, .q_t = q_t};
    memcpy(w.req, req, strlen(req));
    want_save(&w, txn);
}

static void wants_ride_in_every_batch_until_they_are_dropped(void **state)
{
    struct batch b;
    struct cloud_sync s;
    struct txn *txn = scratch_write(*state);
    wants_of(txn, (struct object){0}, &s, &b);
    assert_true(s.n_wants == 0 && b.wants_mark == 0);
    want_of(txn, 1001, 30, "w-1.5");
    wants_of(txn, (struct object){0}, &s, &b);
    assert_int_equal(s.n_wants, 1);
    uint64_t mark = b.wants_mark;
    assert_true(mark != 0 && b.wants_after.id == 1001);
    wants_of(txn, b.wants_after, &s, &b);
    assert_true(s.n_wants == 1 && b.wants_mark == mark);
    want_of(txn, 1001, 40, "w-1.6");
    wants_of(txn, b.wants_after, &s, &b);
    assert_true(s.n_wants == 1 && b.wants_mark != mark);
    want_drop(txn, (struct object){OBJECT_SKU, 1001});
    wants_of(txn, b.wants_after, &s, &b);
    assert_true(s.n_wants == 0 && b.wants_mark == 0);
    txn_abort(txn);
}

static void want_for_nothing_is_not_sent(void **state)
{
    struct batch b;
    struct cloud_sync s;
    struct want known;
    struct txn *txn = scratch_write(*state);
    want_of(txn, 1001, 0, "");
    wants_of(txn, (struct object){0}, &s, &b);
    assert_true(s.n_wants == 0 && b.wants_mark == 0);
    assert_true(want_load(&known, txn, (struct object){OBJECT_SKU, 1001}) && known.q_t == 0);
    txn_abort(txn);
}

static void more_wants_than_one_batch_holds_take_turns(void **state)
{
    struct batch b;
    struct cloud_sync s;
    struct txn *txn = scratch_write(*state);
    for (int64_t id = 1; id <= LIMIT_WANTS; id++)
        want_of(txn, id, 10, "w");
    wants_of(txn, (struct object){0}, &s, &b);
    assert_true(s.n_wants == LIMIT_WANTS && b.wants_after.id == LIMIT_WANTS);
    want_of(txn, LIMIT_WANTS + 1, 10, "w");
    wants_of(txn, (struct object){0}, &s, &b);
    assert_true(s.n_wants == LIMIT_WANTS && b.wants_after.id == LIMIT_WANTS);
    wants_of(txn, b.wants_after, &s, &b);
    assert_true(s.n_wants == LIMIT_WANTS && b.wants_after.id == LIMIT_WANTS - 1);
    txn_abort(txn);
}

static void a_backlog_goes_in_batches_of_two_hundred(void **state)
{
    struct batch b;
    struct sync_position p = enrolled();
    struct txn *txn = scratch_write(*state);
    add_many(txn, 450);
    for (uint64_t from = 0; from < 450; from = b.last_seq) {
        assert_int_equal(build(txn, &p, (struct batch_ask){.from_seq = from}, &b), PH_OK);
        assert_range(&b, from + 1, from < 400 ? from + 200 : 450, 450);
    }
    assert_int_equal(build(txn, &p, (struct batch_ask){.from_seq = 10, .most = 7}, &b), PH_OK);
    assert_range(&b, 11, 17, 450);
    txn_abort(txn);
}

static void a_batch_ends_before_it_grows_too_long(void **state)
{
    struct batch b;
    struct sync_position p = enrolled();
    struct txn *txn = scratch_write(*state);
    for (int i = 0; i < 4; i++)
        add_large(txn, 100000);
    assert_int_equal(build(txn, &p, (struct batch_ask){0}, &b), PH_OK);
    assert_range(&b, 1, 2, 4);
    txn_abort(txn);
}

static void one_event_alone_may_be_longer(void **state)
{
    struct batch b;
    struct sync_position p = enrolled();
    struct txn *txn = scratch_write(*state);
    add_large(txn, 500000);
    add_many(txn, 1);
    assert_int_equal(build(txn, &p, (struct batch_ask){0}, &b), PH_OK);
    assert_range(&b, 1, 1, 2);
    assert_int_equal(build(txn, &p, (struct batch_ask){.raw_seq = 1}, &b), PH_OK);
    assert_range(&b, 1, 1, 2);
    txn_abort(txn);
}

static void what_the_store_alone_needs_goes_without_its_body(void **state)
{
    struct batch b;
    struct cloud_sync s;
    struct sync_position p = enrolled();
    struct txn *txn = scratch_write(*state);
    add(txn, EVENT_TICKET, STR("{\"secret\":1}"));
    add(txn, EVENT_STOCK_SET, STR("{\"qty\":2}"));
    assert_int_equal(build(txn, &p, (struct batch_ask){0}, &b), PH_OK);
    struct json *doc = read_batch(&b, &s);
    const struct json *ticket = json_first(s.events);
    assert_null(json_get(ticket, "body"));
    assert_non_null(json_get(json_next(ticket), "body"));
    json_free(doc);
    txn_abort(txn);
}

static void a_given_up_event_goes_alone_and_raw(void **state)
{
    char path[FIELD_PATH];
    struct batch b;
    struct cloud_sync s;
    struct cloud_event e;
    struct sync_position p = enrolled();
    struct txn *txn = scratch_write(*state);
    add_many(txn, 3);
    assert_int_equal(build(txn, &p, (struct batch_ask){.raw_seq = 2}, &b), PH_OK);
    assert_range(&b, 1, 1, 3);
    assert_int_equal(build(txn, &p, (struct batch_ask){.from_seq = 1, .raw_seq = 2}, &b), PH_OK);
    assert_range(&b, 2, 2, 3);
    struct json *doc = read_batch(&b, &s);
    assert_int_equal(cloud_event_decode(json_first(s.events), &e, path), CODE_OK);
    assert_true(e.gave_up && e.raw.n > 100);
    json_free(doc);
    txn_abort(txn);
}

static void the_hash_to_go_on_from_is_found_where_it_is(void **state)
{
    struct batch b;
    struct sync_position p = enrolled();
    struct txn *txn = scratch_write(*state);
    struct journal j;
    add_many(txn, 6);
    assert_int_equal(build(txn, &p, (struct batch_ask){.from_seq = 4}, &b), PH_OK);
    assert_range(&b, 5, 6, 6);
    struct event e;
    assert_true(journal_read(txn, (struct position){1, 4}, &e));
    p.acked = e.at;
    memcpy(p.acked_hash, e.hash, HASH_BYTES);
    assert_int_equal(build(txn, &p, (struct batch_ask){0}, &b), PH_OK);
    assert_range(&b, 1, 6, 6);
    assert_true(journal_load(&j, txn));
    journal_trim(&j, p.acked, NOW_MS + 100, NOW_MS + 100, 100);
    assert_int_equal(build(txn, &p, (struct batch_ask){.from_seq = 4}, &b), PH_OK);
    assert_range(&b, 5, 6, 6);
    assert_int_equal(build(txn, &p, (struct batch_ask){.from_seq = 3}, &b), PH_ERR_NOT_FOUND);
    assert_int_equal(build(txn, &p, (struct batch_ask){.from_seq = 7}, &b), PH_ERR_NOT_FOUND);
    txn_abort(txn);
}

static void an_epoch_that_was_left_is_not_sent_on(void **state)
{
    struct batch b;
    struct journal j;
    struct sync_position p = enrolled();
    struct txn *txn = scratch_write(*state);
    add_many(txn, 2);
    assert_true(journal_load(&j, txn));
    journal_open_epoch(&j, &ID);
    journal_save(&j);
    add_many(txn, 3);
    assert_int_equal(build(txn, &p, (struct batch_ask){0}, &b), PH_ERR_NOT_FOUND);
    txn_abort(txn);
}

static void a_damaged_event_is_named_and_those_before_it_go(void **state)
{
    struct batch b;
    struct sync_position p = enrolled();
    struct scratch *s = *state;
    struct txn *txn = scratch_write(s);
    add_many(txn, 2);
    add(txn, EVENT_STOCK_SET, STR("{\"qty\":\"damage me\"}"));
    assert_int_equal(txn_commit(txn), PH_OK);
    scratch_close(s);
    assert_true(scratch_damage(s, "damage me") > 0);
    scratch_open(s, SCRATCH_MAP);
    txn = scratch_read(s);
    assert_int_equal(build(txn, &p, (struct batch_ask){0}, &b), PH_OK);
    assert_range(&b, 1, 2, 3);
    txn_abort(txn);
    txn = scratch_read(s);
    assert_int_equal(build(txn, &p, (struct batch_ask){.from_seq = 2}, &b), PH_ERR_BAD_RECORD);
    assert_true(strstr(txn_fault(txn), "body") != NULL);
    txn_abort(txn);
}

#define BATCH_TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BATCH_TEST(all_that_waits_goes_in_one_batch),
        BATCH_TEST(nothing_waiting_is_an_empty_batch),
        BATCH_TEST(wants_ride_in_every_batch_until_they_are_dropped),
        BATCH_TEST(want_for_nothing_is_not_sent),
        BATCH_TEST(more_wants_than_one_batch_holds_take_turns),
        BATCH_TEST(a_backlog_goes_in_batches_of_two_hundred),
        BATCH_TEST(a_batch_ends_before_it_grows_too_long),
        BATCH_TEST(one_event_alone_may_be_longer),
        BATCH_TEST(what_the_store_alone_needs_goes_without_its_body),
        BATCH_TEST(a_given_up_event_goes_alone_and_raw),
        BATCH_TEST(the_hash_to_go_on_from_is_found_where_it_is),
        BATCH_TEST(an_epoch_that_was_left_is_not_sent_on),
        BATCH_TEST(a_damaged_event_is_named_and_those_before_it_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
