/* After a change of who may what on the LAN: is it in force? Proved at the broker itself, never by
 * what was written.
 *
 * The happy path: the files are written and the broker was told to read them; BROKER_PROOF_USER is
 * let in with the password of their version, so it has read them; where somebody's password or name
 * was to die, the one before is refused; then a round trip of each role in question proves its
 * rights. One proof serves all who asked before its broker had their version; who comes later waits
 * for the next.
 *
 * What can fail: there is no broker, or the files could not be written: said at once; it does not
 * take them, takes the old password, or has other rights than it was given: said when it is known,
 * at the latest PROOF_MS after the asking. The change stands all the same.
 */
#ifndef EDGE_PROOF_H
#define EDGE_PROOF_H

#include "edge/broker.h"
#include "edge/trip.h"

#define PROOF_MS 3000 /* as long as a person waits without wondering */

/*  X(enum, what it does) */
#define PROOF_STATE_LIST(X)                                                                        \
    X(PROOF_IDLE)  /* nobody waits */                                                              \
    X(PROOF_FILES) /* the new password is tried, again and again */                                \
    X(PROOF_OLD)   /* the old one is tried */                                                      \
    X(PROOF_ROLES) /* the round trips */

enum proof_state {
#define X(e) e,
    PROOF_STATE_LIST(X)
#undef X
};

struct proof_verdict {
    const char *why;  /* static text; empty: proved */
    int64_t reply_ms; /* of the role's round trip, rounded up */
    bool old_refused; /* the old password was tried and did not work */
};
/* Who waits for a proof; the first member of something larger. */
struct proof_wait {
    enum role role;
    bool old_dies; /* a password that was good is good no more */
    void (*done)(struct proof_wait *wait, const struct proof_verdict *verdict);
    struct proof_wait *next; /* the rest is the proof's own */
    uint32_t version;
    int64_t until_ms;
    bool served; /* by the proof that runs */
};
struct proof {
    uv_loop_t *loop;
    const struct broker *broker;
    const struct devices *devices;
    enum proof_state state;
    struct proof_wait *waits;
    uv_timer_t turn, deadline;
    /* The attempt that runs. */
    struct lan *lan;
    char client[TRIP_CLIENT], password[PASSWORD_CHARS + 1], before[PASSWORD_CHARS + 1];
    uint32_t version, tries;
    bool let_in, refused; /* of this connection */
    bool kept_out;        /* at least once since it began */
    bool old_dies, cut;
    struct trip trips[ROLE_COUNT];
    bool travels[ROLE_COUNT];
};
void proof_init(struct proof *p, uv_loop_t *loop, const struct broker *broker,
                const struct devices *devices);
/* After broker_write_users. `wait` stays valid until done, which may come from inside this call. */
void proof_begin(struct proof *p, struct proof_wait *wait);
/* Tells all who wait; closes the timers. */
void proof_stop(struct proof *p);

#endif
