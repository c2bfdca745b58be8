/* sync/uplink: every answer of a center, and what the uplink makes of it, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sync/uplink.h"

static const uint8_t TAIL[HASH_BYTES] = {7}, OTHER_TAIL[HASH_BYTES] = {8};

/* Waits are zero where they are chance alone. */
static uint64_t zero(void *ctx)
{
    (void)ctx;
    return 0;
}

static uint64_t show(void *ctx)
{
    return *(uint64_t *)ctx;
}

static const struct dice NONE = {zero, NULL};

static void open_at(struct uplink *u, uint64_t acked, uint64_t head)
{
    struct sync_position known = {.acked = {7, acked}, .center_epoch = 3};
    uplink_open(u, &known, head, 0, &NONE);
}

static struct uplink_verdict hello(struct uplink *u, struct cloud_hello_reply r, int64_t now_ms)
{
    r.epoch = r.epoch ? r.epoch : 7;
    r.center_epoch = r.center_epoch ? r.center_epoch : 3;
    r.max_batch = r.max_batch ? r.max_batch : 200;
    assert_int_equal(uplink_next(u, now_ms).what, UPLINK_HELLO);
    uplink_hello_sent(u);
    struct uplink_answer a = {.came = true, .status = 200, .retry_after_ms = -1, .hello = &r};
    return uplink_hello_answered(u, &a, now_ms, &NONE);
}

/* An uplink that hello has admitted. */
static void admitted(struct uplink *u, uint64_t acked, uint64_t head)
{
    open_at(u, acked, head);
    struct uplink_verdict v = hello(u, (struct cloud_hello_reply){.acked_seq = acked}, 0);
    assert_int_equal(v.trouble, UPLINK_FINE);
    assert_false(v.ack);
}

static void send(struct uplink *u, int64_t now_ms)
{
    struct uplink_step step = uplink_next(u, now_ms);
    assert_int_equal(step.what, UPLINK_SEND);
    uint64_t n = u->head_seq - step.from_seq < step.most ? u->head_seq - step.from_seq : step.most;
    if (step.raw_seq == step.from_seq + 1)
        n = 1;
    struct batch b = {
        .first_seq = step.from_seq + 1, .last_seq = step.from_seq + n, .head_seq = u->head_seq};
    memcpy(b.tail, TAIL, HASH_BYTES);
    uplink_sent(u, &b);
    assert_int_equal(uplink_next(u, now_ms).what, UPLINK_IDLE);
}

static struct uplink_verdict reply(struct uplink *u, struct cloud_sync_reply r, int64_t now_ms)
{
    r.epoch = r.epoch ? r.epoch : 7;
    if (r.tail[0] == 0)
        memcpy(r.tail, TAIL, HASH_BYTES);
    struct uplink_answer a = {.came = true, .status = 200, .retry_after_ms = -1, .sync = &r};
    return uplink_answered(u, &a, now_ms, &NONE);
}

static struct uplink_verdict refuse(struct uplink *u, enum cloud_error_name name, int64_t status,
                                    uint64_t expected, int64_t now_ms)
{
    struct cloud_error e = {.name = name, .expected = expected};
    struct uplink_answer a = {.came = true, .status = status, .retry_after_ms = -1, .error = &e};
    return uplink_answered(u, &a, now_ms, &NONE);
}

static struct uplink_verdict no_answer(struct uplink *u, int64_t now_ms)
{
    return uplink_answered(u, &(struct uplink_answer){.retry_after_ms = -1}, now_ms, &NONE);
}

/* ---- a line with nothing to send ---- */

static void beat(struct uplink *u)
{
    struct uplink_step step = uplink_beat(u);
    assert_int_equal(step.what, UPLINK_SEND);
    assert_in_range(step.most, 1, LIMIT_BATCH_EVENTS);
    struct batch b = {
        .first_seq = step.from_seq + 1, .last_seq = step.from_seq, .head_seq = step.from_seq};
    memcpy(b.tail, TAIL, HASH_BYTES);
    uplink_sent(u, &b);
}

