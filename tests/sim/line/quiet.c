/* People rest, the network heals: then everything is acknowledged and applied within a bounded time
 * (P9), and both sides hold the same rows within three rounds of comparing (P1), which are the true
 * ones (P2, P7).
 */
#include <string.h>

#include "proto/digest.h"
#include "tests/sim/line/line.h"

#define ROUNDS     3
#define DRAINED_MS (4 * MINUTE_MS)  /* a lost answer is waited for, a hello spread, twice */
#define PULLED_MS  (16 * MINUTE_MS) /* where heads are rare, a lost push shows at the next pull */
#define POISON_MS  (6 * MINUTE_MS)

bool is_drained(struct world *w)
{
    const struct box *b = &w->box;
    const struct center_state *s = &w->center.s;
    if (!b->store || !b->opened || b->request || w->stray || b->pull.due || has_salvage(w))
        return false;
    struct journal_head head = box_head(w);
    return head.at.epoch == s->epoch && head.at.seq == s->acked && head.center_version == s->ver;
}

static void drain(struct world *w)
{
    int64_t since_ms = w->now_ms, most_ms = w->options.sparse ? PULLED_MS + DRAINED_MS : DRAINED_MS;
    uint32_t poison = w->n_poison > 0 ? w->n_poison - 1 : 0;
    plan(w, 0, COMES_TURN, 0);
    while (!is_drained(w) && world_step(w)) {
        if (!w->box.store)
            since_ms = w->now_ms;
        if (w->now_ms > since_ms + most_ms + POISON_MS * (w->n_poison - poison)) {
            struct journal_head head = {0};
            if (w->box.store)
                head = box_head(w);
            violation(w, "P9",
                      "after %lld ms of a good line: box at %llu, version %llu; center has %llu, "
                      "version %llu",
                      (long long)(w->now_ms - since_ms), (unsigned long long)head.at.seq,
                      (unsigned long long)head.center_version,
                      (unsigned long long)w->center.s.acked, (unsigned long long)w->center.s.ver);
        }
    }
}

/* ---- comparing ---- */

static void load(struct world *w, int item, struct stock_row *out, char text[DIGEST_TEXT + 1])
{
    struct txn *txn = box_look(w);
    stock_load(txn, item_object(item), out);
    text[digest_text(out, text)] = 0;
    txn_abort(txn);
}

static bool differs(struct world *w, int item)
{
    struct stock_row mine;
    char a[DIGEST_TEXT + 1], b[DIGEST_TEXT + 1];
    load(w, item, &mine, a);
    b[digest_text(&w->center.s.rows[item], b)] = 0;
    return strcmp(a, b) != 0;
}

/* The box says the row again, the center returns it (4.8). */
static void repair(struct world *w, int item)
{
    struct object object = item_object(item);
    trace(w, "box       item %d differs and is said again", item);
    say_rows_again(w, &(struct state_ask){.objects = &object, .n = 1});
    drain(w);
    struct cloud_row row = center_row(w, item, w->center.s.rows[item].c_ver);
    if (!w->broken)
        take_rows(w, &(struct center_rows){.rows = &row, .n = 1}, NULL);
}

static void show_difference(struct world *w, int item)
{
    struct stock_row mine;
    char a[DIGEST_TEXT + 1], b[DIGEST_TEXT + 1];
    load(w, item, &mine, a);
    b[digest_text(&w->center.s.rows[item], b)] = 0;
    violation(w, "P1", "after %d rounds the box has\n  %s\n  and the center\n  %s", ROUNDS, a, b);
}

static void compare(struct world *w)
{
    for (int round = 0; round <= ROUNDS && !w->broken; round++) {
        bool same = true;
        for (int i = 0; i < ITEMS && !w->broken; i++) {
            if (!differs(w, i))
                continue;
            same = false;
            if (round == ROUNDS)
                show_difference(w, i);
            else
                repair(w, i);
        }
        if (same)
            return;
        w->totals.rounds++;
    }
}

static bool waits(const struct center_state *s, const struct cmd_done *c)
{
    for (int i = 0; i < s->n_cmds[c->item]; i++)
        if (s->cmds[c->item][i].number == c->number)
            return true;
    return false;
}

/* What the center has heard to be done it asks for no more (P11). */
static void check_commands(struct world *w)
{
    for (uint32_t i = 0; i < w->truth.n_cmds; i++) {
        const struct cmd_done *c = &w->truth.cmds[i];
        if (waits(&w->center.s, c) && !truth_cmd_unheard(w, c))
            violation(w, "P11", "item %d: command c-%llu still waits", c->item,
                      (unsigned long long)c->number);
    }
}

/* Nobody goes back behind this moment any more. */
static void forget_past(struct world *w)
{
    for (uint32_t till = 0; till < TILLS; till++)
        if (w->tills[till].open)
            return; /* it knows an order by its place in the list */
    w->has_image = w->center.has_image = false;
    truth_prune(&w->truth);
}

void quiet(struct world *w)
{
    if (w->quiet || w->broken)
        return;
    w->quiet = true;
    trace(w, "people rest, the line is good");
    drain(w);
    compare(w);
    w->aside = false;
    if (!w->broken) {
        check_box(w, "P2");
        check_sales(w, "P3");
        check_drained(w);
        check_found_out(w);
        check_commands(w);
        if (w->options.sparse)
            forget_past(w);
    }
    trace(w, "both sides are equal");
    w->quiet = false;
}
