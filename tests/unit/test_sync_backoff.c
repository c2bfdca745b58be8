/* sync/backoff: how long a hub waits, and what 20,000 of them do to a center together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sync/backoff.h"

static uint64_t splitmix(void *ctx)
{
    uint64_t *seed = ctx;
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Dice that always show the same: the ends of a span. */
static uint64_t fixed(void *ctx)
{
    return *(uint64_t *)ctx;
}

static void first_attempt_is_spread_by_the_age_of_the_line(void **state)
{
    (void)state;
    uint64_t seed = 1;
    struct dice dice = {splitmix, &seed};
    int64_t old_most_ms = 0, young_most_ms = 0;
    struct backoff b = {0};
    for (int i = 0; i < 10000; i++) {
        int64_t old_ms = backoff_first_ms(&b, BACKOFF_OLD_AFTER_MS + 1, &dice);
        int64_t young_ms = backoff_first_ms(&b, BACKOFF_OLD_AFTER_MS, &dice);
        assert_in_range(old_ms, 0, 30000);
        assert_in_range(young_ms, 0, 2000);
        old_most_ms = old_ms > old_most_ms ? old_ms : old_most_ms;
        young_most_ms = young_ms > young_most_ms ? young_ms : young_most_ms;
    }
    assert_true(old_most_ms > 29900 && young_most_ms > 1990);
}

/* It comes back soon, whatever its age; what fails after an old one is spread as widely as ever. */
static void a_line_that_was_stuck_comes_back_soon(void **state)
{
    uint64_t most = BACKOFF_STUCK_MS;
    struct dice dice = {fixed, &most};
    struct backoff b = {0};
    (void)state;
    assert_int_equal(backoff_stuck_ms(&b, BACKOFF_OLD_AFTER_MS + 1, &dice), BACKOFF_STUCK_MS);
    assert_int_equal(b.failures, BACKOFF_OLD_FAILURES);
    assert_int_equal(backoff_stuck_ms(&b, BACKOFF_OLD_AFTER_MS, &dice), BACKOFF_STUCK_MS);
    assert_int_equal(b.failures, 0);
}

/* A span U(a, b) shows b when the dice show b - a, and a when they show one more. */
static void jitter_doubles_and_stays_in_the_upper_half(void **state)
{
    static const struct {
        int64_t least_ms, most_ms;
    } SPANS[] = {{0, 2000},  {0, 4000},      {0, 8000},      {0, 16000},
                 {0, 32000}, {19000, 38000}, {19000, 38000}, {19000, 38000}};
    (void)state;
    struct backoff b = {0};
    for (size_t n = 0; n < sizeof(SPANS) / sizeof(SPANS[0]); n++) {
        uint64_t shown = (uint64_t)(SPANS[n].most_ms - SPANS[n].least_ms);
        struct backoff again = b;
        assert_int_equal(backoff_next_ms(&b, &(struct dice){fixed, &shown}), SPANS[n].most_ms);
        shown++;
        assert_int_equal(backoff_next_ms(&again, &(struct dice){fixed, &shown}), SPANS[n].least_ms);
    }
}

static void a_success_starts_over(void **state)
{
    (void)state;
    uint64_t shown = 2000;
    struct dice dice = {fixed, &shown};
    struct backoff b = {0};
    for (int i = 0; i < 5; i++)
        backoff_next_ms(&b, &dice);
    backoff_reset(&b);
    assert_int_equal(backoff_next_ms(&b, &dice), 2000);
    assert_int_equal(b.failures, 1);
}

static void failures_never_wrap(void **state)
{
    (void)state;
    uint64_t shown = 19000;
    struct backoff b = {UINT32_MAX};
    assert_int_equal(backoff_next_ms(&b, &(struct dice){fixed, &shown}), 38000);
    assert_int_equal(b.failures, UINT32_MAX);
}

static void the_span_that_the_center_named_is_kept_within_reason(void **state)
{
    (void)state;
    uint64_t shown = 2000;
    struct dice dice = {fixed, &shown};
    assert_int_equal(backoff_guided_ms(5000, &dice), 7000);
    assert_int_equal(backoff_guided_ms(0, &dice), 2000);
    assert_int_equal(backoff_guided_ms(-7, &dice), 2000);
    assert_int_equal(backoff_guided_ms(INT64_MAX, &dice), BACKOFF_ASKED_MAX_MS + 2000);
}

/* ---- the storm of sync-protocol 6.2: 20,000 hubs lose the line at once ---- */

#define HUBS       20000
#define STORM_MS   200000
#define NOBODY     UINT32_MAX
#define SECONDS(x) ((x) / 1000)

