/* A claim comes into the books (sync-protocol 3.7): the epoch is opened, the center's rows are
 * taken with their H, and what only this store knows is said again under the new epoch. All of it
 * is one transaction: a claim is there or it is not.
 *
 *   part of a row                   | what stands afterwards
 *   H, Xr                           | the center's; a row it has not keeps ours
 *   Lh                              | ours: the sum of the open orders
 *   used                            | the greater one: nobody may sell past a cap
 *   base, status, plan, channels    | the center's, unless we wrote later and it has not judged
 * that
 *
 * At the end ROW_STATE says the counters of every row, so that both sides have the same.
 */
#include "edge/books/arrival.h"
#include "edge/books/center.h"
#include "edge/books/claim.h"
#include "edge/books/policy.h"
#include "edge/books/rights.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- the epoch ---- */

static void open_epoch(struct turn *t)
{
    const struct center_claim *in = t->c->claim;
    struct journal *j = &t->b->j;
    char buf[512 + 6 * LIMIT_NOTE];
    struct jw w;
    j->head.at.epoch = in->epoch - 1;
    j->head.center_version = in->ver;
    j->head.fenced = false;
    journal_open_epoch(j, &t->b->config->identity);
    jw_init(&w, buf, sizeof buf);
    jw_open(&w, '{');
    jw_kstring(&w, "box_id", in->box_id);
    jw_kstring(&w, "device", t->c->who.device);
    jw_kint(&w, "epoch", in->epoch);
    jw_kstring(&w, "reason", in->why);
    jw_close(&w, '}');
    assert(jw_ok(&w));
    t->out->at = journal_append(j, EVENT_EPOCH_OPEN, t->c->wall_ms, jw_text(&w));
    turn_change(t, (struct change){.kind = CHANGE_HUB});
}

/* ---- what the center has not judged ---- */

static bool is_unjudged(const struct turn *t, struct position op)
{
    return position_cmp(op, t->c->claim->acked) > 0;
}

static bool is_ours(const struct turn *t, struct position op, struct stamp mine,
                    struct stamp theirs)
{
    return is_unjudged(t, op) && stamp_cmp(mine, theirs) > 0;
}

/* What a restore wrote that both sides have done is nobody's, whatever time each gives it. */
static bool is_restored(const struct stock_row *mine, const struct stock_row *theirs,
                        struct stamp written)
{
    return written.origin == ORIGIN_TIMER && str_eq(mine->gen_id, theirs->gen_id);
}

static unsigned parts_of_ours(const struct turn *t, const struct stock_row *mine,
                              const struct stock_row *theirs)
{
    unsigned parts = 0;
    if (is_ours(t, mine->base_op, mine->base_stamp, theirs->base_stamp) &&
        !is_restored(mine, theirs, mine->base_stamp))
        parts |= PART_BASE;
    if (is_ours(t, mine->status_op, mine->status_stamp, theirs->status_stamp) &&
        !is_restored(mine, theirs, mine->status_stamp))
        parts |= PART_STATUS;
    if (is_ours(t, mine->plan_op, mine->plan_stamp, theirs->plan_stamp))
        parts |= PART_PLAN;
    return parts;
}

static bool channel_is_ours(const struct turn *t, const struct stock_channel *mine,
                            struct stock_row *theirs)
{
    const struct stock_channel *ch = stock_channel_coded(theirs, mine->code);
    struct stamp none = {0};
    return is_ours(t, mine->op, mine->stamp, ch ? ch->stamp : none);
}

static bool has_unjudged(const struct turn *t, const struct stock_row *r)
{
    bool any =
        is_unjudged(t, r->base_op) || is_unjudged(t, r->status_op) || is_unjudged(t, r->plan_op);
    for (uint16_t i = 0; i < r->n_channels; i++)
        any |= is_unjudged(t, r->channels[i].op);
    return any;
}

/* ---- said again ---- */

static void say_channel(struct turn *t, struct touched *row, const struct stock_channel *ours)
{
    enum channel c;
    struct stock_channel *ch = NULL;
    if (channel_parse(ours->code, &c))
        ch = stock_channel(&row->row, c);
    if (!ch)
        return;
    ch->status = ours->status;
    ch->type = ours->type;
    ch->limit_t = ours->limit_t;
    ch->weight = ours->weight;
    ch->reserve_t = ours->reserve_t;
    stock_say_channel(t, row, c, ch);
}

/* A count is said as what it amounts to now: what was sold since is in it. */
static void say_parts(struct turn *t, struct touched *row, const struct stock_row *ours,
                      unsigned parts)
{
    t->n_moves = 0;
    if (parts & PART_PLAN) {
        row->row.auto_restore = ours->auto_restore;
        row->row.repeat = ours->repeat;
        row->row.restore_at_ms = ours->restore_at_ms;
        stock_say_plan(t, row, ours->type == STOCK_LIMITED, ours->plan_t);
    }
    if (parts & PART_BASE)
        stock_say_count(t, row, stock_real(ours), false);
    if (parts & PART_STATUS)
        stock_say_status(t, row, ours->status == STATUS_ON_SALE);
    rights_follow(t, row);
}

