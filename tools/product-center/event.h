/* Tables hub_event and dead_letter: what the hubs reported, once for each (store, epoch, seq). */
#ifndef TOOLS_PRODUCT_CENTER_EVENT_H
#define TOOLS_PRODUCT_CENTER_EVENT_H

#include "proto/cloud_event.h"
#include "tools/product-center/call.h"

/* One event of a batch. */
struct arrival {
    struct cloud_event event;
    const struct json *json;  /* as it came */
    struct event_facts facts; /* where the event moves or says anything here */
    struct str *gens;         /* of each effect: gen_id of the row then; NULL before it is merged */
    const char *dead;         /* why it is no good (sync-protocol 3.5); NULL: it is */
};
/* Those that are good. One without a body of its own leaves its header. */
void events_add(struct call *c, uint32_t epoch, const struct arrival *a, size_t n);
/* Those that are not, raw. */
void dead_add(struct call *c, uint32_t epoch, const struct arrival *a, size_t n);
/* The dead ones of first..last, however long ago they came; *n of them in the arena. */
struct cloud_dead *dead_list(struct call *c, uint32_t epoch, uint64_t first, uint64_t last,
                             uint16_t *n);

#endif
