#include "tools/product-center/takeover.h"

#include "proto/rights.h"
#include "tools/product-center/change.h"
#include "tools/product-center/oversell.h"
#include "tools/product-center/restores.h"
#include "tools/product-center/zone.h"

static const struct db_statement STRICT_ROWS = {
    "SELECT object_type, object_id FROM poi_item_stock WHERE shard = $1 AND brand_id = $2"
    " AND poi_id = $3 AND mode_in_force = $4"};

static struct items strict_rows(struct call *c)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, MODE_STRICT);
    const struct db_rows *r = db_query(c->db, &STRICT_ROWS, &a);
    struct object *o = arena_alloc(&c->arena, rows_count(r) * sizeof(*o));
    for (size_t i = 0; o != NULL && i < rows_count(r); i++)
        o[i] = (struct object){(enum object_type)rows_int(r, i, 0), rows_int(r, i, 1)};
    return items_load(c, o, o != NULL ? rows_count(r) : 0);
}

static void presume(struct item *it)
{
    int64_t before_t = it->row.presumed_t, locked_t = it->row.lh_t;
    if (it->row.mode_in_force != MODE_STRICT)
        return;
    it->row.lh_t = 0;
    rights_presume(&it->row);
    it->changed |= it->row.presumed_t != before_t || locked_t != 0;
}

void takeover_presume(struct call *c, struct store *s)
{
    struct store_zone ctx;
    struct zone zone = zone_of(&ctx, c, s);
    struct items items = strict_rows(c);
    for (size_t i = 0; i < items.n; i++) {
        restores_missed(c, &zone, &items.at[i]);
        presume(&items.at[i]);
    }
    change_commit(c, s, &items, &(struct change){.by = "takeover"});
    oversell_evaluate_items(c, s, &items);
}
