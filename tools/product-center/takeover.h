/* A box takes the store over (sync-protocol 3.7, 5.5): nobody knows what the one before it sold and
 * had not told, so in STRICT the rest of its rights is taken for sold. What is due is restored
 * first: it may have restored too, and sold what was offered for that time.
 */
#ifndef TOOLS_PRODUCT_CENTER_TAKEOVER_H
#define TOOLS_PRODUCT_CENTER_TAKEOVER_H

#include "tools/product-center/store.h"

/* Every STRICT row of the store. Under the lock, in the new epoch; the store's ver moves. */
void takeover_presume(struct call *c, struct store *s);

#endif
