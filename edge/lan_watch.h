/* Judges the hub's connection to its broker: does anything still come back? Pure; edge/lan feeds it
 * once a second and does what it says.
 *
 *   rule    | due while                          | moved by              | patience
 *   hands   | connecting                         | -                     | LAN_HANDS_MS
 *   acks    | QoS 1 messages wait for the broker | an acknowledgement    | LAN_STILL_MS
 *   echo    | an echo was asked for              | anything that is read | LAN_STILL_MS
 *   routing | an echo was asked for              | an echo               | LAN_ROUTING_MS
 *
 * An echo is a small QoS 1 message to ourselves: it wants both directions, an acknowledgement and
 * the broker's routing. One that waits behind a long queue is late, not lost, so only a line that
 * is silent altogether is given up as early as one without acknowledgements.
 */
#ifndef EDGE_LAN_WATCH_H
#define EDGE_LAN_WATCH_H

#include "proto/stall.h"

#define LAN_ECHO_MS    1500  /* between two echoes: each second tick */
#define LAN_HANDS_MS   2500  /* from the connection to the broker's greeting, on the same box */
#define LAN_STILL_MS   4500  /* five ticks; with an echo's age a stall is known within 8 s */
#define LAN_ROUTING_MS 20000 /* of a connection that goes on bringing other things */

/*  X(enum, what it says to people) */
#define LAN_STALL_LIST(X)                                                                          \
    X(LAN_MOVES, "")                                                                               \
    X(LAN_NO_GREETING, "the broker took the connection and did not answer")                        \
    X(LAN_NO_ACKS, "the broker acknowledged nothing")                                              \
    X(LAN_SILENT, "nothing came back from the broker")                                             \
    X(LAN_NO_ECHO, "the broker did not give back what was sent through it")
enum lan_stall {
#define X(e, text) e,
    LAN_STALL_LIST(X)
#undef X
};
const char *lan_stall_text(enum lan_stall stall);

struct lan_facts {
    bool up;              /* the broker has greeted; false: the connection is being made */
    uint64_t outstanding; /* not acknowledged yet, or not written */
    uint64_t acked, read; /* acknowledgements; messages and answers of any kind */
    uint64_t echoed;      /* echoes that came back */
};
/* All zeroes: a connection that has just begun. */
struct lan_watch {
    struct stall hands, acks, echo, routing;
    uint64_t asked; /* echoes */
    int64_t asked_ms;
};

/* *still_ms: how long the line has stood still; only with a stall. */
enum lan_stall lan_watch_look(struct lan_watch *w, const struct lan_facts *f, int64_t now_ms,
                              int64_t *still_ms);
/* True when it is time for the next echo, which counts as asked for with that. Only while up. */
bool lan_watch_ask(struct lan_watch *w, int64_t now_ms);

#endif
