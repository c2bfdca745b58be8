#include "edge/backup_list.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STAMP      16 /* "20260128T093000Z" */
#define DAY_MS     (24LL * 3600 * 1000)
#define PREFIX_MAX (BACKUP_NAME - STAMP)

/* ---- names ---- */

struct backup_place backup_place_of(const struct config *config, char buf[BACKUP_PATH])
{
    char parent[CONFIG_PATH];
    snprintf(parent, sizeof(parent), "%s", config->data_dir);
    if (config->backup_dir[0] != 0)
        snprintf(buf, BACKUP_PATH, "%s", config->backup_dir);
    else
        snprintf(buf, BACKUP_PATH, "%s/backup", dirname(parent));
    struct backup_place place = {.dir = buf,
                                 .id = {str_of(config->brand_id), str_of(config->poi_id)},
                                 .keep = config->backup_keep,
                                 .alarm_percent = config->alarm_percent};
    config_secret_dir(config, place.secret_dir);
    return place;
}

static void prefix_of(const struct store_identity *id, char out[PREFIX_MAX])
{
    snprintf(out, PREFIX_MAX, "poshub-%.*s-%.*s-", (int)id->brand_id.n, id->brand_id.p,
             (int)id->poi_id.n, id->poi_id.p);
}

static bool stamp_parse(const char *text, int64_t *at_ms)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y%m%dT%H%M%SZ", &tm);
    if (end != text + STAMP)
        return false;
    *at_ms = (int64_t)timegm(&tm) * 1000;
    return true;
}

/* "" or "-2" and so on, before the suffix. Where it ends; NULL: it is something else. */
static const char *nth_parse(const char *text, unsigned *nth)
{
    char *end;
    *nth = 1;
    if (*text != '-')
        return text;
    if (text[1] < '1' || text[1] > '9')
        return NULL;
    unsigned long n = strtoul(text + 1, &end, 10);
    *nth = (unsigned)n;
    return n >= 2 && n <= BACKUP_SECOND_MAX ? end : NULL;
}

/* False: not a backup of this store. */
static bool name_parse(const char *file, const char *prefix, struct backup_file *out)
{
    size_t n = strlen(prefix);
    memset(out, 0, sizeof(*out));
    if (strncmp(file, prefix, n) != 0 || !stamp_parse(file + n, &out->at_ms))
        return false;
    const char *end = nth_parse(file + n + STAMP, &out->nth);
    if (end == NULL || strcmp(end, BACKUP_SUFFIX) != 0 || end - file >= BACKUP_NAME)
        return false;
    snprintf(out->name, sizeof(out->name), "%.*s", (int)(end - file), file);
    return true;
}

static bool path_of(const char *dir, const char *name, const char *suffix, char out[BACKUP_PATH])
{
    int n = snprintf(out, BACKUP_PATH, "%s/%s%s", dir, name, suffix);
    return n > 0 && n < BACKUP_PATH;
}

bool backup_path(const struct backup_place *place, const char *name, char out[BACKUP_PATH])
{
    return path_of(place->dir, name, BACKUP_SUFFIX, out);
}

bool backup_note_path(const char *dir, const char *name, char out[BACKUP_PATH])
{
    return path_of(dir, name, ".json", out);
}

/* ---- notes ---- */

static struct json *note_parse(const char *path)
{
    char text[BACKUP_NOTE_BYTES];
    FILE *f = fopen(path, "re");
    size_t n = f != NULL ? fread(text, 1, sizeof(text), f) : 0;
    if (f != NULL)
        fclose(f);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    return n > 0 ? json_parse(text, n, &JSON_REQUEST, NULL) : NULL;
}

void backup_note_read(const char *dir, struct backup_file *f)
{
    char path[BACKUP_PATH];
    struct json *note = backup_note_path(dir, f->name, path) ? note_parse(path) : NULL;
    if (note == NULL)
        return;
    struct str sum = json_text_at(note, "sha256"), ca = json_text_at(note, "ca_sha256");
    int64_t turn = json_integer_at(note, "turn");
    f->noted = true;
    f->turn = turn > 0 && turn <= BACKUP_TURN_MAX ? turn : 0;
    f->at.epoch = (uint32_t)json_integer_at(note, "epoch");
    f->at.seq = (uint64_t)json_integer_at(note, "seq");
    f->records = (uint64_t)json_integer_at(note, "records");
    snprintf(f->sha256, sizeof(f->sha256), "%.*s", (int)sum.n, sum.p);
    snprintf(f->ca_sha256, sizeof(f->ca_sha256), "%.*s", (int)ca.n, ca.p);
    json_free(note);
}

/* ---- lists ---- */

#define DESCENDING(a, b) (((a) < (b)) - ((a) > (b)))

static int newer_first(const void *pa, const void *pb)
{
    const struct backup_file *a = pa, *b = pb;
    const int by[] = {DESCENDING(a->noted, b->noted),       DESCENDING(a->turn, b->turn),
                      DESCENDING(a->at.epoch, b->at.epoch), DESCENDING(a->at.seq, b->at.seq),
                      DESCENDING(a->at_ms, b->at_ms),       DESCENDING(a->nth, b->nth)};
    for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++)
        if (by[i] != 0)
            return by[i];
    return 0;
}

