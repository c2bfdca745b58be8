/* Short partitions, one after the other on one line: both sides know the same few portions, the
 * line is cut, both sell, lock, count and receive, the line heals. What the center's cases then say
 * is compared with the truth.
 */
#include <stdlib.h>

#include "tests/sim/line/line.h"

static void fresh_counts(struct world *w)
{
    while (w->center.s.n_holds > 0)
        center_settles(w, 0, false);
    w->calm = true;
    for (uint32_t i = 0; i < w->truth.n_sales; i++)
        if (w->truth.sales[i].state == SALE_LOCKED)
            sale_cancel(w, i);
    w->calm = false;
    w->truth.n_sales = 0;
    for (int i = 0; i < ITEMS; i++)
        center_count(w, i, PORTION_T * dice_between(&w->people, 2, 10));
}

static void one_deed(struct world *w)
{
    uint64_t d = dice_below(&w->people, 100);
    int item = (int)dice_below(&w->people, ITEMS);
    if (d < 35)
        till_sells(w, 0, dice_chance(&w->people, 250));
    else if (d < 42)
        till_ends(w, 0, dice_chance(&w->people, 600));
    else if (d < 45)
        till_moves(w, 0, item,
                   PORTION_T *
                       (dice_chance(&w->people, 200) ? -1 : dice_between(&w->people, 1, 5)));
    else if (d < 48)
        till_counts(w, 0, item, PORTION_T * dice_between(&w->people, 0, 10));
    else if (d < 50)
        center_count(w, item, PORTION_T * dice_between(&w->people, 0, 10));
    else
        shopper_comes(w);
}

static void cut(struct world *w)
{
    int64_t span_ms = dice_between(&w->net, 5 * SECOND_MS, 5 * MINUTE_MS), end_ms;
    w->cut_until_ms = end_ms = w->now_ms + span_ms;
    w->totals.partitions++;
    trace(w, "the line is cut for %lld ms", (long long)span_ms);
    for (uint64_t deeds = dice_below(&w->people, 24); deeds > 0 && !w->broken; deeds--) {
        int64_t until_ms = w->now_ms + dice_between(&w->people, 1, span_ms / 20);
        one_deed(w);
        plan(w, until_ms - w->now_ms, COMES_TURN, 0);
        while (w->now_ms < until_ms && world_step(w))
            ;
    }
}

static void judge(struct world *w)
{
    struct totals *t = &w->totals;
    for (int i = 0; i < ITEMS; i++) {
        const struct stock_row *row = &w->center.s.rows[i];
        const struct shortage *k = &w->center.s.cases[i];
        int64_t real_t = 0, found_t = k->open ? k->over_t : 0;
        truth_real(w, i, row->base_id, &real_t);
        int64_t true_t = real_t < 0 ? -real_t : 0;
        t->true_t += (uint64_t)true_t;
        t->found_t += (uint64_t)found_t;
        t->right_t += (uint64_t)(true_t < found_t ? true_t : found_t);
        t->wrong_cases += true_t != found_t;
    }
}

struct totals partitions_run(const struct line_options *options)
{
    struct world *w = malloc(sizeof *w);
    if (!w)
        abort();
    world_open(w, options);
    while (w->totals.partitions < (uint64_t)options->partitions && !w->broken) {
        fresh_counts(w);
        quiet(w);
        cut(w);
        quiet(w);
        if (!w->broken)
            judge(w);
    }
    struct totals totals = w->totals;
    world_close(w);
    free(w);
    return totals;
}
