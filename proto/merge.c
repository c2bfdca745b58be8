#include "proto/merge.h"

#include "proto/rights.h"

/* ---- stamps ---- */

struct stamp merge_stamp_bounded(struct stamp s, int64_t center_ms)
{
    int64_t most_ms = center_ms + (s.origin == ORIGIN_HUB ? STAMP_AHEAD_MAX_MS : 0);
    if (s.origin == ORIGIN_CENTER || s.l_ms <= most_ms)
        return s;
    return (struct stamp){most_ms, 0, s.origin};
}

struct stamp merge_stamp_after(struct stamp seen, struct hlc now, enum origin origin)
{
    struct stamp s = {now.l_ms, now.c, origin};
    if (stamp_cmp(s, seen) > 0)
        return s;
    struct hlc next = hlc_tick((struct hlc){seen.l_ms, seen.c}, seen.l_ms);
    return (struct stamp){next.l_ms, next.c, origin};
}

/* The hub's write against another: between two of its own it is the later one that got here. */
static bool hub_wins(struct stamp hub, struct stamp other)
{
    if (hub.origin == ORIGIN_HUB && other.origin == ORIGIN_HUB)
        return true;
    return stamp_cmp(hub, other) >= 0;
}

static struct stamp later(struct stamp a, struct stamp b)
{
    return stamp_cmp(a, b) >= 0 ? a : b;
}

/* ---- parts that both directions copy ---- */

static void copy_plan(struct stock_row *to, const struct stock_row *from)
{
    to->type = from->type;
    to->plan_t = from->plan_t;
}

static void copy_restore(struct stock_row *to, const struct stock_row *from)
{
    to->auto_restore = from->auto_restore;
    to->repeat = from->repeat;
    to->restore_at_ms = from->restore_at_ms;
}

static void copy_channel(struct stock_channel *to, const struct stock_channel *from)
{
    to->status = from->status;
    to->type = from->type;
    to->limit_t = from->limit_t;
    to->deleted = from->deleted;
}

static void copy_shares(struct stock_channel *to, const struct stock_channel *from)
{
    to->weight = from->weight;
    to->reserve_t = from->reserve_t;
}

static void copy_base(struct stock_row *to, const struct stock_row *from)
{
    to->base_id = from->base_id;
    to->base_t = from->base_t;
    to->base_h_t = from->base_h_t;
    to->base_c_t = from->base_c_t;
    to->base_hf = from->base_hf;
    to->base_cf = from->base_cf;
}

/* The two cuts of one base (1.7): a final one beats a provisional one, and between equals the side
 * whose counter it is knows better. */
static void merge_cut_h(struct stock_row *to, const struct stock_row *from, bool from_knows)
{
    if (from->base_hf == to->base_hf ? !from_knows : !from->base_hf)
        return;
    to->base_h_t = from->base_h_t;
    to->base_hf = from->base_hf;
}

static void merge_cut_c(struct stock_row *to, const struct stock_row *from, bool from_knows)
{
    if (from->base_cf == to->base_cf ? !from_knows : !from->base_cf)
        return;
    to->base_c_t = from->base_c_t;
    to->base_cf = from->base_cf;
}

/* "On sale, unlimited", by nobody: what it used goes on counting, and what it holds back until the
 * shares are counted anew. */
static void channel_make_plain(struct stock_channel *ch)
{
    *ch = (struct stock_channel){.code = ch->code,
                                 .status = STATUS_ON_SALE,
                                 .type = STOCK_UNLIMITED,
                                 .used_t = ch->used_t,
                                 .m_t = ch->m_t};
}

/* The entry of that code, made when missing; a made one says "on sale, unlimited" and wins over
 * nothing. NULL: the row is full. */
static struct stock_channel *channel_for(struct stock_row *row, struct str code)
{
    struct stock_channel *ch = stock_channel_coded(row, code);
    if (ch || row->n_channels == STOCK_CHANNELS)
        return ch;
    ch = &row->channels[row->n_channels++];
    *ch = (struct stock_channel){.code = code, .status = STATUS_ON_SALE, .type = STOCK_UNLIMITED};
    return ch;
}

