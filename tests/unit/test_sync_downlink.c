/* sync/downlink: what every push and head asks for, and that a hub always ends where its center is,
 * whatever the broker loses, repeats and reorders. Virtual time, no books: a set of versions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/downlink.h"

#define AT 100 /* what the books have applied at first */

static struct downlink opened(void)
{
    struct downlink d;
    downlink_open(&d, AT, 0);
    downlink_line(&d, true, 0);
    downlink_greeted(&d, true, 3);
    return d;
}

static enum downlink_verdict push(struct downlink *d, uint64_t prev, uint64_t ver, int64_t now_ms)
{
    return downlink_push(d, (struct downlink_span){prev, ver}, now_ms);
}

static void expect_span(const struct downlink *d, uint64_t prev, uint64_t ver)
{
    struct downlink_span span = downlink_taken(d);
    assert_int_equal(span.prev_ver, prev);
    assert_int_equal(span.ver, ver);
}

/* ---- one push ---- */

static void every_push_has_its_verdict(void **state)
{
    static const struct {
        uint64_t prev, ver;
        enum downlink_verdict verdict;
        uint64_t span_ver;
        int64_t due_ms;
    } TABLE[] = {
        {99, 100, DOWNLINK_STALE, 0, DOWNLINK_QUIET_MS},
        {1, 2, DOWNLINK_STALE, 0, DOWNLINK_QUIET_MS},
        {100, 101, DOWNLINK_TAKE, 101, DOWNLINK_QUIET_MS},
        {98, 103, DOWNLINK_TAKE, 103, DOWNLINK_QUIET_MS},
        {100, 900, DOWNLINK_TAKE, 900, DOWNLINK_QUIET_MS},
        {101, 102, DOWNLINK_TAKE, 0, 7 + DOWNLINK_GAP_MS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        struct downlink d = opened();
        assert_int_equal(push(&d, TABLE[i].prev, TABLE[i].ver, 7), TABLE[i].verdict);
        expect_span(&d, AT, TABLE[i].span_ver);
        assert_int_equal(downlink_due_ms(&d), TABLE[i].due_ms);
    }
}

static void two_pushes_the_wrong_way_round_need_no_pull(void **state) /* T34 */
{
    (void)state;
    struct downlink d = opened();
    assert_int_equal(push(&d, 101, 102, 10), DOWNLINK_TAKE);
    expect_span(&d, AT, 0);
    assert_int_equal(push(&d, 100, 101, 20), DOWNLINK_TAKE);
    expect_span(&d, AT, 102);
    assert_int_equal(downlink_due_ms(&d), DOWNLINK_QUIET_MS);
    downlink_applied(&d, 102, 30);
    expect_span(&d, 102, 0);
    assert_int_equal(push(&d, 100, 101, 40), DOWNLINK_STALE);
}

static void a_gap_that_stays_asks_for_one_pull(void **state)
{
    (void)state;
    struct downlink d = opened();
    push(&d, 101, 102, 10);
    push(&d, 102, 103, 200);
    assert_int_equal(downlink_due_ms(&d), 10 + DOWNLINK_GAP_MS);
    downlink_asked(&d);
    assert_int_equal(downlink_due_ms(&d), DOWNLINK_NEVER);
    downlink_pulled(&d, 103, 500);
    assert_int_equal(downlink_due_ms(&d), 500 + DOWNLINK_QUIET_MS);
}

static void a_gap_that_an_ack_closes_moves_the_books_without_a_row(void **state)
{
    (void)state;
    struct downlink d = opened();
    push(&d, 104, 105, 10);
    downlink_applied(&d, 104, 20);
    expect_span(&d, 104, 105);
}

static void as_many_as_can_be_held_wait_and_one_more_does_not(void **state)
{
    (void)state;
    struct downlink d = opened();
    for (uint64_t i = 0; i < DOWNLINK_HELD; i++)
        push(&d, 101 + i, 102 + i, 10);
    push(&d, 101, 102, 10); /* again */
    assert_int_equal(downlink_due_ms(&d), 10 + DOWNLINK_GAP_MS);
    assert_int_equal(push(&d, 101 + DOWNLINK_HELD, 102 + DOWNLINK_HELD, 10), DOWNLINK_TAKE);
    assert_true(downlink_due_ms(&d) <= 10);
}

/* ---- heads, the line, losses ---- */

static void a_head_that_is_ahead_gives_pushes_a_second(void **state) /* T36 */
{
    (void)state;
    struct downlink d = opened();
    downlink_head(&d, AT, 5);
    downlink_head(&d, 101, 10);
    assert_int_equal(downlink_due_ms(&d), 10 + DOWNLINK_HEAD_MS);
    downlink_head(&d, 101, 600);
    assert_int_equal(downlink_due_ms(&d), 10 + DOWNLINK_HEAD_MS);
    push(&d, 100, 101, 700);
    assert_int_equal(downlink_due_ms(&d), DOWNLINK_QUIET_MS);
}

static void the_first_head_after_a_silence_waits_for_nothing(void **state)
{
    (void)state;
    struct downlink d = opened();
    downlink_head(&d, 101, 10);
    assert_true(downlink_due_ms(&d) <= 10);
    d = opened();
    downlink_head(&d, AT, 10);
    downlink_line(&d, false, 20);
    downlink_line(&d, true, 30);
    downlink_head(&d, 101, 40);
    assert_true(downlink_due_ms(&d) <= 40);
}

static void a_head_that_was_too_high_is_believed_once(void **state)
{
    (void)state;
    struct downlink d = opened();
    downlink_head(&d, 5000, 10);
    downlink_asked(&d);
    downlink_pulled(&d, 101, 50);
    assert_int_equal(downlink_due_ms(&d), 50 + DOWNLINK_QUIET_MS);
}

static void a_head_heard_during_a_pull_counts_after_it(void **state)
{
    (void)state;
    struct downlink d = opened();
    downlink_head(&d, 101, 10);
    downlink_asked(&d);
    downlink_head(&d, 102, 40);
    downlink_pulled(&d, 101, 50);
    assert_int_equal(downlink_due_ms(&d), 50 + DOWNLINK_HEAD_MS);
}

static void without_a_broker_it_pulls_every_minute(void **state)
{
    (void)state;
    struct downlink d;
    downlink_open(&d, AT, 1000);
    assert_int_equal(downlink_due_ms(&d), 1000 + DOWNLINK_DEAF_MS);
    downlink_line(&d, true, 2000);
    assert_int_equal(downlink_due_ms(&d), 1000 + DOWNLINK_QUIET_MS);
    downlink_head(&d, AT, 2000);
    downlink_line(&d, false, 500000);
    assert_int_equal(downlink_due_ms(&d), 500000 + DOWNLINK_DEAF_MS);
}

static void a_broker_that_comes_and_goes_and_tells_nothing_puts_off_no_pull(void **state)
{
    (void)state;
    struct downlink d;
    downlink_open(&d, AT, 0);
    for (int64_t at_ms = 10000; at_ms < DOWNLINK_DEAF_MS + 20000; at_ms += 10000) {
        downlink_line(&d, true, at_ms);
        downlink_line(&d, false, at_ms + 1);
        assert_int_equal(downlink_due_ms(&d), DOWNLINK_DEAF_MS);
    }
}

static void a_center_that_is_behind_is_asked_at_once(void **state)
{
    (void)state;
    struct downlink d = opened();
    push(&d, AT, 5000, 10);
    downlink_applied(&d, 5000, 20);
    downlink_head(&d, AT, 30); /* over MQTT: perhaps of before */
    assert_int_equal(downlink_due_ms(&d), DOWNLINK_QUIET_MS);
    downlink_told(&d, AT, 40);
    assert_true(downlink_due_ms(&d) <= 40);
}

static void a_gap_that_does_not_exist_is_pulled_once(void **state)
{
    (void)state;
    struct downlink d = opened();
    push(&d, 4999, 5000, 10);
    downlink_asked(&d);
    push(&d, 102, 103, 20); /* this one may exist: it came after the question */
    downlink_pulled(&d, 101, 50);
    assert_int_equal(downlink_due_ms(&d), 50 + DOWNLINK_GAP_MS);
    downlink_asked(&d);
    downlink_pulled(&d, 101, 400);
    assert_int_equal(downlink_due_ms(&d), 400 + DOWNLINK_QUIET_MS);
}

static void what_was_lost_here_is_pulled_at_once(void **state)
{
    (void)state;
    struct downlink d = opened();
    push(&d, 100, 101, 10);
    downlink_lost(&d);
    expect_span(&d, AT, 0);
    assert_true(downlink_due_ms(&d) <= 10);
    assert_int_equal(push(&d, 100, 101, 20), DOWNLINK_TAKE);
}

static void a_pull_of_everything_drops_pushes_and_has_one_more_behind_it(void **state)
{
    (void)state;
    struct downlink d = opened();
    downlink_asked(&d);
    downlink_full(&d, true);
    assert_int_equal(push(&d, 100, 101, 10), DOWNLINK_LATER);
    expect_span(&d, AT, 0);
    downlink_full(&d, false);
    downlink_pulled(&d, 40, 50);
    assert_true(downlink_due_ms(&d) <= 50);
    assert_int_equal(push(&d, 40, 41, 60), DOWNLINK_TAKE);
    expect_span(&d, 40, 41);
}

/* ---- chance ---- */

#define VERSIONS 400

struct world {
    struct downlink d;
    bool has[VERSIONS + 1]; /* the books have the row of that version */
    uint64_t applied, ver;  /* the books'; the center's */
    struct downlink_span air[64];
    uint32_t n_air;
    bool command; /* at the writer, with this span */
    struct downlink_span span;
    int64_t pull_ends_ms; /* 0: none runs */
    int64_t now_ms;
};

static uint32_t chance(uint32_t n)
{
    return (uint32_t)rand() % n;
}

static void publish(struct world *w)
{
    if (w->ver == VERSIONS)
        return;
    struct downlink_span span = {w->ver, w->ver + 1};
    w->ver++;
    uint32_t copies = chance(10) < 2 ? 0 : chance(10) < 2 ? 2 : 1; /* lost, repeated, or once */
    for (uint32_t i = 0; i < copies && w->n_air < 64; i++)
        w->air[w->n_air++] = span;
}

/* Any of those under way: they overtake each other. */
static void deliver(struct world *w)
{
    if (w->n_air == 0 || w->command)
        return;
    uint32_t i = chance(w->n_air);
    struct downlink_span span = w->air[i];
    w->air[i] = w->air[--w->n_air];
    if (downlink_push(&w->d, span, w->now_ms) == DOWNLINK_TAKE)
        w->has[span.ver] = true;
}

/* The books of edge/books/center.h, as far as versions go. */
static void submit_or_settle(struct world *w)
{
    if (!w->command) {
        w->span = downlink_taken(&w->d);
        w->command = w->span.ver != 0;
        return;
    }
    w->command = false;
    if (w->span.prev_ver <= w->applied && w->applied < w->span.ver)
        w->applied = w->span.ver;
    downlink_applied(&w->d, w->applied, w->now_ms);
}

static void pull(struct world *w)
{
    if (w->pull_ends_ms == 0 && downlink_due_ms(&w->d) <= w->now_ms) {
        downlink_asked(&w->d);
        w->pull_ends_ms = w->now_ms + 1 + chance(400);
    }
    if (w->pull_ends_ms == 0 || w->now_ms < w->pull_ends_ms)
        return;
    w->pull_ends_ms = 0;
    for (uint64_t v = w->applied + 1; v <= w->ver; v++)
        w->has[v] = true;
    if (w->applied < w->ver)
        w->applied = w->ver;
    downlink_pulled(&w->d, w->applied, w->now_ms);
}

/* Applied means: every row up to there is in the books. */
static void nothing_below_is_missing(const struct world *w)
{
    for (uint64_t v = 1; v <= w->applied; v++)
        assert_true(w->has[v]);
}

static void turn(struct world *w)
{
    w->now_ms += 1 + chance(60);
    if (chance(3) == 0)
        publish(w);
    if (chance(2) == 0)
        deliver(w);
    if (chance(8) == 0 && chance(2) == 0)
        downlink_head(&w->d, w->ver, w->now_ms);
    if (chance(200) == 0)
        downlink_line(&w->d, !w->d.up, w->now_ms);
    submit_or_settle(w);
    pull(w);
    nothing_below_is_missing(w);
}

static void it_always_ends_at_the_head(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct world w = {.now_ms = 1};
        srand(seed);
        downlink_open(&w.d, 0, 1);
        downlink_line(&w.d, true, 1);
        downlink_greeted(&w.d, true, 3);
        for (int i = 0; i < 1500; i++)
            turn(&w);
        w.ver = w.ver > 0 ? w.ver : 1;
        w.n_air = 0; /* whatever was under way is lost; only the head comes yet */
        for (int i = 0; i < 5000 && w.applied < w.ver; i++) {
            w.now_ms += 20;
            downlink_head(&w.d, w.ver, w.now_ms);
            submit_or_settle(&w);
            pull(&w);
        }
        nothing_below_is_missing(&w);
        assert_int_equal(w.applied, w.ver);
    }
}