static void an_empty_batch_is_answered_like_any_other(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 1040, 1040);
    beat(&u);
    struct uplink_verdict v =
        reply(&u, (struct cloud_sync_reply){.acked_seq = 1040, .ver_before = 5, .ver = 5}, 10);
    assert_int_equal(v.trouble, UPLINK_FINE);
    assert_int_equal(v.acked.seq, 1040);
    assert_int_equal(uplink_next(&u, 10).what, UPLINK_IDLE);
}

static void an_empty_batch_is_never_halved(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 1040, 1040);
    for (int64_t now_ms = 0; now_ms < 10; now_ms++) {
        beat(&u);
        no_answer(&u, now_ms);
        assert_int_equal(u.halving.first_seq, 0);
        hello(&u, (struct cloud_hello_reply){.acked_seq = 1040}, now_ms);
        beat(&u);
        assert_int_equal(refuse(&u, CLOUD_BAD_BATCH, 422, 0, now_ms).trouble, UPLINK_FAILING);
        hello(&u, (struct cloud_hello_reply){.acked_seq = 1040}, now_ms);
    }
    assert_int_equal(uplink_beat(&u).most, LIMIT_BATCH_EVENTS);
}

static void a_center_that_has_less_says_so_to_an_empty_batch(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 1040, 1040);
    beat(&u);
    assert_int_equal(refuse(&u, CLOUD_SEQ_GAP, 409, 1031, 10).trouble, UPLINK_FINE);
    assert_int_equal(uplink_next(&u, 10).from_seq, 1030);
    admitted(&u, 1040, 1040);
    beat(&u);
    assert_int_equal(reply(&u, (struct cloud_sync_reply){.acked_seq = 1039}, 10).trouble,
                     UPLINK_NONSENSE);
}

static void another_hash_under_an_empty_batch_is_a_fork(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 1040, 1040);
    beat(&u);
    struct cloud_sync_reply r = {.acked_seq = 1040};
    memcpy(r.tail, OTHER_TAIL, HASH_BYTES);
    assert_int_equal(reply(&u, r, 10).trouble, UPLINK_FORKED);
}

/* ---- the happy path ---- */

static void nothing_goes_before_hello_admits(void **state)
{
    (void)state;
    struct uplink u;
    open_at(&u, 1040, 1043);
    assert_int_equal(uplink_next(&u, 0).what, UPLINK_HELLO);
    uplink_hello_sent(&u);
    assert_int_equal(uplink_next(&u, 0).what, UPLINK_IDLE);
    struct cloud_hello_reply r = {.epoch = 7, .center_epoch = 3, .acked_seq = 1040};
    r.go_after_ms = 5000;
    r.max_batch = 200;
    struct uplink_answer a = {.came = true, .status = 200, .retry_after_ms = -1, .hello = &r};
    uplink_hello_answered(&u, &a, 100, &NONE);
    struct uplink_step step = uplink_next(&u, 100);
    assert_int_equal(step.what, UPLINK_WAIT);
    assert_int_equal(step.until_ms, 5100);
    assert_int_equal(uplink_next(&u, 5100).what, UPLINK_SEND);
}

static void a_batch_is_acknowledged_and_the_next_follows(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 1040, 1400);
    send(&u, 0);
    struct cloud_sync_reply r = {.acked_seq = 1240, .ver_before = 88120, .ver = 88123};
    struct uplink_verdict v = reply(&u, r, 10);
    assert_true(v.ack && v.acked.has_tail);
    assert_int_equal(v.acked.seq, 1240);
    assert_memory_equal(v.acked.tail, TAIL, HASH_BYTES);
    assert_int_equal(v.acked.ver_before, 88120);
    assert_int_equal(v.acked.ver, 88123);
    send(&u, 10);
    assert_int_equal(u.last_seq, 1400);
    assert_true(reply(&u, (struct cloud_sync_reply){.acked_seq = 1400}, 20).ack);
    assert_int_equal(uplink_next(&u, 20).what, UPLINK_IDLE);
}

