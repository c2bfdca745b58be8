#include "tools/product-center/mirror_event.h"

#include <stdlib.h>

#include "tools/product-center/effect.h"
#include "tools/product-center/mirror.h"

struct telling {
    struct call *call;
    const struct items *items;
    uint32_t epoch;
    bool late;
    bool passed;          /* an event after this one was told before: it fills in what is missing */
    struct mirror mirror; /* by id */
};

/* ---- which orders ---- */

static int id_cmp(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int order_cmp(const void *id, const void *order)
{
    return str_cmp(*(const struct str *)id, ((const struct mirror_order *)order)->order_id);
}

static bool tells(const struct arrival *a)
{
    return a->dead == NULL && a->facts.order_id.n > 0 && a->facts.state != ORDER_NONE;
}

static bool is_centers(const struct event_facts *f)
{
    return str_eq(f->origin, STR("CENTER"));
}

/* It opens the order, and nothing that is stored of it matters. */
static bool opens(const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    return f->whole && !str_eq(f->cause, STR("ADD")) && !str_eq(f->cause, STR("LATE_PAY")) &&
           !is_centers(f);
}

static struct mirror_order *order_of(const struct mirror *m, struct str id)
{
    return m->n > 0 ? bsearch(&id, m->at, m->n, sizeof(*m->at), order_cmp) : NULL;
}

/* Sorted, each once, in the arena. */
static struct str *ids_of(struct call *c, const struct arrival *a, size_t n, size_t *n_ids)
{
    struct str *ids = arena_alloc(&c->arena, n * sizeof(*ids));
    size_t all = 0, kept = 0;
    for (size_t i = 0; ids != NULL && i < n; i++)
        if (tells(&a[i]))
            ids[all++] = a[i].facts.order_id;
    if (all > 1)
        qsort(ids, all, sizeof(*ids), id_cmp);
    for (size_t i = 0; i < all; i++)
        if (kept == 0 || !str_eq(ids[kept - 1], ids[i]))
            ids[kept++] = ids[i];
    *n_ids = kept;
    return ids;
}

enum first { FIRST_NONE, FIRST_OPENS, FIRST_STORED };

/* What the first event here makes of each order: a new one, or more of one that
 * is stored. */
static void firsts_find(const struct telling *t, const struct arrival *a, size_t n,
                        enum first *firsts)
{
    for (size_t i = 0; i < n; i++) {
        if (!tells(&a[i]))
            continue;
        enum first *first = &firsts[order_of(&t->mirror, a[i].facts.order_id) - t->mirror.at];
        if (*first == FIRST_NONE)
            *first = opens(&a[i]) && !t->late ? FIRST_OPENS : FIRST_STORED;
    }
}

static void load_stored(struct telling *t, const enum first *firsts)
{
    struct mirror *m = &t->mirror;
    struct str *ids = arena_alloc(&t->call->arena, m->n * sizeof(*ids));
    size_t n = 0, k = 0;
    for (size_t i = 0; ids != NULL && i < m->n; i++)
        if (firsts[i] == FIRST_STORED)
            ids[n++] = m->at[i].order_id;
    struct mirror found = mirror_load(t->call, ids, n);
    for (size_t i = 0; i < m->n && k < found.n; i++)
        if (firsts[i] == FIRST_STORED)
            m->at[i] = found.at[k++];
}

static void orders_begin(struct telling *t, const struct arrival *a, size_t n)
{
    size_t n_ids;
    struct arena *arena = &t->call->arena;
    const struct str *ids = ids_of(t->call, a, n, &n_ids);
    enum first *firsts = arena_alloc(arena, n_ids * sizeof(*firsts));
    struct mirror_order *at = arena_alloc(arena, n_ids * sizeof(*at));
    if (at == NULL || firsts == NULL || ids == NULL)
        return;
    for (size_t i = 0; i < n_ids; i++)
        at[i] = (struct mirror_order){.order_id = ids[i]};
    t->mirror = (struct mirror){at, n_ids};
    firsts_find(t, a, n, firsts);
    load_stored(t, firsts);
}

/* ---- the order ---- */

static struct str kept_text(struct call *c, const struct json *v)
{
    struct jw w = call_scratch(c);
    jw_value(&w, v);
    return arena_str(&c->arena, jw_text(&w));
}

static void tell_placed(struct telling *t, struct mirror_order *o, const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    o->origin = f->origin;
    o->channel = f->channel;
    o->number = f->number;
    o->day = f->day;
    o->note = f->note;
    o->user_id = f->user_id;
    if (o->body.n > 0)
        return;
    o->body = kept_text(t->call, a->event.body);
    o->hlc = a->event.hlc;
    o->clock_suspect = a->event.suspect;
}

static void tell_line(struct telling *t, struct mirror_order *o, const struct line_fact *f)
{
    struct mirror_line *l = mirror_line_add(t->call, o, f->line);
    if (l == NULL)
        return;
    l->round = f->round;
    l->object = f->object;
    l->name = f->name;
    l->q_t = f->q_t;
    l->amount_e4 = f->amount_e4;
    l->attempt++;
}

static void tell_money(struct mirror_order *o, const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    for (uint16_t i = 0; i < f->n_payments; i++)
        o->paid_e4 += f->payments[i].amount_e4;
    if (a->event.kind_no == EVENT_ORDER_REFUND)
        o->refunded_e4 += f->amount_e4;
    if (a->event.kind_no == EVENT_REFUND_DUE)
        o->refund_due_e4 += f->amount_e4;
}

/* A kitchen that has served the order has served every line; a round, those up
 * to it. */
static void tell_served(struct mirror_order *o, const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    bool rounds = a->event.kind_no == EVENT_ORDER_SERVED;
    if (f->kitchen.n > 0) {
        o->kitchen = f->kitchen;
        o->served = str_eq(f->kitchen, STR("SERVED"));
    }
    for (size_t i = 0; i < o->n_lines; i++)
        o->lines[i].served |= o->served || (rounds && o->lines[i].round <= f->round);
}

static void tell_state(struct mirror_order *o, const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    if (o->paid_ms == 0 && (f->state == ORDER_PAID || f->state == ORDER_ENDED))
        o->paid_ms = a->event.hlc.l_ms;
    o->status = f->state;
    o->amount_e4 = f->due_e4;
}

/* ---- what its lines hold ---- */

static void hold(struct telling *t, struct mirror_effect *e, const struct arrival *a,
                 const struct effect_fact *f)
{
    const struct item *it = effect_item(t->items, f->object);
    e->gen_id = a->facts.gen;
    if (e->gen_id.n == 0 && a->gens != NULL)
        e->gen_id = a->gens[f - a->facts.effects];
    else if (e->gen_id.n == 0 && it != NULL)
        e->gen_id = it->row.gen_id;
    e->q_t += f->q_t;
}

/* A weighed line may be deducted with less or more than was locked. */
static void deduct(const struct telling *t, struct mirror_effect *e, const struct effect_fact *f,
                   struct position at)
{
    e->q_t = t->passed ? e->q_t : f->q_t;
    e->deducted = true;
    e->at = at;
}

static void move(struct telling *t, struct mirror_effect *e, const struct arrival *a,
                 const struct effect_fact *f)
{
    struct position at = {t->epoch, a->event.seq};
    enum event_kind kind = a->event.kind_no;
    if (kind == EVENT_ORDER_UNLOCK || kind == EVENT_ORDER_REFUND)
        e->q_t -= f->q_t;
    else if (kind == EVENT_ORDER_DEDUCT) {
        deduct(t, e, f, at);
    } else if (!e->deducted || e->q_t == 0) { /* else an event after this one was told before it */
        hold(t, e, a, f);
        e->deducted = kind == EVENT_ORDER_SELL;
        e->at = e->deducted ? at : (struct position){0, 0};
    }
}

static void move_effects(struct telling *t, struct mirror_order *o, const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    for (uint32_t i = 0; i < f->n_effects; i++) {
        const struct effect_fact *fact = &f->effects[i];
        struct mirror_line *l = fact->line > 0 ? mirror_line_add(t->call, o, fact->line) : NULL;
        struct mirror_effect *e = l != NULL ? mirror_effect_add(t->call, l, fact->object) : NULL;
        if (e != NULL)
            move(t, e, a, fact);
    }
}

static bool is_restocked(const struct event_facts *f, uint32_t line)
{
    for (uint32_t i = 0; i < f->n_effects; i++)
        if (f->effects[i].line == line)
            return true;
    return false;
}

static void move_line(const struct telling *t, struct mirror_line *l, const struct arrival *a,
                      const struct line_fact *f)
{
    enum event_kind kind = a->event.kind_no;
    if (kind == EVENT_ORDER_LOCK)
        l->state = t->passed ? l->state : RESERVED_LOCKED;
    else if (kind == EVENT_ORDER_DEDUCT || kind == EVENT_ORDER_SELL)
        l->state = RESERVED_DEDUCTED;
    else if (kind == EVENT_ORDER_REFUND && is_restocked(&a->facts, f->line))
        l->restocked_t += f->q_t;
    else if (kind == EVENT_ORDER_UNLOCK) {
        bool voided = str_eq(a->facts.cause, STR("VOID"));
        l->voided_t += voided ? f->q_t : 0;
        if (!voided || l->voided_t >= l->q_t)
            l->state = RESERVED_UNLOCKED;
    }
}

static void move_lines(struct telling *t, struct mirror_order *o, const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    for (uint16_t i = 0; i < f->n_lines; i++) {
        struct mirror_line *l = mirror_line_add(t->call, o, f->lines[i].line);
        if (l != NULL)
            move_line(t, l, a, &f->lines[i]);
    }
    move_effects(t, o, a);
}

/* ---- one event ---- */

/* What stands in it of the center's own order is the center's, but for the
 * kitchen: paid and served, it has ended. */
static void tell_centers(struct mirror_order *o, const struct arrival *a)
{
    if (a->facts.number.n > 0)
        o->number = a->facts.number;
    tell_served(o, a);
    if (o->status == ORDER_PAID && o->served)
        o->status = ORDER_ENDED;
}

static void tell_stores(struct telling *t, struct mirror_order *o, const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    if (f->whole)
        tell_placed(t, o, a);
    for (uint16_t i = 0; f->whole && i < f->n_lines; i++)
        tell_line(t, o, &f->lines[i]);
    move_lines(t, o, a);
    tell_money(o, a);
    if (t->passed)
        return;
    tell_served(o, a);
    tell_state(o, a);
}

static void tell(struct telling *t, const struct arrival *a)
{
    struct mirror_order *o = order_of(&t->mirror, a->facts.order_id);
    struct position at = {t->epoch, a->event.seq};
    t->passed = o->status != ORDER_NONE && position_cmp(at, o->at) < 0;
    if (o->status == ORDER_NONE) {
        o->side = is_centers(&a->facts) ? MIRROR_ONLINE : MIRROR_STORE;
        o->status = a->facts.state;
        o->kitchen = STR("NONE");
        o->channel = a->facts.channel;
    }
    if (o->side == MIRROR_ONLINE)
        tell_centers(o, a);
    else
        tell_stores(t, o, a);
    o->at = t->passed ? o->at : at;
    o->changed = true;
}

void mirror_events(struct call *c, uint32_t epoch, const struct arrival *a, size_t n,
                   const struct items *items, bool late)
{
    struct telling t = {.call = c, .items = items, .epoch = epoch, .late = late};
    orders_begin(&t, a, n);
    for (size_t i = 0; i < n && t.mirror.n > 0; i++)
        if (tells(&a[i]))
            tell(&t, &a[i]);
    mirror_save(c, &t.mirror);
}
