/* Hub and center under random schedules: whatever is written where, lost, repeated or overtaken,
 * and whatever the clocks say, both end with the same row, and it counts what a list of all that
 * happened counts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "proto/digest.h"
#include "tests/lib/two_sites.h"

enum { SCHEDULES = 10000, STEPS = 60, ROWS_KEPT = 256, REPEATS = 6 };

/* The oracle: what each count had seen of the other side, as the base should say it. */
struct count {
    struct str id;
    int64_t value_t, h_seen_t, c_seen_t;
};
struct world {
    struct two_sites s;
    struct stock_row rows[ROWS_KEPT]; /* every version the center had */
    size_t n_rows;
    struct count counts[STEPS + 1];
    size_t n_counts;
    int64_t hub_sold_t, center_sold_t; /* in all */
    int64_t hub_told_t, center_told_t; /* of it, what the other side has heard */
    int64_t due_ms;
    uint64_t seed;
};

static unsigned draw(struct world *w, unsigned below)
{
    w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->seed >> 33) % below;
}

static void keep_row(struct world *w)
{
    if (w->n_rows == 0 || w->rows[w->n_rows - 1].c_ver != w->s.center.c_ver)
        w->rows[w->n_rows++] = w->s.center;
    assert_true(w->n_rows < ROWS_KEPT);
}

static void count(struct world *w, const struct stock_row *r, int64_t h_seen_t, int64_t c_seen_t)
{
    w->counts[w->n_counts++] = (struct count){r->base_id, r->base_t, h_seen_t, c_seen_t};
}

static void hub_writes(struct world *w)
{
    struct two_sites *s = &w->s;
    int64_t n = 1 + draw(w, 9);
    switch (draw(w, 8)) {
    case 0:
        hub_sets(s, n);
        count(w, &s->hub, -w->hub_sold_t, -w->center_told_t);
        return;
    case 1:
        hub_status(s, n % 2 ? STATUS_SOLD_OUT : STATUS_ON_SALE);
        return;
    case 2:
        hub_plans(s, n);
        return;
    case 3:
        hub_limits(s, n % 2 ? CHANNEL_POS : CHANNEL_KIOSK, n);
        return;
    case 4:
        hub_locks(s, n % 2 ? n : -s->hub.lh_t / 10);
        return;
    default:
        hub_sells(s, n);
        w->hub_sold_t += n * 10;
        return;
    }
}

static void center_writes(struct world *w)
{
    struct two_sites *s = &w->s;
    int64_t n = 1 + draw(w, 9);
    switch (draw(w, 7)) {
    case 0:
        center_sets(s, n);
        count(w, &s->center, -w->hub_told_t, -w->center_sold_t);
        break;
    case 1:
        center_status(s, n % 2 ? STATUS_SOLD_OUT : STATUS_ON_SALE);
        break;
    case 2:
        center_plans(s, n);
        break;
    case 3:
        center_limits(s, n % 2 ? CHANNEL_POS : CHANNEL_ONLINE_ORDER, n, (uint32_t)n);
        break;
    default:
        center_sells(s, n);
        w->center_sold_t += n * 10;
        break;
    }
    keep_row(w);
}

static void event_up(struct world *w, size_t i)
{
    event_arrives(&w->s, i);
    if (w->s.events[i].parts & PART_COUNTERS && -w->s.events[i].row.h_t > w->hub_told_t)
        w->hub_told_t = -w->s.events[i].row.h_t;
    keep_row(w);
}

static void row_down(struct world *w, size_t i)
{
    row_arrives(&w->s, &w->rows[i]);
    if (-w->rows[i].c_t > w->center_told_t)
        w->center_told_t = -w->rows[i].c_t;
}

/* Something comes through: usually the next event, sometimes one again; any row there ever was. */
static void delivery(struct world *w)
{
    struct two_sites *s = &w->s;
    if (draw(w, 2)) {
        size_t i = draw(w, 3) ? s->arrived : draw(w, (unsigned)s->arrived + 1);
        if (i < s->n_events)
            event_up(w, i);
    } else if (w->n_rows) {
        row_down(w, draw(w, 2) ? w->n_rows - 1 : draw(w, (unsigned)w->n_rows));
    }
}

static void clocks(struct world *w)
{
    static const int64_t off_ms[] = {0, 0, 40, -40, 400000, -400000, 12LL * 365 * 86400 * 1000};
    w->s.now_ms += draw(w, 50);
    if (draw(w, 10) == 0)
        w->s.hub_off_ms = off_ms[draw(w, 7)];
}

static void restores(struct world *w)
{
    if (draw(w, 20) == 0)
        w->due_ms = w->s.now_ms;
    if (w->due_ms && draw(w, 15) == 0)
        hub_restores(&w->s, w->due_ms);
    if (w->due_ms && draw(w, 15) == 0) {
        center_restores(&w->s, w->due_ms);
        keep_row(w);
    }
}

static void quiet(struct world *w)
{
    if (w->due_ms) {
        hub_restores(&w->s, w->due_ms);
        center_restores(&w->s, w->due_ms);
        keep_row(w);
    }
    while (w->s.arrived < w->s.n_events)
        event_up(w, w->s.arrived);
    if (w->n_rows)
        row_down(w, w->n_rows - 1);
}

