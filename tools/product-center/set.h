/* The center's own writes to a row: registers with the center's stamp, a base, a delta of C
 * (sync-protocol 1.7, 4.2). The store is under its lock; its clock takes in each stamp that is made
 * here (proto/merge.h), so it is saved afterwards.
 */
#ifndef TOOLS_PRODUCT_CENTER_SET_H
#define TOOLS_PRODUCT_CENTER_SET_H

#include "proto/cloud_row.h"
#include "tools/product-center/item.h"

/* Each marks the item changed. */
void set_status(struct item *it, enum stock_status status, struct store *s);
/* Type, plan quantity, auto restore and whether it is repeated. */
void set_plan(struct item *it, const struct stock_row *plan, struct store *s);
/* Mode as wanted, policy, rebalance, release, ranking. */
void set_policy(struct item *it, const struct stock_row *policy, struct store *s);
/* A count: what was not seen yet stays outside the base. */
void set_real(struct call *c, struct item *it, int64_t real_t, struct store *s);
/* Status, type and limit; false when the row has no room for one more code. */
bool set_channel(struct item *it, const struct stock_channel *ch, struct store *s);
/* Weight and reserve of a channel that was just set, under the same stamp; NULL: as it is. */
void set_shares(struct item *it, struct str code, const uint32_t *weight, const int64_t *reserve_t);

#endif