/* ---- at the center: a hub event ---- */

/* Decides one register: true when the event's write takes it. The stamp never goes back. */
static bool event_takes(struct stamp *kept, struct stamp theirs, struct merge *m, unsigned part,
                        int64_t center_ms)
{
    struct stamp s = merge_stamp_bounded(theirs, center_ms);
    bool takes = hub_wins(s, *kept);
    if (takes)
        *kept = later(s, *kept);
    else
        m->superseded |= part;
    m->differs |= stamp_cmp(*kept, theirs) != 0;
    return takes;
}

/* A restore gives the base where it opens its generation. Where that was open, or a later one is,
 * and the base is another's, that one was said after it, whatever the stamps: the clock by which
 * the hub has restored ahead of the center is not in them (merge_stamp_bounded). */
static bool event_says_base(struct stock_row *row, const struct hub_effect *e, struct merge *m,
                            int64_t center_ms)
{
    if (e->parts & PART_GEN) {
        m->superseded |= PART_BASE;
        return false;
    }
    return event_takes(&row->base_stamp, e->row.base_stamp, m, PART_BASE, center_ms);
}

static void event_base(struct stock_row *row, const struct hub_effect *effect, struct merge *m,
                       int64_t center_ms)
{
    const struct stock_row *e = &effect->row;
    if (str_eq(row->base_id, e->base_id)) {
        if (row->mode_in_force != MODE_STRICT &&
            stamp_cmp(merge_stamp_bounded(e->plan_stamp, center_ms), row->plan_stamp) > 0)
            row->base_t = e->base_t;
        merge_cut_h(row, e, true);
        merge_cut_c(row, e, false);
        m->differs |=
            row->base_t != e->base_t || row->base_c_t != e->base_c_t || row->base_cf != e->base_cf;
    } else if (event_says_base(row, effect, m, center_ms)) {
        copy_base(row, e);
    }
}

static void event_counters(struct stock_row *row, const struct hub_effect *e, struct merge *m)
{
    if (!(e->parts & PART_COUNTERS))
        return;
    bool moved = row->h_t != e->row.h_t || row->lh_t != e->row.lh_t;
    row->h_t = e->row.h_t;
    row->lh_t = e->row.lh_t;
    if (e->parts & PART_STATE)
        m->differs |= rights_held(row) || moved;
}

/* Of a restore whose own event was put aside, or is not heard of any more. */
static void event_cut(struct stock_row *row, const struct hub_effect *e, struct merge *m)
{
    if (!(e->parts & PART_CUT) || row->base_hf || !str_eq(row->base_id, e->row.gen_id))
        return;
    row->base_h_t = e->row.base_h_t;
    row->base_hf = true;
    m->differs = true;
}

/* While its cut is not known, the hub is in the generation before. */
static bool of_this_generation(const struct stock_row *row, const struct hub_effect *e,
                               unsigned named_by)
{
    return row->base_hf && (!(e->parts & named_by) || str_eq(e->row.gen_id, row->gen_id));
}

/* Of the event's other words on rights: the mode, the offers, and what was given back. */
static void event_rights(struct stock_row *row, const struct hub_effect *e, struct merge *m)
{
    if (e->parts & PART_RETURNED && of_this_generation(row, e, PART_RETURNED))
        row->xr_t = e->row.xr_t;
    if (e->parts & PART_OFFER_ACK)
        rights_offer_acked(row, e->offer_n);
    if (e->parts & PART_NAMED && row->mode_in_force == MODE_STRICT &&
        str_eq(e->row.gen_id, row->gen_id))
        restore_named(row, e->offer_n, e->hub_t);
    if (e->parts & PART_MODE) {
        rights_mode_acked(row, e->row.mode);
        m->differs = true;
    }
}

