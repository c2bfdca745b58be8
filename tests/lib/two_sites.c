#include "tests/lib/two_sites.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { EPOCH = 7, PORTION_T = 10 };

void sites_open(struct two_sites *s, int64_t portions)
{
    memset(s, 0, sizeof *s);
    stock_plain((struct object){OBJECT_SKU, 1001}, &s->hub);
    s->hub.type = STOCK_LIMITED;
    s->hub.plan_t = s->hub.base_t = portions * PORTION_T;
    s->ver = s->hub.c_ver = 100;
    s->now_ms = 1000000;
    s->center = s->hub;
}

static struct str new_id(struct two_sites *s, char kind, int64_t number)
{
    assert(s->n_ids < sizeof s->ids / sizeof *s->ids);
    char *id = s->ids[s->n_ids++];
    int n = snprintf(id, sizeof *s->ids, "%c:%lld", kind, (long long)number);
    return (struct str){id, (size_t)n};
}

/* ---- the hub writes ---- */

static struct position next_at(const struct two_sites *s)
{
    return (struct position){EPOCH, s->n_events + 1};
}

static struct stamp hub_stamp(struct two_sites *s, struct stamp seen)
{
    s->hub_hlc = hlc_tick(s->hub_hlc, s->now_ms + s->hub_off_ms);
    return merge_stamp_after(seen, s->hub_hlc, ORIGIN_HUB);
}

static size_t emit(struct two_sites *s, unsigned parts, const struct stock_channel *named)
{
    assert(s->n_events < SITES_EVENTS);
    struct hub_effect *e = &s->events[s->n_events];
    *e = (struct hub_effect){.at = next_at(s), .parts = parts, .row = s->hub};
    e->at_ms = s->hub_hlc.l_ms;
    e->row.n_channels = named ? 1 : 0;
    if (named)
        e->row.channels[0] = *named;
    s->hub.h_at = e->at;
    return s->n_events++;
}

size_t hub_sells(struct two_sites *s, int64_t portions)
{
    struct stock_channel *pos = stock_channel(&s->hub, CHANNEL_POS);
    s->hub.h_t -= portions * PORTION_T;
    pos->used_t += portions * PORTION_T;
    return emit(s, PART_COUNTERS | PART_USED, pos);
}

size_t hub_locks(struct two_sites *s, int64_t portions)
{
    s->hub.lh_t += portions * PORTION_T;
    return emit(s, PART_COUNTERS, NULL);
}

size_t hub_sets(struct two_sites *s, int64_t portions)
{
    s->hub.base_op = next_at(s);
    s->hub.base_id = new_id(s, 'S', (int64_t)s->hub.base_op.seq);
    s->hub.base_t = portions * PORTION_T;
    s->hub.base_h_t = s->hub.h_t;
    s->hub.base_c_t = s->hub.c_t;
    s->hub.base_hf = s->hub.base_cf = true;
    s->hub.base_stamp = hub_stamp(s, s->hub.base_stamp);
    return emit(s, PART_BASE, NULL);
}

size_t hub_status(struct two_sites *s, enum stock_status status)
{
    s->hub.status = status;
    s->hub.status_op = next_at(s);
    s->hub.status_stamp = hub_stamp(s, s->hub.status_stamp);
    return emit(s, PART_STATUS, NULL);
}

size_t hub_plans(struct two_sites *s, int64_t portions)
{
    s->hub.plan_t = portions * PORTION_T;
    s->hub.plan_op = next_at(s);
    s->hub.plan_stamp = hub_stamp(s, s->hub.plan_stamp);
    return emit(s, PART_PLAN, NULL);
}

size_t hub_limits(struct two_sites *s, enum channel c, int64_t portions)
{
    struct stock_channel *ch = stock_channel(&s->hub, c);
    ch->type = STOCK_LIMITED;
    ch->limit_t = portions * PORTION_T;
    ch->op = next_at(s);
    ch->stamp = hub_stamp(s, ch->stamp);
    return emit(s, PART_CHANNEL, ch);
}

