/* Bounded scratch memory that is freed at once: one arena per request, one per transaction turn.
 */
#ifndef PROTO_ARENA_H
#define PROTO_ARENA_H

#include "proto/types.h"

struct arena_chunk;
struct arena {
    struct arena_chunk *chunks;
    size_t used, max; /* bytes handed out, and the bound */
    bool failed;      /* sticks: past the bound or out of memory */
};
void arena_init(struct arena *a, size_t max);
/* Zeroed, aligned for any type; NULL past the bound (failed is then set). n 0 gives non-NULL. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy inside the arena. On failure the empty text, failed is set. */
struct str arena_str(struct arena *a, struct str v);
/* Forgets everything but keeps the first chunk for the next turn. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

#endif
