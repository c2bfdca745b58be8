/* Every column stands once, in COLUMN_LIST: the select list, the record of the bulk write, the
 * update and both directions of the struct are made from it.
 */
#include "tools/product-center/item.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/decimal.h"
#include "proto/shares.h"
#include "tools/product-center/channel.h"

#define ITEM_BYTES 3584 /* of one as JSON, at most */

/*  X(column, type, kind, member of struct item) */
#define COLUMN_LIST(X)                                                                             \
    X(object_type, "smallint", INT, row.object.type)                                               \
    X(object_id, "bigint", INT, row.object.id)                                                     \
    X(stock_status, "smallint", INT, row.status)                                                   \
    X(status_stamp, "bigint[]", STAMP, row.status_stamp)                                           \
    X(stock_type, "smallint", INT, row.type)                                                       \
    X(plan_t, "bigint", INT, row.plan_t)                                                           \
    X(step_t, "bigint", INT, row.step_t)                                                           \
    X(auto_restore_type, "smallint", INT, row.auto_restore)                                        \
    X(repeat, "smallint", INT, row.repeat)                                                         \
    X(plan_stamp, "bigint[]", STAMP, row.plan_stamp)                                               \
    X(mode, "smallint", INT, row.mode)                                                             \
    X(mode_in_force, "smallint", INT, row.mode_in_force)                                           \
    X(policy, "smallint", INT, row.policy)                                                         \
    X(rebalance_s, "bigint", INT, row.rebalance_s)                                                 \
    X(release_at_ms, "bigint", INT, row.release_at_ms)                                             \
    X(ranking, "smallint", INT, row.ranking)                                                       \
    X(policy_stamp, "bigint[]", STAMP, row.policy_stamp)                                           \
    X(base_id, "text", TEXT, row.base_id)                                                          \
    X(base_t, "bigint", INT, row.base_t)                                                           \
    X(base_h_t, "bigint", INT, row.base_h_t)                                                       \
    X(base_c_t, "bigint", INT, row.base_c_t)                                                       \
    X(base_hf, "boolean", BOOL, row.base_hf)                                                       \
    X(base_cf, "boolean", BOOL, row.base_cf)                                                       \
    X(base_stamp, "bigint[]", STAMP, row.base_stamp)                                               \
    X(h_t, "bigint", INT, row.h_t)                                                                 \
    X(lh_t, "bigint", INT, row.lh_t)                                                               \
    X(xr_t, "bigint", INT, row.xr_t)                                                               \
    X(h_epoch, "bigint", INT, row.h_at.epoch)                                                      \
    X(h_seq, "bigint", INT, row.h_at.seq)                                                          \
    X(c_t, "bigint", INT, row.c_t)                                                                 \
    X(lc_t, "bigint", INT, row.lc_t)                                                               \
    X(gr_t, "bigint", INT, row.gr_t)                                                               \
    X(c_ver, "bigint", INT, row.c_ver)                                                             \
    X(gen, "bigint", INT, row.gen)                                                                 \
    X(gen_id, "text", TEXT, row.gen_id)                                                            \
    X(gen_before, "text", TEXT, gen_before)                                                        \
    X(restored_ms, "bigint", INT, row.restored_ms)                                                 \
    X(released, "boolean", BOOL, row.released)                                                     \
    X(shares_ms, "bigint", INT, shares_ms)                                                         \
    X(presumed_t, "bigint", INT, row.presumed_t)                                                   \
    X(offers, "bigint[]", OFFERS, row)                                                             \
    X(offer_acked, "bigint", INT, row.offer_acked)                                                 \
    X(last_req, "text", TEXT, last_req)                                                            \
    X(over, "bigint", INT, over)                                                                   \
    X(del, "boolean", BOOL, deleted)                                                               \
    X(legacy_sha, "text", TEXT, legacy)

enum {
    ID,
    UPDATED_MS,
    RESTORE_MS,
    DUE_MS,
#define X(column, type, kind, member) COLUMN_##column,
    COLUMN_LIST(X)
#undef X
};