static void event_registers(struct stock_row *row, const struct hub_effect *e, struct merge *m,
                            int64_t center_ms)
{
    const struct stock_row *r = &e->row;
    if (e->parts & PART_BASE)
        event_base(row, e, m, center_ms);
    if (e->parts & PART_STATUS &&
        event_takes(&row->status_stamp, r->status_stamp, m, PART_STATUS, center_ms))
        row->status = r->status;
    if (e->parts & PART_PLAN &&
        event_takes(&row->plan_stamp, r->plan_stamp, m, PART_PLAN, center_ms)) {
        copy_plan(row, r);
        if (e->parts & PART_RESTORE)
            copy_restore(row, r);
    }
}

static void event_channels(struct stock_row *row, const struct hub_effect *e, struct merge *m,
                           int64_t center_ms)
{
    for (uint16_t i = 0; i < e->row.n_channels; i++) {
        const struct stock_channel *theirs = &e->row.channels[i];
        struct stock_channel *ch = channel_for(row, theirs->code);
        m->full |= !ch;
        m->differs |= !ch;
        if (!ch)
            continue;
        if (e->parts & PART_USED && of_this_generation(row, e, PART_GEN))
            ch->used_t = theirs->used_t;
        if (e->parts & PART_CHANNEL &&
            event_takes(&ch->stamp, theirs->stamp, m, PART_CHANNEL, center_ms)) {
            copy_channel(ch, theirs);
            if (e->parts & PART_SHARES)
                copy_shares(ch, theirs);
        }
    }
}

/* The hub may be ahead of its center; the center restores at its own time. */
static void event_generation(struct stock_row *row, const struct hub_effect *e, int64_t center_ms)
{
    int64_t due_ms = restore_ms(e->row.gen_id);
    restore_taken_back(row, due_ms, center_ms);
    restore_center(row, due_ms, e->row.gen_id);
    row->base_stamp = merge_stamp_bounded(row->base_stamp, center_ms);
    row->status_stamp = merge_stamp_bounded(row->status_stamp, center_ms);
}

/* A wild clock does not end a generation before its time. */
static int64_t event_time(const struct hub_effect *e, int64_t center_ms)
{
    int64_t most_ms = center_ms + STAMP_AHEAD_MAX_MS;
    return e->at_ms < most_ms ? e->at_ms : most_ms;
}

struct merge merge_hub_event(struct stock_row *row, const struct hub_effect *e, int64_t center_ms)
{
    struct merge m = {0};
    if (position_cmp(e->at, row->h_at) <= 0)
        return m;
    m.changed = true;
    row->h_at = e->at;
    event_cut(row, e, &m);
    restore_passed(row, event_time(e, center_ms));
    if (e->parts & PART_GEN)
        event_generation(row, e, center_ms);
    event_counters(row, e, &m);
    event_registers(row, e, &m, center_ms);
    restore_passed(row, event_time(e, center_ms));
    if (e->parts & (PART_USED | PART_CHANNEL))
        event_channels(row, e, &m, center_ms);
    event_rights(row, e, &m);
    return m;
}

/* ---- at the hub: a row of the center ---- */

struct judged {
    struct position h_at; /* the last event of ours in their row */
    struct merge m;
};

static bool is_pending(const struct judged *j, struct position op)
{
    return position_cmp(op, j->h_at) > 0;
}

static bool mine_stands(const struct judged *j, struct stamp mine, struct position op,
                        struct stamp theirs)
{
    return is_pending(j, op) && hub_wins(mine, theirs);
}

/* Decides one register: true when the row's value takes it, and then nobody's event is behind it.
 */
static bool row_takes(struct judged *j, struct stamp *mine, struct position *op,
                      struct stamp theirs, unsigned part)
{
    if (mine_stands(j, *mine, *op, theirs))
        return false;
    if (is_pending(j, *op))
        j->m.superseded |= part;
    *mine = theirs;
    *op = (struct position){0, 0};
    return true;
}

/* One base, cut by both. As long as our event is on its way, our h is the one, and the value that
 * of the plan that stands. */
