/* What happens when, in virtual milliseconds; at one moment in the order in which it was planned.
 */
#ifndef SIM_AGENDA_H
#define SIM_AGENDA_H

#include "proto/types.h"

enum happening {
    HAPPENS_TICK,    /* who: device thinks of something to do */
    HAPPENS_ARRIVAL, /* what: ask reaches the hub */
    HAPPENS_ANSWER,  /* what: reply reaches its device */
    HAPPENS_RETRY,   /* what: ask may be sent again */
    HAPPENS_COMMIT,  /* life: the writer runs what waits */
    HAPPENS_TIMERS,  /* the hub looks at its timers */
    HAPPENS_CRASH,
    HAPPENS_BOOT,
    HAPPENS_CLOCK,   /* somebody sets the box's clock */
    HAPPENS_WEATHER, /* the network changes */
    HAPPENS_STORAGE, /* the disk fills up, or is emptied */
    HAPPENS_OFFICE,  /* a day is closed, an epoch opened, a rollback confirmed */
    HAPPENS_AUDIT,   /* everything is compared */
};
struct entry {
    int64_t at_ms;
    uint64_t nth;
    enum happening happens;
    uint32_t id;
};
struct agenda {
    struct entry *heap;
    size_t n, cap;
    uint64_t planned;
};
void agenda_add(struct agenda *a, int64_t at_ms, enum happening happens, uint32_t id);
struct entry agenda_take(struct agenda *a); /* the earliest; there must be one */
void agenda_free(struct agenda *a);

#endif
