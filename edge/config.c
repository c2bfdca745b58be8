/* Each key is one row of a table: where it goes and how its text is read. Channels and verb limits
 * name the thing they are for, so they are looked up by it.
 */
#include "edge/config.h"

#include <arpa/inet.h>
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

#include "sync/push.h"

#define ZONES "/usr/share/zoneinfo/"

struct reading {
    struct config *config;
    const char *path;  /* of the file that is read now */
    char problem[160]; /* the first one */
};

struct item {
    const char *section, *key;
    bool (*set)(void *field, const struct item *item, const char *value);
    size_t offset;
    uint32_t min, max; /* numbers: the range; text: max is the field's bytes */
    const char *want;  /* for the message: what would have been right */
};

/* ---- values ---- */

static bool number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    unsigned long v = strtoul(text, &end, 10);
    if (*end != 0 || errno != 0 || v < min || v > max)
        return false;
    *out = (uint32_t)v;
    return true;
}

static bool set_number(void *field, const struct item *item, const char *value)
{
    return number(value, item->min, item->max, field);
}

static bool set_text(void *field, const struct item *item, const char *value)
{
    size_t n = strlen(value);
    if (n >= item->max || n < item->min || !utf8_valid(str_of(value)))
        return false;
    memcpy(field, value, n + 1);
    return true;
}

static bool set_id(void *field, const struct item *item, const char *value)
{
    return id_is_order(str_of(value)) && set_text(field, item, value);
}

/* Empty where the default is a place beside another. */
static bool set_place(void *field, const struct item *item, const char *value)
{
    return (value[0] == 0 || value[0] == '/') && set_text(field, item, value);
}

static bool set_path(void *field, const struct item *item, const char *value)
{
    return value[0] == '/' && set_text(field, item, value);
}

static bool set_bool(void *field, const struct item *item, const char *value)
{
    (void)item;
    bool yes = strcmp(value, "yes") == 0;
    *(bool *)field = yes;
    return yes || strcmp(value, "no") == 0;
}

static bool set_zone(void *field, const struct item *item, const char *value)
{
    char path[sizeof(ZONES) + CONFIG_TEXT];
    struct stat st;
    if (!set_text(field, item, value))
        return false;
    if (value[0] == 0)
        return true;
    snprintf(path, sizeof(path), ZONES "%s", value);
    return strstr(value, "..") == NULL && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool set_clock(void *field, const struct item *item, const char *value)
{
    (void)item;
    char hours[3] = {0};
    uint32_t h, m;
    if (strlen(value) != 5 || value[2] != ':')
        return false;
    memcpy(hours, value, 2);
    if (!number(hours, 0, 23, &h) || !number(value + 3, 0, 59, &m))
        return false;
    *(uint32_t *)field = h * 60 + m;
    return true;
}

/* One that a box can have: no group's, and not the broadcast's. */
static bool is_ipv4(const char *text)
{
    struct in_addr at;
    return inet_pton(AF_INET, text, &at) == 1 && ntohl(at.s_addr) >> 29 != 7;
}

/* mosquitto 2.0.11 ends over a name that it cannot look up, and opens no port for WebSockets on one
 * that it can. */
static bool set_listen(void *field, const struct item *item, const char *value)
{
    (void)item;
    struct listen_address *a = field;
    uint32_t port;
    memset(a, 0, sizeof(*a));
    if (value[0] == 0)
        return true;
    size_t n = strcspn(value, ":");
    if (n >= sizeof(a->host) || value[n] == 0 || !number(value + n + 1, 1, 65535, &port))
        return false;
    memcpy(a->host, value, n);
    a->port = (uint16_t)port;
    return is_ipv4(a->host);
}

static bool set_user(void *field, const struct item *item, const char *value)
{
    return strpbrk(value, " \t:") == NULL && set_text(field, item, value);
}

/* Empty: nobody may override. */
static bool set_pin(void *field, const struct item *item, const char *value)
{
    (void)item;
    return override_parse(str_of(value), field);
}

/* The modes of the file are its readers'; those of folders above it may keep some of them out. */
static bool is_for_everybody(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0;
}

/* An unsalted hash of a short PIN is the PIN. */
static bool refuse_pin(void *field, const struct item *item, const char *value)
{
    (void)field, (void)item, (void)value;
    return false;
}

/* HOST or HOST:PORT; an address with colons of its own stands in brackets. */
static bool is_host_and_port(const char *text)
{
    uint32_t port;
    size_t n = text[0] == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":");
    if (strpbrk(text, "/?#@ \t") != NULL || n == 0 || n > strlen(text))
        return false;
    return text[n] == 0 || (text[n] == ':' && number(text + n + 1, 1, 65535, &port));
}

