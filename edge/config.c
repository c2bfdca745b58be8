#include "edge/config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reading {
    struct config *config;
    const char *path;  /* of the file that is read now */
    char problem[160]; /* the first one */
    char *hidden;      /* the first part that may not be read; NULL: none may be left out */
};

/* ---- one setting ---- */

static int unknown(struct reading *r, const char *section, const char *key)
{
    if (r->problem[0] != 0)
        return 0;
    if (section[0] == 0)
        snprintf(r->problem, sizeof(r->problem), "%.40s stands in no [section]", key);
    else if (!config_keys_section(section))
        snprintf(r->problem, sizeof(r->problem), "unknown section [%.40s]", section);
    else
        snprintf(r->problem, sizeof(r->problem), "unknown key %.40s in [%.40s]", key, section);
    return 0;
}

static int wrong(struct reading *r, const char *key, const char *value, const char *want)
{
    if (r->problem[0] == 0)
        snprintf(r->problem, sizeof(r->problem), "%.40s = %.40s: expected %s", key, value, want);
    return 0;
}

/* The modes of the file are its readers'; those of folders above it may keep some of them out. */
static bool is_for_everybody(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0;
}

static void note_secret(struct reading *r, const char *value)
{
    snprintf(r->config->pin_shown_by, sizeof(r->config->pin_shown_by), "%s",
             value[0] != 0 && is_for_everybody(r->path) ? r->path : "");
}

/* One setting; 0 makes inih remember the line. */
static int on_setting(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;
    struct config_verdict v = config_keys_set(r->config, section, key, value);
    if (!v.known)
        return unknown(r, section, key);
    if (v.secret)
        note_secret(r, value);
    return v.good ? 1 : wrong(r, key, v.secret ? "(not shown)" : value, v.want);
}

/* ---- the whole ---- */

static const char *missing_in_cloud(const struct config *c)
{
    if (c->cloud_url[0] == 0)
        return NULL;
    if (c->cloud_box_id[0] == 0)
        return "box_id is missing in [cloud]";
    if (c->cloud_ca[0] == 0)
        return "ca is missing in [cloud]";
    if ((c->cloud_cert[0] == 0) != (c->cloud_key[0] == 0))
        return "cert and key belong together in [cloud]";
    return NULL;
}

static bool collide(const struct listen_address *a, const struct listen_address *b)
{
    return a->host[0] != 0 && b->host[0] != 0 && a->port == b->port &&
           (strcmp(a->host, b->host) == 0 || strcmp(a->host, "0.0.0.0") == 0 ||
            strcmp(b->host, "0.0.0.0") == 0);
}

/* The broker would not start. */
static bool listeners_collide(const struct config *c)
{
    const struct listen_address *const all[] = {&c->plain, &c->plain_websocket, &c->tls,
                                                &c->tls_websocket};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        for (size_t j = i + 1; j < sizeof(all) / sizeof(all[0]); j++)
            if (collide(all[i], all[j]))
                return true;
    return false;
}

/* What no single line is to blame for. */
static const char *missing(const struct config *c)
{
    if (c->brand_id[0] == 0)
        return "brand_id is missing in [store]";
    if (c->poi_id[0] == 0)
        return "poi_id is missing in [store]";
    if (c->alarm_percent >= c->refuse_percent)
        return "alarm_percent must be below refuse_percent in [storage]";
    if (listeners_collide(c))
        return "two listeners have the same address and port";
    return missing_in_cloud(c);
}

/* A line as the file has it. */
static bool section_is_good(const char *line, char problem[CONFIG_WHY])
{
    char name[64];
    size_t n = strcspn(line + 1, "]\r\n");
    snprintf(name, sizeof(name), "%.*s", (int)(n < sizeof(name) ? n : sizeof(name) - 1), line + 1);
    if (line[n + 1] != ']')
        snprintf(problem, CONFIG_WHY, "the section's name [%.40s has no ] behind it", name);
    else if (!config_keys_section(name))
        snprintf(problem, CONFIG_WHY, "unknown section [%.40s]", name);
    else
        return true;
    return false;
}

static enum ph_err cannot_read(const char *path, int error, char *why)
{
    snprintf(why, CONFIG_WHY, "%.160s: cannot be read: %s", path, strerror(error));
    return PH_ERR_CONFIG;
}

/* inih tells of a section only when there is a key in it, and of a folder nothing at all. */
static enum ph_err read_sections(const char *path, char *why)
{
    char *line = NULL, problem[CONFIG_WHY] = "";
    size_t room = 0;
    int at = 0;
    errno = 0;
    FILE *f = fopen(path, "re");
    while (f != NULL && problem[0] == 0 && getline(&line, &room, f) >= 0) {
        at++;
        if (line[0] == '[' && !section_is_good(line, problem))
            snprintf(why, CONFIG_WHY, "%.80s:%d: %.150s", path, at, problem);
    }
    bool read = f != NULL && !ferror(f);
    if (!read)
        cannot_read(path, errno, why);
    free(line);
    if (f != NULL)
        fclose(f);
    return read && problem[0] == 0 ? PH_OK : PH_ERR_CONFIG;
}

