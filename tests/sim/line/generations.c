/* What the truth knows of generations: which one the box is in, where both sides have cut, which
 * due times its clock has passed and which of them it has restored at. Told by the journal, and the
 * due times by the zone's own list of changes.
 */
#include <stdlib.h>
#include <string.h>

#include "edge/books/restore.h"
#include "proto/merge.h"
#include "tests/sim/line/line.h"

static void text_of(struct str s, char out[GEN_TEXT])
{
    snprintf(out, GEN_TEXT, "%.*s", (int)s.n, s.p);
}

/* ---- cuts ---- */

static struct cut *cut_of(struct row_truth *r, const char *id)
{
    for (int i = 0; i < r->n_cuts; i++)
        if (strcmp(r->cuts[i].id, id) == 0)
            return &r->cuts[i];
    if (r->n_cuts == CUTS)
        memmove(&r->cuts[0], &r->cuts[1], (size_t)--r->n_cuts * sizeof r->cuts[0]);
    struct cut *c = &r->cuts[r->n_cuts++];
    *c = (struct cut){.hub = false};
    snprintf(c->id, sizeof c->id, "%s", id);
    return c;
}

void truth_center_cut(struct world *w, int item, const char *id)
{
    struct row_truth *r = &w->truth.rows[item];
    struct cut *c = cut_of(r, id);
    c->center = true;
    c->c_t = truth_center_sum(r) - w->center.s.rows[item].lc_t;
}

void truth_taken_back(struct world *w, int item, int64_t due_ms, struct position at)
{
    struct row_truth *r = &w->truth.rows[item];
    for (int i = 0; i < r->n_cuts; i++)
        if (restore_ms(str_of(r->cuts[i].id)) > due_ms && position_cmp(r->cuts[i].at, at) < 0)
            r->cuts[i].hub = r->cuts[i].center = false;
}

void truth_takeover(struct world *w, int item, const char *id, struct position at)
{
    struct row_truth *r = &w->truth.rows[item];
    struct cut *c = cut_of(r, id);
    *c = (struct cut){.hub = true, .center = true, .at = at};
    snprintf(c->id, sizeof c->id, "%s", id);
    c->c_t = truth_center_sum(r);
    c->h_t = truth_hub_sum_at(r, at);
}

/* ---- restores ---- */

static bool counts(const struct restored *d)
{
    return !d->aside && d->found_ms == 0;
}

static bool is_done(const struct truth *t, int item, int64_t due_ms)
{
    for (uint32_t i = t->n_restored; i > 0; i--)
        if (t->restored[i - 1].item == item && t->restored[i - 1].due_ms >= due_ms &&
            counts(&t->restored[i - 1]))
            return true;
    return false;
}

static void note_restored(struct world *w, int item, int64_t due_ms, struct position at)
{
    struct truth *t = &w->truth;
    for (uint32_t i = 0; i < t->n_restored; i++)
        if (t->restored[i].item == item && t->restored[i].due_ms == due_ms &&
            counts(&t->restored[i]))
            violation(w, "P12", "item %d is restored twice at %lld", item, (long long)due_ms);
    t->restored = truth_grow(t->restored, t->n_restored, &t->cap_restored, sizeof *t->restored);
    t->restored[t->n_restored++] = (struct restored){.item = item, .due_ms = due_ms, .at = at};
}

/* It is not done after all, and may have to be done again. Returns how many due times that are. */
static uint64_t due_again(struct truth *t, const struct restored *r)
{
    uint32_t kept = 0, had = t->n_due;
    for (uint32_t i = 0; i < had; i++)
        if (t->due[i].item != r->item || t->due[i].due_ms != r->due_ms)
            t->due[kept++] = t->due[i];
    t->n_due = kept;
    return had - kept;
}

