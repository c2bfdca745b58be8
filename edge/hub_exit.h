/* How the hub ends: its exit codes, as in docs/control-api.md. */
#ifndef EDGE_HUB_EXIT_H
#define EDGE_HUB_EXIT_H

enum hub_exit { HUB_CLEAN = 0, HUB_FAILED = 1, HUB_USAGE = 2, HUB_LOCKED = 3, HUB_STORAGE = 4 };

#endif
