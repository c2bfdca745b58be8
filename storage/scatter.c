#include "storage/scatter.h"

#include <assert.h>
#include <string.h>

static struct key recent_key(enum table table, struct bytes key)
{
    struct key k = {.n = 0};
    assert(key.n < KEY_BYTES);
    key_add_u8(&k, (uint8_t)table);
    memcpy(k.b + k.n, key.p, key.n);
    k.n += key.n;
    return k;
}

bool scatter_get(struct txn *txn, enum table table, struct bytes key, struct bytes *value)
{
    struct key recent = recent_key(table, key);
    return txn_get(txn, TABLE_RECENT, key_bytes(&recent), value) || txn_get(txn, table, key, value);
}

void scatter_put(struct txn *txn, enum table table, struct bytes key, struct bytes value)
{
    struct key recent = recent_key(table, key);
    txn_put(txn, TABLE_RECENT, key_bytes(&recent), value);
}

void scatter_del(struct txn *txn, enum table table, struct bytes key)
{
    struct key recent = recent_key(table, key);
    txn_del(txn, TABLE_RECENT, key_bytes(&recent));
    txn_del(txn, table, key);
}

static void settle_one(struct txn *txn, struct bytes key, struct bytes value)
{
    const uint8_t *p = key.p;
    assert(key.n > 1 && p[0] < TABLE_COUNT);
    txn_put(txn, (enum table)p[0], (struct bytes){p + 1, key.n - 1}, value);
}

void scatter_settle(struct txn *txn)
{
    if (txn_entries(txn, TABLE_RECENT) < SCATTER_RECENT)
        return;
    struct scan s = scan_begin(txn, TABLE_RECENT, (struct bytes){0}, false);
    while (scan_next(&s)) {
        settle_one(txn, s.key, s.value);
        scan_del(&s);
    }
    scan_end(&s);
}
