/* What a technician asks of the cloud line at the control socket: sync.now, pause, resume and diff,
 * queue.list and queue.retry (docs/control-api.md). For struct cloud alone; the loop's thread.
 */
#ifndef EDGE_CLOUD_VERBS_H
#define EDGE_CLOUD_VERBS_H

#include "edge/cloud.h"

/* Takes the request over. False, and nothing happened: the verb is another's. */
bool cloud_verb(struct cloud *c, struct request *r);

#endif
