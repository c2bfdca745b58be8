#include "proto/digest.h"
#include "proto/crypto.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct text {
    char *p;
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(t->p + t->n, DIGEST_TEXT - t->n, fmt, args);
    va_end(args);
    assert(n >= 0 && t->n + (size_t)n < DIGEST_TEXT);
    t->n += (size_t)n;
}

static void put_stamp(struct text *t, struct stamp s)
{
    put(t, "%" PRId64 ".%u.%u", s.l_ms, s.c, s.origin);
}

static char mode_letter(enum stock_mode m)
{
    return m == MODE_STRICT ? 'S' : 'L';
}

static char policy_letter(enum channel_policy p)
{
    static const char letters[] = "SCHWR";
    return p <= POLICY_RESERVED ? letters[p] : '?';
}

static void put_counters(struct text *t, const struct stock_row *r)
{
    put(t, "%.*s=%" PRId64 ",%" PRId64 ",%" PRId64, (int)r->base_id.n, r->base_id.p, r->base_t,
        r->base_h_t, r->base_c_t);
    put(t, "|%" PRId64 ",%" PRId64, r->h_t, r->c_t);
    put(t, "|%" PRId64 ",%" PRId64, r->lh_t, r->lc_t);
    put(t, "|%" PRId64 ",%" PRId64, r->gr_t, r->xr_t);
}

static void put_registers(struct text *t, const struct stock_row *r)
{
    put(t, "|");
    put_stamp(t, r->status_stamp);
    put(t, "=%d|", (int)r->status);
    put_stamp(t, r->plan_stamp);
    put(t, "=%d,%" PRId64 ",%d,%" PRId64 "|", (int)r->type, r->plan_t, r->auto_restore,
        r->restore_at_ms);
    put_stamp(t, r->policy_stamp);
    put(t, "=%c,%c|", mode_letter(r->mode), policy_letter(r->policy));
}

static bool says_something(const struct stock_channel *c)
{
    return c->stamp.l_ms || c->stamp.c || c->stamp.origin || c->status != STATUS_ON_SALE ||
           c->type != STOCK_UNLIMITED || c->weight || c->reserve_t;
}

static void put_channel(struct text *t, const struct stock_channel *c)
{
    put(t, "%.*s:", (int)c->code.n, c->code.p);
    put_stamp(t, c->stamp);
    int64_t cap_t = c->type == STOCK_LIMITED ? c->limit_t : 0;
    put(t, "=%d,%d,%" PRId64 ",%u,%" PRId64 ";", (int)c->status, (int)c->type, cap_t, c->weight,
        c->reserve_t);
}

/* The next code after `last` in byte order, or NULL. */
static const struct stock_channel *channel_after(const struct stock_row *r,
                                                 const struct stock_channel *last)
{
    const struct stock_channel *next = NULL;
    for (uint16_t i = 0; i < r->n_channels; i++) {
        const struct stock_channel *c = &r->channels[i];
        if (c->deleted || !says_something(c) || (last && str_cmp(c->code, last->code) <= 0))
            continue;
        if (!next || str_cmp(c->code, next->code) < 0)
            next = c;
    }
    return next;
}

size_t digest_text(const struct stock_row *r, char out[DIGEST_TEXT])
{
    struct text t = {out, 0};
    put(&t, "v1|%d|%" PRId64 "|", (int)r->object.type, r->object.id);
    put_counters(&t, r);
    put_registers(&t, r);
    for (const struct stock_channel *c = channel_after(r, NULL); c; c = channel_after(r, c))
        put_channel(&t, c);
    return t.n;
}

uint64_t digest_row(const struct stock_row *r)
{
    char text[DIGEST_TEXT];
    uint8_t hash[SHA256_BYTES];
    sha256(text, digest_text(r, text), hash);
    uint64_t first = 0;
    for (int i = 0; i < 8; i++)
        first = first << 8 | hash[i];
    return first;
}

bool digest_counts(const struct stock_row *r)
{
    return !stock_is_plain(r);
}

void digest_format(uint64_t digest, char out[DIGEST_HEX])
{
    snprintf(out, DIGEST_HEX, "%016" PRIx64, digest);
}

bool digest_parse(struct str text, uint64_t *out)
{
    uint8_t bytes[8];
    if (!hex_decode(text, bytes, sizeof bytes))
        return false;
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | bytes[i];
    *out = v;
    return true;
}
