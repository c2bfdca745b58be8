/* What the cloud line asks of the books: to take rows that the center has sent (center.row), and to
 * say the counters of rows again (row.state). The shell makes both; no device and nobody at the
 * control socket can. Everything here is borrowed for the one execution.
 */
#ifndef BOOKS_CENTER_H
#define BOOKS_CENTER_H

#include "proto/cloud_case.h"
#include "proto/cloud_order.h"
#include "proto/cloud_row.h"

/* A push, or a pulled page: merged in one transaction (sync-protocol 4.4, 4.5). A row that is no
 * newer than what was merged of it before changes nothing, so repeats and overtaking do no harm. A
 * row of a center that knows only the base API (no `x`) is stepped over.
 *
 * Each row that reads differently afterwards has a local event CENTER_ROW; an echo of what the hub
 * wrote has none. outcome.applied_ver says how far the hub has got.
 *
 * An order of the center is taken by its version too. Once it is paid it has a number of the day
 * and tickets, as one of the store; what the center calls off leaves the kitchen again, with an
 * alert where somebody had begun. The center hears of both by ORDER_STATE. What has ended here
 * stays so.
 *
 * A case of oversell is kept as it was reported last (edge/books/case.h), and the alert of its row
 * says whose order is short, until the case is closed.
 */
struct center_rows {
    const struct cloud_row *rows; /* `over` is set, also of a push: its ver */
    uint32_t n;                   /* at most LIMIT_PULL_ROWS; 0 is legal: a page of other things */
    const struct cloud_order *orders; /* `over` is set */
    uint32_t n_orders;                /* at most LIMIT_PULL_ROWS */
    const struct cloud_case *cases;   /* of oversell; `over` is set */
    uint32_t n_cases;                 /* at most LIMIT_PULL_ROWS */
    /* These rows are all there is in (prev_ver, ver]: the version applied moves to `ver` where it
     * stands in between; where it stands below, something is missing and it stays. ver 0: it
     * stays in any case, as it does while everything is pulled. */
    uint64_t prev_ver, ver;
    /* A comparison found these rows to read differently here: those of the very version that was
     * merged last are merged once more, because the center is the judge of its version. */
    bool again;
    /* A pull of everything, from version 0 on (410, or a center that failed over): with the first
     * page all rows are taken as if none had been merged before; with the last page rows that no
     * page had become unlimited and on sale, and the version applied is `ver`, even if it was
     * more. Rows with events after `acked` are of the hub alone so far, and stay. */
    bool full_begins, full_ends;
    struct position acked; /* full_ends: as it stood when the pull began */
};

/* ROW_STATE (sync-protocol 3.5): for rows of events that the center has put aside, and for rows
 * whose digest differs. Rows that the hub does not have are stepped over. */
struct state_ask {
    const struct object *objects;
    uint32_t n;
    const uint64_t *dead; /* seq of events whose rows are meant; those without a body are not */
    uint32_t n_dead;
    uint32_t dead_epoch;
}; /* together at most LIMIT_ROWS rows; what is more is left for the next digest */

/* center.claim (sync-protocol 3.7): this box takes the store over under `epoch`, which the center
 * has just opened for it. A refusal (1010) where that is not above ours. */
struct center_claim {
    const struct cloud_row *rows; /* all that the center has; `over` is set */
    uint32_t n;                   /* at most LIMIT_ITEMS */
    uint32_t epoch;
    uint64_t ver;          /* of the center: nothing up to here is missing in `rows` */
    struct position acked; /* what it had judged of ours; {0,0}: this box was never its store's */
    struct str box_id, why;
    const struct json *orders; /* array: whole orders as in ORDER_LOCK; NULL: none */
};

#endif
