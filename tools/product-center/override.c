#include "tools/product-center/override.h"

#define ROW_BYTES (6 * (LIMIT_ORDER_ID + LIMIT_OPERATOR) + 160)

static const struct db_statement ADD = {
    "INSERT INTO order_override (shard, brand_id, poi_id, order_id, object_type, object_id, over_t,"
    " operator) SELECT $1::int, $2, $3, order_id, object_type, object_id, over_t, operator FROM"
    " json_to_recordset($4::json) AS r(order_id text, object_type smallint, object_id bigint,"
    " over_t bigint, operator text) ON CONFLICT DO NOTHING"};

static bool is_note(const struct arrival *a)
{
    return a->dead == NULL && a->event.kind_no == EVENT_OVERRIDE_NOTE && a->event.body != NULL &&
           a->facts.order_id.n > 0;
}

static const struct json *rows_in(struct call *c, const struct arrival *a)
{
    char path[FIELD_PATH];
    struct fields f;
    fields_begin(&f, &c->arena, path);
    return wire_array_at(&f, a->event.body, "rows");
}

static void row_put(struct call *c, struct jw *w, const struct arrival *a, const struct json *v)
{
    char path[FIELD_PATH];
    struct fields f;
    struct object object;
    int64_t over_t = 0;
    fields_begin(&f, &c->arena, path);
    wire_i64(&f, v, "over_t", &over_t);
    if (!wire_object(&f, v, &object) || f.code != CODE_OK)
        return;
    jw_open(w, '{');
    jw_kstring(w, "order_id", a->facts.order_id);
    jw_kint(w, "object_type", object.type);
    jw_kint(w, "object_id", object.id);
    jw_kint(w, "over_t", over_t);
    jw_kstring(w, "operator", a->facts.operator_id);
    jw_close(w, '}');
}

void overrides_add(struct call *c, const struct arrival *a, size_t n)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        most += is_note(&a[i]) ? wire_count(rows_in(c, &a[i])) : 0;
    if (most == 0)
        return;
    struct db_args args = {0};
    struct jw w = call_writer(&c->arena, most * ROW_BYTES + 16);
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++) {
        const struct json *rows = is_note(&a[i]) ? rows_in(c, &a[i]) : NULL;
        for (const struct json *v = rows != NULL ? json_first(rows) : NULL; v; v = json_next(v))
            row_put(c, &w, &a[i], v);
    }
    jw_close(&w, ']');
    arg_store(&args, &c->key);
    arg_text(&args, jw_text(&w));
    db_run(c->db, &ADD, &args);
}