static void step(struct world *w, bool with_restores)
{
    clocks(w);
    switch (draw(w, 4)) {
    case 0:
        hub_writes(w);
        break;
    case 1:
        center_writes(w);
        break;
    default:
        delivery(w);
        break;
    }
    if (with_restores)
        restores(w);
}

static void open_world(struct world *w, uint64_t seed)
{
    *w = (struct world){.seed = seed * 2654435761u + 1};
    sites_open(&w->s, 10);
    count(w, &w->s.hub, 0, 0);
}

static void assert_equal_sites(const struct world *w, uint64_t seed)
{
    char hub[DIGEST_TEXT], center[DIGEST_TEXT];
    if (digest_row(&w->s.hub) == digest_row(&w->s.center))
        return;
    int n_hub = (int)digest_text(&w->s.hub, hub), n_center = (int)digest_text(&w->s.center, center);
    print_error("schedule %llu\n hub    %.*s\n center %.*s\n", (unsigned long long)seed, n_hub, hub,
                n_center, center);
    fail();
}

/* P1, P2, P11 */
static void any_schedule_ends_with_equal_rows(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 0; seed < SCHEDULES; seed++) {
        open_world(w, seed);
        for (int i = 0; i < STEPS; i++)
            step(w, seed % 2);
        quiet(w);
        assert_equal_sites(w, seed);
        assert_int_equal(w->s.hub.h_t, -w->hub_sold_t);
        assert_int_equal(w->s.hub.c_t, -w->center_sold_t);
        assert_int_equal(stock_total(&w->s.hub), stock_total(&w->s.center));
        assert_true(str_eq(w->s.hub.gen_id, w->s.center.gen_id));
    }
}

/* No sale is lost and none counted twice: real is the winning count less every unit that whoever
 * counted had not seen. */
static void real_is_the_last_count_less_what_it_had_not_seen(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 0; seed < SCHEDULES; seed++) {
        open_world(w, seed);
        for (int i = 0; i < STEPS; i++)
            step(w, false);
        quiet(w);
        const struct count *last = NULL;
        for (size_t i = 0; i < w->n_counts; i++)
            if (str_eq(w->counts[i].id, w->s.center.base_id))
                last = &w->counts[i];
        assert_non_null(last);
        int64_t unseen_t = w->hub_sold_t + last->h_seen_t + w->center_sold_t + last->c_seen_t;
        assert_int_equal(stock_real(&w->s.hub), last->value_t - unseen_t);
    }
}

/* A row of a generation that the hub has not opened makes it restore first. */
static void take(struct stock_row *mine, const struct stock_row *row)
{
    int64_t due_ms = merge_restore_due(mine, row);
    if (due_ms > 0)
        restore_hub(mine, due_ms, row->gen_id, (struct position){7, SITES_EVENTS + 1});
    merge_center_row(mine, row);
}

/* Rows in any order and number are as good as the last one alone. */
static void any_order_of_rows_is_the_last_row(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 0; seed < SCHEDULES; seed++) {
        open_world(w, seed);
        for (int i = 0; i < STEPS; i++)
            step(w, seed % 2);
        if (w->n_rows == 0)
            continue;
        struct stock_row once = w->s.hub, many = once;
        take(&once, &w->rows[w->n_rows - 1]);
        for (int i = 0; i < 3 * REPEATS; i++)
            take(&many, &w->rows[draw(w, (unsigned)w->n_rows)]);
        take(&many, &w->rows[w->n_rows - 1]);
        for (int i = 0; i < REPEATS; i++)
            take(&many, &w->rows[draw(w, (unsigned)w->n_rows)]);
        assert_true(digest_row(&once) == digest_row(&many));
        assert_true(stock_real(&once) == stock_real(&many));
    }
}

/* A batch of events may be merged again and again, from anywhere in it. */
static void repeated_events_change_nothing(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 0; seed < SCHEDULES; seed++) {
        open_world(w, seed);
        for (int i = 0; i < STEPS; i++)
            step(w, seed % 2);
        struct stock_row once = w->s.center, many = once;
        for (size_t i = w->s.arrived; i < w->s.n_events; i++)
            merge_hub_event(&once, &w->s.events[i], w->s.now_ms);
        for (size_t i = w->s.arrived; i < w->s.n_events; i++) {
            merge_hub_event(&many, &w->s.events[i], w->s.now_ms);
            for (size_t k = draw(w, (unsigned)i + 1); k <= i; k++)
                merge_hub_event(&many, &w->s.events[k], w->s.now_ms + 5);
        }
        assert_true(digest_row(&once) == digest_row(&many));
    }
}

static int make_world(void **state)
{
    *state = malloc(sizeof(struct world));
    return *state ? 0 : -1;
}

static int drop_world(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_schedule_ends_with_equal_rows),
        cmocka_unit_test(real_is_the_last_count_less_what_it_had_not_seen),
        cmocka_unit_test(any_order_of_rows_is_the_last_row),
        cmocka_unit_test(repeated_events_change_nothing),
    };
    return cmocka_run_group_tests(tests, make_world, drop_world);
}
