#include "proto/pack.h"

#include <string.h>

void pack_writer(struct pack *p, void *buf, size_t cap)
{
    *p = (struct pack){.w = buf, .end = cap, .writing = true};
}

void pack_reader(struct pack *p, const void *buf, size_t n)
{
    *p = (struct pack){.r = buf, .end = n};
}

bool pack_ok(const struct pack *p)
{
    return !p->bad;
}

bool pack_done(const struct pack *p)
{
    return !p->bad && p->at == p->end;
}

/* True when n more bytes are there; else the pack is bad from now on. */
static inline bool room(struct pack *p, size_t n)
{
    if (!p->bad && p->end - p->at >= n)
        return true;
    p->bad = true;
    return false;
}

static inline void put_byte(struct pack *p, uint8_t byte)
{
    if (room(p, 1))
        p->w[p->at++] = byte;
}

static inline uint8_t get_byte(struct pack *p)
{
    return room(p, 1) ? p->r[p->at++] : 0;
}

static void put_varint(struct pack *p, uint64_t v)
{
    while (v >= 0x80) {
        put_byte(p, (uint8_t)(v | 0x80));
        v >>= 7;
    }
    put_byte(p, (uint8_t)v);
}

/* Only the shortest form of a number is accepted, so that equal records have equal bytes. */
static uint64_t get_long_varint(struct pack *p, uint64_t v)
{
    for (unsigned shift = 7; shift < 64; shift += 7) {
        uint8_t byte = get_byte(p);
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            bool overlong = byte == 0 || (shift == 63 && byte > 1);
            p->bad = p->bad || overlong;
            return p->bad ? 0 : v;
        }
    }
    p->bad = true;
    return 0;
}

static inline uint64_t get_varint(struct pack *p)
{
    uint8_t byte = get_byte(p);
    return byte < 0x80 ? byte : get_long_varint(p, byte & 0x7f);
}

/* A number within 0..max, in either direction. */
static inline uint64_t bounded(struct pack *p, uint64_t v, uint64_t max)
{
    if (!p->writing)
        v = get_varint(p);
    if (v > max) {
        p->bad = true;
        return 0;
    }
    if (p->writing)
        put_varint(p, v);
    return v;
}

static inline uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static inline int64_t unzigzag(uint64_t u)
{
    return (int64_t)((u >> 1) ^ (u & 1 ? UINT64_MAX : 0));
}

void pack_i64(struct pack *p, int64_t *v)
{
    if (p->writing)
        put_varint(p, zigzag(*v));
    else
        *v = unzigzag(get_varint(p));
}

void pack_u64(struct pack *p, uint64_t *v)
{
    if (p->writing)
        put_varint(p, *v);
    else
        *v = get_varint(p);
}

void pack_u32(struct pack *p, uint32_t *v)
{
    uint64_t u = bounded(p, p->writing ? *v : 0, UINT32_MAX);
    if (!p->writing)
        *v = (uint32_t)u;
}

void pack_u16(struct pack *p, uint16_t *v)
{
    pack_count(p, v, UINT16_MAX);
}

void pack_u8(struct pack *p, uint8_t *v)
{
    if (p->writing)
        put_byte(p, *v);
    else
        *v = get_byte(p);
}

void pack_bool(struct pack *p, bool *v)
{
    uint64_t u = bounded(p, p->writing ? *v : 0, 1);
    if (!p->writing)
        *v = u == 1;
}

static void get_str(struct pack *p, struct str *v, size_t max)
{
    size_t n = (size_t)bounded(p, 0, max);
    *v = STR("");
    if (room(p, n)) {
        *v = (struct str){(const char *)p->r + p->at, n};
        p->at += n;
    }
}

void pack_str(struct pack *p, struct str *v, size_t max)
{
    if (!p->writing) {
        get_str(p, v, max);
        return;
    }
    bounded(p, v->n, max);
    if (room(p, v->n) && v->n > 0) {
        memcpy(p->w + p->at, v->p, v->n);
        p->at += v->n;
    }
}

void pack_bytes(struct pack *p, void *fixed, size_t n)
{
    bool there = room(p, n);
    if (!there && !p->writing)
        memset(fixed, 0, n);
    if (!there || n == 0)
        return;
    if (p->writing)
        memcpy(p->w + p->at, fixed, n);
    else
        memcpy(fixed, p->r + p->at, n);
    p->at += n;
}

void pack_count(struct pack *p, uint16_t *n, uint16_t max)
{
    uint64_t u = bounded(p, p->writing ? *n : 0, max);
    if (!p->writing)
        *n = (uint16_t)u;
}