/* One that is yet to be written; elsewhere NULL. */
struct draft {
    const char *name, *text;
};

/* One file, or what will be one, over what *r holds already. */
static enum ph_err read_file(const char *path, const char *text, struct reading *r, char *why)
{
    enum ph_err err = text != NULL ? PH_OK : read_sections(path, why);
    if (err != PH_OK)
        return err;
    errno = 0;
    r->path = path;
    int line =
        text != NULL ? ini_parse_string(text, on_setting, r) : ini_parse(path, on_setting, r);
    if (line == 0)
        return PH_OK;
    if (line < 0)
        return cannot_read(path, errno, why);
    snprintf(why, CONFIG_WHY, "%.80s:%d: %.150s", path, line,
             r->problem[0] != 0 ? r->problem : "not a [section] or key = value");
    return PH_ERR_CONFIG;
}

static int is_part(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".conf") == 0;
}

static enum ph_err read_part(const char *path, struct reading *r, char *why)
{
    if (r->hidden == NULL || access(path, R_OK) == 0 || errno != EACCES)
        return read_file(path, NULL, r, why);
    if (r->hidden[0] == 0)
        cannot_read(path, EACCES, r->hidden);
    return PH_OK;
}

/* The parts beside the file, by name. A folder that is not there holds none. */
static enum ph_err read_parts(const char *path, struct draft draft, struct reading *r, char *why)
{
    char beside[PATH_MAX], folder[PATH_MAX], part[PATH_MAX + NAME_MAX + 1], drafted[PATH_MAX + 64];
    struct dirent **list = NULL;
    enum ph_err err = PH_OK;
    bool due = draft.text != NULL;
    snprintf(beside, sizeof(beside), "%s", path);
    snprintf(folder, sizeof(folder), "%.*s/" CONFIG_PARTS, PATH_MAX - 16, dirname(beside));
    int n = scandir(folder, &list, is_part, alphasort);
    if (n < 0 && errno != ENOENT)
        return cannot_read(folder, errno, why);
    snprintf(drafted, sizeof(drafted), "%s/%.60s", folder, due ? draft.name : "");
    for (int i = 0; i < n; i++) {
        if (err == PH_OK && due && strcmp(draft.name, list[i]->d_name) < 0) {
            err = read_file(drafted, draft.text, r, why);
            due = false;
        }
        snprintf(part, sizeof(part), "%s/%s", folder, list[i]->d_name);
        if (err == PH_OK)
            err = read_part(part, r, why);
        free(list[i]);
    }
    free(list);
    return err == PH_OK && due ? read_file(drafted, draft.text, r, why) : err;
}

static enum ph_err read_all(const char *path, struct draft draft, struct config *out, char *hidden,
                            char *why)
{
    struct reading r = {.config = out, .hidden = hidden};
    bool none = draft.text != NULL && access(path, F_OK) != 0 && errno == ENOENT;
    config_keys_default(out);
    enum ph_err err = read_file(path, none ? "" : NULL, &r, why);
    if (err == PH_OK)
        err = read_parts(path, draft, &r, why);
    if (err != PH_OK)
        return err;
    const char *gap = missing(out);
    if (gap == NULL)
        return PH_OK;
    if (hidden != NULL && hidden[0] != 0)
        snprintf(why, CONFIG_WHY, "%s", hidden);
    else
        snprintf(why, CONFIG_WHY, "%.160s: %s", path, gap);
    return PH_ERR_CONFIG;
}

enum ph_err config_read(const char *path, struct config *out, char *why)
{
    return read_all(path, (struct draft){0}, out, NULL, why);
}

enum ph_err config_look(const char *path, struct config *out, char *hidden, char *why)
{
    hidden[0] = 0;
    return read_all(path, (struct draft){0}, out, hidden, why);
}

enum ph_err config_read_with(const char *path, const char *part, const char *text,
                             struct config *out, char *why)
{
    return read_all(path, (struct draft){part, text}, out, NULL, why);
}

const char *config_expects(const char *section, const char *key, const char *value)
{
    static struct config scratch; /* nobody reads it */
    struct config_verdict v = config_keys_set(&scratch, section, key, value);
    assert(v.known);
    return v.good ? NULL : v.want;
}

void config_secret_dir(const struct config *config, char out[CONFIG_PATH])
{
    const char *slash = strrchr(config->data_dir, '/');
    if (config->secret_dir[0] != 0)
        snprintf(out, CONFIG_PATH, "%s", config->secret_dir);
    else
        snprintf(out, CONFIG_PATH, "%.*s/secret", slash ? (int)(slash - config->data_dir) : 0,
                 config->data_dir);
}
