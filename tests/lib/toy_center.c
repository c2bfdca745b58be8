#include "tests/lib/toy_center.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/cloud_event.h"
#include "proto/merge.h"

#define TEXT_BYTES (16 << 20)

void toy_open(struct toy_center *c, int64_t now_ms)
{
    *c = (struct toy_center){.now_ms = now_ms};
    arena_init(&c->texts, TEXT_BYTES);
}

void toy_close(struct toy_center *c)
{
    arena_free(&c->texts);
}

static bool same_object(struct object a, struct object b)
{
    return a.id == b.id && a.type == b.type;
}

static size_t place(struct toy_center *c, struct object object)
{
    for (size_t i = 0; i < c->n; i++)
        if (same_object(c->rows[i].object, object))
            return i;
    if (c->n == TOY_ROWS)
        abort();
    stock_plain(object, &c->rows[c->n]);
    return c->n++;
}

struct stock_row *toy_row(struct toy_center *c, struct object object)
{
    return &c->rows[place(c, object)];
}

/* ---- its own writes ---- */

static struct stamp stamp_after(struct toy_center *c, struct stamp seen)
{
    c->hlc = hlc_tick(c->hlc, c->now_ms);
    return merge_stamp_after(seen, c->hlc, ORIGIN_CENTER);
}

static void changed(struct toy_center *c, struct stock_row *r)
{
    r->c_ver = ++c->ver;
}

void toy_sells(struct toy_center *c, struct object object, int64_t q_t)
{
    struct stock_row *r = toy_row(c, object);
    struct stock_channel *web = stock_channel_coded(r, STR("ONLINE_ORDER"));
    r->c_t -= q_t;
    if (web)
        web->used_t += q_t;
    changed(c, r);
}

void toy_locks(struct toy_center *c, struct object object, int64_t q_t)
{
    struct stock_row *r = toy_row(c, object);
    r->lc_t += q_t;
    changed(c, r);
}

static void limit(struct toy_center *c, struct stock_row *r, enum stock_type type, int64_t plan_t)
{
    r->type = type;
    r->plan_t = plan_t;
    r->plan_stamp = stamp_after(c, r->plan_stamp);
}

void toy_counts(struct toy_center *c, struct object object, int64_t q_t)
{
    char id[32];
    struct stock_row *r = toy_row(c, object);
    int n = snprintf(id, sizeof id, "C:%llu", (unsigned long long)c->ver + 1);
    if (r->type != STOCK_LIMITED)
        limit(c, r, STOCK_LIMITED, q_t);
    r->base_id = arena_str(&c->texts, (struct str){id, (size_t)n});
    r->base_t = q_t;
    r->base_h_t = r->h_t;
    r->base_c_t = r->c_t;
    r->base_stamp = stamp_after(c, r->base_stamp);
    changed(c, r);
}

void toy_status(struct toy_center *c, struct object object, bool on_sale)
{
    struct stock_row *r = toy_row(c, object);
    r->status = on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
    r->status_stamp = stamp_after(c, r->status_stamp);
    changed(c, r);
}

void toy_deletes(struct toy_center *c, struct object object)
{
    size_t i = place(c, object);
    limit(c, &c->rows[i], STOCK_UNLIMITED, 0);
    toy_status(c, object, true);
    c->deleted[i] = true;
}

void toy_policy(struct toy_center *c, struct object object, enum channel_policy policy,
                uint32_t rebalance_s, int64_t release_ms)
{
    struct stock_row *r = toy_row(c, object);
    r->policy = policy;
    r->rebalance_s = rebalance_s;
    r->release_at_ms = release_ms;
    r->policy_stamp = stamp_after(c, r->policy_stamp);
    changed(c, r);
}

void toy_channel(struct toy_center *c, struct object object, enum channel channel, uint32_t weight,
                 int64_t reserve_t, int64_t limit_t)
{
    struct stock_row *r = toy_row(c, object);
    struct stock_channel *ch = stock_channel(r, channel);
    ch->weight = weight;
    ch->reserve_t = reserve_t;
    ch->type = limit_t < AVAIL_INFINITE ? STOCK_LIMITED : STOCK_UNLIMITED;
    ch->limit_t = limit_t;
    ch->stamp = stamp_after(c, ch->stamp);
    changed(c, r);
}

void toy_schedule(struct toy_center *c, struct object object, int64_t first_ms, bool daily)
{
    struct stock_row *r = toy_row(c, object);
    r->auto_restore = first_ms ? 1 : 2;
    r->repeat = first_ms && daily;
    r->restore_at_ms = first_ms;
    limit(c, r, r->type, r->plan_t);
    changed(c, r);
}

void toy_repeats(struct toy_center *c, struct object object)
{
    changed(c, toy_row(c, object));
}

/* ---- what the hub says ---- */

static void counters(struct hub_effect *e, const struct effect_fact *f)
{
    e->parts |= PART_COUNTERS;
    e->row.h_t = f->h_t;
    e->row.lh_t = f->lh_t;
    for (uint16_t i = 0; i < f->n_used; i++) {
        enum channel code;
        struct stock_channel *ch =
            channel_parse(f->used[i].code, &code) ? stock_channel(&e->row, code) : NULL;
        if (!ch)
            abort();
        ch->used_t = f->used[i].used_t;
        e->parts |= PART_USED;
    }
}

