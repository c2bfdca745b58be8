/* Online orders: the center's own part of the order tables (mirror.h). Their stock moves by the
 * center's counters C, Lc and used, never by the hub's.
 *
 * An order is opened with what was asked of it before, gets its stock rows, is changed in memory
 * (order_rule.h) and written whole (order_save.h). The store is under its lock from the opening on.
 */
#ifndef TOOLS_PRODUCT_CENTER_ORDER_H
#define TOOLS_PRODUCT_CENTER_ORDER_H

#include "proto/code.h"
#include "tools/product-center/item.h"
#include "tools/product-center/mirror.h"

#define ORDER_CHANNEL   CHANNEL_ONLINE_ORDER /* the center's own so far */
#define ORDER_AMOUNT_E4 9999999999LL         /* DECIMAL(10,4) */
#define ORDER_QTY_T     9999999              /* of a line or an option: products fit int64 */
#define ORDER_TTL_S     900                  /* an unpaid order holds its stock so long */
#define ORDER_TTL_S_MAX 86400                /* and may ask for a day */
#define ORDER_OPS       64                   /* pay and refund ids of one order */

/* A request that was made of the order (table center_order_op). */
struct order_op {
    struct str kind, id; /* kind: "pay", "refund" */
    struct str request;  /* canonical JSON */
    enum code code;      /* OK, 2006 or 2009 */
    int64_t amount_e4;
};
struct order {
    struct store store;
    struct mirror mirror;           /* of the one order */
    struct mirror_order *m, nobody; /* m is never NULL: nobody where the arena is full */
    struct items items;             /* the rows that its lines touch; none before order_rows */
    struct order_op *ops;
    size_t n_ops;
};
/* Takes the store's lock and reads the order; m->status is ORDER_NONE where there is none. */
void order_open(struct call *c, struct str order_id, struct order *out);
/* Reads the rows that its lines touch. */
void order_rows(struct call *c, struct order *o);
/* NULL: not asked before. */
const struct order_op *order_op(const struct order *o, struct str kind, struct str id);
/* Writes one more. False: the order has ORDER_OPS of them. */
bool order_op_add(struct call *c, struct order *o, const struct order_op *op);

#endif
