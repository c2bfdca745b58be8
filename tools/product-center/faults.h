/* Planted faults, for tests only: with --test-faults, POST /test/faults says what goes wrong with
 * the next requests.
 *   {"path":"/api/v1/poi/stock/sync-from-pos","count":3,"fault":"drop"}
 *   {"path":"/api/v1/poi/stock/sync-from-pos","count":99,"fault":"status","status":500,
 *    "holds":"\"t-50\""}
 *   {"clock_ms":-3600000}
 * fault: "delay" (by "delay_ms", then as usual), "drop" (the line is cut after the commit, without
 * an answer), "status" (answers "status", does nothing), "crash-before" and "crash-after" (the
 * process ends at once, before or after the commit). Only requests whose body has the text of
 * "holds" in it, where there is one; the others are not counted. clock_ms is added to the center's
 * clock from then on. One fault at a time: a new one replaces the old.
 */
#ifndef TOOLS_PRODUCT_CENTER_FAULTS_H
#define TOOLS_PRODUCT_CENTER_FAULTS_H

#include <pthread.h>

#include "proto/json.h"

/*  X(enum, name) */
#define FAULT_LIST(X)                                                                              \
    X(FAULT_NONE, "none")                                                                          \
    X(FAULT_DELAY, "delay")                                                                        \
    X(FAULT_DROP, "drop")                                                                          \
    X(FAULT_STATUS, "status")                                                                      \
    X(FAULT_CRASH_BEFORE, "crash-before")                                                          \
    X(FAULT_CRASH_AFTER, "crash-after")
enum fault_kind {
#define X(e, name) e,
    FAULT_LIST(X)
#undef X
};
struct fault {
    enum fault_kind kind;
    unsigned status;
    int64_t delay_ms;
};

#define FAULTS_PATH        "/test/faults"
#define FAULTS_PATH_BYTES  128
#define FAULTS_HOLDS_BYTES 64
/* Used by every thread that serves. */
struct faults {
    pthread_mutex_t lock;
    char path[FAULTS_PATH_BYTES], holds[FAULTS_HOLDS_BYTES];
    int64_t count, clock_ms;
    struct fault next;
};
void faults_init(struct faults *f);
/* False: it names no fault; nothing changes. */
bool faults_set(struct faults *f, const struct json *body);
/* What goes wrong with a request for this path and of this body; counts it. */
struct fault faults_take(struct faults *f, struct str path, struct str body);
int64_t faults_clock_ms(struct faults *f);
void fault_wait(const struct fault *f);                      /* FAULT_DELAY: sleeps */
void fault_crash(const struct fault *f, enum fault_kind at); /* ends the process if that is it */

#endif
