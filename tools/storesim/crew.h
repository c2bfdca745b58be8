/* The devices of a file: a JSON object per line with device, role, password and stations. */
#ifndef STORESIM_CREW_H
#define STORESIM_CREW_H

#include "tools/storesim/device.h"

/* Opens them all into sim->devices; `events` by role. False with one line in why (JSON_WHY). */
bool crew_open(struct sim *sim, const char *path, const struct device_events *const *events,
               char *why);
bool crew_is_up(const struct sim *sim);     /* each of them */
bool crew_is_down(const struct sim *sim);   /* none of them */
size_t crew_waiting(const struct sim *sim); /* requests without their final reply */
void crew_poll(struct sim *sim, int wait_ms);
void crew_close(struct sim *sim);

#endif