static void a_want_is_sent_at_once_with_or_without_events(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 3, 3);
    assert_int_equal(uplink_next(&u, 1000).what, UPLINK_IDLE);
    uplink_urge(&u, true);
    send(&u, 1000);
    assert_int_equal(u.last_seq, 3);
    reply(&u, (struct cloud_sync_reply){.acked_seq = 3}, 1100);
    uplink_urge(&u, false);
    assert_int_equal(uplink_next(&u, 1100).what, UPLINK_IDLE);
    uplink_news(&u, 4, 1200);
    assert_int_equal(uplink_next(&u, 1200).what, UPLINK_WAIT);
    uplink_urge(&u, true);
    send(&u, 1200);
    assert_int_equal(u.last_seq, 4);
}

static void a_want_hurries_no_center_that_asks_to_wait(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 3, 3);
    uplink_urge(&u, true);
    send(&u, 1000);
    reply(&u, (struct cloud_sync_reply){.acked_seq = 3, .retry_after_ms = 5000}, 1100);
    struct uplink_step step = uplink_next(&u, 1100);
    assert_true(step.what == UPLINK_WAIT && step.until_ms >= 6100);
    assert_int_equal(uplink_next(&u, step.until_ms).what, UPLINK_SEND);
}

static void news_linger_and_a_backlog_does_not(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 10, 10);
    assert_int_equal(uplink_next(&u, 0).what, UPLINK_IDLE);
    uplink_news(&u, 11, 1000);
    uplink_news(&u, 12, 1100);
    struct uplink_step step = uplink_next(&u, 1100);
    assert_int_equal(step.what, UPLINK_WAIT);
    assert_int_equal(step.until_ms, 1150);
    send(&u, 1150);
    uplink_news(&u, 13, 1160);
    reply(&u, (struct cloud_sync_reply){.acked_seq = 12}, 1200);
    assert_int_equal(uplink_next(&u, 1200).until_ms, 1310);
    uplink_news(&u, 300, 1210);
    assert_int_equal(uplink_next(&u, 1210).what, UPLINK_SEND);
}

static void a_center_may_want_less_and_later(void **state)
{
    (void)state;
    struct uplink u;
    open_at(&u, 0, 100);
    hello(&u, (struct cloud_hello_reply){.max_batch = 20}, 0);
    assert_int_equal(uplink_next(&u, 0).most, 20);
    send(&u, 0);
    assert_true(
        reply(&u, (struct cloud_sync_reply){.acked_seq = 20, .retry_after_ms = 700}, 10).ack);
    assert_int_equal(uplink_next(&u, 10).until_ms, 710);
}

/* ---- positions ---- */

static void a_lost_answer_is_learned_from_hello(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 10, 20);
    send(&u, 0);
    assert_int_equal(no_answer(&u, 30000).trouble, UPLINK_NO_ANSWER);
    struct uplink_verdict v = hello(&u, (struct cloud_hello_reply){.acked_seq = 20}, 30000);
    assert_true(v.ack && !v.acked.has_tail);
    assert_int_equal(v.acked.seq, 20);
    assert_int_equal(uplink_next(&u, 30000).what, UPLINK_IDLE);
}

static void a_gap_sends_from_where_the_center_is(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 10, 20);
    send(&u, 0);
    struct uplink_verdict v = refuse(&u, CLOUD_SEQ_GAP, 409, 4, 10);
    assert_int_equal(v.trouble, UPLINK_FINE);
    assert_false(v.ack);
    assert_int_equal(uplink_next(&u, 10).from_seq, 3);
    send(&u, 10);
    assert_true(reply(&u, (struct cloud_sync_reply){.acked_seq = 20}, 20).ack);
}

