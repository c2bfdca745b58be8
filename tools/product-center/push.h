/* MQTT for the center: one connection to the broker, driven by the thread that owns it. The only
 * doorman of libmosquitto. Knows topics as texts, nothing of stores.
 *
 * Nothing here waits except push_connect and push_flush, and those only so long.
 */
#ifndef TOOLS_PRODUCT_CENTER_PUSH_H
#define TOOLS_PRODUCT_CENTER_PUSH_H

#include "proto/types.h"

#define PUSH_WHY 160

struct push;
/* What a subscription brought; called from push_turn and push_flush. */
struct push_hooks {
    void *ctx;
    void (*message)(void *ctx, struct str topic, struct str payload);
};

/* `address` is "HOST:PORT" or the path of a Unix socket; borrowed. Not connected yet. NULL: `why`
 * (PUSH_WHY bytes). */
struct push *push_open(const char *address, const struct push_hooks *hooks, char *why);
void push_close(struct push *p); /* NULL is fine */

/* A fresh session: what an earlier one had not got through is forgotten. False: `why`. */
bool push_connect(struct push *p, char *why);
void push_hang_up(struct push *p);
bool push_is_up(const struct push *p);
int push_socket(const struct push *p); /* -1: none */
bool push_wants_write(const struct push *p);
/* Reads and writes what is ready, keeps the connection alive. Call it when the socket is ready, and
 * every second. */
void push_turn(struct push *p);

bool push_subscribe(struct push *p, const char *filter);
/* QoS 1; copies the payload. False: the connection is down. */
bool push_publish(struct push *p, const char *topic, struct str payload, bool retain);
/* Until the broker has acknowledged all that was published. False: it did not in wait_ms, or the
 * connection is down. */
bool push_flush(struct push *p, int64_t wait_ms);

#endif
