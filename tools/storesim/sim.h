/* What all devices of the simulated store share. Owned by main; nothing here is behaviour. */
#ifndef STORESIM_SIM_H
#define STORESIM_SIM_H

#include "tools/storesim/alarm.h"
#include "tools/storesim/map.h"
#include "tools/storesim/menu.h"
#include "tools/storesim/stats.h"

#include <stdio.h>

/* Probabilities, 0..1 */
struct manners {
    double double_click; /* the guest presses twice: the same order under a second req_id */
    double vanish;       /* the connection drops without goodbye right after sending */
    double duplicate;    /* the same message twice */
    double cancel, abandon, refund;
};
struct pace { /* mean waiting times */
    int64_t think_ms, start_ms, cook_ms, bump_ms, serve_ms;
};
struct device;
struct sim {
    const char *host;
    int port;
    struct manners manners;
    struct pace pace;
    int64_t settle_us;                /* how long after the last order everything may take to end */
    bool show;                        /* tell what happens, line by line */
    double speed;                     /* store seconds per second, for the times shown */
    int64_t begun_us, store_begun_ms; /* store time of day at begun_us */
    int64_t reached_us;               /* when a device was connected last */

    struct alarms alarms;
    struct stats stats;
    struct menu menu;
    struct device **devices;
    size_t n_devices;
    struct map orders;  /* order_id -> struct order */
    struct map tickets; /* topic -> struct ticket */
    FILE *acked;
    struct jw body; /* the request being written */
    char body_text[LIMIT_REQUEST_BYTES];
    bool closing; /* no new orders; the staff cancels what nobody pays */
};

#endif