/* Nobody else would tell an idle hub that versions and events are gone. */
static void an_answer_of_a_failed_over_center_leads_to_hello(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 1040, 1040);
    beat(&u);
    assert_true(reply(&u, (struct cloud_sync_reply){.acked_seq = 1040, .center_epoch = 4}, 10).ack);
    struct uplink_verdict v =
        hello(&u, (struct cloud_hello_reply){.acked_seq = 1038, .center_epoch = 4}, 20);
    assert_true(v.failover);
    assert_int_equal(v.center_acked_seq, 1038);
    assert_int_equal(uplink_next(&u, 20).from_seq, 1038);
    send(&u, 20);
    reply(&u, (struct cloud_sync_reply){.acked_seq = 1040, .center_epoch = 4}, 30);
    assert_int_equal(uplink_next(&u, 30).what, UPLINK_IDLE);
}

static void a_gap_ahead_is_an_ack(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 10, 20);
    send(&u, 0);
    struct uplink_verdict v = refuse(&u, CLOUD_SEQ_GAP, 409, 16, 10);
    assert_true(v.ack && !v.acked.has_tail);
    assert_int_equal(v.acked.seq, 15);
    assert_int_equal(uplink_next(&u, 10).from_seq, 15);
}

static void gaps_that_lead_nowhere_are_nonsense(void **state)
{
    static const uint64_t EXPECTED[] = {0, 11};
    (void)state;
    struct uplink u;
    for (int i = 0; i < 2; i++) {
        admitted(&u, 10, 20);
        send(&u, 0);
        assert_int_equal(refuse(&u, CLOUD_SEQ_GAP, 409, EXPECTED[i], 10).trouble, UPLINK_NONSENSE);
        assert_int_equal(u.state, UPLINK_AWAY);
    }
    admitted(&u, 10, 20);
    send(&u, 0);
    assert_int_equal(refuse(&u, CLOUD_SEQ_GAP, 409, 4, 10).trouble, UPLINK_FINE);
    send(&u, 10);
    assert_int_equal(refuse(&u, CLOUD_SEQ_GAP, 409, 8, 20).trouble, UPLINK_NONSENSE);
}

static void a_push_of_a_failed_over_center_leads_to_hello(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 1039, 1043);
    uplink_ask_again(&u, 10);
    assert_int_equal(uplink_next(&u, 10).what, UPLINK_HELLO);
    uplink_ask_again(&u, 10);
    struct uplink_verdict v =
        hello(&u, (struct cloud_hello_reply){.acked_seq = 1038, .center_epoch = 4}, 20);
    assert_true(v.failover);
    send(&u, 200);
    uplink_ask_again(&u, 210); /* the answer says it too */
    assert_int_equal(uplink_next(&u, 210).what, UPLINK_IDLE);
    uplink_halt(&u);
    uplink_ask_again(&u, 220);
    assert_int_equal(uplink_next(&u, 220).what, UPLINK_HALT);
}

static void a_failed_over_center_is_sent_again_what_it_lost(void **state)
{
    (void)state;
    struct uplink u;
    open_at(&u, 1043, 1043);
    struct cloud_hello_reply r = {.acked_seq = 1038, .center_epoch = 4};
    struct uplink_verdict v = hello(&u, r, 0);
    assert_true(v.failover);
    assert_false(v.ack);
    assert_int_equal(v.center_epoch, 4);
    assert_int_equal(v.center_acked_seq, 1038);
    send(&u, 0);
    assert_int_equal(u.first_seq, 1039);
    v = reply(&u, (struct cloud_sync_reply){.acked_seq = 1043}, 10);
    assert_true(v.ack && !v.failover);
}

/* A box of yesterday may have grown past what the center has: the writer compares. */
static void a_hello_brings_the_hash_to_compare(void **state)
{
    (void)state;
    struct uplink u;
    open_at(&u, 10, 20);
    struct cloud_hello_reply r = {.acked_seq = 16, .has_tail = true};
    memcpy(r.tail, TAIL, HASH_BYTES);
    struct uplink_verdict v = hello(&u, r, 0);
    assert_true(v.ack && v.acked.has_tail);
    assert_int_equal(v.acked.seq, 16);
    assert_memory_equal(v.acked.tail, TAIL, HASH_BYTES);
}

