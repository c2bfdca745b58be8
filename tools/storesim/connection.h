/* A device on the LAN, as lan-protocol.md wants it.
 *
 * The happy path: open, `up`: subscribe, say online, read everything once (held.h), send what waits
 * (request.h). What can fail: the connection goes: it comes back by itself and does all that again.
 * The hub starts again (hub.boot): the same without subscribing.
 */
#ifndef STORESIM_CONNECTION_H
#define STORESIM_CONNECTION_H

#include "tools/storesim/device.h"

/* Takes over the entry's texts. Connects by itself. NULL: bad entry. */
struct device *connection_open(struct sim *sim, const struct device_entry *entry,
                               const struct device_events *events);
void connection_close(struct device *d);

#endif
