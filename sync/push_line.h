/* One connection to the cloud's broker, of a thread of its own: opened, driven, spoken to, closed.
 * The only doorman of libmosquitto on this floor; knows topics as texts, nothing of versions.
 *
 * What is said the broker is to acknowledge, and to give back what is said on `state`: we subscribe
 * to that ourselves, where it lets us. `heard`, `acked` and `echoed` say what came of it; to judge
 * is the caller's.
 *
 * What can fail: everything; then it says so in words and is to be closed. The library looks the
 * broker's name up once more when it connects, and that has no deadline. It cannot be given the
 * address instead: 2.0 checks the certificate against, and sends as the server's name, whatever it
 * was told to connect to. So sync/name asks first, with a deadline, and the second look-up meets a
 * resolver that has just answered. Only this thread waits for it.
 */
#ifndef SYNC_PUSH_LINE_H
#define SYNC_PUSH_LINE_H

#include "proto/types.h"

struct mosquitto;
struct push_line {
    /* the caller's to fill in, borrowed for good */
    const char *host;
    int port, keepalive_s;
    bool tls;
    const char *ca_file, *cert_file, *key_file; /* PEM; cert and key may be NULL */
    const char *client;                         /* the client id */
    const char *topics;                         /* "poi/1/417": `down` and `head` below it are */
                                                /* subscribed; at most PUSH_LINE_TOPICS bytes */
    void (*message)(void *ctx, struct str leaf, struct str payload); /* `leaf`: of its topic */
    void *ctx;

    /* its own */
    struct mosquitto *m;
    bool let_in, gone, refused;
    int subscribed;
    uint64_t read;           /* packets that reached a callback */
    uint64_t heard;          /* times that something came in */
    uint64_t said, acked;    /* messages of ours */
    uint64_t called, echoed; /* of those, on `state` */
    int echo_mid;
};
#define PUSH_LINE_TOPICS 96

/* Begins to connect, as a fresh session. What stood in the way, or NULL. */
const char *push_line_open(struct push_line *l);
/* Waits for the broker, for something to read at `wake`, or that long; lets the library work. */
void push_line_step(struct push_line *l, int wake, int64_t wait_ms);
/* Connected, and both topics are subscribed. */
bool push_line_up(const struct push_line *l);
/* Why this connection will come to nothing, or NULL. */
const char *push_line_trouble(const struct push_line *l);
/* QoS 1, below the topics. */
void push_line_say(struct push_line *l, const char *leaf, struct str text);
/* With a goodbye where it is up; without a connection it does nothing. */
void push_line_close(struct push_line *l);

#endif