static void a_center_of_an_older_epoch_is_a_replica_that_lags(void **state)
{
    (void)state;
    struct uplink u;
    open_at(&u, 5, 9);
    assert_int_equal(hello(&u, (struct cloud_hello_reply){.center_epoch = 2}, 0).trouble,
                     UPLINK_NONSENSE);
    assert_int_equal(u.state, UPLINK_AWAY);
}

/* ---- histories that are not ours ---- */

static void another_history_halts(void **state)
{
    static const struct {
        enum cloud_error_name name;
        enum uplink_trouble trouble;
    } CASES[] = {
        {CLOUD_FENCED, UPLINK_FENCED},
        {CLOUD_UNKNOWN_EPOCH, UPLINK_FENCED},
        {CLOUD_CHAIN_FORK, UPLINK_FORKED},
        {CLOUD_ROLLBACK_DETECTED, UPLINK_FORKED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct uplink u;
        admitted(&u, 10, 20);
        send(&u, 0);
        struct uplink_verdict v = refuse(&u, CASES[i].name, 409, 0, 10);
        assert_int_equal(v.trouble, CASES[i].trouble);
        assert_true(v.halt);
        assert_int_equal(uplink_next(&u, 1000000).what, UPLINK_HALT);
        struct cloud_error e = {.name = CASES[i].name};
        struct uplink_answer a = {.came = true, .status = 409, .retry_after_ms = -1, .error = &e};
        open_at(&u, 10, 20);
        uplink_hello_sent(&u);
        assert_true(uplink_hello_answered(&u, &a, 0, &NONE).halt);
    }
}

/* A batch's answer of more than we have is believed once hello says the same. */
static void hello_decides(struct uplink *u, struct uplink_verdict v)
{
    struct uplink kept = *u;
    assert_int_equal(v.trouble, UPLINK_NONSENSE);
    assert_false(v.halt || v.ack);
    v = hello(u, (struct cloud_hello_reply){.acked_seq = 21}, 60000);
    assert_int_equal(v.trouble, UPLINK_FORKED);
    assert_true(v.halt);
    *u = kept;
    v = hello(u, (struct cloud_hello_reply){.acked_seq = 10}, 60000);
    assert_int_equal(v.trouble, UPLINK_FINE);
    assert_int_equal(uplink_next(u, 60000).from_seq, 10);
}

static void a_center_that_has_more_than_we_do_halts(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 10, 20);
    send(&u, 0);
    hello_decides(&u, reply(&u, (struct cloud_sync_reply){.acked_seq = 21}, 10));
    admitted(&u, 10, 20);
    send(&u, 0);
    hello_decides(&u, refuse(&u, CLOUD_SEQ_GAP, 409, 22, 10));
    open_at(&u, 10, 20);
    assert_int_equal(hello(&u, (struct cloud_hello_reply){.acked_seq = 21}, 0).trouble,
                     UPLINK_FORKED);
    open_at(&u, 10, 20);
    assert_int_equal(hello(&u, (struct cloud_hello_reply){.epoch = 8, .acked_seq = 0}, 0).trouble,
                     UPLINK_FENCED);
}

static void another_hash_at_our_position_halts(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 10, 20);
    send(&u, 0);
    struct cloud_sync_reply r = {.acked_seq = 20};
    memcpy(r.tail, OTHER_TAIL, HASH_BYTES);
    struct uplink_verdict v = reply(&u, r, 10);
    assert_int_equal(v.trouble, UPLINK_FORKED);
    assert_false(v.ack);
}

