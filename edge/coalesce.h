/* When a retained topic may be published: at once when it was quiet for LIMIT_COALESCE_MS, else at
 * most so often, the urgent ones first, and never when its content did not change. A patient topic
 * waits that long even when it was quiet, and so merges what happens to it meanwhile. Pure: the
 * time is an argument; what a topic shows is the caller's business.
 *
 * A topic it knows nothing of is taken to be empty at the broker. Memory is bounded: past `max`
 * topics it forgets quiet ones, and then publishes rather too much than too little.
 */
#ifndef EDGE_COALESCE_H
#define EDGE_COALESCE_H

#include "proto/types.h"

enum live_kind { LIVE_STOCK = 1, LIVE_ORDER, LIVE_PICKUP };
struct live_key {
    uint64_t id;   /* object id, order number, pickup number */
    uint16_t sub;  /* object type, 0, channel */
    uint16_t kind; /* enum live_kind */
};

struct live_topic;
struct live_wait;
struct coalesce {
    struct live_topic *topics; /* open addressing, a power of two */
    size_t n, cap, max;
    struct live_wait *waiting;
    size_t n_waiting, n_urgent, cap_waiting;
    bool lossy;
};
void coalesce_init(struct coalesce *c, size_t max);
void coalesce_fini(struct coalesce *c);
/* A new broker, or one whose topics are unknown: forgets everything. */
void coalesce_reset(struct coalesce *c);

/* The row behind the topic changed. `marks` is a small value of the caller's about what it shows
 * now; when it differs from the one of the last touch, the topic is urgent. False: out of memory,
 * the change would be lost. */
bool coalesce_touch(struct coalesce *c, struct live_key key, uint8_t marks, int64_t now_ms);
/* The same for a topic that may wait LIMIT_COALESCE_MS though it was quiet. */
bool coalesce_touch_patiently(struct coalesce *c, struct live_key key, int64_t now_ms);
/* Takes out one topic that is due, urgent ones first. */
bool coalesce_next(struct coalesce *c, int64_t now_ms, struct live_key *out);
/* How long until the next one is due; 0: now; -1: nothing waits. */
int64_t coalesce_wait_ms(const struct coalesce *c, int64_t now_ms);

#define COALESCE_EMPTY 0 /* the hash of an empty topic */
/* About to publish content with this hash: true when it differs from what the broker holds; it is
 * then taken as published. */
bool coalesce_differs(struct coalesce *c, struct live_key key, uint64_t hash, int64_t now_ms);
/* Topics of a kind that are not empty, and those of them whose marks are these. */
void coalesce_count(const struct coalesce *c, enum live_kind kind, uint8_t marks, size_t *all,
                    size_t *marked);

/* FNV-1a, never COALESCE_EMPTY. */
uint64_t coalesce_hash(struct str content);

#endif
