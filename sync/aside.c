#include "sync/aside.h"

#include <assert.h>
#include <string.h>

#include "proto/pack.h"

#define ASIDE_BYTES 64

static const struct str PREFIX = {"aside", 5};

static struct key key_of(struct position at)
{
    struct key k = key_text(PREFIX);
    key_add_u8(&k, 0);
    key_add_u32(&k, at.epoch);
    key_add_u64(&k, at.seq);
    return k;
}

static bool is_one(struct bytes key)
{
    return key.n == PREFIX.n + 1 + 4 + 8 && memcmp(key.p, PREFIX.p, PREFIX.n) == 0;
}

static void fields(struct pack *p, struct aside *a)
{
    pack_i64(p, &a->at_ms);
    pack_bool(p, &a->gave_up);
    pack_str(p, &a->reason, LIMIT_ASIDE_REASON);
}

static bool decode(struct txn *txn, struct bytes key, struct bytes value, struct aside *out)
{
    const uint8_t *k = key.p;
    struct pack p;
    out->at = (struct position){key_get_u32(k + PREFIX.n + 1), key_get_u64(k + PREFIX.n + 5)};
    pack_reader(&p, value.p, value.n);
    fields(&p, out);
    if (!pack_done(&p))
        txn_set_bad(txn, TABLE_SYNC, key);
    return pack_done(&p);
}

/* ---- the walk ---- */

struct aside_scan aside_scan_begin(struct txn *txn, struct position after)
{
    struct key from = key_of((struct position){after.epoch, after.seq + 1});
    return (struct aside_scan){.scan = scan_begin(txn, TABLE_SYNC, key_bytes(&from), false)};
}

bool aside_scan_next(struct aside_scan *s, struct aside *out)
{
    return scan_next(&s->scan) && is_one(s->scan.key) &&
           decode(s->scan.txn, s->scan.key, s->scan.value, out);
}

void aside_scan_end(struct aside_scan *s)
{
    scan_end(&s->scan);
}

uint32_t aside_count(struct txn *txn)
{
    struct aside a;
    uint32_t n = 0;
    struct aside_scan s = aside_scan_begin(txn, (struct position){0, 0});
    while (aside_scan_next(&s, &a))
        n++;
    aside_scan_end(&s);
    return n;
}

/* ---- one of them ---- */

bool aside_get(struct txn *txn, struct position at, struct aside *out)
{
    struct key key = key_of(at);
    struct bytes value;
    return txn_get(txn, TABLE_SYNC, key_bytes(&key), &value) &&
           decode(txn, key_bytes(&key), value, out);
}

bool aside_drop(struct txn *txn, struct position at)
{
    struct key key = key_of(at);
    struct aside a;
    if (!aside_get(txn, at, &a))
        return false;
    txn_del(txn, TABLE_SYNC, key_bytes(&key));
    return true;
}

static void make_room(struct txn *txn)
{
    struct aside a;
    if (aside_count(txn) < LIMIT_ASIDE)
        return;
    struct aside_scan s = aside_scan_begin(txn, (struct position){0, 0});
    if (aside_scan_next(&s, &a))
        scan_del(&s.scan);
    aside_scan_end(&s);
}

void aside_put(struct txn *txn, const struct aside *a)
{
    uint8_t buf[ASIDE_BYTES];
    struct key key = key_of(a->at);
    struct aside copy = *a, known;
    struct pack p;
    if (aside_get(txn, a->at, &known))
        return;
    make_room(txn);
    if (copy.reason.n > LIMIT_ASIDE_REASON)
        copy.reason.n = LIMIT_ASIDE_REASON;
    pack_writer(&p, buf, sizeof(buf));
    fields(&p, &copy);
    assert(pack_ok(&p));
    txn_put(txn, TABLE_SYNC, key_bytes(&key), (struct bytes){buf, p.at});
}
