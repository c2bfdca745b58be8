#include "edge/limits.h"

#define ONE_REQUEST                                                                                \
    1000 /* thousandths; a rate of n per second refills n of them per millisecond                  \
          */

static void refill(struct bucket *b, struct rate r, int64_t now_ms)
{
    int64_t full = (int64_t)r.burst * ONE_REQUEST;
    int64_t gained = b->at_ms == 0 ? full : (now_ms - b->at_ms) * (int64_t)r.per_s;
    b->level_m = gained >= full - b->level_m ? full : b->level_m + gained;
    b->at_ms = now_ms;
}

/* 0: there is one. */
static int64_t wait_ms(const struct bucket *b, struct rate r)
{
    if (b->level_m >= ONE_REQUEST)
        return 0;
    return (ONE_REQUEST - b->level_m + (int64_t)r.per_s - 1) / (int64_t)r.per_s;
}

bool limits_take(struct limits *l, struct bucket *account, struct bucket *device, enum verb verb,
                 int64_t now_ms, int64_t *retry_ms)
{
    const struct {
        struct bucket *bucket;
        struct rate rate;
    } all[] = {{&l->global, l->config.global},
               {account, l->config.account},
               {device, l->config.device},
               {&l->verbs[verb], l->config.verbs[verb]}};
    size_t n = sizeof(all) / sizeof(all[0]);
    *retry_ms = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].rate.per_s == 0)
            continue;
        refill(all[i].bucket, all[i].rate, now_ms);
        int64_t wait = wait_ms(all[i].bucket, all[i].rate);
        if (wait > *retry_ms)
            *retry_ms = wait;
    }
    if (*retry_ms > 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (all[i].rate.per_s != 0)
            all[i].bucket->level_m -= ONE_REQUEST;
    }
    return true;
}