static void an_answer_after_the_halt_counts_no_more(void **state)
{
    (void)state;
    struct uplink u;
    admitted(&u, 10, 20);
    send(&u, 0);
    uplink_halt(&u);
    uplink_halt(&u);
    assert_false(reply(&u, (struct cloud_sync_reply){.acked_seq = 20}, 10).ack);
    assert_int_equal(uplink_next(&u, 10).what, UPLINK_HALT);
    open_at(&u, 0, 5);
    assert_int_equal(uplink_next(&u, 0).what, UPLINK_HELLO);
}

/* ---- failures ---- */

static void a_failed_batch_is_followed_by_a_hello(void **state)
{
    (void)state;
    struct uplink u;
    for (int64_t status = 500; status <= 504; status++) {
        admitted(&u, 10, 20);
        send(&u, 0);
        assert_int_equal(refuse(&u, CLOUD_OTHER, status, 0, 10).trouble, UPLINK_FAILING);
        assert_int_equal(uplink_next(&u, 10).what, UPLINK_HELLO);
    }
}

static void waits_grow_while_it_fails_and_start_over_when_it_works(void **state)
{
    static const int64_t MOST_MS[] = {2000, 4000, 8000, 16000, 32000, 38000, 38000};
    (void)state;
    struct uplink u;
    int64_t now_ms = 0;
    open_at(&u, 10, 20);
    for (size_t i = 0; i < sizeof(MOST_MS) / sizeof(MOST_MS[0]); i++) {
        uint64_t shown = (uint64_t)(MOST_MS[i] == BACKOFF_MAX_MS ? MOST_MS[i] / 2 : MOST_MS[i]);
        struct dice dice = {show, &shown};
        uplink_hello_sent(&u);
        uplink_hello_answered(&u, &(struct uplink_answer){.retry_after_ms = -1}, now_ms, &dice);
        assert_int_equal(uplink_next(&u, now_ms).until_ms, now_ms + MOST_MS[i]);
        now_ms += MOST_MS[i];
    }
    hello(&u, (struct cloud_hello_reply){.acked_seq = 10}, now_ms);
    assert_int_equal(u.backoff.failures, 0);
}

static void a_line_that_was_good_for_long_is_spread_over_half_a_minute(void **state)
{
    (void)state;
    struct uplink u;
    int64_t down_ms = BACKOFF_OLD_AFTER_MS + 1;
    admitted(&u, 10, 10);
    uplink_news(&u, 11, down_ms - 200);
    send(&u, down_ms - 50);
    uint64_t shown = BACKOFF_SPREAD_MS;
    struct dice dice = {show, &shown};
    uplink_answered(&u, &(struct uplink_answer){.retry_after_ms = -1}, down_ms, &dice);
    assert_int_equal(uplink_next(&u, down_ms).until_ms, down_ms + BACKOFF_SPREAD_MS);
    down_ms += BACKOFF_SPREAD_MS;
    shown = BACKOFF_MAX_MS / 2;
    uplink_hello_sent(&u);
    uplink_hello_answered(&u, &(struct uplink_answer){.retry_after_ms = -1}, down_ms, &dice);
    assert_int_equal(uplink_next(&u, down_ms).until_ms, down_ms + BACKOFF_MAX_MS);
}

static void a_center_that_asks_to_wait_is_obeyed(void **state)
{
    (void)state;
    struct uplink u;
    struct cloud_error e = {.name = CLOUD_SLOW_DOWN, .retry_after_ms = 9000};
    struct uplink_answer a = {.came = true, .status = 429, .retry_after_ms = 3000, .error = &e};
    open_at(&u, 10, 20);
    uplink_hello_sent(&u);
    assert_int_equal(uplink_hello_answered(&u, &a, 100, &NONE).trouble, UPLINK_SLOWED);
    assert_int_equal(uplink_next(&u, 100).until_ms, 9100);
    assert_int_equal(uplink_next(&u, 9100).what, UPLINK_HELLO);
    admitted(&u, 10, 20);
    send(&u, 0);
    a = (struct uplink_answer){.came = true, .status = 503, .retry_after_ms = 3000};
    assert_int_equal(uplink_answered(&u, &a, 100, &NONE).trouble, UPLINK_SLOWED);
    assert_int_equal(uplink_next(&u, 100).until_ms, 3100);
    assert_int_equal(uplink_next(&u, 3100).what, UPLINK_SEND);
    assert_int_equal(u.halving.failures, 0);
    send(&u, 3100);
    a = (struct uplink_answer){.came = true, .status = 429, .retry_after_ms = -1};
    uplink_answered(&u, &a, 4000, &NONE);
    assert_int_equal(uplink_next(&u, 4000).until_ms, 5000);
}

