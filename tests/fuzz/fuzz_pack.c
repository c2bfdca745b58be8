/* A record that is read without an error is written as the very bytes it was read from. The first
 * bytes of the input choose which fields it has.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIELDS 16

union field {
    int64_t i64;
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;
    uint8_t u8;
    bool flag;
    enum event_kind kind;
    uint8_t fixed[12];
    struct str text;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void one_field(struct pack *p, union field *f, uint8_t choice)
{
    switch (choice % 10) {
    case 0:
        pack_i64(p, &f->i64);
        return;
    case 1:
        pack_u64(p, &f->u64);
        return;
    case 2:
        pack_u32(p, &f->u32);
        return;
    case 3:
        pack_u16(p, &f->u16);
        return;
    case 4:
        pack_u8(p, &f->u8);
        return;
    case 5:
        pack_bool(p, &f->flag);
        return;
    case 6:
        pack_enum(p, &f->kind);
        return;
    case 7:
        pack_bytes(p, f->fixed, choice / 10 % sizeof f->fixed);
        return;
    case 8:
        pack_str(p, &f->text, choice);
        return;
    default:
        pack_count(p, &f->u16, choice);
        return;
    }
}

static void record(struct pack *p, union field *fields, const uint8_t choices[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++)
        one_field(p, &fields[i], choices[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    union field fields[FIELDS];
    struct pack r, w;
    if (size < FIELDS)
        return 0;
    memset(fields, 0xee, sizeof fields);
    pack_reader(&r, data + FIELDS, size - FIELDS);
    record(&r, fields, data);
    must(r.at <= r.end);
    if (!pack_ok(&r))
        return 0;
    uint8_t *buf = malloc(r.at + 1);
    must(buf != NULL);
    pack_writer(&w, buf, r.at);
    record(&w, fields, data);
    must(pack_ok(&w) && w.at == r.at && memcmp(buf, data + FIELDS, r.at) == 0);
    free(buf);
    return 0;
}
