/* Table setting: what the center decides for a store's hub, ready as it goes down. */
#ifndef TOOLS_PRODUCT_CENTER_SETTING_H
#define TOOLS_PRODUCT_CENTER_SETTING_H

#include "tools/product-center/store.h"

/* The text for the answer to a hello; "": nobody has decided anything. The hub counts as told. */
struct str setting_for_hello(struct call *c, const struct store *s);
/* The same for the answer to a batch; "" also where the hub was told since the last change. */
struct str setting_for_batch(struct call *c, const struct store *s);

#endif
