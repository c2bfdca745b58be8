/* The model center takes a batch (sync-protocol 4.3): the chain is checked, what was heard before
 * is stepped over, each event is merged, or set aside when it is one that this center cannot use;
 * and on some it fails as a whole, whenever it is asked, until the hub gives them up.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/cloud_event.h"
#include "proto/merge.h"
#include "tests/sim/line/line.h"

/* ---- which events it cannot take ---- */

static uint64_t fate_of(const struct world *w, const struct cloud_event *e, uint64_t stream)
{
    struct chance d = dice_make(
        w->options.seed * 1000003 + e->hash[0] * 256u + e->hash[1] + e->seq * 65536, stream);
    return dice_below(&d, 1000);
}

/* What only says again what was lost must come through. */
static bool may_fail(const struct world *w, const struct cloud_event *e)
{
    return !w->options.partitions && e->known && cloud_event_is_whole(e->kind_no) &&
           e->kind_no != EVENT_ROW_STATE && e->kind_no != EVENT_EPOCH_OPEN &&
           e->kind_no != EVENT_MODE_ACK && e->kind_no != EVENT_RESTORE;
}

static bool is_poison(const struct world *w, const struct cloud_event *e)
{
    uint32_t permille = w->options.plant == PLANT_STUCK_POISON ? 30 : 4;
    return may_fail(w, e) && !e->gave_up && fate_of(w, e, 21) < permille;
}

static bool is_set_aside(const struct world *w, const struct cloud_event *e)
{
    bool kept = w->options.plant == PLANT_COMMAND_KEPT && e->body && json_get(e->body, "cmd");
    return e->gave_up || (may_fail(w, e) && fate_of(w, e, 22) < (kept ? 300 : 10));
}

/* ---- what an event says about a row ---- */

static struct stock_channel *channel_of(struct stock_row *row, struct str code)
{
    enum channel c;
    return channel_parse(code, &c) ? stock_channel(row, c) : NULL;
}

static void counters(struct hub_effect *e, const struct effect_fact *f)
{
    e->parts |= PART_COUNTERS;
    e->row.h_t = f->h_t;
    e->row.lh_t = f->lh_t;
    for (uint16_t i = 0; i < f->n_used; i++) {
        struct stock_channel *ch = channel_of(&e->row, f->used[i].code);
        if (!ch)
            abort();
        e->parts |= PART_USED;
        ch->used_t = f->used[i].used_t;
    }
    if (f->has_xr) {
        e->parts |= PART_RETURNED;
        e->row.xr_t = f->xr_t;
    }
    if (f->has_cut) {
        e->parts |= PART_CUT;
        e->row.base_h_t = f->base_h_t;
    }
    if (f->gen.n)
        e->row.gen_id = f->gen;
}

/* ---- generations and rights ---- */

static void restored(struct world *w, struct hub_effect *e, const struct event_facts *f)
{
    char id[RESTORE_ID];
    struct stamp due = {f->due_at_ms, 0, ORIGIN_TIMER};
    size_t n = restore_id(f->due_at_ms, id);
    e->parts |= PART_BASE | PART_STATUS | PART_GEN;
    e->row.gen_id = arena_str(&w->center.texts, (struct str){id, n});
    e->row.base_id = arena_str(&w->center.texts, f->base_id);
    e->row.base_t = f->base_t;
    e->row.base_h_t = f->base_h_t;
    e->row.base_c_t = f->base_c_t;
    e->row.base_hf = true;
    e->row.base_stamp = e->row.status_stamp = due;
    e->row.plan_stamp = f->stamp;
    e->row.status = STATUS_ON_SALE;
    if (f->has_offer) {
        e->parts |= PART_NAMED;
        e->hub_t = f->hub_t;
        e->offer_n = f->offer_n;
    }
}

static void shaped(struct hub_effect *e, const struct event_facts *f)
{
    struct stock_channel *ch = channel_of(&e->row, f->channel);
    if (!ch)
        abort();
    e->parts |= PART_CHANNEL;
    ch->status = f->on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
    ch->type = f->limited ? STOCK_LIMITED : STOCK_UNLIMITED;
    ch->limit_t = f->has_limit ? f->limit_t : AVAIL_INFINITE;
    ch->stamp = f->stamp;
    if (f->has_weight || f->has_reserve) {
        e->parts |= PART_SHARES;
        ch->weight = f->weight;
        ch->reserve_t = f->reserve_t;
    }
}

