/* Batches of events (sync-protocol 3.5, 4.3): one transaction under the store's lock, in which each
 * event takes effect once, in order, and one that is no good is put aside and delays no other.
 */
#ifndef TOOLS_PRODUCT_CENTER_INGEST_H
#define TOOLS_PRODUCT_CENTER_INGEST_H

#include "tools/product-center/event.h"

/* Why an event is no good (sync-protocol 3.5), static; NULL: it is, and its facts are read. */
const char *arrival_fault(struct call *c, struct arrival *a);
void ingest_batch(struct call *c, const struct cloud_sync *in);

#endif
