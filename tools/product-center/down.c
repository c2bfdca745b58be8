#include "tools/product-center/down.h"

#include "tools/product-center/outbox.h"

#define OF_STORE "shard = $1 AND brand_id = $2 AND poi_id = $3"

static const struct db_statement PUT = {
    "INSERT INTO down_item (shard, brand_id, poi_id, kind, ref, over, data)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7::text::json)"
    " ON CONFLICT (shard, brand_id, poi_id, kind, ref) DO UPDATE SET over = EXCLUDED.over,"
    " data = EXCLUDED.data, updated_at = now()"};
static const struct db_statement OUTBOX = {
    "INSERT INTO outbox (shard, brand_id, poi_id, ver, kind, object_type, object_id, echo)"
    " VALUES ($1, $2, $3, $4, $5, 0, 0, false)"};
static const struct db_statement PAGE = {"SELECT kind, over, data FROM down_item WHERE " OF_STORE
                                         " AND over > $4 ORDER BY over LIMIT $5"};

uint64_t down_put(struct call *c, struct store *s, enum cloud_item_kind kind, struct str ref,
                  struct str data)
{
    uint64_t ver = store_next_ver(s);
    struct db_args put = {0}, outbox = {0};
    arg_store(&put, &c->key);
    arg_int(&put, kind);
    arg_text(&put, ref);
    arg_int(&put, (int64_t)ver);
    arg_text(&put, data);
    db_run(c->db, &PUT, &put);
    arg_store(&outbox, &c->key);
    arg_int(&outbox, (int64_t)ver);
    arg_int(&outbox, kind);
    db_run(c->db, &OUTBOX, &outbox);
    outbox_wake(c->db);
    return ver;
}

struct down_items down_page(struct call *c, uint64_t since, size_t limit)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, (int64_t)since);
    arg_int(&a, (int64_t)limit);
    const struct db_rows *r = db_query(c->db, &PAGE, &a);
    struct down_items items = {.at = arena_alloc(&c->arena, rows_count(r) * sizeof(*items.at))};
    items.n = items.at != NULL ? rows_count(r) : 0;
    for (size_t i = 0; i < items.n; i++)
        items.at[i] = (struct down_item){.kind = (enum cloud_item_kind)rows_int(r, i, 0),
                                         .over = (uint64_t)rows_int(r, i, 1),
                                         .data = rows_text(r, i, 2)};
    return items;
}