static void base(struct toy_center *c, struct hub_effect *e, const struct event_facts *f)
{
    e->parts |= PART_BASE;
    e->row.base_id = arena_str(&c->texts, f->base_id);
    e->row.base_t = f->base_t;
    e->row.base_h_t = f->base_h_t;
    e->row.base_c_t = f->base_c_t;
    e->row.base_hf = e->row.base_cf = true;
    e->row.base_stamp = f->stamp;
}

static void channel(struct hub_effect *e, const struct event_facts *f)
{
    enum channel code;
    struct stock_channel *ch =
        channel_parse(f->channel, &code) ? stock_channel(&e->row, code) : NULL;
    if (!ch)
        abort();
    e->parts |= PART_CHANNEL;
    ch->status = f->on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
    ch->type = f->limited ? STOCK_LIMITED : STOCK_UNLIMITED;
    ch->limit_t = f->has_limit || !f->limited ? f->limit_t : AVAIL_INFINITE;
    ch->stamp = f->stamp;
    e->parts |= f->has_weight || f->has_reserve ? PART_SHARES : 0;
    ch->weight = f->weight;
    ch->reserve_t = f->reserve_t;
}

/* Its cut, and the generation that begins with it. */
static void restore(struct toy_center *c, struct hub_effect *e, const struct event_facts *f)
{
    struct stamp due = {f->due_at_ms, 0, ORIGIN_TIMER};
    base(c, e, f);
    e->parts |= PART_STATUS | PART_GEN;
    e->row.gen_id = e->row.base_id;
    e->row.base_cf = false;
    e->row.base_stamp = e->row.status_stamp = due;
    e->row.plan_stamp = f->stamp;
    e->row.status = STATUS_ON_SALE;
}

static void registers(struct toy_center *c, struct hub_effect *e, enum event_kind kind,
                      const struct event_facts *f)
{
    if (kind == EVENT_STOCK_SET)
        base(c, e, f);
    if (kind == EVENT_CHANNEL_SET)
        channel(e, f);
    if (kind == EVENT_RESTORE)
        restore(c, e, f);
    if (kind == EVENT_STATUS_SET) {
        e->parts |= PART_STATUS;
        e->row.status = f->on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
        e->row.status_stamp = f->stamp;
    }
    if (kind == EVENT_PLAN_SET) {
        e->parts |= PART_PLAN;
        e->row.type = f->limited ? STOCK_LIMITED : STOCK_UNLIMITED;
        e->row.plan_t = f->plan_t;
        e->row.plan_stamp = f->stamp;
        e->parts |= f->has_restore ? PART_RESTORE : 0;
        e->row.auto_restore = f->auto_restore ? 1 : 2;
        e->row.repeat = f->daily;
        e->row.restore_at_ms = f->restore_at_ms;
    }
}

static void merge_object(struct toy_center *c, const struct event *event,
                         const struct event_facts *f, struct object object)
{
    struct stock_row *r = toy_row(c, object);
    struct hub_effect e = {.at = event->at, .at_ms = event->hlc.l_ms};
    for (uint32_t i = 0; i < f->n_effects; i++)
        if (same_object(f->effects[i].object, object))
            counters(&e, &f->effects[i]);
    if (same_object(f->object, object))
        registers(c, &e, event->kind, f);
    if (merge_hub_event(r, &e, c->now_ms).changed)
        changed(c, r);
}

static void merge_event(struct toy_center *c, const struct event *event, struct arena *arena)
{
    char path[FIELD_PATH];
    struct event_facts f;
    struct json *body = json_parse(event->body.p, event->body.n, &JSON_IMPORT, NULL);
    struct cloud_event e = {.known = true, .kind_no = event->kind, .body = body};
    if (!body || cloud_event_facts(&e, arena, &f, path) != CODE_OK)
        abort();
    for (uint32_t i = 0; i < f.n_effects; i++)
        merge_object(c, event, &f, f.effects[i].object);
    if (f.object.id)
        merge_object(c, event, &f, f.object);
    json_free(body);
}

void toy_hears(struct toy_center *c, struct txn *txn, uint64_t most)
{
    struct arena arena;
    struct event e;
    struct position from = {c->heard.epoch, c->heard.seq + 1};
    struct journal_scan scan = journal_scan_begin(txn, from, false);
    arena_init(&arena, 4 << 20);
    while (most-- > 0 && journal_scan_next(&scan, &e)) {
        arena_reset(&arena);
        if (cloud_event_is_whole(e.kind))
            merge_event(c, &e, &arena);
        c->heard = e.at;
    }
    journal_scan_end(&scan);
    arena_free(&arena);
}

bool toy_sets_aside(struct toy_center *c, struct txn *txn)
{
    struct event e;
    struct journal_scan scan =
        journal_scan_begin(txn, (struct position){c->heard.epoch, c->heard.seq + 1}, false);
    bool aside = journal_scan_next(&scan, &e) && cloud_event_is_whole(e.kind) &&
                 e.kind != EVENT_CHANNEL_SET && e.kind != EVENT_RESTORE;
    if (aside)
        c->heard = e.at;
    journal_scan_end(&scan);
    return aside;
}

struct cloud_row toy_sends(struct toy_center *c, struct object object)
{
    size_t i = place(c, object);
    return (struct cloud_row){
        .row = c->rows[i], .has_x = true, .over = c->rows[i].c_ver, .deleted = c->deleted[i]};
}