void truth_restore_void(struct world *w, struct position at)
{
    struct truth *t = &w->truth;
    for (uint32_t i = 0; i < t->n_restored; i++)
        if (position_cmp(t->restored[i].at, at) == 0) {
            t->restored[i].aside = true;
            w->totals.aside += due_again(t, &t->restored[i]);
        }
    for (int item = 0; item < ITEMS; item++)
        for (int i = 0; i < t->rows[item].n_cuts; i++)
            if (position_cmp(t->rows[item].cuts[i].at, at) == 0)
                t->rows[item].cuts[i].hub = false;
}

void truth_restores_lost(struct world *w, struct position after)
{
    struct truth *t = &w->truth;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->n_restored; i++)
        if (position_cmp(t->restored[i].at, after) <= 0)
            t->restored[kept++] = t->restored[i];
        else {
            w->totals.lost += due_again(t, &t->restored[i]);
            strict_hub_lost(w, t->restored[i].item, t->restored[i].due_ms);
        }
    t->n_restored = kept;
    kept = 0;
    for (uint32_t i = 0; i < t->n_cmds; i++)
        if (position_cmp(t->cmds[i].at, after) <= 0 && !truth_cmd_unheard(w, &t->cmds[i]))
            t->cmds[kept++] = t->cmds[i];
    t->n_cmds = kept;
    for (int item = 0; item < ITEMS; item++)
        for (int i = 0; i < t->rows[item].n_cuts; i++)
            if (position_cmp(t->rows[item].cuts[i].at, after) > 0)
                t->rows[item].cuts[i].hub = false;
}

bool truth_cmd_unheard(const struct world *w, const struct cmd_done *c)
{
    return position_cmp(w->center.s.told_at[c->item], c->at) < 0;
}

static bool is_kept(const struct truth *image, const struct sale *s)
{
    for (uint32_t i = 0; image && i < image->n_sales; i++)
        if (strcmp(image->sales[i].id, s->id) == 0)
            return true;
    return false;
}

void truth_locks_lost(struct world *w, const struct truth *image)
{
    for (uint32_t i = 0; i < w->truth.n_sales; i++) {
        const struct sale *s = &w->truth.sales[i];
        for (int n = 0; n < s->n && s->state == SALE_LOCKED && !is_kept(image, s); n++)
            if (s->gen[n] == w->truth.rows[s->item[n]].gen_n)
                strict_hub(w, s->item[n], s->q_t[n], 0);
    }
}

static void restored(struct world *w, int item, const struct event *e, const struct json *body)
{
    struct row_truth *r = &w->truth.rows[item];
    int64_t due_ms = json_integer_at(body, "due_at_ms");
    snprintf(r->gen, sizeof r->gen, "R:%lld", (long long)due_ms);
    r->gen_n = ++w->n_gens;
    memset(r->used_t, 0, sizeof r->used_t);
    trace(w, "box       restores item %d at %s", item, r->gen);
    if (r->strict)
        strict_hub_opens(w, item, r->gen, false);
    if (w->stray)
        return;
    struct cut *c = cut_of(r, r->gen);
    c->hub = true;
    c->h_t = r->box_h_t - r->locked_t;
    c->at = e->at;
    note_restored(w, item, due_ms, e->at);
}

/* ---- what the journal says ---- */

static void mode_acked(struct world *w, int item, const struct json *body)
{
    bool strict = str_eq(json_string(json_get(body, "mode")), STR("STRICT"));
    trace(w, "box       says that item %d is %s", item, strict ? "STRICT" : "LOOSE");
    if (strict)
        strict_hub_opens(w, item, w->truth.rows[item].gen, true);
    else
        strict_hub_ends(w, item);
}

/* Each command of the center once (P11). */
static void cmd_done(struct world *w, int item, struct str id, struct position at)
{
    struct truth *t = &w->truth;
    uint64_t number = strtoull(id.p + 2, NULL, 10);
    for (uint32_t i = 0; i < t->n_cmds && !w->stray; i++)
        if (t->cmds[i].number == number)
            violation(w, "P11", "command c-%llu is carried out again", (unsigned long long)number);
    t->cmds = truth_grow(t->cmds, t->n_cmds, &t->cap_cmds, sizeof *t->cmds);
    t->cmds[t->n_cmds++] = (struct cmd_done){number, item, at};
}

