/* GET /api/v1/orders/{id}?brandId=&poiId=: one order, with the body that made it.
 * GET /api/v1/orders?brandId=&poiId=[&status=N][&side=online|store][&since=US&after=ID][&limit=N]:
 *   orders of both sides by the time of their last change.
 *   {"code":0,"orders":[{..}],"more":true,"since":1769565600123456,"after":"O1"}
 *   since and after are those of the last one: the next page, and later whatever changed since.
 * DELETE /api/v1/orders/{id}?brandId=&poiId=: an ended online order is seen no more; its id stays
 *   taken.
 */
#include "proto/wire.h"
#include "tools/product-center/down.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/order_show.h"

#define LIST_LIMIT 50
#define US_PER_MS  1000

#define UPDATED_US "(extract(epoch FROM updated_at) * 1000000)::bigint"
#define OF_STORE   "shard = $1 AND brand_id = $2 AND poi_id = $3"

static const struct db_statement UPDATED = {
    "SELECT " UPDATED_US " FROM center_order WHERE " OF_STORE " AND order_id = $4"};
static const struct db_statement LIST = {
    "SELECT order_id, " UPDATED_US " FROM center_order WHERE " OF_STORE
    " AND (updated_at, order_id) > (timestamptz 'epoch' + $4::bigint * interval '1 us', $5)"
    " AND ($6::bigint = 0 OR order_status = $6) AND ($7::bigint = 2 OR side = $7)"
    " AND NOT is_delete ORDER BY updated_at, order_id LIMIT $8"};

static int64_t updated_us(struct call *c, struct str order_id)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, order_id);
    const struct db_rows *r = db_query(c->db, &UPDATED, &a);
    return rows_count(r) == 1 ? rows_int(r, 0, 0) : 0;
}

void order_get(struct call *c)
{
    if (!call_store_query(c))
        return;
    struct mirror m = mirror_load(c, &c->path_id, 1);
    if (m.n == 0 || m.at->status == ORDER_NONE || m.at->deleted) {
        order_refuse(c, CODE_ORDER_NOT_FOUND, code_text(CODE_ORDER_NOT_FOUND));
        return;
    }
    call_answer(c);
    jw_key(&c->out, "order");
    order_put_json(&c->out, m.at, updated_us(c, c->path_id) / US_PER_MS, true);
    call_done(c);
}

/* ---- many ---- */

struct filter {
    uint64_t status, since, side, limit; /* side 2: both */
    struct str after;
};

static bool filter_read(struct call *c, struct filter *out)
{
    struct str side = http_query(c->request, "side");
    *out = (struct filter){.side = 2, .after = http_query(c->request, "after")};
    if (!call_store_query(c) || !call_number_query(c, "status", 0, &out->status) ||
        !call_number_query(c, "since", 0, &out->since) ||
        !call_number_query(c, "limit", LIST_LIMIT, &out->limit))
        return false;
    if (str_eq(side, STR("online")) || str_eq(side, STR("store")))
        out->side = str_eq(side, STR("store")) ? MIRROR_STORE : MIRROR_ONLINE;
    else if (side.n > 0) {
        call_fail(c, CLOUD_BAD_REQUEST, "side");
        return false;
    }
    if (out->limit < 1 || out->limit > LIST_LIMIT)
        out->limit = LIST_LIMIT;
    return true;
}

static const struct db_rows *list(struct call *c, const struct filter *f)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, (int64_t)f->since);
    arg_text(&a, f->after);
    arg_int(&a, (int64_t)f->status);
    arg_int(&a, (int64_t)f->side);
    arg_int(&a, (int64_t)f->limit + 1);
    return db_query(c->db, &LIST, &a);
}

void order_list(struct call *c)
{
    struct filter f;
    if (!filter_read(c, &f))
        return;
    const struct db_rows *r = list(c, &f);
    size_t n = rows_count(r) < f.limit ? rows_count(r) : (size_t)f.limit;
    struct str *ids = arena_alloc(&c->arena, n * sizeof(*ids));
    for (size_t i = 0; ids != NULL && i < n; i++)
        ids[i] = rows_text(r, i, 0);
    struct mirror m = mirror_load(c, ids, ids != NULL ? n : 0);
    call_answer(c);
    jw_karray(&c->out, "orders");
    for (size_t i = 0; i < m.n; i++)
        order_put_json(&c->out, &m.at[i], rows_int(r, i, 1) / US_PER_MS, false);
    jw_close(&c->out, ']');
    jw_kbool(&c->out, "more", rows_count(r) > n);
    wire_put_u64(&c->out, "since", n > 0 ? (uint64_t)rows_int(r, n - 1, 1) : f.since);
    jw_kstring(&c->out, "after", n > 0 ? rows_text(r, n - 1, 0) : f.after);
    call_done(c);
}

/* ---- gone ---- */

static bool has_ended(enum order_state s)
{
    return s == ORDER_ENDED || s == ORDER_CANCELLED || s == ORDER_EXPIRED || s == ORDER_REFUNDED;
}

void order_delete(struct call *c)
{
    struct order o;
    if (!call_store_query(c))
        return;
    order_open(c, c->path_id, &o);
    if (o.m->status == ORDER_NONE)
        order_refuse(c, CODE_ORDER_NOT_FOUND, code_text(CODE_ORDER_NOT_FOUND));
    else if (o.m->side == MIRROR_STORE)
        order_not_ours(c);
    else if (!has_ended(o.m->status))
        order_refuse(c, CODE_BAD_TRANSITION, order_state_name(o.m->status));
    else {
        bool before = o.m->deleted;
        o.m->deleted = o.m->changed = true;
        mirror_save(c, &o.mirror);
        order_answer(c, o.m, &(struct order_answer){.duplicate = before});
    }
}
