#include "tools/product-center/zone.h"

#define UTC      STR("UTC")
#define OF_STORE " WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"

static const struct db_statement OFFSET = {
    "SELECT extract(epoch FROM (at AT TIME ZONE $2) - (at AT TIME ZONE 'UTC'))::bigint"
    " FROM (SELECT to_timestamp($1::bigint / 1000.0) AS at) AS t"};
static const struct db_statement KNOWN = {
    "SELECT FROM pg_timezone_names WHERE name = $1 AND name !~ '^(posix/|localtime$|Factory$)'"};
static const struct db_statement SAVE = {"UPDATE store SET timezone = $4" OF_STORE};
static const struct db_statement LOOK = {
    "UPDATE poi_item_stock SET due_at = to_timestamp($4::bigint / 1000.0)" OF_STORE
    " AND auto_restore_type = 1 AND auto_restore_at IS NOT NULL AND NOT del"};

static int32_t ask(const struct store_zone *z, int64_t at_ms)
{
    struct db_args a = {0};
    arg_int(&a, at_ms);
    arg_text(&a, z->name);
    const struct db_rows *r = db_query(z->call->db, &OFFSET, &a);
    return rows_count(r) == 1 ? (int32_t)rows_int(r, 0, 0) : 0;
}

static int32_t offset_s(void *ctx, int64_t at_ms)
{
    struct store_zone *z = ctx;
    size_t n = z->asked < ZONE_KNOWN ? z->asked : ZONE_KNOWN, next = z->asked % ZONE_KNOWN;
    for (size_t i = 0; i < n; i++)
        if (z->known[i].at_ms == at_ms)
            return z->known[i].offset_s;
    z->known[next].at_ms = at_ms;
    z->known[next].offset_s = ask(z, at_ms);
    z->asked++;
    return z->known[next].offset_s;
}

struct zone zone_of(struct store_zone *ctx, struct call *c, const struct store *s)
{
    ctx->call = c;
    ctx->name = s->timezone;
    ctx->asked = 0;
    return str_eq(s->timezone, UTC) ? ZONE_UTC : (struct zone){offset_s, ctx};
}

bool zone_is_known(struct call *c, struct str name)
{
    struct db_args a = {0};
    arg_text(&a, name);
    return rows_count(db_query(c->db, &KNOWN, &a)) == 1;
}

void zone_set(struct call *c, struct store *s, struct str name)
{
    struct db_args save = {0}, look = {0};
    if (str_eq(s->timezone, name))
        return;
    s->timezone = name;
    arg_store(&save, &c->key);
    arg_text(&save, name);
    db_run(c->db, &SAVE, &save);
    arg_store(&look, &c->key);
    arg_int(&look, c->now_ms);
    db_run(c->db, &LOOK, &look);
}
