/* doctor: what is wrong with this box, the cause first, and what to do about it.
 *
 * Each check is a function of its own that runs in a thread of its own and knows nothing of the
 * others; it has until DOCTOR_CHECK_MS. One that is not back then is reported as such and left
 * behind. So the hub, the broker and the center may be dead or hang: what can be looked at without
 * them is looked at.
 *
 * What is read of the store is read by children (doctor/reader.h), because a damaged file may end
 * the process that reads it.
 */
#ifndef POSHUBCTL_DOCTOR_H
#define POSHUBCTL_DOCTOR_H

#include <pthread.h>

#include "edge/backup_file.h"
#include "proto/json.h"
#include "tools/poshubctl/ctl.h"
#include "tools/poshubctl/doctor/reader.h"
#include "tools/poshubctl/http.h"

#define DOCTOR_CHECK_MS  2500 /* a technician waits for three seconds and not for ten */
#define DOCTOR_STATUS_MS 1800 /* of that, for the hub's status: others look at it after it */
#define DOCTOR_READ_MS   2200 /* for what a child reads */
#define DOCTOR_KNOCK_MS  1500 /* a broker on the same box answers in one */
#define DOCTOR_TEXT      280
#define DOCTOR_NEXT      200
#define DOCTOR_PATH      320

/* In the order in which they are told, when none is the cause of another (doctor/order.h).
 * X(enum, name, function) */
#define DOCTOR_LIST(X)                                                                             \
    X(CHECK_CONFIG, "config", check_config)                                                        \
    X(CHECK_DISK, "disk", check_disk)                                                              \
    X(CHECK_WEAR, "wear", check_wear)                                                              \
    X(CHECK_STORE, "store data", check_store)                                                      \
    X(CHECK_MAP, "map room", check_map)                                                            \
    X(CHECK_CLOCK, "clock", check_clock)                                                           \
    X(CHECK_ZONE, "time zone", check_zone)                                                         \
    X(CHECK_HUB, "hub", check_hub)                                                                 \
    X(CHECK_ADDRESS, "lan address", check_address)                                                 \
    X(CHECK_BROKER, "broker", check_broker)                                                        \
    X(CHECK_CLIENT_ID, "client-id lock", check_client_id)                                          \
    X(CHECK_RIGHTS, "rights", check_rights)                                                        \
    X(CHECK_BACKUP, "backup", check_backup)                                                        \
    X(CHECK_CERTIFICATE, "certificate", check_certificate)                                         \
    X(CHECK_NAME, "cloud name", check_name)                                                        \
    X(CHECK_HTTPS, "cloud https", check_https)                                                     \
    X(CHECK_MQTT, "cloud mqtt", check_mqtt)                                                        \
    X(CHECK_LINK, "stuck link", check_link)                                                        \
    X(CHECK_QUEUE, "queue", check_queue)                                                           \
    X(CHECK_DEVICES, "devices", check_devices)                                                     \
    X(CHECK_VERSIONS, "versions", check_versions)

enum doctor_check {
#define X(e, name, run) e,
    DOCTOR_LIST(X)
#undef X
        DOCTOR_CHECKS
};
extern const char *const DOCTOR_NAMES[DOCTOR_CHECKS];

enum doctor_state { DOCTOR_OK, DOCTOR_SKIP, DOCTOR_WARN, DOCTOR_FAIL };
enum doctor_fix { FIX_NONE, FIX_START_HUB, FIX_START_BROKER, FIX_RELOAD_BROKER, FIX_DROP_PART };

struct finding {
    enum doctor_state state;
    const char *code; /* static, of docs/control-api.md; NULL: all is well */
    char text[DOCTOR_TEXT], next[DOCTOR_NEXT];
    enum doctor_fix fix;
    int64_t took_ms;
};
/* How a check says what it found; the last word counts. `next` NULL: nothing to be done. */
__attribute__((format(printf, 2, 3))) void found_ok(struct finding *f, const char *format, ...);
__attribute__((format(printf, 2, 3))) void found_skip(struct finding *f, const char *format, ...);
__attribute__((format(printf, 3, 4))) void found_warn(struct finding *f, const char *code,
                                                      const char *format, ...);
__attribute__((format(printf, 3, 4))) void found_fail(struct finding *f, const char *code,
                                                      const char *format, ...);
__attribute__((format(printf, 2, 3))) void found_next(struct finding *f, const char *format, ...);

/* What the checks share. All but the hub's answer is there before the first of them begins. */
struct doctor {
    struct http *http; /* of the hub check alone */
    const char *config_path;
    bool has_config;
    char config_why[CONFIG_WHY];
    char config_hidden[CONFIG_WHY]; /* the part that was left out; or empty (edge/config.h) */
    bool may_look;                  /* into data_dir */
    struct config config; /* where it cannot be read: the defaults, as far as the file was read */
    char socket[DOCTOR_PATH], broker_dir[DOCTOR_PATH], broker_socket[DOCTOR_PATH];
    struct reader store, backup;
    struct backup_file newest;   /* name "": there is none */
    char backups_why[STORE_WHY]; /* why nobody knows; "": they were looked at */
    int64_t began_ms;

    pthread_mutex_t store_lock;
    bool store_known, store_alive;
    struct reader_view view;

    pthread_mutex_t lock;
    pthread_cond_t heard;
    bool asked; /* the hub has answered, or will not any more */
    enum http_result answer;
    char answer_why[DOCTOR_TEXT];
    struct json *status; /* NULL without an answer */
    int64_t answer_ms;
};
/* CLOCK_MONOTONIC; the wall clock; both in ms. */
int64_t doctor_mono_ms(void);
int64_t doctor_wall_ms(void);
/* The configuration is there and we may look at the files it names. False: *f says which is not. */
bool doctor_may_look(const struct doctor *d, struct finding *f);
/* What the child has read of the store, waited for until shortly before the deadline. False: the
 * child died of it; *out is what it had said. */
bool doctor_store(struct doctor *d, struct reader_view *out);
/* The hub's status, once it is known; NULL: it does not answer. */
const struct json *doctor_status(struct doctor *d);
/* One of its faults, by code; NULL: it has none such. */
const struct json *doctor_fault(struct doctor *d, const char *code);

typedef void doctor_run(struct doctor *d, struct finding *f);
#define X(e, name, run) doctor_run run;
DOCTOR_LIST(X)
#undef X

#endif
