/* The rows of a batch are merged in memory and written in bulk, under a savepoint. When the tables
 * refuse that, the batch is halved until the one event stands alone that they refuse; it goes to
 * the dead letters, the others are written.
 */
#include "tools/product-center/ingest.h"

#include <string.h>

#include "proto/merge.h"
#include "proto/rights.h"
#include "tools/product-center/base_cut.h"
#include "tools/product-center/change.h"
#include "tools/product-center/effect.h"
#include "tools/product-center/guard.h"
#include "tools/product-center/mirror_event.h"
#include "tools/product-center/override.h"
#include "tools/product-center/oversell.h"
#include "tools/product-center/rights.h"
#include "tools/product-center/setting.h"
#include "tools/product-center/show.h"
#include "tools/product-center/view.h"
#include "tools/product-center/want.h"

struct ingest {
    struct call *call;
    const struct cloud_sync *in;
    struct store store;
    struct arrival *arrivals; /* those after acked_seq */
    size_t n;
    uint64_t ver_before, ver; /* what the answer tells lies between them */
    struct told *told;
};
/* A group's rows, for the answer. */
struct told {
    struct items items;
    struct told *next;
};

/* ---- is it the next part of the chain? ---- */

static bool check_epoch(struct ingest *g)
{
    if (g->in->epoch == g->store.epoch)
        return guard_box(g->call, &g->store);
    if (g->in->epoch < g->store.epoch)
        call_error(g->call, &(struct cloud_error){.name = CLOUD_FENCED,
                                                  .detail = STR("another box has taken over"),
                                                  .epoch = g->store.epoch});
    else
        call_fail(g->call, CLOUD_UNKNOWN_EPOCH, "this epoch was not opened here: claim one");
    return false;
}

static bool check_gap(struct ingest *g)
{
    if (g->in->first_seq <= g->store.acked + 1)
        return true;
    call_error(g->call, &(struct cloud_error){.name = CLOUD_SEQ_GAP,
                                              .detail = STR("events are missing before these"),
                                              .expected = g->store.acked + 1});
    return false;
}

/* `hash` is that of event `seq`; at acked_seq it must be the one that was stored. */
static bool check_tail(struct ingest *g, uint64_t seq, const uint8_t hash[HASH_BYTES])
{
    if (seq != g->store.acked || memcmp(hash, g->store.tail, HASH_BYTES) == 0)
        return true;
    call_fail(g->call, CLOUD_CHAIN_FORK, "these events do not follow those stored here");
    return false;
}

/* The header, its place and its hash. False: the call has failed. */
static bool read_event(struct ingest *g, const struct json *v, uint64_t seq,
                       const uint8_t prev[HASH_BYTES], struct cloud_event *out)
{
    char path[FIELD_PATH];
    if (cloud_event_decode(v, out, path) != CODE_OK)
        call_fail(g->call, CLOUD_BAD_BATCH, path);
    else if (out->seq != seq)
        call_fail(g->call, CLOUD_BAD_BATCH, "seq");
    else if (!cloud_event_follows(out, prev))
        call_fail(g->call, CLOUD_BAD_BATCH, "hash");
    else
        return check_tail(g, seq, out->hash);
    return false;
}

static bool read_events(struct ingest *g)
{
    const struct json *v = g->in->events != NULL ? json_first(g->in->events) : NULL;
    uint8_t prev[HASH_BYTES];
    memcpy(prev, g->in->prev, sizeof(prev));
    g->arrivals = arena_alloc(&g->call->arena, (g->in->n_events + 1) * sizeof(*g->arrivals));
    if (g->arrivals == NULL || !check_tail(g, g->in->first_seq - 1, prev))
        return false;
    for (uint64_t seq = g->in->first_seq; v != NULL; v = json_next(v), seq++) {
        struct arrival *a = &g->arrivals[g->n];
        if (!read_event(g, v, seq, prev, &a->event))
            return false;
        a->json = v;
        memcpy(prev, a->event.hash, sizeof(prev));
        if (seq > g->store.acked)
            g->n++;
    }
    return true;
}

/* ---- what is it good for? ---- */

