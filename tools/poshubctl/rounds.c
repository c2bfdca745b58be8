#include "tools/poshubctl/rounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define INTERVAL_MAX_S 86400

bool rounds_init(struct rounds *r, const struct args *args, double interval_s)
{
    const char *interval = args_option(args, "interval"), *count = args_option(args, "count");
    char *end = "";
    *r = (struct rounds){.left = -1};
    if (interval)
        interval_s = strtod(interval, &end);
    if (*end || !(interval_s >= 0.01 && interval_s <= INTERVAL_MAX_S)) {
        fprintf(stderr, "poshubctl: --interval needs seconds, not \"%s\"\n", interval);
        return false;
    }
    if (count)
        r->left = strtol(count, &end, 10);
    if (*end || (count && r->left < 1)) {
        fprintf(stderr, "poshubctl: --count needs a number, not \"%s\"\n", count);
        return false;
    }
    r->interval_ms = (long)(interval_s * 1000);
    return true;
}

void rounds_pause(const struct rounds *r)
{
    struct timespec pause = {r->interval_ms / 1000, r->interval_ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

bool rounds_next(struct rounds *r)
{
    if (r->left > 0 && --r->left == 0)
        return false;
    rounds_pause(r);
    return true;
}
