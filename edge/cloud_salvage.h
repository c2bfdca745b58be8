/* Old events that the center still lacks (sync/salvage.h), for people: a part of the status and of
 * queue.list, and the alert PH-2110 while the center takes none of them.
 */
#ifndef EDGE_CLOUD_SALVAGE_H
#define EDGE_CLOUD_SALVAGE_H

#include "edge/alerts.h"
#include "sync/session.h"

#define CLOUD_SALVAGE_ALERT "salvage"
#define CLOUD_SALVAGE_TRIES 3 /* that failed in a row: before that it is no news */

/* After a report. `up`: the center answers, so that a line that is away is not told twice. True
 * when the alert has come or gone. */
bool cloud_salvage_note(struct alerts *alerts, const struct session_facts *facts, bool up,
                        int64_t wall_ms);
/* The member "salvage" of the status; nothing where nothing is left. */
void cloud_salvage_status(const struct session_facts *facts, struct txn *txn, struct position head,
                          struct jw *w);
/* The array "salvage" of queue.list: what is left of each epoch. */
void cloud_salvage_list(struct txn *txn, struct position head, struct jw *w);

#endif
