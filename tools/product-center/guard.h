/* Who may ask for what (sync-protocol 4.1): a hub by its certificate, a merchant by the token of
 * the center. What no rule names is for merchants.
 *
 * Without TLS a proxy before the center has looked at certificates, and hubs are not asked for any;
 * without a merchant token merchants are not asked for one.
 */
#ifndef TOOLS_PRODUCT_CENTER_GUARD_H
#define TOOLS_PRODUCT_CENTER_GUARD_H

#include "tools/product-center/store.h"

/* Before the endpoint runs, the body is read. False: the call has failed, with 401 or 403. */
bool guard_pass(struct call *c);
/* The one who asks is the box that has the store: its certificate may outlive its time there.
 * False: the call has failed, FENCED. */
bool guard_box(struct call *c, const struct store *s);

#endif
