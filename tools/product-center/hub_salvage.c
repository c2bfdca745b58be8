/* POST /api/v1/poi/hub/salvage: a fenced box tells what it had not told yet (sync-protocol 3.7).
 *   {"brandId","poiId","box_id","epoch":7,"first_seq":1041,"prev":"<hash of 1040>","events":[..]}
 *   {"code":0,"acked_seq":1043}
 * The epoch is an ended one, or one that was opened without the center. The events must follow
 * something that is known of it: 409 SEQ_GAP otherwise, with where to begin as `expected`. One that
 * is known already has no second effect.
 */
#include <string.h>

#include "proto/wire.h"
#include "tools/product-center/change.h"
#include "tools/product-center/effect.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/ingest.h"
#include "tools/product-center/mirror.h"
#include "tools/product-center/mirror_event.h"
#include "tools/product-center/override.h"
#include "tools/product-center/oversell.h"
#include "tools/product-center/salvage_stock.h"
#include "tools/product-center/salvaged.h"

struct salvage {
    struct call *call;
    struct str brand, poi, box_id;
    uint32_t epoch;
    uint64_t first_seq;
    uint8_t prev[HASH_BYTES];
    const struct json *events;
    size_t n_events;
    struct store store;
    struct counts counts;
    struct arrival *arrivals; /* those that are new */
    size_t n;
};

static enum code decode(struct salvage *v, char path[FIELD_PATH])
{
    struct fields f;
    const struct json *body = v->call->body;
    fields_begin(&f, &v->call->arena, path);
    wire_need_store(&f, body, &v->brand, &v->poi);
    field_need(&f, wire_text(&f, body, "box_id", LIMIT_BOX_ID, &v->box_id), "box_id");
    field_need(&f, field_u32(&f, body, "epoch", 1, UINT32_MAX - 1, &v->epoch), "epoch");
    field_need(&f, wire_u64(&f, body, "first_seq", &v->first_seq), "first_seq");
    field_need(&f, wire_hash(&f, body, "prev", v->prev), "prev");
    v->events = wire_array_at(&f, body, "events");
    v->n_events = wire_count(v->events);
    field_need(&f, v->events != NULL, "events");
    if (f.code == CODE_OK && v->first_seq == 0)
        field_refuse(&f, CODE_BAD_REQUEST, "first_seq");
    if (f.code == CODE_OK && v->n_events > LIMIT_BATCH_EVENTS)
        field_refuse(&f, CODE_BAD_REQUEST, "events");
    return f.code;
}

static bool check_epoch(const struct salvage *v)
{
    if (v->epoch < v->store.epoch)
        return true;
    if (v->epoch == v->store.epoch)
        call_fail(v->call, CLOUD_BAD_BATCH, "epoch: it is open, its events go to sync-from-pos");
    else
        call_fail(v->call, CLOUD_UNKNOWN_EPOCH, "no later epoch was opened here: claim one");
    return false;
}

static bool check_start(const struct salvage *v, const struct history *h)
{
    uint8_t genesis[HASH_BYTES];
    uint64_t before = v->first_seq - 1;
    chain_genesis(v->brand, v->poi, v->epoch, genesis);
    if (before == 0 ? memcmp(v->prev, genesis, HASH_BYTES) == 0 : history_has(h, before, v->prev))
        return true;
    uint64_t last = history_end(v->call, v->epoch);
    call_error(v->call,
               &(struct cloud_error){.name = CLOUD_SEQ_GAP,
                                     .detail = STR("nothing known here comes before these"),
                                     .expected = last < before ? last + 1 : 1});
    return false;
}

/* The header, its place and its hash. False: the call has failed. */
static bool read_event(struct salvage *v, const struct json *json, uint64_t seq,
                       const uint8_t prev[HASH_BYTES], struct cloud_event *out)
{
    char path[FIELD_PATH];
    if (cloud_event_decode(json, out, path) != CODE_OK)
        call_fail(v->call, CLOUD_BAD_BATCH, path);
    else if (out->seq != seq)
        call_fail(v->call, CLOUD_BAD_BATCH, "seq");
    else if (!cloud_event_follows(out, prev))
        call_fail(v->call, CLOUD_BAD_BATCH, "hash");
    else
        return true;
    return false;
}

