/* A report of the session as the writer's request: which command it is for the books, and what that
 * points to.
 */
#ifndef EDGE_CLOUD_WORK_H
#define EDGE_CLOUD_WORK_H

#include "edge/books/center.h"
#include "edge/books/claim.h"
#include "edge/config.h"
#include "edge/request.h"
#include "sync/report.h"

struct cloud_work {
    struct center_rows rows;
    struct state_ask ask;
    struct center_claim claim;
};
/* Fills in `command` (without its clocks) and `no_command`. They point into *w, the report and the
 * configuration until the request has come back. */
void cloud_work_fill(struct cloud_work *w, const struct session_report *report,
                     const struct config *config, struct request *r);

#endif
