#include "tools/product-center/silence.h"

#include <inttypes.h>
#include <stdio.h>

#define HOUR_MS (3600LL * 1000)
#define STORES  100 /* of one piece */

#define STRICT_OF(store)                                                                           \
    "(SELECT count(*) FROM poi_item_stock i WHERE i.shard = " store                                \
    "shard AND i.brand_id = " store "brand_id AND i.poi_id = " store                               \
    "poi_id AND i.mode_in_force = 1 AND i.stock_type = 2)"

static const struct db_statement TELL = {
    "WITH silent AS (SELECT shard, brand_id, poi_id, " STRICT_OF(
        "store.") " AS n FROM store"
                  " WHERE seen_at < to_timestamp($1::bigint / 1000.0) AND cur_epoch > 0"
                  " AND silence_told IS DISTINCT FROM seen_at LIMIT $2),"
                  " told AS (UPDATE store t SET silence_told = seen_at FROM silent WHERE t.shard = "
                  "silent.shard"
                  " AND t.brand_id = silent.brand_id AND t.poi_id = silent.poi_id RETURNING 1)"
                  " SELECT brand_id, poi_id, n FROM silent"};
static const struct db_statement COUNT = {
    "SELECT count(*) FROM poi_item_stock WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
    " AND mode_in_force = 1 AND stock_type = 2"};

/* Each store that is silent is looked at once, whether it holds rights or not. */
bool silence_piece(struct call *c)
{
    struct db_args a = {0};
    arg_int(&a, c->now_ms - SILENCE_MS);
    arg_int(&a, STORES);
    const struct db_rows *r = db_query(c->db, &TELL, &a);
    for (size_t i = 0; i < rows_count(r); i++) {
        struct str brand = rows_text(r, i, 0), poi = rows_text(r, i, 1);
        if (rows_int(r, i, 2) > 0)
            fprintf(stderr, "<3>STORE_SILENT brand=%.*s poi=%.*s strict_rows=%" PRId64 "\n",
                    (int)brand.n, brand.p, (int)poi.n, poi.p, rows_int(r, i, 2));
    }
    return rows_count(r) == STORES;
}

void silence_write(struct call *c, const struct store *s)
{
    struct db_args a = {0};
    int64_t silent_ms = c->now_ms - s->seen_ms;
    if (s->epoch == 0 || s->seen_ms == 0 || silent_ms < SILENCE_MS)
        return;
    arg_store(&a, &c->key);
    const struct db_rows *r = db_query(c->db, &COUNT, &a);
    if (rows_count(r) == 0 || rows_int(r, 0, 0) == 0)
        return;
    jw_kobject(&c->out, "silent");
    jw_kint(&c->out, "hours", silent_ms / HOUR_MS);
    jw_kint(&c->out, "strict_rows", rows_int(r, 0, 0));
    jw_close(&c->out, '}');
}
