/* When a shortage is a case, and which state and numbers it has (sync-protocol 5.1, 5.3, 5.4).
 *
 * The one function that decides runs after every change of stock rows, in its transaction. All
 * numbers come anew from the row and its claims each time. A case opens when the hub has told
 * everything it has (head = acked), because it may still hold a receipt; at most five minutes after
 * the shortage was seen it opens all the same, as PROVISIONAL. What changed is pushed, under a
 * version of its own.
 *
 * A case is of one generation. When that is over the supply stays what it was: what the next one
 * brings covers nothing of it, only its own orders and what is done about it can.
 */
#ifndef TOOLS_PRODUCT_CENTER_OVERSELL_H
#define TOOLS_PRODUCT_CENTER_OVERSELL_H

#include "tools/product-center/item.h"
#include "tools/product-center/oversell_case.h"

#define OVERSELL_DEFER_MS (5LL * 60 * 1000)
/* Nobody has done anything about it for so long: it is left at that, or the cases of each day would
 * add up for ever. */
#define OVERSELL_LEFT_MS (7LL * 24 * 3600 * 1000)

/* The rows as they are now, stored; each once. Also looks at the store's other cases that are open
 * or wait. The store is under its lock, its head and acked are those of now; its ver moves, the
 * caller saves it. */
void oversell_evaluate(struct call *c, struct store *s, const struct stock_row *const *rows,
                       size_t n);
/* The same with all of `items` that changed. */
void oversell_evaluate_items(struct call *c, struct store *s, const struct items *items);

/* The claims of the case with their shorts, as its report lists them. `row` as it is now. */
struct claims oversell_claims(struct call *c, const struct oversell_case *k,
                              const struct stock_row *row);
/* What the policy may refund by itself: sold online, paid, not served. */
bool oversell_is_refundable(const struct claim *k);

#endif
