/* The HTTPS thread: says hello, sends the journal, reports what came of it.
 *
 *   thread  looks at the journal -> uplink says what to do -> https -> uplink says what it means
 *           -> one report to the shell, which has the writer carry out its command
 *           -> the report comes back, and only then the thread goes on
 *   shell   session_tell after commits, session_take when woken, session_answer for each report
 *
 * The thread never writes to the store; it reads in short transactions of its own. The one report
 * travels to the shell and back, so nothing between the two can grow.
 *
 * What can fail: the line, the center, a damaged or missing event. All of that is words in a report
 * and another try later; selling knows nothing of it.
 */
#ifndef SYNC_SESSION_H
#define SYNC_SESSION_H

#include "sync/report.h"
#include "sync/rows.h"

/* The trouble in plain words; "" while there is none. */
const char *session_text(const struct session_facts *facts);

#define SESSION_BEAT_MS   10000 /* one may be late or lost before the center's 15 s are over */
#define SESSION_SELDOM_MS 60000 /* keeps the connection and tells the center's head and clock */

struct session_options {
    struct https_options https;
    /* Papers of the hub's own, shown from when they are there; NULL: those of `https` stay. They
     * outlive the session. */
    const char *cert_file, *key_file;
    struct store *store;                   /* outlives the session */
    const struct store_identity *identity; /* so do its texts */
    struct rows_reader rows;
    struct str box_id;       /* at most LIMIT_BOX_ID; copied */
    struct str tz;           /* name of the store's time zone; outlives the session; may be "" */
    void (*wake)(void *ctx); /* on the thread: a report can be taken; must only pass it on */
    void *ctx;
};
struct session;
/* Starts the thread. PH_ERR_MEMORY or PH_ERR_CONFIG (sync/https); *out is then NULL. */
enum ph_err session_open(struct session **out, const struct session_options *options);

/* ---- the shell's, on one thread ---- */

/* A word that was not heeded yet is not said twice. */
void session_tell(struct session *s, enum session_word word);
/* Devices have seen this epoch of the store; 0: none above its own. A claim opens one above it. */
void session_witnessed(struct session *s, uint32_t epoch);
/* An idle hub says over HTTPS that it is there: seldom while the center hears it over MQTT. */
void session_beat(struct session *s, bool seldom);
/* Lends a question until a report brings it back (`asked`), or until session_close. False: another
 * one is under way. */
bool session_ask(struct session *s, struct ask *ask);
/* The report that waits, or NULL. The shell has it until session_answer. */
struct session_report *session_take(struct session *s);
void session_answer(struct session *s, struct session_report *report);

/* Ends a request under way; the thread is gone within about a second. Does not wait. */
void session_stop(struct session *s);
/* Stops, waits for the thread and frees; NULL is fine. No report may be at the writer. */
void session_close(struct session *s);

#endif
