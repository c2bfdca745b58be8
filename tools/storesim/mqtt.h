/* One MQTT connection of one device. The only doorman of libmosquitto.
 *
 * The happy path: mqtt_open, `up`, messages, mqtt_close.
 * What can fail: the broker is not there or goes away: `down` if it was up before, then it connects
 * again by itself after a jittered wait, for ever, and calls `up` again. Nothing that was published
 * while down is kept: mqtt_publish says so, and the caller repeats it.
 *
 * One thread, one poll for all: mqtt_poll. Callbacks may publish, subscribe and cut, but not close.
 */
#ifndef STORESIM_MQTT_H
#define STORESIM_MQTT_H

#include "proto/types.h"

struct mqtt_config {
    const char *host; /* a TCP host, or the path of a Unix socket with port 0 */
    int port;
    const char *id;                /* client id = user */
    const char *password;          /* NULL: connect without a name */
    const char *will_topic, *will; /* retained, QoS 1; NULL: none */
};
struct mqtt_events {
    void (*up)(void *ctx);
    void (*down)(void *ctx);
    void (*message)(void *ctx, struct str topic, struct str payload);
};
struct mqtt_link;

void mqtt_init(void);
void mqtt_finish(void);

/* Config texts are copied. NULL: out of memory or a bad config. */
struct mqtt_link *mqtt_open(const struct mqtt_config *config, const struct mqtt_events *events,
                            void *ctx);
/* Says goodbye (no will) and frees; NULL is fine. */
void mqtt_close(struct mqtt_link *link);
bool mqtt_is_up(const struct mqtt_link *link);
/* False: not connected, nothing was sent. */
bool mqtt_publish(struct mqtt_link *link, const char *topic, struct str payload, int qos,
                  bool retain);
bool mqtt_subscribe(struct mqtt_link *link, const char *topic, int qos);
/* Sends what is still queued and drops the connection without goodbye; it comes back by itself. */
void mqtt_cut(struct mqtt_link *link);

/* Waits up to wait_ms for anything to do on any of the links and does it. */
void mqtt_poll(struct mqtt_link *const *links, size_t n, int wait_ms);

#endif