/* Of the bases that events make. */
static const char *stock_fault(const struct arrival *a)
{
    const struct event_facts *f = &a->facts;
    bool restores = a->event.kind_no == EVENT_RESTORE;
    if ((restores || a->event.kind_no == EVENT_STOCK_SET) && !f->has_base)
        return "BAD_BODY";
    if (restores && restore_ms(f->base_id) != f->due_at_ms)
        return "BAD_BODY";
    return NULL;
}

/* A hub that restores what is far from due here has a wild clock; it takes that back when it sees
 * the row. */
static const char *clock_fault(const struct store *s, const struct arrival *a)
{
    bool restores = a->event.kind_no == EVENT_RESTORE;
    bool far = a->facts.due_at_ms > s->hlc.l_ms + RESTORE_AHEAD_MS;
    return restores && far ? "CLOCK_AHEAD" : NULL;
}

const char *arrival_fault(struct call *c, struct arrival *a)
{
    char path[FIELD_PATH];
    const struct cloud_event *e = &a->event;
    if (e->gave_up)
        return "GAVE_UP";
    if (!e->known)
        return "UNKNOWN_KIND";
    if (!cloud_event_body_is_whole(e))
        return "BAD_HASH_BODY";
    if (!cloud_event_is_whole(e->kind_no))
        return NULL;
    if (e->body == NULL)
        return "BAD_BODY";
    if (cloud_event_facts(e, &c->arena, &a->facts, path) != CODE_OK)
        return "BAD_BODY";
    return stock_fault(a);
}

static void judge(struct ingest *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct arrival *a = &g->arrivals[i];
        a->dead = arrival_fault(g->call, a);
        if (a->dead == NULL)
            a->dead = clock_fault(&g->store, a);
        if (a->dead != NULL)
            a->facts = (struct event_facts){0};
    }
}

/* ---- writing ---- */

static void merge_group(struct ingest *g, struct arrival *a, size_t n, struct items *items)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i].dead != NULL)
            continue;
        effect_merge(g->call, items, &a[i], &g->store);
        rights_event(g->call, &g->store, items, &a[i]);
    }
}

static void write_group(struct ingest *g, struct arrival *a, size_t n, struct items *items)
{
    struct call *c = g->call;
    size_t n_objects;
    const struct object *objects = effect_objects(c, a, n, &n_objects);
    *items = items_load(c, objects, n_objects);
    merge_group(g, a, n, items);
    struct change how = {
        .by = "hub", .position = {g->store.epoch, a[n - 1].event.seq}, .echo = true};
    change_commit(c, &g->store, items, &how);
    base_cut_events(c, g->store.epoch, a, n, items);
    mirror_events(c, g->store.epoch, a, n, items, false);
    overrides_add(c, a, n);
    events_add(c, g->store.epoch, a, n);
    dead_add(c, g->store.epoch, a, n);
}

static void tell(struct ingest *g, const struct items *items)
{
    struct told *t = arena_alloc(&g->call->arena, sizeof(*t));
    if (t == NULL)
        return;
    *t = (struct told){.items = *items, .next = g->told};
    g->told = t;
}

static void ingest_group(struct ingest *g, struct arrival *a, size_t n)
{
    struct items items;
    struct store before = g->store;
    if (n == 0 || !db_ok(g->call->db))
        return;
    db_mark(g->call->db);
    write_group(g, a, n, &items);
    if (db_unmark(g->call->db)) {
        tell(g, &items);
        return;
    }
    g->store = before;
    if (n > 1) {
        ingest_group(g, a, n / 2);
        ingest_group(g, a + n / 2, n - n / 2);
    } else if (a->dead == NULL && db_ok(g->call->db)) {
        a->dead = "CONSTRAINT";
        a->facts = (struct event_facts){0};
        dead_add(g->call, g->store.epoch, a, 1);
    }
}

/* Under a savepoint of their own: what is asked for must not hold up what has happened. */
static void answer_wants(struct ingest *g)
{
    struct store before = g->store;
    if (g->in->n_wants == 0 || !db_ok(g->call->db))
        return;
    db_mark(g->call->db);
    struct items items = want_answer(g->call, &g->store, g->in->wants, g->in->n_wants);
    if (db_unmark(g->call->db))
        tell(g, &items);
    else
        g->store = before;
}

