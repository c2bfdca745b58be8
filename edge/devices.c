#include "edge/devices.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/topic.h"

/* ---- the list ---- */

static size_t place_of(const struct devices *d, struct str id)
{
    size_t low = 0, high = d->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (str_cmp(d->list[mid]->row.id, id) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct device *devices_find(const struct devices *d, struct str id)
{
    size_t i = place_of(d, id);
    return i < d->n && str_eq(d->list[i]->row.id, id) ? d->list[i] : NULL;
}

static enum ph_err list_insert(struct devices *d, struct device *device)
{
    struct device **list = realloc(d->list, (d->n + 1) * sizeof(*list));
    if (list == NULL)
        return PH_ERR_MEMORY;
    d->list = list;
    size_t at = place_of(d, device->row.id);
    memmove(list + at + 1, list + at, (d->n - at) * sizeof(*list));
    list[at] = device;
    d->n++;
    return PH_OK;
}

static void device_free(struct device *device)
{
    recall_clear(&device->recall);
    free(device->packed);
    free(device);
}

static struct account *account_of(struct devices *d, struct str name)
{
    for (size_t i = 0; i < d->n_accounts; i++) {
        if (str_eq(str_of(d->accounts[i]->name), name))
            return d->accounts[i];
    }
    struct account **all = realloc(d->accounts, (d->n_accounts + 1) * sizeof(*all));
    if (all == NULL)
        return NULL;
    d->accounts = all;
    struct account *account = calloc(1, sizeof(*account));
    if (account == NULL)
        return NULL;
    memcpy(account->name, name.p, name.n < LIMIT_NAME ? name.n : LIMIT_NAME);
    all[d->n_accounts++] = account;
    return account;
}

/* ---- the hub's own ---- */

void device_password(char out[PASSWORD_CHARS + 1])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t random[PASSWORD_CHARS];
    random_bytes(random, sizeof(random));
    for (size_t i = 0; i < PASSWORD_CHARS; i++)
        out[i] = digits[random[i] % 32];
    out[PASSWORD_CHARS] = 0;
}

bool device_password_line(struct str id, struct str password, char out[PASSWORD_LINE])
{
    uint8_t salt[12];
    random_bytes(salt, sizeof(salt));
    size_t n = password_line(id, password, salt, out, PASSWORD_LINE - 1);
    out[n] = 0;
    return n > 0;
}

static enum ph_err probe_add(struct devices *d, enum role role)
{
    struct probe_secret *secret = &d->probes[role];
    struct device *device = calloc(1, sizeof(*device));
    char *id = malloc(LIMIT_DEVICE_ID + 1);
    if (device == NULL || id == NULL) {
        free(device);
        free(id);
        return PH_ERR_MEMORY;
    }
    snprintf(id, LIMIT_DEVICE_ID + 1, PROBE_PREFIX "%s", role_name(role));
    device->packed = id;
    device->probe = true;
    device_password(secret->password);
    if (!device_password_line(str_of(id), str_of(secret->password), secret->line)) {
        device_free(device);
        return PH_ERR_LIMIT;
    }
    device->row = (struct device_row){.id = str_of(id),
                                      .account = STR(PROBE_PREFIX),
                                      .role = role,
                                      .stations = {STR(PROBE_STATION)},
                                      .n_stations = role == ROLE_KDS,
                                      .password_line = str_of(secret->line)};
    device->account = account_of(d, device->row.account);
    enum ph_err err = device->account != NULL ? list_insert(d, device) : PH_ERR_MEMORY;
    if (err != PH_OK)
        device_free(device);
    return err;
}

enum ph_err devices_init(struct devices *d)
{
    *d = (struct devices){0};
    enum ph_err err = PH_OK;
    for (enum role role = ROLE_POS; role < ROLE_ADMIN && err == PH_OK; role++)
        err = probe_add(d, role);
    return err;
}

void devices_fini(struct devices *d)
{
    for (size_t i = 0; i < d->n; i++)
        device_free(d->list[i]);
    for (size_t i = 0; i < d->n_accounts; i++)
        free(d->accounts[i]);
    free(d->list);
    free(d->accounts);
    *d = (struct devices){0};
}

/* ---- the table ---- */

static enum ph_err device_update(struct devices *d, struct device *device, struct bytes packed)
{
    if (device->packed_n == packed.n && memcmp(device->packed, packed.p, packed.n) == 0)
        return PH_OK;
    struct device_row row;
    void *copy = malloc(packed.n);
    if (copy == NULL)
        return PH_ERR_MEMORY;
    memcpy(copy, packed.p, packed.n);
    if (!device_unpack((struct bytes){copy, packed.n}, &row)) {
        free(copy);
        return PH_ERR_BAD_RECORD;
    }
    free(device->packed);
    device->packed = copy;
    device->packed_n = packed.n;
    device->row = row;
    device->account = account_of(d, row.account);
    return device->account != NULL ? PH_OK : PH_ERR_MEMORY;
}

static enum ph_err device_take(struct devices *d, struct str id, struct bytes packed)
{
    struct device *device = devices_find(d, id);
    if (device != NULL) {
        device->seen = true;
        return device_update(d, device, packed);
    }
    device = calloc(1, sizeof(*device));
    if (device == NULL)
        return PH_ERR_MEMORY;
    enum ph_err err = device_update(d, device, packed);
    if (err == PH_OK)
        err = list_insert(d, device);
    if (err != PH_OK)
        device_free(device);
    else
        device->seen = true;
    return err;
}

static void drop_unseen(struct devices *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (d->list[i]->seen || d->list[i]->probe)
            d->list[kept++] = d->list[i];
        else
            device_free(d->list[i]);
    }
    d->n = kept;
}

