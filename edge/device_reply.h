/* The reply to device.add, device.rotate and device.revoke: given when what they changed has been
 * proved at the broker, or why it could not be.
 */
#ifndef EDGE_DEVICE_REPLY_H
#define EDGE_DEVICE_REPLY_H

#include "edge/control.h"
#include "edge/proof.h"
#include "edge/request.h"

/* Of a request that has succeeded and whose files are written; copies what it needs of it. `secret`
 * (32 bytes, of "at") must live on. Owes its call an answer. False: no memory, nothing is owed. */
bool device_reply_begin(struct proof *proof, const uint8_t *secret, const struct request *r);

#endif
