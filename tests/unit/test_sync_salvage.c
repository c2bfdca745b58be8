/* sync/salvage and sync/claim: what is left of old epochs, and that a claim is wanted, in the
 * store. */
#include "tests/unit/storage_scratch.h"

#include "sync/batch.h"
#include "sync/execute.h"

#define NOW_MS 1769565600000

static const struct store_identity ID = {{"1", 1}, {"1", 1}};
static const uint8_t SECRET[32] = "0123456789abcdef0123456789abcde";

struct turn {
    struct scratch *s;
    struct txn *txn;
    struct journal j;
};

static struct turn begin(struct scratch *s)
{
    struct turn t = {.s = s, .txn = scratch_write(s)};
    if (!journal_load(&t.j, t.txn))
        journal_create(&t.j, t.txn, &ID, SECRET);
    return t;
}

static void end(struct turn *t)
{
    journal_save(&t->j);
    assert_int_equal(txn_commit(t->txn), PH_OK);
}

static void grow(struct turn *t, int n)
{
    for (int i = 0; i < n; i++)
        journal_append(&t->j, EVENT_STOCK_ADJUST, NOW_MS, STR("{\"n\":1}"));
}

static void next_epoch(struct turn *t, int n)
{
    journal_open_epoch(&t->j, &ID);
    grow(t, n);
}

static struct sync_result carry_out(struct turn *t, struct sync_command c)
{
    struct sync_work work = {.command = c};
    sync_execute(&work, &t->j, &ID);
    assert_int_equal(txn_error(t->txn), PH_OK);
    return work.result;
}

/* A store of epoch 1 that a center has greeted and that has all up to `acked` of `n` events. */
static struct turn greeted(struct scratch *s, int n, uint64_t acked)
{
    struct event e;
    struct turn t = begin(s);
    grow(&t, n);
    carry_out(&t, (struct sync_command){.verb = SYNC_OPEN, .box_id = "BX-01"});
    struct sync_command c = {.verb = SYNC_HEARD, .failover = true, .center_epoch = 1};
    carry_out(&t, c);
    assert_true(journal_read(t.txn, (struct position){1, acked}, &e));
    c = (struct sync_command){.verb = SYNC_HEARD, .ack = true, .acked = {.seq = acked}};
    assert_int_equal(carry_out(&t, c).position.acked.seq, acked);
    return t;
}

static struct sync_result claimed(struct turn *t, uint32_t epoch)
{
    static struct claim_taken taken;
    taken = (struct claim_taken){.epoch = epoch, .center_epoch = 1};
    t->j.head.at.epoch = epoch - 1;
    next_epoch(t, 2);
    struct sync_command c = {.verb = SYNC_CLAIMED, .claimed = &taken, .box_id = "BX-01"};
    return carry_out(t, c);
}

static void expect_left(struct turn *t, uint32_t after, uint32_t epoch, uint64_t at, uint64_t last)
{
    struct salvage s;
    assert_true(salvage_next(t->txn, after, &s));
    assert_int_equal(s.at.epoch, epoch);
    assert_int_equal(s.at.seq, at);
    assert_int_equal(s.last_seq, last);
}

static char buffer[BATCH_BUFFER];
static struct salvage_text built;

static enum ph_err build(struct turn *t, const struct salvage *s, uint64_t raw_seq)
{
    struct salvage_ask ask = {&ID, STR("BX-01"), t->j.head.at, LIMIT_BATCH_EVENTS, raw_seq};
    return salvage_build(t->txn, &ask, s, buffer, sizeof buffer, &built);
}

static void a_claim_writes_down_what_is_left_of_every_epoch(void **state)
{
    struct salvage s;
    struct turn t = greeted(*state, 5, 3);
    next_epoch(&t, 4);
    struct sync_result r = claimed(&t, 7);
    assert_int_equal(r.done, SYNC_OK);
    assert_int_equal(r.position.acked.epoch, 7);
    assert_int_equal(r.position.acked.seq, 0);
    assert_true(r.position.full_pull);
    assert_int_equal(r.kept.epoch, 1);
    assert_int_equal(r.kept.seq, 3);
    expect_left(&t, 0, 1, 3, 5);
    expect_left(&t, 1, 2, 0, 4);
    assert_false(salvage_next(t.txn, 2, &s));
    end(&t);
}

static void a_store_that_was_never_greeted_has_no_salvage(void **state)
{
    struct salvage s;
    struct turn t = begin(*state);
    grow(&t, 3);
    carry_out(&t, (struct sync_command){.verb = SYNC_OPEN, .box_id = "BX-01"});
    assert_int_equal(claimed(&t, 4).done, SYNC_OK);
    assert_false(salvage_next(t.txn, 0, &s));
    end(&t);
}

