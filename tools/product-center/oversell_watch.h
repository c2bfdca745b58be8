/* Cases that nothing but time moves: which of them have waited long enough, opens those that waited
 * for the hub, and refunds online orders where staff did nothing.
 */
#ifndef TOOLS_PRODUCT_CENTER_OVERSELL_WATCH_H
#define TOOLS_PRODUCT_CENTER_OVERSELL_WATCH_H

#include "tools/product-center/call.h"

#define OVERSELL_WATCH_EVERY_MS 1000
/* A chore (chores.h): one store. What cannot be done there is told, and looked at again in an hour.
 */
bool oversell_watch_piece(struct call *c);

#endif
