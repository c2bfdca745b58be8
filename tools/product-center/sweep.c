#include "tools/product-center/sweep.h"

#include "tools/product-center/store.h"

#define DAY_MS       (24LL * 3600 * 1000)
#define EVENT_MS     (400 * DAY_MS) /* events, and dead letters that are closed */
#define TOMBSTONE_MS (30 * DAY_MS)
#define OUTBOX_MS    DAY_MS /* hubs that lag are found by their lag, and pulls need none of it */
#define PIECE        1000   /* rows of one transaction: some ten milliseconds */

/* `t` and `old` by the whole key of their table. */
#define SAME_STORE "t.shard = old.shard AND t.brand_id = old.brand_id AND t.poi_id = old.poi_id"
#define OLD        " WHERE created_at < to_timestamp($1::bigint / 1000.0)"

static const struct db_statement EVENTS = {
    "DELETE FROM hub_event t USING (SELECT shard, brand_id, poi_id, epoch, seq FROM hub_event" OLD
    " LIMIT $2) AS old WHERE " SAME_STORE " AND t.epoch = old.epoch AND t.seq = old.seq"};
static const struct db_statement SALVAGED = {
    "DELETE FROM salvage_event t USING (SELECT shard, brand_id, poi_id, epoch, seq, hash FROM"
    " salvage_event" OLD " LIMIT $2) AS old WHERE " SAME_STORE
    " AND t.epoch = old.epoch AND t.seq = old.seq AND t.hash = old.hash"};
static const struct db_statement LETTERS = {"DELETE FROM dead_letter t USING (SELECT shard, "
                                            "brand_id, poi_id, epoch, seq FROM dead_letter" OLD
                                            " AND closed LIMIT $2) AS old WHERE " SAME_STORE
                                            " AND t.epoch = old.epoch AND t.seq = old.seq"};
static const struct db_statement OUTBOX = {
    "DELETE FROM outbox t USING (SELECT shard, brand_id, poi_id, ver FROM outbox" OLD
    " LIMIT $2) AS old WHERE " SAME_STORE " AND t.ver = old.ver"};

static const struct db_statement TOMBSTONE = {
    "SELECT brand_id, poi_id FROM poi_item_stock WHERE del AND lh_t = 0 AND lc_t = 0"
    " AND updated_at < to_timestamp($1::bigint / 1000.0) LIMIT 1"};
static const struct db_statement BURY = {
    "WITH gone AS (DELETE FROM poi_item_stock WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
    " AND del AND lh_t = 0 AND lc_t = 0 AND updated_at < to_timestamp($4::bigint / 1000.0)"
    " RETURNING id, over, object_type, object_id), channels AS (DELETE FROM poi_item_channel_stock "
    "WHERE shard = $1"
    " AND brand_id = $2 AND poi_id = $3 AND stock_id IN (SELECT id FROM gone)), cmds AS (DELETE "
    "FROM"
    " stock_cmd k USING gone WHERE k.shard = $1 AND k.brand_id = $2 AND k.poi_id = $3"
    " AND k.object_type = gone.object_type AND k.object_id = gone.object_id)"
    " SELECT max(over) FROM gone"};

static bool sweep_table(struct call *c, const struct db_statement *s, int64_t age_ms)
{
    struct db_args a = {0};
    arg_int(&a, c->now_ms - age_ms);
    arg_int(&a, PIECE);
    return db_run(c->db, s, &a) > 0;
}

/* Those of one store, under its lock: a hub that has not seen them pulls everything again. A row
 * that still has goods locked waits. */
static bool sweep_tombstones(struct call *c)
{
    struct db_args find = {0}, bury = {0};
    struct store s;
    arg_int(&find, c->now_ms - TOMBSTONE_MS);
    const struct db_rows *r = db_query(c->db, &TOMBSTONE, &find);
    if (rows_count(r) == 0)
        return false;
    call_store(c, rows_text(r, 0, 0), rows_text(r, 0, 1));
    store_lock(c, &s);
    arg_store(&bury, &c->key);
    arg_int(&bury, c->now_ms - TOMBSTONE_MS);
    r = db_query(c->db, &BURY, &bury);
    uint64_t over = rows_count(r) == 1 ? (uint64_t)rows_int(r, 0, 0) : 0;
    if (over > s.floor)
        s.floor = over;
    store_save(c, &s);
    return true;
}

bool sweep_piece(struct call *c)
{
    return sweep_table(c, &EVENTS, EVENT_MS) || sweep_table(c, &SALVAGED, EVENT_MS) ||
           sweep_table(c, &LETTERS, EVENT_MS) || sweep_tombstones(c) ||
           sweep_table(c, &OUTBOX, OUTBOX_MS);
}
