#include "edge/config_keys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sync/push.h"

#define ZONES "/usr/share/zoneinfo/"

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

/* ---- what the reader asks ---- */

bool config_keys_section(const char *name)
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

static struct config_verdict in_channel(struct config *c, enum channel channel, const char *key,
                                        const char *value)
{
    struct config_verdict v = {.known = true};
    const char *want = NULL;
    v.good = set_channel(&c->channels[channel], key, value, &want);
    v.known = want != NULL;
    v.want = want;
    return v;
}

static struct config_verdict in_limits(struct config *c, const char *key, const char *value)
{
    struct rate *rate = rate_of(&c->limits, key);
    return (struct config_verdict){.known = rate != NULL,
                                   .good = rate != NULL && set_rate(rate, value),
                                   .want = "0 or PER_SECOND/BURST"};
}

struct config_verdict config_keys_set(struct config *c, const char *section, const char *key,
                                      const char *value)
{
    enum channel channel;
    if (strncmp(section, "channel.", 8) == 0 && channel_parse(str_of(section + 8), &channel))
        return in_channel(c, channel, key, value);
    if (strcmp(section, "limits") == 0)
        return in_limits(c, key, value);
    const struct item *item = item_of(section, key);
    if (item == NULL)
        return (struct config_verdict){.known = false};
    return (struct config_verdict){.known = true,
                                   .good = item->set((char *)c + item->offset, item, value),
                                   .secret = item->set == set_pin || item->set == refuse_pin,
                                   .want = item->want};
}

void config_keys_default(struct config *c)
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