/* Nothing behind the port: paths are the protocol's. */
static bool set_url(void *field, const struct item *item, const char *value)
{
    bool https = strncmp(value, "https://", 8) == 0;
    if (value[0] != 0 && (!https || !is_host_and_port(value + 8)))
        return false;
    return set_text(field, item, value);
}

static bool set_mqtt(void *field, const struct item *item, const char *value)
{
    return (value[0] == 0 || push_url_good(value)) && set_text(field, item, value);
}

#define LISTEN_WANT "ADDRESS:PORT, an IPv4 address in numbers, as 0.0.0.0:8883"
#define AT(field)   offsetof(struct config, field)
#define ROOM(field) (uint32_t)sizeof(((struct config *)0)->field)
static const struct item ITEMS[] = {
    {"store", "brand_id", set_id, AT(brand_id), 1, 33, "an id of up to 32 letters and digits"},
    {"store", "poi_id", set_id, AT(poi_id), 1, 33, "an id of up to 32 letters and digits"},
    {"store", "name", set_text, AT(name), 0, ROOM(name), "a text of up to 96 bytes"},
    {"store", "timezone", set_zone, AT(timezone), 0, ROOM(timezone), "a zone like Europe/Berlin"},
    {"store", "day_start", set_clock, AT(day_start_min), 0, 0, "a time like 04:00"},
    {"store", "auto_day_close", set_bool, AT(auto_day_close), 0, 0, "yes or no"},
    {"paths", "data_dir", set_path, AT(data_dir), 1, ROOM(data_dir), "an absolute path, <90 bytes"},
    {"paths", "run_dir", set_path, AT(run_dir), 1, ROOM(run_dir), "an absolute path, <90 bytes"},
    {"storage", "map_mib", set_number, AT(map_mib), 16, 1048576, "16..1048576"},
    {"storage", "alarm_percent", set_number, AT(alarm_percent), 1, 99, "1..99"},
    {"storage", "refuse_percent", set_number, AT(refuse_percent), 1, 99, "1..99"},
    {"storage", "check_every_s", set_number, AT(check_every_s), 1, 3600, "1..3600"},
    {"backup", "dir", set_place, AT(backup_dir), 0, ROOM(backup_dir),
     "an absolute path, <90 bytes"},
    {"backup", "keep", set_number, AT(backup_keep), 1, 200, "1..200"},
    {"control", "change_group", set_text, AT(change_group), 0, ROOM(change_group), "a group"},
    {"control", "read_group", set_text, AT(read_group), 0, ROOM(read_group), "a group"},
    {"broker", "user", set_user, AT(broker_user), 0, ROOM(broker_user), "a system user"},
    {"paths", "secret_dir", set_place, AT(secret_dir), 0, ROOM(secret_dir),
     "an absolute path, <90 bytes"},
    {"lan", "tls_listen", set_listen, AT(tls), 0, 0, LISTEN_WANT},
    {"lan", "websocket_tls_listen", set_listen, AT(tls_websocket), 0, 0, LISTEN_WANT},
    {"lan", "tls_names", set_text, AT(tls_names), 0, ROOM(tls_names), "names, 127 bytes at most"},
    {"lan", "pair_window_s", set_number, AT(pair_window_s), 10, 600, "10..600"},
    {"broker", "plain_listen", set_listen, AT(plain), 0, 0, LISTEN_WANT},
    {"broker", "plain_websocket_listen", set_listen, AT(plain_websocket), 0, 0, LISTEN_WANT},
    {"cloud", "enabled", set_bool, AT(cloud_enabled), 0, 0, "yes or no"},
    {"cloud", "url", set_url, AT(cloud_url), 0, ROOM(cloud_url),
     "https://HOST or https://HOST:PORT"},
    {"cloud", "mqtt", set_mqtt, AT(cloud_mqtt), 0, ROOM(cloud_mqtt),
     "mqtts://HOST or mqtts://HOST:PORT"},
    {"cloud", "box_id", set_id, AT(cloud_box_id), 1, 33, "an id of up to 32 letters and digits"},
    {"cloud", "ca", set_path, AT(cloud_ca), 1, ROOM(cloud_ca), "an absolute path, <90 bytes"},
    {"cloud", "cert", set_path, AT(cloud_cert), 1, ROOM(cloud_cert), "an absolute path, <90 bytes"},
    {"cloud", "key", set_path, AT(cloud_key), 1, ROOM(cloud_key), "an absolute path, <90 bytes"},
    {"stock", "override_pin", set_pin, AT(override), 0, 0,
     "pbkdf2$..; 'poshubctl override-pin' makes it"},
    {"stock", "override_pin_sha256", refuse_pin, 0, 0, 0,
     "override_pin instead; 'poshubctl override-pin' makes it"},
    {"stock", "return_at_close", set_bool, AT(return_at_close), 0, 0, "yes or no"},
    {"broker", "max_queued", set_number, AT(max_queued), 1, 100000, "1..100000"},
    {"broker", "renew_mib", set_number, AT(renew_mib), 1, 4096, "1..4096"},
};

