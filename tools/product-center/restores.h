/* Chore: the restores that are due at the center (sync-protocol 1.7): at D by the store's time
 * zone, whether or not its hub is there, each D once whoever of several processes does it, and
 * after a time without any process only the latest.
 */
#ifndef TOOLS_PRODUCT_CENTER_RESTORES_H
#define TOOLS_PRODUCT_CENTER_RESTORES_H

#include "proto/due.h"
#include "tools/product-center/item.h"

#define RESTORES_EVERY_MS 500 /* half of what a restore may be late */
/* The rows of one store. True: there may be more. */
bool restores_piece(struct call *c);
/* One row, at the latest due time that has passed and was not restored at; false: there is none.
 * change_commit writes it. */
bool restores_missed(struct call *c, const struct zone *zone, struct item *it);

#endif
