/* Paying an order, at a kiosk, a table or a till. */
#ifndef STORESIM_PAY_H
#define STORESIM_PAY_H

#include "tools/storesim/order.h"

/* Pays all that is due: sometimes announced first (pay_begin), and then sometimes failing once. */
void pay_order(struct order *o, struct device *d);
/* A payment as members of an open object: pay_id, tender, amount. */
void pay_view(struct order *o, struct jw *w, int64_t amount_e4);

#endif
