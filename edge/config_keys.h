/* The keys of the configuration. Each is one row of a table: where it goes and how its text is
 * read. Channels and verb limits name the thing they are for, so they are looked up by it. Knows no
 * files; docs/control-api.md lists the keys for people.
 */
#ifndef EDGE_CONFIG_KEYS_H
#define EDGE_CONFIG_KEYS_H

#include "edge/books/books.h"
#include "edge/limits.h"
#include "edge/override.h"
#include "proto/err.h"
#include "proto/limits.h"
#include "proto/topic.h"

#define CONFIG_TEXT 64
#define CONFIG_PATH 90 /* a Unix socket below it must fit into 108 bytes */
#define CONFIG_WHY  256

/* "127.0.0.1:18830" taken apart; empty host: not configured. */
struct listen_address {
    char host[CONFIG_TEXT]; /* an IPv4 address in numbers */
    uint16_t port;
};
struct config {
    char brand_id[CONFIG_TEXT], poi_id[CONFIG_TEXT], name[LIMIT_NAME + 1];
    char timezone[CONFIG_TEXT]; /* empty: the box's */
    uint32_t day_start_min;     /* minutes after midnight, local time */
    bool auto_day_close;
    char data_dir[CONFIG_PATH], run_dir[CONFIG_PATH];
    uint32_t map_mib, alarm_percent, refuse_percent;
    uint32_t check_every_s;       /* between two looks at the fill level */
    char backup_dir[CONFIG_PATH]; /* empty: "backup" beside data_dir */
    uint32_t backup_keep;         /* the newest so many, and one a day of the last week */
    char change_group[CONFIG_TEXT], read_group[CONFIG_TEXT]; /* at the control socket */
    char broker_user[CONFIG_TEXT];
    struct listen_address plain, plain_websocket;
    struct listen_address tls, tls_websocket;
    char tls_names[128];          /* of the box, beside those it knows itself */
    uint32_t pair_window_s;       /* how long a device may take to pair */
    char secret_dir[CONFIG_PATH]; /* empty: "secret" beside data_dir */
    uint32_t max_queued;
    bool cloud_enabled;   /* with an empty cloud_url there is no cloud line anyway */
    char cloud_url[128];  /* "https://center.example:8443"; empty: none */
    char cloud_mqtt[128]; /* "mqtts://center.example:8883"; empty: nothing is pushed */
    char cloud_box_id[LIMIT_BOX_ID + 1];
    char cloud_ca[CONFIG_PATH], cloud_cert[CONFIG_PATH], cloud_key[CONFIG_PATH]; /* PEM files */
    struct override_rule override; /* whose PIN passes 1005 */
    char pin_shown_by[CONFIG_WHY]; /* the file that has it and that everybody may read; or empty */
    bool return_at_close;          /* the day's close gives selling rights back */
    uint32_t renew_mib;            /* the broker's memory, at a day's close */
    struct channel_setting channels[CHANNEL_COUNT];
    struct limits_config limits;
};

struct config_verdict {
    bool known;       /* there is such a key; where not, all else is false */
    bool good;        /* and the value was taken */
    bool secret;      /* the value must not be shown */
    const char *want; /* what would have been right: a phrase behind "expected" */
};
/* Sets one key of *c by its text. What is not good may be half set: the configuration is no use. */
struct config_verdict config_keys_set(struct config *c, const char *section, const char *key,
                                      const char *value);
bool config_keys_section(const char *name);
void config_keys_default(struct config *c);

#endif
