/* The HTTPS thread: says hello, sends the journal, reports what came of it.
 *
 *   thread  looks at the journal -> uplink says what to do -> https -> uplink says what it means
 *           -> one report to the shell, which has the writer carry out its command
 *           -> the report comes back, and only then the thread goes on
 *   shell   session_news after commits, session_take when woken, session_answer for each report
 *
 * The thread never writes to the store; it reads in short transactions of its own. The one report
 * travels to the shell and back, so nothing between the two can grow.
 *
 * What can fail: the line, the center, a damaged or missing event. All of that is words in a report
 * and another try later; selling knows nothing of it.
 */
#ifndef SYNC_SESSION_H
#define SYNC_SESSION_H

#include "proto/cloud_row.h"
#include "sync/execute.h"
#include "sync/https.h"
#include "sync/queue.h"
#include "sync/uplink.h"

/* What is wrong on this side of the line.
 *  X(enum, what it says to people) */
#define SESSION_FAULT_LIST(X)                                                                      \
    X(SESSION_FINE, "")                                                                            \
    X(SESSION_UNREADABLE, "the store could not be read")                                           \
    X(SESSION_DAMAGED, "an event of the journal is damaged and cannot be sent")                    \
    X(SESSION_GONE, "events that the center lacks are no longer in the journal")                   \
    X(SESSION_EPOCH, "the store has opened an epoch that the center does not know")                \
    X(SESSION_BOX, "the store is enrolled with another box")
enum session_fault {
#define X(e, text) e,
    SESSION_FAULT_LIST(X)
#undef X
};

#define SESSION_WHY 160
struct session_facts {
    enum uplink_state state;
    enum uplink_trouble trouble; /* of the last answer */
    enum https_result line;      /* of the last request */
    enum session_fault fault;
    bool up;               /* the center answers, and well */
    int64_t next_in_ms;    /* until the next try; 0: at once, or when there is something to send */
    char why[SESSION_WHY]; /* the last failure in a library's or the center's words, for the log */
    uint64_t requests, failures, dead;
    uint64_t dead_seq; /* the last event that the center has set aside; 0: none */
    char dead_reason[32];
};
/* The trouble in plain words; "" while there is none. */
const char *session_text(const struct session_facts *facts);

struct session_report {
    struct letter letter;
    struct session_facts facts;
    /* For the books, before the work and in its transaction. Borrowed until session_answer. */
    const struct cloud_row *rows; /* all that is in (ver_before, ver] and no echo of ours */
    uint32_t n_rows;
    uint64_t ver_before, ver;
    const uint64_t *dead; /* events set aside, whose rows are to be said again; never with rows */
    uint32_t n_dead, dead_epoch;
    bool has_work; /* for the writer */
    struct sync_work work;
    enum ph_err err; /* the shell's answer: whether the writer could carry it out */
};

struct session_options {
    struct https_options https;
    struct store *store;                   /* outlives the session */
    const struct store_identity *identity; /* so do its texts */
    struct str box_id;                     /* at most LIMIT_BOX_ID; copied */
    void (*wake)(void *ctx); /* on the thread: a report can be taken; must only pass it on */
    void *ctx;
};
struct session;
/* Starts the thread. PH_ERR_MEMORY or PH_ERR_CONFIG (sync/https); *out is then NULL. */
enum ph_err session_open(struct session **out, const struct session_options *options);

/* ---- the shell's, on one thread ---- */

/* The journal has grown. */
void session_news(struct session *s);
/* The report that waits, or NULL. The shell has it until session_answer. */
struct session_report *session_take(struct session *s);
void session_answer(struct session *s, struct session_report *report);

/* Ends a request under way; the thread is gone within about a second. Does not wait. */
void session_stop(struct session *s);
/* Stops, waits for the thread and frees; NULL is fine. No report may be at the writer. */
void session_close(struct session *s);

#endif