static void a_claim_that_the_books_refused_changes_nothing(void **state)
{
    const struct claim_taken taken = {.epoch = 9};
    struct turn t = greeted(*state, 5, 3);
    struct sync_command c = {.verb = SYNC_CLAIMED, .claimed = &taken, .box_id = "BX-01"};
    struct sync_position p;
    assert_int_equal(carry_out(&t, c).done, SYNC_UNKNOWN);
    assert_true(sync_position_load(&p, t.txn));
    assert_int_equal(p.acked.seq, 3);
    end(&t);
}

static void salvage_moves_and_ends_and_then_nothing_is_kept(void **state)
{
    struct salvage s;
    struct turn t = greeted(*state, 5, 3);
    claimed(&t, 2);
    struct sync_command c = {.verb = SYNC_SALVAGED, .salvaged = {1, 4}};
    assert_int_equal(carry_out(&t, c).kept.seq, 4);
    expect_left(&t, 0, 1, 4, 5);
    c.salvaged.seq = 2; /* the center lacks more than we thought */
    carry_out(&t, c);
    expect_left(&t, 0, 1, 2, 5);
    c.salvaged.seq = 9; /* nobody has that */
    carry_out(&t, c);
    expect_left(&t, 0, 1, 2, 5);
    c.salvaged.seq = 5;
    assert_int_equal(carry_out(&t, c).kept.epoch, 2);
    assert_false(salvage_next(t.txn, 0, &s));
    end(&t);
}

static void a_fenced_box_goes_on_to_be_salvaged_until_it_claims(void **state)
{
    struct turn t = greeted(*state, 5, 3);
    struct sync_command c = {.verb = SYNC_HEARD, .fence = true};
    carry_out(&t, c);
    assert_true(t.j.head.fenced);
    expect_left(&t, 0, 1, 3, SALVAGE_OPEN);
    grow(&t, 2);
    carry_out(&t, (struct sync_command){.verb = SYNC_SALVAGED, .salvaged = {1, 5}});
    carry_out(&t, c); /* told so again: the place stays */
    expect_left(&t, 0, 1, 5, SALVAGE_OPEN);
    claimed(&t, 4);
    expect_left(&t, 0, 1, 5, 7);
    end(&t);
}

static void a_second_claim_adds_what_is_left_of_the_first(void **state)
{
    struct turn t = greeted(*state, 5, 3);
    claimed(&t, 3);
    claimed(&t, 5);
    expect_left(&t, 0, 1, 3, 5);
    expect_left(&t, 1, 3, 0, 2);
    end(&t);
}

static void text_holds_the_events_in_order_and_ends_at_the_end(void **state)
{
    struct salvage s;
    struct turn t = greeted(*state, 300, 3);
    claimed(&t, 2);
    assert_true(salvage_next(t.txn, 0, &s));
    assert_int_equal(build(&t, &s, 0), PH_OK);
    assert_int_equal(built.last_seq, 203);
    assert_non_null(memmem(built.text.p, built.text.n, "\"first_seq\":4,", 14));
    struct json *doc = json_parse(built.text.p, built.text.n, &JSON_CLOUD, NULL);
    assert_non_null(doc);
    json_free(doc);
    carry_out(&t, (struct sync_command){.verb = SYNC_SALVAGED, .salvaged = {1, 203}});
    assert_true(salvage_next(t.txn, 0, &s));
    assert_int_equal(build(&t, &s, 0), PH_OK);
    assert_int_equal(built.last_seq, 300);
    s.at.seq = 300;
    assert_int_equal(build(&t, &s, 0), PH_ERR_NOT_FOUND);
    end(&t);
}

/* Which of the events in `built` are given up, as text: "-4---" says so of the second. */
static const char *given_up(char out[16])
{
    struct json *doc = json_parse(built.text.p, built.text.n, &JSON_CLOUD, NULL);
    size_t n = 0;
    assert_non_null(doc);
    for (const struct json *e = json_first(json_get(doc, "events")); e; e = json_next(e), n++) {
        int64_t seq;
        assert_true(json_integer(json_get(e, "seq"), &seq));
        out[n] = json_get(e, "gave_up") ? (char)('0' + seq) : '-';
    }
    out[n] = 0;
    json_free(doc);
    return out;
}

static struct key event_key(uint64_t seq)
{
    struct key key = {.n = 0};
    key_add_u32(&key, 1);
    key_add_u64(&key, seq);
    return key;
}

static void spoil_header(struct turn *t, uint64_t seq)
{
    struct key key = event_key(seq);
    txn_put(t->txn, TABLE_JOURNAL, key_bytes(&key), (struct bytes){"?", 1});
}

static void what_the_center_cannot_digest_goes_raw(void **state)
{
    char out[16];
    struct salvage s;
    struct turn t = greeted(*state, 8, 3);
    claimed(&t, 2);
    assert_true(salvage_next(t.txn, 0, &s));
    assert_int_equal(build(&t, &s, 6), PH_OK);
    assert_string_equal(given_up(out), "--6--");
    end(&t);
}

