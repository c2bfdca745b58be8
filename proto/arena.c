#include "proto/arena.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 16384

struct arena_chunk {
    struct arena_chunk *older; /* the first chunk has none */
    size_t used, cap;
    _Alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a, size_t max)
{
    *a = (struct arena){.max = max};
}

static size_t aligned(size_t n)
{
    const size_t step = _Alignof(max_align_t);
    return n == 0 ? step : (n + step - 1) / step * step;
}

static bool chunk_add(struct arena *a, size_t n)
{
    size_t cap = n > CHUNK_BYTES ? n : CHUNK_BYTES;
    struct arena_chunk *chunk = malloc(sizeof *chunk + cap);
    if (!chunk)
        return false;
    chunk->older = a->chunks;
    chunk->used = 0;
    chunk->cap = cap;
    a->chunks = chunk;
    return true;
}

static bool has_room(const struct arena *a, size_t n)
{
    return a->chunks && a->chunks->cap - a->chunks->used >= n;
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (a->failed || n > a->max || aligned(n) > a->max - a->used) {
        a->failed = true;
        return NULL;
    }
    n = aligned(n);
    if (!has_room(a, n) && !chunk_add(a, n)) {
        a->failed = true;
        return NULL;
    }
    void *p = a->chunks->bytes + a->chunks->used;
    a->chunks->used += n;
    a->used += n;
    return memset(p, 0, n);
}

struct str arena_str(struct arena *a, struct str v)
{
    char *p = arena_alloc(a, v.n);
    if (!p)
        return STR("");
    if (v.n)
        memcpy(p, v.p, v.n);
    return (struct str){p, v.n};
}

static void drop_newest(struct arena *a)
{
    struct arena_chunk *chunk = a->chunks;
    a->chunks = chunk->older;
    free(chunk);
}

void arena_reset(struct arena *a)
{
    while (a->chunks && a->chunks->older)
        drop_newest(a);
    if (a->chunks)
        a->chunks->used = 0;
    a->used = 0;
    a->failed = false;
}

void arena_free(struct arena *a)
{
    while (a->chunks)
        drop_newest(a);
    a->used = 0;
    a->failed = false;
}
