/* Guests: what they order at which device, and what they do then. */
#ifndef STORESIM_GUEST_H
#define STORESIM_GUEST_H

#include "tools/storesim/order.h"

/* A guest with this wish comes to a device of the role. False: there is no such device. */
bool guest_arrives(struct sim *sim, enum role role, const struct wish *wish);

#endif
