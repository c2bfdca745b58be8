/* How many hubs may begin a session each second (sync-protocol 6.2): after an outage all of them
 * come at once, and each is given a time to come back at. By each process for itself.
 *
 * Two counters of slots, 1/rate apart. One admits, with a second's worth in reserve; whoever finds
 * none takes a slot of the other and is told how far away it is. Those who come back at their time
 * come at the rate at which the first admits.
 */
#ifndef TOOLS_PRODUCT_CENTER_ADMISSION_H
#define TOOLS_PRODUCT_CENTER_ADMISSION_H

#include <pthread.h>
#include <stdint.h>

#define ADMISSION_RATE_MAX 100000 /* hubs a second */

struct admission {
    pthread_mutex_t lock;
    int64_t step_us;           /* 0: everybody may come */
    int64_t admit_us, slot_us; /* the next of each */
};
/* rate 0: no limit. */
void admission_init(struct admission *a, int64_t rate);
/* 0: come in; else milliseconds until the caller's slot. A clock that was set back begins anew. */
int64_t admission_ask(struct admission *a, int64_t now_ms);

#endif
