/* The whole hub: owns every part, wires them, runs the loop, unwinds. */
#ifndef EDGE_HUB_H
#define EDGE_HUB_H

#include "edge/config.h"
#include "edge/hub_exit.h"

/* Runs until SIGTERM or SIGINT, or until the storage fails. SIGHUP reads `config_path` again. */
enum hub_exit hub_run(const struct config *config, const char *config_path);

#endif