#define MS_OF(column)                      "coalesce((extract(epoch FROM " column ") * 1000)::bigint, 0)"
#define NAME(column, type, kind, member)   ", " #column
#define RECORD(column, type, kind, member) ", " #column " " type
#define UPDATE(column, type, kind, member) ", " #column " = EXCLUDED." #column

#define FROM_EACH(source)                                                                          \
    "SELECT id, " MS_OF("updated_at") ", " MS_OF("auto_restore_at") ", " MS_OF("due_at")           \
        COLUMN_LIST(NAME) " FROM" source
#define SELECT FROM_EACH(" poi_item_stock WHERE shard = $1 AND brand_id = $2 AND poi_id = $3")

static const struct db_statement LOAD = {
    FROM_EACH(" (SELECT DISTINCT object_type AS w_type, object_id AS w_id FROM"
              " json_to_recordset($4::json) AS r(object_type smallint, object_id bigint)) AS w"
              " CROSS JOIN LATERAL (SELECT * FROM poi_item_stock WHERE shard = $1 AND brand_id = $2"
              " AND poi_id = $3 AND object_type = w_type AND object_id = w_id OFFSET 0) AS s")};
static const struct db_statement PAGE = {
    SELECT " AND over > 0 AND over > $4 AND ($6::boolean OR NOT del) ORDER BY over LIMIT $5"};
static const struct db_statement SAVE = {
    "INSERT INTO poi_item_stock (shard, brand_id, poi_id, updated_at, auto_restore_at,"
    " due_at" COLUMN_LIST(
        NAME) ") SELECT $1::int, $2, $3, to_timestamp(updated_ms / 1000.0),"
              " to_timestamp(nullif(restore_ms, 0) / 1000.0),"
              " to_timestamp(nullif(due_ms, 0) / 1000.0)" COLUMN_LIST(
                  NAME) " FROM json_to_recordset($4::json) AS r(updated_ms bigint,"
                        " restore_ms bigint, due_ms bigint" COLUMN_LIST(
                            RECORD) ")"
                                    " ON CONFLICT (shard, brand_id, poi_id, object_type, object_id)"
                                    " DO UPDATE SET updated_at = EXCLUDED.updated_at,"
                                    " auto_restore_at = EXCLUDED.auto_restore_at,"
                                    " due_at = EXCLUDED.due_at" COLUMN_LIST(
                                        UPDATE) " RETURNING object_type, object_id, id"};

/* ---- reading ---- */

#define GET_INT(member, i)   it->member = (__typeof__(it->member))rows_int(r, at, i)
#define GET_BOOL(member, i)  it->member = rows_bool(r, at, i)
#define GET_TEXT(member, i)  it->member = rows_text(r, at, i)
#define GET_STAMP(member, i) it->member = stamp_get(r, at, i)
#define GET_OFFERS(row, i)   offers_get(r, at, i, &it->row)

/* "{1,90,100,1769637600000,2,...}" */
static void offers_get(const struct db_rows *r, size_t at, int column, struct stock_row *out)
{
    char text[OFFERS * 4 * (DECIMAL_DIGITS + 1) + 3];
    struct str v = rows_text(r, at, column);
    snprintf(text, sizeof(text), "%.*s", (int)v.n, v.p);
    struct offer o;
    int n = 0;
    for (const char *p = text; out->n_offers < OFFERS && *p != '\0'; p += n) {
        if (sscanf(p + 1, "%" SCNu64 ",%" SCNd64 ",%" SCNd64 ",%" SCNd64 "%n", &o.n, &o.hub_t,
                   &o.plan_t, &o.from_ms, &n) != 4)
            return;
        out->offers[out->n_offers++] = o;
        n++;
    }
}

static void item_read(const struct db_rows *r, size_t at, struct item *it)
{
    memset(it, 0, sizeof(*it));
    it->id = rows_int(r, at, ID);
    it->updated_ms = rows_int(r, at, UPDATED_MS);
    it->row.restore_at_ms = rows_int(r, at, RESTORE_MS);
    it->due_ms = rows_int(r, at, DUE_MS);
#define X(column, type, kind, member) GET_##kind(member, COLUMN_##column);
    COLUMN_LIST(X)
#undef X
}

