#include "tools/product-center/gunzip.h"

#include <stdlib.h>
#include <zlib.h>

#define GROWTH_FIRST 8  /* JSON shrinks to a sixth or so */
#define GZIP_ONLY    16 /* added to the window's bits: a gzip header is demanded */

/* Room for `cap` bytes more or less; false: no memory. */
static bool grow(z_stream *z, char **text, size_t cap)
{
    char *more = realloc(*text, cap);
    if (more == NULL)
        return false;
    *text = more;
    z->next_out = (Bytef *)more + z->total_out;
    z->avail_out = (uInt)(cap - z->total_out);
    return true;
}

static enum gunzip unpack(z_stream *z, size_t most, char **text)
{
    size_t cap = (size_t)z->avail_in * GROWTH_FIRST + 1;
    for (;; cap *= 2) {
        if (!grow(z, text, cap < most ? cap : most + 1))
            return GUNZIP_NO_MEMORY;
        int rc = inflate(z, Z_NO_FLUSH);
        if (z->total_out > most)
            return GUNZIP_TOO_LONG;
        if (rc == Z_STREAM_END)
            return z->avail_in == 0 ? GUNZIP_DONE : GUNZIP_BROKEN;
        if (rc == Z_MEM_ERROR)
            return GUNZIP_NO_MEMORY;
        if (rc != Z_OK || z->avail_out > 0)
            return GUNZIP_BROKEN;
    }
}

enum gunzip gunzip(struct str packed, size_t most, char **text, size_t *n)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)packed.p, .avail_in = (uInt)packed.n};
    *text = NULL;
    if (inflateInit2(&z, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return GUNZIP_NO_MEMORY;
    enum gunzip end = unpack(&z, most, text);
    *n = z.total_out;
    inflateEnd(&z);
    if (end == GUNZIP_DONE)
        return end;
    free(*text);
    *text = NULL;
    return end;
}
