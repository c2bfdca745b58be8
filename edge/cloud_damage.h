/* A damaged event holds up all that were written after it, for people: the alert PH-2105 while no
 * batch can be made, although the center answers everything else.
 */
#ifndef EDGE_CLOUD_DAMAGE_H
#define EDGE_CLOUD_DAMAGE_H

#include "edge/alerts.h"
#include "sync/session.h"

#define CLOUD_DAMAGE_ALERT "unsent"

/* After a report. True when the alert has come or gone. */
bool cloud_damage_note(struct alerts *alerts, const struct session_facts *facts, int64_t wall_ms);

#endif