static struct items items_new(struct call *c, size_t n)
{
    struct items items = {.at = arena_alloc(&c->arena, n * sizeof(struct item))};
    items.n = items.at != NULL ? n : 0;
    return items;
}

static struct channels_of *channels_of(struct call *c, const struct items *items, bool changed,
                                       size_t *n)
{
    struct channels_of *of = arena_alloc(&c->arena, items->n * sizeof(*of));
    *n = 0;
    for (size_t i = 0; of != NULL && i < items->n; i++)
        if (changed ? items->at[i].changed : items->at[i].id != 0)
            of[(*n)++] = (struct channels_of){items->at[i].id, &items->at[i].row};
    return of;
}

/* Only of a row that somebody has set a policy of; most have none. */
static bool may_have_cmds(const struct stock_row *r)
{
    return r->policy_stamp.l_ms != 0 || r->mode != MODE_LOOSE || r->mode_in_force != MODE_LOOSE;
}

static void cmds_loaded(struct call *c, struct items *items)
{
    struct cmds_of *of = NULL;
    size_t n = 0;
    for (size_t i = 0; i < items->n; i++)
        n += may_have_cmds(&items->at[i].row);
    if (n > 0)
        of = arena_alloc(&c->arena, n * sizeof(*of));
    n = 0;
    for (size_t i = 0; of != NULL && i < items->n; i++) {
        if (!may_have_cmds(&items->at[i].row))
            continue;
        items->at[i].cmds = &of[n];
        of[n++] = (struct cmds_of){.object = items->at[i].row.object};
    }
    if (n > 0)
        cmds_load(c, of, n);
}

static void loaded(struct call *c, struct items *items)
{
    size_t n;
    const struct channels_of *of = channels_of(c, items, false, &n);
    channels_load(c, of, n);
    cmds_loaded(c, items);
    for (size_t i = 0; i < items->n; i++) {
        items->at[i].was = item_view(&items->at[i].row);
        items->at[i].terms = item_terms(&items->at[i].row);
    }
}

static struct item_sharing sharing(const struct stock_row *r)
{
    struct item_sharing v = {.mode = r->mode,
                             .mode_in_force = r->mode_in_force,
                             .policy = r->policy,
                             .rebalance_s = r->rebalance_s,
                             .release_at_ms = r->release_at_ms};
    for (uint16_t i = 0; i < r->n_channels; i++) {
        const struct stock_channel *ch = &r->channels[i];
        if (ch->deleted)
            continue;
        uint16_t n = v.n_channels++;
        v.channels[n].code = ch->code;
        v.channels[n].weight = ch->weight;
        v.channels[n].reserve_t = ch->reserve_t;
        v.channels[n].limit_t = ch->type == STOCK_LIMITED ? ch->limit_t : AVAIL_INFINITE;
    }
    return v;
}

struct item_view item_view(const struct stock_row *r)
{
    return (struct item_view){.sharing = sharing(r),
                              .status = r->status,
                              .type = r->type,
                              .plan_t = r->plan_t,
                              .real_t = stock_real(r),
                              .locked_t = stock_locked(r),
                              .h_t = r->h_t,
                              .c_t = r->c_t};
}

struct item_terms item_terms(const struct stock_row *r)
{
    struct item_terms t = {.type = r->type,
                           .mode = r->mode_in_force,
                           .policy = r->policy,
                           .gen = r->gen,
                           .total_t = shares_total(r, SITE_CENTER),
                           .n_channels = r->n_channels,
                           .auto_restore = r->auto_restore,
                           .repeat = r->repeat,
                           .restore_at_ms = r->restore_at_ms,
                           .restored_ms = r->restored_ms};
    for (uint16_t i = 0; i < r->n_channels; i++) {
        const struct stock_channel *ch = &r->channels[i];
        t.channels[i].weight = ch->weight;
        t.channels[i].reserve_t = ch->reserve_t;
        t.channels[i].deleted = ch->deleted;
        t.used_t += shares_counts(r, ch, SITE_CENTER) ? ch->used_t : 0;
    }
    return t;
}