static void damaged_events_hold_up_no_others(void **state)
{
    char out[16];
    struct salvage s;
    struct key body = event_key(4);
    struct turn t = greeted(*state, 9, 3);
    spoil_header(&t, 6);
    spoil_header(&t, 9);
    txn_del(t.txn, TABLE_BODY, key_bytes(&body));
    claimed(&t, 2);
    assert_true(salvage_next(t.txn, 0, &s));
    assert_int_equal(s.last_seq, 9);
    assert_int_equal(salvage_left(t.txn, t.j.head.at), 6);
    assert_int_equal(build(&t, &s, 0), PH_OK);
    assert_string_equal(given_up(out), "4-67-9");
    carry_out(&t, (struct sync_command){.verb = SYNC_SALVAGED, .salvaged = {1, 6}});
    assert_true(salvage_next(t.txn, 0, &s));
    assert_int_equal(s.at.seq, 6);
    assert_int_equal(build(&t, &s, 0), PH_OK);
    assert_string_equal(given_up(out), "7-9");
    carry_out(&t, (struct sync_command){.verb = SYNC_SALVAGED, .salvaged = {1, 9}});
    assert_false(salvage_next(t.txn, 0, &s));
    assert_int_equal(salvage_left(t.txn, t.j.head.at), 0);
    end(&t);
}

static void a_wish_is_there_until_the_claim(void **state)
{
    struct claim_wish wish;
    struct turn t = greeted(*state, 1, 1);
    assert_false(claim_wish_load(&wish, t.txn));
    struct sync_command c = {.verb = SYNC_WISH, .wish = {CLAIM_BY_HAND, "t-1"}};
    carry_out(&t, c);
    assert_false(t.j.head.fenced);
    c = (struct sync_command){.verb = SYNC_WISH, .wish = {.reason = CLAIM_ROLLBACK}, .fence = true};
    carry_out(&t, c);
    assert_true(t.j.head.fenced);
    end(&t);
    t = begin(*state);
    assert_true(claim_wish_load(&wish, t.txn));
    assert_string_equal(wish.token, "t-1"); /* a token is worth more than a reason */
    claimed(&t, 2);
    assert_false(claim_wish_load(&wish, t.txn));
    end(&t);
}

static void claim_names_the_box_and_its_last_epoch(void **state)
{
    char text[512];
    const struct claim_wish wish = {CLAIM_BY_HAND, "t-1"}, bare = {.reason = CLAIM_NEW_EPOCH};
    (void)state;
    struct str said = claim_encode(&ID, STR("BX-01"), &wish, 7, text, sizeof text);
    const char *want = "{\"brandId\":\"1\",\"poiId\":\"1\",\"box_id\":\"BX-01\",\"token\":\"t-1\","
                       "\"epoch\":7}";
    assert_int_equal(said.n, strlen(want));
    assert_memory_equal(said.p, want, said.n);
    said = claim_encode(&ID, STR("BX-01"), &bare, 7, text, sizeof text);
    assert_null(memmem(said.p, said.n, "token", 5));
}

static void claim_without_an_epoch_or_rows_makes_no_sense(void **state)
{
    static const char *const BAD[] = {
        "{}",
        "{\"epoch\":0,\"center_epoch\":1,\"ver\":0,\"next_ver\":0,\"more\":false,\"rows\":[]}",
        "{\"epoch\":2,\"center_epoch\":1,\"ver\":0,\"next_ver\":0,\"more\":false}",
        "{\"epoch\":2,\"center_epoch\":1,\"ver\":-1,\"next_ver\":0,\"more\":false,\"rows\":[]}"};
    struct claim_reply r;
    char path[FIELD_PATH];
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct json *doc = json_parse(BAD[i], strlen(BAD[i]), &JSON_CLOUD, NULL);
        assert_int_not_equal(claim_decode(doc, &r, path), CODE_OK);
        json_free(doc);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        T(a_claim_writes_down_what_is_left_of_every_epoch),
        T(a_store_that_was_never_greeted_has_no_salvage),
        T(a_claim_that_the_books_refused_changes_nothing),
        T(salvage_moves_and_ends_and_then_nothing_is_kept),
        T(a_fenced_box_goes_on_to_be_salvaged_until_it_claims),
        T(a_second_claim_adds_what_is_left_of_the_first),
        T(text_holds_the_events_in_order_and_ends_at_the_end),
        T(what_the_center_cannot_digest_goes_raw),
        T(damaged_events_hold_up_no_others),
        T(a_wish_is_there_until_the_claim),
        T(claim_names_the_box_and_its_last_epoch),
        T(claim_without_an_epoch_or_rows_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
