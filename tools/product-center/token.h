/* Table enrol_token: the right to claim a store, given out once, kept as its hash. */
#ifndef TOOLS_PRODUCT_CENTER_TOKEN_H
#define TOOLS_PRODUCT_CENTER_TOKEN_H

#include "tools/product-center/store.h"

#define TOKEN_MAX 128 /* bytes; ours have 32 */

/* The token is this box's from now on, to show at enrolling until it is spent. False: there is no
 * such token, it is spent, or it is another box's. */
bool token_bind(struct call *c, struct str token, struct str box_id);
/* The box spends the token on opening `next`. The same box may show it again as long as the epoch
 * it opened is the store's newest: its answer may have been lost. The store is under its lock. */
bool token_spend(struct call *c, const struct store *s, struct str token, struct str box_id,
                 uint32_t next);

#endif