/* ---- named sections ---- */

static bool set_channel(struct channel_setting *c, const char *key, const char *value,
                        const char **want)
{
    uint32_t seconds;
    if (strcmp(key, "ticket_at") == 0) {
        *want = "pay or place";
        c->ticket_at_place = strcmp(value, "place") == 0;
        return c->ticket_at_place || strcmp(value, "pay") == 0;
    }
    if (strcmp(key, "expiry_s") == 0) {
        *want = "0..604800";
        if (!number(value, 0, 604800, &seconds))
            return false;
        c->expiry_ms = (int64_t)seconds * 1000;
        return true;
    }
    *want = NULL;
    return false;
}

static bool set_rate(struct rate *r, const char *value)
{
    char first[16] = {0};
    const char *slash = strchr(value, '/');
    if (strcmp(value, "0") == 0) {
        *r = (struct rate){0};
        return true;
    }
    if (slash == NULL || (size_t)(slash - value) >= sizeof(first))
        return false;
    memcpy(first, value, (size_t)(slash - value));
    return number(first, 1, 1000000, &r->per_s) && number(slash + 1, 1, 1000000, &r->burst);
}

static struct rate *rate_of(struct limits_config *l, const char *key)
{
    enum verb verb;
    if (strcmp(key, "global") == 0)
        return &l->global;
    if (strcmp(key, "account") == 0)
        return &l->account;
    if (strcmp(key, "device") == 0)
        return &l->device;
    if (strncmp(key, "verb.", 5) == 0 && verb_parse(str_of(key + 5), &verb))
        return &l->verbs[verb];
    return NULL;
}

/* ---- the file ---- */

static int unknown(struct reading *r, const char *section, const char *key)
{
    if (r->problem[0] == 0)
        snprintf(r->problem, sizeof(r->problem), "unknown key %.40s in [%.40s]", key, section);
    return 0;
}

static int wrong(struct reading *r, const char *key, const char *value, const char *want)
{
    if (r->problem[0] == 0)
        snprintf(r->problem, sizeof(r->problem), "%.40s = %.40s: expected %s", key, value, want);
    return 0;
}

static bool is_section(const char *name)
{
    enum channel channel;
    if (strncmp(name, "channel.", 8) == 0)
        return channel_parse(str_of(name + 8), &channel);
    for (size_t i = 0; i < sizeof(ITEMS) / sizeof(ITEMS[0]); i++) {
        if (strcmp(ITEMS[i].section, name) == 0)
            return true;
    }
    return strcmp(name, "limits") == 0;
}

/* NULL: there is no such key. */
static const struct item *item_of(const char *section, const char *key)
{
    for (size_t i = 0; i < sizeof(ITEMS) / sizeof(ITEMS[0]); i++) {
        if (strcmp(ITEMS[i].section, section) == 0 && strcmp(ITEMS[i].key, key) == 0)
            return &ITEMS[i];
    }
    return NULL;
}

static bool item_set(const struct item *item, struct config *config, const char *value)
{
    return item->set((char *)config + item->offset, item, value);
}

static int on_item(struct reading *r, const char *section, const char *key, const char *value)
{
    const struct item *item = item_of(section, key);
    if (section[0] == 0 && r->problem[0] == 0)
        snprintf(r->problem, sizeof(r->problem), "%.40s stands in no [section]", key);
    else if (!is_section(section) && r->problem[0] == 0)
        snprintf(r->problem, sizeof(r->problem), "unknown section [%.40s]", section);
    if (item == NULL)
        return unknown(r, section, key);
    bool pin = item->set == set_pin || item->set == refuse_pin;
    const char *told = pin ? "(not shown)" : value; /* logs show it */
    if (pin)
        snprintf(r->config->pin_shown_by, sizeof(r->config->pin_shown_by), "%s",
                 value[0] != 0 && is_for_everybody(r->path) ? r->path : "");
    return item_set(item, r->config, value) ? 1 : wrong(r, key, told, item->want);
}

