/* The whole hub: owns every part, wires them, runs the loop, unwinds. */
#ifndef EDGE_HUB_H
#define EDGE_HUB_H

#include "edge/config.h"

/* As in docs/control-api.md. */
enum hub_exit { HUB_CLEAN = 0, HUB_FAILED = 1, HUB_USAGE = 2, HUB_LOCKED = 3, HUB_STORAGE = 4 };

/* Runs until SIGTERM or SIGINT, or until the storage fails. SIGHUP reads `config_path` again. */
enum hub_exit hub_run(const struct config *config, const char *config_path);

#endif
