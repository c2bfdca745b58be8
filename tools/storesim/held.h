/* The newest state of every retained topic a device may read (lan-protocol 2): of two states of one
 * topic the one with the larger `at` counts, whether it came as a message or in a snapshot. What a
 * snapshot no longer names is gone.
 */
#ifndef STORESIM_HELD_H
#define STORESIM_HELD_H

#include "tools/storesim/device.h"

/* payload NULL: cleared. */
void held_take(struct device *d, const struct topic *topic, const struct json *payload);
/* Reads everything once with sync.snapshot. */
void held_refresh(struct device *d);
void held_finish(struct device *d);

/* Sold out on this device's screen. */
bool held_sold_out(const struct device *d, enum object_type type, int64_t id);

#endif
