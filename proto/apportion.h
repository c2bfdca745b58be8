/* Dividing a quantity by weights, to whole steps: the largest remainder method, LR in
 * sync-protocol 1.5. Hub and center divide the same stock and must hand out the same shares.
 */
#ifndef PROTO_APPORTION_H
#define PROTO_APPORTION_H

#include "proto/types.h"

struct share {
    struct str code; /* the channel; decides the last tie, in byte order */
    int64_t weight;  /* a weight, or a quantity in tenths; below 0 counts as 0 */
    int64_t got_t;   /* out: tenths, a multiple of the step */
    int64_t rest;    /* out: what was left of the exact quota, in parts of the sum of weights */
};
/* Hands out total_t (below 0 counts as 0) in steps of step_t (> 0). Left-over steps go one each to
 * the largest rests, ties to the larger weight, then to the smaller code. Returns what nobody got,
 * in tenths: less than a step, or all of it when no weight is above 0. Exact for any weights whose
 * sum is below 2^62. */
int64_t apportion(int64_t total_t, int64_t step_t, struct share *shares, size_t n);

#endif
