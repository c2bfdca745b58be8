/* From a request to an endpoint: finds it, reads the body, opens the transaction, runs it, commits,
 * and runs it again when the database says that this may work. Endpoints hold no state, so several
 * processes may serve one database.
 */
#ifndef TOOLS_PRODUCT_CENTER_ROUTE_H
#define TOOLS_PRODUCT_CENTER_ROUTE_H

#include "tools/product-center/db.h"
#include "tools/product-center/http.h"
#include "tools/product-center/settings.h"

struct route {
    struct db *db;
    const struct settings *settings;
};
/* The request hook of http; ctx is a struct route. */
void route_request(void *ctx, const struct http_request *request, struct http_reply *reply);

#endif