static void rules_of(struct world *w, struct hub_effect *e, enum event_kind kind,
                     const struct event_facts *f)
{
    switch ((unsigned)kind) {
    case EVENT_RESTORE:
        restored(w, e, f);
        break;
    case EVENT_MODE_ACK:
        e->parts |= PART_MODE;
        e->row.mode = f->mode;
        break;
    case EVENT_OFFER_ACK:
        e->parts |= PART_OFFER_ACK;
        e->offer_n = f->offer_n;
        break;
    case EVENT_CHANNEL_SET:
        shaped(e, f);
        break;
    default:
        break;
    }
}

static void base(struct world *w, struct hub_effect *e, const struct event_facts *f)
{
    e->parts |= PART_BASE;
    e->row.base_id = arena_str(&w->center.texts, f->base_id);
    e->row.base_t = f->base_t;
    e->row.base_h_t = f->base_h_t;
    e->row.base_c_t = w->options.plant == PLANT_BLIND_COUNT ? 0 : f->base_c_t;
    e->row.base_hf = e->row.base_cf = true;
    e->row.base_stamp = f->stamp;
}

static void planned(struct world *w, struct hub_effect *e, const struct event_facts *f)
{
    const struct stock_row *mine = &w->center.s.rows[item_of(f->object)];
    e->parts |= PART_PLAN | PART_RESTORE;
    e->row.type = f->limited ? STOCK_LIMITED : STOCK_UNLIMITED;
    e->row.plan_t = f->has_plan ? f->plan_t : mine->plan_t;
    e->row.plan_stamp = f->stamp;
    e->row.auto_restore = f->auto_restore ? 1 : 2;
    e->row.repeat = f->daily;
    e->row.restore_at_ms = f->restore_at_ms;
}

static void registers(struct world *w, struct hub_effect *e, enum event_kind kind,
                      const struct event_facts *f)
{
    if (kind == EVENT_STOCK_SET) {
        base(w, e, f);
        w->center.s.counted_epoch[item_of(f->object)] = w->center.s.epoch;
    }
    if (kind == EVENT_PLAN_SET)
        planned(w, e, f);
    if (kind == EVENT_STATUS_SET) {
        e->parts |= PART_STATUS;
        e->row.status = f->on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
        e->row.status_stamp = f->stamp;
    }
}

static bool same(struct object a, struct object b)
{
    return a.id == b.id && a.type == b.type;
}

/* True when the row has to go back: it is not what the event said. */
static bool merge_item(struct world *w, int item, const struct cloud_event *event,
                       const struct event_facts *f)
{
    struct center_state *s = &w->center.s;
    struct hub_effect e = {.at = {s->epoch, event->seq}, .at_ms = event->hlc.l_ms};
    struct object object = item_object(item);
    bool named = f->object.id && same(f->object, object);
    for (uint32_t i = 0; i < f->n_effects; i++)
        if (same(f->effects[i].object, object))
            counters(&e, &f->effects[i]);
    if (named) {
        registers(w, &e, event->kind_no, f);
        rules_of(w, &e, event->kind_no, f);
    }
    if (!e.parts && !named)
        return false;
    if (event->kind_no == EVENT_ROW_STATE)
        e.parts |= PART_STATE;
    int64_t restored_ms = s->rows[item].restored_ms;
    enum stock_mode before = s->rows[item].mode_in_force;
    struct merge m = merge_hub_event(&s->rows[item], &e, w->center.hlc.l_ms);
    if (!m.changed)
        return false;
    if (e.parts & PART_COUNTERS)
        s->told_at[item] = e.at;
    if (s->rows[item].restored_ms < restored_ms)
        truth_taken_back(w, item, s->rows[item].restored_ms, e.at);
    if (s->rows[item].restored_ms != restored_ms)
        center_restored(w, item, s->rows[item].restored_ms);
    bool told = w->rules && rules_event(w, item, event, f, before);
    s->rows[item].c_ver = UINT64_MAX; /* gets its version at the end of the batch */
    return m.differs || m.superseded || told;
}

