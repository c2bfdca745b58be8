#include "proto/avail.h"

static int64_t min_t(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max_t(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t avail_real(const struct real_parts *r)
{
    return r->base_t + (r->h_t - r->base_h_t) + (r->c_t - r->base_c_t);
}

static int64_t unmet_reserve(const struct channel_share *s)
{
    return max_t(0, s->reserve_t - s->used_t);
}

/* n_c + F: the total minus what the other channels still have reserved. */
static int64_t pool_for(int64_t total_t, const struct channel_share *shares, size_t n, size_t c)
{
    if (total_t >= AVAIL_INFINITE)
        return AVAIL_INFINITE;
    int64_t pool_t = total_t;
    for (size_t d = 0; d < n; d++) {
        if (d != c)
            pool_t -= unmet_reserve(&shares[d]);
    }
    return pool_t;
}

static int64_t below_cap(const struct channel_share *s)
{
    return s->cap_t >= AVAIL_INFINITE ? AVAIL_INFINITE : s->cap_t - s->used_t;
}

int64_t avail_channel(int64_t total_t, const struct channel_share *shares, size_t n, size_t c)
{
    return max_t(0, min_t(below_cap(&shares[c]), pool_for(total_t, shares, n, c)));
}