enum guidance { JITTER_ONLY, SLOTS };

struct storm {
    uint32_t at[STORM_MS], next[HUBS]; /* who comes in a millisecond: lists through next */
    struct backoff backoff[HUBS];
    uint32_t per_second[SECONDS(STORM_MS)], admitted_second[SECONDS(STORM_MS)];
    struct dice dice;
    uint64_t seed;
    int64_t slot_us;
    uint32_t attempts, admitted, peak;
    int64_t last_ms;
};

static void come_at(struct storm *s, uint32_t hub, int64_t at_ms)
{
    assert_true(at_ms < STORM_MS);
    s->next[hub] = s->at[at_ms];
    s->at[at_ms] = hub;
}

/* What hello answers: 0 is admission, else the span until the slot. */
static int64_t hello(struct storm *s, int64_t now_ms, uint32_t rate)
{
    if (s->admitted_second[SECONDS(now_ms)] < rate) {
        s->admitted_second[SECONDS(now_ms)]++;
        return 0;
    }
    if (s->slot_us < now_ms * 1000)
        s->slot_us = now_ms * 1000;
    s->slot_us += 1000000 / rate;
    return s->slot_us / 1000 - now_ms + 1;
}

static void attempt(struct storm *s, uint32_t hub, int64_t now_ms, uint32_t rate,
                    enum guidance guidance)
{
    uint32_t here = ++s->per_second[SECONDS(now_ms)];
    s->attempts++;
    s->peak = here > s->peak ? here : s->peak;
    int64_t slot_ms = hello(s, now_ms, rate);
    if (slot_ms == 0) {
        s->admitted++;
        s->last_ms = now_ms;
    } else if (guidance == SLOTS) {
        come_at(s, hub, now_ms + backoff_guided_ms(slot_ms, &s->dice));
    } else {
        come_at(s, hub, now_ms + 1 + backoff_next_ms(&s->backoff[hub], &s->dice));
    }
}

static struct storm *storm(uint32_t rate, enum guidance guidance)
{
    struct storm *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    s->seed = 20260128;
    s->dice = (struct dice){splitmix, &s->seed};
    for (size_t i = 0; i < STORM_MS; i++)
        s->at[i] = NOBODY;
    for (uint32_t hub = 0; hub < HUBS; hub++)
        come_at(s, hub, backoff_first_ms(&s->backoff[hub], BACKOFF_OLD_AFTER_MS + 1, &s->dice));
    for (int64_t now_ms = 0; now_ms < STORM_MS; now_ms++)
        while (s->at[now_ms] != NOBODY) {
            uint32_t hub = s->at[now_ms];
            s->at[now_ms] = s->next[hub];
            attempt(s, hub, now_ms, rate, guidance);
        }
    return s;
}

static void assert_storm(uint32_t rate, enum guidance guidance, uint32_t attempts_most,
                         uint32_t peak_most, int64_t last_most_ms)
{
    struct storm *s = storm(rate, guidance);
    print_message("rate %u: %u attempts, peak %u/s, all in after %lld ms\n", rate, s->attempts,
                  s->peak, (long long)s->last_ms);
    assert_int_equal(s->admitted, HUBS);
    assert_in_range(s->attempts, HUBS, attempts_most);
    assert_in_range(s->peak, 1, peak_most);
    assert_in_range(s->last_ms, 1, last_most_ms);
    free(s);
}

static void a_storm_with_jitter_alone_is_over_in_two_minutes(void **state)
{
    (void)state;
    assert_storm(500, JITTER_ONLY, 60000, 2000, 120000);
}

static void a_storm_that_the_center_guides_is_over_in_forty_seconds(void **state)
{
    (void)state;
    assert_storm(500, SLOTS, 45000, 1400, 45000);
}

static void a_center_of_a_thousand_a_second_turns_hardly_anybody_away(void **state)
{
    (void)state;
    assert_storm(1000, SLOTS, 20200, 800, 31000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_attempt_is_spread_by_the_age_of_the_line),
        cmocka_unit_test(a_line_that_was_stuck_comes_back_soon),
        cmocka_unit_test(jitter_doubles_and_stays_in_the_upper_half),
        cmocka_unit_test(a_success_starts_over),
        cmocka_unit_test(failures_never_wrap),
        cmocka_unit_test(the_span_that_the_center_named_is_kept_within_reason),
        cmocka_unit_test(a_storm_with_jitter_alone_is_over_in_two_minutes),
        cmocka_unit_test(a_storm_that_the_center_guides_is_over_in_forty_seconds),
        cmocka_unit_test(a_center_of_a_thousand_a_second_turns_hardly_anybody_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
