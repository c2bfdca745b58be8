/* Selling rights at the center (sync-protocol 5.5): what the hub's events decide about them, and
 * what follows from any write to a STRICT row. The arithmetic is that of proto/rights.h.
 */
#ifndef TOOLS_PRODUCT_CENTER_RIGHTS_H
#define TOOLS_PRODUCT_CENTER_RIGHTS_H

#include "tools/product-center/effect.h"

/* One good event was just merged into `items`, which are those of effect_objects: a count ends a
 * takeover, commands are done. The count opens a generation, so it has to be called between that
 * event and the one after it. */
void rights_event(struct call *c, struct store *s, const struct items *items,
                  const struct arrival *a);

/* The row is about to be written: a deficit of the hub's is met, and the split of the generations
 * to come is offered when it is another than before. What the hub does not know yet is news. */
void rights_written(struct item *it, const struct store *s);

#endif
