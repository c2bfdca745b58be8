/* The endpoints. Each runs inside a transaction of its own and leaves a whole answer in the call;
 * after call_fail the transaction is rolled back. An endpoint may run more than once for one
 * request, each time on a fresh transaction.
 */
#ifndef TOOLS_PRODUCT_CENTER_ENDPOINT_H
#define TOOLS_PRODUCT_CENTER_ENDPOINT_H

#include "tools/product-center/call.h"

/*  X(method, path, function) */
#define ENDPOINT_LIST(X) X("GET", "/health", health_get)

#define X(method, path, run) void run(struct call *c);
ENDPOINT_LIST(X)
#undef X

#endif
