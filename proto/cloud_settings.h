/* What the center decides for a store's hub over its configuration: rate limits, and which channels
 * take orders. The one text is what a merchant
 * posts, what the center keeps, and what the hub reads in the answer to a hello or a batch:
 *
 *   {"rev":7,"limits":{"global":{"per_s":2000,"burst":4000},"account":{..},"device":{..},
 *    "verbs":{"order.list":{"per_s":20,"burst":40}}},
 *    "channels":{"KIOSK":{"open":true,"expiry_s":600}}}
 *
 * What is not said stays the hub's own. Members, verbs and channels that nobody here knows are
 * stepped over; one value out of its range refuses the whole, so that never half of it is in force.
 */
#ifndef PROTO_CLOUD_SETTINGS_H
#define PROTO_CLOUD_SETTINGS_H

#include "proto/field.h"

#define SETTING_RATE_MAX                                                                           \
    1000000                       /* per second, and of a burst: as in the hub's own configuration \
                                   */
#define SETTING_EXPIRY_MAX 604800 /* seconds an order may stay unpaid: a week, as there */

struct cloud_rate {
    bool said;
    uint32_t per_s, burst; /* per_s 0: no limit; burst then says nothing */
};
struct cloud_channel {
    bool has_open, open; /* false: no new order on it */
    bool has_expiry;
    uint32_t expiry_s; /* 0: never */
};
struct cloud_settings {
    uint64_t rev; /* rises with each change; 0: the center has none */
    struct cloud_rate global, account, device, verbs[VERB_COUNT];
    struct cloud_channel channels[CHANNEL_COUNT]; /* only of the hub's own */
};
/* One object. Says what is set, and rev. */
void cloud_settings_encode(struct jw *w, const struct cloud_settings *s);
/* CODE_OK, or 1010 with the field's path; a text without rev has rev 0. `v` NULL is refused. */
enum code cloud_settings_decode(const struct json *v, struct cloud_settings *out,
                                char path[FIELD_PATH]);

#endif
