#include "storage/key.h"

#include <assert.h>
#include <string.h>

struct key key_u64(uint64_t v)
{
    struct key k;
    k.n = 0;
    key_add_u64(&k, v);
    return k;
}

struct key key_text(struct str v)
{
    struct key k;
    assert(v.n <= KEY_BYTES);
    memcpy(k.b, v.p, v.n);
    k.n = v.n;
    return k;
}

static void key_add(struct key *k, uint64_t v, size_t bytes)
{
    assert(k->n + bytes <= KEY_BYTES);
    for (size_t i = bytes; i-- > 0; v >>= 8)
        k->b[k->n + i] = (uint8_t)v;
    k->n += bytes;
}

void key_add_u8(struct key *k, uint8_t v)
{
    key_add(k, v, 1);
}

void key_add_u32(struct key *k, uint32_t v)
{
    key_add(k, v, 4);
}

void key_add_u64(struct key *k, uint64_t v)
{
    key_add(k, v, 8);
}

void key_add_text(struct key *k, struct str v)
{
    assert(k->n + v.n + 1 <= KEY_BYTES);
    memcpy(k->b + k->n, v.p, v.n);
    k->n += v.n;
    k->b[k->n++] = 0;
}

struct bytes key_bytes(const struct key *k)
{
    return (struct bytes){k->b, k->n};
}

static uint64_t key_get(const uint8_t *p, size_t bytes)
{
    uint64_t v = 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

uint32_t key_get_u32(const void *p)
{
    return (uint32_t)key_get(p, 4);
}

uint64_t key_get_u64(const void *p)
{
    return key_get(p, 8);
}