static bool read_events(struct salvage *v, const struct history *h)
{
    uint8_t prev[HASH_BYTES];
    uint64_t seq = v->first_seq;
    memcpy(prev, v->prev, sizeof(prev));
    v->arrivals = arena_alloc(&v->call->arena, (v->n_events + 1) * sizeof(*v->arrivals));
    if (v->arrivals == NULL)
        return false;
    for (const struct json *e = json_first(v->events); e != NULL; e = json_next(e), seq++) {
        struct arrival *a = &v->arrivals[v->n];
        *a = (struct arrival){.json = e};
        if (!read_event(v, e, seq, prev, &a->event))
            return false;
        memcpy(prev, a->event.hash, sizeof(prev));
        if (history_has(h, seq, a->event.hash))
            continue;
        a->dead = arrival_fault(v->call, a);
        if (a->dead != NULL)
            a->facts = (struct event_facts){0};
        v->n++;
    }
    return true;
}

/* ---- writing ---- */

static bool named_before(const struct arrival *a, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eq(a[k].facts.order_id, a[i].facts.order_id))
            return true;
    return false;
}

static void mark_orders(struct call *c, const struct arrival *a, size_t n)
{
    size_t n_ids = 0;
    struct str *ids = arena_alloc(&c->arena, n * sizeof(*ids));
    for (size_t i = 0; ids != NULL && i < n; i++)
        if (a[i].facts.order_id.n > 0 && !named_before(a, i))
            ids[n_ids++] = a[i].facts.order_id;
    if (n_ids == 0)
        return;
    struct mirror m = mirror_load(c, ids, n_ids);
    for (size_t i = 0; i < m.n; i++)
        m.at[i].salvaged = m.at[i].changed = m.at[i].status != ORDER_NONE;
    mirror_save(c, &m);
}

static void write_group(struct salvage *v, const struct arrival *a, size_t n)
{
    struct call *c = v->call;
    size_t n_objects;
    const struct object *objects = effect_objects(c, a, n, &n_objects);
    struct items items = items_load(c, objects, n_objects);
    salvage_merge(v->store.hlc.l_ms, &v->counts, &items, a, n, v->epoch);
    change_commit(c, &v->store, &items,
                  &(struct change){.by = "salvage", .position = {v->epoch, a[n - 1].event.seq}});
    mirror_events(c, v->epoch, a, n, &items, true);
    mark_orders(c, a, n);
    overrides_add(c, a, n);
    oversell_evaluate_items(c, &v->store, &items);
    salvaged_add(c, v->epoch, v->box_id, a, n);
}

/* As ingestion does it: what the tables refuse is found by halving, and put aside alone. */
static void salvage_group(struct salvage *v, struct arrival *a, size_t n)
{
    struct store before = v->store;
    if (n == 0 || !db_ok(v->call->db))
        return;
    db_mark(v->call->db);
    write_group(v, a, n);
    if (db_unmark(v->call->db))
        return;
    v->store = before;
    if (n > 1) {
        salvage_group(v, a, n / 2);
        salvage_group(v, a + n / 2, n - n / 2);
    } else if (a->dead == NULL && db_ok(v->call->db)) {
        a->dead = "CONSTRAINT";
        a->facts = (struct event_facts){0};
        salvaged_add(v->call, v->epoch, v->box_id, a, 1);
    }
}

static void answer(const struct salvage *v)
{
    struct call *c = v->call;
    call_answer(c);
    wire_put_u64(&c->out, "acked_seq", v->first_seq + v->n_events - 1);
    call_done(c);
}

void hub_salvage(struct call *c)
{
    char path[FIELD_PATH];
    struct salvage v = {.call = c};
    enum code code = decode(&v, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, v.brand, v.poi);
    store_lock(c, &v.store);
    if (!check_epoch(&v))
        return;
    struct history h =
        history_read(c, v.epoch, v.first_seq > 1 ? v.first_seq - 1 : 0, v.first_seq + v.n_events);
    if (!check_start(&v, &h) || !read_events(&v, &h))
        return;
    v.counts = counts_read(c, v.epoch);
    salvage_group(&v, v.arrivals, v.n);
    store_save(c, &v.store);
    answer(&v);
}
