/* One connection to the broker, over its Unix socket, on the hub's loop. The only doorman of
 * libmosquitto here.
 *
 * The happy path: connect, wait for our own CONNACK, then publish and hear; broken connections are
 * made again after a random wait of at most two seconds. Each connection starts from nothing: what
 * was not acknowledged on the old one is not repeated, the caller publishes its state anew.
 *
 * What can fail: the broker is not there or refuses us (`down` says why, the next try follows);
 * publishing while not connected does nothing and says so; nothing comes back any more (`stuck`,
 * then `down`: edge/lan_watch is the judge). The broker's PUBACK is counted, and says only that the
 * connection moves (pitfalls.md).
 */
#ifndef EDGE_LAN_H
#define EDGE_LAN_H

#include <uv.h>

#include "proto/types.h"

struct lan_message {
    struct str topic, payload;
    bool retained;                          /* sent because it was kept, not because it is new */
    struct str response_topic, correlation; /* MQTT 5; empty: not given */
};
struct lan_hooks {
    void *ctx;
    void (*up)(void *ctx);
    void (*down)(void *ctx, const char *why, bool refused);  /* refused: user or password */
    void (*message)(void *ctx, const struct lan_message *m); /* borrowed for the call */
    void (*acked)(void *ctx, int mid, int reason); /* of a QoS 1 publish; reason >= 128: refused */
    void (*subscribed)(void *ctx, int mid);
    void (*stuck)(void *ctx, const char *why, int64_t still_ms); /* a new connection follows */
    void (*echoed)(void *ctx); /* something went through the broker and came back */
};
struct lan_options {
    const char *socket, *client_id, *user, *password; /* must live as long as the connection */
    const char *will_topic;                           /* NULL: no will */
    struct str will;
    const char *echo_topic; /* says a word to itself there every LAN_ECHO_MS; NULL: it does not */
    bool once;              /* do not connect again */
};
struct lan;

/* Once per process, before the first and after the last connection. */
void lan_library_open(void);
void lan_library_close(void);

/* Begins to connect; hooks are called from the loop, never from inside lan_open. NULL: no memory.
 */
struct lan *lan_open(uv_loop_t *loop, const struct lan_options *options,
                     const struct lan_hooks *hooks);
/* Says goodbye to the broker (which then publishes no will) and frees when the loop has closed its
 * handles. What was published before still goes out. No hook is called any more. */
void lan_close(struct lan *lan);
bool lan_is_up(const struct lan *lan);
/* Keep-alive, echoes and whatever is late: once a second. */
void lan_tick(struct lan *lan);

enum { LAN_AT_MOST_ONCE = 0, LAN_AT_LEAST_ONCE = 1 };
/* `topic` is NUL-terminated. False: not connected or no memory; nothing was sent. mid may be NULL.
 */
bool lan_publish(struct lan *lan, const char *topic, struct str payload, int qos, bool retain,
                 int *mid);
/* A QoS 1 publish with correlation data (empty: none). */
bool lan_reply(struct lan *lan, const char *topic, struct str payload, struct str correlation);
/* Without an echo of our own messages. */
bool lan_subscribe(struct lan *lan, const char *filter, int qos, int *mid);
void lan_unsubscribe(struct lan *lan, const char *filter);
/* Messages on their way: not yet written, or with QoS 1 not yet acknowledged by the broker. */
size_t lan_outstanding(const struct lan *lan);

#endif
