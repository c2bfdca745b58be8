#include "edge/books/device.h"

#include <assert.h>

#define DEVICE_BYTES 1024 /* sixteen stations, name, account and a password line: about 700 */

/* The id is in the key, and in the value as well: a value alone is a whole device. */
void device_fields(struct pack *p, struct device_row *d)
{
    pack_str(p, &d->id, LIMIT_DEVICE_ID);
    pack_str(p, &d->name, LIMIT_NAME);
    pack_str(p, &d->account, LIMIT_NAME);
    pack_enum(p, &d->role);
    pack_u32(p, &d->channels);
    pack_count(p, &d->n_stations, LIMIT_STATIONS);
    for (uint16_t i = 0; i < d->n_stations; i++)
        pack_str(p, &d->stations[i], LIMIT_STATION);
    pack_str(p, &d->password_line, PASSWORD_LINE);
    pack_i64(p, &d->added_at_ms);
}

bool device_unpack(struct bytes packed, struct device_row *out)
{
    struct pack p;
    pack_reader(&p, packed.p, packed.n);
    *out = (struct device_row){.id = STR("")};
    device_fields(&p, out);
    return pack_done(&p) && (unsigned)out->role < ROLE_COUNT;
}

bool device_load(struct txn *txn, struct str id, struct device_row *out)
{
    if (id.n > LIMIT_DEVICE_ID)
        return false;
    struct key key = key_text(id);
    struct bytes value;
    if (!txn_get(txn, TABLE_DEVICE, key_bytes(&key), &value))
        return false;
    if (device_unpack(value, out) && str_eq(out->id, id))
        return true;
    txn_set_bad(txn, TABLE_DEVICE, key_bytes(&key));
    return false;
}

void device_save(struct txn *txn, const struct device_row *d)
{
    struct key key = key_text(d->id);
    struct device_row copy = *d;
    uint8_t buf[DEVICE_BYTES];
    struct pack p;
    pack_writer(&p, buf, sizeof buf);
    device_fields(&p, &copy);
    assert(pack_ok(&p));
    txn_put(txn, TABLE_DEVICE, key_bytes(&key), (struct bytes){buf, p.at});
}
