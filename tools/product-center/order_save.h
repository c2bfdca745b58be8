/* An order is written with everything that hangs on it. */
#ifndef TOOLS_PRODUCT_CENTER_ORDER_SAVE_H
#define TOOLS_PRODUCT_CENTER_ORDER_SAVE_H

#include "tools/product-center/order.h"

/* Writes its rows with log and outbox, the order, and, once it was paid, what the hub has to know
 * of it; saves the store. */
void order_save(struct call *c, struct order *o);
/* Gives the stock of a PLACED order back; it becomes CANCELLED or EXPIRED, not saved yet. False:
 * the call has failed. */
bool order_release(struct call *c, struct order *o, enum order_state to);
/* Gives the effects of all lines the quantities that its body asks for. False: the call has failed,
 * the body is damaged. */
bool order_refill(struct call *c, struct order *o);
/* What the refunds so far took of a line, in tenths. */
int64_t order_refunded(struct call *c, const struct order *o, uint32_t line);

#endif