static void row_same_base(struct stock_row *mine, const struct stock_row *theirs,
                          const struct judged *j)
{
    bool pending = is_pending(j, mine->base_op);
    merge_cut_h(mine, theirs, !pending);
    merge_cut_c(mine, theirs, true);
    if (!pending)
        mine->base_stamp = theirs->base_stamp;
    if (!pending || !mine_stands(j, mine->plan_stamp, mine->plan_op, theirs->plan_stamp))
        mine->base_t = theirs->base_t;
}

/* The last due time that is over in that generation. */
static int64_t restored_by(const struct stock_row *r)
{
    int64_t due_ms = restore_ms(r->gen_id);
    if (due_ms >= 0)
        return due_ms;
    return r->gen_id.n > 0 ? r->base_stamp.l_ms : 0;
}

/* The center was in this generation, and is in one before it: that is an image of it, which will
 * restore again, or hear of it. */
static bool is_behind(const struct stock_row *mine, const struct stock_row *theirs)
{
    int64_t due_ms = restore_ms(mine->gen_id);
    bool counted = theirs->gen_id.n > 0 && restore_ms(theirs->gen_id) < 0;
    return due_ms >= 0 && due_ms <= mine->agreed_ms && !counted && restored_by(theirs) < due_ms;
}

static void row_base(struct stock_row *mine, const struct stock_row *theirs, struct judged *j)
{
    if (is_behind(mine, theirs))
        return;
    if (str_eq(mine->base_id, theirs->base_id))
        row_same_base(mine, theirs, j);
    else if (row_takes(j, &mine->base_stamp, &mine->base_op, theirs->base_stamp, PART_BASE))
        copy_base(mine, theirs);
}

int64_t merge_restore_due(const struct stock_row *mine, const struct stock_row *theirs)
{
    int64_t due_ms = restore_ms(theirs->gen_id);
    bool taken_over = position_cmp(theirs->h_at, mine->h_at) > 0;
    if (theirs->c_ver <= mine->c_ver || taken_over || due_ms <= restored_by(mine))
        return 0;
    return due_ms;
}

/* The center knows only the first of two restores of the hub's, and the other is of an earlier due
 * time: it will take the first one back. */
void merge_taken_back(const struct stock_row *mine, struct stock_row *theirs, int64_t now_ms)
{
    int64_t due_ms = restore_ms(theirs->gen_id);
    bool pending = position_cmp(mine->gen_op, theirs->h_at) > 0;
    if (!pending || due_ms <= now_ms || due_ms <= restored_by(mine))
        return;
    theirs->gen_id = mine->gen_id;
    theirs->base_stamp = mine->base_stamp;
    theirs->status = mine->status;
    theirs->status_stamp = mine->status_stamp;
    copy_base(theirs, mine);
}

/* What was used goes on counting where the hub takes its own restore back. */
static void row_other_generation(struct stock_row *mine, const struct stock_row *theirs)
{
    int64_t over_ms = restored_by(theirs);
    bool taken_over = theirs->gen_id.n > 0 && restore_ms(theirs->gen_id) < 0;
    bool back = !taken_over && over_ms < restored_by(mine);
    if (taken_over && over_ms < theirs->restored_ms)
        over_ms = theirs->restored_ms; /* the clock was ahead before */
    for (uint16_t i = 0; i < mine->n_channels && !back; i++)
        mine->channels[i].used_t = 0;
    mine->gen_id = theirs->gen_id;
    mine->gen++;
    mine->xr_t = theirs->xr_t;
    mine->restored_ms = over_ms;
    mine->released = false;
    mine->gen_op = (struct position){0, 0};
}

/* What the center has done too is done: also where this side's clock was ahead when it restored,
 * and it has found that out before the center took it after all. */
