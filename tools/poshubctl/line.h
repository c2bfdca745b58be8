/* The cloud line in plain words, from the status object's "cloud". */
#ifndef POSHUBCTL_LINE_H
#define POSHUBCTL_LINE_H

#include "proto/json.h"
#include "tools/poshubctl/ctl.h"

/* For the status screen: whether the center hears us, since when, what waits, how much room. What
 * one of the hub's `faults` says already is not said again. */
void line_print(const struct json *cloud, const struct json *faults);
/* The same, and how the line got there. */
void line_print_all(const struct ctl *ctl, const struct json *cloud);

#endif
