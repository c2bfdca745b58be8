#include "tools/product-center/claims.h"

/* Three parts, so that each is a range of one index: what is locked, what the hub deducted after
 * (epoch, seq), what was deducted online after ver. */
#define OF_ROW                                                                                     \
    "SELECT order_id, line, q_t, deducted FROM center_order_effect WHERE shard = $1"               \
    " AND brand_id = $2 AND poi_id = $3 AND object_type = $4 AND object_id = $5 AND gen_id = $6"   \
    " AND q_t > 0"
static const struct db_statement LIST = {
    "SELECT order_id, line, e.q_t, deducted, side, hlc_l, hlc_c, l.served, clock_suspect,"
    " salvaged, EXISTS (SELECT FROM oversell_resolution w WHERE w.shard = $1 AND w.brand_id = $2"
    " AND w.poi_id = $3 AND w.case_id = $10 AND w.order_id = e.order_id AND w.line = e.line"
    " AND w.action = 'WAIVE'), (SELECT w.action FROM oversell_resolution w WHERE w.shard = $1"
    " AND w.brand_id = $2 AND w.poi_id = $3 AND w.case_id = $10 AND w.order_id = e.order_id"
    " AND w.line = e.line AND w.wish ORDER BY w.opening DESC, w.created_at DESC LIMIT 1),"
    " EXISTS (SELECT FROM order_override v WHERE v.shard = $1 AND v.brand_id = $2"
    " AND v.poi_id = $3 AND v.order_id = e.order_id AND v.object_type = $4 AND v.object_id = $5)"
    " FROM (" OF_ROW " AND NOT deducted UNION ALL " OF_ROW
    " AND deducted AND epoch > 0 AND (epoch, seq) > ($7, $8) UNION ALL " OF_ROW
    " AND deducted AND epoch = 0 AND seq > $9) AS e"
    " JOIN (SELECT * FROM center_order WHERE shard = $1 AND brand_id = $2 AND poi_id = $3) AS o"
    " USING (order_id)"
    " JOIN (SELECT order_id, line, served FROM center_order_line WHERE shard = $1"
    " AND brand_id = $2 AND poi_id = $3) AS l USING (order_id, line)"
    " ORDER BY hlc_l, hlc_c, order_id, line LIMIT $11"};

enum {
    ORDER,
    LINE,
    Q,
    DEDUCTED,
    SIDE,
    HLC_L,
    HLC_C,
    SERVED,
    SUSPECT,
    SALVAGED,
    WAIVED,
    WISH,
    OVER
};

struct claims claims_of_row(struct call *c, const struct stock_row *row, struct base_cut cut)
{
    char id[OVERSELL_CASE_ID];
    size_t id_n = oversell_case_id(c->key.poi, row, id);
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, row->object.type);
    arg_int(&a, row->object.id);
    arg_text(&a, row->gen_id);
    arg_int(&a, cut.hub.epoch);
    arg_int(&a, (int64_t)cut.hub.seq);
    arg_int(&a, (int64_t)cut.ver);
    arg_text(&a, (struct str){id, id_n});
    arg_int(&a, CLAIMS_MAX);
    const struct db_rows *r = db_query(c->db, &LIST, &a);
    struct claims claims = {.at = arena_alloc(&c->arena, rows_count(r) * sizeof(*claims.at))};
    claims.n = claims.at != NULL ? rows_count(r) : 0;
    for (size_t i = 0; i < claims.n; i++)
        claims.at[i] =
            (struct claim){.side = rows_int(r, i, SIDE) == 0 ? SIDE_ONLINE : SIDE_STORE,
                           .order_id = rows_text(r, i, ORDER),
                           .line = (uint32_t)rows_int(r, i, LINE),
                           .hlc = {rows_int(r, i, HLC_L), (uint32_t)rows_int(r, i, HLC_C)},
                           .q_t = rows_int(r, i, Q),
                           .served = rows_bool(r, i, SERVED),
                           .deducted = rows_bool(r, i, DEDUCTED),
                           .suspect = rows_bool(r, i, SUSPECT),
                           .overridden = rows_bool(r, i, OVER),
                           .salvaged = rows_bool(r, i, SALVAGED),
                           .waived = rows_bool(r, i, WAIVED),
                           .wish = rows_text(r, i, WISH)};
    return claims;
}

struct claim *claims_find(const struct claims *claims, struct str order_id, uint32_t line)
{
    for (size_t i = 0; i < claims->n; i++)
        if (claims->at[i].line == line && str_eq(claims->at[i].order_id, order_id))
            return &claims->at[i];
    return NULL;
}
