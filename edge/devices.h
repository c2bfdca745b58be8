/* The devices of the store in memory: the table's rows, and what only this run knows of each (is it
 * there, its rate limit, its refusals). The hub's own probe users stand among them.
 */
#ifndef EDGE_DEVICES_H
#define EDGE_DEVICES_H

#include "edge/books/device.h"
#include "edge/limits.h"
#include "edge/override.h"
#include "edge/recall.h"
#include "proto/command.h"

#define PROBE_PREFIX   "probe-"
#define GUEST_PREFIX   "pair-" /* who is being paired, on the broker */
#define PROBE_STATION  "probe"
#define DEVICE_NEW_MS  86400000 /* devices are added a day before they are put up */
#define PASSWORD_CHARS 24       /* of the passwords made here: 120 random bits in base32 */

struct account {
    char name[LIMIT_NAME + 1];
    struct bucket bucket;
};
struct device {
    struct device_row row; /* its text lies in `packed` */
    void *packed;
    size_t packed_n;
    bool probe, seen; /* seen: still in the table, while reloading */
    bool online;
    bool met;             /* the broker has kept a word of it: it has been there */
    int64_t last_seen_ms; /* Unix time; 0: not since the start */
    struct account *account;
    struct bucket bucket;
    struct recall recall;
    struct override_tries override;
    uint32_t with_writer; /* its requests that the writer has not answered */
};
struct probe_secret {
    char password[PASSWORD_CHARS + 1], line[PASSWORD_LINE];
};
struct devices {
    struct device **list; /* sorted by id */
    size_t n;
    struct account **accounts; /* never forgotten: bounded by LIMIT_DEVICES names at a time */
    size_t n_accounts;
    struct probe_secret probes[ROLE_COUNT];
};

/* Makes the probe users with fresh secrets. Freed with devices_fini. */
enum ph_err devices_init(struct devices *d);
void devices_fini(struct devices *d);
/* Takes the table over; what this run knows of a device that stays is kept. Pointers to devices
 * that left are gone. On an error the list is as far as it came. */
enum ph_err devices_reload(struct devices *d, struct txn *txn);
struct device *devices_find(const struct devices *d, struct str id); /* NULL: unknown */
/* Added less than DEVICE_NEW_MS ago and not met yet: it may still lie in its box. */
bool device_awaited(const struct device *d, int64_t wall_ms);
/* Known devices without probes, and how many of them are online. */
size_t devices_count(const struct devices *d, size_t *online);

/* Who sends, copied into `arena` so that it outlives the device. */
void device_caller(const struct device *d, struct arena *arena, struct caller *out);
/* The channels a row may sell on, one bit each: its role's, and for a till those listed too. */
uint32_t device_channels(const struct device_row *row);
/* May a device be called so: a good id, and none of the hub's own names. */
bool device_id_free(struct str id);
/* PASSWORD_CHARS random characters and a NUL, and the line for the broker's file. */
void device_password(char out[PASSWORD_CHARS + 1]);
bool device_password_line(struct str id, struct str password, char out[PASSWORD_LINE]);

#endif
