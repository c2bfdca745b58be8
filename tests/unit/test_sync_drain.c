/* The uplink, the batches and the position together: a real journal is drained into a model of a
 * center over a line that loses requests and answers, in virtual time. */
#include "tests/unit/storage_scratch.h"

#include "proto/cloud_event.h"
#include "sync/uplink.h"

#define EVENTS_MAX 2000
#define LOST_MS    30000 /* a request that is never answered */
#define ANSWER_MS  50

static const struct store_identity ID = {{"1", 1}, {"1", 1}};
static const uint8_t SECRET[32] = "0123456789abcdef0123456789abcde";

static char buffer[BATCH_BUFFER];

struct run {
    struct store *store;
    struct uplink u;
    int64_t now_ms;
    uint64_t seed, head;
    struct dice dice;
    uint32_t loss_percent; /* of requests, and again of answers */
    uint32_t requests;
    uint64_t gave_up;
    /* the center */
    uint64_t acked, poison;
    uint8_t tail[HASH_BYTES];
    uint8_t stored[EVENTS_MAX + 1]; /* how often, by seq */
    int64_t stored_at_ms[EVENTS_MAX + 1];
    bool raw[EVENTS_MAX + 1];
};

static uint64_t splitmix(void *ctx)
{
    uint64_t *seed = ctx;
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static bool lost(struct run *r)
{
    return splitmix(&r->seed) % 100 < r->loss_percent;
}

static struct txn *begin_write(struct run *r)
{
    struct txn *txn;
    assert_int_equal(txn_begin_write(r->store, &txn), PH_OK);
    return txn;
}

/* ---- the store ---- */

static void grow(struct run *r, int n)
{
    struct journal j;
    struct txn *txn = begin_write(r);
    assert_true(journal_load(&j, txn));
    for (int i = 0; i < n; i++)
        journal_append(&j, EVENT_STOCK_ADJUST, r->now_ms + 1, STR("{\"n\":1}"));
    journal_save(&j);
    r->head = j.head.at.seq;
    assert_true(r->head <= EVENTS_MAX);
    assert_int_equal(txn_commit(txn), PH_OK);
    uplink_news(&r->u, r->head, r->now_ms);
}

static void carry_out(struct run *r, const struct uplink_verdict *v)
{
    struct journal j;
    struct sync_position p;
    struct txn *txn = begin_write(r);
    assert_true(journal_load(&j, txn) && sync_position_load(&p, txn));
    if (v->ack)
        assert_int_equal(sync_position_ack(&p, &j, &v->acked), SYNC_MOVED);
    sync_position_save(&p, txn);
    journal_save(&j);
    assert_int_equal(txn_commit(txn), PH_OK);
    if (v->gave_up_seq)
        r->gave_up = v->gave_up_seq;
}

/* A store of its own with `events` waiting; box and center know each other. */
static struct run *run_begin(struct scratch *s, int events, uint64_t seed)
{
    struct run *r = calloc(1, sizeof(*r));
    struct journal j;
    struct sync_position p = {.center_epoch = 1};
    assert_non_null(r);
    r->store = s->store;
    r->seed = seed;
    r->dice = (struct dice){splitmix, &r->seed};
    struct txn *txn = begin_write(r);
    journal_create(&j, txn, &ID, SECRET);
    sync_position_open(&p, &ID, 1, STR("BX-01"));
    sync_position_save(&p, txn);
    assert_int_equal(txn_commit(txn), PH_OK);
    journal_genesis(&ID, 1, r->tail);
    uplink_open(&r->u, &p, 0, 0, &r->dice);
    grow(r, events);
    return r;
}

/* ---- the center ---- */

static bool has_poison(const struct run *r, const struct cloud_sync *s)
{
    char path[FIELD_PATH];
    struct cloud_event e;
    for (const struct json *v = json_first(s->events); v; v = json_next(v)) {
        assert_int_equal(cloud_event_decode(v, &e, path), CODE_OK);
        if (e.seq == r->poison && !e.gave_up)
            return true;
    }
    return false;
}

static void store_events(struct run *r, const struct cloud_sync *s)
{
    char path[FIELD_PATH];
    struct cloud_event e;
    for (const struct json *v = json_first(s->events); v; v = json_next(v)) {
        assert_int_equal(cloud_event_decode(v, &e, path), CODE_OK);
        if (e.seq <= r->acked)
            continue;
        assert_int_equal(e.seq, r->acked + 1);
        assert_true(cloud_event_follows(&e, r->tail));
        memcpy(r->tail, e.hash, HASH_BYTES);
        r->acked = e.seq;
        r->stored[e.seq]++;
        r->stored_at_ms[e.seq] = r->now_ms;
        r->raw[e.seq] = e.gave_up;
    }
}

/* What the center makes of a batch; its status. */
static int64_t ingest(struct run *r, struct str text, struct cloud_sync_reply *reply)
{
    char path[FIELD_PATH];
    struct cloud_sync s;
    struct arena arena;
    struct json_limits limits = {LIMIT_CLOUD_BYTES, LIMIT_CLOUD_DEPTH, LIMIT_CLOUD_TOKENS};
    struct json *doc = json_parse(text.p, text.n, &limits, NULL);
    assert_non_null(doc);
    arena_init(&arena, 65536);
    assert_int_equal(cloud_sync_decode(doc, &arena, &s, path), CODE_OK);
    assert_true(s.first_seq <= r->acked + 1);
    int64_t status = has_poison(r, &s) ? 500 : 200;
    if (status == 200)
        store_events(r, &s);
    *reply = (struct cloud_sync_reply){.epoch = s.epoch, .acked_seq = r->acked};
    memcpy(reply->tail, r->tail, HASH_BYTES);
    arena_free(&arena);
    json_free(doc);
    return status;
}

/* ---- the line ---- */

static void hello(struct run *r)
{
    struct cloud_hello_reply reply = {
        .epoch = 1, .center_epoch = 1, .acked_seq = r->acked, .max_batch = LIMIT_BATCH_EVENTS};
    struct uplink_answer a = {.came = !lost(r), .status = 200, .retry_after_ms = -1};
    a.hello = &reply;
    uplink_hello_sent(&r->u);
    r->now_ms += a.came ? ANSWER_MS : LOST_MS;
    struct uplink_verdict v = uplink_hello_answered(&r->u, &a, r->now_ms, &r->dice);
    carry_out(r, &v);
}

static struct batch next_batch(struct run *r, const struct uplink_step *step)
{
    struct batch b;
    struct sync_position p;
    struct txn *txn;
    assert_int_equal(txn_begin_read(r->store, &txn), PH_OK);
    assert_true(sync_position_load(&p, txn));
    struct batch_ask ask = {.store = &ID,
                            .known = &p,
                            .from_seq = step->from_seq,
                            .most = step->most,
                            .raw_seq = step->raw_seq};
    assert_int_equal(batch_build(txn, &ask, buffer, &b), PH_OK);
    txn_abort(txn);
    return b;
}

static void send(struct run *r, const struct uplink_step *step)
{
    struct cloud_sync_reply reply;
    struct batch b = next_batch(r, step);
    struct uplink_answer a = {.came = !lost(r), .retry_after_ms = -1, .sync = &reply};
    uplink_sent(&r->u, &b);
    r->requests++;
    if (a.came)
        a.status = ingest(r, b.text, &reply);
    a.came = a.came && !lost(r);
    r->now_ms += a.came ? ANSWER_MS : LOST_MS;
    struct uplink_verdict v = uplink_answered(&r->u, &a, r->now_ms, &r->dice);
    carry_out(r, &v);
}

static void run_until_quiet(struct run *r)
{
    for (;;) {
        struct uplink_step step = uplink_next(&r->u, r->now_ms);
        assert_true(step.what != UPLINK_HALT && r->now_ms < 24 * 3600 * 1000);
        if (step.what == UPLINK_WAIT)
            r->now_ms = step.until_ms;
        else if (step.what == UPLINK_HELLO)
            hello(r);
        else if (step.what == UPLINK_SEND)
            send(r, &step);
        else
            return;
    }
}

static void assert_all_once(struct run *r)
{
    struct sync_position p;
    struct txn *txn;
    assert_int_equal(r->acked, r->head);
    for (uint64_t seq = 1; seq <= r->head; seq++)
        assert_int_equal(r->stored[seq], 1);
    assert_int_equal(txn_begin_read(r->store, &txn), PH_OK);
    assert_true(sync_position_load(&p, txn));
    assert_int_equal(p.acked.seq, r->head);
    assert_memory_equal(p.acked_hash, r->tail, HASH_BYTES);
    txn_abort(txn);
}

/* ---- stories ---- */

static void a_backlog_drains_in_full_batches(void **state)
{
    struct run *r = run_begin(*state, 1000, 1);
    run_until_quiet(r);
    assert_all_once(r);
    assert_int_equal(r->requests, 5);
    assert_in_range(r->now_ms, 0, BACKOFF_YOUNG_MS + 6 * ANSWER_MS);
    free(r);
}

static void one_sale_is_up_in_a_third_of_a_second(void **state)
{
    struct run *r = run_begin(*state, 0, 1);
    run_until_quiet(r);
    int64_t sold_ms = r->now_ms;
    grow(r, 1);
    run_until_quiet(r);
    assert_all_once(r);
    assert_int_equal(r->now_ms - sold_ms, UPLINK_LINGER_MS + ANSWER_MS);
    free(r);
}

/* T76: all the others are up within five minutes, the poison is stored blindly. */
static void one_poison_delays_no_other_for_long(void **state)
{
    struct run *r = run_begin(*state, 200, 76);
    r->poison = 50;
    run_until_quiet(r);
    assert_all_once(r);
    assert_int_equal(r->gave_up, 50);
    assert_true(r->raw[50]);
    for (uint64_t seq = 1; seq <= 200; seq++)
        assert_true(r->stored_at_ms[seq] <= 5 * 60 * 1000 && (seq == 50) == r->raw[seq]);
    grow(r, 400);
    run_until_quiet(r);
    assert_all_once(r);
    free(r);
}

static void a_line_that_loses_every_other_exchange_loses_no_event(void **state)
{
    struct run *r = run_begin(*state, 300, 5);
    r->loss_percent = 30;
    for (int i = 0; i < 50; i++) {
        run_until_quiet(r);
        grow(r, 1 + (int)(splitmix(&r->seed) % 30));
    }
    run_until_quiet(r);
    assert_all_once(r);
    assert_int_equal(r->gave_up, 0);
    free(r);
}

static void a_poison_on_a_bad_line_is_given_up_too(void **state)
{
    struct run *r = run_begin(*state, 500, 9);
    r->loss_percent = 20;
    r->poison = 321;
    run_until_quiet(r);
    assert_all_once(r);
    assert_int_equal(r->gave_up, 321);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_backlog_drains_in_full_batches),
        SCRATCH_TEST(one_sale_is_up_in_a_third_of_a_second),
        SCRATCH_TEST(one_poison_delays_no_other_for_long),
        SCRATCH_TEST(a_line_that_loses_every_other_exchange_loses_no_event),
        SCRATCH_TEST(a_poison_on_a_bad_line_is_given_up_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
