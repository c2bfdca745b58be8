/* Watching: the same again every --interval seconds, --count times or until interrupted. */
#ifndef POSHUBCTL_ROUNDS_H
#define POSHUBCTL_ROUNDS_H

#include "tools/poshubctl/ctl.h"

struct rounds {
    long interval_ms, left; /* left -1: no end */
};
/* False after a complaint about a number that is none. */
bool rounds_init(struct rounds *r, const struct args *args, double interval_s);
void rounds_pause(const struct rounds *r);
/* Waits for the next round; false when the last one is over. */
bool rounds_next(struct rounds *r);

#endif
