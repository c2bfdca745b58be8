#include "edge/histogram.h"

#include <string.h>

#define PER_OCTAVE 4

/* 0..3 have a bucket each; above, the two bits below the highest one choose among four. */
static size_t bucket_of(uint64_t us)
{
    if (us < PER_OCTAVE)
        return (size_t)us;
    size_t octave = 63 - (size_t)__builtin_clzll(us);
    size_t bucket = (octave - 1) * PER_OCTAVE + ((us >> (octave - 2)) & (PER_OCTAVE - 1));
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static int64_t upper_edge(size_t bucket)
{
    if (bucket < PER_OCTAVE)
        return (int64_t)bucket;
    size_t octave = bucket / PER_OCTAVE + 1;
    return (int64_t)((PER_OCTAVE + bucket % PER_OCTAVE + 1) << (octave - 2)) - 1;
}

void histogram_add(struct histogram *h, int64_t us)
{
    uint64_t v = us < 0 ? 0 : (uint64_t)us;
    h->now[bucket_of(v)]++;
    h->count++;
    h->sum_us += v;
}

void histogram_turn(struct histogram *h)
{
    memcpy(h->before, h->now, sizeof(h->before));
    memset(h->now, 0, sizeof(h->now));
}

int64_t histogram_permille(const struct histogram *h, uint32_t permille)
{
    uint64_t total = 0, seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        total += (uint64_t)h->now[i] + h->before[i];
    if (total == 0)
        return 0;
    uint64_t rank = (total * permille + 999) / 1000;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += (uint64_t)h->now[i] + h->before[i];
        if (seen >= rank && seen > 0)
            return upper_edge(i);
    }
    return upper_edge(HISTOGRAM_BUCKETS - 1);
}