static unsigned merge_event(struct world *w, const struct cloud_event *event, struct arena *arena)
{
    char path[FIELD_PATH] = "";
    struct event_facts f;
    unsigned back = 0;
    if (cloud_event_facts(event, arena, &f, path) != CODE_OK) {
        violation(w, "BODY", "event %llu: %s", (unsigned long long)event->seq, path);
        return 0;
    }
    for (int i = 0; i < ITEMS; i++)
        if (merge_item(w, i, event, &f))
            back |= 1u << i;
    return back;
}

/* ---- one event ---- */

static void note_hash(struct center *c, uint64_t seq, const uint8_t hash[HASH_BYTES])
{
    if (seq >= c->n_hashes) {
        c->n_hashes = seq + 4096;
        c->hashes = realloc(c->hashes, (size_t)c->n_hashes * sizeof *c->hashes);
        if (!c->hashes)
            abort();
    }
    memcpy(c->hashes[seq], hash, HASH_BYTES);
}

static void set_aside(struct world *w, const struct cloud_event *e)
{
    struct center *c = &w->center;
    if (c->s.n_dead == c->cap_dead) {
        c->cap_dead += 256;
        c->dead = realloc(c->dead, c->cap_dead * sizeof *c->dead);
        if (!c->dead)
            abort();
    }
    c->dead[c->s.n_dead++] = (struct dead){c->s.epoch, e->seq};
    w->totals.dead++;
    w->totals.gave_up += e->gave_up;
    w->aside = true;
    truth_void_count(w, (struct position){c->s.epoch, e->seq});
    truth_restore_void(w, (struct position){c->s.epoch, e->seq});
    trace(w, "center    sets event %llu aside%s", (unsigned long long)e->seq,
          e->gave_up ? ": given up" : "");
}

static unsigned take_event(struct world *w, const struct cloud_event *e, struct arena *arena)
{
    struct center_state *s = &w->center.s;
    unsigned back = 0;
    if (is_set_aside(w, e) || rules_ahead(w, e))
        set_aside(w, e);
    else if (cloud_event_is_whole(e->kind_no))
        back = merge_event(w, e, arena);
    s->acked = e->seq;
    memcpy(s->tail, e->hash, HASH_BYTES);
    note_hash(&w->center, e->seq, e->hash);
    return back;
}

/* ---- the batch ---- */

static bool is_known(const struct world *w, uint64_t seq, const uint8_t hash[HASH_BYTES])
{
    const struct center *c = &w->center;
    if (seq == 0 || seq > c->s.acked || w->options.plant == PLANT_EPOCH_KEPT)
        return true;
    return memcmp(hash, c->hashes[seq], HASH_BYTES) == 0;
}

static void fail_on(struct world *w, uint64_t seq)
{
    trace(w, "center    fails on event %llu", (unsigned long long)seq);
    w->n_poison += w->failing_seq != seq;
    w->failing_seq = seq;
}

/* The events in order, each behind the one before and none other than was heard; false: *name. */
static bool read_events(struct world *w, const struct cloud_sync *in, struct cloud_event *list,
                        enum cloud_error_name *name)
{
    char path[FIELD_PATH];
    uint8_t prev[HASH_BYTES];
    uint64_t seq = in->first_seq;
    memcpy(prev, in->prev, HASH_BYTES);
    *name = CLOUD_CHAIN_FORK;
    if (!is_known(w, seq - 1, prev))
        return false;
    for (const struct json *v = json_first(in->events); v; v = json_next(v), seq++) {
        struct cloud_event *e = &list[seq - in->first_seq];
        if (cloud_event_decode(v, e, path) != CODE_OK || e->seq != seq ||
            !cloud_event_follows(e, prev) || !cloud_event_body_is_whole(e)) {
            *name = CLOUD_BAD_BATCH;
            violation(w, "CHAIN", "event %llu does not follow, or is another",
                      (unsigned long long)seq);
            return false;
        }
        if (!is_known(w, seq, e->hash))
            return false;
        memcpy(prev, e->hash, HASH_BYTES);
        if (is_poison(w, e) && seq > w->center.s.acked) {
            *name = CLOUD_INTERNAL;
            fail_on(w, seq);
            return false;
        }
    }
    return true;
}

