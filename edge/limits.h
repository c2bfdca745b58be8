/* Rate limits: token buckets for the whole hub, an account, a device and a verb (step 4 of the
 * validation chain). Pure: the time is an argument.
 */
#ifndef EDGE_LIMITS_H
#define EDGE_LIMITS_H

#include "proto/types.h"

struct rate {
    uint32_t per_s, burst; /* per_s 0: no limit */
};
struct limits_config {
    struct rate global, account, device, verbs[VERB_COUNT];
};
/* Zeroed is a full one. */
struct bucket {
    int64_t level_m; /* thousandths of a request */
    int64_t at_ms;
};
struct limits {
    struct limits_config config;
    struct bucket global, verbs[VERB_COUNT];
};

/* Takes one request out of all four buckets, or out of none: then false, and *retry_ms says when it
 * is worth asking again. now_ms must not fall. */
bool limits_take(struct limits *l, struct bucket *account, struct bucket *device, enum verb verb,
                 int64_t now_ms, int64_t *retry_ms);

#endif
