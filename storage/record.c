#include "storage/record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/crc32c.h"
#include "proto/crypto.h"

#define BLAME_KEY_BYTES 40

static const struct {
    const char *name;
    uint8_t version;
} TABLES[TABLE_COUNT] = {
#define X(e, name, version) [e] = {name, version},
    TABLE_LIST(X)
#undef X
};

const char *table_name(enum table t)
{
    return (unsigned)t < TABLE_COUNT ? TABLES[t].name : "?";
}

static uint32_t record_crc(enum table table, struct bytes key, struct bytes value)
{
    uint8_t head[2 + RECORD_KEY_MAX];
    assert(key.n <= RECORD_KEY_MAX);
    head[0] = (uint8_t)table;
    head[1] = TABLES[table].version;
    memcpy(head + 2, key.p, key.n);
    return crc32c(crc32c(0, head, 2 + key.n), value.p, value.n);
}

void record_write(enum table table, struct bytes key, struct bytes value, uint8_t *out)
{
    uint32_t crc = record_crc(table, key, value);
    out[0] = TABLES[table].version;
    out[1] = (uint8_t)crc;
    out[2] = (uint8_t)(crc >> 8);
    out[3] = (uint8_t)(crc >> 16);
    out[4] = (uint8_t)(crc >> 24);
    if (value.n > 0)
        memcpy(out + RECORD_HEAD, value.p, value.n);
}

const char *record_read(enum table table, struct bytes key, struct bytes raw, struct bytes *value)
{
    const uint8_t *p = raw.p;
    if (raw.n < RECORD_HEAD)
        return "too short";
    if (p[0] != TABLES[table].version)
        return "unknown version";
    uint32_t crc =
        (uint32_t)p[1] | (uint32_t)p[2] << 8 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 24;
    struct bytes payload = {p + RECORD_HEAD, raw.n - RECORD_HEAD};
    if (crc != record_crc(table, key, payload))
        return "checksum does not match";
    *value = payload;
    return NULL;
}

static bool key_is_printable(struct bytes key)
{
    const uint8_t *p = key.p;
    for (size_t i = 0; i < key.n; i++)
        if (p[i] <= ' ' || p[i] > '~')
            return false;
    return true;
}

void record_blame(enum table table, struct bytes key, const char *what, char *out, size_t out_n)
{
    char text[2 * BLAME_KEY_BYTES + 1];
    size_t n = key.n < BLAME_KEY_BYTES ? key.n : BLAME_KEY_BYTES;
    if (key_is_printable(key)) {
        memcpy(text, key.p, n);
    } else {
        hex_encode(key.p, n, text);
        n *= 2;
    }
    snprintf(out, out_n, "table %s, key %.*s: %s", table_name(table), (int)n, text, what);
}
