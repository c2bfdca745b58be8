#include "tools/storesim/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_end(void *p)
{
    if (p)
        return p;
    fputs("storesim: out of memory\n", stderr);
    exit(1);
}

void *memory_new(size_t n)
{
    return or_end(calloc(1, n ? n : 1));
}

void *memory_grow(void *p, size_t n)
{
    return or_end(realloc(p, n ? n : 1));
}

char *memory_text(struct str v)
{
    char *copy = memory_new(v.n + 1);
    if (v.n)
        memcpy(copy, v.p, v.n);
    return copy;
}
