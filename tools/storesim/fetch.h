/* The menu from the hub, page by page, over one of the devices. */
#ifndef STORESIM_FETCH_H
#define STORESIM_FETCH_H

#include "tools/storesim/device.h"

/* sim->menu.complete tells when it is there. */
void fetch_menu(struct device *d);

#endif
