#include "tools/product-center/channel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/decimal.h"

#define CHANNEL_BYTES 512 /* of one as JSON, at most */

#define WRITTEN                                                                                    \
    "stock_id, channel_code, stock_status, stock_type, limit_t, reserve_t, used_t, m_t, weight, "  \
    "deleted, stamp"
#define OF_STORE "shard = $1 AND brand_id = $2 AND poi_id = $3"

static const struct db_statement LOAD = {
    "SELECT " WRITTEN " FROM poi_item_channel_stock WHERE " OF_STORE
    " AND stock_id = ANY ($4::text::bigint[]) ORDER BY stock_id, channel_code"};
static const struct db_statement SAVE = {
    "INSERT INTO poi_item_channel_stock (shard, brand_id, poi_id, " WRITTEN ")"
    " SELECT $1::int, $2, $3, " WRITTEN " FROM json_to_recordset($4::json) AS r(stock_id bigint,"
    " channel_code text, stock_status smallint, stock_type smallint, limit_t bigint,"
    " reserve_t bigint, used_t bigint, m_t bigint, weight bigint, deleted boolean, stamp bigint[])"
    " ON CONFLICT (shard, brand_id, poi_id, stock_id, channel_code) DO UPDATE SET"
    " stock_status = EXCLUDED.stock_status, stock_type = EXCLUDED.stock_type,"
    " limit_t = EXCLUDED.limit_t, reserve_t = EXCLUDED.reserve_t, used_t = EXCLUDED.used_t,"
    " m_t = EXCLUDED.m_t, weight = EXCLUDED.weight, deleted = EXCLUDED.deleted,"
    " stamp = EXCLUDED.stamp, updated_at = now()"};
enum { STOCK_ID, CODE, STATUS, TYPE, LIMIT, RESERVE, USED, M, WEIGHT, DELETED, STAMP };

void stamp_put(struct jw *w, const char *column, struct stamp v)
{
    jw_karray(w, column);
    jw_int(w, v.l_ms);
    jw_int(w, v.c);
    jw_int(w, v.origin);
    jw_close(w, ']');
}

struct stamp stamp_get(const struct db_rows *r, size_t row, int column)
{
    char text[80];
    struct str v = rows_text(r, row, column);
    struct stamp s = {0};
    snprintf(text, sizeof(text), "%.*s", (int)v.n, v.p);
    if (sscanf(text, "{%" SCNd64 ",%" SCNu32 ",%" SCNu32 "}", &s.l_ms, &s.c, &s.origin) != 3)
        s = (struct stamp){0};
    return s;
}

static void channel_read(const struct db_rows *r, size_t at, struct stock_row *row)
{
    if (row->n_channels == STOCK_CHANNELS)
        return;
    row->channels[row->n_channels++] =
        (struct stock_channel){.code = rows_text(r, at, CODE),
                               .status = (enum stock_status)rows_int(r, at, STATUS),
                               .type = (enum stock_type)rows_int(r, at, TYPE),
                               .limit_t = rows_int(r, at, LIMIT),
                               .reserve_t = rows_int(r, at, RESERVE),
                               .used_t = rows_int(r, at, USED),
                               .m_t = rows_int(r, at, M),
                               .weight = (uint32_t)rows_int(r, at, WEIGHT),
                               .deleted = rows_bool(r, at, DELETED),
                               .stamp = stamp_get(r, at, STAMP)};
}

/* "{1,2,3}" */
static struct str ids(struct call *c, const struct channels_of *of, size_t n)
{
    size_t cap = n * (DECIMAL_DIGITS + 1) + 3, at = 0;
    char *text = arena_alloc(&c->arena, cap);
    if (text == NULL)
        return STR("{}");
    text[at++] = '{';
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            text[at++] = ',';
        at += decimal_i64(of[i].stock_id, text + at);
    }
    text[at++] = '}';
    return (struct str){text, at};
}

static int by_id(const void *a, const void *b)
{
    const struct channels_of *x = a, *y = b;
    return (x->stock_id > y->stock_id) - (x->stock_id < y->stock_id);
}

void channels_load(struct call *c, const struct channels_of *of, size_t n)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, ids(c, of, n));
    const struct db_rows *r = db_query(c->db, &LOAD, &a);
    struct channels_of *sorted = arena_alloc(&c->arena, n * sizeof(*sorted));
    if (sorted == NULL || n == 0)
        return;
    memcpy(sorted, of, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), by_id);
    for (size_t at = 0, i = 0; at < rows_count(r); at++) {
        while (i < n && sorted[i].stock_id < rows_int(r, at, STOCK_ID))
            i++;
        if (i < n && sorted[i].stock_id == rows_int(r, at, STOCK_ID))
            channel_read(r, at, sorted[i].row);
    }
}

static void channel_put(struct jw *w, int64_t stock_id, const struct stock_channel *ch)
{
    jw_open(w, '{');
    jw_kint(w, "stock_id", stock_id);
    jw_kstring(w, "channel_code", ch->code);
    jw_kint(w, "stock_status", ch->status);
    jw_kint(w, "stock_type", ch->type);
    jw_kint(w, "limit_t", ch->limit_t);
    jw_kint(w, "reserve_t", ch->reserve_t);
    jw_kint(w, "used_t", ch->used_t);
    jw_kint(w, "m_t", ch->m_t);
    jw_kint(w, "weight", ch->weight);
    jw_kbool(w, "deleted", ch->deleted);
    stamp_put(w, "stamp", ch->stamp);
    jw_close(w, '}');
}

void channels_save(struct call *c, const struct channels_of *of, size_t n)
{
    size_t all = 0;
    for (size_t i = 0; i < n; i++)
        all += of[i].row->n_channels;
    if (all == 0)
        return;
    struct jw w = call_writer(&c->arena, all * CHANNEL_BYTES + 16);
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        for (uint16_t k = 0; k < of[i].row->n_channels; k++)
            channel_put(&w, of[i].stock_id, &of[i].row->channels[k]);
    jw_close(&w, ']');
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_text(&a, jw_text(&w));
    db_run(c->db, &SAVE, &a);
}
