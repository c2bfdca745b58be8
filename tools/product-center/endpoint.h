/* The endpoints. Each runs inside a transaction of its own and leaves a whole answer in the call;
 * after call_fail the transaction is rolled back. An endpoint may run more than once for one
 * request, each time on a fresh transaction.
 */
#ifndef TOOLS_PRODUCT_CENTER_ENDPOINT_H
#define TOOLS_PRODUCT_CENTER_ENDPOINT_H

#include "tools/product-center/call.h"

/*  X(method, path, function) */
#define ENDPOINT_LIST(X)                                                                           \
    X("POST", "/api/v1/poi/stock/sync-from-pos", stock_sync)                                       \
    X("POST", "/api/v1/poi/stock/find-to-pos", stock_find)                                         \
    X("GET", "/api/v1/poi/stock/rows", stock_rows)                                                 \
    X("GET", "/api/v1/poi/stock/log", stock_log)                                                   \
    X("POST", "/api/v1/poi/stock/update", stock_update)                                            \
    X("POST", "/api/v1/poi/hub/hello", hub_hello)                                                  \
    X("POST", "/api/v1/poi/stock/digest", stock_digest)                                            \
    X("POST", "/api/v1/poi/hub/token", hub_token)                                                  \
    X("POST", "/api/v1/poi/hub/enrol", hub_enrol)                                                  \
    X("POST", "/api/v1/poi/hub/claim", hub_claim)                                                  \
    X("POST", "/api/v1/poi/hub/salvage", hub_salvage)                                              \
    X("GET", "/api/v1/poi/hub/stores", hub_stores)                                                 \
    X("GET", "/api/v1/poi/hub/settings", hub_settings_get)                                         \
    X("POST", "/api/v1/poi/hub/settings", hub_settings_post)                                       \
    X("GET", "/api/v1/poi/dead-letters", dead_letters)                                             \
    X("POST", "/api/v1/poi/dead-letters/{id}/replay", dead_letter_replay)                          \
    X("POST", "/api/v1/orders", order_create)                                                      \
    X("GET", "/api/v1/orders", order_list)                                                         \
    X("GET", "/api/v1/orders/{id}", order_get)                                                     \
    X("PUT", "/api/v1/orders/{id}", order_change)                                                  \
    X("DELETE", "/api/v1/orders/{id}", order_delete)                                               \
    X("POST", "/api/v1/poi/oversell/{id}/resolve", oversell_resolve)                               \
    X("GET", "/api/v1/poi/oversell", oversell_list)                                                \
    X("GET", "/api/v1/poi/day", day_sums)                                                          \
    X("GET", "/health", health_get)

#define X(method, path, run) void run(struct call *c);
ENDPOINT_LIST(X)
#undef X

#endif
