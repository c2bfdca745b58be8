/* The command line. */
#ifndef STORESIM_OPTIONS_H
#define STORESIM_OPTIONS_H

#include "tools/storesim/sim.h"

struct options {
    const char *devices, *orders, *day, *menu, *acked, *expect;
    double rate;
    int64_t seconds, settle_s, connect_s;
    uint64_t seed;
    bool json;
};
enum options_verdict { OPTIONS_GO, OPTIONS_DONE, OPTIONS_WRONG };
/* Fills in *o and what concerns the sim. Says on stderr what is wrong. */
enum options_verdict options_read(struct options *o, struct sim *sim, int argc, char **argv);

#endif
