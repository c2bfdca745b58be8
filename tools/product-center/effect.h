/* What an event means for stock rows: from the facts of its body to the effects that proto/merge.h
 * knows.
 */
#ifndef TOOLS_PRODUCT_CENTER_EFFECT_H
#define TOOLS_PRODUCT_CENTER_EFFECT_H

#include "tools/product-center/event.h"
#include "tools/product-center/item.h"

/* The rows that the events touch: distinct and sorted, in the arena; *n of them. */
struct object *effect_objects(struct call *c, const struct arrival *a, size_t n, size_t *n_objects);
/* One of `items`, which are those of effect_objects, in that order; NULL: none. */
struct item *effect_item(const struct items *items, struct object object);
/* Merges one good event of the store's epoch into the rows; `items` are those of effect_objects, in
 * that order. */
void effect_merge(struct call *c, struct items *items, struct arrival *a, const struct store *s);

#endif
