/* What has had its time is thrown away (sync-protocol 3.6, 4.5): a chore. */
#ifndef TOOLS_PRODUCT_CENTER_SWEEP_H
#define TOOLS_PRODUCT_CENTER_SWEEP_H

#include "tools/product-center/call.h"

#define SWEEP_EVERY_MS (10LL * 60 * 1000)

bool sweep_piece(struct call *c);

#endif
