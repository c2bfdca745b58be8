#include "tools/product-center/effect.h"

#include <stdlib.h>
#include <string.h>

#include "proto/merge.h"
#include "proto/rights.h"

/* ---- which rows ---- */

static int object_cmp(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static bool object_eq(struct object a, struct object b)
{
    return object_cmp(&a, &b) == 0;
}

struct object *effect_objects(struct call *c, const struct arrival *a, size_t n, size_t *n_objects)
{
    size_t most = 0, all = 0, kept = 0;
    for (size_t i = 0; i < n; i++)
        most += a[i].facts.n_effects + 1;
    struct object *o = arena_alloc(&c->arena, most * sizeof(*o));
    *n_objects = 0;
    if (o == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < a[i].facts.n_effects; k++)
            o[all++] = a[i].facts.effects[k].object;
        if (a[i].facts.object.id != 0)
            o[all++] = a[i].facts.object;
    }
    qsort(o, all, sizeof(*o), object_cmp);
    for (size_t i = 0; i < all; i++)
        if (kept == 0 || !object_eq(o[kept - 1], o[i]))
            o[kept++] = o[i];
    *n_objects = kept;
    return o;
}

static int item_cmp(const void *key, const void *item)
{
    return object_cmp(key, &((const struct item *)item)->row.object);
}

/* ---- what they say about one row ---- */

static struct stock_channel *channel_of(struct stock_row *row, struct str code)
{
    struct stock_channel *ch = stock_channel_coded(row, code);
    if (ch != NULL || row->n_channels == STOCK_CHANNELS)
        return ch;
    ch = &row->channels[row->n_channels++];
    *ch = (struct stock_channel){.code = code};
    return ch;
}

/* Counters are cumulative: the last line that moves the row speaks for the whole event. */
static void counters(struct hub_effect *e, const struct effect_fact *f)
{
    e->parts |= PART_COUNTERS;
    e->row.h_t = f->h_t;
    e->row.lh_t = f->lh_t;
    if (f->has_xr) {
        e->parts |= PART_RETURNED;
        e->row.xr_t = f->xr_t;
        e->row.gen_id = f->gen;
    }
    if (f->has_cut) {
        e->parts |= PART_CUT;
        e->row.base_h_t = f->base_h_t;
        e->row.gen_id = f->gen;
    }
    for (uint16_t i = 0; i < f->n_used; i++) {
        struct stock_channel *ch = channel_of(&e->row, f->used[i].code);
        if (ch == NULL)
            continue;
        e->parts |= PART_USED;
        ch->used_t = f->used[i].used_t;
    }
}

static void base(struct hub_effect *e, const struct event_facts *f)
{
    e->parts |= PART_BASE;
    e->row.base_id = f->base_id;
    e->row.base_t = f->base_t;
    e->row.base_h_t = f->base_h_t;
    e->row.base_c_t = f->base_c_t;
    e->row.base_hf = e->row.base_cf = true;
    e->row.base_stamp = f->stamp;
}

/* Members that are missing stay as the center has them. */
static void plan(struct hub_effect *e, const struct event_facts *f, const struct stock_row *mine)
{
    e->parts |= PART_PLAN;
    e->row.type = mine->type;
    if (f->has_limited)
        e->row.type = f->limited ? STOCK_LIMITED : STOCK_UNLIMITED;
    e->row.plan_t = f->has_plan ? f->plan_t : mine->plan_t;
    e->row.plan_stamp = f->stamp;
    if (!f->has_restore)
        return;
    e->parts |= PART_RESTORE;
    e->row.auto_restore = f->auto_restore ? 1 : 2;
    e->row.repeat = f->daily;
    e->row.restore_at_ms = f->restore_at_ms;
}

static void channel(struct hub_effect *e, const struct event_facts *f, struct stock_row *mine)
{
    const struct stock_channel *known = stock_channel_coded(mine, f->channel);
    struct stock_channel *ch = channel_of(&e->row, f->channel);
    if (ch == NULL)
        return;
    int64_t used_t = e->parts & PART_USED ? ch->used_t : known != NULL ? known->used_t : 0;
    e->parts |= PART_CHANNEL;
    *ch = known != NULL ? *known
                        : (struct stock_channel){.code = f->channel,
                                                 .status = STATUS_ON_SALE,
                                                 .type = STOCK_UNLIMITED,
                                                 .limit_t = AVAIL_INFINITE};
    ch->used_t = used_t;
    ch->stamp = f->stamp;
    if (f->has_on_sale)
        ch->status = f->on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
    if (f->has_limited)
        ch->type = f->limited ? STOCK_LIMITED : STOCK_UNLIMITED;
    if (f->has_limit)
        ch->limit_t = f->limit_t;
    ch->deleted = false;
    if (!f->has_weight && !f->has_reserve)
        return;
    e->parts |= PART_SHARES;
    if (f->has_weight)
        ch->weight = f->weight;
    if (f->has_reserve)
        ch->reserve_t = f->reserve_t;
}

