/* What a hub asks for: more selling rights (sync-protocol 5.5). A request that was answered is not
 * answered twice, however often it comes; one that got nothing is asked again with every batch.
 */
#ifndef TOOLS_PRODUCT_CENTER_WANT_H
#define TOOLS_PRODUCT_CENTER_WANT_H

#include "tools/product-center/item.h"

/* Grants what can be granted, and writes it. The rows that the hub has to have as an answer, the
 * granted ones and those that it has not heard of, are marked `news`. The store is under its lock;
 * its ver moves. */
struct items want_answer(struct call *c, struct store *s, const struct cloud_want *wants, size_t n);

#endif