/* ---- whose messages ---- */

static void every_center_epoch_has_its_verdict(void **state)
{
    static const struct {
        uint32_t center_epoch;
        enum downlink_sender from;
    } TABLE[] = {{0, DOWNLINK_OURS}, {3, DOWNLINK_OURS},  {2, DOWNLINK_FORMER},
                 {4, DOWNLINK_NEXT}, {3, DOWNLINK_OURS},  {4, DOWNLINK_LATEST},
                 {6, DOWNLINK_NEXT}, {5, DOWNLINK_LATEST}};
    (void)state;
    struct downlink d = opened();
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++)
        assert_int_equal(downlink_sender(&d, TABLE[i].center_epoch), TABLE[i].from);
    downlink_greeted(&d, true, 6);
    assert_int_equal(downlink_sender(&d, 6), DOWNLINK_OURS);
    assert_int_equal(downlink_sender(&d, 3), DOWNLINK_FORMER);
    assert_int_equal(downlink_sender(&d, 7), DOWNLINK_NEXT);
}

static void before_the_center_has_accepted_us_no_push_is_taken(void **state)
{
    (void)state;
    struct downlink d;
    downlink_open(&d, AT, 0);
    downlink_line(&d, true, 0);
    assert_int_equal(push(&d, AT, 101, 10), DOWNLINK_LATER);
    expect_span(&d, AT, 0);
    downlink_greeted(&d, true, 3);
    assert_true(downlink_due_ms(&d) <= 10);
    downlink_asked(&d);
    downlink_pulled(&d, 101, 20);
    assert_int_equal(push(&d, 101, 102, 30), DOWNLINK_TAKE);
}

