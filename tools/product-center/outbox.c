#include "tools/product-center/outbox.h"

#define ENTRY_BYTES 256 /* of one as JSON, at most */

static const struct db_statement WAKE = {"SELECT pg_notify('outbox', '')"};
static const struct db_statement LISTEN = {"LISTEN outbox"};
static const struct db_statement LEAD = {"SELECT pg_try_advisory_lock(7043002)"};
static const struct db_statement LEAVE = {"SELECT pg_advisory_unlock(7043002)"};
static const struct db_statement SNAPSHOT = {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"};
static const struct db_statement TAKE = {
    "SELECT * FROM (SELECT shard, brand_id, poi_id, ver, object_type, object_id, echo, kind FROM "
    "outbox"
    " ORDER BY created_at, ver LIMIT $1) AS oldest ORDER BY shard, brand_id, poi_id, ver"};
static const struct db_statement IS_NEWS = {
    "UPDATE outbox SET echo = false WHERE shard = $1 AND brand_id = $2 AND poi_id = $3 AND"
    " ver = $4"};
static const struct db_statement DONE = {
    "DELETE FROM outbox USING json_to_recordset($1::json) AS r(shard int, brand_id text,"
    " poi_id text, ver bigint) WHERE outbox.shard = r.shard AND outbox.brand_id = r.brand_id"
    " AND outbox.poi_id = r.poi_id AND outbox.ver = r.ver"};
static const struct db_statement DUE = {
    "SELECT shard, brand_id, poi_id FROM store WHERE applied_ver < ver AND cur_epoch > 0"
    " AND push_due <= clock_timestamp() ORDER BY push_due LIMIT $1"};
static const struct db_statement PUSHED = {
    "UPDATE store SET push_tries = push_tries + 1, push_due = clock_timestamp() +"
    " least(5 * 2 ^ least(push_tries, 10), 600) * interval '1 s'"
    " WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"};
/* Of several versions that a store has named, the highest that it can know; its newest state. */
#define KNOWN "(SELECT max(a) FROM unnest(heard.applied) AS a WHERE a <= store.ver)"
static const struct db_statement HEARD = {
    "WITH heard AS (SELECT shard, brand_id, poi_id, array_agg(applied) AS applied,"
    " (array_agg(state ORDER BY n DESC) FILTER (WHERE state IS NOT NULL))[1] AS state"
    " FROM ROWS FROM (json_to_recordset($1::json) AS (shard int, brand_id text, poi_id text,"
    " applied bigint, state json)) WITH ORDINALITY AS r(shard, brand_id, poi_id, applied, state,"
    " n) GROUP BY shard, brand_id, poi_id)"
    " UPDATE store SET seen_at = to_timestamp($2::bigint / 1000.0), state = coalesce(heard.state, "
    "store.state), push_tries = 0,"
    " applied_ver = greatest(store.applied_ver, " KNOWN "),"
    " push_due = CASE WHEN " KNOWN " > store.applied_ver THEN now() + interval '5 s'"
    " ELSE least(push_due, now() + interval '5 s') END"
    " FROM heard WHERE store.shard = heard.shard AND store.brand_id = heard.brand_id"
    " AND store.poi_id = heard.poi_id"};
static const struct db_statement HEADS = {
    "SELECT shard, brand_id, poi_id, ver, hlc_l_ms, hlc_c, center_epoch FROM store"
    " WHERE (shard, brand_id, poi_id) > ($1, $2, $3) AND ver > 0"
    " ORDER BY shard, brand_id, poi_id LIMIT $4"};
static const struct db_statement COUNT = {"SELECT count(*) FROM store WHERE ver > 0"};

static struct store_key key_read(const struct db_rows *r, size_t at)
{
    return (struct store_key){(int)rows_int(r, at, 0), rows_text(r, at, 1), rows_text(r, at, 2)};
}

/* ---- who ---- */

void outbox_wake(struct db_conn *db)
{
    db_run(db, &WAKE, NULL);
}

bool lead_take(struct db_conn *db)
{
    db_begin(db);
    const struct db_rows *r = db_query(db, &LEAD, NULL);
    bool leads = rows_count(r) == 1 && rows_bool(r, 0, 0);
    if (leads)
        db_run(db, &LISTEN, NULL);
    return db_commit(db) == DB_DONE && leads;
}

void lead_leave(struct db_conn *db)
{
    db_begin(db);
    db_run(db, &LEAVE, NULL);
    db_commit(db);
}

/* ---- rows to push ---- */

struct outbox_entry *outbox_take(struct call *c, size_t limit, size_t *n)
{
    struct db_args a = {0};
    db_run(c->db, &SNAPSHOT, NULL);
    arg_int(&a, (int64_t)limit);
    const struct db_rows *r = db_query(c->db, &TAKE, &a);
    struct outbox_entry *e = arena_alloc(&c->arena, rows_count(r) * sizeof(*e));
    *n = e != NULL ? rows_count(r) : 0;
    for (size_t i = 0; i < *n; i++)
        e[i] = (struct outbox_entry){
            .key = key_read(r, i),
            .ver = (uint64_t)rows_int(r, i, 3),
            .object = {(enum object_type)rows_int(r, i, 4), rows_int(r, i, 5)},
            .echo = rows_bool(r, i, 6),
            .kind = (enum cloud_item_kind)rows_int(r, i, 7)};
    return e;
}

void outbox_is_news(struct call *c, uint64_t ver)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, (int64_t)ver);
    db_run(c->db, &IS_NEWS, &a);
}