static struct str objects_text(struct call *c, const struct object *objects, size_t n)
{
    struct jw w = call_writer(&c->arena, n * 64 + 16);
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++) {
        jw_open(&w, '{');
        jw_kint(&w, "object_type", objects[i].type);
        jw_kint(&w, "object_id", objects[i].id);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    return jw_text(&w);
}

struct items items_load(struct call *c, const struct object *objects, size_t n)
{
    struct items items = items_new(c, n);
    for (size_t i = 0; i < items.n; i++)
        stock_plain(objects[i], &items.at[i].row);
    if (items.n == 0)
        return items;
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, objects_text(c, objects, n));
    const struct db_rows *r = db_query(c->db, &LOAD, &a);
    for (size_t at = 0; at < rows_count(r); at++) {
        struct object o = {(enum object_type)rows_int(r, at, COLUMN_object_type),
                           rows_int(r, at, COLUMN_object_id)};
        item_read(r, at, items_find(&items, o));
    }
    loaded(c, &items);
    return items;
}

struct items items_page(struct call *c, uint64_t since, size_t limit, bool tombstones)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, (int64_t)since);
    arg_int(&a, (int64_t)limit);
    arg_bool(&a, tombstones);
    const struct db_rows *r = db_query(c->db, &PAGE, &a);
    struct items items = items_new(c, rows_count(r));
    for (size_t at = 0; at < items.n; at++)
        item_read(r, at, &items.at[at]);
    loaded(c, &items);
    return items;
}

struct item *items_find(const struct items *items, struct object object)
{
    for (size_t i = 0; i < items->n; i++)
        if (items->at[i].row.object.id == object.id && items->at[i].row.object.type == object.type)
            return &items->at[i];
    return NULL;
}

/* ---- writing ---- */

#define PUT_INT(name, member)   jw_kint(w, name, (int64_t)it->member)
#define PUT_BOOL(name, member)  jw_kbool(w, name, it->member)
#define PUT_TEXT(name, member)  jw_kstring(w, name, it->member)
#define PUT_STAMP(name, member) stamp_put(w, name, it->member)
#define PUT_OFFERS(name, row)   offers_put(w, name, &it->row)

static void offers_put(struct jw *w, const char *column, const struct stock_row *r)
{
    jw_karray(w, column);
    for (uint16_t i = 0; i < r->n_offers; i++) {
        jw_int(w, (int64_t)r->offers[i].n);
        jw_int(w, r->offers[i].hub_t);
        jw_int(w, r->offers[i].plan_t);
        jw_int(w, r->offers[i].from_ms);
    }
    jw_close(w, ']');
}

static void item_put(struct jw *w, const struct item *it)
{
    jw_open(w, '{');
    jw_kint(w, "updated_ms", it->updated_ms);
    jw_kint(w, "restore_ms", it->row.restore_at_ms);
    jw_kint(w, "due_ms", it->due_ms);
#define X(column, type, kind, member) PUT_##kind(#column, member);
    COLUMN_LIST(X)
#undef X
    jw_close(w, '}');
}

static struct str changed_text(struct call *c, const struct items *items)
{
    struct jw w = call_writer(&c->arena, items->n * ITEM_BYTES + 16);
    jw_open(&w, '[');
    for (size_t i = 0; i < items->n; i++)
        if (items->at[i].changed)
            item_put(&w, &items->at[i]);
    jw_close(&w, ']');
    return jw_text(&w);
}

void items_save(struct call *c, struct items *items)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, changed_text(c, items));
    const struct db_rows *r = db_query(c->db, &SAVE, &a);
    for (size_t at = 0; at < rows_count(r); at++) {
        struct object o = {(enum object_type)rows_int(r, at, 0), rows_int(r, at, 1)};
        items_find(items, o)->id = rows_int(r, at, 2);
    }
    size_t n;
    const struct channels_of *of = channels_of(c, items, true, &n);
    channels_save(c, of, n);
}
