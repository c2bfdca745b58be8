#include "tools/product-center/store.h"

#include <string.h>

#define OFFLINE_MS 15000 /* five times what a change may take to arrive */

#define COLUMNS                                                                                    \
    "cur_epoch, acked_seq, head_seq, tail, ver, applied_ver, tombstone_floor, center_epoch, "      \
    "hlc_l_ms, hlc_c, box_id, (extract(epoch FROM seen_at) * 1000)::bigint, setting_due, timezone"
#define THE_STORE " WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"

static const struct db_statement READ = {"SELECT " COLUMNS " FROM store" THE_STORE};
static const struct db_statement LOCK = {"SELECT " COLUMNS " FROM store" THE_STORE " FOR UPDATE"};
static const struct db_statement MAKE = {
    "INSERT INTO store (shard, brand_id, poi_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
static const struct db_statement SAVE = {
    "UPDATE store SET cur_epoch = $4, acked_seq = $5, head_seq = $6, tail = $7, ver = $8,"
    " applied_ver = $9, tombstone_floor = $10, center_epoch = $11, hlc_l_ms = $12, hlc_c = $13,"
    " box_id = $14, seen_at = to_timestamp(nullif($15::bigint, 0) / 1000.0), push_due = CASE WHEN "
    "applied_ver < ver AND $9 <="
    " applied_ver THEN push_due ELSE now() + interval '5 s' END, push_tries ="
    " CASE WHEN $9 > applied_ver THEN 0 ELSE push_tries END" THE_STORE};

static const struct db_statement HEARD = {
    "UPDATE store SET seen_at = to_timestamp($4::bigint / 1000.0)" THE_STORE
    " AND (seen_at < to_timestamp($4::bigint / 1000.0) - interval '1 s' OR seen_at IS NULL)"};

static void store_of(const struct db_rows *r, struct store *out)
{
    *out = (struct store){.epoch = (uint32_t)rows_int(r, 0, 0),
                          .acked = (uint64_t)rows_int(r, 0, 1),
                          .head = (uint64_t)rows_int(r, 0, 2),
                          .ver = (uint64_t)rows_int(r, 0, 4),
                          .applied = (uint64_t)rows_int(r, 0, 5),
                          .floor = (uint64_t)rows_int(r, 0, 6),
                          .center_epoch = (uint32_t)rows_int(r, 0, 7),
                          .hlc = {rows_int(r, 0, 8), (uint32_t)rows_int(r, 0, 9)},
                          .box_id = rows_text(r, 0, 10),
                          .seen_ms = rows_int(r, 0, 11),
                          .setting_due = rows_bool(r, 0, 12),
                          .timezone = rows_text(r, 0, 13)};
    rows_bytes(r, 0, 3, out->tail, sizeof(out->tail));
}

static bool store_get(struct call *c, const struct db_statement *s, struct store *out)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    const struct db_rows *r = db_query(c->db, s, &a);
    *out = (struct store){.center_epoch = 1, .timezone = STR("UTC")};
    if (rows_count(r) == 0)
        return false;
    store_of(r, out);
    return true;
}

bool store_read(struct call *c, struct store *out)
{
    return store_get(c, &READ, out);
}

void store_lock(struct call *c, struct store *out)
{
    if (!store_get(c, &LOCK, out)) {
        struct db_args a = {0};
        arg_store(&a, &c->key);
        db_run(c->db, &MAKE, &a);
        store_get(c, &LOCK, out);
    }
    out->hlc = hlc_tick(out->hlc, c->now_ms);
}

void store_save(struct call *c, const struct store *s)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, s->epoch);
    arg_int(&a, (int64_t)s->acked);
    arg_int(&a, (int64_t)s->head);
    arg_bytes(&a, s->tail, sizeof(s->tail));
    arg_int(&a, (int64_t)s->ver);
    arg_int(&a, (int64_t)s->applied);
    arg_int(&a, (int64_t)s->floor);
    arg_int(&a, s->center_epoch);
    arg_int(&a, s->hlc.l_ms);
    arg_int(&a, s->hlc.c);
    arg_text(&a, s->box_id);
    arg_int(&a, s->seen_ms);
    db_run(c->db, &SAVE, &a);
}

void store_heard(struct call *c)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, c->now_ms);
    db_run(c->db, &HEARD, &a);
}

bool store_offline(const struct store *s, int64_t now_ms)
{
    return s->epoch > 0 && now_ms - s->seen_ms > OFFLINE_MS;
}

uint64_t store_next_ver(struct store *s)
{
    return ++s->ver;
}