/* The hub's own cut of the generation; of the center's counter it knew only what it had seen. */
static void restore(struct hub_effect *e, const struct event_facts *f)
{
    struct stamp due = {f->due_at_ms, 0, ORIGIN_TIMER};
    base(e, f);
    e->parts |= PART_GEN | PART_STATUS | (f->has_offer ? PART_NAMED : 0);
    e->row.base_cf = false;
    e->row.base_stamp = e->row.status_stamp = due;
    e->row.plan_stamp = f->stamp;
    e->row.gen_id = f->base_id;
    e->row.status = STATUS_ON_SALE;
    e->offer_n = f->offer_n;
    e->hub_t = f->hub_t;
}

static void registers(struct hub_effect *e, const struct arrival *a, struct stock_row *mine)
{
    const struct event_facts *f = &a->facts;
    enum event_kind kind = a->event.kind_no;
    if (kind == EVENT_STOCK_SET)
        base(e, f);
    else if (kind == EVENT_STATUS_SET) {
        e->parts |= PART_STATUS;
        e->row.status = f->on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
        e->row.status_stamp = f->stamp;
    } else if (kind == EVENT_PLAN_SET)
        plan(e, f, mine);
    else if (kind == EVENT_CHANNEL_SET)
        channel(e, f, mine);
    else if (kind == EVENT_RESTORE)
        restore(e, f);
    else if (kind == EVENT_MODE_ACK) {
        e->parts |= PART_MODE;
        e->row.mode = f->mode;
    } else if (kind == EVENT_OFFER_ACK) {
        e->parts |= PART_OFFER_ACK;
        e->offer_n = f->offer_n;
    }
}

/* ---- merging ---- */

static void merge_into(struct item *it, const struct arrival *a, const struct store *s)
{
    const struct event_facts *f = &a->facts;
    struct hub_effect e = {.at = {s->epoch, a->event.seq}, .at_ms = a->event.hlc.l_ms};
    struct str before = it->row.gen_id;
    e.row.plan_stamp = it->row.plan_stamp;
    for (uint32_t i = 0; i < f->n_effects; i++)
        if (object_eq(f->effects[i].object, it->row.object))
            counters(&e, &f->effects[i]);
    if (a->event.kind_no == EVENT_ROW_STATE)
        e.parts |= PART_STATE;
    if (f->object.id != 0 && object_eq(f->object, it->row.object))
        registers(&e, a, &it->row);
    struct merge m = merge_hub_event(&it->row, &e, s->hlc.l_ms);
    it->changed |= m.changed;
    it->superseded |= m.superseded != 0;
    it->news |= m.differs || m.superseded != 0;
    if (!str_eq(before, it->row.gen_id))
        it->gen_before = before;
}

struct item *effect_item(const struct items *items, struct object object)
{
    return bsearch(&object, items->at, items->n, sizeof(*items->at), item_cmp);
}

static void merge_object(struct items *items, const struct arrival *a, const struct store *s,
                         struct object object)
{
    struct item *it = effect_item(items, object);
    struct position at = {s->epoch, a->event.seq};
    if (it != NULL && position_cmp(it->row.h_at, at) < 0)
        merge_into(it, a, s);
}

/* The generation that the hub was in. Until its cut of the row's is known it was in the one before,
 * whatever the center has restored meanwhile. */
static struct str generation_then(const struct item *it)
{
    bool provisional = !it->row.base_hf && restore_ms(it->row.base_id) >= 0;
    return provisional ? it->gen_before : it->row.gen_id;
}

static void note_generations(struct call *c, const struct items *items, struct arrival *a)
{
    a->gens = arena_alloc(&c->arena, a->facts.n_effects * sizeof(*a->gens));
    for (uint32_t i = 0; a->gens != NULL && i < a->facts.n_effects; i++) {
        const struct item *it = effect_item(items, a->facts.effects[i].object);
        a->gens[i] = it != NULL ? generation_then(it) : STR("");
    }
}

void effect_merge(struct call *c, struct items *items, struct arrival *a, const struct store *s)
{
    for (uint32_t i = 0; i < a->facts.n_effects; i++)
        merge_object(items, a, s, a->facts.effects[i].object);
    if (a->facts.object.id != 0)
        merge_object(items, a, s, a->facts.object);
    if (a->facts.order_id.n > 0)
        note_generations(c, items, a);
}
