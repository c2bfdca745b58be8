/* Who holds what of a stock row: the claims of proto/oversell.h, collected from the order mirror,
 * the store's orders and the online ones.
 */
#ifndef TOOLS_PRODUCT_CENTER_CLAIMS_H
#define TOOLS_PRODUCT_CENTER_CLAIMS_H

#include "proto/oversell.h"
#include "tools/product-center/base_cut.h"

#define CLAIMS_MAX 4096 /* of one row; a row with more is not sold by the portion */

struct claims {
    struct claim *at;
    size_t n;
};
/* The claims on the row's generation that its base, of that cut, has not seen; what is waived is
 * what was in the row's case. In the arena; texts in the transaction. short_t and place are not
 * worked out yet. */
struct claims claims_of_row(struct call *c, const struct stock_row *row, struct base_cut cut);
struct claim *claims_find(const struct claims *claims, struct str order_id, uint32_t line);

#endif