/* By a command, or by a count from before the claim that tells of it. What a box was commanded that
 * was rolled back the store is told again. */
static void adjusted(struct world *w, int item, const struct event *e, const struct json *body)
{
    int64_t q_t = json_integer_at(body, "q_t");
    if (json_get(body, "cmd"))
        cmd_done(w, item, json_string(json_get(body, "cmd")), e->at);
    trace(w, "box       is commanded item %d: %lld", item, (long long)q_t);
    if (w->stray) {
        w->truth.rows[item].box_h_t += q_t;
        return;
    }
    truth_moved(w, item, q_t, e->at);
    strict_hub(w, item, q_t, q_t < 0 ? -q_t : 0);
}

/* The count that a claim says again: what the store moves from then on is of the generation that
 * the center will open. */
static void counted_again(struct world *w, int item, uint32_t epoch)
{
    char id[GEN_TEXT];
    snprintf(id, sizeof id, "T:%u", epoch);
    if (w->truth.rows[item].strict)
        strict_hub_opens(w, item, id, true);
}

static void event(struct world *w, const struct event *e, bool claims)
{
    bool counts = claims && e->kind == EVENT_STOCK_SET;
    if (!counts && e->kind != EVENT_RESTORE && e->kind != EVENT_MODE_ACK &&
        e->kind != EVENT_STOCK_ADJUST && e->kind != EVENT_LEASE_RETURN)
        return;
    struct json *body = json_parse(e->body.p, e->body.n, &JSON_IMPORT, NULL);
    int64_t id = body ? json_integer_at(body, "object_id") : 0;
    int item = item_of((struct object){OBJECT_SKU, id});
    if (item < 0)
        abort();
    if (e->kind == EVENT_RESTORE)
        restored(w, item, e, body);
    else if (e->kind == EVENT_MODE_ACK)
        mode_acked(w, item, body);
    else if (counts)
        counted_again(w, item, e->at.epoch);
    else if (e->kind == EVENT_STOCK_ADJUST && (claims || json_get(body, "cmd")))
        adjusted(w, item, e, body);
    else if (e->kind == EVENT_LEASE_RETURN && json_get(body, "cmd"))
        cmd_done(w, item, json_string(json_get(body, "cmd")), e->at);
    json_free(body);
}

static void read_journal(struct world *w, struct position at, bool claims)
{
    struct event e;
    struct txn *txn = box_look(w);
    for (at.seq++; journal_read(txn, at, &e); at.seq++)
        event(w, &e, claims);
    txn_abort(txn);
}

void truth_gens_left(struct world *w, const struct work *k)
{
    if (w->rules && k->before.epoch != k->after.epoch)
        read_journal(w, k->before, false);
}

/* ---- generations that the box takes over from the center ---- */

/* The center's restore, or count: nothing of before is due any more. */
static void taken_over(struct world *w, int item, const struct stock_row *row)
{
    struct truth *t = &w->truth;
    if (row->restored_ms == 0 || is_done(t, item, row->restored_ms) || w->stray)
        return;
    t->restored = truth_grow(t->restored, t->n_restored, &t->cap_restored, sizeof *t->restored);
    t->restored[t->n_restored++] =
        (struct restored){.item = item, .due_ms = row->restored_ms, .at = row->at};
}