void outbox_done(struct call *c, const struct outbox_entry *e, size_t n)
{
    struct db_args a = {0};
    struct jw w = call_writer(&c->arena, n * ENTRY_BYTES + 16);
    jw_open(&w, '[');
    for (size_t i = 0; i < n; i++) {
        jw_open(&w, '{');
        jw_kint(&w, "shard", e[i].key.shard);
        jw_kstring(&w, "brand_id", e[i].key.brand);
        jw_kstring(&w, "poi_id", e[i].key.poi);
        jw_kint(&w, "ver", (int64_t)e[i].ver);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    arg_text(&a, jw_text(&w));
    db_run(c->db, &DONE, &a);
}

/* ---- stores that lag ---- */

struct store_key *lag_due(struct call *c, size_t limit, size_t *n)
{
    struct db_args a = {0};
    arg_int(&a, (int64_t)limit);
    const struct db_rows *r = db_query(c->db, &DUE, &a);
    struct store_key *key = arena_alloc(&c->arena, rows_count(r) * sizeof(*key));
    *n = key != NULL ? rows_count(r) : 0;
    for (size_t i = 0; i < *n; i++)
        key[i] = key_read(r, i);
    return key;
}

void lag_pushed(struct call *c)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    db_run(c->db, &PUSHED, &a);
}

void heard_save(struct call *c, struct str list)
{
    struct db_args a = {0};
    arg_text(&a, list);
    arg_int(&a, c->now_ms);
    db_run(c->db, &HEARD, &a);
}

/* ---- heads ---- */

struct head_entry *head_list(struct call *c, const struct store_key *after, size_t limit, size_t *n)
{
    struct db_args a = {0};
    arg_store(&a, after);
    arg_int(&a, (int64_t)limit);
    const struct db_rows *r = db_query(c->db, &HEADS, &a);
    struct head_entry *e = arena_alloc(&c->arena, rows_count(r) * sizeof(*e));
    *n = e != NULL ? rows_count(r) : 0;
    for (size_t i = 0; i < *n; i++)
        e[i] = (struct head_entry){.key = key_read(r, i),
                                   .ver = (uint64_t)rows_int(r, i, 3),
                                   .center_epoch = (uint32_t)rows_int(r, i, 6),
                                   .hlc = {rows_int(r, i, 4), (uint32_t)rows_int(r, i, 5)}};
    return e;
}

size_t head_count(struct call *c)
{
    const struct db_rows *r = db_query(c->db, &COUNT, NULL);
    return rows_count(r) == 1 ? (size_t)rows_int(r, 0, 0) : 0;
}