static void save_said(struct turn *t, struct touched *row, const struct stock_row *before)
{
    row_shares_follow(t, row, before);
    row_timers_arm(t, before, &row->row);
    row->row.h_at = t->out->at;
    turn_save_row(t, &row->row, t->out->at);
}

/* ---- a row of the center ---- */

static void keep_used(struct stock_row *row, const struct stock_row *ours)
{
    if (row->gen != ours->gen)
        return;
    for (uint16_t i = 0; i < ours->n_channels; i++) {
        struct stock_channel *ch = stock_channel_coded(row, ours->channels[i].code);
        if (ch && ch->used_t < ours->channels[i].used_t)
            ch->used_t = ours->channels[i].used_t;
    }
}

static void take_row(struct turn *t, const struct cloud_row *theirs)
{
    struct stock_row said = theirs->row;
    struct row_copy mine;
    if (!theirs->has_x || !row_copy_load(t, said.object, &mine))
        return;
    struct stock_row ours = mine.row.row;
    bool channels = false;
    unsigned parts = parts_of_ours(t, &ours, &said);
    said.c_ver = theirs->over;
    said.h_at = (struct position){t->c->claim->epoch, 0};
    mine.row.row.c_ver = 0;
    struct arrival a = arrival_begin(t, &mine.row);
    a.deleted = theirs->deleted;
    a.merge = merge_center_row(&mine.row.row, &said);
    mine.row.row.mode_in_force = said.mode_in_force; /* what nobody acknowledged is still wished */
    keep_used(&mine.row.row, &ours);
    arrival_end(t, &a);
    rights_arrive(t, &mine.row, theirs);
    struct stock_row before = mine.row.row;
    say_parts(t, &mine.row, &ours, parts);
    for (uint16_t i = 0; i < ours.n_channels; i++) {
        if (!channel_is_ours(t, &ours.channels[i], &said))
            continue;
        say_channel(t, &mine.row, &ours.channels[i]);
        channels = true;
    }
    if (parts || channels)
        save_said(t, &mine.row, &before);
}

/* ---- a row that the center has not ---- */

static void drop_row(struct turn *t, struct row_copy *mine)
{
    int64_t lh_t = mine->row.row.lh_t;
    struct arrival a = arrival_begin(t, &mine->row);
    a.deleted = true;
    row_make_plain(&mine->row.row);
    mine->row.row.lh_t = lh_t;
    arrival_end(t, &a);
}

static void say_row(struct turn *t, struct row_copy *mine)
{
    struct stock_row ours = mine->row.row;
    unsigned parts = ours.type == STOCK_LIMITED ? PART_PLAN | PART_BASE : 0;
    if (ours.auto_restore == 1)
        parts |= PART_PLAN;
    if (ours.status != STATUS_ON_SALE)
        parts |= PART_STATUS;
    mine->row.row.c_ver = 0;
    say_parts(t, &mine->row, &ours, parts);
    for (uint16_t i = 0; i < ours.n_channels; i++)
        if (!ours.channels[i].deleted && ours.channels[i].stamp.l_ms)
            say_channel(t, &mine->row, &ours.channels[i]);
    save_said(t, &mine->row, &ours);
}

/* It has deleted what it once had; what it never had, or we changed since, is ours to tell. */
static void keep_row(struct turn *t, struct object object)
{
    struct row_copy mine;
    if (!row_copy_load(t, object, &mine))
        return;
    const struct stock_row *r = &mine.row.row;
    if (r->c_ver == 0 || has_unjudged(t, r))
        say_row(t, &mine);
    else
        drop_row(t, &mine);
}

static int object_cmp(const void *pa, const void *pb)
{
    const struct object *a = pa, *b = pb;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static void keep_others(struct turn *t)
{
    const struct center_claim *in = t->c->claim;
    size_t n;
    struct object *mine = rows_noted(t, NULL, &n);
    struct object *theirs = arena_alloc(t->scratch, in->n * sizeof *theirs);
    if (!mine || !theirs)
        return;
    for (uint32_t i = 0; i < in->n; i++)
        theirs[i] = in->rows[i].row.object;
    qsort(theirs, in->n, sizeof *theirs, object_cmp);
    for (size_t i = 0; i < n; i++)
        if (!bsearch(&mine[i], theirs, in->n, sizeof *theirs, object_cmp))
            keep_row(t, mine[i]);
}

/* ---- the counters of all rows ---- */

static void say_states(struct turn *t)
{
    size_t n;
    struct object *list = rows_noted(t, NULL, &n);
    if (list)
        states_say(t, list, n);
}

/* ---- the command ---- */

enum code center_claim_verb(struct turn *t)
{
    const struct center_claim *in = t->c->claim;
    assert(in && in->n <= LIMIT_ITEMS);
    if (in->epoch <= t->b->j.head.at.epoch || in->epoch <= t->c->seen_epoch)
        return turn_refuse(t, CODE_BAD_REQUEST, "the center's epoch is not above ours");
    open_epoch(t);
    for (uint32_t i = 0; i < in->n && txn_error(t->b->txn) == PH_OK; i++)
        take_row(t, &in->rows[i]);
    keep_others(t);
    claim_orders(t);
    say_states(t);
    t->out->applied_ver = in->ver;
    return CODE_OK;
}
