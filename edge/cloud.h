/* The cloud line in the hub: wires sync/session to the loop, the writer and the people. Its reports
 * become commands for the writer, an alert and what status shows; commits become news for it.
 *
 * Nothing here waits: the session has its own thread, and a store without [cloud] has none. What an
 * enrolled store keeps for its center (intake.acked) is known with or without a line.
 */
#ifndef EDGE_CLOUD_H
#define EDGE_CLOUD_H

#include <uv.h>

#include "edge/alerts.h"
#include "edge/cloud_enrol.h"
#include "edge/cloud_down.h"
#include "edge/cloud_resolve.h"
#include "edge/cloud_watch.h"
#include "edge/cloud_work.h"
#include "edge/config.h"
#include "edge/heal.h"
#include "edge/intake.h"
#include "edge/remote.h"
#include "edge/zone_name.h"
#include "sync/session.h"

struct cloud {
    struct intake *intake;
    const struct config *config;
    struct alerts *alerts;
    void (*link_changed)(void *ctx);     /* for the hub's own topic */
    void (*settings_changed)(void *ctx); /* remote_now(&remote) is another one */
    void (*alert_changed)(void *ctx, struct str id);
    void *ctx;
    uv_async_t wake;
    char tz[ZONE_NAME];            /* of the store, as the center is told; may be "" */
    struct session *session;       /* NULL: no cloud line */
    struct session_report *report; /* at the writer, or waiting until the writer takes it */
    bool report_waits;
    struct cloud_work work; /* what its command points to */
    struct cloud_enrol enrol;
    struct session_facts facts; /* of the last report */
    struct cloud_down down;
    struct remote remote;
    struct cloud_resolve resolve;
    struct sync_position position;
    struct heal heal; /* of the HTTPS line */
    struct cloud_watch watch;
    uint64_t stuck_seq;     /* acknowledged when it was found stuck last */
    int64_t since_at_ms;    /* of the present state of the link; wall clock */
    int64_t heard_at_ms;    /* the center was there; wall clock; 0: never, as far as is known */
    int64_t next_strict_ms; /* the next look at what is sold by rights, by clock_boot_ms */
    int64_t down_ms;        /* the same by clock_boot_ms, while it is down */
    int64_t compared_at_ms; /* the rows with the center's; wall clock; 0: not yet */
    int64_t tried_ms;       /* the last report, by clock_boot_ms */
    int64_t papers_end_ms;  /* of this box's certificate, when it was read last; 0: there is none */
};

/* The loop's handle; what c points to is the caller's to fill in before cloud_open. */
void cloud_init(struct cloud *c, uv_loop_t *loop);
/* Reads where the store stands and starts the line where one is configured. A line that cannot be
 * started is logged, not an error. */
void cloud_open(struct cloud *c);
/* Until when this box's certificate is good. */
void cloud_read_papers(struct cloud *c);
/* After commits: there may be something to send. */
void cloud_news(struct cloud *c);
/* Whatever the line waits with is tried now. */
void cloud_hurry(struct cloud *c);
/* A request with `sync` came back from the writer; the caller gives it back to its pool. */
void cloud_settle(struct cloud *c, const struct request *r);
void cloud_tick(struct cloud *c); /* once a second */
/* Ends a request under way without waiting for it; then, with the writer drained, closes all. */
void cloud_stop(struct cloud *c);
void cloud_close(struct cloud *c);

const char *cloud_link(const struct cloud *c); /* none, up, down */
/* What people can do about a line that is down; "" while it is up, or none. */
const char *cloud_action(const struct cloud *c);
/* Events that the center has not acknowledged; 0 without a center. */
uint64_t cloud_waiting(const struct cloud *c);

#endif
