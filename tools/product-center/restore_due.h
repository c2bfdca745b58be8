/* The restores that are due at the center (sync-protocol 1.7): at D by the store's time zone,
 * whether or not its hub is there, each D once whoever of several processes does it, and after a
 * time without any process only the latest.
 */
#ifndef TOOLS_PRODUCT_CENTER_RESTORE_DUE_H
#define TOOLS_PRODUCT_CENTER_RESTORE_DUE_H

#include "tools/product-center/item.h"

#define RESTORE_EVERY_MS 500 /* half of what a restore may be late */

/* The item's schedule or what was restored has changed since it was loaded: when it is due. */
void restore_due_written(struct call *c, const struct store *s, struct item *it);
/* Chore: the rows of one store. True: there may be more. */
bool restore_due_piece(struct call *c);

#endif
