/* What stands in the way of the cloud line, as its alert says it: a stable code
 * (docs/control-api.md) and what to do about it.
 */
#ifndef EDGE_CLOUD_CAUSE_H
#define EDGE_CLOUD_CAUSE_H

#include "edge/alerts.h"
#include "sync/session.h"

/* Of PH-2105: a new epoch tells the events behind the damaged one as those of an old epoch. */
#define CLOUD_STUCK_ACTION                                                                         \
    "poshubctl journal verify; poshubctl store new-epoch --reason .. lets the rest go on."

struct cloud_cause {
    const char *code, *action;
    bool final; /* it does not go away by itself: no reason to wait before it is said */
};
struct cloud_cause cloud_cause(const struct session_facts *f);
/* "Cloud down for 00:01:07: the center could not be reached. The store goes on selling." */
void cloud_cause_text(const struct session_facts *f, int64_t for_ms, char out[ALERT_TEXT]);

#endif