static bool adopt(struct world *w, int item, const struct stock_row *row, bool claimed)
{
    struct row_truth *r = &w->truth.rows[item];
    char id[GEN_TEXT];
    text_of(row->gen_id, id);
    bool same = strcmp(id, r->gen) == 0;
    if (same && !claimed)
        return false;
    if (!same)
        r->gen_n = ++w->n_gens;
    if (r->strict && restore_ms(row->gen_id) < restore_ms(str_of(r->gen)))
        strict_hub_back(w, item, r->gen, id);
    snprintf(r->gen, sizeof r->gen, "%s", id);
    struct stock_row copy = *row;
    r->used_t[HUB_POS] = stock_channel(&copy, CHANNEL_POS)->used_t;
    r->used_t[HUB_KIOSK] = stock_channel(&copy, CHANNEL_KIOSK)->used_t;
    trace(w, "box       is in generation '%s' of item %d", id, item);
    taken_over(w, item, row);
    if (rights_strict(row))
        strict_hub_follows(w, item, id);
    else if (r->strict)
        strict_hub_ends(w, item);
    return true;
}

/* ---- due times ---- */

static bool same_schedule(const struct stock_row *a, const struct stock_row *b)
{
    return a->auto_restore == b->auto_restore && a->repeat == b->repeat &&
           a->restore_at_ms == b->restore_at_ms && a->mode_in_force == b->mode_in_force;
}

/* The row is in a generation by a clock that was found out, and the box has not heard whether the
 * center follows. */
static bool is_unsure(const struct world *w, int item)
{
    const struct truth *t = &w->truth;
    for (uint32_t i = 0; i < t->n_restored; i++)
        if (t->restored[i].item == item && t->restored[i].found_ms != 0 &&
            t->restored[i].due_ms == restore_ms(str_of(t->rows[item].gen)))
            return true;
    return false;
}

/* The latest one of the schedule that the command has found, by the clock that it has. In STRICT
 * neither such a clock opens a generation, nor one in doubt. */
static int64_t due_at(const struct world *w, int item, const struct work *k)
{
    const struct stock_row *row = &k->rows[item];
    bool doubted =
        clock_doubted(k->command.clock_suspect, k->command.wall_lead_ms) || is_unsure(w, item);
    if (k->no_command || w->stray || row->auto_restore != 1 ||
        !same_schedule(row, &k->rows_before[item]) ||
        (doubted && row->mode_in_force == MODE_STRICT))
        return 0;
    return zone_due(&w->zone, row->restore_at_ms, row->repeat == 1, k->command.wall_ms);
}

/* A later one is done, also where the box has not heard yet that the center put that aside; or the
 * box has found out that its clock was wildly ahead, and takes a later time for its last. */
static bool is_behind(const struct row_truth *r, const struct restored *d, int64_t due_ms)
{
    if (d->found_ms)
        return d->found_ms >= due_ms;
    if (d->aside && restore_ms(str_of(r->gen)) != d->due_ms)
        return false;
    return d->due_ms >= due_ms + !d->aside;
}

/* It is noted, or a later one is done: by another schedule, or by a clock that was ahead. */
static bool is_past(const struct truth *t, int item, int64_t due_ms)
{
    for (uint32_t i = t->n_due; i > 0; i--)
        if (t->due[i - 1].item == item && t->due[i - 1].due_ms >= due_ms)
            return true;
    for (uint32_t i = t->n_restored; i > 0; i--) {
        const struct restored *d = &t->restored[i - 1];
        if (d->item == item && is_behind(&t->rows[item], d, due_ms))
            return true;
    }
    return false;
}

static uint32_t times_done(const struct truth *t, int item, int64_t due_ms)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n_restored; i++)
        n += t->restored[i].item == item && t->restored[i].due_ms == due_ms &&
             counts(&t->restored[i]);
    return n;
}

static bool is_wild(const struct truth *t, int item, int64_t after_ms)
{
    for (uint32_t i = 0; i < t->n_restored; i++)
        if (t->restored[i].item == item && counts(&t->restored[i]) &&
            t->restored[i].due_ms > after_ms)
            return true;
    return false;
}

/* What a clock has done that was further ahead than anybody follows the box may find out, and says
 * then that an earlier time was the last: those after it are due again. */
