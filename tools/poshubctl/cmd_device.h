/* What the commands that let a device in have in common. */
#ifndef POSHUBCTL_CMD_DEVICE_H
#define POSHUBCTL_CMD_DEVICE_H

#include "proto/json.h"
#include "tools/poshubctl/ctl.h"

/* role, account, channels, stations, replace, as the options say; CTL_USAGE after a complaint. */
enum ctl_exit device_members(struct jw *w, const struct args *args);
/* The line "test": what the hub has proved, or why it could not. */
void device_print_proof(const struct ctl *ctl, const struct json *reply);

#endif
