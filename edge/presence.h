/* Who is there: what devices (and, by their wills, the broker) say on dev/<id>/state.
 */
#ifndef EDGE_PRESENCE_H
#define EDGE_PRESENCE_H

#include "edge/devices.h"

/* A message on dev/<id>/state; an empty one means that nobody is there. */
void presence_heard(struct devices *d, struct str id, struct str payload, int64_t wall_ms);
/* The broker is gone, and with it everybody behind it. */
void presence_lost(struct devices *d);

#endif
