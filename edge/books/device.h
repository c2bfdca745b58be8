/* One device of the store, as the hub knows it. The table behind the broker's password and ACL
 * files. */
#ifndef BOOKS_DEVICE_H
#define BOOKS_DEVICE_H

#include "proto/arena.h"
#include "proto/limits.h"
#include "proto/pack.h"
#include "storage/store.h"

#define PASSWORD_LINE 256
struct device_row {
    struct str id, name, account; /* account: whose share of the rate limits it uses */
    enum role role;
    uint32_t channels; /* bit per enum channel; pos only, others use their role's */
    struct str stations[LIMIT_STATIONS];
    uint16_t n_stations;
    struct str password_line; /* as in mosquitto's password file; the password itself is not kept */
    int64_t added_at_ms;
};
void device_fields(struct pack *p, struct device_row *d);
bool device_load(struct txn *txn, struct str id, struct device_row *out);
bool device_unpack(struct bytes packed, struct device_row *out);
void device_save(struct txn *txn, const struct device_row *d);

#endif
