/* What time does to online orders: chores (chores.h). */
#ifndef TOOLS_PRODUCT_CENTER_ORDER_EXPIRE_H
#define TOOLS_PRODUCT_CENTER_ORDER_EXPIRE_H

#include "tools/product-center/call.h"

#define ORDER_EXPIRE_EVERY_MS 1000
/* An unpaid order whose time is up gives its stock back. */
bool order_expire_piece(struct call *c);

#define ORDER_FORGET_EVERY_MS (10LL * 60 * 1000)
/* What kitchens were told so long ago that a new box needs it no more; orders themselves stay. */
bool order_forget_piece(struct call *c);

#endif