static void a_batch_that_is_too_large_is_halved_at_once(void **state)
{
    static const int64_t STATUS[] = {400, 413, 422};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct uplink u;
        admitted(&u, 0, 200);
        send(&u, 0);
        assert_int_equal(refuse(&u, CLOUD_TOO_LARGE, STATUS[i], 0, 10).trouble, UPLINK_FAILING);
        struct uplink_step step = uplink_next(&u, 10);
        assert_int_equal(step.what, UPLINK_SEND);
        assert_int_equal(step.most, 100);
    }
}

static void other_refusals_blame_no_event(void **state)
{
    static const int64_t STATUS[] = {401, 403, 404, 408, 410};
    (void)state;
    struct uplink u;
    for (size_t i = 0; i < sizeof(STATUS) / sizeof(STATUS[0]); i++) {
        admitted(&u, 0, 200);
        send(&u, 0);
        assert_int_equal(refuse(&u, CLOUD_OTHER, STATUS[i], 0, 10).trouble, UPLINK_REFUSED);
        assert_int_equal(u.halving.failures, 0);
        assert_int_equal(u.state, UPLINK_AWAY);
    }
}

static void a_redirect_is_no_word_about_this_box(void **state)
{
    static const int64_t STATUS[] = {204, 302};
    (void)state;
    struct uplink u;
    for (size_t i = 0; i < sizeof(STATUS) / sizeof(STATUS[0]); i++) {
        admitted(&u, 0, 200);
        send(&u, 0);
        assert_int_equal(refuse(&u, CLOUD_OTHER, STATUS[i], 0, 10).trouble, UPLINK_NONSENSE);
        assert_int_equal(u.state, UPLINK_AWAY);
    }
}

static void an_old_center_is_named(void **state)
{
    (void)state;
    struct uplink u;
    struct uplink_answer a = {.came = true, .status = 404, .retry_after_ms = -1};
    open_at(&u, 0, 200);
    uplink_hello_sent(&u);
    assert_int_equal(uplink_hello_answered(&u, &a, 0, &NONE).trouble, UPLINK_OLD_CENTER);
    assert_int_equal(u.state, UPLINK_AWAY);
}

static void answers_without_sense_change_nothing(void **state)
{
    (void)state;
    struct uplink u;
    struct uplink_answer empty = {.came = true, .status = 200, .retry_after_ms = -1};
    struct cloud_sync_reply bad[] = {{.acked_seq = 10}, {.acked_seq = 20, .epoch = 9}};
    for (int i = 0; i < 3; i++) {
        admitted(&u, 10, 20);
        send(&u, 0);
        struct uplink_verdict v =
            i < 2 ? reply(&u, bad[i], 10) : uplink_answered(&u, &empty, 10, &NONE);
        assert_int_equal(v.trouble, UPLINK_NONSENSE);
        assert_false(v.ack);
        assert_int_equal(u.from_seq, 10);
    }
    open_at(&u, 10, 20);
    uplink_hello_sent(&u);
    assert_int_equal(uplink_hello_answered(&u, &empty, 0, &NONE).trouble, UPLINK_NONSENSE);
}

