#include "tools/product-center/restores.h"

#include <stdio.h>

#include "proto/rights.h"
#include "tools/product-center/change.h"
#include "tools/product-center/oversell.h"
#include "tools/product-center/restore_due.h"
#include "tools/product-center/zone.h"

#define ROWS       200   /* of one piece: some ten milliseconds */
#define PUT_OFF_MS 60000 /* of rows that cannot be restored, so that they hold up no others */
#define OF_STORE   " WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"

static const struct db_statement FIND = {
    "SELECT brand_id, poi_id FROM poi_item_stock WHERE due_at <= to_timestamp($1::bigint / 1000.0)"
    " ORDER BY due_at LIMIT 1"};
static const struct db_statement ROWS_DUE = {
    "SELECT object_type, object_id FROM poi_item_stock" OF_STORE
    " AND due_at <= to_timestamp($4::bigint / 1000.0) ORDER BY due_at LIMIT $5"};
static const struct db_statement PUT = {
    "UPDATE poi_item_stock SET due_at = to_timestamp(nullif($6::bigint, 0) / 1000.0)" OF_STORE
    " AND object_type = $4 AND object_id = $5"};

static struct items rows_due(struct call *c)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, c->now_ms);
    arg_int(&a, ROWS);
    const struct db_rows *r = db_query(c->db, &ROWS_DUE, &a);
    struct object *objects = arena_alloc(&c->arena, (rows_count(r) + 1) * sizeof(*objects));
    size_t n = objects != NULL ? rows_count(r) : 0;
    for (size_t i = 0; i < n; i++)
        objects[i] = (struct object){(enum object_type)rows_int(r, i, 0), rows_int(r, i, 1)};
    return items_load(c, objects, n);
}

static void put_due(struct call *c, const struct item *it, int64_t at_ms)
{
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, it->row.object.type);
    arg_int(&a, it->row.object.id);
    arg_int(&a, at_ms);
    db_run(c->db, &PUT, &a);
}

static void restore(struct call *c, struct item *it, int64_t at_ms)
{
    char id[RESTORE_ID];
    size_t n = restore_id(at_ms, id);
    struct str before = it->row.gen_id;
    restore_center(&it->row, at_ms, arena_str(&c->arena, (struct str){id, n}));
    it->row.restored_ms = at_ms;
    if (!str_eq(before, it->row.gen_id))
        it->gen_before = before;
    it->changed = it->news = true;
}

bool restores_missed(struct call *c, const struct zone *zone, struct item *it)
{
    int64_t missed = restore_missed_ms(zone, c->now_ms, &it->row);
    if (missed > 0)
        restore(c, it, missed);
    return missed > 0;
}

static void restore_all(struct call *c, struct store *s, struct items *items)
{
    struct store_zone ctx;
    struct zone zone = zone_of(&ctx, c, s);
    for (size_t i = 0; i < items->n; i++) {
        struct item *it = &items->at[i];
        if (!restores_missed(c, &zone, it))
            put_due(c, it, restore_due_ms(&zone, c->now_ms, &it->row));
    }
    change_commit(c, s, items, &(struct change){.by = "timer"});
    oversell_evaluate_items(c, s, items);
    store_save(c, s);
}

bool restores_piece(struct call *c)
{
    struct db_args a = {0};
    struct store s;
    arg_int(&a, c->now_ms);
    const struct db_rows *r = db_query(c->db, &FIND, &a);
    if (rows_count(r) == 0)
        return false;
    call_store(c, rows_text(r, 0, 0), rows_text(r, 0, 1));
    store_lock(c, &s);
    struct items items = rows_due(c);
    db_mark(c->db);
    restore_all(c, &s, &items);
    if (db_unmark(c->db))
        return true;
    fprintf(stderr, "<3>restore failed poi=%.*s rows=%zu why=%s\n", (int)c->key.poi.n, c->key.poi.p,
            items.n, db_why(c->db));
    for (size_t i = 0; i < items.n; i++)
        put_due(c, &items.at[i], c->now_ms + PUT_OFF_MS);
    return true;
}
