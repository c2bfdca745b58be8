/* Chance from a seed: the same seed gives the same run on every machine. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include "proto/types.h"

struct dice {
    uint64_t state;
};
/* Streams of one seed are independent, so that a throw more here moves nothing there. */
struct dice dice_make(uint64_t seed, uint64_t stream);
uint64_t dice_below(struct dice *d, uint64_t n);                 /* 0..n-1; n above 0 */
int64_t dice_between(struct dice *d, int64_t low, int64_t high); /* both included */
bool dice_chance(struct dice *d, uint32_t permille);

#endif
