#include "tools/product-center/override.h"

#define ROW_BYTES (6 * (LIMIT_ORDER_ID + LIMIT_OPERATOR) + 160)

static const struct db_statement ADD = {
    "INSERT INTO order_override (shard, brand_id, poi_id, order_id, object_type, object_id, over_t,"
    " operator) SELECT $1::int, $2, $3, order_id, object_type, object_id, over_t, operator FROM"
    " json_to_recordset($4::json) AS r(order_id text, object_type smallint, object_id bigint,"
    " over_t bigint, operator text) ON CONFLICT DO NOTHING"};

static void row_put(struct jw *w, const struct arrival *a, const struct over_fact *over)
{
    jw_open(w, '{');
    jw_kstring(w, "order_id", a->facts.order_id);
    jw_kint(w, "object_type", over->object.type);
    jw_kint(w, "object_id", over->object.id);
    jw_kint(w, "over_t", over->over_t);
    jw_kstring(w, "operator", a->facts.operator_id);
    jw_close(w, '}');
}

void overrides_add(struct call *c, const struct arrival *a, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most += a[i].facts.n_over;
    if (most == 0)
        return;
    struct db_args args = {0};
    struct jw w = call_writer(&c->arena, most * ROW_BYTES + 16);
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        for (uint16_t k = 0; k < a[i].facts.n_over; k++)
            row_put(&w, &a[i], &a[i].facts.over[k]);
    jw_close(&w, ']');
    arg_store(&args, &c->key);
    arg_text(&args, jw_text(&w));
    db_run(c->db, &ADD, &args);
}
