#include "edge/replaced.h"

#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAMP  16 /* "20260128T093000Z" */
#define NAME   (NAME_MAX + 1)
#define PREFIX (NAME_MAX + 1)

static const char *const FILES[] = {"data.mdb", "lock.mdb", "pid"};
#define FILE_COUNT (sizeof(FILES) / sizeof(FILES[0]))

struct replaced {
    char name[NAME];
    char stamp[STAMP + 1];
    unsigned long n; /* of its second */
};

static bool is_stamp(const char *text)
{
    for (size_t i = 0; i < STAMP; i++) {
        bool good = i == 8    ? text[i] == 'T'
                    : i == 15 ? text[i] == 'Z'
                              : text[i] >= '0' && text[i] <= '9';
        if (!good)
            return false;
    }
    return true;
}

static bool name_parse(const char *name, const char *prefix, struct replaced *out)
{
    size_t n = strlen(prefix);
    char *end;
    if (strncmp(name, prefix, n) != 0 || !is_stamp(name + n) || strlen(name) >= NAME)
        return false;
    const char *rest = name + n + STAMP;
    memcpy(out->stamp, name + n, STAMP);
    out->stamp[STAMP] = 0;
    out->n = 1;
    if (*rest != 0) {
        out->n = strtoul(rest + 1, &end, 10);
        if (*rest != '-' || end == rest + 1 || *end != 0)
            return false;
    }
    memcpy(out->name, name, strlen(name) + 1);
    return true;
}

static int newer_first(const void *pa, const void *pb)
{
    const struct replaced *a = pa, *b = pb;
    int by_stamp = strcmp(b->stamp, a->stamp);
    return by_stamp != 0 ? by_stamp : (a->n < b->n) - (a->n > b->n);
}

/* Of those that `dir` holds under the prefix, but not `mine`. */
static size_t list_of(const char *dir, const char *prefix, const char *mine, struct replaced *list)
{
    const struct dirent *e;
    size_t n = 0;
    DIR *d = opendir(dir);
    while (d != NULL && n < REPLACED_LIST && (e = readdir(d)) != NULL)
        n += strcmp(e->d_name, mine) != 0 && name_parse(e->d_name, prefix, &list[n]);
    if (d != NULL)
        closedir(d);
    qsort(list, n, sizeof(*list), newer_first);
    return n;
}

static bool is_ours(const char *name)
{
    bool found = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    for (size_t i = 0; i < FILE_COUNT; i++)
        found = found || strcmp(name, FILES[i]) == 0;
    return found;
}

static bool holds_ours_alone(const char *dir)
{
    const struct dirent *e;
    struct stat st;
    DIR *d = lstat(dir, &st) == 0 && S_ISDIR(st.st_mode) ? opendir(dir) : NULL;
    bool alone = d != NULL;
    while (alone && (e = readdir(d)) != NULL)
        alone = is_ours(e->d_name);
    if (d != NULL)
        closedir(d);
    return alone;
}

static bool drop(const char *parent, const char *name)
{
    char dir[PATH_MAX], path[PATH_MAX + 16];
    int n = snprintf(dir, sizeof(dir), "%s/%s", parent, name);
    if (n < 0 || (size_t)n >= sizeof(dir) || !holds_ours_alone(dir))
        return false;
    for (size_t i = 0; i < FILE_COUNT; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, FILES[i]);
        unlink(path);
    }
    return rmdir(dir) == 0;
}

size_t replaced_prune(const char *data_dir, const char *mine)
{
    char parent[PATH_MAX], base[PATH_MAX], own[PATH_MAX], prefix[PREFIX];
    struct replaced *list = calloc(REPLACED_LIST, sizeof(*list));
    size_t gone = 0;
    snprintf(parent, sizeof(parent), "%s", data_dir);
    snprintf(base, sizeof(base), "%s", data_dir);
    snprintf(own, sizeof(own), "%s", mine);
    int room = snprintf(prefix, sizeof(prefix), "%s%s", basename(base), REPLACED_WORD);
    const char *dir = dirname(parent);
    bool fits = list != NULL && room > 0 && (size_t)room < sizeof(prefix);
    size_t n = fits ? list_of(dir, prefix, basename(own), list) : 0;
    for (size_t i = REPLACED_MOST - 1; i < n; i++)
        gone += drop(dir, list[i].name);
    free(list);
    return gone;
}
