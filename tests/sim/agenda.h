/* What happens when, in virtual milliseconds; at one moment in the order in which it was planned.
 */
#ifndef SIM_AGENDA_H
#define SIM_AGENDA_H

#include "proto/types.h"

struct entry {
    int64_t at_ms;
    uint64_t nth;
    int happens; /* one of the enum of the world that planned it */
    uint32_t id;
};
struct agenda {
    struct entry *heap;
    size_t n, cap;
    uint64_t planned;
};
void agenda_add(struct agenda *a, int64_t at_ms, int happens, uint32_t id);
struct entry agenda_take(struct agenda *a); /* the earliest; there must be one */
void agenda_free(struct agenda *a);

#endif
