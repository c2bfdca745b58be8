/* The configuration file, read whole and checked before anything starts (docs/control-api.md). The
 * only doorman of inih.
 */
#ifndef EDGE_CONFIG_H
#define EDGE_CONFIG_H

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

/* Beside the file: *.conf in it are read after the file, in the order of their names, and what
 * stands there goes over what the file says. For `poshubctl init` and for tools that keep a fleet.
 */
#define CONFIG_PARTS "conf.d"
/* Fills *out with the defaults, then with the file and its parts. On failure `why` (CONFIG_WHY
 * bytes) is one line "FILE:LINE: what is wrong", or "FILE: .." where no line is to blame. */
enum ph_err config_read(const char *path, struct config *out, char *why);
/* The same as if `text` stood in the part of that name, which is not there yet; the file itself may
 * be missing, too. */
enum ph_err config_read_with(const char *path, const char *part, const char *text,
                             struct config *out, char *why);
/* NULL: the key takes this value. Else what it would take. The section has this key. */
const char *config_expects(const char *section, const char *key, const char *value);
/* Where the store's keys and certificates are: what it says, else "secret" beside data_dir. */
void config_secret_dir(const struct config *config, char out[CONFIG_PATH]);

#endif
