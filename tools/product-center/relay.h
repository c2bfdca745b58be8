/* The relay: a thread that tells hubs over MQTT what changed, and hears what they have applied.
 *
 * Any number of processes may run one on the same database: all are connected to the broker, one
 * leads and works, so that a store's messages keep their order; another takes over when that one
 * ends or loses the broker. Woken by the commits that change something; every second it looks by
 * itself. A message counts as sent when the broker has acknowledged it; after a death some are sent
 * again.
 */
#ifndef TOOLS_PRODUCT_CENTER_RELAY_H
#define TOOLS_PRODUCT_CENTER_RELAY_H

#include <stdint.h>

struct settings;
struct relay_options {
    const char *db;        /* as libpq names it: the relay has a connection of its own */
    const char *mqtt;      /* as push_open wants it */
    int64_t head_every_ms; /* each store's head is published so often, besides on change */
    const struct settings *settings;
};
struct relay;
/* The options are borrowed. NULL: `why` (DB_WHY bytes). A broker that is down is no failure. */
struct relay *relay_start(const struct relay_options *o, char *why);
/* Waits for what it is doing. */
void relay_stop(struct relay *r);

#endif
