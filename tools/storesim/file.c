#include "tools/storesim/file.h"

#include "tools/storesim/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool file_read(const char *path, struct str *out)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    size_t n = 0, cap = 65536, got;
    char *p = memory_new(cap);
    while ((got = fread(p + n, 1, cap - n - 1, f)) > 0) {
        n += got;
        if (cap - n < 2)
            p = memory_grow(p, cap *= 2);
    }
    bool ok = !ferror(f);
    fclose(f);
    p[n] = '\0';
    *out = (struct str){p, n};
    if (!ok)
        free(p);
    return ok;
}

static struct str cut(struct str *rest, size_t n, size_t skip)
{
    struct str head = {rest->p, n};
    rest->p += n + skip;
    rest->n -= n + skip;
    return head;
}

bool file_line(struct str *rest, struct str *line)
{
    if (rest->n == 0)
        return false;
    const char *end = memchr(rest->p, '\n', rest->n);
    *line = end ? cut(rest, (size_t)(end - rest->p), 1) : cut(rest, rest->n, 0);
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

struct str file_field(struct str *rest, char separator)
{
    const char *end = memchr(rest->p, separator, rest->n);
    return end ? cut(rest, (size_t)(end - rest->p), 1) : cut(rest, rest->n, 0);
}