static bool stat_file(const char *dir, struct backup_file *f)
{
    char path[BACKUP_PATH];
    struct stat st;
    if (!path_of(dir, f->name, BACKUP_SUFFIX, path) || stat(path, &st) != 0)
        return false;
    f->bytes = (uint64_t)st.st_size;
    return true;
}

static size_t read_dir(DIR *dir, const struct backup_place *place, struct backup_file *out)
{
    char prefix[PREFIX_MAX];
    const struct dirent *e;
    size_t n = 0;
    prefix_of(&place->id, prefix);
    while (n < BACKUP_LIST && (e = readdir(dir)) != NULL) {
        if (!name_parse(e->d_name, prefix, &out[n]) || !stat_file(place->dir, &out[n]))
            continue;
        backup_note_read(place->dir, &out[n]);
        n++;
    }
    return n;
}

enum ph_err backup_files(const struct backup_place *place, struct backup_file *out, size_t *n,
                         char *why)
{
    DIR *dir = opendir(place->dir);
    *n = 0;
    if (dir == NULL && errno == ENOENT)
        return PH_OK;
    if (dir == NULL) {
        snprintf(why, STORE_WHY, "the backups cannot be read: %.160s: %s", place->dir,
                 strerror(errno));
        return PH_ERR_IO;
    }
    *n = read_dir(dir, place, out);
    closedir(dir);
    qsort(out, *n, sizeof(*out), newer_first);
    return PH_OK;
}

void backup_files_write(struct jw *w, const struct backup_file *list, size_t n)
{
    jw_open(w, '[');
    for (size_t i = 0; i < n && i < LIMIT_LIST; i++) {
        jw_open(w, '{');
        jw_kstring(w, "name", str_of(list[i].name));
        jw_kint(w, "at_ms", list[i].at_ms);
        jw_kint(w, "bytes", (int64_t)list[i].bytes);
        if (list[i].noted) {
            jw_kint(w, "epoch", list[i].at.epoch);
            jw_kint(w, "seq", (int64_t)list[i].at.seq);
            jw_kint(w, "records", (int64_t)list[i].records);
            jw_kstring(w, "sha256", str_of(list[i].sha256));
        }
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

/* ---- the next one ---- */

static bool is_taken(const char *dir, const char *name)
{
    char path[BACKUP_PATH];
    struct stat st;
    return (path_of(dir, name, BACKUP_SUFFIX, path) && lstat(path, &st) == 0) ||
           (backup_note_path(dir, name, path) && lstat(path, &st) == 0);
}

static enum ph_err name_next(const struct backup_place *place, struct backup_file *out, char *why)
{
    char prefix[PREFIX_MAX], stamp[STAMP + 1];
    time_t s = (time_t)(out->at_ms / 1000);
    struct tm tm;
    prefix_of(&place->id, prefix);
    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&s, &tm));
    snprintf(out->name, BACKUP_NAME, "%s%s", prefix, stamp);
    size_t n = strlen(out->name);
    for (out->nth = 1; is_taken(place->dir, out->name); out->nth++) {
        if (out->nth == BACKUP_SECOND_MAX) {
            snprintf(why, STORE_WHY, "%.120s: %u backups are of %s already", place->dir, out->nth,
                     stamp);
            return PH_ERR_LIMIT;
        }
        snprintf(out->name + n, BACKUP_NAME - n, "-%u", out->nth + 1);
    }
    return PH_OK;
}

enum ph_err backup_next(const struct backup_place *place, int64_t now_ms, struct backup_file *out,
                        char *why)
{
    struct backup_file *list = calloc(BACKUP_LIST, sizeof(*list));
    size_t n = 0;
    memset(out, 0, sizeof(*out));
    if (list == NULL) {
        snprintf(why, STORE_WHY, "out of memory");
        return PH_ERR_MEMORY;
    }
    enum ph_err err = backup_files(place, list, &n, why);
    for (size_t i = 0; i < n; i++)
        out->turn = list[i].turn > out->turn ? list[i].turn : out->turn;
    free(list);
    out->turn += out->turn < BACKUP_TURN_MAX;
    out->at_ms = now_ms / 1000 * 1000;
    return err == PH_OK ? name_next(place, out, why) : err;
}

/* ---- which are kept ---- */

/* Days that a list has shown, in its order. */
struct days {
    int64_t seen[BACKUP_DAYS];
    size_t n;
};

static bool is_new_day(struct days *d, int64_t day)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->seen[i] == day)
            return false;
    if (d->n == BACKUP_DAYS)
        return false;
    d->seen[d->n++] = day;
    return true;
}

void backup_kept(const struct backup_file *list, size_t n, uint32_t keep, bool *stays)
{
    struct days days = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        bool first = is_new_day(&days, list[i].at_ms / DAY_MS);
        stays[i] = i < keep || first;
    }
}

void backup_prune(const struct backup_place *place, const char *mine)
{
    struct backup_file *list = calloc(BACKUP_LIST, sizeof(*list));
    bool stays[BACKUP_LIST];
    char path[BACKUP_PATH], why[STORE_WHY];
    size_t n = 0;
    if (list != NULL)
        backup_files(place, list, &n, why);
    backup_kept(list, n, place->keep, stays);
    for (size_t i = 0; i < n; i++) {
        if (stays[i] || strcmp(list[i].name, mine) == 0)
            continue;
        if (path_of(place->dir, list[i].name, BACKUP_SUFFIX, path))
            unlink(path);
        if (backup_note_path(place->dir, list[i].name, path))
            unlink(path);
    }
    free(list);
}
