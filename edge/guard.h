/* The crash-loop guard: a hub that dies again and again right after its start asks whether its
 * store is to blame, before it opens it once more.
 *
 * Each start is noted in the file <data_dir>.starts, by the machine's boot and its clock since then
 * (no wall clock: a box without a battery has none). The note goes when the hub ends in order, or
 * has lived for GUARD_HEALTHY_MS. So what stands in the file are starts that came to a bad end.
 * GUARD_STARTS of them within GUARD_SPAN_MS are a loop.
 */
#ifndef EDGE_GUARD_H
#define EDGE_GUARD_H

#include "edge/config.h"

#define GUARD_STARTS     3      /* bad ends before the store is looked at */
#define GUARD_SPAN_MS    300000 /* ... within so much */
#define GUARD_HEALTHY_MS 60000  /* a hub that lives so long did not die of its start */
#define GUARD_WAIT_MS    60000  /* a store that nothing helps is tried again so seldom */
#define GUARD_FILE       (CONFIG_PATH + 16)

struct guard {
    char file[GUARD_FILE];
    int64_t began_ms; /* since the machine's boot */
    unsigned bad;     /* ends before this start */
    bool noted;
    bool asked; /* this start has looked at its store, or knows what a look would say */
};
/* Notes this start and says how many bad ends of this boot stand in the last GUARD_SPAN_MS. A file
 * that cannot be read or written is 0: a guard must never be what keeps a store from selling. */
unsigned guard_begin(struct guard *g, const char *data_dir, int64_t boot_ms);
/* From the tick: forgets the starts once this one is healthy. */
void guard_tick(struct guard *g, int64_t boot_ms);
/* An orderly end, or one that no store is to blame for. */
void guard_end(struct guard *g);

#endif
