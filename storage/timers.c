#include "storage/timers.h"

#include <assert.h>

#define TIMER_KEY_BYTES 17

static struct key timer_key(int64_t deadline_ms, enum timer_kind kind, uint64_t id)
{
    assert(deadline_ms >= 0);
    struct key key = key_u64((uint64_t)deadline_ms);
    key_add_u8(&key, (uint8_t)kind);
    key_add_u64(&key, id);
    return key;
}

void timer_arm(struct txn *txn, int64_t deadline_ms, enum timer_kind kind, uint64_t id)
{
    struct key key = timer_key(deadline_ms, kind, id);
    txn_put(txn, TABLE_TIMER, key_bytes(&key), (struct bytes){"", 0});
}

void timer_disarm(struct txn *txn, int64_t deadline_ms, enum timer_kind kind, uint64_t id)
{
    struct key key = timer_key(deadline_ms, kind, id);
    txn_del(txn, TABLE_TIMER, key_bytes(&key));
}

static bool timer_first(struct txn *txn, int64_t *deadline_ms, enum timer_kind *kind, uint64_t *id)
{
    struct scan s = scan_begin(txn, TABLE_TIMER, (struct bytes){"", 0}, false);
    s.skip_bad = true;
    bool found = scan_next(&s);
    if (found && s.key.n != TIMER_KEY_BYTES) {
        txn_set_bad(txn, TABLE_TIMER, s.key);
        found = false;
    }
    if (found) {
        const uint8_t *p = s.key.p;
        *deadline_ms = (int64_t)key_get_u64(p);
        *kind = p[8];
        *id = key_get_u64(p + 9);
    }
    scan_end(&s);
    return found;
}

bool timer_due(struct txn *txn, int64_t now_ms, int64_t *deadline_ms, enum timer_kind *kind,
               uint64_t *id)
{
    return timer_first(txn, deadline_ms, kind, id) && *deadline_ms <= now_ms;
}

bool timer_next(struct txn *txn, int64_t *deadline_ms)
{
    enum timer_kind kind;
    uint64_t id;
    return timer_first(txn, deadline_ms, &kind, &id);
}
