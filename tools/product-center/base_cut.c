#include "tools/product-center/base_cut.h"

#include "tools/product-center/effect.h"

#define CUT_BYTES (6 * LIMIT_GEN_ID + 256)

static const struct db_statement PUT = {
    "INSERT INTO base_cut (shard, brand_id, poi_id, object_type, object_id, base_id, epoch, seq,"
    " ver) SELECT $1::int, $2, $3, object_type, object_id, base_id, epoch, seq, ver FROM"
    " json_to_recordset($4::json) AS r(object_type smallint, object_id bigint, base_id text,"
    " epoch bigint, seq bigint, ver bigint)"
    " ON CONFLICT (shard, brand_id, poi_id, object_type, object_id) DO UPDATE SET"
    " base_id = EXCLUDED.base_id, epoch = EXCLUDED.epoch, seq = EXCLUDED.seq, ver = EXCLUDED.ver"};
static const struct db_statement GET = {
    "SELECT epoch, seq, ver FROM base_cut WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
    " AND object_type = $4 AND object_id = $5 AND base_id = $6"};

static void cut_put(struct jw *w, const struct stock_row *row, const struct base_cut *cut)
{
    jw_open(w, '{');
    jw_kint(w, "object_type", row->object.type);
    jw_kint(w, "object_id", row->object.id);
    jw_kstring(w, "base_id", row->base_id);
    jw_kint(w, "epoch", cut->hub.epoch);
    jw_kint(w, "seq", (int64_t)cut->hub.seq);
    jw_kint(w, "ver", (int64_t)cut->ver);
    jw_close(w, '}');
}

static void save(struct call *c, struct jw *list)
{
    struct db_args a = {0};
    jw_close(list, ']');
    arg_store(&a, &c->key);
    arg_text(&a, jw_text(list));
    db_run(c->db, &PUT, &a);
}

void base_cut_set(struct call *c, const struct stock_row *row, const struct store *s)
{
    struct jw w = call_writer(&c->arena, CUT_BYTES + 16);
    jw_open(&w, '[');
    cut_put(&w, row, &(struct base_cut){row->h_at, s->ver});
    save(c, &w);
}

/* The row whose base the event is; NULL: it is none. */
static const struct stock_row *counted(const struct arrival *a, const struct items *items)
{
    if (a->dead != NULL || a->event.kind_no != EVENT_STOCK_SET)
        return NULL;
    const struct item *it = effect_item(items, a->facts.object);
    return it != NULL && str_eq(it->row.base_id, a->facts.base_id) ? &it->row : NULL;
}

void base_cut_events(struct call *c, uint32_t epoch, const struct arrival *a, size_t n,
                     const struct items *items)
{
    struct jw w = {0};
    for (size_t i = 0; i < n; i++) {
        const struct stock_row *row = counted(&a[i], items);
        if (row == NULL)
            continue;
        if (w.p == NULL) {
            w = call_writer(&c->arena, n * CUT_BYTES + 16);
            jw_open(&w, '[');
        }
        cut_put(&w, row, &(struct base_cut){{epoch, a[i].event.seq}, a[i].event.cv});
    }
    if (w.p != NULL)
        save(c, &w);
}

struct base_cut base_cut_of(struct call *c, const struct stock_row *row)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, row->object.type);
    arg_int(&a, row->object.id);
    arg_text(&a, row->base_id);
    const struct db_rows *r = db_query(c->db, &GET, &a);
    if (rows_count(r) == 0)
        return (struct base_cut){0};
    return (struct base_cut){{(uint32_t)rows_int(r, 0, 0), (uint64_t)rows_int(r, 0, 1)},
                             (uint64_t)rows_int(r, 0, 2)};
}
