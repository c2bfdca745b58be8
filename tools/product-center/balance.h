/* The center's own reserves m of a row's channels (proto/shares.h), kept while rows are written
 * and looked at.
 *
 * Every write goes through balance_written. What is due by the clock alone, the rebalance of
 * WEIGHTED_SOFT and the daily release, is done when somebody is about to buy: m decides nothing
 * else, and a row that nobody buys from costs no version, no log and no message.
 */
#ifndef TOOLS_PRODUCT_CENTER_BALANCE_H
#define TOOLS_PRODUCT_CENTER_BALANCE_H

#include "tools/product-center/item.h"

/* The row was changed since it was loaded: its channels begin anew, share out what grew, or give
 * way to what is left. */
void balance_written(const struct call *c, struct item *it);
/* Before an order is checked against the rows. What changes is written if the order is. */
void balance_look(struct call *c, const struct store *s, struct items *items);

#endif
