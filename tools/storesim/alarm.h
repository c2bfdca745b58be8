/* Alarms: a thing remembers its own alarm and is called when the time has come. A binary heap of
 * pointers; an alarm lives inside what it belongs to and must be stopped before that goes away.
 */
#ifndef STORESIM_ALARM_H
#define STORESIM_ALARM_H

#include <stddef.h>
#include <stdint.h>

struct alarm {
    void (*ring)(void *ctx);
    void *ctx;
    int64_t at_us;
    size_t place; /* 1..: its place in the heap; 0: not set */
};
struct alarms {
    struct alarm **heap; /* heap[0] is unused */
    size_t n, cap;
};
void alarms_finish(struct alarms *a);
/* Sets it, or moves it to another time. */
void alarm_set(struct alarms *a, struct alarm *alarm, int64_t at_us);
void alarm_stop(struct alarms *a, struct alarm *alarm);
/* Rings everything due; alarms set meanwhile for now or earlier ring too. */
void alarms_ring(struct alarms *a, int64_t now_us);
/* Time of the next one; INT64_MAX: none. */
int64_t alarms_next(const struct alarms *a);

#endif
