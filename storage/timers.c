#include "storage/timers.h"

#include <assert.h>

#include "storage/peek.h"

#define TIMER_KEY_BYTES 17

static enum table table_of(enum timer_clock clock)
{
    return clock == TIMERS_WALL ? TABLE_DUE : TABLE_TIMER;
}

static enum timer_clock clock_of(enum timer_kind kind)
{
    return kind == TIMER_RESTORE || kind == TIMER_RELEASE ? TIMERS_WALL : TIMERS_UPTIME;
}

uint64_t timer_object_id(struct object object)
{
    return (uint64_t)object.id << 1 | (object.type == OBJECT_SKU ? 1 : 0);
}

struct object timer_object(uint64_t id)
{
    return (struct object){id & 1 ? OBJECT_SKU : OBJECT_SPU, (int64_t)(id >> 1)};
}

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
    txn_put(txn, table_of(clock_of(kind)), key_bytes(&key), (struct bytes){"", 0});
}

void timer_disarm(struct txn *txn, int64_t deadline_ms, enum timer_kind kind, uint64_t id)
{
    struct key key = timer_key(deadline_ms, kind, id);
    txn_del(txn, table_of(clock_of(kind)), key_bytes(&key));
}

/* ---- one of a kind and id ---- */

static struct key armed_key(enum timer_kind kind, uint64_t id)
{
    struct key key = {.n = 0};
    key_add_u8(&key, (uint8_t)kind);
    key_add_u64(&key, id);
    return key;
}

/* Of a damaged one nobody knows; what it led to fires once more than it should. */
int64_t timer_set_for(struct txn *txn, enum timer_kind kind, uint64_t id)
{
    struct key key = armed_key(kind, id);
    struct bytes value;
    if (!txn_peek(txn, TABLE_ARMED, key_bytes(&key), &value) || value.n != sizeof(uint64_t))
        return 0;
    return (int64_t)key_get_u64(value.p);
}

void timer_set(struct txn *txn, int64_t deadline_ms, enum timer_kind kind, uint64_t id)
{
    struct key key = armed_key(kind, id), at = key_u64((uint64_t)deadline_ms);
    int64_t before_ms = timer_set_for(txn, kind, id);
    if (before_ms)
        timer_disarm(txn, before_ms, kind, id);
    if (deadline_ms == 0) {
        txn_del(txn, TABLE_ARMED, key_bytes(&key));
        return;
    }
    timer_arm(txn, deadline_ms, kind, id);
    txn_put(txn, TABLE_ARMED, key_bytes(&key), key_bytes(&at));
}

/* ---- what is due ---- */

static bool timer_first(struct txn *txn, enum timer_clock clock, struct timer *out)
{
    struct scan s = scan_begin(txn, table_of(clock), (struct bytes){"", 0}, false);
    s.skip_bad = true;
    bool found = scan_next(&s);
    if (found && s.key.n != TIMER_KEY_BYTES) {
        txn_set_bad(txn, table_of(clock), s.key);
        found = false;
    }
    if (found) {
        const uint8_t *p = s.key.p;
        *out = (struct timer){(int64_t)key_get_u64(p), p[8], key_get_u64(p + 9)};
    }
    scan_end(&s);
    return found;
}

bool timer_due(struct txn *txn, enum timer_clock clock, int64_t now_ms, struct timer *out)
{
    return timer_first(txn, clock, out) && out->deadline_ms <= now_ms;
}

bool timer_next(struct txn *txn, enum timer_clock clock, int64_t *deadline_ms)
{
    struct timer first;
    bool found = timer_first(txn, clock, &first);
    if (found)
        *deadline_ms = first.deadline_ms;
    return found;
}
