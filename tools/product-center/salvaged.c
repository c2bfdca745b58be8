#include "tools/product-center/salvaged.h"

#include <string.h>

#include "proto/crypto.h"

static const struct db_statement END = {
    "INSERT INTO hub_epoch (shard, brand_id, poi_id, epoch, box_id, acked_seq, tail)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"};
static const struct db_statement HISTORY = {
    "SELECT seq, hash FROM hub_event WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
    " AND epoch = $4 AND seq BETWEEN $5 AND $6"
    " UNION ALL SELECT seq, hash FROM salvage_event WHERE shard = $1 AND brand_id = $2"
    " AND poi_id = $3 AND epoch = $4 AND seq BETWEEN $5 AND $6"
    " UNION ALL SELECT seq, decode(raw->>'hash', 'hex') FROM dead_letter WHERE shard = $1"
    " AND brand_id = $2 AND poi_id = $3 AND epoch = $4 AND seq BETWEEN $5 AND $6"
    " UNION ALL SELECT acked_seq, tail FROM hub_epoch WHERE shard = $1 AND brand_id = $2"
    " AND poi_id = $3 AND epoch = $4 AND acked_seq BETWEEN $5 AND $6"};
static const struct db_statement HISTORY_END = {
    "SELECT greatest((SELECT max(seq) FROM salvage_event WHERE shard = $1 AND brand_id = $2"
    " AND poi_id = $3 AND epoch = $4), (SELECT acked_seq FROM hub_epoch WHERE shard = $1"
    " AND brand_id = $2 AND poi_id = $3 AND epoch = $4))"};
static const struct db_statement ADD = {
    "INSERT INTO salvage_event (shard, brand_id, poi_id, epoch, seq, hash, box_id, kind, raw,"
    " reason) SELECT $1::int, $2, $3, $5::bigint, seq, decode(hash, 'hex'), $6, kind, raw, reason"
    " FROM json_to_recordset($4::json) AS r(seq bigint, hash text, kind text, raw json,"
    " reason text)"};

void epoch_end(struct call *c, const struct store *s)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, s->epoch);
    arg_text(&a, s->box_id);
    arg_int(&a, (int64_t)s->acked);
    arg_bytes(&a, s->tail, sizeof(s->tail));
    db_run(c->db, &END, &a);
}

struct history history_read(struct call *c, uint32_t epoch, uint64_t first, uint64_t last)
{
    struct db_args a = {0};
    struct history h = {0};
    arg_store(&a, &c->key);
    arg_int(&a, epoch);
    arg_int(&a, (int64_t)first);
    arg_int(&a, (int64_t)last);
    const struct db_rows *r = db_query(c->db, &HISTORY, &a);
    h.at = arena_alloc(&c->arena, rows_count(r) * sizeof(*h.at));
    for (size_t i = 0; h.at != NULL && i < rows_count(r); i++) {
        h.at[h.n].seq = (uint64_t)rows_int(r, i, 0);
        if (rows_bytes(r, i, 1, h.at[h.n].hash, HASH_BYTES))
            h.n++;
    }
    return h;
}

uint64_t history_end(struct call *c, uint32_t epoch)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, epoch);
    const struct db_rows *r = db_query(c->db, &HISTORY_END, &a);
    return rows_count(r) == 1 ? (uint64_t)rows_int(r, 0, 0) : 0;
}

bool history_has(const struct history *h, uint64_t seq, const uint8_t hash[HASH_BYTES])
{
    for (size_t i = 0; i < h->n; i++)
        if (h->at[i].seq == seq && memcmp(h->at[i].hash, hash, HASH_BYTES) == 0)
            return true;
    return false;
}

static void event_put(struct jw *w, const struct arrival *a)
{
    char hex[2 * HASH_BYTES];
    hex_encode(a->event.hash, HASH_BYTES, hex);
    jw_open(w, '{');
    jw_kint(w, "seq", (int64_t)a->event.seq);
    jw_kstring(w, "hash", (struct str){hex, sizeof(hex)});
    jw_kstring(w, "kind", a->event.kind);
    jw_key(w, "raw");
    jw_value(w, a->json);
    if (a->dead != NULL)
        jw_kstring(w, "reason", str_of(a->dead));
    jw_close(w, '}');
}

void salvaged_add(struct call *c, uint32_t epoch, struct str box_id, const struct arrival *a,
                  size_t n)
{
    struct db_args args = {0};
    struct jw w = call_scratch(c);
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        event_put(&w, &a[i]);
    jw_close(&w, ']');
    arg_store(&args, &c->key);
    arg_text(&args, jw_text(&w));
    arg_int(&args, epoch);
    arg_text(&args, box_id);
    db_run(c->db, &ADD, &args);
}
