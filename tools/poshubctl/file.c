#include "tools/poshubctl/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 65536

static char *read_all(FILE *f, size_t most, size_t *n)
{
    char *text = NULL;
    size_t cap = 0;
    *n = 0;
    errno = 0;
    while (!feof(f) && !ferror(f) && *n <= most) {
        if (cap - *n < CHUNK) {
            cap = 2 * cap + CHUNK;
            char *grown = realloc(text, cap);
            if (!grown)
                break;
            text = grown;
        }
        *n += fread(text + *n, 1, cap - *n, f);
    }
    if (feof(f) && !ferror(f) && *n <= most)
        return text;
    if (*n > most)
        errno = EFBIG;
    free(text);
    return NULL;
}

bool file_read(const char *path, size_t most, struct str *out)
{
    bool from_stdin = strcmp(path, "-") == 0;
    FILE *f = from_stdin ? stdin : fopen(path, "rb");
    char *text = f ? read_all(f, most, &out->n) : NULL;
    if (!text)
        fprintf(stderr, "poshubctl: cannot read %s: %s\n", path, strerror(errno));
    if (f && !from_stdin)
        fclose(f);
    out->p = text;
    return text != NULL;
}