enum ph_err devices_reload(struct devices *d, struct txn *txn)
{
    enum ph_err err = PH_OK;
    for (size_t i = 0; i < d->n; i++)
        d->list[i]->seen = false;
    struct scan s = scan_begin(txn, TABLE_DEVICE, (struct bytes){0}, false);
    s.skip_bad = true;
    while (err == PH_OK && scan_next(&s))
        err = device_take(d, (struct str){s.key.p, s.key.n}, s.value);
    scan_end(&s);
    if (err == PH_OK)
        err = txn_error(txn);
    if (err == PH_OK)
        drop_unseen(d);
    return err;
}

bool device_awaited(const struct device *d, int64_t wall_ms)
{
    return !d->probe && !d->online && !d->met && d->last_seen_ms == 0 &&
           wall_ms - d->row.added_at_ms < DEVICE_NEW_MS;
}

size_t devices_count(const struct devices *d, size_t *online)
{
    size_t known = 0;
    *online = 0;
    for (size_t i = 0; i < d->n; i++) {
        known += !d->list[i]->probe;
        *online += !d->list[i]->probe && d->list[i]->online;
    }
    return known;
}

/* ---- one device ---- */

uint32_t device_channels(const struct device_row *row)
{
    enum channel own = role_channel(row->role);
    uint32_t bits = own < CHANNEL_COUNT ? 1u << own : 0;
    return row->role == ROLE_POS ? bits | row->channels : bits;
}

void device_caller(const struct device *d, struct arena *arena, struct caller *out)
{
    *out = (struct caller){.device = arena_str(arena, d->row.id),
                           .role = d->row.role,
                           .channels = device_channels(&d->row),
                           .n_stations = d->row.n_stations};
    for (uint16_t i = 0; i < d->row.n_stations; i++)
        out->stations[i] = arena_str(arena, d->row.stations[i]);
}

static bool starts_with(struct str v, struct str start)
{
    return v.n >= start.n && memcmp(v.p, start.p, start.n) == 0;
}

bool device_id_free(struct str id)
{
    return id_is_device(id) && !starts_with(id, STR(PROBE_PREFIX)) &&
           !starts_with(id, STR(GUEST_PREFIX)) && !starts_with(id, STR("poshub"));
}
