/* The downlink in the hub: wires sync/push (what the center says) and sync/downlink (what that
 * means) to the loop, the writer and the HTTPS thread.
 *
 * Pushes go to the books a handful at a time, one command at the writer; when something is missing
 * the HTTPS thread is told to pull. Without a broker configured there is no push, and a pull every
 * minute.
 */
#ifndef EDGE_CLOUD_DOWN_H
#define EDGE_CLOUD_DOWN_H

#include <uv.h>

#include "edge/books/center.h"
#include "edge/config.h"
#include "edge/heal.h"
#include "edge/intake.h"
#include "sync/downlink.h"
#include "sync/push.h"
#include "sync/session.h"

#define CLOUD_DOWN_MOST 32 /* letters of one command */

struct cloud_down {
    struct intake *intake;
    const struct config *config;
    struct session *session; /* who pulls */
    uv_async_t wake;
    uv_timer_t due;    /* of the next pull */
    struct push *push; /* NULL: none */
    struct downlink downlink;
    struct push_facts facts;
    struct heal heal; /* of the push line; the caller's to fill in before cloud_down_open */
    bool paused;      /* nothing is taken */
    struct push_letter *letters[CLOUD_DOWN_MOST]; /* of the command that is made or at the writer */
    uint32_t n_letters;
    bool at_writer;
    struct cloud_row *rows; /* what the command points to */
    struct cloud_order *orders;
    struct cloud_case *cases;
    struct center_rows center;
    struct sync_work work;
    uint64_t head_ver;      /* as the center said last, on whichever way */
    uint64_t session_heads; /* how often the session was told */
    uint64_t bad_rows;      /* pushed or pulled, of a history that this hub does not have */
    uint64_t taken;         /* pushes that went to the books */
    uint64_t pulls;         /* of the session, as was heard last */
    int64_t told_ms;        /* the last push or head, by clock_boot_ms */
    int64_t said_ms;        /* the state summary, by clock_boot_ms */
};

/* The loop's handles; intake and config are the caller's to fill in before cloud_down_open. */
void cloud_down_init(struct cloud_down *p, uv_loop_t *loop);
/* The books stand at `applied`; the broker is shown the papers of the HTTPS line. A line that
 * cannot be started is logged. */
void cloud_down_open(struct cloud_down *p, struct session *session,
                     const struct https_options *papers, uint64_t applied);
/* A command with sync == &p->work came back from the writer. */
void cloud_down_settle(struct cloud_down *p, const struct request *r);
/* The books stand at `applied`, by what the session has brought, and did not believe so many rows
 * of it. */
void cloud_down_applied(struct cloud_down *p, uint64_t applied, uint32_t bad_rows);
/* A report of the session was carried out, and cloud_down_applied called if that moved anything; it
 * left the store at this position. */
void cloud_down_heard(struct cloud_down *p, const struct session_facts *facts,
                      const struct sync_position *at);
/* Nothing more is taken until it is false again; then all is pulled. */
void cloud_down_pause(struct cloud_down *p, bool paused);
/* Once a second. `waiting`: events that the center has not acknowledged. */
void cloud_down_tick(struct cloud_down *p, struct position acked, uint64_t waiting);
void cloud_down_stop(struct cloud_down *p);
void cloud_down_close(struct cloud_down *p);

const char *cloud_down_link(const struct cloud_down *p); /* none, up, down */
uint64_t cloud_down_refused(const struct cloud_down *p); /* pushes, for whatever reason */

#endif