static void found_out(struct world *w, int item, const struct work *k)
{
    struct truth *t = &w->truth;
    int64_t now_ms = wall_latest_ms(k->command.wall_ms, k->command.wall_lead_ms);
    int64_t last_ms = k->rows[item].restored_ms, wild_ms = now_ms + RESTORE_AHEAD_MS;
    bool any =
        !k->no_command && !w->stray && is_wild(t, item, wild_ms > last_ms ? wild_ms : last_ms);
    for (uint32_t i = 0; i < t->n_restored && any; i++) {
        struct restored *d = &t->restored[i];
        if (d->item != item || !counts(d) || d->due_ms <= last_ms)
            continue;
        trace(w, "box       was wildly ahead when it restored item %d", item);
        w->totals.wild += due_again(t, d);
        d->found_ms = last_ms;
    }
}

/* The center has taken that restore after all, and the box has heard of it: it is done. */
static void done_after_all(struct world *w, int item, const struct stock_row *row)
{
    struct truth *t = &w->truth;
    for (uint32_t i = 0; i < t->n_restored; i++) {
        struct restored *d = &t->restored[i];
        if (d->item == item && !d->aside && d->found_ms != 0 && row->agreed_ms >= d->due_ms &&
            restore_ms(row->gen_id) == d->due_ms && times_done(t, item, d->due_ms) == 0)
            d->found_ms = 0;
    }
}

void check_found_out(struct world *w)
{
    struct stock_row row;
    int64_t center_at_ms = w->center.hlc.l_ms; /* as in rules_ahead */
    struct txn *txn = box_look(w);
    for (int i = 0; i < ITEMS; i++)
        if (stock_load(txn, item_object(i), &row) &&
            row.restored_ms > center_at_ms + RESTORE_AHEAD_MS)
            violation(w, "RESTORE", "item %d waits until %lld, the center has %lld", i,
                      (long long)row.restored_ms, (long long)center_at_ms);
    txn_abort(txn);
}

/* A due time that the box's clock has passed is restored at before anything else (1.7). What a
 * command has brought, a row of the center or a schedule, is due at the next one. */
static void check_due(struct world *w, int item, const struct work *k)
{
    struct truth *t = &w->truth;
    int64_t due_ms = due_at(w, item, k);
    if (due_ms == 0 || is_past(t, item, due_ms))
        return;
    t->due = truth_grow(t->due, t->n_due, &t->cap_due, sizeof *t->due);
    t->due[t->n_due++] = (struct due){item, due_ms};
    if (times_done(t, item, due_ms) == 0)
        violation(w, "RESTORE", "item %d was due at %lld, it is %lld", item, (long long)due_ms,
                  (long long)k->command.wall_ms);
}

void truth_sum_restores(struct world *w)
{
    const struct truth *t = &w->truth;
    for (uint32_t i = 0; i < t->n_due; i++) {
        const struct due *d = &t->due[i];
        uint32_t n = times_done(t, d->item, d->due_ms);
        if (n != 1)
            violation(w, "RESTORE", "item %d was due at %lld, and restored %u times", d->item,
                      (long long)d->due_ms, n);
        w->totals.due++;
        w->totals.executed += n == 1;
        w->totals.twice += n > 1;
        w->totals.missed += n == 0;
    }
}

void truth_gens(struct world *w, const struct work *k)
{
    bool claims = k->command.verb == VERB_CENTER_CLAIM, adopted[ITEMS] = {false};
    if (!w->rules)
        return;
    for (int item = 0; item < ITEMS && claims; item++)
        adopted[item] = adopt(w, item, &k->rows[item], true);
    struct position from = {k->after.epoch, 0};
    read_journal(w, k->before.epoch == from.epoch ? k->before : from, claims);
    for (int item = 0; item < ITEMS; item++) {
        found_out(w, item, k);
        done_after_all(w, item, &k->rows[item]);
        adopted[item] |= adopt(w, item, &k->rows[item], false);
        if (!adopted[item])
            check_due(w, item, k);
    }
}
