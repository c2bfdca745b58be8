/* device.test: a ping to the device itself, and at the same time a round trip of its role's probe
 * user, which proves that role's rights. One test at a time.
 */
#ifndef EDGE_PROBE_H
#define EDGE_PROBE_H

#include "edge/intake.h"
#include "edge/trip.h"

struct probe {
    uv_loop_t *loop;
    struct intake *intake;
    const char *socket; /* of the broker */
    uv_timer_t deadline;
    /* The running test; NULL: none. */
    struct request *request;
    struct trip trip;
    char device[LIMIT_DEVICE_ID + 1];
    int64_t pinged_us, ping_us; /* ping_us -1: no answer so far */
    bool online;
};
void probe_init(struct probe *p, uv_loop_t *loop, struct intake *intake, const char *socket);
/* Refuses what still runs; closes the timer. */
void probe_stop(struct probe *p);
/* Takes the request over. */
void probe_run(struct probe *p, struct request *r);
/* device.identify: the device is to show which one it is. Nothing is sent to one that is offline,
 * lest it does so hours later; no answer is waited for. Takes the request over. */
void probe_identify(struct probe *p, struct request *r);
void probe_ponged(struct probe *p, struct str device, struct str nonce);

#endif