static void row_generation(struct stock_row *mine, const struct stock_row *theirs,
                           const struct judged *j)
{
    if (is_pending(j, mine->gen_op) || is_behind(mine, theirs))
        return;
    if (!str_eq(mine->gen_id, theirs->gen_id))
        row_other_generation(mine, theirs);
    else if (mine->restored_ms < restore_ms(mine->gen_id))
        mine->restored_ms = restore_ms(mine->gen_id);
    mine->agreed_ms = mine->sure_ms = mine->restored_ms;
}

static void row_rights(struct stock_row *mine, const struct stock_row *theirs,
                       const struct judged *j)
{
    if (!str_eq(mine->gen_id, theirs->gen_id) || is_pending(j, mine->gen_op) ||
        is_pending(j, mine->gr_op))
        return;
    mine->gr_t = theirs->gr_t;
    mine->presumed_t = theirs->presumed_t;
    mine->gr_op = (struct position){0, 0};
}

static void row_registers(struct stock_row *mine, const struct stock_row *theirs, struct judged *j)
{
    row_base(mine, theirs, j);
    row_generation(mine, theirs, j);
    row_rights(mine, theirs, j);
    if (row_takes(j, &mine->status_stamp, &mine->status_op, theirs->status_stamp, PART_STATUS))
        mine->status = theirs->status;
    if (row_takes(j, &mine->plan_stamp, &mine->plan_op, theirs->plan_stamp, PART_PLAN)) {
        copy_plan(mine, theirs);
        copy_restore(mine, theirs);
    }
}

static void row_channels(struct stock_row *mine, const struct stock_row *theirs, struct judged *j,
                         bool their_h)
{
    for (uint16_t i = 0; i < theirs->n_channels; i++) {
        const struct stock_channel *from = &theirs->channels[i];
        struct stock_channel *ch = channel_for(mine, from->code);
        j->m.full |= !ch;
        if (!ch)
            continue;
        if (channel_code_is_hub(from->code) ? their_h : str_eq(mine->gen_id, theirs->gen_id))
            ch->used_t = from->used_t > 0 ? from->used_t : 0;
        if (row_takes(j, &ch->stamp, &ch->op, from->stamp, PART_CHANNEL)) {
            copy_channel(ch, from);
            copy_shares(ch, from);
        }
    }
}

/* Settings that the center has judged and does not have any more: it has lost them, in a failover.
 * Where its row is full, they may have had no room. */
static void row_lost_channels(struct stock_row *mine, const struct stock_row *theirs,
                              const struct judged *j)
{
    for (uint16_t i = 0; i < mine->n_channels; i++) {
        struct stock_channel *ch = &mine->channels[i];
        bool is_there = theirs->n_channels == STOCK_CHANNELS;
        for (uint16_t k = 0; k < theirs->n_channels && !is_there; k++)
            is_there = str_eq(theirs->channels[k].code, ch->code);
        if (!is_there && !is_pending(j, ch->op))
            channel_make_plain(ch);
    }
}

static void row_centers_own(struct stock_row *mine, const struct stock_row *theirs)
{
    mine->c_ver = theirs->c_ver;
    mine->c_t = theirs->c_t;
    mine->lc_t = theirs->lc_t;
    mine->mode = theirs->mode;
    mine->policy = theirs->policy;
    mine->rebalance_s = theirs->rebalance_s;
    mine->release_at_ms = theirs->release_at_ms;
    mine->ranking = theirs->ranking;
    mine->policy_stamp = theirs->policy_stamp;
}

struct merge merge_center_row(struct stock_row *mine, const struct stock_row *theirs)
{
    struct judged j = {.h_at = theirs->h_at};
    if (theirs->c_ver <= mine->c_ver)
        return j.m;
    j.m.changed = true;
    bool their_h = position_cmp(theirs->h_at, mine->h_at) > 0;
    if (their_h) {
        mine->h_t = theirs->h_t;
        mine->xr_t = theirs->xr_t;
        mine->h_at = theirs->h_at;
    }
    row_centers_own(mine, theirs);
    row_registers(mine, theirs, &j);
    row_channels(mine, theirs, &j, their_h);
    row_lost_channels(mine, theirs, &j);
    return j.m;
}
