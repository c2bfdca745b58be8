/* What is done about a claim that is short (sync-protocol 5.4). An online order is the center's to
 * change; what a store sold only the store can take back, so that is written down as a wish, and
 * the hub's own event fulfils it.
 */
#ifndef TOOLS_PRODUCT_CENTER_OVERSELL_ACT_H
#define TOOLS_PRODUCT_CENTER_OVERSELL_ACT_H

#include "tools/product-center/oversell.h"

/* Rows, order, case and resolution, all in this transaction; q_t 0: what is short. The claim is
 * short, and this was not done before in this opening of the case. The store is under its lock and
 * is saved. The call may have failed. */
void oversell_act(struct call *c, struct store *s, const struct oversell_case *k,
                  const struct claim *claim, struct resolution r);
/* What the policy does by itself when the case is due: it refunds the online orders that are short.
 */
void oversell_act_by_policy(struct call *c, struct store *s, const struct oversell_case *k);

#endif
