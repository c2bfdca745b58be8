/* The base API's upstream body: an absolute write of one row (sync-protocol 4.2). */
#ifndef TOOLS_PRODUCT_CENTER_LEGACY_H
#define TOOLS_PRODUCT_CENTER_LEGACY_H

#include "tools/product-center/call.h"

/* Answers with the row: 200 when it is applied or was before, 409 when updated_at is an old one. */
void legacy_apply(struct call *c, const struct json *body);

#endif
