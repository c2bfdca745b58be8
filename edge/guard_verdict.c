#include "edge/guard_verdict.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/backup_file.h"
#include "edge/guard.h"

#define MARK 112 /* "device:number:size:seconds.nanoseconds", and a count */

static void mark_of(const char *path, char out[MARK])
{
    struct stat st;
    if (stat(path, &st) != 0)
        snprintf(out, MARK, "-");
    else
        snprintf(out, MARK, "%llu:%llu:%lld:%lld.%09ld", (unsigned long long)st.st_dev,
                 (unsigned long long)st.st_ino, (long long)st.st_size, (long long)st.st_ctim.tv_sec,
                 st.st_ctim.tv_nsec);
}

size_t guard_aside_count(const struct config *config)
{
    char pattern[BACKUP_PATH];
    glob_t found = {0};
    snprintf(pattern, sizeof(pattern), "%s.broken-*", config->data_dir);
    size_t n = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    globfree(&found);
    return n;
}

/* The store; and what could help it. */
static void marks_now(const struct config *config, char store[MARK], char help[MARK])
{
    char path[CONFIG_PATH + 16], dir[BACKUP_PATH];
    snprintf(path, sizeof(path), "%s/data.mdb", config->data_dir);
    mark_of(path, store);
    mark_of(backup_place_of(config, dir).dir, help);
    size_t n = strlen(help);
    snprintf(help + n, MARK - n, ":%zu", guard_aside_count(config));
}

static void verdict_file(const struct config *config, char out[GUARD_FILE])
{
    snprintf(out, GUARD_FILE, "%s.verdict", config->data_dir);
}

void guard_verdict_keep(const struct config *config, const char *why)
{
    char file[GUARD_FILE], store[MARK], help[MARK];
    verdict_file(config, file);
    marks_now(config, store, help);
    FILE *f = fopen(file, "we");
    if (f == NULL)
        return;
    fprintf(f, "%s %s %s\n", store, help, why);
    fclose(f);
}

enum guard_verdict guard_verdict_read(const struct config *config, char *why)
{
    char file[GUARD_FILE], store[MARK], help[MARK], then[2][MARK], line[2 * MARK + STORE_WHY];
    int said = 0;
    verdict_file(config, file);
    FILE *f = fopen(file, "re");
    if (f == NULL)
        return VERDICT_NONE;
    bool whole = fgets(line, sizeof(line), f) != NULL &&
                 sscanf(line, "%111s %111s %n", then[0], then[1], &said) == 2;
    fclose(f);
    marks_now(config, store, help);
    if (!whole || strcmp(then[0], store) != 0)
        return VERDICT_NONE;
    snprintf(why, STORE_WHY, "%.*s", (int)strcspn(line + said, "\n"), line + said);
    return strcmp(then[1], help) == 0 ? VERDICT_STANDS : VERDICT_DOUBTED;
}

void guard_verdict_drop(const struct config *config)
{
    char file[GUARD_FILE];
    verdict_file(config, file);
    unlink(file);
}
