#include "tests/sim/dice.h"

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next(struct chance *d)
{
    uint64_t z = d->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

struct chance dice_make(uint64_t seed, uint64_t stream)
{
    struct chance d = {seed * 0x2545f4914f6cdd1du + stream};
    d.state = next(&d);
    return d;
}

uint64_t dice_below(struct chance *d, uint64_t n)
{
    return next(d) % n;
}

int64_t dice_between(struct chance *d, int64_t low, int64_t high)
{
    return low + (int64_t)dice_below(d, (uint64_t)(high - low) + 1);
}

bool dice_chance(struct chance *d, uint32_t permille)
{
    return dice_below(d, 1000) < permille;
}
