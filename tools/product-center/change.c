#include "tools/product-center/change.h"

#include "proto/wire.h"
#include "tools/product-center/balance.h"
#include "tools/product-center/outbox.h"
#include "tools/product-center/restore_due.h"
#include "tools/product-center/rights.h"
#include "tools/product-center/zone.h"

#define LOG_BYTES    640 /* of one entry as JSON, at most */
#define OUTBOX_BYTES 128

static const struct db_statement LOG = {
    "INSERT INTO poi_item_stock_log (shard, brand_id, poi_id, stock_id, content)"
    " SELECT $1::int, $2, $3, stock_id, content FROM json_to_recordset($4::json)"
    " AS r(stock_id bigint, content jsonb)"};
static const struct db_statement OUTBOX = {
    "INSERT INTO outbox (shard, brand_id, poi_id, ver, object_type, object_id, echo)"
    " SELECT $1::int, $2, $3, ver, object_type, object_id, echo"
    " FROM json_to_recordset($4::json) AS r(ver bigint, object_type smallint, object_id bigint,"
    " echo boolean)"};

static void view_put(struct jw *w, const char *key, const struct item_view *v)
{
    jw_kobject(w, key);
    jw_kint(w, "stock_status", v->status);
    jw_kint(w, "stock_type", v->type);
    jw_kint(w, "plan_t", v->plan_t);
    jw_kint(w, "real_t", v->real_t);
    jw_kint(w, "locked_t", v->locked_t);
    jw_kint(w, "H", v->h_t);
    jw_kint(w, "C", v->c_t);
    jw_close(w, '}');
}

static void log_put(struct jw *w, const struct item *it, const struct change *how)
{
    struct item_view now = item_view(&it->row);
    jw_open(w, '{');
    jw_kint(w, "stock_id", it->id);
    jw_kobject(w, "content");
    jw_kstring(w, "by", str_of(how->by));
    jw_kint(w, "ver", (int64_t)it->over);
    wire_put_object(w, it->row.object);
    if (how->position.epoch != 0) {
        jw_kint(w, "epoch", how->position.epoch);
        jw_kint(w, "seq", (int64_t)how->position.seq);
    }
    if (it->superseded)
        jw_kbool(w, "superseded", true);
    view_put(w, "before", &it->was);
    view_put(w, "after", &now);
    jw_close(w, '}');
    jw_close(w, '}');
}

static void log_add(struct call *c, const struct items *items, const struct change *how)
{
    struct jw w = call_writer(&c->arena, items->n * LOG_BYTES + 16);
    struct db_args a = {0};
    jw_open(&w, '[');
    for (size_t i = 0; i < items->n; i++)
        if (items->at[i].changed)
            log_put(&w, &items->at[i], how);
    jw_close(&w, ']');
    arg_store(&a, &c->key);
    arg_text(&a, jw_text(&w));
    db_run(c->db, &LOG, &a);
}

static void outbox_add(struct call *c, const struct items *items, const struct change *how)
{
    struct jw w = call_writer(&c->arena, items->n * OUTBOX_BYTES + 16);
    struct db_args a = {0};
    jw_open(&w, '[');
    for (size_t i = 0; i < items->n; i++) {
        const struct item *it = &items->at[i];
        if (!it->changed)
            continue;
        jw_open(&w, '{');
        jw_kint(&w, "ver", (int64_t)it->over);
        jw_kint(&w, "object_type", it->row.object.type);
        jw_kint(&w, "object_id", it->row.object.id);
        jw_kbool(&w, "echo", how->echo && !it->news);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    arg_store(&a, &c->key);
    arg_text(&a, jw_text(&w));
    db_run(c->db, &OUTBOX, &a);
    outbox_wake(c->db);
}

void change_commit(struct call *c, struct store *s, struct items *items, const struct change *how)
{
    size_t n = 0;
    struct store_zone ctx;
    struct zone zone = zone_of(&ctx, c, s);
    for (size_t i = 0; i < items->n; i++) {
        struct item *it = &items->at[i];
        if (!it->changed)
            continue;
        restore_due_written(&zone, c->now_ms, it);
        rights_written(it, s);
        balance_written(c, it);
        it->over = it->row.c_ver = store_next_ver(s);
        it->updated_ms = it->updated_ms < c->now_ms ? c->now_ms : it->updated_ms + 1;
        n++;
    }
    if (n == 0)
        return;
    items_save(c, items);
    log_add(c, items, how);
    outbox_add(c, items, how);
}
