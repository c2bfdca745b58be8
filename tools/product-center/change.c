#include "tools/product-center/change.h"

#include "proto/wire.h"
#include "tools/product-center/balance.h"
#include "tools/product-center/outbox.h"
#include "tools/product-center/restore_due.h"
#include "tools/product-center/rights.h"
#include "tools/product-center/zone.h"

#define LOG_BYTES 640 /* of one entry as JSON, at most ... */
#define SHARE_BYTES                                                                                \
    (256U + STOCK_CHANNELS * (6U * CHANNEL_CODE + 96U)) /* ... and each such side                  \
                                                         */
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

static bool shares_alike(const struct item_sharing *a, const struct item_sharing *b)
{
    bool same = a->mode == b->mode && a->mode_in_force == b->mode_in_force &&
                a->policy == b->policy && a->rebalance_s == b->rebalance_s &&
                a->release_at_ms == b->release_at_ms && a->n_channels == b->n_channels;
    for (uint16_t i = 0; same && i < a->n_channels; i++)
        same = str_eq(a->channels[i].code, b->channels[i].code) &&
               a->channels[i].weight == b->channels[i].weight &&
               a->channels[i].reserve_t == b->channels[i].reserve_t &&
               a->channels[i].limit_t == b->channels[i].limit_t;
    return same;
}

static void sharing_put(struct jw *w, const struct item_sharing *v)
{
    jw_kstring(w, "mode", str_of(stock_mode_name(v->mode)));
    jw_kstring(w, "mode_in_force", str_of(stock_mode_name(v->mode_in_force)));
    jw_kstring(w, "policy", str_of(channel_policy_name(v->policy)));
    jw_kint(w, "rebalance_s", v->rebalance_s);
    jw_kint(w, "release_at_ms", v->release_at_ms);
    jw_karray(w, "channels");
    for (uint16_t i = 0; i < v->n_channels; i++) {
        jw_open(w, '{');
        jw_kstring(w, "channel_code", v->channels[i].code);
        if (v->channels[i].limit_t < AVAIL_INFINITE)
            jw_kint(w, "limit_t", v->channels[i].limit_t);
        jw_kint(w, "reserve_t", v->channels[i].reserve_t);
        jw_kint(w, "weight", v->channels[i].weight);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

/* `shares`: with how the row is shared, which is the same on both sides else. */
static void view_put(struct jw *w, const char *key, const struct item_view *v, bool shares)
{
    jw_kobject(w, key);
    jw_kint(w, "stock_status", v->status);
    jw_kint(w, "stock_type", v->type);
    jw_kint(w, "plan_t", v->plan_t);
    jw_kint(w, "real_t", v->real_t);
    jw_kint(w, "locked_t", v->locked_t);
    jw_kint(w, "H", v->h_t);
    jw_kint(w, "C", v->c_t);
    if (shares)
        sharing_put(w, &v->sharing);
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
    if (it->cmd_done > 0)
        jw_kint(w, "cmd_done", it->cmd_done);
    bool shares = !shares_alike(&it->was.sharing, &now.sharing);
    view_put(w, "before", &it->was, shares);
    view_put(w, "after", &now, shares);
    jw_close(w, '}');
    jw_close(w, '}');
}

static size_t log_bytes(const struct items *items)
{
    size_t n = 16;
    for (size_t i = 0; i < items->n; i++) {
        struct item_view now = item_view(&items->at[i].row);
        bool shares = !shares_alike(&items->at[i].was.sharing, &now.sharing);
        n += LOG_BYTES + (shares ? 2 * SHARE_BYTES : 0U);
    }
    return n;
}

static void log_add(struct call *c, const struct items *items, const struct change *how)
{
    struct jw w = call_writer(&c->arena, log_bytes(items));
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
