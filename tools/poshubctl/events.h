/* Journal events in aligned lines, for journal tail and order trace. */
#ifndef POSHUBCTL_EVENTS_H
#define POSHUBCTL_EVENTS_H

#include "proto/json.h"
#include "tools/poshubctl/ctl.h"

/* Each event in one line: seq, local time, kind, body as key=value. NULL is an empty array. */
void events_print(const struct ctl *ctl, const struct json *events);

#endif
