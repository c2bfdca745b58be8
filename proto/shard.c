#include "proto/shard.h"

static uint32_t rotate(uint32_t v, unsigned bits)
{
    return (v << bits) | (v >> (32 - bits));
}

/* Up to four bytes, the first one lowest. */
static uint32_t word(const uint8_t *p, size_t n)
{
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++)
        v |= (uint32_t)p[i] << (8 * i);
    return v;
}

static uint32_t scramble(uint32_t k)
{
    return rotate(k * 0xcc9e2d51u, 15) * 0x1b873593u;
}

static uint32_t avalanche(uint32_t h)
{
    h = (h ^ (h >> 16)) * 0x85ebca6bu;
    h = (h ^ (h >> 13)) * 0xc2b2ae35u;
    return h ^ (h >> 16);
}

uint32_t murmur3_32(const void *p, size_t n, uint32_t seed)
{
    const uint8_t *bytes = p;
    uint32_t h = seed;
    size_t i = 0;
    for (; n - i >= 4; i += 4)
        h = rotate(h ^ scramble(word(bytes + i, 4)), 13) * 5 + 0xe6546b64u;
    if (i < n)
        h ^= scramble(word(bytes + i, n - i));
    return avalanche(h ^ (uint32_t)n);
}

uint32_t shard_of(struct str poi_id)
{
    return murmur3_32(poi_id.p, poi_id.n, 0) % SHARD_COUNT;
}