static void a_batch_that_cannot_be_made_is_tried_later(void **state)
{
    (void)state;
    struct uplink u;
    uint64_t shown = 1500;
    admitted(&u, 10, 20);
    uplink_build_failed(&u, 0, &(struct dice){show, &shown});
    assert_int_equal(uplink_next(&u, 0).what, UPLINK_WAIT);
    assert_int_equal(uplink_next(&u, 0).until_ms, 1500);
    assert_int_equal(uplink_next(&u, 1500).what, UPLINK_SEND);
}

/* A pull or a comparison that got no answer: what it may mean is for a hello to find out. */
static void what_was_lost_elsewhere_leads_to_a_hello(void **state)
{
    (void)state;
    struct uplink u;
    uint64_t worst = UINT64_MAX;
    const struct dice slow = {show, &worst};
    admitted(&u, 10, 12);
    assert_true(u.good_since_ms >= 0);
    uplink_lost(&u, false, 1000, &slow);
    assert_int_equal(u.state, UPLINK_AWAY);
    assert_true(u.good_since_ms < 0);
    struct uplink_step step = uplink_next(&u, 1000);
    assert_int_equal(step.what, UPLINK_WAIT);
    assert_true(step.until_ms > 1000);
    hello(&u, (struct cloud_hello_reply){.acked_seq = 10}, step.until_ms);
    assert_int_equal(u.state, UPLINK_READY);
    send(&u, step.until_ms + UPLINK_LINGER_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_lost_elsewhere_leads_to_a_hello),
        cmocka_unit_test(nothing_goes_before_hello_admits),
        cmocka_unit_test(a_batch_is_acknowledged_and_the_next_follows),
        cmocka_unit_test(news_linger_and_a_backlog_does_not),
        cmocka_unit_test(a_want_is_sent_at_once_with_or_without_events),
        cmocka_unit_test(a_want_hurries_no_center_that_asks_to_wait),
        cmocka_unit_test(a_center_may_want_less_and_later),
        cmocka_unit_test(a_lost_answer_is_learned_from_hello),
        cmocka_unit_test(a_gap_sends_from_where_the_center_is),
        cmocka_unit_test(an_answer_of_a_failed_over_center_leads_to_hello),
        cmocka_unit_test(a_push_of_a_failed_over_center_leads_to_hello),
        cmocka_unit_test(a_gap_ahead_is_an_ack),
        cmocka_unit_test(gaps_that_lead_nowhere_are_nonsense),
        cmocka_unit_test(a_failed_over_center_is_sent_again_what_it_lost),
        cmocka_unit_test(a_hello_brings_the_hash_to_compare),
        cmocka_unit_test(a_center_of_an_older_epoch_is_a_replica_that_lags),
        cmocka_unit_test(another_history_halts),
        cmocka_unit_test(a_center_that_has_more_than_we_do_halts),
        cmocka_unit_test(another_hash_at_our_position_halts),
        cmocka_unit_test(an_answer_after_the_halt_counts_no_more),
        cmocka_unit_test(a_failed_batch_is_followed_by_a_hello),
        cmocka_unit_test(waits_grow_while_it_fails_and_start_over_when_it_works),
        cmocka_unit_test(a_line_that_was_good_for_long_is_spread_over_half_a_minute),
        cmocka_unit_test(a_center_that_asks_to_wait_is_obeyed),
        cmocka_unit_test(a_batch_that_is_too_large_is_halved_at_once),
        cmocka_unit_test(other_refusals_blame_no_event),
        cmocka_unit_test(a_redirect_is_no_word_about_this_box),
        cmocka_unit_test(an_old_center_is_named),
        cmocka_unit_test(an_empty_batch_is_answered_like_any_other),
        cmocka_unit_test(an_empty_batch_is_never_halved),
        cmocka_unit_test(a_center_that_has_less_says_so_to_an_empty_batch),
        cmocka_unit_test(another_hash_under_an_empty_batch_is_a_fork),
        cmocka_unit_test(answers_without_sense_change_nothing),
        cmocka_unit_test(a_batch_that_cannot_be_made_is_tried_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
