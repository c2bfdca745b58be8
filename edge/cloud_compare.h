/* What came of comparing the rows with the center (sync/reconcile.h), for people: one log line a
 * round that found something, the alert PH-2106 while rows stay different, a part of the status.
 */
#ifndef EDGE_CLOUD_COMPARE_H
#define EDGE_CLOUD_COMPARE_H

#include "edge/cloud.h"

/* Before c->facts becomes `facts`. */
void cloud_compare_note(struct cloud *c, const struct session_facts *facts);
/* The member "compared" of the status; nothing before the first comparison. */
void cloud_compare_status(const struct cloud *c, struct jw *w);

#endif
