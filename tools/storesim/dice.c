#include "tools/storesim/dice.h"

#include <math.h>

static uint64_t state = 1;

void dice_seed(uint64_t seed)
{
    state = seed;
}

static uint64_t dice(void)
{
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double dice_unit(void)
{
    return (double)(dice() >> 11) / 9007199254740992.0;
}

int64_t dice_between(int64_t low, int64_t high)
{
    if (high <= low)
        return low;
    return low + (int64_t)(dice() % (uint64_t)(high - low + 1));
}

bool dice_chance(double p)
{
    return dice_unit() < p;
}

int64_t dice_wait_us(double mean_us)
{
    return (int64_t)(-log(1.0 - dice_unit()) * mean_us);
}