static void advance(struct ingest *g)
{
    struct store *s = &g->store;
    if (g->n > 0) {
        const struct cloud_event *last = &g->arrivals[g->n - 1].event;
        s->acked = last->seq;
        memcpy(s->tail, last->hash, HASH_BYTES);
    }
    s->head = g->in->head_seq > s->acked ? g->in->head_seq : s->acked;
    if (g->in->applied_ver > s->applied && g->in->applied_ver <= s->ver)
        s->applied = g->in->applied_ver;
    s->seen_ms = g->call->now_ms;
}

static bool is_among(const struct stock_row *const *rows, size_t n, struct object object)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i]->object.id == object.id && rows[i]->object.type == object.type)
            return true;
    return false;
}

/* Of each row that changed, as the last group left it; the answer knows nothing of cases, they go
 * down as any news does. */
static void find_oversold(struct ingest *g)
{
    size_t most = 0, n = 0;
    for (const struct told *t = g->told; t != NULL; t = t->next)
        most += t->items.n;
    const struct stock_row **rows = arena_alloc(&g->call->arena, most * sizeof(*rows));
    for (const struct told *t = g->told; rows != NULL && t != NULL; t = t->next)
        for (size_t i = 0; i < t->items.n; i++)
            if (t->items.at[i].changed && !is_among(rows, n, t->items.at[i].row.object))
                rows[n++] = &t->items.at[i].row;
    g->ver = g->store.ver;
    oversell_evaluate(g->call, &g->store, rows, n);
}

/* As the last group left it; NULL: no group changed it. */
static const struct item *told_find(const struct ingest *g, struct object object)
{
    for (const struct told *t = g->told; t != NULL; t = t->next) {
        const struct item *it = items_find(&t->items, object);
        if (it != NULL && it->changed)
            return it;
    }
    return NULL;
}

/* Only of a hub that has seen all there is and told all it has: else the two must differ. */
static void check_view(struct ingest *g)
{
    char path[FIELD_PATH];
    struct cloud_row view, first = {0};
    const struct item *of_first = NULL;
    size_t n = 0;
    if (g->in->objects == NULL || g->in->applied_ver != g->ver_before ||
        g->in->head_seq != g->in->last_seq)
        return;
    for (const struct json *v = json_first(g->in->objects); v != NULL; v = json_next(v)) {
        if (cloud_row_decode(v, &view, path) != CODE_OK)
            continue;
        const struct item *it = told_find(g, view.row.object);
        if (it == NULL || it->news || !view_differs(&view, &it->row))
            continue;
        if (n++ == 0) {
            first = view;
            of_first = it;
        }
    }
    if (n > 0)
        view_report(g->call, &first, &of_first->row, n);
}

static void answer(struct ingest *g)
{
    struct call *c = g->call;
    struct cloud_sync_reply reply = {.epoch = g->store.epoch,
                                     .center_epoch = g->store.center_epoch,
                                     .acked_seq = g->store.acked,
                                     .ver_before = g->ver_before,
                                     .ver = g->ver,
                                     .server_hlc = g->store.hlc,
                                     .settings_text = setting_for_batch(c, &g->store)};
    memcpy(reply.tail, g->store.tail, HASH_BYTES);
    reply.dead = dead_list(c, g->store.epoch, g->in->first_seq, g->in->last_seq, &reply.n_dead);
    c->status = 200;
    cloud_sync_reply_begin(&c->out, &reply);
    for (const struct told *t = g->told; t != NULL; t = t->next)
        for (size_t i = 0; i < t->items.n; i++)
            if (t->items.at[i].news)
                item_write(&c->out, &t->items.at[i], true);
    cloud_sync_reply_end(&c->out);
}

void ingest_batch(struct call *c, const struct cloud_sync *in)
{
    struct ingest g = {.call = c, .in = in};
    store_lock(c, &g.store);
    g.ver_before = g.store.ver;
    if (!check_epoch(&g) || !check_gap(&g) || !read_events(&g))
        return;
    judge(&g);
    ingest_group(&g, g.arrivals, g.n);
    answer_wants(&g);
    advance(&g);
    check_view(&g);
    find_oversold(&g);
    store_save(c, &g.store);
    answer(&g);
}
