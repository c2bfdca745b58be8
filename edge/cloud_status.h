/* What status and metrics say of the cloud line. Only reads. */
#ifndef EDGE_CLOUD_STATUS_H
#define EDGE_CLOUD_STATUS_H

#include "edge/cloud.h"

/* The member "cloud" of the status. `used_permille` is the store's fill level, for the days of room
 * that are left at the store's own pace. */
void cloud_status(const struct cloud *c, struct txn *txn, uint32_t used_permille, struct jw *w);

#endif
