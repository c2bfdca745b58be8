#include "tools/product-center/event.h"

#include "proto/crypto.h"

static const struct db_statement ADD = {
    "INSERT INTO hub_event (shard, brand_id, poi_id, epoch, seq, hlc_l_ms, hlc_c, cv, kind, bh,"
    " hash, body) SELECT $1::int, $2, $3, $5::bigint, seq, hlc_l_ms, hlc_c, cv, kind,"
    " decode(bh, 'hex'), decode(hash, 'hex'), body FROM json_to_recordset($4::json) AS r("
    "seq bigint, hlc_l_ms bigint, hlc_c bigint, cv bigint, kind text, bh text, hash text,"
    " body json)"};
static const struct db_statement DEAD_ADD = {
    "INSERT INTO dead_letter (shard, brand_id, poi_id, epoch, seq, reason, raw)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7::json)"};
static const struct db_statement DEAD_LIST = {
    "SELECT seq, reason FROM dead_letter WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
    " AND epoch = $4 AND seq BETWEEN $5 AND $6 ORDER BY seq"};

static void hash_put(struct jw *w, const char *key, const uint8_t hash[HASH_BYTES])
{
    char hex[2 * HASH_BYTES];
    hex_encode(hash, HASH_BYTES, hex);
    jw_kstring(w, key, (struct str){hex, sizeof(hex)});
}

static void event_put(struct jw *w, const struct cloud_event *e)
{
    jw_open(w, '{');
    jw_kint(w, "seq", (int64_t)e->seq);
    jw_kint(w, "hlc_l_ms", e->hlc.l_ms);
    jw_kint(w, "hlc_c", e->hlc.c);
    jw_kint(w, "cv", (int64_t)e->cv);
    jw_kstring(w, "kind", e->kind);
    hash_put(w, "bh", e->bh);
    hash_put(w, "hash", e->hash);
    if (e->body != NULL) {
        jw_key(w, "body");
        jw_value(w, e->body);
    }
    jw_close(w, '}');
}

void events_add(struct call *c, uint32_t epoch, const struct arrival *a, size_t n)
{
    struct db_args args = {0};
    struct jw w = call_scratch(c);
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        if (a[i].dead == NULL)
            event_put(&w, &a[i].event);
    jw_close(&w, ']');
    arg_store(&args, &c->key);
    arg_text(&args, jw_text(&w));
    arg_int(&args, epoch);
    db_run(c->db, &ADD, &args);
}

static void dead_add_one(struct call *c, uint32_t epoch, const struct arrival *a)
{
    struct db_args args = {0};
    struct jw w = call_scratch(c);
    jw_value(&w, a->json);
    arg_store(&args, &c->key);
    arg_int(&args, epoch);
    arg_int(&args, (int64_t)a->event.seq);
    arg_text(&args, str_of(a->dead));
    arg_text(&args, jw_text(&w));
    db_run(c->db, &DEAD_ADD, &args);
}

void dead_add(struct call *c, uint32_t epoch, const struct arrival *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (a[i].dead != NULL)
            dead_add_one(c, epoch, &a[i]);
}

struct cloud_dead *dead_list(struct call *c, uint32_t epoch, uint64_t first, uint64_t last,
                             uint16_t *n)
{
    struct db_args args = {0};
    arg_store(&args, &c->key);
    arg_int(&args, epoch);
    arg_int(&args, (int64_t)first);
    arg_int(&args, (int64_t)last);
    const struct db_rows *r = db_query(c->db, &DEAD_LIST, &args);
    struct cloud_dead *dead = arena_alloc(&c->arena, rows_count(r) * sizeof(*dead));
    *n = dead != NULL ? (uint16_t)rows_count(r) : 0;
    for (uint16_t i = 0; i < *n; i++)
        dead[i] = (struct cloud_dead){(uint64_t)rows_int(r, i, 0), rows_text(r, i, 1)};
    return dead;
}
