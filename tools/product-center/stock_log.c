/* GET /api/v1/poi/stock/log: what changed, newest first.
 *   ?brandId=&poiId=[&stock_id=][&object_id=][&before=ID][&limit=N]
 *   {"code":0,"log":[{"id":9,"stock_id":3,"created_at":"...","content":{...}}],"more":false}
 */
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"

#define LOG_LIMIT 200

static const struct db_statement READ = {
    "SELECT id, stock_id, (extract(epoch FROM created_at) * 1000)::bigint, content"
    " FROM poi_item_stock_log WHERE shard = $1 AND brand_id = $2 AND poi_id = $3 AND id < $4"
    " AND ($5::bigint = 0 OR stock_id = $5) AND ($6::bigint = 0 OR"
    " (content->>'object_id')::bigint = $6) ORDER BY id DESC LIMIT $7"};

static void entry_write(struct jw *w, const struct db_rows *r, size_t at)
{
    char text[WIRE_TIME];
    size_t n = wire_time_format(rows_int(r, at, 2), 0, true, text);
    jw_open(w, '{');
    jw_kint(w, "id", rows_int(r, at, 0));
    jw_kint(w, "stock_id", rows_int(r, at, 1));
    jw_kstring(w, "created_at", (struct str){text, n});
    jw_key(w, "content");
    jw_raw(w, rows_text(r, at, 3));
    jw_close(w, '}');
}

void stock_log(struct call *c)
{
    uint64_t before, stock, object, limit;
    if (!call_store_query(c) || !call_number_query(c, "before", INT64_MAX, &before) ||
        !call_number_query(c, "stock_id", 0, &stock) ||
        !call_number_query(c, "object_id", 0, &object) ||
        !call_number_query(c, "limit", LOG_LIMIT, &limit))
        return;
    limit = limit >= 1 && limit < LOG_LIMIT ? limit : LOG_LIMIT;
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, (int64_t)before);
    arg_int(&a, (int64_t)stock);
    arg_int(&a, (int64_t)object);
    arg_int(&a, (int64_t)limit + 1);
    const struct db_rows *r = db_query(c->db, &READ, &a);
    size_t n = rows_count(r) < limit ? rows_count(r) : (size_t)limit;
    call_answer(c);
    jw_karray(&c->out, "log");
    for (size_t at = 0; at < n; at++)
        entry_write(&c->out, r, at);
    jw_close(&c->out, ']');
    jw_kbool(&c->out, "more", rows_count(r) > limit);
    call_done(c);
}