static void what_is_held_does_not_outlive_the_centers_consent(void **state)
{
    (void)state;
    struct downlink d = opened();
    assert_int_equal(push(&d, 101, 102, 10), DOWNLINK_TAKE);
    downlink_greeted(&d, false, 3);
    assert_int_equal(push(&d, AT, 101, 20), DOWNLINK_LATER);
    downlink_greeted(&d, true, 3);
    assert_int_equal(push(&d, AT, 101, 30), DOWNLINK_TAKE);
    expect_span(&d, AT, 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_push_has_its_verdict),
        cmocka_unit_test(two_pushes_the_wrong_way_round_need_no_pull),
        cmocka_unit_test(a_gap_that_stays_asks_for_one_pull),
        cmocka_unit_test(a_gap_that_an_ack_closes_moves_the_books_without_a_row),
        cmocka_unit_test(as_many_as_can_be_held_wait_and_one_more_does_not),
        cmocka_unit_test(a_head_that_is_ahead_gives_pushes_a_second),
        cmocka_unit_test(the_first_head_after_a_silence_waits_for_nothing),
        cmocka_unit_test(a_head_that_was_too_high_is_believed_once),
        cmocka_unit_test(a_head_heard_during_a_pull_counts_after_it),
        cmocka_unit_test(without_a_broker_it_pulls_every_minute),
        cmocka_unit_test(a_broker_that_comes_and_goes_and_tells_nothing_puts_off_no_pull),
        cmocka_unit_test(a_center_that_is_behind_is_asked_at_once),
        cmocka_unit_test(a_gap_that_does_not_exist_is_pulled_once),
        cmocka_unit_test(what_was_lost_here_is_pulled_at_once),
        cmocka_unit_test(a_pull_of_everything_drops_pushes_and_has_one_more_behind_it),
        cmocka_unit_test(it_always_ends_at_the_head),
        cmocka_unit_test(every_center_epoch_has_its_verdict),
        cmocka_unit_test(before_the_center_has_accepted_us_no_push_is_taken),
        cmocka_unit_test(what_is_held_does_not_outlive_the_centers_consent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
