/* What came of comparing the rows with the center (sync/reconcile.h), for people: one log line for
 * a round that found something, the alert PH-2106 while rows stay different, a part of the status.
 */
#ifndef EDGE_CLOUD_COMPARE_H
#define EDGE_CLOUD_COMPARE_H

#include "edge/alerts.h"
#include "sync/session.h"

#define CLOUD_COMPARE_ALERT "rows-differ"

/* A round has come to its end, at that time. True when the alert has come or gone. */
bool cloud_compare_note(struct alerts *alerts, const struct session_facts *facts, int64_t wall_ms);
/* The member "compared" of the status; nothing before the first comparison. */
void cloud_compare_status(const struct session_facts *facts, int64_t at_ms, struct jw *w);

#endif
