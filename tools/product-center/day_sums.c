/* GET /api/v1/poi/day?brandId=&poiId=&day=YYYYMMDD: the sums of one business day by the order
 * mirror, to be compared with what the hub says of it (sync-protocol 4.8).
 *   {"code":0,"day":"20260128",
 *    "orders":[{"channel":"POS","state":"PAID","n":12,"due_e4":..,"paid_e4":..,"refunded_e4":..}],
 *    "objects":[{"object_type":2,"object_id":1001,"sold_t":120,"locked_t":0}]}
 * Quantities are what the orders hold now, of all rows that they take from.
 */
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"

#define DAY_DIGITS 8

static const struct db_statement ORDERS = {
    "SELECT channel, order_status, count(*), sum(amount_e4), sum(paid_e4), sum(refunded_e4)"
    " FROM center_order WHERE shard = $1 AND brand_id = $2 AND poi_id = $3 AND day <> '' AND day = "
    "$4"
    " AND NOT is_delete GROUP BY 1, 2 ORDER BY 1, 2"};
static const struct db_statement OBJECTS = {
    "SELECT object_type, object_id, sum(q_t) FILTER (WHERE deducted),"
    " sum(q_t) FILTER (WHERE NOT deducted) FROM center_order_effect WHERE shard = $1"
    " AND brand_id = $2 AND poi_id = $3 AND order_id IN (SELECT order_id FROM center_order"
    " WHERE shard = $1 AND brand_id = $2 AND poi_id = $3 AND day <> '' AND day = $4 AND NOT "
    "is_delete)"
    " GROUP BY 1, 2 ORDER BY 1, 2"};

static bool day_query(struct call *c, struct str *day)
{
    *day = http_query(c->request, "day");
    bool good = day->n == DAY_DIGITS;
    for (size_t i = 0; i < day->n; i++)
        good = good && day->p[i] >= '0' && day->p[i] <= '9';
    if (!good)
        call_fail(c, CLOUD_BAD_REQUEST, "day is YYYYMMDD");
    return good;
}

static void orders_write(struct jw *w, const struct db_rows *r)
{
    jw_karray(w, "orders");
    for (size_t i = 0; i < rows_count(r); i++) {
        jw_open(w, '{');
        jw_kstring(w, "channel", rows_text(r, i, 0));
        jw_kstring(w, "state", str_of(order_state_name((enum order_state)rows_int(r, i, 1))));
        jw_kint(w, "n", rows_int(r, i, 2));
        jw_kint(w, "due_e4", rows_int(r, i, 3));
        jw_kint(w, "paid_e4", rows_int(r, i, 4));
        jw_kint(w, "refunded_e4", rows_int(r, i, 5));
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void objects_write(struct jw *w, const struct db_rows *r)
{
    jw_karray(w, "objects");
    for (size_t i = 0; i < rows_count(r); i++) {
        jw_open(w, '{');
        wire_put_object(w, (struct object){(enum object_type)rows_int(r, i, 0), rows_int(r, i, 1)});
        jw_kint(w, "sold_t", rows_int(r, i, 2));
        jw_kint(w, "locked_t", rows_int(r, i, 3));
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

void day_sums(struct call *c)
{
    struct str day;
    struct db_args a = {0};
    if (!call_store_query(c) || !day_query(c, &day))
        return;
    arg_store(&a, &c->key);
    arg_text(&a, day);
    call_answer(c);
    jw_kstring(&c->out, "day", day);
    orders_write(&c->out, db_query(c->db, &ORDERS, &a));
    objects_write(&c->out, db_query(c->db, &OBJECTS, &a));
    call_done(c);
}
