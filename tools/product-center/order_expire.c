#include "tools/product-center/order_expire.h"

#include "tools/product-center/order_save.h"

/* Of those that are due any one: an order whose record is damaged holds up no other. */
static const struct db_statement DUE = {
    "SELECT brand_id, poi_id, order_id FROM center_order WHERE side = 0 AND expires_ms > 0 AND"
    " expires_ms <= $1 ORDER BY random() LIMIT 1"};
static const struct db_statement FORGET = {
    "DELETE FROM down_item WHERE kind = $1 AND updated_at < now() - interval '7 days'"};

bool order_expire_piece(struct call *c)
{
    struct db_args a = {0};
    struct order o;
    arg_int(&a, c->now_ms);
    const struct db_rows *r = db_query(c->db, &DUE, &a);
    if (rows_count(r) == 0)
        return false;
    call_store(c, rows_text(r, 0, 0), rows_text(r, 0, 1));
    order_open(c, rows_text(r, 0, 2), &o);
    /* it may have been paid since */
    bool due = o.m->status == ORDER_PLACED && o.m->expires_ms > 0 && o.m->expires_ms <= c->now_ms;
    if (due && order_release(c, &o, ORDER_EXPIRED))
        order_save(c, &o);
    return true;
}

bool order_forget_piece(struct call *c)
{
    struct db_args a = {0};
    arg_int(&a, CLOUD_ITEM_ORDER);
    db_run(c->db, &FORGET, &a);
    return false;
}