/* Each row that was touched has a version of its own. */
static void give_versions(struct center_state *s)
{
    for (int i = 0; i < ITEMS; i++)
        if (s->rows[i].c_ver == UINT64_MAX)
            s->rows[i].c_ver = ++s->ver;
}

static void reply(struct world *w, const struct cloud_sync *in, uint64_t ver_before, unsigned back,
                  struct jw *out)
{
    struct center *c = &w->center;
    struct cloud_dead dead[LIMIT_BATCH_EVENTS];
    struct cloud_sync_reply r = {.epoch = c->s.epoch,
                                 .center_epoch = c->center_epoch,
                                 .acked_seq = c->s.acked,
                                 .ver_before = ver_before,
                                 .ver = c->s.ver,
                                 .dead = dead};
    memcpy(r.tail, c->s.tail, HASH_BYTES);
    c->hlc = hlc_tick(c->hlc, center_ms(w));
    r.server_hlc = c->hlc;
    for (uint32_t i = 0; i < c->s.n_dead; i++)
        if (c->dead[i].epoch == c->s.epoch && c->dead[i].seq >= in->first_seq &&
            c->dead[i].seq <= in->last_seq)
            dead[r.n_dead++] = (struct cloud_dead){c->dead[i].seq, STR("CONSTRAINT")};
    cloud_sync_reply_begin(out, &r);
    for (int i = 0; i < ITEMS; i++)
        if (back & 1u << i) {
            struct cloud_row row = center_row(w, i, c->s.rows[i].c_ver);
            cloud_row_encode(out, &row, STR(""), STR(""));
        }
    cloud_sync_reply_end(out);
}

static void take_all(struct world *w, const struct cloud_sync *in, const struct cloud_event *list,
                     struct jw *out)
{
    struct center_state *s = &w->center.s;
    uint64_t ver_before = s->ver;
    unsigned back = 0;
    struct arena arena;
    arena_init(&arena, 32 << 20);
    w->center.hlc = hlc_tick(w->center.hlc, center_ms(w)); /* it never goes back */
    for (uint64_t seq = in->first_seq; seq <= in->last_seq; seq++)
        if (seq > s->acked)
            back |= take_event(w, &list[seq - in->first_seq], &arena);
    arena_free(&arena);
    center_covers(w, &back);
    center_wants(w, in, &back);
    give_versions(s);
    s->head = in->head_seq > s->acked ? in->head_seq : s->acked;
    center_judge_cases(w);
    trace(w, "center    has %llu..%llu, acked %llu, ver %llu..%llu%s",
          (unsigned long long)in->first_seq, (unsigned long long)in->last_seq,
          (unsigned long long)s->acked, (unsigned long long)ver_before, (unsigned long long)s->ver,
          back ? ", rows go back" : "");
    reply(w, in, ver_before, back, out);
    w->totals.batches++;
    check_drained(w);
}

void ingest(struct world *w, const struct cloud_sync *in, int *status, struct jw *out)
{
    struct center_state *s = &w->center.s;
    struct cloud_event list[LIMIT_BATCH_EVENTS];
    struct cloud_error e = {.name = CLOUD_OTHER};
    enum cloud_error_name name;
    if (in->epoch != s->epoch)
        e = (struct cloud_error){.name = in->epoch < s->epoch ? CLOUD_FENCED : CLOUD_UNKNOWN_EPOCH,
                                 .epoch = s->epoch};
    else if (in->first_seq > s->acked + 1)
        e = (struct cloud_error){.name = CLOUD_SEQ_GAP, .expected = s->acked + 1};
    else if (!read_events(w, in, list, &name))
        e = (struct cloud_error){.name = name};
    if (e.name != CLOUD_OTHER)
        refuse(out, status, &e);
    else
        take_all(w, in, list, out);
}
