/* One device of the store: who it is, what it waits for and what it knows. What it does is in
 * connection.h, request.h and held.h. */
#ifndef STORESIM_DEVICE_H
#define STORESIM_DEVICE_H

#include "proto/topic.h"
#include "tools/storesim/mqtt.h"
#include "tools/storesim/sim.h"

#define TAG_TEXT 9
struct at {
    struct position position;
    char tag[TAG_TEXT];
};
struct device_entry {
    char *id, *password;
    enum role role;
    char *stations[LIMIT_STATIONS];
    size_t n_stations;
};
struct device_events;
struct device {
    struct sim *sim;
    struct device_entry entry;
    const struct device_events *events;
    struct mqtt_link *link;
    char prefix[5]; /* of its req_ids and order_ids: 4 random base32 characters */
    uint64_t next_req, next_order;
    struct at seen;              /* the highest it was shown; epoch 0: none yet */
    struct map requests;         /* req_id -> request, waiting for the final reply */
    struct map answered;         /* req_id -> first final reply */
    struct map held;             /* topic -> newest state */
    uint32_t held_round;         /* of reading everything: entries of an older one are gone */
    struct position snapshot_at; /* of its first page; epoch 0: not yet */
    int64_t hub_boot;
};

/* What the role makes of what it reads. */
struct device_events {
    /* newest state of a retained topic, payload NULL: cleared; may be NULL */
    void (*state)(struct device *d, const struct topic *topic, const struct json *payload,
                  struct position at);
};

/* A fresh order id of the device. */
void device_order_id(struct device *d, char out[LIMIT_ORDER_ID + 1]);
/* Was it made by a device of this run? */
bool device_made_order(const struct sim *sim, struct str order_id);
/* The n-th of a role, counting round; NULL: there is none. */
struct device *device_of_role(const struct sim *sim, enum role role, size_t n);
size_t device_count(const struct sim *sim, enum role role);

/* "at" of a payload or reply; false: missing or malformed, *out untouched. */
bool at_read(const struct json *object, struct at *out);

#endif