/* One setting; 0 makes inih remember the line. */
static int on_setting(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;
    enum channel channel;
    const char *want;
    if (strncmp(section, "channel.", 8) == 0 && channel_parse(str_of(section + 8), &channel)) {
        if (set_channel(&r->config->channels[channel], key, value, &want))
            return 1;
        return want == NULL ? unknown(r, section, key) : wrong(r, key, value, want);
    }
    if (strcmp(section, "limits") == 0) {
        struct rate *rate = rate_of(&r->config->limits, key);
        if (rate == NULL)
            return unknown(r, section, key);
        return set_rate(rate, value) ? 1 : wrong(r, key, value, "0 or PER_SECOND/BURST");
    }
    return on_item(r, section, key, value);
}

static void defaults(struct config *c)
{
    *c = (struct config){
        .day_start_min = 4 * 60,
        .auto_day_close = true,
        .data_dir = "/var/lib/poshub/db",
        .run_dir = "/run/poshub",
        .map_mib = 1024,
        .alarm_percent = 60,
        .refuse_percent = 85,
        .check_every_s = 60,
        .backup_keep = 24,
        .change_group = "poshub-admin",
        .read_group = "poshub",
        .cloud_enabled = true,
        .renew_mib = 48,
        .pair_window_s = 300,
        .max_queued = 50000, /* a full menu is told at once to whoever subscribes */
        .limits = {.global = {2000, 4000}, .account = {1000, 2000}, .device = {50, 100}},
    };
    c->limits.verbs[VERB_ORDER_LIST] = (struct rate){20, 40};
    memcpy(c->channels, BOOKS_DEFAULTS.channels, sizeof(c->channels));
}

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
    else if (!is_section(name))
        snprintf(problem, CONFIG_WHY, "unknown section [%.40s]", name);
    else
        return true;
    return false;
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
        snprintf(why, CONFIG_WHY, "%.160s: cannot be read: %s", path, strerror(errno));
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
        snprintf(why, CONFIG_WHY, "%.160s: cannot be read: %s", path, strerror(errno));
    else
        snprintf(why, CONFIG_WHY, "%.80s:%d: %.150s", path, line,
                 r->problem[0] != 0 ? r->problem : "not a [section] or key = value");
    return PH_ERR_CONFIG;
}

static int is_part(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 5 && strcmp(e->d_name + n - 5, ".conf") == 0;
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
    if (n < 0 && errno != ENOENT) {
        snprintf(why, CONFIG_WHY, "%.160s: cannot be read: %s", folder, strerror(errno));
        return PH_ERR_CONFIG;
    }
    snprintf(drafted, sizeof(drafted), "%s/%.60s", folder, due ? draft.name : "");
    for (int i = 0; i < n; i++) {
        if (err == PH_OK && due && strcmp(draft.name, list[i]->d_name) < 0) {
            err = read_file(drafted, draft.text, r, why);
            due = false;
        }
        snprintf(part, sizeof(part), "%s/%s", folder, list[i]->d_name);
        if (err == PH_OK)
            err = read_file(part, NULL, r, why);
        free(list[i]);
    }
    free(list);
    return err == PH_OK && due ? read_file(drafted, draft.text, r, why) : err;
}

static enum ph_err read_all(const char *path, struct draft draft, struct config *out, char *why)
{
    struct reading r = {.config = out};
    bool none = draft.text != NULL && access(path, F_OK) != 0 && errno == ENOENT;
    defaults(out);
    enum ph_err err = read_file(path, none ? "" : NULL, &r, why);
    if (err == PH_OK)
        err = read_parts(path, draft, &r, why);
    if (err != PH_OK)
        return err;
    const char *gap = missing(out);
    if (gap != NULL) {
        snprintf(why, CONFIG_WHY, "%.160s: %s", path, gap);
        return PH_ERR_CONFIG;
    }
    return PH_OK;
}

enum ph_err config_read(const char *path, struct config *out, char *why)
{
    return read_all(path, (struct draft){0}, out, why);
}

enum ph_err config_read_with(const char *path, const char *part, const char *text,
                             struct config *out, char *why)
{
    return read_all(path, (struct draft){part, text}, out, why);
}

const char *config_expects(const char *section, const char *key, const char *value)
{
    struct config scratch;
    const struct item *item = item_of(section, key);
    assert(item != NULL);
    return item_set(item, &scratch, value) ? NULL : item->want;
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
