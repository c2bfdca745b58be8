/* What the center has changed does not come down, for people: the alert PH-2112 while the center
 * answers each pull with nonsense or a refusal, although it takes our own events well.
 */
#ifndef EDGE_CLOUD_PULL_H
#define EDGE_CLOUD_PULL_H

#include "edge/alerts.h"
#include "sync/session.h"

#define CLOUD_PULL_ALERT "pull"
#define CLOUD_PULL_TRIES                                                                           \
    5 /* that failed in a row: a center that starts again refuses one or two                       \
       */

/* After a report. `up`: the center answers, so that a line that is away is not told twice. True
 * when the alert has come or gone. */
bool cloud_pull_note(struct alerts *alerts, const struct session_facts *facts, bool up,
                     int64_t wall_ms);

#endif
