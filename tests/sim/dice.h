/* Chance from a seed: the same seed gives the same run on every machine. So throws stand in
 * statements of their own: in which order the arguments of one call are evaluated, each compiler
 * chooses for itself (tools/cross-test compares). */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include "proto/types.h"

struct chance {
    uint64_t state;
};
/* Streams of one seed are independent, so that a throw more here moves nothing there. */
struct chance dice_make(uint64_t seed, uint64_t stream);
uint64_t dice_below(struct chance *d, uint64_t n);                 /* 0..n-1; n above 0 */
int64_t dice_between(struct chance *d, int64_t low, int64_t high); /* both included */
bool dice_chance(struct chance *d, uint32_t permille);

#endif
