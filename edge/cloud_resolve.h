/* oversell.resolve (docs/control-api.md): what staff have decided about a short claim goes to the
 * center, which is the authority (sync-protocol 5.2); its answer is the reply. The case comes down
 * changed like any other. One at a time.
 *
 * What can fail: the line (BUSY: nothing was decided, or it is not known; asking again does no
 * harm), or the center's rules (its own words).
 */
#ifndef EDGE_CLOUD_RESOLVE_H
#define EDGE_CLOUD_RESOLVE_H

#include "edge/intake.h"
#include "sync/session.h"

struct cloud_resolve {
    struct intake *intake;
    struct request *request; /* whose answer is awaited; NULL: none */
    struct ask ask;          /* lent to the session meanwhile */
};

/* Takes the request over. */
void cloud_resolve_run(struct cloud_resolve *r, struct session *session, bool up,
                       struct request *request);
/* The question came back. */
void cloud_resolve_answered(struct cloud_resolve *r);
/* After session_close: what was not answered is refused. */
void cloud_resolve_end(struct cloud_resolve *r);

#endif
