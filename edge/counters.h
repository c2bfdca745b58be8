/* What is counted since the start, for top, status and metrics. */
#ifndef EDGE_COUNTERS_H
#define EDGE_COUNTERS_H

#include "edge/histogram.h"

struct counters {
    uint64_t requests;        /* decoded or refused, of devices and of the control socket */
    uint64_t orders;          /* placed or sold */
    uint64_t refused;         /* answered with another code than OK */
    uint64_t refused_fast;    /* of those, without the writer: sold out */
    uint64_t replayed;        /* answered from memory */
    uint64_t dropped;         /* could not be answered: no such device, no memory, no connection */
    uint64_t faults;          /* requests that met an operating error */
    uint64_t seen_bad;        /* witnessed positions whose tag did not verify */
    uint64_t published;       /* retained states */
    uint64_t reconnects;      /* to the broker */
    uint64_t broker_dropped;  /* messages the broker threw away for devices that were too slow */
    uint64_t backups_failed;  /* that were asked for */
    struct histogram latency; /* from the message to the reply, of the LAN's verbs that write */
};

#endif
