/* The store's open orders, as they stand, for a box that takes it over (sync-protocol 3.7): PLACED,
 * PAYING or PAID, and not ended. Online orders are not among them: those go down by themselves.
 *
 * Each is told as one body of an ORDER_LOCK, made from all events of it: what was voided or
 * refunded is not in it any more, and its money has gone from the last payments.
 *   {"order_id","state","channel","kitchen","due_e4","day","number","origin","device","operator",
 *    "table","note","user_id","round" (served up to it),"adjust":[..],"lines":[..],"payments":[..]}
 */
#ifndef TOOLS_PRODUCT_CENTER_OPEN_ORDER_H
#define TOOLS_PRODUCT_CENTER_OPEN_ORDER_H

#include "tools/product-center/call.h"

/* A restaurant has dozens; with a page of rows they fit one answer (LIMIT_CLOUD_BYTES). The oldest
 * come first. */
#define OPEN_ORDERS_MAX   500
#define OPEN_ORDERS_BYTES ((size_t)768 << 10)

/* The values of a JSON array that is open in c->out. How many it did not tell: too many, too long,
 * or their beginning is not known here. */
size_t open_orders_write(struct call *c);

#endif