size_t hub_restores(struct two_sites *s, int64_t due_ms)
{
    if (due_ms <= s->hub.restored_ms)
        return SITES_EVENTS;
    struct stock_channel *pos = stock_channel(&s->hub, CHANNEL_POS);
    struct str id = new_id(s, 'R', due_ms);
    restore_hub(&s->hub, due_ms, id, next_at(s));
    hub_stamp(s, (struct stamp){due_ms, 0, ORIGIN_HUB});
    unsigned parts = PART_COUNTERS | PART_GEN | PART_USED | PART_RETURNED;
    if (position_cmp(s->hub.base_op, next_at(s)) == 0)
        parts |= PART_BASE;
    if (position_cmp(s->hub.status_op, next_at(s)) == 0)
        parts |= PART_STATUS;
    return emit(s, parts, pos);
}

/* ---- the center writes ---- */

static struct stamp center_stamp(struct two_sites *s, struct stamp seen)
{
    s->center_hlc = hlc_tick(s->center_hlc, s->now_ms);
    return merge_stamp_after(seen, s->center_hlc, ORIGIN_CENTER);
}

static void commit(struct two_sites *s)
{
    s->center.c_ver = ++s->ver;
}

void center_sells(struct two_sites *s, int64_t portions)
{
    s->center.c_t -= portions * PORTION_T;
    commit(s);
}

void center_sets(struct two_sites *s, int64_t portions)
{
    s->center.base_id = new_id(s, 'C', (int64_t)s->ver + 1);
    s->center.base_t = portions * PORTION_T;
    s->center.base_h_t = s->center.h_t;
    s->center.base_c_t = s->center.c_t;
    s->center.base_hf = s->center.base_cf = true;
    s->center.base_stamp = center_stamp(s, s->center.base_stamp);
    commit(s);
}

void center_status(struct two_sites *s, enum stock_status status)
{
    s->center.status = status;
    s->center.status_stamp = center_stamp(s, s->center.status_stamp);
    commit(s);
}

void center_plans(struct two_sites *s, int64_t portions)
{
    s->center.plan_t = portions * PORTION_T;
    s->center.plan_stamp = center_stamp(s, s->center.plan_stamp);
    commit(s);
}

void center_limits(struct two_sites *s, enum channel c, int64_t portions, uint32_t weight)
{
    struct stock_channel *ch = stock_channel(&s->center, c);
    ch->type = STOCK_LIMITED;
    ch->limit_t = portions * PORTION_T;
    ch->weight = weight;
    ch->stamp = center_stamp(s, ch->stamp);
    commit(s);
}

void center_restores(struct two_sites *s, int64_t due_ms)
{
    restore_center(&s->center, due_ms, new_id(s, 'R', due_ms));
    commit(s);
}

/* ---- delivery ---- */

struct merge event_arrives(struct two_sites *s, size_t i)
{
    assert(i <= s->arrived && i < s->n_events);
    struct merge m = merge_hub_event(&s->center, &s->events[i], s->now_ms);
    if (i == s->arrived)
        s->arrived++;
    if (m.changed)
        commit(s);
    return m;
}

struct merge row_arrives(struct two_sites *s, const struct stock_row *row)
{
    if (s->hub_hlc.l_ms > s->now_ms + STAMP_AHEAD_MAX_MS)
        s->hub_hlc = s->center_hlc; /* the hub gives up a clock that ran away */
    s->hub_hlc = hlc_receive(s->hub_hlc, s->center_hlc, s->now_ms + s->hub_off_ms);
    struct stock_row theirs = *row;
    merge_taken_back(&s->hub, &theirs, s->now_ms + s->hub_off_ms);
    int64_t due_ms = merge_restore_due(&s->hub, &theirs);
    if (due_ms > 0)
        hub_restores(s, due_ms);
    return merge_center_row(&s->hub, &theirs);
}

void sites_heal(struct two_sites *s)
{
    while (s->arrived < s->n_events)
        event_arrives(s, s->arrived);
    row_arrives(s, &s->center);
}
